"""What a row starts each batch from, read from a recording."""

from __future__ import annotations

import numpy as np

from app.plots.entering_states import EnteringStates
from lstm_viz.layer_trace import LayerTrace
from lstm_viz.plan import CAUSES, Plan
from lstm_viz.signals import C, H


def entering_states(layer: LayerTrace, plan: Plan, row: int, first: int, count: int) -> EnteringStates:
    """Read the states at the borders of so many batches in a line, counted through the epochs."""
    last = min(first + count, plan.epochs * plan.batches)
    first = max(0, min(first, last))
    left, entered = (np.full((last - first, 2), np.nan) for _ in range(2))
    why = []
    for k, number in enumerate(range(first, last)):
        epoch, batch = divmod(number, plan.batches)
        if row >= plan.rows(batch):
            why.append("this batch lacks the row")
            continue
        step = plan.first_step(epoch, batch)
        source = plan.state_source(step, row)
        why.append(CAUSES[source.cause] if source.cause else f"carried over from sample {source.sample}")
        own = layer.step_of(step)
        if number and own <= layer.count:
            processed_last = layer.timetable.first(number - 1) if layer.layer.go_backwards else own - 1
            left[k] = np.abs(layer.values(processed_last, row)[[H, C]]).mean(axis=1)
        if own < layer.count:
            entered[k] = np.abs(layer.initial_of(number, row)).mean(axis=1)
    return EnteringStates(row, first, left, entered, tuple(why))


def entering_around(
    layer: LayerTrace, plan: Plan, row: int, cursor: int | None, count: int
) -> tuple[EnteringStates, int | None]:
    """Read the states that so many batches around the cursor start from; return the cursor's batch, too."""
    at = None if cursor is None else plan.timetable.place(cursor)[0]
    first = max(0, min((at or 0) - count // 2, plan.epochs * plan.batches - count))
    return entering_states(layer, plan, row, first, count), at
