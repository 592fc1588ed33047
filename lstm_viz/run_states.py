"""The states that a run hands to its probe: where a batch starts, and where a run is gone on with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lstm_viz.plan import Plan, Position
from lstm_viz.trace import Trace

if TYPE_CHECKING:
    from lstm_viz.probe import Probe
    from lstm_viz.replaced_calls import States


def batch_start(probe: Probe, plan: Plan, position: Position, states: States) -> States:
    """Return the states that a batch starts from: zeros, or what each row had at the end of the last."""
    epoch, batch = position.epoch, position.batch
    if plan.zeroed_at_start(epoch, batch) is not None:
        return probe.zero_states(plan.rows(batch))
    return probe.at_sequence_start(states, plan.reset_mask(epoch, batch)[0])


def kept_inside(plan: Plan, position: Position, stretch: slice) -> NDArray[np.bool_] | None:
    """Return False where a row is reset inside the batch, (rows, timesteps); None when nowhere."""
    if not plan.has_resets(position.epoch, position.batch):
        return None
    mask = plan.reset_mask(position.epoch, position.batch)
    mask[0] = False  # the start of the batch is `batch_start`'s
    mask = mask[stretch]
    return np.ascontiguousarray(~mask.T) if mask.any() else None


def states_before(probe: Probe, trace: Trace, plan: Plan, step: int) -> States:
    """Return the states before a recorded step as the recording holds them, for a run that goes on there."""
    timestep = int(plan.timetable.place(step)[1])
    rows = plan.rows(plan.position(step).batch)
    layers = trace.layers.values()
    values = [layer.state_before(step)[:rows] for layer in layers]
    seen = [layer.any_computed(step - timestep, step)[:rows] for layer in layers] if timestep else None
    return probe.with_layer_states(probe.zero_states(rows), values, seen)
