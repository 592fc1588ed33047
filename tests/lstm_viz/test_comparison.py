import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras import layers

from lstm_viz.alignment import Alignment
from lstm_viz.comparison import Comparison
from lstm_viz.differences import TOLERANCE
from lstm_viz.errors import PlanError, TraceError
from lstm_viz.plan import Plan, Position, ResetPoint, Resets
from lstm_viz.probe import Probe
from lstm_viz.recording import record
from lstm_viz.signals import SIGNALS
from lstm_viz.stepper import Stepper

SAMPLES, TIMESTEPS, UNITS = 12, 5, 3
LENGTHS = (5, 2, 2, 3, 5, 3, 2, 2, 3, 5, 3, 5)
SHUFFLED = (7, 2, 11, 0, 5, 9, 1, 10, 3, 8, 6, 4)
BUSY = Resets(every=7, at=(ResetPoint(1, 2, rows=(0,)), ResetPoint(0, 4)))


def model_of(*model_layers, features=2, seed=0):
    model = keras.Sequential([keras.Input((None, features)), *model_layers])
    random = np.random.default_rng(seed)
    for variable in model.weights:
        variable.assign(random.normal(0, 0.6, variable.shape))
    return model


@pytest.fixture(scope="module")
def model():
    return model_of(layers.LSTM(UNITS, return_sequences=True, name="lstm"), layers.Dense(2))


@pytest.fixture(scope="module")
def probe(model):
    return Probe(model)


@pytest.fixture(scope="module")
def inputs():
    return np.random.default_rng(1).normal(size=(SAMPLES, TIMESTEPS, 2)).astype("f4")


@pytest.fixture
def run(model, probe, inputs):
    """Make a run that has recorded nothing yet."""
    return lambda samples=SAMPLES, **settings: Stepper(model, inputs[:samples], probe=probe, **settings)


def finished(stepper, until=None):
    stepper.run(until)
    return stepper.trace


def by_epoch(trace, values):
    """Give what is recorded as (epochs, samples, timesteps, …), NaN where nothing is."""
    plan, layer = trace.plan, trace.layers["lstm"]
    found = np.full((plan.epochs, plan.samples, plan.timesteps, *values(layer, 0, 0).shape), np.nan)
    for step in range(trace.count):
        at = plan.position(step)
        for row in range(plan.rows(at.batch)):
            found[at.epoch, plan.sample(at.batch, row), at.timestep] = values(layer, step, row)
    return found


def signals_of(trace):
    """All signals as (epochs, samples, timesteps, 6, units)."""
    return by_epoch(trace, lambda layer, step, row: layer.values(step, row))


def apart(a, b):
    """The absolute differences of two recordings, of what both have."""
    found = [signals_of(trace) for trace in (a, b)]
    epochs, samples = (min(len(f) for f in found), min(f.shape[1] for f in found))
    return np.abs(found[1][:epochs, :samples] - found[0][:epochs, :samples])


def assert_numbers_are_right(comparison):
    """Hold the numbers against all values of both recordings."""
    plan = comparison.a.plan
    differences = apart(comparison.a, comparison.b)
    for k, (signal, found) in enumerate(comparison.signals.items()):
        wanted = differences[:, :, :, k]
        known = wanted[np.isfinite(wanted)]
        assert found.compared == known.size, signal
        assert found.largest == pytest.approx(known.max(initial=0), abs=1e-7), signal
        assert found.mean == pytest.approx(known.mean() if known.size else 0, abs=1e-6), signal
        if found.at is None:
            assert known.max(initial=0) == 0
        else:
            at = found.at
            there = wanted[at.epoch, at.sample, at.timestep, at.unit]
            assert there == pytest.approx(found.largest, abs=1e-7), signal
        over = np.argwhere(np.nan_to_num(wanted).max(axis=-1) > TOLERANCE)
        order = {}
        for epoch, sample, timestep in over.tolist():
            batch, row = plan.place(sample)
            step = plan.step(Position(epoch, batch, timestep))
            order[step, row] = (epoch, sample, timestep)
        first = order[min(order)] if order else None
        since = found.since
        assert (since and (since.epoch, since.sample, since.timestep)) == first, signal


