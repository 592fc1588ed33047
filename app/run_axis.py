"""The x axis of the views: the steps of the run, as the layer looked at has them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from app.plots.point_marks import PointMark
from app.plots.series import Lines
from lstm_viz.plan import Cause, Plan
from lstm_viz.timetable import Timetable

MOST_MARKED = 2000  # batches, or resets in them: more marks than pixels would tell nothing


@dataclass(frozen=True)
class Axis:
    """The x axis of the views: the steps of the layer looked at.

    They are the steps of the run, unless the layer has a time axis of its own (behind a pooling or a
    RepeatVector layer).
    """

    run: Timetable
    own: Timetable  # of the layer

    def __post_init__(self) -> None:
        if self.own == self.run:  # told apart once: there may be as many batches as samples
            object.__setattr__(self, "own", self.run)

    def to_layer(self, step: float) -> float:
        """Return the place of a step of the run on the layer's axis."""
        if self.own is self.run:
            return step
        number, timestep = self.run.place(step)
        number = int(number)
        share = timestep / self.run.length(number)
        return float(self.own.first(number) + share * self.own.length(number))

    def to_run(self, step: int) -> int:
        """Return the step of the run at which a step of the layer is shown."""
        if self.own is self.run:
            return step
        number, timestep = self.own.place(step)
        timesteps, own = self.run.length(number), self.own.length(number)
        return int(self.run.first(number) + min(timesteps - 1, -(-(timestep + 1) * timesteps // own) - 1))

    def reached(self, step: int) -> int:
        """Return the step at which the layer is once a step of the run is recorded.

        Its first one of a batch, where it has not come to any yet.
        """
        if self.own == self.run:
            return step
        number, timestep = self.run.place(step)
        done = (timestep + 1) * self.own.length(number) // self.run.length(number)
        return int(self.own.first(number) + max(0, done - 1))

    @property
    def words(self) -> str:
        """Say that the layer has a time axis of its own; empty where it has that of the run."""
        if self.own == self.run:
            return ""
        return f"a time axis of its own: {self.own.longest} timesteps to the run's {self.run.longest}"

    def points_placed(self, points: Iterable[PointMark]) -> list[PointMark]:
        """Return reset points of the run as points on the layer's axis."""
        return [point._replace(step=round(self.to_layer(point.step))) for point in points]

    def placed(self, lines: Lines) -> Lines | None:
        """Return lines over the steps of the run as lines over the layer's; None when there are none."""
        if not lines.names:
            return None
        if self.own is self.run:
            return lines
        return replace(lines, x=np.array([self.to_layer(x) for x in lines.x]))


def reset_marks(plan: Plan, row: int, first: int, last: int) -> list[tuple[int, Cause]]:
    """Return the steps between first and last at which a row is reset, with their causes.

    Where there are more batches than pixels, only the reset points put by hand are returned; where more
    timesteps are reset than there are pixels, not all of those that the policy asks for.
    """
    batches = batches_between(plan, first, last)
    if len(batches) > MOST_MARKED:
        marks = [mark for b in _with_points(plan, batches) for mark in steps_reset(plan, b, row, first, last)]
        return [mark for mark in marks if mark[1] == "point"]
    return [mark for b in batches for mark in steps_reset(plan, b, row, first, last)]


def _with_points(plan: Plan, batches: range) -> list[int]:
    """Return those of some batches, counted through the epochs, that have reset points put by hand.

    Of more than there are pixels some are left out evenly, and the same ones when the view moves on.
    """
    of_one_epoch = {p.epoch * plan.batches + p.batch for p in plan.resets.at if p.epoch is not None}
    once = sorted(number for number in of_one_epoch if number in batches)
    found = set(once[:: max(1, len(once) // MOST_MARKED)])
    of_each = sorted({p.batch for p in plan.resets.at if p.epoch is None})
    points = len(of_each)
    first, last = batches.start // plan.batches * points, -(-batches.stop // plan.batches) * points
    one_of = max(1, len(batches) * points // plan.batches // MOST_MARKED)
    for place in range(-(-first // one_of) * one_of, last, one_of):  # through the epochs, point by point
        epoch, k = divmod(place, points)
        found.add(epoch * plan.batches + of_each[k])
    return sorted(number for number in found if number in batches)


def steps_reset(plan: Plan, number: int, row: int, first: int, last: int) -> list[tuple[int, Cause]]:
    """Return where a row is reset in a batch, counted through the epochs, between two steps, with causes.

    Of those that are more than there are pixels between the two, some are left out evenly.
    """
    resets = (last - first) / (plan.resets.every or len(plan))
    return plan.reset_steps(
        *divmod(number, plan.batches), row, first, last, one_of=max(1, math.ceil(resets / MOST_MARKED))
    )


def batches_between(plan: Plan, first: int, last: int) -> range:
    """Return the batches, counted through the epochs, that have steps from first on and before last."""
    begin = plan.timetable.place(first)[0]
    end, part = plan.timetable.place(last)
    return range(begin, end + (part > 0))


def covers(span: tuple[int, int] | None, first: int, last: int) -> bool:
    """Whether a range that was gathered holds another one."""
    return span is not None and span[0] <= first and last <= span[1]


def widened(first: int, last: int, total: int) -> tuple[int, int]:
    """Return a range with as much again on either side, so that panning need not gather anew each time."""
    more = max(last - first, 1000)
    return max(0, first - more), min(total, last + more)
