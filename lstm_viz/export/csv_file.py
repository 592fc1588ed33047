"""CSV: a line for each unit at each timestep; what has no value is empty."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.export.choice import Choice
from lstm_viz.export.tables import PLACE, pieces

_LINES = 2**15  # of a piece: as text they are many times larger


def write(choice: Choice, path: Path, progress: Callable[[float], None]) -> None:
    """Write the table; numbers have as many digits as it takes to read the same ones back."""
    with path.open("x", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*PLACE, *choice.signals])
        for layer, columns in pieces(choice, progress, _LINES):
            texts = [_text(values) for values in columns.values()]
            writer.writerows(zip([layer] * len(texts[0]), *texts, strict=True))


def _text(values: NDArray[Any]) -> list[Any]:
    if values.dtype.kind != "f":
        return list(values.astype(int).tolist())
    text = values.astype(str)
    text[np.isnan(values)] = ""
    return list(text.tolist())
