import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_viz.dataset import Shaping
from lstm_viz.dataset.dataset import Dataset
from lstm_viz.errors import DataError


@st.composite
def series_and_shaping(draw: st.DrawFn) -> tuple[np.ndarray, Shaping]:
    look_back = draw(st.integers(1, 6))
    rows = look_back + draw(st.integers(1, 12))
    columns = draw(st.integers(1, 3))
    values = np.arange(rows * columns, dtype=np.float64).reshape(rows, columns)
    names = tuple("abc"[:columns])
    return values, Shaping(
        look_back=look_back,
        stride=draw(st.integers(1, 5)),
        past_as=draw(st.sampled_from(["timesteps", "features"])),
        columns=names,
        target=draw(st.sampled_from(names)),
        target_is=draw(st.sampled_from(["next", "last", "each"])),
    )


def windows_by_a_plain_loop(values: np.ndarray, shaping: Shaping) -> tuple[np.ndarray, np.ndarray]:
    length, target = shaping.look_back, "abc".index(shaping.target)
    inputs, targets = [], []
    start = 0
    while start + length + (shaping.target_is == "next") <= len(values):
        window = values[start : start + length]
        inputs.append(window if shaping.past_as == "timesteps" else window.reshape(1, -1))
        if shaping.target_is == "next":
            targets.append([values[start + length, target]])
        elif shaping.target_is == "last" or (shaping.past_as == "features" and length > 1):
            targets.append([window[-1, target]])
        else:
            targets.append(window[:, [target]])
        start += shaping.stride
    return np.array(inputs), np.array(targets)


@given(series_and_shaping())
def test_windows_are_those_of_a_plain_loop(case):
    values, shaping = case
    dataset = Dataset.from_series(values, shaping, names="abc"[: values.shape[1]])
    inputs, targets = windows_by_a_plain_loop(values, shaping)
    np.testing.assert_array_equal(dataset.inputs[0], inputs)
    np.testing.assert_array_equal(dataset.targets[0], targets)


@given(series_and_shaping())
def test_the_origin_names_the_rows_of_the_series_that_a_sample_holds(case):
    values, shaping = case
    dataset = Dataset.from_series(values, shaping, names="abc"[: values.shape[1]])
    for sample, (first, last) in enumerate(dataset.origin):
        expected = dataset.series[first : last + 1].reshape(dataset.inputs[0].shape[1:])
        np.testing.assert_array_equal(dataset.inputs[0][sample], expected)


def test_the_past_as_timesteps_and_as_features_hold_the_same_values_in_other_axes():
    values = np.arange(10.0)
    timesteps = Dataset.from_series(values, Shaping(look_back=3))
    features = Dataset.from_series(values, Shaping(look_back=3, past_as="features"))
    assert timesteps.inputs[0].shape == (7, 3, 1)
    assert features.inputs[0].shape == (7, 1, 3)
    assert features.feature_names == ("value t-2", "value t-1", "value t")
    np.testing.assert_array_equal(timesteps.inputs[0][4, :, 0], [4, 5, 6])
    np.testing.assert_array_equal(features.inputs[0][4, 0], [4, 5, 6])


def test_features_of_several_columns_are_named_in_the_order_of_their_values():
    values = np.array([[0, 10], [1, 11], [2, 12], [3, 13]])
    dataset = Dataset.from_series(values, Shaping(look_back=2, past_as="features"), names=["a", "b"])
    np.testing.assert_array_equal(dataset.inputs[0][1, 0], [1, 11, 2, 12])
    assert dataset.feature_names == ("a t-1", "b t-1", "a t", "b t")


@pytest.mark.parametrize("past_as", ["timesteps", "features"])
def test_a_look_back_of_a_thousand_makes_views_that_share_memory(past_as):
    dataset = Dataset.from_series(np.arange(5000.0), Shaping(look_back=1000, past_as=past_as))
    first, second = dataset.inputs[0][0], dataset.inputs[0][1]
    assert np.shares_memory(first, second)


