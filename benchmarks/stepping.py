"""One live step against ``model.predict`` on one timestep, and against the same equations written plainly.

``model.predict`` is how it is done without this library. The plain step is what one would write by hand for
one known model: a ``tf.function`` of the cell's equations that gives the gates, the states and the output as
arrays. It knows no masks, resets, batches or plans, and records nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from paired import Ratio, compare
from recording import model_of

import lstm_viz
from lstm_viz.signals import SIGNALS

PREDICT, PLAIN = 1 / 50, 1.5
PAIRS = 25
STEPS = 10  # in each pair
SIZES = ((1, 4), (16, 128))  # features, units


def ratios() -> Iterator[Ratio]:
    """Yield the ratios for each size, at batch size 1."""
    for features, units in SIZES:
        model = model_of(None, features, units)
        steps = 2 * (PAIRS + 5) * STEPS
        x = np.random.default_rng(1).normal(size=(1, steps, features)).astype("float32")
        stepper = lstm_viz.Stepper(model, x, stateful=True)
        what = f"one step, {features} features, {units} units"
        _check_alike(lstm_viz.Stepper(model, x, stateful=True), plain_step(model, x))
        yield compare(
            what,
            "a plain compiled step",
            stepper.step,
            plain_step(model, x),
            target=PLAIN,
            pairs=PAIRS,
            repeat_ours=STEPS,
            repeat_theirs=STEPS,
        )
        one = x[:, :1]

        def predict(model: Any = model, one: np.ndarray = one) -> object:
            return model.predict(one, verbose=0)

        yield compare(
            what,
            "model.predict, one timestep",
            stepper.step,
            predict,
            target=PREDICT,
            pairs=PAIRS,
            repeat_ours=STEPS,
        )


def plain_step(model: Any, x: np.ndarray) -> Callable[[], list[np.ndarray]]:
    """Return what computes the next timestep of the first sample: i, f, g, o, c, h and the output."""
    import tensorflow as tf

    cell, dense = model.layers[0].cell, model.layers[1]
    kernel, recurrent, bias = (v.value for v in (cell.kernel, cell.recurrent_kernel, cell.bias))
    out, shift = dense.kernel.value, dense.bias.value

    @tf.function
    def step(inputs: Any, c: Any, h: Any) -> tuple[Any, ...]:
        i, f, g, o = tf.split(inputs @ kernel + h @ recurrent + bias, 4, 1)
        i, f, g, o = tf.sigmoid(i), tf.sigmoid(f), tf.tanh(g), tf.sigmoid(o)
        c = f * c + i * g
        h = o * tf.tanh(c)
        return i, f, g, o, c, h, h @ out + shift

    states = [tf.zeros((1, cell.units))] * 2
    timesteps = iter(range(x.shape[1]))

    def next_step() -> list[np.ndarray]:
        timestep = next(timesteps)
        found = step(x[:, timestep], *states)
        states[:] = found[4:6]
        return [value.numpy() for value in found]

    return next_step


def _check_alike(stepper: lstm_viz.Stepper, plain: Callable[[], list[np.ndarray]]) -> None:
    for _ in range(3):
        ((signals,), values) = stepper.step().signals.values(), plain()
        for number, name in enumerate(SIGNALS):
            np.testing.assert_allclose(signals[:, number], values[number], atol=1e-6, err_msg=name)