PAIRS = {
    "stateless beside stateful": ({"stateful": True}, {}),
    "batch sizes 1 and 4": (
        {"stateful": True, "batch_size": 1},
        {"stateful": True, "batch_size": 4},
    ),
    "batch sizes 4 and 3": ({"stateful": True, "batch_size": 4}, {"stateful": True, "batch_size": 3}),
    "resets": ({"stateful": True, "resets": BUSY, "batch_size": 2}, {"stateful": True, "batch_size": 2}),
    "another order": ({"stateful": True, "order": SHUFFLED}, {"stateful": True, "batch_size": 2}),
    "two orders": (
        {"stateful": True, "order": SHUFFLED, "batch_size": 3},
        {"stateful": True, "order": SHUFFLED[::-1], "batch_size": 4},
    ),
    "a smaller last batch": ({"batch_size": 5, "resets": BUSY}, {"batch_size": 7}),
    "samples left out": ({"stateful": True, "batch_size": 4}, {"samples": 10, "batch_size": 5}),
    "more samples": ({"samples": 9, "batch_size": 2}, {"stateful": True, "batch_size": 6}),
    "each its own length, and padded": (
        {"lengths": LENGTHS, "batch_size": 2, "stateful": True},
        {"batch_size": 3},
    ),
    "padded, and each its own length": (
        {"batch_size": 3, "epochs": 2},
        {"lengths": LENGTHS, "batch_size": 5, "epochs": 2},
    ),
    "each its own length in two orders": (
        {"lengths": LENGTHS, "order": SHUFFLED, "batch_size": 3, "resets": Resets(every=2)},
        {"lengths": LENGTHS, "stateful": True, "batch_size": 4},
    ),
    "several epochs": (
        {"epochs": 3, "stateful": True, "batch_size": 2, "resets": Resets(each_epoch=False)},
        {"epochs": 2, "stateful": True, "batch_size": 3},
    ),
}


@pytest.fixture(params=PAIRS)
def pair(request, run):
    """Two runs of the same data under different settings."""
    a, b = PAIRS[request.param]
    return run(**{"batch_size": 1, **a}), run(**{"batch_size": 1, **b})


# -- numbers ------------------------------------------------------------------------------------------


def test_the_numbers_of_finished_runs_are_those_of_all_their_values(pair):
    a, b = pair
    comparison = Comparison(finished(a), finished(b), "lstm")
    assert comparison.catch_up()
    assert comparison.signal("c").compared > 0
    assert_numbers_are_right(comparison)


def test_the_numbers_keep_up_with_runs_that_grow(pair):
    a, b = pair
    comparison = Comparison(a.trace, b.trace, "lstm")
    alignment = comparison.alignment
    while not a.finished:
        a.run(a.trace.count + 3)
        b.run(alignment.steps_needed(a.trace.count))
        comparison.catch_up()
    assert_numbers_are_right(comparison)


@pytest.mark.parametrize(("steps_a", "steps_b"), [(7, 60), (60, 7), (23, 17), (0, 60), (1, 1)])
def test_only_what_both_have_counts(run, steps_a, steps_b):
    a, b = run(batch_size=1, stateful=True), run(batch_size=4, stateful=True)
    comparison = Comparison(finished(a, steps_a), finished(b, steps_b), "lstm")
    comparison.catch_up()
    assert_numbers_are_right(comparison)


def test_a_little_at_a_time_comes_to_the_same(run):
    a, b = finished(run(batch_size=1, stateful=True)), finished(run(batch_size=3))
    comparison, at_once = Comparison(a, b, "lstm"), Comparison(a, b, "lstm")
    at_once.catch_up()
    rounds = 1
    while not comparison.catch_up(most=20):
        rounds += 1
        assert comparison.signal("c").compared <= at_once.signal("c").compared
    assert rounds > 10
    assert_numbers_are_right(comparison)
    for signal in SIGNALS:
        assert comparison.signal(signal).at == at_once.signal(signal).at


def test_nothing_compared_is_no_difference(run):
    found = Comparison(run().trace, run().trace, "lstm").signal("c")
    assert (found.compared, found.largest, found.mean, found.at, found.since) == (0, 0.0, 0.0, None, None)
    assert np.isnan(found.rows).all()


def test_the_same_run_twice_does_not_differ_at_all(run):
    comparison = Comparison(finished(run(batch_size=4)), finished(run(batch_size=4)), "lstm")
    comparison.catch_up()
    for found in comparison.signals.values():
        assert (found.largest, found.at, found.since) == (0.0, None, None)
    assert (comparison.signal("c").rows == 0).all()


def test_steps_that_were_dropped_are_compared_anew(run):
    a, b = run(batch_size=2, stateful=True), run(batch_size=2, stateful=True)
    comparison = Comparison(finished(a), finished(b), "lstm")
    comparison.catch_up()
    a.reconfigure(a.plan.with_reset(ResetPoint(2, 1)))
    comparison.catch_up()
    assert_numbers_are_right(comparison)
    comparison = Comparison(a.trace, b.trace, "lstm")
    a.run()
    comparison.catch_up()
    assert comparison.signal("c").since.timestep == 1
    assert_numbers_are_right(comparison)


