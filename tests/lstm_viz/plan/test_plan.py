"""Which sample is where at which step, and what is refused."""

import json
import pickle
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_viz.batching import common_divisor
from lstm_viz.errors import PlanError
from lstm_viz.plan import (
    Plan,
    ResetPoint,
    Resets,
    batch_sizes,
    nearest_batch_sizes,
)
from tests.lstm_viz.plan.conftest import (
    all_positions,
    plans,
    wanted_batches,
    wanted_timesteps,
)

# -- where is what ---------------------------------------------------------------------------------


@given(plans())
def test_every_sample_is_visited_once_an_epoch(plan):
    visited = np.concatenate([plan.samples_of(batch) for batch in range(plan.batches)])
    assert sorted(visited) == list(range(plan.samples))


@given(plans())
def test_a_batch_takes_samples_of_one_length_in_their_order_and_runs_when_it_is_full(plan):
    batches = wanted_batches(plan)
    assert [plan.samples_of(batch).tolist() for batch in range(plan.batches)] == batches
    for batch, samples in enumerate(batches):
        assert plan.rows(batch) == len(samples)
        assert [plan.sample(batch, row) for row in range(len(samples))] == samples


@given(plans())
def test_many_samples_are_found_at_once_as_one_by_one(plan):
    batches, rows = np.divmod(np.arange(plan.batches * plan.batch_size), plan.batch_size)
    wanted = [
        plan.sample(batch, row) if row < plan.rows(batch) else -1
        for batch, row in zip(batches.tolist(), rows.tolist(), strict=True)
    ]
    assert plan.samples_at(batches, rows).tolist() == wanted
    places = zip(*plan.places(np.arange(plan.samples)), strict=True)
    assert list(places) == [plan.place(sample) for sample in range(plan.samples)]


@given(plans())
def test_one_sample_in_a_batch_keeps_the_order(plan):
    one = replace(plan, batch_size=1, resets=Resets())
    order = list(plan.order or range(plan.samples))
    assert [one.sample(batch, 0) for batch in range(one.batches)] == order


@given(plans())
def test_the_place_of_a_sample_is_where_the_sample_is(plan):
    for sample in range(plan.samples):
        assert plan.sample(*plan.place(sample)) == sample


@given(plans())
def test_the_steps_of_a_run_are_its_epochs_batches_and_timesteps_in_that_order(plan):
    assert [plan.position(step) for step in range(len(plan))] == all_positions(plan)
    assert [plan.step(position) for position in all_positions(plan)] == list(range(len(plan)))
    assert len(plan) == len(all_positions(plan))


@given(plans())
def test_only_batches_at_the_end_have_fewer_rows(plan):
    rows = [plan.rows(batch) for batch in range(plan.batches)]
    full = rows.count(plan.batch_size)
    assert rows[:full] == [plan.batch_size] * full
    assert sum(rows) == plan.samples
    assert full >= plan.batches - 1 or plan.lengths is not None
    for batch, timesteps in enumerate(wanted_timesteps(plan)):
        assert plan.timesteps_of(batch) == timesteps
        assert plan.reset_mask(0, batch).shape == (timesteps, rows[batch])


def test_lengths_that_are_all_the_same_are_no_lengths():
    assert Plan(samples=3, timesteps=7, lengths=(5, 5, 5)) == Plan(samples=3, timesteps=5)


@pytest.mark.parametrize(
    ("lengths", "words"),
    [
        ((1, 2), "one whole number for each of the 3 samples"),
        ((1, 0, 2), "Sample 1 is said to have 0 timesteps"),
        ((1, 2, 6), "Sample 2 is said to have 6 timesteps"),
        ((1.0, 2.0, 3.0), "whole number"),
    ],
)
def test_lengths_that_do_not_fit_the_data_are_refused(lengths, words):
    with pytest.raises(PlanError, match=words):
        Plan(samples=3, timesteps=5, lengths=lengths)


def test_a_stateful_run_needs_full_batches_of_every_length():
    lengths = (2, 2, 2, 2, 3, 3, 5)
    with pytest.raises(PlanError, match="1 sample of 5 timesteps") as refused:
        Plan(7, 5, 2, stateful=True, lengths=lengths)
    assert refused.value.hint.startswith("Choose a batch size of 1,")
    assert Plan(7, 5, 1, stateful=True, lengths=lengths).batches == 7
    assert [Plan(7, 5, 2, lengths=lengths).rows(batch) for batch in range(4)] == [2, 2, 2, 1]
    assert common_divisor(7, lengths) == 1
    assert common_divisor(6, lengths[:6]) == 2
    assert common_divisor(7) == 7


@pytest.mark.parametrize("step", [-1, 12])
def test_a_step_outside_the_run_is_refused(step):
    with pytest.raises(PlanError, match="outside the run of 12 steps"):
        Plan(samples=4, timesteps=3).position(step)


# -- what is refused -------------------------------------------------------------------------------


@given(st.integers(1, 200))
def test_the_batch_sizes_that_divide_are_all_of_them(samples):
    assert list(batch_sizes(samples)) == [b for b in range(1, samples + 1) if samples % b == 0]


