"""From numbers to colours: the colour maps of both themes, and the fixed ranges that they span."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray

from lstm_viz.signals import GATES, SIGNALS

Kind = Literal["sequential", "diverging"]

# None asks anybody to tell red from green; zero is white on light ground and black on dark.
_MAPS = {
    ("sequential", "light"): "viridis",
    ("sequential", "dark"): "viridis",
    ("diverging", "light"): "CET-D1A",
    ("diverging", "dark"): "CET-D4",
}
_ROUND = (1, 1.5, 2, 3, 4, 5, 6, 8, 10)
COLOURS = 255  # index 0 is kept for "no value"


@cache
def lookup_table(kind: Kind, theme_name: str) -> NDArray[np.uint32]:
    """Return the colours of a map as Qt's ARGB numbers.

    Returns
    -------
    ndarray of uint32, shape (256,)
        Entry 0 is transparent (no value), entries 1 to 255 run from the low end to the high one.
    """
    colours = pg.colormap.get(_MAPS[kind, theme_name]).getLookupTable(nPts=COLOURS).astype(np.uint32)
    table = np.zeros(COLOURS + 1, np.uint32)
    table[1:] = (255 << 24) | (colours[:, 0] << 16) | (colours[:, 1] << 8) | colours[:, 2]
    table.setflags(write=False)
    return table


def indices(values: NDArray[np.float32], low: float, high: float) -> NDArray[np.uint8]:
    """Return the entry of the lookup table for each value: 1 … 255 within the range, 0 for NaN."""
    scale = np.float32((COLOURS - 1) / (high - low))
    # Half a colour is added so that casting rounds: zero of a symmetric range is exactly the middle.
    scaled = values * scale
    scaled += np.float32(1.5 - low * float(scale))
    np.clip(scaled, np.float32(1), np.float32(COLOURS + 0.5), out=scaled)
    np.fmax(scaled, np.float32(0), out=scaled)
    return scaled.astype(np.uint8)


def round_up(value: float) -> float:
    """Return the next round number, of two digits at most, that is no smaller than a positive value."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(float(f"{n * power:.3g}") for n in _ROUND if n * power >= value * (1 - 1e-6))


def round_limits(low: float, high: float) -> tuple[float, float]:
    """Return round numbers close around a range of curves, apart even where it has no extent."""
    if high - low <= 1e-9 * max(1.0, abs(low), abs(high)):
        room = max(0.5, 0.05 * abs(high))
        low, high = low - room, high + room
    unit = 10.0 ** math.floor(math.log10(high - low)) / 5
    return float(f"{math.floor(low / unit) * unit:.9g}"), float(f"{math.ceil(high / unit) * unit:.9g}")


@dataclass(frozen=True)
class Range:
    """The values that the colours of one signal span.

    Parameters
    ----------
    low, high : float
    kind : {"sequential", "diverging"}
        Diverging ranges are symmetric about zero and stay so.
    """

    low: float
    high: float
    kind: Kind = "sequential"

    def widened(self, low: float, high: float) -> Range:
        """Return the range that holds these values too, its ends at round numbers."""
        if low >= self.low - 1e-6 and high <= self.high + 1e-6:
            return self
        if self.kind == "diverging":
            reach = round_up(max(-low, high))
            return Range(-reach, reach, self.kind)
        bottom = self.low if low >= self.low - 1e-6 else -round_up(-low)
        top = self.high if high <= self.high + 1e-6 else round_up(high)
        return Range(bottom, top, self.kind)


def usual_ranges() -> dict[str, Range]:
    """Return the ranges to begin with: gates 0 … 1, candidate and states −1 … 1."""
    return {s: Range(0.0, 1.0) if s in GATES else Range(-1.0, 1.0, "diverging") for s in SIGNALS}


def extremes(values: NDArray[np.float32]) -> tuple[float, float] | None:
    """Return the smallest and the largest finite value, or None where there is none."""
    if not values.size:
        return None
    low, high = float(np.fmin.reduce(values, axis=None)), float(np.fmax.reduce(values, axis=None))
    if math.isfinite(low) and math.isfinite(high):
        return low, high
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else None