def test_masked_timesteps_have_no_gates_to_compare():
    model = model_of(layers.Masking(), layers.LSTM(UNITS, return_sequences=True, name="lstm"))
    x = np.random.default_rng(2).normal(size=(4, TIMESTEPS, 2)).astype("f4")
    x[1, 3:] = 0
    traces = [record(model, x, batch_size=2, stateful=stateful) for stateful in (True, False)]
    comparison = Comparison(*traces, "lstm")
    comparison.catch_up()
    assert comparison.signal("i").compared == (4 * TIMESTEPS - 2) * UNITS
    assert comparison.signal("c").compared == 4 * TIMESTEPS * UNITS
    assert_numbers_are_right(comparison)


def test_only_the_row_whose_input_changed_differs(model, probe, inputs):
    changed = inputs.copy()
    changed[1::4] += 0.1
    settings = {"batch_size": 4, "stateful": True}
    a, b = (finished(Stepper(model, x, probe=probe, **settings)) for x in (inputs, changed))
    comparison = Comparison(a, b, "lstm")
    comparison.catch_up()
    rows = comparison.signal("h").rows
    assert rows[1] > 0.01
    assert rows[[0, 2, 3]].tolist() == [0, 0, 0]


# -- outputs ------------------------------------------------------------------------------------------


def test_outputs_of_every_timestep_are_compared(run):
    a, b = finished(run(batch_size=1, stateful=True)), finished(run(batch_size=4))
    comparison = Comparison(a, b, "lstm")
    comparison.catch_up()
    (found,) = comparison.outputs
    wanted = np.abs(a.outputs[0] - b.outputs[0])
    assert found.compared == wanted.size
    assert found.largest == pytest.approx(wanted.max(), abs=1e-7)
    assert found.mean == pytest.approx(wanted.mean(), abs=1e-7)
    at = found.at
    assert wanted[at.sample, at.timestep, at.unit] == wanted.max()


def test_an_output_at_the_end_of_each_sequence_is_compared_there(inputs):
    model = model_of(layers.LSTM(UNITS, name="lstm"), layers.Dense(2))
    a, b = record(model, inputs, batch_size=1, stateful=True), record(model, inputs, batch_size=5)
    comparison = Comparison(a, b, "lstm")
    comparison.catch_up()
    (found,) = comparison.outputs
    wanted = np.abs(a.outputs[0] - b.outputs[0])
    assert found.compared == wanted.size
    assert found.largest == pytest.approx(wanted.max(), abs=1e-7)
    assert found.at.timestep == TIMESTEPS - 1
    assert wanted[found.at.sample, found.at.unit] == wanted.max()
    first = int(np.flatnonzero(wanted.max(axis=1) > TOLERANCE)[0])
    assert (found.since.sample, found.since.timestep) == (first, TIMESTEPS - 1)


def test_the_output_at_the_end_of_each_own_length_is_compared_with_that_at_the_end_of_the_padding(inputs):
    model = model_of(layers.LSTM(UNITS, name="lstm"), layers.Dense(2))
    a = record(model, inputs, lengths=LENGTHS, batch_size=5)
    b = record(model, inputs, batch_size=4)
    comparison = Comparison(a, b, "lstm")
    comparison.catch_up()
    (found,) = comparison.outputs
    wanted = np.abs(a.outputs[0] - b.outputs[0])
    assert found.compared == wanted.size
    assert found.largest == pytest.approx(wanted.max(), abs=1e-7)
    assert found.at.timestep == LENGTHS[found.at.sample] - 1
    steps, values = comparison.output_of_b(0, 1, 0, len(a.plan))
    batches = [batch for batch in range(a.plan.batches) if a.plan.rows(batch) > 1]
    assert steps.tolist() == [
        a.plan.first_step(0, batch) + a.plan.timesteps_of(batch) - 1 for batch in batches
    ]
    np.testing.assert_array_equal(values, b.outputs[0][[a.plan.sample(batch, 1) for batch in batches]])


def test_what_is_masked_in_the_padding_is_no_difference_from_each_own_length(inputs):
    model = model_of(layers.Masking(), layers.LSTM(UNITS, return_sequences=True, name="lstm"))
    padded = inputs.copy()
    for sample, length in enumerate(LENGTHS):
        padded[sample, length:] = 0
    a, b = record(model, padded, batch_size=4), record(model, padded, lengths=LENGTHS, batch_size=4)
    comparison = Comparison(a, b, "lstm")
    comparison.catch_up()
    assert comparison.signal("c").compared == sum(LENGTHS) * UNITS
    for found in comparison.signals.values():
        assert found.largest < TOLERANCE
    (output,) = comparison.outputs
    assert output.largest < TOLERANCE


