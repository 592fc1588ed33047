"""Where the state that a row has before a step came from."""

from hypothesis import given

from lstm_viz.plan import (
    StateSource,
)
from tests.lstm_viz.plan.conftest import all_positions, plans, wanted_masks, wanted_reset


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
