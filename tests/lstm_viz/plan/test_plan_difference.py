"""What changes when a plan is changed."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_viz.plan import (
    Plan,
    Position,
    ResetPoint,
    Resets,
)
from tests.lstm_viz.plan.conftest import plans, points_inside, resets_for, shortest, wanted_masks


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
