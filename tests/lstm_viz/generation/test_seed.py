"""What a sequence begins with, taken from data."""

import keras
import numpy as np
import pytest
from keras import layers

import lstm_viz
from lstm_viz import Dataset, Seed, generate
from lstm_viz.dataset import Shaping
from lstm_viz.examples import example
from tests.lstm_viz.generation.conftest import (
    answer,
    model_of,
)


@pytest.fixture(scope="module")
def series():
    return Dataset.from_series(np.arange(20.0), Shaping(look_back=4))


def test_a_seed_is_a_sample_or_its_first_timesteps_and_what_follows_is_known(series):
    seed = Seed.from_dataset(series, 5)
    np.testing.assert_array_equal(seed.values[0, :, 0], [5, 6, 7, 8])
    np.testing.assert_array_equal(seed.future[0, :, 0], np.arange(9, 20))
    part = Seed.from_dataset(series, 5, timesteps=2)
    np.testing.assert_array_equal(part.values[0, :, 0], [5, 6])


def test_of_a_series_what_was_read_before_comes_first(series):
    seed = Seed.from_dataset(series, 5, before=range(2, 5))
    np.testing.assert_array_equal(seed.values[0, :, 0], [2, 3, 4, 5, 6, 7, 8])


@pytest.mark.parametrize("look_back", [None, 3])
def test_a_seed_of_one_of_several_sequences_stays_within_it(look_back):
    table = np.stack([np.arange(20.0), np.repeat([7.0, 8.0, 9.0], [6, 9, 5])], axis=1)
    shaping = Shaping(look_back=look_back, columns=("a",), sequence_column="which", scaling="min-max")
    data = Dataset.from_series(table, shaping, names=("a", "which"))
    sample = int(np.flatnonzero(data.sequences == 1)[0])
    seed = Seed.from_dataset(data, sample, timesteps=2)
    np.testing.assert_allclose(seed.values[0, :, 0], [6 / 19, 7 / 19], rtol=1e-6)
    np.testing.assert_allclose(seed.future[0, :, 0], np.arange(8, 15) / 19, rtol=1e-6)
    whole = Seed.from_dataset(data, sample)
    np.testing.assert_array_equal(whole.values[0], data.inputs[0][sample, : look_back or 9])
    both = Seed.from_dataset(data, sample, before=[sample - 1])
    begin = 0 if look_back is None else 2  # the last one of the sequence before, and its next value
    np.testing.assert_allclose(both.values[0, :, 0], np.arange(begin, 6 + (look_back or 9)) / 19, rtol=1e-6)


def test_a_seed_of_one_of_several_sequences_of_tokens_is_whole_numbers():
    table = np.stack([np.arange(8.0) % 5, np.repeat([0.0, 1.0], [3, 5])], axis=1)
    shaping = Shaping(columns=("a",), sequence_column="which", tokens=True)
    data = Dataset.from_series(table, shaping, names=("a", "which"))
    seed = Seed.from_dataset(data, 1)
    assert seed.values.dtype == np.int32
    np.testing.assert_array_equal(seed.values, [[3, 4, 0, 1, 2]])


def test_of_ready_made_sequences_those_before_are_put_before_it():
    data = Dataset.from_arrays(np.arange(12.0).reshape(4, 3, 1))
    seed = Seed.from_dataset(data, 3, timesteps=2, before=(1, 2))
    np.testing.assert_array_equal(seed.values[0, :, 0], np.arange(3, 11))
    np.testing.assert_array_equal(seed.future[0, :, 0], [11])


def test_of_a_text_it_is_tokens():
    data = Dataset.from_text("abcabcab", look_back=3)
    seed = Seed.from_dataset(data, 1)
    np.testing.assert_array_equal(seed.values, [[1, 2, 0]])
    hot = Seed.from_dataset(Dataset.from_text("abcabcab", look_back=3, one_hot=True), 1)
    np.testing.assert_array_equal(hot.values[0].argmax(-1), [1, 2, 0])


def test_past_values_taken_as_features_slide_within_one_timestep():
    data = Dataset.from_series(np.sin(np.arange(30)), Shaping(look_back=3, past_as="features"))
    model = model_of(keras.Input((1, 3)), layers.LSTM(4), layers.Dense(1))
    seed = Seed.from_dataset(data, 4)
    trace = generate(model, seed, 6)
    assert trace.generation.layout == "features"
    sequence = seed.values[:, :, 0]
    for _ in range(6):
        sequence = np.concatenate([sequence, answer(model, sequence[:, None, -3:])], axis=1)
    np.testing.assert_allclose(trace.sequence[..., 0], sequence, atol=1e-6)


def test_the_stateful_example_goes_on_from_where_its_data_end():
    chosen = example("next_value")
    data = Dataset.from_file(chosen.data_path, Shaping(**chosen.shaping))
    last = data.samples - 1
    seed = Seed.from_dataset(data, last, before=range(last))
    trace = generate(lstm_viz.load_model(chosen.model_path), seed, 24, stateful=True)
    visitors = data.unscale_inputs(trace.sequence)[0, -24:, 0]
    # A year later it repeats itself: the seasons go on.
    assert np.corrcoef(visitors[:12], visitors[12:])[0, 1] > 0.95
    assert 2500 < visitors.min() < visitors.max() < 6500