@given(st.integers(2, 200), st.data())
def test_a_batch_size_that_does_not_divide_is_refused_when_stateful_and_the_nearest_ones_are_named(
    samples, data
):
    batch_size = data.draw(st.integers(1, samples).filter(lambda b: samples % b))
    with pytest.raises(PlanError) as refused:
        Plan(samples, 3, batch_size, stateful=True)
    below = max(b for b in range(1, batch_size) if samples % b == 0)
    above = min(b for b in range(batch_size, samples + 1) if samples % b == 0)
    assert nearest_batch_sizes(samples, batch_size) == (below, above)
    assert f"{samples} samples" in refused.value.message
    assert f"batches of {batch_size}" in refused.value.message
    assert f"{below} or {above}" in refused.value.hint


def test_a_batch_size_that_does_not_divide_is_fine_when_stateless():
    assert Plan(samples=5, timesteps=3, batch_size=2).batches == 3


@pytest.mark.parametrize("stateful", [False, True])
def test_a_batch_larger_than_the_data_is_refused_with_the_largest_that_fits(stateful):
    with pytest.raises(PlanError) as refused:
        Plan(samples=4, timesteps=3, batch_size=6, stateful=stateful)
    assert refused.value.message == "The batch size 6 is larger than the number of samples, 4."
    assert refused.value.hint == "Choose 4 or less."


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("samples", "number of samples"),
        ("timesteps", "number of timesteps"),
        ("batch_size", "batch size"),
        ("epochs", "number of epochs"),
    ],
)
def test_sizes_below_one_are_refused_by_name(name, words):
    with pytest.raises(PlanError, match=f"The {words} is 0"):
        Plan(**{"samples": 4, "timesteps": 3, name: 0})


@pytest.mark.parametrize(
    "order",
    [(), (0, 1, 2), (0, 1, 2, 2), (1, 2, 3, 4), (0, -1, 2, 3), (0.0, 1.0, 2.0, 3.0), ((0, 1), (2, 3))],
)
def test_an_order_that_does_not_visit_every_sample_once_is_refused(order):
    with pytest.raises(PlanError, match="exactly once"):
        Plan(samples=4, timesteps=3, order=order)


@pytest.mark.parametrize(
    "point",
    [
        ResetPoint(2, 0),
        ResetPoint(-1, 0),
        ResetPoint(0, 3),
        ResetPoint(0, -1),
        ResetPoint(0, 0, rows=(2,)),
        ResetPoint(0, 0, rows=(-1,)),
        ResetPoint(0, 0, epoch=1),
        ResetPoint(0, 0, epoch=-1),
    ],
)
def test_a_reset_point_outside_the_run_is_refused(point):
    with pytest.raises(PlanError, match=f"batch {point.batch}, timestep {point.timestep}"):
        Plan(samples=4, timesteps=3, batch_size=2, resets=Resets(at=(point,)))


def test_whole_numbers_of_numpy_become_those_of_python():
    two = np.int64(2)
    point = ResetPoint(np.int64(1), two, rows=[np.int64(0)], epoch=np.int64(0))
    plan = Plan(np.int64(4), np.int64(3), two, resets=Resets(every=two, at=[point]), order=np.arange(4))
    assert json.loads(json.dumps(asdict(plan)))["resets"]["at"][0]["rows"] == [0]


def test_an_order_is_a_tuple_of_whole_numbers_whatever_it_was_given_as():
    for order in ([2, 0, 1], (2, 0, 1), np.array([2, 0, 1], "u1")):
        plan = Plan(samples=3, timesteps=2, order=order)
        assert isinstance(plan.order, tuple)
        assert plan.order == (2, 0, 1)
        assert json.dumps(plan.order) == "[2, 0, 1]"
        assert hash(plan) == hash(Plan(3, 2, order=(2, 0, 1)))


def test_the_samples_of_a_batch_are_read_from_one_array_that_nobody_can_change():
    plan = Plan(samples=6, timesteps=2, batch_size=2, order=(5, 3, 1, 0, 2, 4))
    later = plan.with_reset(ResetPoint(1, 1))
    for other in (plan, later):
        assert np.shares_memory(other.samples_of(1), plan.order_array)
        with pytest.raises(ValueError, match="read-only"):
            other.samples_of(1)[0] = 3
    with pytest.raises(ValueError, match="read-only"):
        plan.order_array[0] = 3


def test_an_order_of_another_number_of_samples_is_checked_again():
    plan = Plan(samples=3, timesteps=2, order=(2, 0, 1))
    with pytest.raises(PlanError, match="exactly once"):
        replace(plan, samples=4)


def test_a_plan_travels_without_what_can_be_computed_again():
    order = np.random.default_rng(0).permutation(1000)
    plan = Plan(samples=1000, timesteps=2, order=order, lengths=1 + np.arange(1000) % 2)
    before = len(pickle.dumps(plan))
    plan.place(3)
    plan.samples_of(4)
    assert len(pickle.dumps(plan)) == before
    again = pickle.loads(pickle.dumps(plan))
    assert again == plan
    assert again.samples_of(7) == plan.samples_of(7)
    assert again.lengths == plan.lengths
    assert again.place(7) == plan.place(7)


def test_sizes_that_are_no_whole_numbers_are_refused():
    with pytest.raises(PlanError, match=r"batch size is 2\.0") as refused:
        Plan(samples=4, timesteps=3, batch_size=2.0)
    assert "whole number" in refused.value.hint
