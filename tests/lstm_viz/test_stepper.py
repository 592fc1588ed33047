import errno
import os
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

import lstm_viz
from lstm_viz import reference
from lstm_viz.errors import DataError, PlanError, TraceError
from lstm_viz.plan import Plan, Position, ResetPoint, Resets
from lstm_viz.probe import Probe
from lstm_viz.recording import record
from lstm_viz.signals import SIGNALS
from lstm_viz.stepper import Stepper

BUSY = Resets(every=5, at=(ResetPoint(0, 3, rows=(1,)), ResetPoint(1, 0, rows=(0,)), ResetPoint(2, 6)))


def assert_same(found, wanted, tolerance=1e-6, samples=slice(None)):
    """Two traces hold the same numbers, of all samples or of some."""
    for output, other in zip(found.outputs, wanted.outputs, strict=True):
        np.testing.assert_allclose(output[samples], other[samples], rtol=0, atol=tolerance)
    assert list(found.layers) == list(wanted.layers)
    for path, layer in found.layers.items():
        other = wanted.layers[path]
        np.testing.assert_array_equal(layer.mask[samples], other.mask[samples])
        for name in SIGNALS:
            np.testing.assert_allclose(
                layer.signal(name)[samples], other.signal(name)[samples], rtol=0, atol=tolerance
            )
        np.testing.assert_allclose(layer.initial_h[samples], other.initial_h[samples], rtol=0, atol=tolerance)
        np.testing.assert_allclose(layer.initial_c[samples], other.initial_c[samples], rtol=0, atol=tolerance)


def stepped(stepper):
    """Go to the end one step at a time."""
    while not stepper.finished:
        stepper.step()
    return stepper.trace


def finished(stepper):
    stepper.run()
    return stepper.trace


def model_of(*model_layers, features=2, timesteps=5, seed=0):
    model = keras.Sequential([keras.Input((timesteps, features)), *model_layers])
    rng = np.random.default_rng(seed)
    for variable in model.weights:
        variable.assign(rng.normal(0, 0.6, variable.shape))
    return model


def data(samples, timesteps=5, features=2, seed=1):
    return np.random.default_rng(seed).normal(size=(samples, timesteps, features)).astype("f4")


@pytest.fixture(scope="module")
def model():
    return model_of(layers.LSTM(3, return_sequences=True), layers.Dense(2))


@pytest.fixture(scope="module")
def probe(model):
    return Probe(model)


@pytest.fixture(scope="module")
def two_way():
    return Probe(model_of(layers.Bidirectional(layers.LSTM(3, return_sequences=True))))


# -- held against Keras, for every shape of model ---------------------------------------------------


def test_a_stateless_run_gives_what_keras_gives_also_with_a_smaller_last_batch(case):
    trace = finished(case.stepper(batch_size=4))
    for output, wanted in zip(trace.outputs, case.predicted, strict=True):
        assert output.dtype == wanted.dtype
        np.testing.assert_allclose(output, wanted, rtol=0, atol=case.shape.tolerance)


@pytest.mark.shapes(lambda shape: shape.like_stateful)
def test_a_stateful_run_gives_what_keras_gives_with_its_own_stateful_layers(case):
    twin = case.stateful_twin(batch_size=2)
    batches = [
        [np.asarray(y) for y in keras.tree.flatten(twin(case.given(slice(k, k + 2)), training=False))]
        for k in (0, 2, 4)
    ]
    wanted = [np.concatenate(parts) for parts in zip(*batches, strict=True)]
    trace = finished(case.stepper(stateful=True))
    for output, other in zip(trace.outputs, wanted, strict=True):
        np.testing.assert_allclose(output, other, rtol=0, atol=case.shape.tolerance)


def test_step_by_step_gives_what_the_whole_run_gives(case):
    options = {"stateful": True, "resets": BUSY}
    whole, single = case.stepper(**options), case.stepper(**options)
    assert_same(stepped(single), finished(whole), case.shape.tolerance)


def test_what_happens_in_one_row_changes_no_other_row(case):
    options = {"stateful": True, "resets": BUSY}
    wanted = finished(case.stepper(**options))
    inputs = [x.copy() for x in case.inputs]
    for x in inputs:
        x[[1, 3, 5]] = x[[3, 5, 1]]  # the second row of each batch of two
    other = lstm_viz.Stepper(case.model, inputs, batch_size=2, probe=case.probe, **options)
    assert_same(finished(other), wanted, case.shape.tolerance, samples=[0, 2, 4])