def test_samples_cannot_be_written_to():
    dataset = Dataset.from_series(np.arange(10.0), Shaping(look_back=3))
    with pytest.raises(ValueError, match="read-only"):
        dataset.inputs[0][0, 0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        dataset.targets[0][0] = 1


def test_without_a_look_back_a_series_is_one_sample_without_a_target():
    dataset = Dataset.from_series(np.arange(10.0))
    assert dataset.inputs[0].shape == (1, 10, 1)
    assert dataset.targets == ()


def test_without_a_look_back_the_target_can_be_read_at_every_timestep():
    values = np.stack([np.arange(5.0), np.arange(5.0) * 10], axis=1)
    dataset = Dataset.from_series(values, Shaping(target="b", target_is="each"), names=["a", "b"])
    np.testing.assert_array_equal(dataset.inputs[0][0, :, 0], values[:, 0])
    np.testing.assert_array_equal(dataset.targets[0][0, :, 0], values[:, 1])


def test_a_next_value_after_the_whole_series_is_refused():
    with pytest.raises(DataError, match="no next value"):
        Dataset.from_series(np.arange(10.0), Shaping(target="value"))


def test_a_target_at_the_same_time_is_not_an_input_unless_it_is_chosen():
    values = np.arange(20.0).reshape(10, 2)
    left_out = Dataset.from_series(
        values, Shaping(look_back=2, target="b", target_is="last"), names=["a", "b"]
    )
    chosen = left_out.reshaped(Shaping(look_back=2, target="b", target_is="last", columns=("a", "b")))
    next_value = left_out.reshaped(Shaping(look_back=2, target="b"))
    assert left_out.feature_names == ("a",)
    assert chosen.feature_names == ("a", "b")
    assert next_value.feature_names == ("a", "b")


def test_columns_come_in_the_order_in_which_they_are_chosen():
    values = np.arange(12.0).reshape(4, 3)
    dataset = Dataset.from_series(values, Shaping(look_back=2, columns=("c", "a")), names=list("abc"))
    np.testing.assert_array_equal(dataset.inputs[0][0], [[2, 0], [5, 3]])


def test_a_series_that_is_too_short_is_refused_with_the_longest_look_back():
    with pytest.raises(DataError, match="needs 11 rows; a series has 10") as caught:
        Dataset.from_series(np.arange(10.0), Shaping(look_back=10))
    assert "9 or less" in caught.value.hint
    assert Dataset.from_series(np.arange(10.0), Shaping(look_back=9)).samples == 1


@pytest.mark.parametrize(
    ("stride", "relation"), [(1, "overlaps"), (2, "overlaps"), (3, "continues"), (4, "skips")]
)
def test_a_window_continues_another_when_it_starts_right_after_it(stride, relation):
    dataset = Dataset.from_series(np.arange(30.0), Shaping(look_back=3, stride=stride))
    assert dataset.relation(0, 1) == relation
    assert dataset.continues(0, 1) is (relation == "continues")
    assert dataset.relation(1, 0) == dataset.relation(1, 1) == "goes back"
    assert dataset.continues(1, 0) is False


def test_windows_of_stride_one_continue_the_one_as_many_samples_ahead_as_they_are_long():
    dataset = Dataset.from_series(np.arange(30.0), Shaping(look_back=3))
    assert [b for b in range(dataset.samples) if dataset.continues(4, b)] == [7]


def test_with_the_past_as_features_each_sample_continues_the_one_before():
    dataset = Dataset.from_series(np.arange(30.0), Shaping(look_back=3, past_as="features"))
    assert dataset.continues(0, 1) is True
    assert dataset.relation(0, 2) == "overlaps"


def test_separate_sequences_have_no_relation():
    dataset = Dataset.from_arrays(np.zeros((4, 3, 1)))
    assert dataset.origin is None
    assert dataset.relation(0, 1) is None
    assert dataset.continues(0, 1) is None
