"""Recordings of made-up numbers, for tests of what is read from them."""

import numpy as np

from lstm_viz.layers import LSTMLayer
from lstm_viz.plan import Plan
from lstm_viz.trace import OutputSpec, Trace

PLAN = Plan(6, 5, 2, stateful=True, epochs=2, order=(1, 0, 3, 2, 5, 4))
LAYERS = (LSTMLayer("one", 3, 2), LSTMLayer("two", 2, 3, go_backwards=True))
OUTPUTS = (OutputSpec((4,), each_step=True), OutputSpec((), each_step=False, dtype="int32"))
LONG = Plan(samples=2, timesteps=700, batch_size=1)


def new_trace(folder=None, plan=PLAN):
    return Trace(plan, LAYERS, [plan.timesteps] * 2, OUTPUTS, folder)


def recorded(plan=PLAN, seed=0):
    """Make numbers for a run: for each layer signals, mask and first states, and for each output values."""
    rng = np.random.default_rng(seed)
    steps, batches, rows = len(plan), plan.epochs * plan.batches, plan.batch_size
    of_layers = []
    for layer in LAYERS:
        signals = rng.normal(size=(steps, rows, 6, layer.units)).astype("f4")
        mask = rng.random((steps, rows)) < 0.8
        signals[~mask, :4] = np.nan
        of_layers.append((signals, mask, rng.normal(size=(batches, rows, 2, layer.units)).astype("f4")))
    of_outputs = (rng.normal(size=(rows, steps, 4)).astype("f4"), rng.integers(0, 9, (batches, rows), "i4"))
    return of_layers, of_outputs


def write(trace, numbers, start, stop):
    """Write steps as a stepper does: the states at the start of a batch, the last output at its end."""
    of_layers, (each_step, last) = numbers
    timesteps = trace.plan.timesteps
    for layer, (signals, mask, initial) in zip(trace.layers.values(), of_layers, strict=True):
        layer.write(start, signals[start:stop], mask[start:stop])
        for batch in range(-(-start // timesteps), -(-stop // timesteps)):
            layer.write_initial(batch, initial[batch])
    trace.write_output(0, start, each_step[:, start:stop])
    for batch in range(start // timesteps, stop // timesteps):
        trace.write_output(1, batch * timesteps, last[batch])
    trace.publish(stop)
