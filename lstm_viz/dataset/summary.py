"""Data in a line of words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lstm_viz.dataset.fit import count
from lstm_viz.dataset.prepare import chosen_columns
from lstm_viz.dataset.raw import Series

if TYPE_CHECKING:
    from lstm_viz.dataset.dataset import Dataset


def length_words(data: Dataset) -> str:
    """Return the shortest and the longest sample: "3 … 12", or "7" where all have as many timesteps."""
    lengths = [data.timesteps or 0] if data.lengths is None else data.lengths
    shortest, longest = int(min(lengths)), int(max(lengths))
    return f"{shortest:,}" if shortest == longest else f"{shortest:,} … {longest:,}"


def summary(data: Dataset) -> str:
    """Return sizes, source, columns, look-back, stride and scaling."""
    words = [_sizes(data), f"from {data.source}"]
    if isinstance(data.raw, Series):
        table = data.raw.table
        names = [table.names[k] for k in chosen_columns(table, data.shaping)[0]]
        shown = ", ".join(f"'{name}'" for name in names[:4])
        more = f" and {len(names) - 4} more" if len(names) > 4 else ""
        words.append(f"column{'' if len(names) == 1 else 's'} {shown}{more}")
        if data.target_names and data.target_names != tuple(names):
            words.append(f"target '{data.target_names[0]}'")
    if data.origin is not None and data.shaping.look_back is not None:
        words.append(f"look-back {data.shaping.look_back}")
        if data.shaping.past_as == "features":
            words.append("past values as features")
        words.append(f"stride {data.shaping.stride}")
    if data.sequences is not None:
        column = data.shaping.sequence_column
        by = f" by '{column}'" if column is not None else ""
        words.append(count(len(np.unique(data.sequences)), "sequence") + by)
    if data.scaling.kind != "none":
        words.append(data.scaling.words)
    return ", ".join(words)


def _sizes(data: Dataset) -> str:
    parts = [count(data.samples, "sample")]
    if data.lengths is not None:
        parts.append(f"{length_words(data)} timesteps")
    elif data.timesteps is not None:
        parts.append(count(data.timesteps, "timestep"))
    if data.features is not None:
        parts.append(count(data.features, "feature"))
    elif data.token_names:
        parts[-1] += f" of {count(len(data.token_names), 'token')}"
    return " × ".join(parts)
