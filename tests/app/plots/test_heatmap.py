import numpy as np
import pytest

from app.plots.heatmap import reduced


def test_units_that_fit_are_left_alone():
    values = np.arange(12, dtype=np.float32).reshape(4, 3)
    found, size = reduced(values, 4)
    assert found is values
    assert size == 1


@pytest.mark.parametrize("units", [9, 10, 11, 512])
def test_merging_units_keeps_the_extremes_of_every_group(units):
    values = np.random.default_rng(0).normal(size=(units, 7)).astype(np.float32)
    found, size = reduced(values, 8)
    assert found.shape[0] <= 8
    for k in range(found.shape[0] // 2):
        group = values[k * size : (k + 1) * size]
        np.testing.assert_array_equal(found[2 * k], group.max(axis=0))
        np.testing.assert_array_equal(found[2 * k + 1], group.min(axis=0))


def test_one_extreme_unit_among_many_is_not_lost():
    values = np.zeros((512, 3), np.float32)
    values[333, 1] = -7
    found, _ = reduced(values, 60)
    assert found.min() == -7
    assert found[:, [0, 2]].min() == 0


def test_a_masked_step_stays_without_value_and_hides_no_other():
    values = np.ones((20, 3), np.float32)
    values[:, 1] = np.nan
    found, _ = reduced(values, 8)
    assert np.isnan(found[:, 1]).all()
    assert (found[:, [0, 2]] == 1).all()
