import numpy as np
import pytest

from lstm_viz import Dataset
from lstm_viz.dataset import Shaping
from lstm_viz.examples import example, reshaping


def data_of(name):
    shown = example(name)
    return Dataset.from_file(shown.data_path, Shaping(**shown.shaping))


@pytest.fixture(scope="module")
def timesteps():
    return data_of("reshaping")


@pytest.fixture(scope="module")
def features():
    return data_of("reshaping/as_features")


def test_the_shipped_series_is_the_one_of_the_script(timesteps):
    np.testing.assert_allclose(timesteps.series[:, -1], reshaping.generate_series(), atol=1)


def test_the_past_is_seven_timesteps_or_seven_features_of_the_same_numbers(timesteps, features):
    assert timesteps.inputs[0].shape == (420, 7, 1)
    assert features.inputs[0].shape == (420, 1, 7)
    np.testing.assert_array_equal(timesteps.inputs[0].reshape(420, 7), features.inputs[0].reshape(420, 7))
    np.testing.assert_array_equal(timesteps.targets[0], features.targets[0])


def test_both_beat_the_day_a_week_before():
    shown = example("reshaping")
    for each in (shown, *shown.alternatives):
        assert each.scores["rmse"] < 0.8 * each.scores["baseline_rmse"]
