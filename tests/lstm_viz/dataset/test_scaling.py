import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lstm_viz.dataset import Dataset, Scaling, Shaping
from lstm_viz.errors import DataError

tables = hnp.arrays(
    np.float64,
    st.tuples(st.integers(4, 12), st.integers(1, 3)),
    elements=st.floats(-1e6, 1e6, allow_subnormal=False),
)
kinds = st.sampled_from(["none", "standard", "min-max"])


@given(tables, kinds)
def test_scaling_is_undone_to_the_precision_of_float32(values, kind):
    scaling = Scaling.fit(values, kind)
    undone = scaling.undo(scaling.apply(values))
    # A value is off by half a unit in the last place of its scaled value, in the units of the column.
    reach = np.abs(values).max(axis=0) + np.ptp(values, axis=0)
    assert (np.abs(undone - values) <= reach * 2.0**-23 + 1e-30).all()


@given(tables)
def test_min_max_reaches_from_zero_to_one_and_standard_has_mean_zero(values):
    spread = np.ptp(values, axis=0)
    min_max = Scaling.fit(values, "min-max").apply(values)
    np.testing.assert_array_equal(min_max.min(axis=0), 0)
    np.testing.assert_array_equal(min_max.max(axis=0), np.where(spread > 0, 1, 0))
    standard = Scaling.fit(values, "standard").apply(values)
    assert np.isfinite(standard).all()
    np.testing.assert_allclose(standard.mean(axis=0), 0, atol=1e-3)


@pytest.mark.parametrize("kind", ["standard", "min-max"])
def test_a_constant_column_becomes_zero_and_comes_back(kind):
    values = np.full((7, 1), 0.1)  # its computed deviation is 1.4e-17, not 0
    scaling = Scaling.fit(values, kind)
    np.testing.assert_array_equal(scaling.apply(values), 0)
    np.testing.assert_array_equal(scaling.undo(scaling.apply(values)), values)


def test_scaling_is_fitted_on_the_first_part_only():
    dataset = Dataset.from_series(
        [0, 10, 5, 10, 100, 200], Shaping(look_back=2, scaling="min-max", fit_on=0.5)
    )
    assert dataset.scaling.fitted_rows == 3
    assert dataset.scaling.factor == (10.0,)
    np.testing.assert_allclose(dataset.targets[0][:, 0], [0.5, 1, 10, 20])


def test_inputs_and_targets_come_back_in_their_own_units():
    values = np.stack([np.arange(10.0), np.arange(10.0) * 100 + 7], axis=1)
    shaping = Shaping(look_back=3, columns=("a",), target="b", scaling="standard")
    dataset = Dataset.from_series(values, shaping, names=["a", "b"])
    np.testing.assert_allclose(dataset.unscale_targets(dataset.targets[0])[:, 0], values[3:, 1], rtol=1e-6)
    np.testing.assert_allclose(dataset.unscale_inputs(dataset.inputs[0])[2, :, 0], values[2:5, 0], rtol=1e-6)
    assert dataset.unscale_targets(np.zeros(5)).shape == (5,)


def test_inputs_come_back_when_the_past_is_taken_as_features():
    values = np.stack([np.arange(10.0), np.arange(10.0) * 100 + 7], axis=1)
    plain = Dataset.from_series(values, Shaping(look_back=3, past_as="features"))
    scaled = plain.reshaped(Shaping(look_back=3, past_as="features", scaling="min-max"))
    np.testing.assert_allclose(scaled.unscale_inputs(scaled.inputs[0]), plain.inputs[0], rtol=1e-6, atol=1e-6)


def test_undoing_refuses_another_number_of_columns():
    dataset = Dataset.from_series(np.arange(20.0).reshape(10, 2), Shaping(look_back=3, scaling="min-max"))
    with pytest.raises(DataError, match="2 columns"):
        dataset.unscale_inputs(np.zeros((4, 3)))


def test_the_series_stays_unscaled():
    dataset = Dataset.from_series([5, 10, 15, 20], Shaping(look_back=2, scaling="min-max"))
    np.testing.assert_array_equal(dataset.series[:, 0], [5, 10, 15, 20])


def test_arrays_are_scaled_per_feature_over_samples_and_timesteps():
    x = np.arange(24.0).reshape(4, 3, 2)
    y = np.array([3, 1, 0, 2])
    dataset = Dataset.from_arrays(x, y, shaping=Shaping(scaling="min-max", fit_on=0.5))
    assert dataset.scaling.offset == (0.0, 1.0)
    assert dataset.scaling.factor == (10.0, 10.0)
    np.testing.assert_allclose(dataset.unscale_inputs(dataset.inputs[0]), x, rtol=1e-6)
    np.testing.assert_array_equal(dataset.targets[0], y)


def test_a_value_that_scaling_makes_too_large_is_refused_with_its_place():
    values = [0.0, 1e-30, 0.0, 1e20]
    with pytest.raises(DataError, match="row 4, column 'value'"):
        Dataset.from_series(values, Shaping(look_back=1, scaling="min-max", fit_on=0.5))
