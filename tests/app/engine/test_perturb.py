from __future__ import annotations

import numpy as np
import pytest

from app.engine.perturb import NOISE, mask_values, perturbed
from lstm_viz.errors import PlanError
from lstm_viz.plan import Plan

PLAN = Plan(12, 5, 3)


@pytest.fixture
def numbers() -> np.ndarray:
    return (np.random.default_rng(0).normal(size=(12, 5, 2)) * [1, 100]).astype("f4")


def test_only_the_samples_of_the_row_are_changed(numbers: np.ndarray) -> None:
    (changed,) = perturbed([numbers], PLAN, 1)
    differs = (changed != numbers).any(axis=(1, 2))
    assert np.flatnonzero(differs).tolist() == [1, 4, 7, 10]
    assert changed.dtype == numbers.dtype


def test_an_order_decides_which_samples_a_row_has(numbers: np.ndarray) -> None:
    (changed,) = perturbed([numbers], Plan(12, 5, 3, order=tuple(range(11, -1, -1))), 0)
    assert np.flatnonzero((changed != numbers).any(axis=(1, 2))).tolist() == [2, 5, 8, 11]


def test_a_row_that_the_last_batch_lacks_is_changed_where_it_is(numbers: np.ndarray) -> None:
    (changed,) = perturbed([numbers], Plan(12, 5, 5), 4)
    assert np.flatnonzero((changed != numbers).any(axis=(1, 2))).tolist() == [4, 9]


def test_the_noise_is_a_tenth_of_what_each_feature_spreads(numbers: np.ndarray) -> None:
    (changed,) = perturbed([numbers], Plan(12, 5, 1), 0)
    noise = (changed - numbers).std(axis=(0, 1)) / numbers.std(axis=(0, 1))
    np.testing.assert_allclose(noise, NOISE, rtol=0.35)


def test_the_noise_is_the_same_every_time(numbers: np.ndarray) -> None:
    first, second = (perturbed([numbers], PLAN, 0)[0] for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_a_feature_that_never_changes_gets_noise_all_the_same() -> None:
    (changed,) = perturbed([np.ones((12, 5, 1), "f4")], PLAN, 0)
    assert (changed[0] != 1).all()


def test_masked_timesteps_stay_masked(numbers: np.ndarray) -> None:
    numbers[0, 3:] = -1
    numbers[0, 2, 0] = -1  # one feature alone masks nothing
    (changed,) = perturbed([numbers], PLAN, 0, masked=(-1.0,))
    assert (changed[0, 3:] == -1).all()
    assert (changed[0, :3] != numbers[0, :3]).all()


def test_tokens_become_other_tokens_that_occur_and_padding_stays() -> None:
    tokens = np.random.default_rng(0).choice([3, 5, 9], (12, 5)).astype("i4")
    tokens[0, 3:] = 0
    (changed,) = perturbed([tokens], PLAN, 0)
    assert set(np.unique(changed)) == {0, 3, 5, 9}
    assert (changed[0, 3:] == 0).all()
    assert (changed[0, :3] != tokens[0, :3]).all()
    assert (changed[1] == tokens[1]).all()


def test_a_row_that_is_not_there_is_refused(numbers: np.ndarray) -> None:
    with pytest.raises(PlanError, match="no row 3 in batches of 3"):
        perturbed([numbers], PLAN, 3)


def test_the_values_that_a_model_masks_are_found() -> None:
    import keras

    model = keras.Sequential(
        [keras.Input((5, 2)), keras.layers.Masking(-1.0), keras.layers.LSTM(2), keras.layers.Dense(1)]
    )
    assert mask_values(model) == (-1.0,)
