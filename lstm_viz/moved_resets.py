"""Reset points that go with their samples when those come to lie elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lstm_viz.resets import ResetPoint, Resets

if TYPE_CHECKING:
    from lstm_viz.plan import Plan


def moved_resets(plan: Plan, other: Plan) -> Resets:
    """Return the resets of a plan with each reset point where its samples are in another plan of them.

    The same samples are reset before the same timestep, as far as they have it; a point may fall apart
    into several.
    """
    rows_of: dict[tuple[int | None, int, int], set[int]] = {}
    for point in plan.resets.at:
        present = range(plan.rows(point.batch))
        for row in present if point.rows is None else set(point.rows).intersection(present):
            batch, there = other.place(plan.sample(point.batch, row))
            if point.timestep < other.timesteps_of(batch):
                rows_of.setdefault((point.epoch, batch, point.timestep), set()).add(there)
    at = []
    for (epoch, batch, timestep), chosen in rows_of.items():
        everyone = len(chosen) == other.rows(batch)
        at.append(ResetPoint(batch, timestep, None if everyone else tuple(sorted(chosen)), epoch))
    return replace(plan.resets, at=tuple(at))
