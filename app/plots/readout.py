"""What the recording says at one place, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from app.plots.marks import BY_HAND, Resets
from app.plots.steps import RunShape, StepScale
from app.row_words import rows_words
from lstm_viz.plan import CAUSES
from lstm_viz.signals import SIGNALS

if TYPE_CHECKING:
    from lstm_viz.compared_window import ComparedWindow
    from lstm_viz.layer_trace import Window

_GRAB = 6  # pixels to either side of a mark


def recorded_until(window: Window) -> int:
    """Return one past the last step of a window that has any value."""
    known = np.isfinite(window.values[:, 0, :]).any(axis=0)
    if not known.any():
        return window.start
    columns = int(known.nonzero()[0][-1]) + 1
    return window.start + round(columns * (window.stop - window.start) / len(known))


def time_text(run: RunShape, window: Window | ComparedWindow | None, step: int) -> str:
    """Say which step, or which merged steps, a column shows."""
    if window is None or not window.start <= step < window.stop:
        return run.describe(step)
    first = step // window.factor * window.factor  # groups begin at multiples of their size
    return run.describe_all(range(first, first + window.factor))


def value_text(window: Window | None, signal: str, unit: int, step: int) -> str:
    """Say the value of a unit at a step; minimum and maximum where steps are merged."""
    if window is None or not window.start <= step < window.stop:
        return "not recorded yet"
    group = (step - window.start) // window.factor
    width = 1 if window.factor == 1 else 2
    cell = window.values[SIGNALS.index(signal), unit, width * group : width * (group + 1)]
    if not np.isfinite(cell).any():
        return "masked: not computed" if step < recorded_until(window) else "not recorded yet"
    low, high = float(np.fmin.reduce(cell)), float(np.fmax.reduce(cell))
    text = f"{low:.3f}" if window.factor == 1 else f"{low:.3f} … {high:.3f}"
    return text.replace("-", "−")


def reset_text(run: RunShape, scale: StepScale, resets: Resets, pixel: float) -> str:
    """Say which reset is marked near a pixel of the bar above the plots; empty where none is."""
    x, within = scale.to_axis(pixel), _GRAB / scale.pixels_per_step
    found, point = resets.cause_near(x, within), resets.point_near(x, within)
    if point is not None and (found is None or found[1] == BY_HAND or not point.own):
        of_rows = "" if point.rows is None else f" in {rows_words(point.rows)}"
        return f"{run.describe(point.step)} · h and c become zero{of_rows} · {CAUSES['point']}"
    if found is None:
        return ""
    step, cause = found
    return f"{run.describe(step)} · h and c become zero · {CAUSES.get(cause, cause)}"
