"""How a run is laid out on the timeline: batches as blocks, merged where pixels run out. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

from app.plots.steps import tick_spacing
from lstm_viz.plan import Plan, Position
from lstm_viz.timetable import Timetable

NARROWEST_BLOCK = 9.0  # pixels; narrower blocks could not show whether state is handed on


@dataclass(frozen=True)
class Block:
    """One piece of the timeline: a batch, several of an epoch, or several epochs.

    Parameters
    ----------
    start, stop : int
        Steps of the run.
    label : str
    shade : int
        Alternates from epoch to epoch.
    handed_on : bool
        The row's state comes from the block before; otherwise it is zero at its first step.
    """

    start: int
    stop: int
    label: str
    shade: int
    handed_on: bool


@dataclass(frozen=True)
class Layout:
    """All blocks, and what was merged.

    Parameters
    ----------
    blocks : tuple of Block
    merged : str
        ``"1 block = 25 batches"``; empty when each block is one batch.
    """

    blocks: tuple[Block, ...]
    merged: str


def lay_out(plan: Plan, row: int, width: float) -> Layout:
    """Cut a run into blocks that are wide enough to be seen.

    Batches are merged within an epoch, so that borders of epochs stay visible as long as there is room
    for them; after that whole epochs are merged.

    Parameters
    ----------
    plan : Plan
    row : int
        Of the batch, whose state is followed.
    width : float
        Pixels for the whole run.
    """
    per_step = width / len(plan)
    batches = max(1, tick_spacing(per_step * plan.steps_per_epoch / plan.batches, NARROWEST_BLOCK))
    if per_step * plan.steps_per_epoch >= NARROWEST_BLOCK:
        starts = [
            (epoch, batch)
            for epoch in range(plan.epochs)
            for batch in range(0, plan.batches, min(batches, plan.batches))
        ]
        merged = f"1 block = {min(batches, plan.batches)} batches" if min(batches, plan.batches) > 1 else ""
    else:
        epochs = tick_spacing(per_step * plan.steps_per_epoch, NARROWEST_BLOCK)
        starts = [(epoch, 0) for epoch in range(0, plan.epochs, epochs)]
        merged = f"1 block = {epochs} epochs"
    steps = [plan.first_step(epoch, batch) for epoch, batch in starts]
    steps.append(len(plan))
    by_epoch = merged.endswith("epochs")
    blocks = tuple(
        Block(
            start=steps[k],
            stop=steps[k + 1],
            label=str(epoch if by_epoch else batch),
            shade=(k if by_epoch else epoch) % 2,
            handed_on=plan.reset_cause(Position(epoch, batch, 0), row) is None,
        )
        for k, (epoch, batch) in enumerate(starts)
    )
    return Layout(blocks, merged)


def every_steps(plan: Plan, row: int, width: float, closest: float) -> list[int]:
    """Return the steps of the policy "every n timesteps"; none where they could not be told apart."""
    every = plan.resets.every
    if every is None or every * width / len(plan) < closest:
        return []
    # Only where the policy can hold is asked: a run may have a hundred thousand batches.
    table = Timetable(1, len(plan))
    if not plan.stateful or plan.resets.each_batch:
        table = plan.timetable
    elif plan.resets.each_epoch:
        table = Timetable(1, plan.steps_per_epoch)
    if every >= table.longest:
        return []
    pieces = range(table.place(len(plan))[0])
    asked = [step for piece in pieces for step in range(table.first(piece), table.first(piece + 1), every)]
    return [step for step in asked if plan.reset_cause(plan.position(step), row) == "every"]
