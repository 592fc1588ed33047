"""Where reset points that were put by hand lie in a run, and whom they concern. No Qt."""

from __future__ import annotations

from typing import NamedTuple

from lstm_viz.plan import Plan, Position, ResetPoint


class PointMark(NamedTuple):
    """A reset point at a place of the run.

    Parameters
    ----------
    step : int
        Of the run.
    rows : tuple of int or None
        That are reset; None for all.
    own : bool
        The row that is looked at is one of them.
    """

    step: int
    rows: tuple[int, ...] | None
    own: bool


def point_marks(plan: Plan, row: int, first: int = 0, last: int | None = None) -> list[PointMark]:
    """Return the reset points between two steps, in order; several at one step are one.

    Parameters
    ----------
    plan : Plan
    row : int
        Of the batch, that is looked at.
    first, last : int
        The last one is left out; None stands for the end of the run.
    """
    last = len(plan) if last is None else last
    found: dict[int, tuple[int, ...] | None] = {}
    for point in plan.resets.at:
        for step in _steps_of(plan, point, first, last):
            before = found.get(step, ())
            both = None if point.rows is None or before is None else (*before, *point.rows)
            found[step] = both if both is None else tuple(sorted(set(both)))
    return [PointMark(step, rows, rows is None or row in rows) for step, rows in sorted(found.items())]


def _steps_of(plan: Plan, point: ResetPoint, first: int, last: int) -> list[int]:
    epochs = range(plan.epochs) if point.epoch is None else (point.epoch,)
    steps = (plan.step(Position(epoch, point.batch, point.timestep)) for epoch in epochs)
    return [step for step in steps if first <= step < last]