def test_outputs_of_different_shapes_are_not_compared(run, inputs):
    other = model_of(layers.LSTM(UNITS, return_sequences=True, name="memory"), layers.Dense(5), seed=5)
    comparison = Comparison(finished(run()), record(other, inputs), "lstm", "memory")
    comparison.catch_up()
    assert comparison.outputs == (None,)
    assert comparison.signal("c").largest > 0


# -- what cannot be compared --------------------------------------------------------------------------


def test_layers_of_different_sizes_are_refused(run, inputs):
    other = record(model_of(layers.LSTM(UNITS + 1, name="lstm")), inputs)
    with pytest.raises(TraceError, match="3 units and 'lstm' has 4"):
        Comparison(run().trace, other, "lstm")


def test_a_layer_that_is_not_there_is_refused(run):
    with pytest.raises(TraceError, match="no layer 'other'"):
        Comparison(run().trace, run().trace, "lstm", "other")


def test_sequences_of_different_lengths_are_refused():
    with pytest.raises(PlanError, match="5 timesteps cannot be compared with sequences of 6"):
        Alignment(Plan(4, 5), Plan(4, 6))


# -- together -----------------------------------------------------------------------------------------


TIMESTEPS_DRAWN = 3


@st.composite
def plans(draw, timesteps=TIMESTEPS_DRAWN):
    samples = draw(st.integers(1, 9))
    lengths = draw(st.none() | st.lists(st.integers(1, timesteps), min_size=samples, max_size=samples))
    if lengths is not None:
        lengths[0] = timesteps
    order = draw(st.none() | st.permutations(range(samples)).map(tuple))
    size = draw(st.integers(1, samples))
    return Plan(samples, timesteps, size, epochs=draw(st.integers(1, 3)), order=order, lengths=lengths)


def held(plan, count):
    """What the first steps of a plan hold, as (epoch, sample, timestep)."""
    positions = (plan.position(step) for step in range(count))
    return {(p.epoch, int(s), p.timestep) for p in positions for s in plan.samples_of(p.batch)}


@given(plans(), plans(), st.data())
def test_the_steps_that_are_needed_are_the_fewest_that_hold_the_same(a, b, data):
    count = data.draw(st.integers(0, len(a)))
    needed = Alignment(a, b).steps_needed(count)
    wanted = held(a, count) & held(b, len(b))
    assert wanted <= held(b, needed)
    whole_epochs = needed % b.steps_per_epoch == 0
    # Where a sample is shorter in a, the rest of it in b is needed for the output at its end.
    longer = any(a.timesteps_of(batch) < TIMESTEPS_DRAWN for batch in range(a.batches))
    assert needed == 0 or whole_epochs or longer or not wanted <= held(b, needed - 1)


@given(plans(), plans())
def test_a_sample_is_found_where_it_is(a, b):
    alignment = Alignment(a, b)
    for side, plan in enumerate((a, b)):
        samples = np.arange(alignment.samples)
        batches, rows = alignment.places(side, samples)
        assert [plan.sample(*place) for place in zip(batches.tolist(), rows.tolist(), strict=True)] == [
            *range(alignment.samples)
        ]
        assert alignment.samples_at(side, batches, rows).tolist() == samples.tolist()


# -- windows ------------------------------------------------------------------------------------------


def aligned(comparison, signal, row):
    """A signal of A, of B and B − A over the steps of a row of A, (3, steps, units), NaN where not there."""
    plan, k = comparison.a.plan, SIGNALS.index(signal)
    both = [signals_of(trace)[:, :, :, k] for trace in (comparison.a, comparison.b)]
    found = np.full((3, len(plan), UNITS), np.nan)
    for step in range(len(plan)):
        at = plan.position(step)
        if row >= plan.rows(at.batch):
            continue
        sample = plan.sample(at.batch, row)
        for side in (0, 1):
            if at.epoch < len(both[side]) and sample < both[side].shape[1]:
                found[side, step] = both[side][at.epoch, sample, at.timestep]
    found[2] = found[1] - found[0]
    return found


def assert_window_is_right(window, wanted):
    for values, whole in zip((window.a, window.b, window.difference), wanted, strict=True):
        part = whole[window.start : window.stop]
        if window.factor > 1:
            missing = window.stop - window.start - len(part)
            part = np.pad(part, [(0, missing), (0, 0)], constant_values=np.nan)
            groups = part.reshape(-1, window.factor, UNITS)
            part = np.stack([np.fmin.reduce(groups, 1), np.fmax.reduce(groups, 1)], 1).reshape(-1, UNITS)
        np.testing.assert_allclose(values, part.T, rtol=0, atol=1e-7)


