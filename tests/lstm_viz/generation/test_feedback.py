"""How the output of a model becomes its next input, and why it cannot."""

import keras
import numpy as np
import pytest
from keras import layers

from lstm_viz import Dataset, Seed, generate
from lstm_viz.dataset import Shaping
from lstm_viz.errors import DataError, ModelError
from lstm_viz.generation.feedback import _ends_in_softmax
from tests.lstm_viz.generation.conftest import (
    TOKENS,
    longer,
    numbers,
)

# -- several features, and scaling ------------------------------------------------------------------


def test_what_is_not_predicted_stays_as_it_was(first_of_two):
    def feed(output, sequence):
        return np.concatenate([sequence[:, -1, :1], output], axis=1)

    seed = numbers(2, 4, 2)
    trace = generate(first_of_two, seed, 6, columns=[1], others="hold")
    np.testing.assert_allclose(trace.sequence, longer(first_of_two, seed, 6, feed, 3), atol=1e-6)


def test_what_is_not_predicted_may_be_known(first_of_two):
    known = numbers(2, 6, 2, seed=9)

    def feed(output, sequence):
        return np.concatenate([output, known[:, sequence.shape[1] - 4, 1:]], axis=1)

    seed = numbers(2, 4, 2)
    trace = generate(first_of_two, seed, 6, columns=[0], others=known)
    np.testing.assert_allclose(trace.sequence, longer(first_of_two, seed, 6, feed, 3), atol=1e-6)


def test_a_prediction_is_scaled_as_the_input_is():
    values = np.array([[3.0, 10.0], [5.0, 30.0], [4.0, 20.0], [9.0, 50.0], [7.0, 60.0]])
    data = Dataset.from_series(
        values, Shaping(look_back=3, target="b", scaling="min-max", columns=("b",)), names=("a", "b")
    )
    seed = Seed.from_dataset(data, 1)
    assert seed.columns == (0,)
    assert seed.factor == (1.0,)
    assert seed.offset == (0.0,)
    other = Dataset.from_arrays(
        values[None],
        shaping=Shaping(scaling="standard"),
        names=("a", "b"),
        target_names=("b",),
        targets=np.zeros((1, 1)),
    )  # the targets of ready-made samples are not scaled
    seed = Seed.from_dataset(other, 0)
    assert seed.columns == (1,)
    scaled = 40.0 * seed.factor[1] + seed.offset[1]
    np.testing.assert_allclose(scaled, other.scaling.apply(np.array([[0, 40.0]]))[0, 1], rtol=1e-6)


def test_the_scaling_is_done_again_before_a_value_is_read(next_value):
    seed = Seed(numbers(), factor=(0.5,), offset=(0.25,))
    trace = generate(next_value, seed, 5)
    wanted = longer(next_value, seed.values, 5, lambda output, _: output * 0.5 + 0.25)
    np.testing.assert_allclose(trace.sequence, wanted, atol=1e-6)


@pytest.mark.parametrize("behind", [layers.Dropout(0.5), layers.Reshape((-1, TOKENS)), layers.Identity()])
def test_probabilities_are_known_as_such_behind_layers_that_leave_them_as_they_are(behind):
    model = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            layers.Embedding(TOKENS, 3),
            layers.LSTM(4, return_sequences=True),
            keras.Sequential([layers.Dense(TOKENS, activation="softmax")]),
            behind,
        ]
    )
    assert _ends_in_softmax(model)


# -- what cannot be ---------------------------------------------------------------------------------


def refused(model, seed, steps=3, **how):
    with pytest.raises((ModelError, DataError)) as caught:
        generate(model, seed, steps, **how)
    assert caught.value.hint
    return caught.value.message


def test_a_model_that_needs_the_whole_sequence_is_refused_with_the_reason():
    both_ways = layers.Bidirectional(layers.LSTM(2, return_sequences=True), name="both")
    message = refused(keras.Sequential([keras.Input((None, 1)), both_ways, layers.Dense(1)]), numbers())
    assert "one timestep at a time" in message
    assert "both" in message