def test_another_plan_in_the_middle_gives_what_a_fresh_run_under_it_gives(case):
    plan = Plan(6, 7, 2, True, BUSY)
    changes = [
        replace(plan, stateful=False),
        replace(plan, resets=Resets(each_batch=True)),
        plan.with_reset(ResetPoint(1, 4, rows=(0,))),
        plan.with_reset(ResetPoint(2, 1)),
    ]
    stepper = case.stepper(stateful=True, resets=BUSY)
    for changed in changes:
        stepper.run(until=7 + 5)
        stepper.reconfigure(changed)
        stepper.run(until=14 + 3)
        stepper.reconfigure(plan)
        stepper.reconfigure(changed)
        wanted = finished(case.stepper(stateful=changed.stateful, resets=changed.resets))
        assert_same(finished(stepper), wanted, case.shape.tolerance)


def test_a_run_taken_up_at_any_step_goes_on_as_if_it_had_never_stopped(case):
    wanted = finished(case.stepper(stateful=True, resets=BUSY))
    stepper = case.stepper(stateful=True, resets=BUSY)
    for step in (21, 20, 14, 12, 8, 7, 3, 0):
        stepper.run(until=step + 1)
        stepper.rewind(step)
        assert stepper.trace.count <= step
    assert_same(finished(stepper), wanted, case.shape.tolerance)


# -- held against the equations ---------------------------------------------------------------------


def equations(chain, x, plan, masked=None):
    """Run the reference over the batches of a plan: of each layer the six signals of the last epoch.

    ``chain`` are the weights and options of layers of which each is given the h of the one before.
    """
    mask = np.ones(x.shape[:2], bool) if masked is None else ~masked
    all_units = [weights[1].shape[0] for weights, _ in chain]
    found = [{name: np.empty((*x.shape[:2], units)) for name in SIGNALS} for units in all_units]
    states = [(np.zeros((plan.batch_size, units)),) * 2 for units in all_units]
    for epoch in range(plan.epochs):
        for batch in range(plan.batches):
            samples = plan.samples_of(batch)
            resets = plan.reset_mask(epoch, batch).T.copy()
            at_start = resets[:, :1].copy()
            resets[:, 0] = False
            sequence = x[samples]
            for k, (weights, options) in enumerate(chain):
                h, c = (np.where(at_start, 0, state[: len(samples)]) for state in states[k])
                signals = reference.lstm(
                    sequence, *weights, h0=h, c0=c, mask=mask[samples], resets=resets, **options
                )
                for name in SIGNALS:
                    found[k][name][samples] = signals[name]
                last = 0 if options.get("go_backwards") else -1
                states[k] = signals["h"][:, last], signals["c"][:, last]
                sequence = signals["h"]
    return found


def assert_signals(layer, wanted, tolerance=1e-6):
    for name in SIGNALS:
        np.testing.assert_allclose(layer.signal(name), wanted[name], rtol=0, atol=tolerance, err_msg=name)


PLANS = {
    "stateless": Plan(7, 5, 3),
    "stateful": Plan(6, 5, 2, True),
    "each batch": Plan(6, 5, 2, True, Resets(each_batch=True)),
    "every 3": Plan(6, 5, 2, True, Resets(every=3)),
    "every 8": Plan(6, 5, 2, True, Resets(every=8)),
    "points": Plan(
        6, 5, 2, True, Resets(at=(ResetPoint(0, 2, (0,)), ResetPoint(1, 0, (1,)), ResetPoint(2, 4)))
    ),
    "stateless with points": Plan(7, 5, 3, False, Resets(every=2, at=(ResetPoint(2, 3, (0, 2)),))),
    "two epochs": Plan(4, 5, 2, True, Resets(), 2),
    "two epochs, carried": Plan(4, 5, 2, True, Resets(each_epoch=False), 2),
    "two epochs, a point in one": Plan(
        4, 5, 2, True, Resets(False, False, None, (ResetPoint(1, 1, epoch=1),)), 2
    ),
    "in another order": Plan(4, 5, 2, True, Resets(each_epoch=False, every=7), 2, (2, 0, 3, 1)),
}


def run_plan(probe, x, plan):
    return finished(
        Stepper(
            probe.model,
            x,
            batch_size=plan.batch_size,
            stateful=plan.stateful,
            resets=plan.resets,
            epochs=plan.epochs,
            order=plan.order,
            probe=probe,
        )
    )


