"""Small recordings without a model, and ways to read each kind of file with the tool that it is for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lstm_viz.layer_trace import LayerTrace
from lstm_viz.layers import LSTMLayer
from lstm_viz.plan import Plan, ResetPoint, Resets
from lstm_viz.trace import OutputSpec, Trace

Array = np.ndarray

PLAN = Plan(
    12,
    5,
    2,
    stateful=True,
    resets=Resets(every=3, at=(ResetPoint(1, 2, (0,)), ResetPoint(2, 0))),
    order=(1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10),
)
LAYERS = (
    LSTMLayer("both/forward_lstm", 3, 2, parent="Bidirectional"),
    LSTMLayer("both/backward_lstm", 3, 2, go_backwards=True, parent="Bidirectional"),
    LSTMLayer("pooled, then", 2, 3),  # a comma, and a time of its own
)
TIMESTEPS = (5, 5, 3)


def _recording(count: int | None = None, large: bool = False, **changes: Any) -> Trace:
    """Make a recording whose cell states follow from its gates.

    The steps that are recorded, whether the cell state grows past what float32 holds well, and changes of
    the plan.
    """
    plan = replace(PLAN, **changes)
    count = len(plan) if count is None else count
    timesteps = (
        TIMESTEPS
        if plan.lengths is None
        else tuple({n: max(1, n // k) for n in plan.lengths} for k in (1, 1, 2))
    )
    outputs = [
        OutputSpec((2,), True),
        OutputSpec((3, 2), False, "int64"),
        OutputSpec((1,), False, endings=True),
    ]
    trace = Trace(plan, LAYERS, timesteps, outputs)
    rng = np.random.default_rng(7)
    rows, numbers = plan.batch_size, range(plan.epochs * plan.batches)
    for layer in trace.layers.values():
        units, own = layer.layer.units, layer.step_of(count)
        signals = rng.random((layer.steps, rows, 6, units), np.float32)
        initial = rng.normal(size=(len(numbers), rows, 2, units)).astype(np.float32)
        if large:
            signals[:, :, 0] *= 40
        for number in numbers:
            first, length = layer.timetable.first(number), layer.timetable.length(number)
            _unroll(
                signals[first : first + length],
                initial[number, :, 1],
                _resets(plan, layer, number),
                layer.layer,
            )
        layer.write(0, signals[:own], np.ones((own, rows), bool))
        for number in numbers:
            if plan.timetable.first(number) < count:
                layer.write_initial(number, initial[number])
    trace.write_output(0, 0, rng.normal(size=(rows, count, 2)))
    trace.write_endings(2, 0, rng.normal(size=(rows, count, 1)))
    for number in numbers:
        first, length = plan.timetable.first(number), plan.timetable.length(number)
        if first + length <= count:
            trace.write_output(1, first, rng.integers(0, 9, (rows, 3, 2)))
            trace.write_output(2, first, rng.normal(size=(rows, 1)))
    trace.publish(count)
    return trace


def _resets(plan: Plan, layer: LayerTrace, number: int) -> Array:
    """Return where rows of a batch are reset inside it, (timesteps, rows)."""
    inside = np.zeros((layer.timetable.length(number), plan.batch_size), bool)
    if layer.timetable == plan.timetable:
        mask = plan.reset_mask(*divmod(number, plan.batches))
        inside[1:, : mask.shape[1]] = mask[1:]
    return inside


def _unroll(signals: Array, c: Array, resets: Array, layer: LSTMLayer) -> None:
    """Put the cell state that follows from the gates into the signals of a batch."""
    times = range(len(signals))
    for t in reversed(times) if layer.go_backwards else times:
        c = np.where(resets[t][:, None], np.float32(0), c)
        c = signals[t, :, 4] = signals[t, :, 1] * c + signals[t, :, 0] * signals[t, :, 2]


@pytest.fixture(scope="session")
def recording() -> Callable[..., Trace]:
    """What makes a small recording."""
    return _recording
