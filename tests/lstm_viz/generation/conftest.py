"""Small models that go on with a sequence, and the plain loop that each is held against."""

import keras
import numpy as np
import pytest
from keras import layers

TOKENS = 7


def model_of(*model_layers, scale=0.9):
    model = keras.Sequential(model_layers)
    rng = np.random.default_rng(5)
    for variable in model.weights:
        variable.assign(rng.normal(0, scale, variable.shape))
    return model


def answer(model, x):
    return np.asarray(model(x, training=False))


def numbers(rows=2, timesteps=4, features=1, seed=0):
    return np.random.default_rng(seed).normal(size=(rows, timesteps, features)).astype("f4")


def longer(model, seed, steps, feed, window=None):
    """Go on in a plain loop: the whole sequence, or its last timesteps, is read for each output."""
    sequence = np.array(seed)
    for _ in range(steps):
        read = sequence if window is None else sequence[:, -window:]
        output = answer(model, read)
        output = output[:, -1] if output.ndim > 2 else output
        sequence = np.concatenate([sequence, feed(output, sequence)[:, None]], axis=1)
    return sequence


def as_it_is(output, _sequence):
    return output


def likeliest(output, _sequence):
    return output.argmax(-1)


def one_hot(output, _sequence):
    return np.eye(output.shape[-1])[output.argmax(-1)]


def drawn(temperature, seed_number):
    """Draw a token as the documentation says: by p^(1/temperature), with a generator for each place."""

    def feed(output, sequence):
        weights = output.astype("f8") ** (1 / temperature)
        shares = weights / weights.sum(-1, keepdims=True)
        random = np.random.default_rng((seed_number, sequence.shape[1])).random(len(output))
        return np.array(
            [np.searchsorted(np.cumsum(p), r, "right") for p, r in zip(shares, random, strict=True)]
        )

    return feed


@pytest.fixture(scope="session")
def next_value():
    """A model that reads sequences of any length and gives the next value at every timestep."""
    return model_of(keras.Input((None, 1)), layers.LSTM(5, return_sequences=True), layers.Dense(1))


@pytest.fixture(scope="session")
def window_model():
    return model_of(
        keras.Input((3, 1)), layers.LSTM(4, return_sequences=True), layers.LSTM(3), layers.Dense(1)
    )


@pytest.fixture(scope="session")
def token_model():
    return model_of(
        keras.Input((None,), dtype="int32"),
        layers.Embedding(TOKENS, 3),
        layers.LSTM(6),
        layers.Dense(TOKENS, activation="softmax"),
        scale=1.5,
    )


@pytest.fixture(scope="session")
def first_of_two():
    return model_of(keras.Input((3, 2)), layers.LSTM(4), layers.Dense(1))
