"""Recording all six signals against the plain forward pass of the same Keras model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from paired import Ratio, compare

import lstm_viz
from lstm_viz.stepper import probe_of

SIZES = ((1, 1000, 1, 32), (32, 200, 32, 128), (1, 2000, 64, 256))  # batch, timesteps, features, units
TARGET = 1.5
PAIRS = 25


def model_of(timesteps: int | None, features: int, units: int) -> Any:
    """Return a many-to-many model with one LSTM, weights as Keras initialises them."""
    import keras

    keras.utils.set_random_seed(1)
    return keras.Sequential(
        [
            keras.Input((timesteps, features)),
            keras.layers.LSTM(units, return_sequences=True),
            keras.layers.Dense(1),
        ]
    )


def ratios() -> Iterator[Ratio]:
    """Yield, for each size, the ratio to a ``tf.function`` of the model and the one to ``predict``."""
    import tensorflow as tf

    for batch, timesteps, features, units in SIZES:
        model = model_of(timesteps, features, units)
        x = np.random.default_rng(1).normal(size=(batch, timesteps, features)).astype("float32")
        forward = tf.function(model)
        tensor = tf.constant(x)
        probe = probe_of(model)  # traced once, as the peer's function is

        def record(model=model, x=x, probe=probe) -> lstm_viz.Trace:
            stepper = lstm_viz.Stepper(model, x, batch_size=len(x), probe=probe)
            stepper.run()
            return stepper.trace

        def plain(forward=forward, tensor=tensor) -> Any:
            return forward(tensor).numpy()

        def predict(model=model, x=x) -> Any:
            return model.predict(x, batch_size=len(x), verbose=0)

        np.testing.assert_allclose(record().outputs[0], plain(), atol=1e-5)
        what = f"record ({batch}, {timesteps}, {features}, {units})"
        yield compare(what, "tf.function of the model", record, plain, target=TARGET, pairs=PAIRS)
        yield compare(what, "model.predict", record, predict, target=None, pairs=PAIRS)