@pytest.fixture(scope="module")
def stacked():
    return Probe(
        model_of(
            layers.Masking(),
            layers.LSTM(4, return_sequences=True),
            layers.LSTM(3, recurrent_activation="hard_sigmoid", use_bias=False),
        )
    )


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_all_six_signals_of_stacked_masked_layers_are_those_of_the_equations(stacked, plan):
    x = data(plan.samples)
    x[0, 1] = x[1, 3:] = x[2, :2] = x[3] = 0
    masked = (x == 0).all(-1)
    trace = run_plan(stacked, x, plan)
    first, second = trace.layers.values()
    weights = [layer.get_weights() for layer in stacked.model.layers[1:]]
    chain = [(weights[0], {}), (weights[1], {"recurrent_activation": "hard_sigmoid"})]
    for layer, wanted in zip((first, second), equations(chain, x, plan, masked), strict=True):
        assert_signals(layer, wanted)
        np.testing.assert_array_equal(layer.mask, ~masked)


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_all_six_signals_of_both_directions_are_those_of_the_equations(two_way, plan):
    x = data(plan.samples)
    trace = run_plan(two_way, x, plan)
    weights = two_way.model.layers[0].get_weights()
    forward, backward = trace.layers.values()
    assert_signals(forward, *equations([(weights[:3], {})], x, plan))
    assert_signals(backward, *equations([(weights[3:], {"go_backwards": True})], x, plan))
    assert backward.layer.go_backwards


def test_a_model_and_the_equations_agree_over_a_thousand_timesteps():
    model = model_of(layers.LSTM(8, return_sequences=True), timesteps=None)
    x = data(2, timesteps=1000)
    (wanted,) = equations([(model.layers[0].get_weights(), {})], x, Plan(2, 1000, 2))
    (layer,) = record(model, x).layers.values()
    assert_signals(layer, wanted, tolerance=1e-4)


# -- what state means -------------------------------------------------------------------------------


def test_a_stateful_run_over_two_halves_equals_one_run_over_the_whole():
    model = model_of(layers.LSTM(3, return_sequences=True), timesteps=None)
    x = data(3, timesteps=10)
    whole = record(model, x)
    halves = record(model, np.concatenate([x[:, :5], x[:, 5:]]), batch_size=3, stateful=True)
    for name in SIGNALS:
        signal = next(iter(halves.layers.values())).signal(name)
        joined = np.concatenate([signal[:3], signal[3:]], axis=1)
        np.testing.assert_allclose(joined, next(iter(whole.layers.values())).signal(name), rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    "resets",
    [Resets(at=(ResetPoint(0, 2),)), Resets(every=2)],
    ids=["a point", "every 2"],
)
def test_a_reset_at_a_timestep_equals_a_fresh_run_from_there(resets):
    model = model_of(layers.LSTM(3, return_sequences=True), timesteps=None)
    x = data(2, timesteps=4)
    layer = next(iter(record(model, x, resets=resets).layers.values()))
    fresh = next(iter(record(model, x[:, 2:]).layers.values()))
    for name in SIGNALS:
        np.testing.assert_allclose(layer.signal(name)[:, 2:], fresh.signal(name), rtol=0, atol=1e-6)


def test_a_reset_of_one_row_leaves_the_others_as_they_were(probe):
    x = data(4)
    without = run_plan(probe, x, Plan(4, 5, 2, True))
    reset = run_plan(probe, x, Plan(4, 5, 2, True, Resets(at=(ResetPoint(1, 2, rows=(1,)),))))
    assert_same(reset, without, tolerance=0, samples=[0, 1, 2])
    (a,), (b,) = reset.layers.values(), without.layers.values()
    np.testing.assert_array_equal(a.c[3, :2], b.c[3, :2])
    assert (a.c[3, 2:] != b.c[3, 2:]).all()


def test_the_state_carried_over_is_recorded_as_what_the_batch_started_from(probe):
    trace = run_plan(probe, data(6), Plan(6, 5, 2, True))
    (layer,) = trace.layers.values()
    assert (layer.initial_h[:2] == 0).all()
    assert (layer.initial_c[:2] == 0).all()
    np.testing.assert_array_equal(layer.initial_h[2:], layer.h[:4, -1])
    np.testing.assert_array_equal(layer.initial_c[2:], layer.c[:4, -1])


def test_a_layer_that_reads_backwards_hands_over_its_state_at_the_first_timestep(two_way):
    trace = run_plan(two_way, data(4), Plan(4, 5, 2, True))
    _, backward = trace.layers.values()
    np.testing.assert_array_equal(backward.initial_c[2:], backward.c[:2, 0])


