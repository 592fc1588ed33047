"""What if it ended here: held against Keras's own answer to the sequence cut off there."""

import json

import keras
import numpy as np
import pytest
from keras import layers

from lstm_viz.ending import ending_reasons
from lstm_viz.plan import ResetPoint, Resets
from lstm_viz.probe import Probe
from lstm_viz.recording import record
from lstm_viz.stepper import Stepper
from lstm_viz.stepwise import Stepwise
from lstm_viz.trace_opening import open_trace

RNG = np.random.default_rng(3)


def weighed(model):
    rng = np.random.default_rng(0)
    for variable in model.weights:
        variable.assign(rng.normal(0, 0.6, variable.shape))
    return model


def many_to_one(*given, stateful=False, padded=False):
    """Make two stacked layers with a softmax behind them, for sequences of any length."""
    return weighed(
        keras.Sequential(
            [
                keras.Input(**given[0]) if given else keras.Input((None, 2)),
                *([layers.Masking()] if padded else []),
                layers.LSTM(4, return_sequences=True, stateful=stateful),
                layers.LSTM(3, stateful=stateful),
                layers.Dense(5, activation="relu"),
                layers.Dense(3, activation="softmax"),
            ]
        )
    )


def sequences(samples=4, timesteps=6):
    return RNG.normal(size=(samples, timesteps, 2)).astype("f4")


@pytest.fixture(scope="module")
def model():
    return many_to_one()


@pytest.fixture(scope="module")
def probe(model):
    return Probe(model)


# -- every shape of model ---------------------------------------------------------------------------


def test_the_output_at_each_timestep_is_that_of_the_sequence_cut_off_there(case):
    trace = case.stepper(batch_size=4)
    trace.run()
    trace = trace.trace
    known = [k for k, reason in enumerate(case.probe.ending_reasons) if not reason]
    assert [k for k, endings in enumerate(trace.endings) if endings is not None] == known
    for timesteps in (1, 4, 7) if known else ():
        answers = case.after(timesteps)
        for k in known:
            np.testing.assert_allclose(
                trace.endings[k][:, timesteps - 1], answers[k], rtol=0, atol=case.shape.tolerance
            )
    for k in known:
        np.testing.assert_array_equal(trace.endings[k][:, -1], trace.outputs[k])


@pytest.mark.shapes(lambda shape: not shape.stepwise)
def test_where_the_whole_sequence_is_needed_first_it_is_refused_with_the_reason(case):
    assert all(
        reason == f"the whole sequence is needed first: {case.probe.stepwise.reason}"
        for reason in case.probe.ending_reasons
    )


def test_an_output_at_every_timestep_and_one_that_is_too_large_are_not_kept_again():
    kinds = Stepwise("", ("time",), ("time", "vector", "vector", "vector"))
    reasons = ending_reasons(kinds, [(None, 7, 2), (None, 64), (None, 65), (None, None)], units=4)
    assert reasons[0].startswith("it gives an output at every timestep")
    assert reasons[1] == ""
    assert reasons[2].startswith("65 values")
    assert reasons[3] != ""
    assert ending_reasons(kinds, [(None, 7, 2), (None, 65), (None, 9), (None, 9)], units=11)[1] == ""


def test_a_large_output_is_given_once_and_rightly():
    model = weighed(keras.Sequential([keras.Input((5, 2)), layers.LSTM(3), layers.Dense(90)]))
    x = sequences(2, 5)
    trace = record(model, x)
    assert trace.endings == [None]
    np.testing.assert_allclose(trace.outputs[0], model(x), atol=1e-6)


# -- state, resets, masks ---------------------------------------------------------------------------


@pytest.mark.parametrize("padded", [False, True])
def test_a_carried_state_counts_as_what_was_before(padded):
    x = sequences(4, 6)
    if padded:
        x[2, :2] = x[3, 3:5] = x[1] = 0
    model = many_to_one(padded=padded)
    trace = record(model, x, batch_size=2, stateful=True)
    twin = many_to_one({"batch_shape": (2, None, 2)}, stateful=True, padded=padded)
    twin.set_weights(model.get_weights())
    for timesteps in range(1, 7):
        for layer in twin.layers:
            if hasattr(layer, "reset_state"):
                layer.reset_state()
        twin(x[:2])
        np.testing.assert_allclose(trace.endings[0][2:, timesteps - 1], twin(x[2:, :timesteps]), atol=1e-6)


def test_after_a_reset_only_what_came_since_counts(model, probe):
    x = sequences(2, 6)
    stepper = Stepper(model, x, batch_size=2, resets=Resets(at=(ResetPoint(0, 3, rows=(1,)),)), probe=probe)
    stepper.run()
    (endings,) = stepper.trace.endings
    np.testing.assert_allclose(endings[1, 4], model(x[1:, 3:5])[0], atol=1e-6)
    np.testing.assert_allclose(endings[0, 4], model(x[:1, :5])[0], atol=1e-6)


# -- the recording ----------------------------------------------------------------------------------


def test_steps_and_stretches_record_the_same_and_what_is_not_recorded_is_nan(model, probe):
    x = sequences(3, 6)
    at_once, stepwise = (Stepper(model, x, batch_size=2, probe=probe) for _ in range(2))
    at_once.run()
    for _ in range(8):
        stepwise.step()
    found, wanted = stepwise.trace.endings[0], at_once.trace.endings[0]
    np.testing.assert_allclose(found[:2], wanted[:2], atol=1e-6)
    np.testing.assert_allclose(found[2, :2], wanted[2, :2], atol=1e-6)
    assert np.isnan(found[2, 2:]).all()


def test_a_window_of_it_is_read_for_one_row(model, probe):
    stepper = Stepper(model, sequences(4, 6), batch_size=2, probe=probe)
    stepper.run(until=10)
    steps, values = stepper.trace.endings_window(0, 1, 4, 99)
    np.testing.assert_array_equal(steps, np.arange(4, 10))
    wanted = stepper.trace.endings[0][[1, 3]].reshape(12, 3)[4:10]
    np.testing.assert_array_equal(values, wanted)


def test_it_is_kept_in_a_folder_and_in_a_file(model, probe, tmp_path):
    stepper = Stepper(model, sequences(), batch_size=2, probe=probe, folder=tmp_path / "run")
    stepper.run()
    stepper.trace.save(tmp_path / "saved.npz")
    for path in ("run", "saved.npz"):
        opened = open_trace(tmp_path / path)
        np.testing.assert_array_equal(opened.endings[0], stepper.trace.endings[0])


def test_a_recording_made_before_this_was_kept_can_still_be_opened(tmp_path):
    model = weighed(keras.Sequential([keras.Input((5, 2)), layers.LSTM(3, return_sequences=True)]))
    trace = record(model, sequences(2, 5))
    trace.save(tmp_path / "new.npz")
    with np.load(tmp_path / "new.npz") as parts:
        header = json.loads(str(parts["header"]))
        for output in header["outputs"]:
            del output["endings"]
        np.savez(tmp_path / "old.npz", **{**parts, "header": np.array(json.dumps(header))})
    opened = open_trace(tmp_path / "old.npz")
    assert opened.endings == [None]
    np.testing.assert_array_equal(opened.outputs[0], trace.outputs[0])
