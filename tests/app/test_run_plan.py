from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.run_plan import RunSettings, plan_of, samples_run
from lstm_viz.dataset import Dataset, Shaping
from lstm_viz.errors import PlanError
from lstm_viz.plan import Resets


def dataset(samples: int) -> Dataset:
    return Dataset.from_arrays(np.zeros((samples, 3, 1), np.float32))


def test_only_a_remainder_is_left_out() -> None:
    settings = RunSettings(batch_size=4, drop_remainder=True)
    assert samples_run(dataset(10), settings) == 8
    assert samples_run(dataset(8), settings) == 8
    assert plan_of(dataset(10), 3, settings).samples == 8
    with pytest.raises(PlanError, match="larger than the number of samples, 3"):
        plan_of(dataset(3), 3, settings)


def test_interleaved_rows_read_their_own_stretches_of_the_samples_that_are_run() -> None:
    settings = RunSettings(batch_size=2, stateful=True, drop_remainder=True, interleaved=True)
    assert plan_of(dataset(7), 3, settings).order == (0, 3, 1, 4, 2, 5)
    with pytest.raises(PlanError, match="cannot be interleaved in batches of 4"):
        plan_of(dataset(6), 3, RunSettings(batch_size=4, interleaved=True))


def test_a_plan_in_the_own_order_differs_in_the_order_alone() -> None:
    data = Dataset.from_series(np.arange(13.0), Shaping(look_back=3))
    settings = RunSettings(batch_size=5, stateful=True, interleaved=True, epochs=2)
    interleaved, own = plan_of(data, 3, settings), plan_of(data, 3, settings, ordered=False)
    assert interleaved.order is not None
    assert replace(interleaved, order=None) == own
    with pytest.raises(PlanError, match="cannot be interleaved in batches of 3"):
        plan_of(data, 3, RunSettings(batch_size=3, interleaved=True), ordered=False)


def test_the_sequences_of_the_samples_that_are_run_are_in_the_plan_where_they_are_reset() -> None:
    data = Dataset.from_arrays(np.zeros((5, 3, 1), np.float32), sequences=list("aabbb"))
    settings = RunSettings(batch_size=2, stateful=True, drop_remainder=True)
    assert plan_of(data, 3, settings).sequences is None
    reset = replace(settings, resets=Resets(each_sequence=True))
    assert plan_of(data, 3, reset).sequences == (0, 0, 1, 1)
    with pytest.raises(PlanError, match="not known which sequence"):
        plan_of(dataset(5), 3, reset)


def test_samples_run_at_their_own_lengths_unless_they_are_padded() -> None:
    data = Dataset.from_arrays(np.zeros((5, 4, 1), np.float32), lengths=(3, 1, 3, 1, 2))
    own = plan_of(data, 1, RunSettings(batch_size=2, drop_remainder=True))
    assert (own.lengths, own.timesteps, own.samples) == ((3, 1, 3, 1, 2), 3, 5)
    padded = plan_of(data, 1, RunSettings(batch_size=2, drop_remainder=True, padded=True))
    assert (padded.lengths, padded.timesteps, padded.samples) == (None, 4, 4)