@pytest.mark.parametrize("columns", [1000, 8])
@pytest.mark.parametrize("row", [0, -1])
def test_a_window_shows_both_runs_over_the_steps_of_the_first(pair, columns, row):
    a, b = pair
    comparison = Comparison(finished(a), finished(b, 2 * len(b.plan) // 3), "lstm")
    row %= a.plan.batch_size
    window = comparison.window("c", row, 0, len(a.plan), columns)
    assert window.complete
    assert window.a.shape[1] <= columns
    assert_window_is_right(window, aligned(comparison, "c", row))
    part = comparison.window("g", row, 2, len(a.plan) - 3, columns)
    assert_window_is_right(part, aligned(comparison, "g", row))


def test_a_merged_window_keeps_up_with_runs_that_grow(run):
    a, b = run(batch_size=1, stateful=True), run(batch_size=4, stateful=True)
    comparison = Comparison(a.trace, b.trace, "lstm")
    for steps_a, steps_b in ((0, 0), (7, 0), (13, 4), (30, 12), (60, 15)):
        a.run(steps_a)
        b.run(steps_b)
        window = comparison.window("h", 0, 0, 60, 12)
        assert window.factor > 1
        assert_window_is_right(window, aligned(comparison, "h", 0))


def test_a_merged_window_may_be_read_little_by_little(run):
    a, b = finished(run(batch_size=1, stateful=True)), finished(run(batch_size=3))
    comparison = Comparison(a, b, "lstm")
    reads = 1
    while not (window := comparison.window("c", 0, 0, 60, 16, most=1)).complete:
        reads += 1
        comparison.catch_up(most=1)
    assert_window_is_right(window, aligned(comparison, "c", 0))
    assert comparison.window("c", 0, 0, 60, 16, most=1).complete


def test_a_merged_window_that_moves_stays_right(run):
    a, b = finished(run(batch_size=1, stateful=True)), finished(run(batch_size=3))
    comparison = Comparison(a, b, "lstm")
    wanted = aligned(comparison, "c", 0)
    for start in (0, 5, 12, 20, 3):
        assert_window_is_right(comparison.window("c", 0, start, start + 40, 12), wanted)


def test_a_window_forgets_steps_that_were_dropped(run):
    a, b = run(batch_size=2, stateful=True), finished(run(batch_size=2, stateful=True))
    comparison = Comparison(finished(a), b, "lstm")
    comparison.window("c", 0, 0, 30, 8)
    a.reconfigure(a.plan.with_reset(ResetPoint(0, 2)))
    a.run()
    assert_window_is_right(comparison.window("c", 0, 0, 30, 8), aligned(comparison, "c", 0))


def test_recordings_of_many_blocks_are_read_like_one(run, monkeypatch):
    monkeypatch.setattr("lstm_viz.storage.MEMORY_BLOCK_BYTES", 1000)
    a, b = finished(run(batch_size=1, stateful=True)), finished(run(batch_size=4, stateful=True))
    comparison = Comparison(a, b, "lstm")
    assert comparison.catch_up()
    assert_numbers_are_right(comparison)
    assert_window_is_right(comparison.window("o", 0, 0, 60, 8), aligned(comparison, "o", 0))


def test_outputs_of_the_second_run_are_read_over_the_steps_of_the_first(run):
    a, b = finished(run(batch_size=4)), finished(run(batch_size=1, stateful=True), until=33)
    steps, values = Comparison(a, b, "lstm").output_of_b(0, 1, 2, 12)
    # Row 1 of A has samples 1, 5 and 9; B has recorded samples 0 to 5, and 3 timesteps of sample 6.
    assert steps.tolist() == [2, 3, 4, 5, 6, 7, 8, 9]
    wanted = [*b.outputs[0][1, 2:], *b.outputs[0][5]]
    np.testing.assert_array_equal(values, wanted)


def test_an_output_at_the_end_of_each_sequence_is_read_there(inputs):
    model = model_of(layers.LSTM(UNITS, name="lstm"), layers.Dense(2))
    a, b = record(model, inputs, batch_size=3), record(model, inputs, batch_size=5)
    steps, values = Comparison(a, b, "lstm").output_of_b(0, 2, 5, 20)
    assert steps.tolist() == [9, 14, 19]
    np.testing.assert_array_equal(values, b.outputs[0][[5, 8, 11]])