def test_an_encoder_and_decoder_is_refused():
    model = keras.Sequential(
        [keras.Input((4, 1)), layers.LSTM(2), layers.RepeatVector(3), layers.LSTM(1, return_sequences=True)]
    )
    assert "whole sequence" in refused(model, numbers())


def test_several_inputs_are_refused():
    x, y = keras.Input((None, 1)), keras.Input((None, 1))
    model = keras.Model([x, y], layers.LSTM(1)(layers.Concatenate()([x, y])))
    assert "2 inputs" in refused(model, numbers())


def test_several_outputs_are_refused_with_how_to_choose_one():
    x = keras.Input((None, 1))
    h = layers.LSTM(2, return_sequences=True)(x)
    model = keras.Model(x, [layers.Dense(1)(h), layers.Dense(1)(h)])
    assert "2 outputs" in refused(model, numbers())
    trace = generate(keras.Model(model.inputs, model.outputs[1]), numbers(), 2)
    assert trace.sequence.shape == (2, 6, 1)


def test_more_values_than_a_timestep_has_are_refused():
    model = keras.Sequential([keras.Input((3, 1)), layers.LSTM(2), layers.Dense(4)])
    assert "4 values" in refused(model, numbers())


def test_it_is_not_guessed_which_feature_is_predicted_nor_what_the_others_will_be(first_of_two):
    assert "which of them" in refused(first_of_two, numbers(features=2))
    assert "feature 0" in refused(first_of_two, numbers(features=2), columns=[1])
    assert "fewer than the 3" in refused(
        first_of_two, numbers(features=2), columns=[1], others=numbers(2, 2, 2)
    )
    with pytest.raises(DataError, match="others"):
        generate(first_of_two, numbers(features=2), 3, columns=[1], others="guess")


def test_data_that_say_what_is_predicted_is_something_else_are_believed(first_of_two):
    values = np.random.default_rng(0).normal(size=(12, 3))
    other = Dataset.from_series(
        values, Shaping(look_back=3, columns=("a", "b"), target="c"), names=("a", "b", "c")
    )
    assert "'c'" in refused(first_of_two, Seed.from_dataset(other, 2), others="hold")
    now = Dataset.from_series(
        values, Shaping(look_back=3, columns=("a", "b"), target="b", target_is="last"), names=("a", "b", "c")
    )
    assert "same timestep" in refused(first_of_two, Seed.from_dataset(now, 2), others="hold")


def test_more_tokens_than_are_known_are_refused():
    model = keras.Sequential(
        [keras.Input((None,), dtype="int32"), layers.Embedding(4, 2), layers.LSTM(2), layers.Dense(5)]
    )
    assert "5 tokens" in refused(model, np.array([[1, 2]]))


def test_a_seed_that_does_not_fit_is_refused(window_model, next_value, token_model):
    assert "reads 3 at once" in refused(window_model, numbers(1, 2))
    assert "2 features" in refused(next_value, numbers(features=2))
    assert "tokens" in refused(token_model, numbers())
    assert "shape" in refused(next_value, np.zeros(4))
    assert "empty" in refused(next_value, np.zeros((1, 0, 1)))
    assert "differ in length" in refused(next_value, [[[1.0], [2.0]], [[1.0]]])
    assert "instead of numbers" in refused(next_value, [[["a"]]])
    assert "not 4" in refused(window_model, numbers(1, 6), window=4)


@pytest.mark.parametrize("shape", [(2, 6), (1, 6, 2), (2, 6, 1)], ids=str)
def test_other_features_are_given_whole_or_refused(first_of_two, shape):
    words = refused(first_of_two, numbers(2, 4, 2), 6, columns=[0], others=np.zeros(shape))
    assert f"has the shape {shape}" in words


def test_senseless_numbers_are_refused(next_value, token_model):
    assert "0 steps" in refused(next_value, numbers(), 0)
    assert "2.5 steps" in refused(next_value, numbers(), 2.5)
    assert "window of -2" in refused(next_value, numbers(), window=-2)
    assert "twice" in refused(next_value, numbers(), columns=[0, 0])
    assert "temperature" in refused(token_model, np.array([[1]]), temperature=0)
    assert "feature 1" in refused(next_value, numbers(), columns=[1])
