import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_viz.dataset import Dataset, Shaping
from lstm_viz.errors import DataError

SERIES = np.arange(60.0).reshape(20, 3)
NAMES = ("a", "b", "c")


@pytest.mark.parametrize("shape", [(None, 4, 2), (None, None, 2), (5, 4, 2), (None, None, None)])
def test_data_of_the_model_s_shape_pass(shape):
    Dataset.from_arrays(np.zeros((5, 4, 2))).check([shape])


def test_both_shapes_are_said_in_words():
    dataset = Dataset.from_arrays(np.zeros((5, 1, 4)))
    with pytest.raises(DataError) as caught:
        dataset.check([(None, 3, 1)])
    assert caught.value.message == (
        "The model wants sequences of 3 timesteps with 1 feature, "
        "the data have sequences of 1 timestep with 4 features."
    )


def test_swapped_axes_are_recognised():
    with pytest.raises(DataError) as caught:
        Dataset.from_arrays(np.zeros((5, 1, 3))).check([(None, 3, 1)])
    assert "swapaxes" in caught.value.hint


def test_a_missing_feature_axis_is_recognised():
    with pytest.raises(DataError) as caught:
        Dataset.from_arrays(np.zeros((5, 8))).check([(None, 8, 1)])
    assert "newaxis" in caught.value.hint


def test_any_length_is_said_as_such():
    with pytest.raises(DataError, match="sequences of any length with 2 features"):
        Dataset.from_arrays(np.zeros((5, 4, 3))).check([(None, None, 2)])


def test_the_number_of_inputs_is_checked():
    with pytest.raises(DataError, match="The model has 2 inputs, the data have 1"):
        Dataset.from_arrays(np.zeros((5, 4, 3))).check([(None, 4, 3), (None, 2)])


def test_tokens_pass_where_tokens_are_wanted():
    Dataset.from_arrays(np.zeros((5, 4), int)).check([(None, None)], integer_inputs=[0])


def test_sequences_are_refused_where_tokens_are_wanted():
    with pytest.raises(
        DataError, match="wants sequences of tokens of any length, the data have sequences of 4"
    ):
        Dataset.from_arrays(np.zeros((5, 4, 1))).check([(None, None)], integer_inputs=[0])


def test_fractions_are_refused_where_tokens_are_wanted():
    with pytest.raises(DataError, match="no whole numbers"):
        Dataset.from_arrays(np.full((5, 4), 0.5)).check([(None, 4)], integer_inputs=[0])


@pytest.mark.parametrize(
    ("present", "shape", "better", "hint"),
    [
        (Shaping(), (None, 4, 3), {"look_back": 4}, "Set the look-back to 4."),
        (
            Shaping(),
            (None, 1, 6),
            {"look_back": 2, "past_as": "features"},
            "Set the look-back to 2 and take the past values as features.",
        ),
        (
            Shaping(look_back=4, past_as="features"),
            (None, 4, 3),
            {"past_as": "timesteps"},
            "Take the past values as timesteps.",
        ),
        (
            Shaping(look_back=4, target="b"),
            (None, 4, 2),
            {"columns": ("a", "c")},
            "Use the columns 'a', 'c'.",
        ),
        (
            Shaping(look_back=4, columns=("a",)),
            (None, 4, 3),
            {"columns": NAMES},
            "Use the columns 'a', 'b', 'c'.",
        ),
        (
            Shaping(look_back=2, target="b"),
            (None, 2, 1),
            {"columns": ("b",)},
            "Use only the column 'b'.",
        ),
    ],
    ids=["look-back", "as features", "as timesteps", "without target", "all columns", "one column"],
)
def test_a_simple_change_that_fits_is_suggested_in_the_hint(present, shape, better, hint):
    dataset = Dataset.from_series(SERIES, present, names=NAMES)
    suggested = dataset.suggest([shape])
    assert {name: getattr(suggested, name) for name in better} == better
    with pytest.raises(DataError) as caught:
        dataset.check([shape])
    assert caught.value.hint == hint


def test_tokens_are_suggested_for_a_column_of_whole_numbers():
    dataset = Dataset.from_series(np.arange(20), Shaping(scaling="min-max"))
    suggested = dataset.suggest([(None, 5)], integer_inputs=[0])
    assert suggested == Shaping(look_back=5, columns=("value",), tokens=True)


def test_nothing_is_suggested_where_no_simple_change_fits():
    dataset = Dataset.from_series(SERIES, Shaping(look_back=4), names=NAMES)
    assert dataset.suggest([(None, 4, 7)]) is None
    assert dataset.suggest([(None, 40, 3)]) is None
    assert Dataset.from_arrays(np.zeros((5, 4, 3))).suggest([(None, 2, 3)]) is None


@given(
    st.one_of(st.none(), st.integers(1, 8)),
    st.sampled_from(["timesteps", "features"]),
    st.one_of(st.none(), st.integers(1, 25)),
    st.integers(1, 12),
)
def test_whatever_is_suggested_fits(look_back, past_as, timesteps, features):
    shape = (None, timesteps, features)
    dataset = Dataset.from_series(SERIES, Shaping(look_back=look_back, past_as=past_as), names=NAMES)
    suggested = dataset.suggest([shape])
    if suggested is not None:
        dataset.reshaped(suggested).check([shape])
