import numpy as np
import pytest

from lstm_viz import Dataset
from lstm_viz.dataset import Shaping
from lstm_viz.examples import example, parts


@pytest.fixture(scope="module")
def data():
    shown = example("parts")
    return Dataset.from_file(shown.data_path, Shaping(**shown.shaping))


def test_the_shipped_day_is_the_one_of_the_script(data):
    door, inside = parts.generate_day()
    np.testing.assert_array_equal(data.inputs[0].reshape(door.shape), door)
    np.testing.assert_array_equal(data.targets[0].reshape(inside.shape), inside)


def test_each_part_goes_on_where_the_one_before_ended(data):
    assert data.samples == parts.MINUTES // parts.PART
    assert all(data.continues(part, part + 1) for part in range(data.samples - 1))


def test_who_is_inside_went_in_and_did_not_go_out():
    door, inside = parts.watch(500, np.random.default_rng(0))
    np.testing.assert_array_equal(np.cumsum(door[:, 0] - door[:, 1]), inside[:, 0])
    assert inside.min() >= 0
    assert inside.max() <= parts.MOST


def test_people_are_counted_rightly_only_where_the_state_is_carried():
    shown = example("parts")
    (cut,) = shown.alternatives
    assert shown.scores["right"] > 0.95
    assert cut.scores["right"] < 0.5
