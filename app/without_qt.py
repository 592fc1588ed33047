"""The main job where not even a picture of a window can be drawn: run, report, save plain heatmaps."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.engine.messages import Open
from app.headless import headless
from app.png import png
from app.report import report_words
from app.session_file import read_session
from lstm_viz import LayerTrace
from lstm_viz.errors import LstmVizError
from lstm_viz.examples import NAMES
from lstm_viz.signals import SIGNALS

if TYPE_CHECKING:
    from app.command_line import Options

_CELL = 6  # pixels of one value
_LOW, _MIDDLE, _HIGH = np.array([[68, 1, 84], [33, 145, 140], [253, 231, 37]], float)


def run_without_qt(options: Options) -> int:
    """Record what the options name, print it, and save its signals as a picture; return the exit code."""
    if options.screenshot is not None and options.screenshot.lower().endswith(".svg"):
        print(
            f"{options.screenshot} needs these libraries: without them there are PNGs alone.", file=sys.stderr
        )
        return 1
    try:
        with headless() as run:
            trace = run.run(run.open(_opening(options)), options.steps)
            print(report_words(trace))
            if options.screenshot is not None:
                Path(options.screenshot).write_bytes(picture(next(iter(trace.layers.values()))))
                print(f"Picture of the six signals, one above the other: {options.screenshot}")
    except LstmVizError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _opening(options: Options) -> Open:
    """Return the command that opens what the options name."""
    if options.session is not None:
        return Open(1, **read_session(Path(options.session)).to_open())
    return Open(
        1,
        example=NAMES[0] if options.model is None and options.example is None else options.example,
        model=options.model,
        architecture=options.architecture,
        data=options.data,
        missing=options.missing,
        shaping=options.shaping,
    )


def picture(layer: LayerTrace) -> bytes:
    """Return the first row's six signals, units × timesteps, as the bytes of a PNG file."""
    values = layer.window(0, 0, layer.count, 240).values
    bands = [_coloured(values[k], SIGNALS[k] in "gch") for k in range(len(SIGNALS))]
    gap = np.full((_CELL, bands[0].shape[1], 3), 255, np.uint8)
    return png(np.concatenate([part for band in bands for part in (band, gap)][:-1]))


def _coloured(values: NDArray[np.float32], around_zero: bool) -> NDArray[np.uint8]:
    largest = float(np.nanmax(np.abs(values), initial=1e-9))
    share = (values / largest + 1) / 2 if around_zero else values
    share = np.clip(np.nan_to_num(share), 0, 1)[..., None]
    colours = np.where(
        share < 0.5, _LOW + 2 * share * (_MIDDLE - _LOW), 2 * _MIDDLE - _HIGH + 2 * share * (_HIGH - _MIDDLE)
    )
    return colours.astype(np.uint8).repeat(_CELL, 0).repeat(_CELL, 1)
