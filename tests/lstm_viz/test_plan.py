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
    CAUSES,
    Plan,
    Position,
    ResetPoint,
    Resets,
    StateSource,
    batch_sizes,
    nearest_batch_sizes,
)


@st.composite
def points_inside(draw, batches, timesteps, batch_size, epochs):
    rows = st.lists(st.integers(0, batch_size - 1), max_size=3).map(tuple)
    return ResetPoint(
        draw(st.integers(0, batches - 1)),
        draw(st.integers(0, timesteps - 1)),
        draw(st.none() | rows),
        draw(st.none() | st.integers(0, epochs - 1)),
    )


@st.composite
def resets_for(draw, batches, timesteps, batch_size, epochs):
    return Resets(
        draw(st.booleans()),
        draw(st.booleans()),
        draw(st.none() | st.integers(1, 2 * timesteps + 1)),
        tuple(draw(st.lists(points_inside(batches, timesteps, batch_size, epochs), max_size=3))),
        draw(st.booleans()),
    )


@st.composite
def plans(draw, stateful=None):
    stateful = draw(st.booleans()) if stateful is None else stateful
    batch_size = draw(st.integers(1, 4))
    batches, timesteps, epochs = draw(st.integers(1, 4)), draw(st.integers(1, 5)), draw(st.integers(1, 3))
    missing = 0 if stateful else draw(st.integers(0, batch_size - 1))
    samples = batches * batch_size - missing
    batch_size = min(batch_size, samples)
    order = draw(st.none() | st.permutations(range(samples)))
    # Of as many samples of a length as a full batch has, so that a stateful run is possible.
    each = st.lists(st.integers(1, timesteps), min_size=batches, max_size=batches)
    lengths = draw(st.none() | each.map(lambda found: np.repeat(found, batch_size)[:samples]))
    if lengths is not None:
        lengths = draw(st.permutations(lengths.tolist()))
    sequences = draw(st.lists(st.integers(0, 2), min_size=samples, max_size=samples))
    plan = Plan(samples, timesteps, batch_size, stateful, Resets(), epochs, order, lengths, sequences)
    return replace(plan, resets=draw(resets_for(plan.batches, shortest(plan), batch_size, epochs)))


def shortest(plan):
    """Return how many timesteps every batch has, so that a reset point there lies inside each of them."""
    return min(plan.lengths or (plan.timesteps,))


def wanted_batches(plan):
    """Put the samples in batches one after the other, as the documentation says it in words."""
    lengths = plan.lengths or [plan.timesteps] * plan.samples
    full, waiting = [], {}
    for sample in plan.order or range(plan.samples):
        batch = waiting.setdefault(lengths[sample], [])
        batch.append(sample)
        if len(batch) == plan.batch_size:
            full.append(waiting.pop(lengths[sample]))
    return full + list(waiting.values())


def wanted_timesteps(plan):
    """Return the timesteps of each batch of an epoch."""
    lengths = plan.lengths or [plan.timesteps] * plan.samples
    return [lengths[batch[0]] for batch in wanted_batches(plan)]


def all_positions(plan):
    return [
        Position(epoch, batch, timestep)
        for epoch in range(plan.epochs)
        for batch, timesteps in enumerate(wanted_timesteps(plan))
        for timestep in range(timesteps)
    ]


def wanted_reset(plan, epoch, batch, timestep, row):
    """Say from the words of the documentation, one row and one step at a time, whether it is a reset."""
    resets = plan.resets
    if timestep == 0:
        if not plan.stateful or (epoch, batch) == (0, 0) or resets.each_batch:
            return True
        if batch == 0 and resets.each_epoch:
            return True
        batches = wanted_batches(plan)
        before, here = batches[batch - 1][row], batches[batch][row]
        if resets.each_sequence and plan.sequences[before] != plan.sequences[here]:
            return True
    if resets.every is not None:
        # "counted from where its sequence of batches began"
        if not plan.stateful or resets.each_batch:
            run = timestep
        else:
            of_batches = wanted_timesteps(plan)
            run = sum(of_batches[:batch]) + timestep
            run += 0 if resets.each_epoch else epoch * sum(of_batches)
        if run % resets.every == 0:
            return True
    return any(
        (point.batch, point.timestep) == (batch, timestep)
        and (point.rows is None or row in point.rows)
        and point.epoch in (None, epoch)
        for point in resets.at
    )


def wanted_masks(plan):
    """Return every reset mask of a run, one after the other, with NaN where a last batch has no row."""
    masks = np.full((len(plan), plan.batch_size), np.nan)
    for step, at in enumerate(all_positions(plan)):
        for row in range(plan.rows(at.batch)):
            masks[step, row] = wanted_reset(plan, at.epoch, at.batch, at.timestep, row)
    return masks


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


