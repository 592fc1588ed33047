"""Where the state of a run is set to zero, and why."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_viz.errors import PlanError
from lstm_viz.plan import (
    CAUSES,
    Plan,
    Position,
    ResetPoint,
    Resets,
)
from tests.lstm_viz.plan.conftest import all_positions, plans, wanted_masks


@given(plans())
def test_the_reset_masks_are_as_asked(plan):
    masks = np.full((len(plan), plan.batch_size), np.nan)
    for index in range(plan.epochs * plan.batches):
        mask = plan.reset_mask(*divmod(index, plan.batches))
        first = plan.first_step(*divmod(index, plan.batches))
        masks[first : first + len(mask), : mask.shape[1]] = mask
    np.testing.assert_array_equal(masks, wanted_masks(plan))


@given(plans())
def test_a_cause_is_given_exactly_where_there_is_a_reset(plan):
    for at in all_positions(plan):
        mask = plan.reset_mask(at.epoch, at.batch)
        for row in range(plan.rows(at.batch)):
            cause = plan.reset_cause(at, row)
            assert (cause in CAUSES) == mask[at.timestep, row]


@given(plans())
def test_the_listed_reset_steps_of_a_row_are_those_of_the_masks(plan):
    masks = wanted_masks(plan)
    for row in range(plan.batch_size):
        found = []
        for index in range(plan.epochs * plan.batches):
            epoch, batch = divmod(index, plan.batches)
            if row < plan.rows(batch):
                found += plan.reset_steps(epoch, batch, row)
        assert [step for step, _ in found] == list(np.flatnonzero(masks[:, row] == 1))
        assert all(plan.reset_cause(plan.position(step), row) == cause for step, cause in found)


@given(plans(), st.integers(-3, 60), st.integers(-3, 60), st.integers(1, 4))
def test_the_reset_steps_between_two_are_those_of_the_whole_batch_or_a_part_of_them(
    plan, start, stop, one_of
):
    for index in range(plan.epochs * plan.batches):
        place = *divmod(index, plan.batches), 0
        every = plan.reset_steps(*place)
        within = [mark for mark in every if start <= mark[0] < stop]
        assert plan.reset_steps(*place, start, stop) == within
        fewer = plan.reset_steps(*place, start, stop, one_of)
        assert set(fewer) <= set(within)
        assert {mark for mark in within if mark[1] != "every"} <= set(fewer)
        assert fewer == [mark for mark in plan.reset_steps(*place, one_of=one_of) if mark in within]


@given(plans())
def test_a_batch_without_resets_inside_says_so(plan):
    for index in range(plan.epochs * plan.batches):
        epoch, batch = divmod(index, plan.batches)
        if plan.reset_mask(epoch, batch)[1:].any():
            assert plan.has_resets(epoch, batch)


@pytest.mark.parametrize(
    ("resets", "stateful", "cause"),
    [
        (Resets(), False, "stateless"),
        (Resets(each_batch=True), True, "each batch"),
        (Resets(every=3), True, "every"),
        (Resets(at=(ResetPoint(1, 0),)), True, "point"),
        (Resets(each_sequence=True, every=3), True, "sequence"),
        (Resets(each_sequence=True), False, "stateless"),
        (Resets(each_sequence=True, each_batch=True), True, "each batch"),
        (Resets(), True, None),
    ],
)
def test_the_cause_of_a_reset_between_batches_is_the_policy_that_asked_for_it(resets, stateful, cause):
    sequences = (0, 1, 2, 1, 2, 2)
    plan = Plan(6, 3, 2, stateful, resets, sequences=sequences)
    assert plan.reset_cause(Position(0, 1, 0), row=0) == cause


def test_the_first_step_of_all_starts_from_zeros_because_the_run_starts_there():
    assert Plan(4, 3, stateful=True).reset_cause(Position(0, 0, 0), row=0) == "start"


def test_the_start_of_an_epoch_resets_unless_told_otherwise():
    plan = Plan(4, 3, 2, stateful=True, epochs=2)
    assert plan.reset_cause(Position(1, 0, 0), row=0) == "each epoch"
    kept = replace(plan, resets=Resets(each_epoch=False))
    assert kept.reset_cause(Position(1, 0, 0), row=0) is None


def test_a_row_is_reset_where_its_own_sequence_changes_and_no_other_row_is():
    plan = Plan(6, 3, 2, True, Resets(each_sequence=True), sequences=(0, 7, 0, 3, 5, 3))
    assert [plan.reset_mask(0, batch)[0].tolist() for batch in range(3)] == [
        [True, True],
        [False, True],
        [True, False],
    ]
    assert plan.handed_from(0, 1, 0) == 0
    assert plan.state_source(plan.step(Position(0, 2, 1)), 1).since == Position(0, 1, 0)


def test_between_epochs_a_sequence_may_go_on():
    resets = Resets(each_epoch=False, each_sequence=True)
    plan = Plan(4, 2, 2, True, resets, epochs=2, sequences=(0, 1, 0, 2))
    assert plan.reset_cause(Position(1, 0, 0), 0) is None
    assert plan.reset_cause(Position(1, 0, 0), 1) == "sequence"
    assert plan.state_source(plan.step(Position(1, 1, 1)), 0).since == Position(0, 0, 0)


def test_sequences_that_nobody_names_cannot_be_reset():
    with pytest.raises(PlanError, match="not known which sequence"):
        Plan(4, 3, 2, True, Resets(each_sequence=True))
    with pytest.raises(PlanError, match="one whole number for each of the 4 samples"):
        Plan(4, 3, 2, True, sequences=(0, 0, 1))


def test_a_point_for_no_row_resets_nothing():
    plan = Plan(4, 3, 2, stateful=True, resets=Resets(at=(ResetPoint(1, 1, rows=()),)))
    assert not plan.reset_mask(0, 1).any()


def test_a_point_for_a_row_that_a_smaller_last_batch_lacks_resets_nothing_there():
    plan = Plan(3, 2, 2, resets=Resets(at=(ResetPoint(1, 1, rows=(1,)),)))
    assert plan.reset_mask(0, 1).tolist() == [[True], [False]]


def test_resets_every_n_run_on_across_batches_only_when_the_state_does():
    stateful = Plan(4, 3, 2, stateful=True, resets=Resets(every=2))
    assert stateful.reset_mask(0, 1)[:, 0].tolist() == [False, True, False]
    stateless = replace(stateful, stateful=False)
    assert stateless.reset_mask(0, 1)[:, 0].tolist() == [True, False, True]


def test_resetting_every_0_timesteps_is_refused():
    with pytest.raises(PlanError, match="every 0 timesteps"):
        Resets(every=0)
