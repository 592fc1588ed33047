"""Windows over a series, as views: a look-back of 1,000 costs no memory."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from lstm_viz.dataset.shaping import TargetIs
from lstm_viz.errors import DataError


def count_windows(rows: int, look_back: int, stride: int, target_is: TargetIs) -> int:
    """How many windows fit; with "next" each must be followed by one more row."""
    last_start = rows - look_back - (1 if target_is == "next" else 0)
    return last_start // stride + 1 if last_start >= 0 else 0


def require_windows(
    rows: int, look_back: int, stride: int, target_is: TargetIs, source: str = "the series"
) -> int:
    """Count the windows, and refuse a series that is too short for a single one.

    Raises
    ------
    DataError
        Saying both lengths and the longest look-back that fits.
    """
    count = count_windows(rows, look_back, stride, target_is)
    if count == 0:
        followed = target_is == "next"
        longest = rows - 1 if followed else rows
        raise DataError(
            f"A look-back of {look_back}{' and the value after it' if followed else ''} "
            f"needs {look_back + followed} rows; {source} has {rows}.",
            f"Set the look-back to {longest} or less." if longest > 0 else "Open a longer series.",
        )
    return count


def window_timesteps(series: np.ndarray, look_back: int, stride: int, count: int) -> np.ndarray:
    """Windows whose rows are timesteps: (rows, features) → (count, look_back, features), a view."""
    windows = sliding_window_view(series, look_back, axis=0)[::stride][:count]
    return windows.transpose(0, 2, 1)


def window_features(series: np.ndarray, look_back: int, stride: int, count: int) -> np.ndarray:
    """Windows as one timestep of many features: (rows, features) → (count, 1, look_back·features), a view.

    The oldest row comes first, and within a row the columns keep their order.
    """
    features = series.shape[1]
    flat = np.ascontiguousarray(series).reshape(-1)
    windows = sliding_window_view(flat, look_back * features)[:: stride * features][:count]
    return windows[:, np.newaxis, :]


def window_targets(
    values: np.ndarray, look_back: int, stride: int, count: int, target_is: TargetIs
) -> np.ndarray:
    """Targets of the windows: (count, columns), or (count, look_back, columns) for "each"."""
    if target_is == "each":
        return window_timesteps(values, look_back, stride, count)
    first = look_back if target_is == "next" else look_back - 1
    return values[first::stride][:count]
