"""What state means: what is carried, what is reset, and what a row starts from."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from keras import layers

import lstm_viz
from lstm_viz.plan import Plan, Position, ResetPoint, Resets
from lstm_viz.probe import Probe
from lstm_viz.recording import record
from lstm_viz.signals import SIGNALS
from lstm_viz.stepper import Stepper
from tests.lstm_viz.stepper.conftest import assert_same, data, finished, model_of, run_plan, stepped


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