@pytest.mark.parametrize(
    "resets",
    [
        Resets(at=(ResetPoint(1, 4, rows=(0,)),)),
        Resets(every=2),
        Resets(every=4),
        Resets(each_batch=True, every=4),
    ],
    ids=["a point", "every 2", "every 4", "each batch and every 4"],
)
@pytest.mark.parametrize("padded", [False, True])
def test_a_layer_started_from_what_its_first_processed_timestep_computed_with(two_way, resets, padded):
    probe, x = two_way, data(6)
    if padded:
        probe = Probe(keras.Sequential([keras.Input((5, 2)), layers.Masking(), two_way.model.layers[0]]))
        x[2:, [0, 4]] = 0
    trace = run_plan(probe, x, Plan(6, 5, 2, True, resets))
    for layer in trace.layers.values():
        first = 4 if layer.layer.go_backwards else 0
        i, f, g, c, h = (layer.signal(name)[:, first] for name in "ifgch")
        computed = np.where(layer.mask[:, first, None], f * layer.initial_c + i * g, layer.initial_c)
        np.testing.assert_allclose(c, computed, rtol=0, atol=1e-6)
        masked = ~layer.mask[:, first]
        np.testing.assert_array_equal(h[masked], layer.initial_h[masked])
        for sample in range(6):
            batch, row = divmod(sample, 2)
            found = layer.state_before_row(batch * 5 + first, row)
            np.testing.assert_array_equal(found, [layer.initial_h[sample], layer.initial_c[sample]])
            if trace.plan.reset_cause(Position(0, batch, first), row) is not None:
                assert not found.any()


def test_with_several_epochs_the_arrays_show_the_last_one_begun(probe):
    plan = Plan(4, 5, 2, True, Resets(each_epoch=False), 2)
    trace = run_plan(probe, data(4), plan)
    (layer,) = trace.layers.values()
    assert (layer.initial_c[:2] != 0).all()  # carried over from the end of the first epoch
    stepper = Stepper(probe.model, data(4), batch_size=2, stateful=True, epochs=2, probe=probe)
    stepper.run(until=10 + 3)
    (layer,) = stepper.trace.layers.values()
    assert np.isfinite(layer.c[:2, :3]).all()
    assert np.isnan(layer.c[:2, 3:]).all()
    assert np.isnan(layer.c[2:]).all()


def test_a_row_starts_from_zeros_where_its_sequence_changes(model, probe, tmp_path):
    x = data(6)
    named = lstm_viz.Dataset.from_arrays(x, sequences=[0, 1, 0, 2, 3, 2])
    resets = Resets(each_sequence=True)
    trace = record(model, named, batch_size=2, stateful=True, resets=resets)
    points = Resets(at=(ResetPoint(1, 0, rows=(1,)), ResetPoint(2, 0, rows=(0,))))
    assert_same(trace, run_plan(probe, x, Plan(6, 5, 2, True, points)), tolerance=0)
    (layer,) = trace.layers.values()
    assert (layer.initial_h == 0).all(axis=1).tolist() == [True, True, False, True, True, False]
    trace.save(tmp_path / "run.npz")
    assert lstm_viz.open_trace(tmp_path / "run.npz").plan == trace.plan


def test_a_run_whose_sequences_are_no_longer_reset_is_computed_again_from_the_first_change(probe, tmp_path):
    x, sequences = data(6), (0, 1, 0, 2, 3, 2)
    settings = {"batch_size": 2, "stateful": True, "sequences": sequences, "probe": probe}
    stepper = Stepper(None, x, resets=Resets(each_sequence=True), folder=tmp_path / "run", **settings)
    stepper.run()
    again = Stepper(None, x, resets=Resets(each_sequence=True), folder=tmp_path / "run", **settings)
    assert again.finished
    assert again.plan == stepper.plan
    assert again.reconfigure(replace(again.plan, resets=Resets(), sequences=None)) == 5
    assert lstm_viz.open_trace(tmp_path / "run").plan.sequences is None
    again.reconfigure(replace(again.plan, resets=Resets(each_sequence=True), sequences=(5, 1, 0, 2, 3, 2)))
    assert lstm_viz.open_trace(tmp_path / "run").plan == again.plan
    again.reconfigure(stepper.plan)
    assert_same(finished(again), stepper.trace, tolerance=0)


def test_the_order_of_samples_decides_who_hands_state_to_whom(probe):
    x, order = data(4), (2, 0, 3, 1)
    trace = run_plan(probe, x, Plan(4, 5, 2, True, Resets(), 1, order))
    natural = run_plan(probe, x[list(order)], Plan(4, 5, 2, True))
    (layer,), (other,) = trace.layers.values(), natural.layers.values()
    np.testing.assert_array_equal(layer.h[list(order)], other.h)
    np.testing.assert_array_equal(trace.outputs[0][list(order)], natural.outputs[0])


