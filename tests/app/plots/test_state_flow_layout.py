from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.plots.state_flow_layout import HANDED, Flow, Status, flow_cell, hand_over_statuses, inner_resets
from lstm_viz.dataset import Dataset
from lstm_viz.dataset.shaping import Shaping
from lstm_viz.interleave import order_for
from lstm_viz.plan import Plan, Position, ResetPoint, Resets
from lstm_viz.signals import SIGNALS
from lstm_viz.stepper import Stepper

H, C = SIGNALS.index("h"), SIGNALS.index("c")


@st.composite
def plans(draw, timesteps=None, most_epochs=3):
    """Return a plan of at most 5 batches of 4 rows."""
    stateful = draw(st.sampled_from([True, True, False]))
    rows, batches, epochs = (
        draw(st.integers(1, 4)),
        draw(st.integers(1, 5)),
        draw(st.integers(1, most_epochs)),
    )
    timesteps = draw(st.integers(1, 5)) if timesteps is None else timesteps
    full = stateful or batches == 1
    samples = rows * batches - (0 if full else draw(st.integers(0, rows - 1)))
    points = st.builds(
        ResetPoint,
        st.integers(0, batches - 1),
        st.integers(0, timesteps - 1),
        st.none() | st.lists(st.integers(0, rows - 1), max_size=3).map(tuple),
        st.none() | st.integers(0, epochs - 1),
    )
    resets = Resets(
        draw(st.booleans()),
        draw(st.booleans()),
        draw(st.none() | st.integers(1, 2 * timesteps + 1)),
        tuple(draw(st.lists(points, max_size=3))),
        draw(st.booleans()),
    )
    sequences = draw(st.lists(st.integers(0, 1), min_size=samples, max_size=samples))
    order = draw(st.none() | st.permutations(range(samples)).map(tuple))
    return Plan(samples, timesteps, rows, stateful, resets, epochs, order, sequences=sequences)


@st.composite
def datasets(draw, samples):
    """Return windows over a series of every kind, sequences whole or in parts, or nothing."""
    kind = draw(st.sampled_from(["windows", "features", "separate", "parts", None]))
    if kind is None:
        return None
    if kind == "separate":
        return Dataset.from_arrays(np.zeros((samples, 2, 1)))
    if kind == "parts":
        ids = draw(st.lists(st.integers(0, 2), min_size=samples, max_size=samples))
        return Dataset.from_arrays(np.zeros((samples, 2, 1)), sequences=ids)
    look_back, stride = draw(st.integers(1, 6)), draw(st.integers(1, 8))
    past_as = "features" if kind == "features" else "timesteps"
    rows = (samples - 1) * stride + look_back + 1
    return Dataset.from_series(np.arange(float(rows)), Shaping(look_back, stride, past_as))


@st.composite
def runs(draw):
    plan = draw(plans())
    return plan, draw(datasets(plan.samples))


def cells_of(plan, dataset=None):
    """Return all cells of a run."""
    return [
        flow_cell(plan, dataset, epoch, batch, row)
        for epoch in range(plan.epochs)
        for batch in range(plan.batches)
        for row in range(plan.rows(batch))
    ]


# -- one cell ---------------------------------------------------------------------------------------


@given(plans())
def test_the_breaks_of_the_cells_are_the_resets_of_the_plan(plan):
    for cell in cells_of(plan):
        drawn = np.zeros(plan.timesteps, bool)
        drawn[0] = cell.source is None
        drawn[[timestep for timestep, _ in cell.resets]] = True
        assert drawn.tolist() == plan.reset_mask(cell.epoch, cell.batch)[:, cell.row].tolist()


@given(plans())
def test_a_cell_without_a_source_has_a_cause_and_one_with_a_source_has_none(plan):
    for cell in cells_of(plan):
        assert (cell.source is None) == (cell.cause is not None)
        assert (cell.status in HANDED) == (cell.source is not None)


@given(runs())
def test_what_a_cell_says_of_its_source_is_what_the_dataset_says(run):
    plan, dataset = run
    for cell in cells_of(plan, dataset):
        if cell.source is None or dataset is None:
            assert cell.relation is None
        else:
            assert cell.relation == (dataset.relation(cell.source, cell.sample) or "separate")


def test_a_hand_over_between_separate_sequences_is_a_break():
    dataset = Dataset.from_arrays(np.zeros((4, 2, 1)))
    cell = flow_cell(Plan(4, 2, 1, True), dataset, 0, 1, 0)
    assert (cell.source, cell.relation, cell.status) == (0, "separate", Status.BREAKS)


def test_a_policy_that_resets_too_often_to_be_listed_leaves_the_points_put_by_hand():
    plan = Plan(2, 1000, 1, True, Resets(every=2, at=(ResetPoint(1, 501),)))
    assert inner_resets(plan, 0, 1, 0) == ((501, "point"),)
    assert inner_resets(plan, 0, 0, 0) == ()


