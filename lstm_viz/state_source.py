"""Where the state that a row has before a step came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstm_viz.resets import Position, ResetPoint, StateSource

if TYPE_CHECKING:
    from lstm_viz.plan import Plan


def state_source(plan: Plan, step: int, row: int) -> StateSource:
    """Return where the state that the row of a plan has before this step came from."""
    position = plan.position(step)
    cause = plan.reset_cause(position, row)
    if cause is not None:
        return StateSource("zeros", cause, None, position)
    since = _last_reset(plan, position, row)
    if position.timestep == 0:
        sample = plan.handed_from(position.epoch, position.batch, row)
        return StateSource("carried", None, sample, since)
    return StateSource("running", None, None, since)


def _last_reset(plan: Plan, position: Position, row: int) -> Position:
    """Return the last step at or before a position at which the row was reset.

    Without walking back through the run: a view asks for it in every frame.
    """
    step = plan.step(position)
    if not plan.stateful or plan.resets.each_batch:
        first = step - position.timestep
    else:
        first = position.epoch * plan.steps_per_epoch if plan.resets.each_epoch else 0
    found = [first]
    if plan.resets.every is not None:
        found.append(step - (step - first) % plan.resets.every)
    if plan.sequence_changes is not None and (began := plan.sequence_changes.latest(position.batch, row)):
        epoch = position.epoch - began[0]
        found += [plan.first_step(epoch, began[1])] if epoch >= 0 else []
    for point in plan.resets.at:
        if point.rows is None or row in point.rows:
            found += _steps_of(plan, point, position.epoch)
    return plan.position(max(s for s in found if s <= step))


def _steps_of(plan: Plan, point: ResetPoint, epoch: int) -> list[int]:
    """Return the steps of a point in this epoch and the one before, or in its own."""
    epochs = (epoch - 1, epoch) if point.epoch is None else (point.epoch,)
    return [plan.step(Position(e, point.batch, point.timestep)) for e in epochs if e >= 0]
