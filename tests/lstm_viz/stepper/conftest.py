"""Small models with their data, and ways to run them to the end."""

import keras
import numpy as np
import pytest
from keras import layers

from lstm_viz.probe import Probe
from lstm_viz.signals import SIGNALS
from lstm_viz.stepper import Stepper


def assert_same(found, wanted, tolerance=1e-6, samples=slice(None)):
    """Two traces hold the same numbers, of all samples or of some."""
    for output, other in zip(found.outputs, wanted.outputs, strict=True):
        np.testing.assert_allclose(output[samples], other[samples], rtol=0, atol=tolerance)
    assert list(found.layers) == list(wanted.layers)
    for path, layer in found.layers.items():
        other = wanted.layers[path]
        np.testing.assert_array_equal(layer.mask[samples], other.mask[samples])
        for name in SIGNALS:
            np.testing.assert_allclose(
                layer.signal(name)[samples], other.signal(name)[samples], rtol=0, atol=tolerance
            )
        np.testing.assert_allclose(layer.initial_h[samples], other.initial_h[samples], rtol=0, atol=tolerance)
        np.testing.assert_allclose(layer.initial_c[samples], other.initial_c[samples], rtol=0, atol=tolerance)


def stepped(stepper):
    """Go to the end one step at a time."""
    while not stepper.finished:
        stepper.step()
    return stepper.trace


def finished(stepper):
    stepper.run()
    return stepper.trace


def model_of(*model_layers, features=2, timesteps=5, seed=0):
    model = keras.Sequential([keras.Input((timesteps, features)), *model_layers])
    rng = np.random.default_rng(seed)
    for variable in model.weights:
        variable.assign(rng.normal(0, 0.6, variable.shape))
    return model


def data(samples, timesteps=5, features=2, seed=1):
    return np.random.default_rng(seed).normal(size=(samples, timesteps, features)).astype("f4")


@pytest.fixture(scope="session")
def model():
    return model_of(layers.LSTM(3, return_sequences=True), layers.Dense(2))


@pytest.fixture(scope="session")
def probe(model):
    return Probe(model)


@pytest.fixture(scope="session")
def two_way():
    return Probe(model_of(layers.Bidirectional(layers.LSTM(3, return_sequences=True))))


def run_plan(probe, x, plan):
    return finished(
        Stepper(
            probe.model,
            x,
            batch_size=plan.batch_size,
            stateful=plan.stateful,
            resets=plan.resets,
            epochs=plan.epochs,
            order=plan.order,
            probe=probe,
        )
    )
