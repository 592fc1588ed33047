"""The x axis that all views of a run share: its steps, and ranges of them. Pure numbers, no Qt.

A step is one timestep of one batch of one epoch, counted from 0 in the order in which the run visits them.
Step s covers s − ½ … s + ½ of the axis, so that a cell of a heatmap is centred on its number and a reset,
which happens just before a step, lies on the left edge of it.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

from lstm_viz.timetable import Timetable

FEWEST_STEPS = 8  # nobody zooms in closer than this
FOLLOW_AT = 0.8  # where in the view the cursor stays while the view follows it
BACK_AT = 0.2  # where it goes to when it left the view to the left


@dataclass(frozen=True)
class RunShape:
    """How long a run is and where its batches and epochs begin.

    Parameters
    ----------
    total_steps : int
        Steps of the whole run, all epochs of it.
    timesteps : int or Timetable
        Timesteps of every batch, or where they differ of each.
    batches : int
        Batches of an epoch.
    own : bool
        The steps are those of a layer with a time axis of its own, not the run's.
    """

    total_steps: int
    timesteps: int | Timetable
    batches: int
    own: bool = False

    @functools.cached_property
    def timetable(self) -> Timetable:
        """Which steps each batch takes."""
        given = self.timesteps
        return given if isinstance(given, Timetable) else Timetable(self.batches, given)

    @property
    def epoch_table(self) -> Timetable:
        """Which steps each epoch takes."""
        return Timetable(1, self.steps_per_epoch)

    @property
    def epochs(self) -> int:
        """Passes over the data, a last incomplete one included."""
        return max(1, -(-self.total_steps // self.steps_per_epoch))

    @property
    def steps_per_epoch(self) -> int:
        """Steps of one pass over the data."""
        return self.timetable.per_epoch

    def place(self, step: int) -> tuple[int, int, int]:
        """Return the epoch, batch and timestep of a step, each counted from 0."""
        number, timestep = self.timetable.place(step)
        epoch, batch = divmod(number, self.batches)
        return epoch, batch, timestep

    def describe_all(self, steps: range) -> str:
        """Say which steps are merged, ``"t = 40 … 43"``; where it is but one, as :meth:`describe`."""
        if len(steps) == 1:
            return self.describe(steps[0])
        return f"{'own ' if self.own else ''}t = {steps[0]} … {min(steps[-1], self.total_steps - 1)}"

    def describe(self, step: int) -> str:
        """Say where a step is: ``"t = 41 · batch 13, timestep 2"``, leaving out what there is one of."""
        epoch, batch, timestep = self.place(step)
        own = "own " if self.own else ""
        parts = [f"{own}t = {step}"]
        if self.epochs > 1:
            parts.append(f"epoch {epoch}")
        if self.batches > 1 or self.epochs > 1:
            parts.append(f"batch {batch}, {own}timestep {timestep}")
        return " · ".join(parts)


@dataclass(frozen=True)
class StepScale:
    """The visible range of the axis and the pixels that it has.

    Parameters
    ----------
    start, stop : float
        Ends of the range; −½ is the left edge of step 0.
    width : float
        Pixels between them.
    """

    start: float
    stop: float
    width: float

    @property
    def pixels_per_step(self) -> float:
        """Width of one step."""
        return self.width / max(self.stop - self.start, 1e-9)

    def to_pixels(self, x: float) -> float:
        """Return the pixel of a place on the axis, from the left end."""
        return (x - self.start) * self.pixels_per_step

    def to_axis(self, pixel: float) -> float:
        """Return the place on the axis at a pixel."""
        return self.start + pixel / max(self.pixels_per_step, 1e-9)

    def step_at(self, pixel: float) -> int:
        """Return the step whose cell is at a pixel."""
        return math.floor(self.to_axis(pixel) + 0.5)


def whole(total: int) -> tuple[float, float]:
    """Return the range that shows a run of so many steps."""
    return -0.5, max(total, 1) - 0.5


def limited(start: float, stop: float, total: int) -> tuple[float, float]:
    """Return the nearest range that lies in the run and is neither too close nor longer than it."""
    total = max(total, 1)
    span = min(max(stop - start, min(FEWEST_STEPS, total)), total)
    start = (start + stop - span) / 2
    start = min(max(start, -0.5), total - 0.5 - span)
    return start, start + span


def panned(start: float, stop: float, by: float, total: int) -> tuple[float, float]:
    """Return the range moved by so many steps, as far as the run goes."""
    return limited(start + by, stop + by, total)


def zoomed(start: float, stop: float, factor: float, around: float, total: int) -> tuple[float, float]:
    """Return the range made so many times longer, the place `around` staying where it is."""
    total = max(total, 1)
    span = min(max((stop - start) * factor, min(FEWEST_STEPS, total)), total)
    factor = span / (stop - start)
    return limited(around - (around - start) * factor, around + (stop - around) * factor, total)


def followed(start: float, stop: float, cursor: int, total: int) -> tuple[float, float]:
    """Return the range moved as little as is needed to keep the cursor in view with room ahead of it."""
    span = stop - start
    if cursor + 0.5 > start + FOLLOW_AT * span:
        start = cursor + 0.5 - FOLLOW_AT * span
    elif cursor - 0.5 < start:
        start = cursor - 0.5 - BACK_AT * span
    return limited(start, start + span, total)


def first_range(total: int) -> tuple[float, float]:
    """Return the range to begin with: a short run as a whole, a long one close enough to see cells."""
    return whole(total) if total <= 400 else (-0.5, 199.5)


def visible(start: float, stop: float, total: int) -> tuple[int, int]:
    """Return the steps, first and one past the last, that a range touches."""
    # A hair's breadth of a cell is not a step to be read.
    return max(0, math.floor(start + 0.5 + 1e-6)), min(total, math.ceil(stop + 0.5 - 1e-6))


def tick_spacing(pixels_per_step: float, label_pixels: float) -> int:
    """Return the distance between ticks: 1, 2 or 5 times a power of ten, so that labels stay apart."""
    least = label_pixels / max(pixels_per_step, 1e-9)
    power = 10 ** max(0, math.floor(math.log10(max(least, 1))))
    return next(n * power for n in (1, 2, 5, 10) if n * power >= min(least, 10 * power))