@pytest.mark.parametrize("length", [1, 2, 9])
def test_one_model_takes_sequences_of_any_length(named_case, length):
    case = named_case("any length")
    x = data(2, timesteps=length, features=3)
    trace = stepped(Stepper(case.model, x, probe=case.probe))
    np.testing.assert_allclose(trace.outputs[0], case.model(x), rtol=0, atol=1e-6)


@pytest.fixture(scope="module")
def from_a_vector():
    """One vector becomes a sequence of five timesteps."""
    model = keras.Sequential(
        [
            keras.Input((7,)),
            layers.RepeatVector(5),
            layers.LSTM(3, return_sequences=True, name="writer"),
            layers.TimeDistributed(layers.Dense(2)),
        ]
    )
    return Probe(model)


def test_a_model_that_makes_its_sequence_from_a_vector_is_stepped_over_that_sequence(from_a_vector):
    x = np.random.default_rng(0).normal(size=(4, 7)).astype("f4")
    stepper = Stepper(from_a_vector.model, x, batch_size=2, probe=from_a_vector)
    assert stepper.plan.timesteps == 5
    first = stepper.step()
    assert first.signals["writer"].shape == (2, 6, 3)
    trace = stepped(stepper)
    assert trace.count == 10
    assert trace.layers["writer"].timesteps == 5
    assert trace.output_specs[0].each_step
    np.testing.assert_allclose(trace.outputs[0], from_a_vector.model(x), rtol=0, atol=1e-6)
    steps, values = trace.output_window(0, 1, 5, 8)
    assert steps.tolist() == [5, 6, 7]
    np.testing.assert_allclose(values, from_a_vector.model(x)[3, :3], rtol=0, atol=1e-6)


def test_a_sequence_made_from_a_vector_can_be_reset_inside(from_a_vector):
    x = np.random.default_rng(0).normal(size=(2, 7)).astype("f4")
    trace = run_plan(from_a_vector, x, Plan(2, 5, 1, False, Resets(at=(ResetPoint(1, 3),))))
    writer = trace.layers["writer"]
    np.testing.assert_allclose(writer.h[1, 3:], writer.h[1, :2], rtol=0, atol=1e-6)


def test_tokens_are_a_sequence_also_in_a_model_that_sees_them_whole():
    model = keras.Sequential([keras.Input((6,)), layers.Embedding(9, 2), layers.Conv1D(2, 3), layers.LSTM(3)])
    assert record(model, np.ones((2, 6), "i4")).plan.timesteps == 6


def test_a_model_of_vectors_without_lstm_has_one_timestep():
    model = keras.Sequential([keras.Input((7,)), layers.Dense(2)])
    trace = record(model, np.ones((3, 7), "f4"))
    assert (trace.plan.timesteps, trace.count) == (1, 1)
    np.testing.assert_allclose(trace.outputs[0], model(np.ones((3, 7), "f4")), rtol=0, atol=1e-6)


def test_a_model_without_lstm_gives_its_outputs_and_no_layers(named_case):
    case = named_case("no lstm")
    trace = record(case.model, case.inputs[0], batch_size=4)
    assert dict(trace.layers) == {}
    np.testing.assert_allclose(trace.outputs[0], case.predicted[0], rtol=0, atol=1e-6)


def test_what_keras_predicts_is_what_is_recorded(model):
    x = data(5)
    wanted = model.predict(x, batch_size=2, verbose=0)
    np.testing.assert_allclose(record(model, x, batch_size=2).outputs[0], wanted, rtol=0, atol=1e-6)


# -- stepping ---------------------------------------------------------------------------------------


def test_a_step_tells_where_it_was_which_samples_it_held_and_what_it_computed(probe):
    stepper = Stepper(probe.model, data(3), batch_size=2, probe=probe)
    stepper.run(until=6)
    step = stepper.step()
    (layer,) = stepper.trace.layers.values()
    assert step.position == Position(0, 1, 1)
    assert step.samples.tolist() == [2]
    assert step.signals[layer.layer.path].shape == (1, 6, 3)
    np.testing.assert_array_equal(step.signals[layer.layer.path][0, 5], layer.h[2, 1])
    assert stepper.position == Position(0, 1, 2)


def test_after_the_last_step_the_position_is_the_epoch_that_never_comes(probe):
    stepper = Stepper(probe.model, data(3), batch_size=2, probe=probe)
    stepper.run()
    assert stepper.finished
    assert stepper.position == Position(1, 0, 0)


@pytest.mark.parametrize("go_on", [Stepper.step, Stepper.reset])
def test_a_finished_run_can_be_neither_stepped_nor_reset(probe, go_on):
    stepper = Stepper(probe.model, data(3), probe=probe)
    stepper.run()
    with pytest.raises(PlanError, match="run of 5 steps is finished"):
        go_on(stepper)


