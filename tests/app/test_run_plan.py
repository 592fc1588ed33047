from __future__ import annotations

import numpy as np
import pytest

from app.run_plan import RunSettings, plan_for, plan_of, samples_run
from lstm_viz.dataset import Dataset, Shaping
from lstm_viz.errors import PlanError


def dataset(samples: int) -> Dataset:
    return Dataset.from_arrays(np.zeros((samples, 3, 1), np.float32))


def test_only_a_remainder_is_left_out() -> None:
    settings = RunSettings(batch_size=4, drop_remainder=True)
    assert samples_run(10, settings) == 8
    assert samples_run(8, settings) == 8
    assert plan_of(dataset(10), 3, settings).samples == 8
    with pytest.raises(PlanError, match="larger than the number of samples, 3"):
        plan_of(dataset(3), 3, settings)


def test_interleaved_rows_read_their_own_stretches_of_the_samples_that_are_run() -> None:
    settings = RunSettings(batch_size=2, stateful=True, drop_remainder=True, interleaved=True)
    assert plan_of(dataset(7), 3, settings).order == (0, 3, 1, 4, 2, 5)
    with pytest.raises(PlanError, match="cannot be interleaved in batches of 4"):
        plan_of(dataset(6), 3, RunSettings(batch_size=4, interleaved=True))


def test_the_plan_without_the_data_differs_in_the_order_alone() -> None:
    data = Dataset.from_series(np.arange(13.0), Shaping(look_back=3))
    settings = RunSettings(batch_size=5, stateful=True, interleaved=True, epochs=2)
    with_data, without = plan_of(data, 3, settings), plan_for(settings, data.samples, 3)
    assert with_data.order is not None
    assert (without.samples, without.batches, len(without)) == (10, 2, len(with_data))
    with pytest.raises(PlanError, match="cannot be interleaved in batches of 3"):
        plan_for(RunSettings(batch_size=3, interleaved=True), data.samples, 3)