@given(plans())
def test_those_put_by_hand_can_be_asked_alone(plan):
    for cell in cells_of(plan):
        by_hand = inner_resets(plan, cell.epoch, cell.batch, cell.row, by_hand_only=True)
        assert by_hand == tuple(reset for reset in cell.resets if reset[1] == "point")


# -- real recordings --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def model():
    import keras

    keras.utils.set_random_seed(7)
    return keras.Sequential([keras.Input((3, 1)), keras.layers.LSTM(2, return_sequences=True)])


def recorded_by(model, plan):
    """Return what the layer recorded in a run as the plan says."""
    inputs = np.random.default_rng(1).normal(size=(plan.samples, plan.timesteps, 1)).astype(np.float32)
    stepper = Stepper(
        model,
        inputs,
        batch_size=plan.batch_size,
        stateful=plan.stateful,
        resets=plan.resets,
        epochs=plan.epochs,
        order=plan.order,
        sequences=plan.sequences,
    )
    stepper.run()
    return stepper.trace, next(iter(stepper.trace.layers.values()))


@settings(max_examples=12)
@given(plans(timesteps=3, most_epochs=2))
def test_recorded_states_begin_at_zero_where_a_break_is_drawn_and_go_on_along_the_arrows(model, plan):
    _, layer = recorded_by(model, plan)
    places = {}
    for cell in cells_of(plan):
        first = plan.step(Position(cell.epoch, cell.batch, 0))
        places[cell.epoch, cell.sample] = first, cell.row
        before = layer.state_before_row(first, cell.row)
        assert (before == 0).all() == (cell.source is None)
        if cell.source is not None:
            at, row = places.get((cell.epoch, cell.source)) or places[cell.epoch - 1, cell.source]
            assert row == cell.row
            last = layer.values(at + plan.timesteps - 1, row)
            np.testing.assert_array_equal(before, last[[H, C]])
        for timestep, _ in cell.resets:
            assert (layer.state_before_row(first + timestep, cell.row) == 0).all()


@settings(max_examples=6)
@given(plans(timesteps=3, most_epochs=1))
def test_the_initial_states_of_the_samples_are_zero_exactly_where_the_drawing_has_a_break(model, plan):
    _, layer = recorded_by(model, plan)
    for cell in cells_of(plan):
        zero = not layer.initial_h[cell.sample].any() and not layer.initial_c[cell.sample].any()
        assert zero == (cell.source is None)
        if cell.source is not None:
            inside = [t for t, _ in cell.resets]
            np.testing.assert_array_equal(layer.initial_h[cell.sample], layer.h[cell.source, -1])
            np.testing.assert_array_equal(layer.initial_c[cell.sample], layer.c[cell.source, -1])
            assert 0 not in inside


# -- the whole run ----------------------------------------------------------------------------------


@given(runs())
def test_the_run_as_a_whole_is_its_cells(run):
    plan, dataset = run
    flow = Flow(plan, dataset)
    statuses = flow.statuses(0, flow.columns)
    assert statuses.shape == (plan.batch_size, plan.epochs * plan.batches)
    for column in range(flow.columns):
        for row in range(flow.rows):
            cell = flow.cell(column, row)
            assert statuses[row, column] == (Status.MISSING if cell is None else cell.status)


def test_a_run_of_many_pieces_is_the_same_wherever_it_is_asked():
    points = tuple(ResetPoint(b, 0, rows=(b % 3,)) for b in range(0, 1500, 7))
    plan = Plan(4500, 2, 3, True, Resets(every=5, at=points))
    dataset = Dataset.from_series(np.arange(4502.0), Shaping(2))
    whole = Flow(plan, dataset).statuses(0, 1500)
    asked = Flow(plan, dataset)
    for first, last in ((1400, 1500), (500, 530), (0, 3), (511, 1025)):
        np.testing.assert_array_equal(asked.statuses(first, last), whole[:, first:last])
    for column in (0, 7, 511, 512, 1029, 1499):
        assert [flow_cell(plan, dataset, 0, column, row).status for row in range(3)] == whole[
            :, column
        ].tolist()


def test_merged_columns_keep_the_worst():
    plan = Plan(9, 2, 1, True, Resets(at=(ResetPoint(4, 0),)), order=(0, 1, 2, 3, 4, 5, 6, 8, 7))
    dataset = Dataset.from_series(np.arange(19.0), Shaping(2, 2))
    flow = Flow(plan, dataset)
    carried, start, by_hand, breaks = Status.CARRIED, Status.START, Status.BY_HAND, Status.BREAKS
    assert flow.statuses(0, 9)[0].tolist() == [
        *(start, carried, carried, carried, by_hand, carried, carried, breaks, breaks)
    ]
    assert flow.merged(0, 3, 4)[0].tolist() == [start, breaks, breaks]
    assert flow.merged(0, 2, 5)[0].tolist() == [by_hand, breaks]
    assert flow.worst_column(1, 0, 4) == 7
    assert flow.worst_column(0, 0, 5) == 4