def test_a_run_can_be_stopped_at_a_step_and_by_the_clock(probe):
    stepper = Stepper(probe.model, data(3), batch_size=1, probe=probe)
    stepper.run(until=7)
    assert stepper.trace.count == 7
    stepper.run(until=3)
    assert stepper.trace.count == 7
    stepper.run(seconds=0)
    assert 7 < stepper.trace.count < 15
    stepper.run(seconds=1000)
    assert stepper.finished


def test_progress_grows_to_one(probe):
    told = []
    record(probe.model, data(6), batch_size=2, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1
    assert len(told) > 1


def test_a_sequence_too_long_for_one_stretch_gives_what_keras_gives():
    model, x, told = model_of(layers.LSTM(2, return_sequences=True), timesteps=9000), data(1, 9000), []
    stepper = Stepper(model, x)
    stepper.run(progress=told.append)
    assert len(told) > 1
    np.testing.assert_allclose(stepper.trace.outputs[0], model.predict(x, verbose=0), rtol=0, atol=1e-6)


def test_what_progress_raises_stops_the_run_where_it_is(probe):
    class Enough(Exception):  # noqa: N818 - it is no error
        pass

    def stop(done):
        raise Enough

    stepper = Stepper(probe.model, data(6), batch_size=2, probe=probe)
    with pytest.raises(Enough):
        stepper.run(progress=stop)
    assert stepper.trace.count == 5
    assert_same(finished(stepper), record(probe.model, data(6), batch_size=2), tolerance=0)


@pytest.mark.parametrize("rows", [None, (1,)])
def test_a_reset_by_hand_equals_a_reset_point_there(probe, rows):
    stepper = Stepper(probe.model, data(4), batch_size=2, stateful=True, probe=probe)
    stepper.run(until=7)
    stepper.reset(rows)
    assert stepper.trace.count == 7  # nothing before it has changed
    point = ResetPoint(1, 2, rows, epoch=0)
    assert stepper.plan.resets.at == (point,)
    assert_same(finished(stepper), run_plan(probe, data(4), Plan(4, 5, 2, True, Resets(at=(point,)))), 0)


def test_a_reset_by_hand_computes_the_batch_of_a_model_that_sees_it_whole_anew(two_way):
    stepper = Stepper(two_way.model, data(4), batch_size=2, stateful=True, probe=two_way)
    stepper.run(until=7)
    stepper.reset()
    assert stepper.trace.count == 5
    plan = Plan(4, 5, 2, True, Resets(at=(ResetPoint(1, 2),)))
    assert_same(finished(stepper), run_plan(two_way, data(4), plan), 0)


def test_it_says_why_a_model_is_not_fed_stepwise(two_way, probe):
    assert "several timesteps" in Stepper(two_way.model, data(2), probe=two_way).stepwise_reason
    assert Stepper(probe.model, data(2), probe=probe).stepwise_reason == ""


# -- changing the plan ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "dropped"),
    [
        ({"stateful": True}, None),
        ({"stateful": False}, 5),
        ({"resets": Resets(each_batch=True)}, 5),
        ({"resets": Resets(at=(ResetPoint(0, 3),))}, 3),
        ({"resets": Resets(at=(ResetPoint(1, 3),))}, None),  # step 8 is not recorded yet
        ({"resets": Resets(at=(ResetPoint(0, 0),))}, None),  # the run starts there anyway
    ],
)
def test_only_what_another_plan_changes_is_dropped(probe, change, dropped):
    stepper = Stepper(probe.model, data(4), batch_size=2, stateful=True, probe=probe)
    stepper.run(until=8)
    assert stepper.reconfigure(replace(stepper.plan, **change)) == dropped
    assert stepper.trace.count == (8 if dropped is None else dropped)


@pytest.mark.parametrize(
    ("change", "dropped"),
    [
        ({"stateful": False}, 5),
        ({"resets": Resets(at=(ResetPoint(0, 3),))}, 0),
        ({"resets": Resets(at=(ResetPoint(1, 1),))}, 5),
        ({"resets": Resets(at=(ResetPoint(1, 4),))}, 5),  # its batch is computed already
        ({"resets": Resets(at=(ResetPoint(2, 0),))}, None),
    ],
)
def test_of_a_model_that_sees_batches_whole_whole_batches_are_dropped(two_way, change, dropped):
    stepper = Stepper(two_way.model, data(6), batch_size=2, stateful=True, probe=two_way)
    stepper.run(until=8)
    assert stepper.reconfigure(replace(stepper.plan, **change)) == dropped
    assert stepper.trace.count == (8 if dropped is None else dropped)