# -- resets ----------------------------------------------------------------------------------------


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


# -- where the state comes from --------------------------------------------------------------------


@given(plans(stateful=True))
def test_a_row_is_handed_the_state_of_the_same_row_of_the_batch_before(plan):
    for epoch in range(plan.epochs):
        for batch in range(plan.batches):
            for row in range(plan.rows(batch)):
                handed = plan.handed_from(epoch, batch, row)
                if wanted_reset(plan, epoch, batch, 0, row):
                    assert handed is None
                else:
                    assert handed == plan.sample((batch or plan.batches) - 1, row)


@given(plans(stateful=False))
def test_nothing_is_handed_over_when_stateless(plan):
    for epoch in range(plan.epochs):
        for batch in range(plan.batches):
            assert plan.handed_from(epoch, batch, 0) is None


@given(plans())
def test_the_source_of_a_state_is_what_a_walk_through_the_run_finds(plan):
    masks = wanted_masks(plan)
    for row in range(plan.batch_size):
        since = None
        for step, at in enumerate(all_positions(plan)):
            if row >= plan.rows(at.batch):
                continue
            if masks[step, row]:
                since = at
                wanted = StateSource("zeros", plan.reset_cause(at, row), None, at)
            elif at.timestep == 0:
                before = all_positions(plan)[step - 1]
                wanted = StateSource("carried", None, plan.sample(before.batch, row), since)
            else:
                wanted = StateSource("running", None, None, since)
            assert plan.state_source(step, row) == wanted


# -- changing it -----------------------------------------------------------------------------------


@st.composite
def pairs_of_plans(draw):
    plan = draw(plans(stateful=True))
    resets = draw(
        st.just(plan.resets) | resets_for(plan.batches, shortest(plan), plan.batch_size, plan.epochs)
    )
    return plan, replace(plan, stateful=draw(st.booleans()), resets=resets)


@given(pairs_of_plans())
def test_the_first_difference_is_the_first_step_whose_resets_differ(pair):
    plan, other = pair
    differs = (wanted_masks(plan) != wanted_masks(other)).any(axis=1)
    wanted = int(differs.argmax()) if differs.any() else None
    assert plan.first_difference(other) == wanted
    assert other.first_difference(plan) == wanted


@given(plans())
def test_a_plan_differs_nowhere_from_itself(plan):
    assert plan.first_difference(replace(plan)) is None


@pytest.mark.parametrize(
    "change",
    [{"batch_size": 2}, {"samples": 8}, {"timesteps": 5}, {"order": (3, 2, 1, 0)}, {"lengths": (1, 2, 3, 3)}],
    ids=lambda change: next(iter(change)),
)
def test_plans_of_other_sizes_differ_from_the_start(change):
    plan = Plan(samples=4, timesteps=3)
    assert plan.first_difference(replace(plan, **change)) == 0


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"resets": Resets(every=150_000)}, 150_000),
        ({"resets": Resets(every=10**30)}, None),
        ({"resets": Resets(at=(ResetPoint(170_001, 0, epoch=1),))}, 370_001),
        ({"resets": Resets(each_epoch=False)}, 200_000),
        ({"stateful": False}, 1),
    ],
)
def test_a_difference_is_found_at_once_however_far_it_is(change, wanted):
    masks = []

    class Counting(Plan):
        def reset_mask(self, epoch, batch):
            masks.append(batch)
            return super().reset_mask(epoch, batch)

    plan = Counting(samples=200_000, timesteps=1, stateful=True, epochs=2)
    assert plan.first_difference(replace(plan, **change)) == wanted
    assert len(masks) <= 4  # of both plans, in each epoch


def test_one_more_epoch_leaves_what_was_recorded():
    plan = Plan(samples=4, timesteps=3, epochs=1)
    assert plan.first_difference(replace(plan, epochs=2)) is None


@given(plans(), st.data())
def test_a_reset_point_that_is_added_holds_and_changes_no_other_step(plan, data):
    point = data.draw(points_inside(plan.batches, shortest(plan), plan.batch_size, plan.epochs))
    changed = wanted_masks(plan) != wanted_masks(plan.with_reset(point))
    changed &= ~np.isnan(wanted_masks(plan))
    epochs = range(plan.epochs) if point.epoch is None else [point.epoch]
    allowed = {plan.step(Position(epoch, point.batch, point.timestep)) for epoch in epochs}
    assert set(np.flatnonzero(changed.any(axis=1))) <= allowed
    rows = range(plan.rows(point.batch)) if point.rows is None else point.rows
    for epoch in epochs:
        mask = plan.with_reset(point).reset_mask(epoch, point.batch)[point.timestep]
        assert all(mask[row] for row in rows if row < len(mask))


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