@given(runs())
def test_looking_through_a_run_counts_its_cells_and_finds_the_first_of_each_kind(run):
    plan, dataset = run
    flow = Flow(plan, dataset)
    while not flow.scan(0):
        pass
    cells = cells_of(plan, dataset)
    for status in HANDED:
        same = [cell for cell in cells if cell.status == status]
        assert flow.summary.count(status) == len(same)
        if same:
            column, row = flow.summary.first[status]
            assert flow.cell(column, row) == same[0]
        else:
            assert status not in flow.summary.first


@given(runs())
def test_hand_overs_under_another_order_are_those_of_a_plan_with_that_order(run):
    plan, dataset = run
    if not plan.stateful:
        samples, resets = plan.batches * plan.batch_size, replace(plan.resets, each_sequence=False)
        plan = replace(plan, samples=samples, order=None, stateful=True, sequences=None, resets=resets)
        dataset = None
    order = tuple(range(plan.samples))[::-1]
    expected = np.zeros(len(Status), np.int64)
    for cell in cells_of(replace(plan, order=order), dataset):
        if cell.epoch == 0 and cell.status in HANDED:
            expected[cell.status] += 1
    assert Flow(plan, dataset).hand_overs_under(order).tolist() == expected.tolist()


@given(st.data())
def test_pairs_of_samples_are_told_apart_as_the_dataset_does(data):
    samples = data.draw(st.integers(2, 12))
    dataset = data.draw(datasets(samples))
    numbers = st.lists(st.integers(0, samples - 1), min_size=8, max_size=8)
    before, after = (np.array(data.draw(numbers)).reshape(2, 4) for _ in range(2))
    found = hand_over_statuses(dataset, before, after)
    for a, b, status in zip(before.flat, after.flat, found.flat, strict=True):
        relation = None if dataset is None else dataset.relation(int(a), int(b))
        if dataset is None or relation == "continues":
            assert status == Status.CARRIED
        else:
            assert status == (Status.OVERLAPS if relation == "overlaps" else Status.BREAKS)


def test_what_is_known_of_an_order_is_kept_when_only_resets_change():
    dataset = Dataset.from_series(np.arange(13.0), Shaping(3))
    plan = Plan(10, 3, 2, True)
    before = Flow(plan, dataset)
    before.statuses(0, 5)
    changed = plan.with_reset(ResetPoint(2, 0))
    after = Flow(changed, dataset, before)
    np.testing.assert_array_equal(after.statuses(0, 5), Flow(changed, dataset).statuses(0, 5))
    interleaved = replace(plan, order=order_for(dataset, 2))
    np.testing.assert_array_equal(
        Flow(interleaved, dataset, after).statuses(0, 5), Flow(interleaved, dataset).statuses(0, 5)
    )


def test_reset_points_are_found_in_the_epochs_in_which_they_hold():
    points = (ResetPoint(1, 1), ResetPoint(2, 0, rows=(1,)), ResetPoint(0, 1, epoch=2))
    flow = Flow(Plan(8, 2, 2, True, Resets(at=points), epochs=3), None)
    assert sorted(flow.points_within(0, 12), key=str) == sorted(
        [(1, None), (5, None), (9, None), (2, (1,)), (6, (1,)), (10, (1,)), (8, None)], key=str
    )
    assert flow.points_within(5, 6) == [(5, None)]


def test_samples_of_different_lengths_lie_in_batches_of_one_length():
    plan = Plan(6, 4, 2, lengths=(4, 2, 4, 2, 3, 1))
    flow = Flow(plan, None)
    samples = [[cell.sample if (cell := flow.cell(k, row)) else None for k in range(4)] for row in (0, 1)]
    assert samples == [[0, 1, 4, 5], [2, 3, None, None]]
    missing = flow.statuses(0, 4) == Status.MISSING
    assert missing.tolist() == [[False] * 4, [False, False, True, True]]
    assert [flow.first_step(column) for column in range(4)] == [0, 4, 6, 9]
    assert [flow.column_of_step(step) for step in range(len(plan))] == [0] * 4 + [1] * 2 + [2] * 3 + [3]
    assert [flow.columns_done(count) for count in (0, 2, 4, 5, 10)] == [0, 0.5, 1, 1.5, 4]


def test_state_goes_from_a_sample_to_one_of_another_length():
    plan = Plan(4, 4, 2, True, lengths=(4, 2, 4, 2))
    flow = Flow(plan, Dataset.from_arrays(np.zeros((4, 4, 1)), lengths=(4, 2, 4, 2)))
    assert [flow.cell(1, row).source for row in (0, 1)] == [0, 2]
    assert (flow.statuses(1, 2) == Status.BREAKS).all()
