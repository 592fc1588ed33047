"""Which token comes next, and the recipe of a sequence."""

import keras
import numpy as np
import pytest
from keras import layers

from lstm_viz import generate
from lstm_viz.generation.recipe import Generation, choose
from tests.lstm_viz.generation.conftest import (
    TOKENS,
    drawn,
    likeliest,
    longer,
    model_of,
    one_hot,
)


def test_the_likeliest_token_is_read_next(token_model):
    seed = np.array([[1, 4, 2], [0, 6, 3]])
    trace = generate(token_model, seed, 12)
    np.testing.assert_array_equal(trace.sequence, longer(token_model, seed, 12, likeliest))
    assert trace.sequence.dtype == np.int32


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5])
def test_tokens_are_drawn_as_they_are_likely(token_model, temperature):
    seed = np.array([[1, 4, 2], [0, 6, 3]])
    trace = generate(token_model, seed, 20, temperature=temperature, seed_number=11)
    np.testing.assert_array_equal(trace.sequence, longer(token_model, seed, 20, drawn(temperature, 11)))


def test_one_hot_vectors_are_read_as_such():
    model = model_of(
        keras.Input((4, TOKENS)), layers.LSTM(8), layers.Dense(TOKENS), layers.Softmax(), scale=1.5
    )
    seed = np.eye(TOKENS, dtype="f4")[[[1, 4, 2, 0, 3]]]
    trace = generate(model, seed, 10)
    assert trace.generation.kind == "one-hot"
    assert not trace.generation.logits
    np.testing.assert_array_equal(trace.sequence, longer(model, seed, 10, one_hot, 4))


def test_scores_that_are_no_probabilities_are_drawn_from_alike():
    given = (keras.Input((None,), dtype="int32"), layers.Embedding(TOKENS, 3), layers.LSTM(6))
    model = model_of(*given, layers.Dense(TOKENS), scale=1.5)
    same = model_of(*given, layers.Dense(TOKENS, activation="softmax"), scale=1.5)
    same.set_weights(model.get_weights())
    seed = np.array([[1, 4, 2]])
    scores, chances = (generate(m, seed, 15, temperature=0.8, seed_number=3) for m in (model, same))
    assert scores.generation.logits
    assert not chances.generation.logits
    np.testing.assert_array_equal(scores.sequence, chances.sequence)


def test_a_low_temperature_takes_the_likeliest_and_a_high_one_all_alike():
    chances = np.tile(np.array([0.2, 0.5, 0.3]), (4000, 1))
    assert (choose(chances, 0, 0.001) == 1).all()
    shares = np.bincount(choose(chances, 0, 1e6), minlength=3) / 4000
    np.testing.assert_allclose(shares, 1 / 3, atol=0.03)
    shares = np.bincount(choose(chances, 0, 1.0), minlength=3) / 4000
    np.testing.assert_allclose(shares, chances[0], atol=0.03)


def test_a_token_that_is_impossible_is_never_drawn():
    chances = np.tile(np.array([0.0, 1.0, 0.0]), (500, 1))
    for temperature in (0.01, 1.0, 50.0):
        assert (choose(chances, 3, temperature) == 1).all()


def test_the_recipe_is_plain_data():
    one = Generation(4, 3, "timesteps", 1, "values", 1, (0,), (1.0,), (0.0,))
    assert one.length == 7
    assert [one.known(count) for count in range(8)] == [4, 4, 4, 4, 5, 6, 7, 7]
    assert one.places(np.arange(3)).tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("layout", "look_back"),
    [("timesteps", 1), ("window", 1), ("window", 3), ("features", 1), ("features", 3)],
)
def test_the_steps_that_are_known_are_those_before_the_first_that_reads_what_is_not_there(layout, look_back):
    recipe = Generation(4, 5, layout, look_back, "values", 1, (0,), (1.0,), (0.0,))
    places = recipe.places(np.arange(recipe.samples * recipe.timesteps))
    for count in range(len(places) + 1):
        unknown = np.flatnonzero(places >= recipe.known(count))
        assert recipe.steps_known(count) == (unknown[0] if len(unknown) else len(places))