def test_states_that_are_not_recorded_drop_a_stateful_run_to_its_start(named_case):
    stepper = named_case("gru before").stepper(stateful=True)
    stepper.run(until=14)
    assert stepper.reconfigure(replace(stepper.plan, resets=Resets(at=(ResetPoint(2, 3),)))) is None
    assert stepper.reconfigure(replace(stepper.plan, resets=Resets(at=(ResetPoint(1, 3),)))) == 0
    assert stepper.trace.count == 0


def test_another_batch_size_needs_another_stepper(probe):
    stepper = Stepper(probe.model, data(4), batch_size=2, probe=probe)
    with pytest.raises(PlanError, match="need a run of their own"):
        stepper.reconfigure(replace(stepper.plan, batch_size=4))


# -- in a folder ------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [3, 5, 7])
def test_a_stepper_on_the_folder_of_a_run_goes_on_where_it_ended(probe, two_way, tmp_path, step):
    plan = Plan(4, 5, 2, True, Resets(at=(ResetPoint(1, 3, rows=(0,)),)))
    for which in (probe, two_way):
        folder = tmp_path / str(id(which))
        options = {"batch_size": 2, "stateful": True, "resets": plan.resets, "probe": which}
        Stepper(which.model, data(4), folder=folder, **options).run(until=step)
        again = Stepper(which.model, data(4), folder=folder, **options)
        assert again.trace.count == (step if which is probe else step // 5 * 5)
        assert_same(finished(again), run_plan(which, data(4), plan), 0)


def test_a_stepper_on_the_folder_of_a_run_under_another_plan_keeps_what_both_share(probe, tmp_path):
    Stepper(probe.model, data(4), batch_size=2, folder=tmp_path, probe=probe).run()
    again = Stepper(probe.model, data(4), batch_size=2, stateful=True, folder=tmp_path, probe=probe)
    assert again.trace.count == 5
    assert_same(finished(again), run_plan(probe, data(4), Plan(4, 5, 2, True)), 0)


def test_a_stepper_on_the_folder_of_a_run_that_never_began_follows_its_own_plan(probe, tmp_path):
    Stepper(probe.model, data(4), batch_size=2, folder=tmp_path, probe=probe)
    again = Stepper(probe.model, data(4), batch_size=2, stateful=True, folder=tmp_path, probe=probe)
    assert again.plan.stateful
    assert lstm_viz.open_trace(tmp_path).plan.stateful


@pytest.mark.parametrize("call", ["write", "replace"])
@pytest.mark.parametrize("change", [ResetPoint(0, 3, rows=(0,)), ResetPoint(3, 0)], ids=["past", "to come"])
def test_a_plan_that_cannot_be_written_leaves_the_run_as_it_was(probe, tmp_path, monkeypatch, call, change):
    options = {"batch_size": 1, "stateful": True, "folder": tmp_path, "probe": probe}
    stepper = Stepper(probe.model, data(4), **options)
    stepper.run(until=9)
    before = stepper.plan

    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:  # nobody may fill a disk for a test
        patched.setattr(*((os, "replace") if call == "replace" else (Path, "open")), full)
        with pytest.raises(TraceError, match="disk is full"):
            stepper.reconfigure(before.with_reset(change))
    assert stepper.plan is before
    assert stepper.trace.count == 9
    assert lstm_viz.open_trace(tmp_path).plan == before
    assert_same(finished(stepper), run_plan(probe, data(4), before), 0)
    stepper.rewind(9)
    stepper.reconfigure(before.with_reset(change))
    assert_same(finished(stepper), run_plan(probe, data(4), before.with_reset(change)), 0)


def test_a_recording_that_cannot_be_read_leaves_the_run_where_it_is(probe, tmp_path, monkeypatch):
    stepper = Stepper(probe.model, data(4), batch_size=1, stateful=True, folder=tmp_path, probe=probe)
    stepper.run(until=9)
    (layer,) = stepper.trace.layers.values()

    def damaged(*_):
        raise TraceError("A part of the recording is damaged.")

    with monkeypatch.context() as patched:
        patched.setattr(layer, "state_before", damaged)
        with pytest.raises(TraceError, match="damaged"):
            stepper.rewind(4)
    assert stepper.trace.count == 9
    assert_same(finished(stepper), run_plan(probe, data(4), stepper.plan), 0)


def test_a_folder_with_the_recording_of_something_else_is_refused(probe, two_way, tmp_path):
    Stepper(probe.model, data(4), batch_size=2, folder=tmp_path, probe=probe).run()
    with pytest.raises(TraceError, match="recording of another model"):
        Stepper(two_way.model, data(4), batch_size=2, folder=tmp_path, probe=two_way)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"batch_size": 1}, "another batch size"),
        ({"epochs": 2}, "another number of epochs"),
        ({"order": (1, 0, 3, 2)}, "another order of the samples"),
        ({"inputs": data(6)}, "another number of samples"),
        ({"inputs": data(4) * 3}, "other data"),
        ({"inputs": data(4).astype("f8")}, "other data"),
    ],
)
def test_a_folder_with_a_run_of_other_sizes_or_data_is_refused_and_stays_as_it_is(
    probe, tmp_path, change, words
):
    options = {"inputs": data(4), "batch_size": 2, "folder": tmp_path, "probe": probe}
    Stepper(probe.model, **options).run(until=3)
    before = (tmp_path / "header.json").read_bytes()
    with pytest.raises(TraceError, match=f"recording of .*{words}"):
        Stepper(probe.model, **{**options, **change})
    assert (tmp_path / "header.json").read_bytes() == before
    assert Stepper(probe.model, **options).trace.count == 3


