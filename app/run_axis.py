"""The x axis of the views: the steps of the run, as the layer looked at has them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from app.plots.point_marks import PointMark
from app.plots.series import Lines
from lstm_viz.plan import Cause, Plan

MOST_MARKED_BATCHES = 4000  # more marks than pixels would tell nothing


@dataclass(frozen=True)
class Axis:
    """The x axis of the views: the steps of the layer looked at.

    They are the steps of the run, unless the layer has a time axis of its own (behind a pooling or a
    RepeatVector layer).
    """

    timesteps: int  # of the run
    own: int  # of the layer

    def to_layer(self, step: float) -> float:
        """Return the place of a step of the run on the layer's axis."""
        if self.own == self.timesteps:
            return step
        batch, timestep = divmod(step, self.timesteps)
        return batch * self.own + timestep * self.own / self.timesteps

    def to_run(self, step: int) -> int:
        """Return the step of the run at which a step of the layer is shown."""
        if self.own == self.timesteps:
            return step
        batch, timestep = divmod(step, self.own)
        return batch * self.timesteps + min(
            self.timesteps - 1, -(-(timestep + 1) * self.timesteps // self.own) - 1
        )

    def points_placed(self, points: Iterable[PointMark]) -> list[PointMark]:
        """Return reset points of the run as points on the layer's axis."""
        return [point._replace(step=round(self.to_layer(point.step))) for point in points]

    def placed(self, lines: Lines) -> Lines | None:
        """Return lines over the steps of the run as lines over the layer's; None when there are none."""
        if not lines.names:
            return None
        if self.own == self.timesteps:
            return lines
        return replace(lines, x=np.array([self.to_layer(x) for x in lines.x]))


def reset_marks(plan: Plan, row: int, first: int, last: int) -> list[tuple[int, Cause]]:
    """Return the steps between first and last at which a row is reset, with their causes.

    Where there are more batches than pixels, only the reset points put by hand are returned.
    """
    batches = range(first // plan.timesteps, -(-last // plan.timesteps))
    if len(batches) > MOST_MARKED_BATCHES:
        by_hand = {point.batch for point in plan.resets.at}
        chosen = [b for b in batches if b % plan.batches in by_hand]
        marks = [mark for b in chosen for mark in plan.reset_steps(*divmod(b, plan.batches), row)]
        return [mark for mark in marks if mark[1] == "point"]
    return [mark for b in batches for mark in plan.reset_steps(*divmod(b, plan.batches), row)]


def covers(span: tuple[int, int] | None, first: int, last: int) -> bool:
    """Whether a range that was gathered holds another one."""
    return span is not None and span[0] <= first and last <= span[1]


def widened(first: int, last: int, total: int) -> tuple[int, int]:
    """Return a range with as much again on either side, so that panning need not gather anew each time."""
    more = max(last - first, 1000)
    return max(0, first - more), min(total, last + more)