def test_a_folder_with_a_run_of_other_weights_is_refused(tmp_path):
    model = model_of(layers.LSTM(3), layers.Dense(1))
    Stepper(model, data(4), folder=tmp_path).run(until=3)
    model.layers[-1].kernel.assign_add(np.full((3, 1), 0.1))
    with pytest.raises(TraceError, match="a model with other weights"):
        Stepper(model, data(4), folder=tmp_path)


# -- what is taken, and what is refused --------------------------------------------------------------


def test_the_batch_size_is_keras_own_unless_stateful(probe):
    assert Stepper(probe.model, data(40), probe=probe).plan.batch_size == 32
    assert Stepper(probe.model, data(4), probe=probe).plan.batch_size == 4
    assert Stepper(probe.model, data(4), stateful=True, probe=probe).plan.batch_size == 1


def test_inputs_may_be_given_by_name(named_case):
    case = named_case("named inputs and outputs")
    wanted = record(case.model, case.inputs, batch_size=4)
    assert_same(record(case.model, case.given(), batch_size=4), wanted, tolerance=0)


def test_inputs_may_be_a_dataset(model):
    x = data(4)
    wanted = record(model, x)
    assert_same(record(model, lstm_viz.Dataset.from_arrays(x)), wanted, tolerance=0)


def test_inputs_by_other_names_are_refused_with_both(named_case):
    case = named_case("named inputs and outputs")
    with pytest.raises(DataError) as refused:
        record(case.model, {"zebra": case.inputs[0], "lion": case.inputs[1]})
    assert "ape, zebra" in refused.value.message
    assert "zebra, lion" in refused.value.message


@pytest.mark.parametrize("inputs", [np.empty((0, 5, 2)), [], 3.0])
def test_no_samples_are_refused(model, inputs):
    with pytest.raises(DataError, match="no samples"):
        record(model, inputs)


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((4, 5, 3), "sequences of 5 timesteps with 3 features"),
        ((4, 6, 2), "sequences of 6 timesteps with 2 features"),
        ((4, 5), "5 features without a time axis"),
    ],
)
def test_data_of_the_wrong_shape_are_refused_with_both_shapes_in_words(model, shape, words):
    with pytest.raises(DataError) as refused:
        record(model, np.zeros(shape, "f4"))
    assert "sequences of 5 timesteps with 2 features" in refused.value.message
    assert words in refused.value.message


def test_too_few_inputs_are_refused(named_case):
    case = named_case("two sequences")
    with pytest.raises(DataError, match="2 inputs, the data have 1"):
        record(case.model, case.inputs[0])


def test_inputs_of_different_numbers_of_samples_are_refused(named_case):
    case = named_case("two sequences")
    with pytest.raises(DataError, match=r"different numbers of samples: \[3, 6\]"):
        record(case.model, [case.inputs[0], case.inputs[1][:3]])


def test_sequences_of_different_lengths_are_refused():
    x, y = keras.Input((None, 2)), keras.Input((None, 2))
    both = [layers.LSTM(2)(x), layers.LSTM(2)(y)]
    model = keras.Model([x, y], layers.Add()(both))
    with pytest.raises(DataError, match=r"different lengths: \[4, 5\] timesteps"):
        record(model, [data(2, timesteps=5), data(2, timesteps=4)])


def test_a_batch_size_that_does_not_divide_is_refused_when_stateful(probe):
    with pytest.raises(PlanError, match="5 samples cannot be cut into batches of 2"):
        Stepper(probe.model, data(5), batch_size=2, stateful=True, probe=probe)
