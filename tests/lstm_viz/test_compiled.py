import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import lstm_viz
from lstm_viz import compiled
from lstm_viz.compiled import Compiled
from lstm_viz.errors import ModelError
from lstm_viz.probe import Probe


@pytest.fixture
def at_once(monkeypatch):
    """Compile what is run for the first time."""
    monkeypatch.setattr(compiled, "OFTEN", 0)


# -- when ------------------------------------------------------------------------------------------


def test_a_shape_is_compiled_when_it_was_run_for_many_timesteps():
    double = Compiled(lambda x: x * 2)
    x = np.arange(3, dtype="f4")
    for _ in range(2):
        assert double.called(x) is None
        double.ran(compiled.OFTEN // 2, x)
    np.testing.assert_array_equal(double.called(x), [0, 2, 4])
    assert double.called(np.arange(4, dtype="f4")) is None
    assert double.called(np.arange(3, dtype="f8")) is None


@pytest.mark.usefixtures("at_once")
def test_no_more_than_some_shapes_are_compiled():
    double = Compiled(lambda x: x * 2)
    found = [double.called(np.ones(n, "f4")) is not None for n in range(1, 12)]
    assert found == [True] * 8 + [False] * 3
    assert double.called(np.ones(1, "f4")) is not None


@pytest.mark.usefixtures("at_once")
def test_what_xla_cannot_compile_is_run_as_before():
    calls = []

    def of_numpy(x):
        return tf.numpy_function(lambda values: calls.append(1) or values * 2, [x], tf.float32)

    function = Compiled(of_numpy)
    assert function.called(np.ones(3, "f4")) is None
    assert function.called(np.ones(3, "f4")) is None
    assert not calls


# -- what ------------------------------------------------------------------------------------------

KINDS = (
    "each step",
    "stacked",
    "masked, each step",
    "bidirectional, last step, masked",
    "stacked cells, masked",
    "encoder and decoder",
    "attention",
    "softmax gates",
)


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("name", KINDS)
def test_compiled_numbers_are_the_plain_ones(named_case, name):
    case = named_case(name)
    states = case.probe.zero_states(len(case.inputs[0]))
    plain = case.probe.run(case.inputs, states)
    found = case.probe.run(case.inputs, states, compiled=True)
    assert found.signals[0].tobytes() != plain.signals[0].tobytes()  # it was compiled: the last digits differ
    pairs = [(found.signals, plain.signals), (found.outputs, plain.outputs), (found.initial, plain.initial)]
    for ours, wanted in pairs:
        for one, other in zip(ours, wanted, strict=True):
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)
    for one, other in zip(found.masks, plain.masks, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("name", ["embedding", "bfloat16"])
def test_tokens_and_half_precision_are_never_compiled(named_case, name):
    case = named_case(name)
    states = case.probe.zero_states(len(case.inputs[0]))
    plain = case.probe.run(case.inputs, states)
    found = case.probe.run(case.inputs, states, compiled=True)
    assert found.signals[0].tobytes() == plain.signals[0].tobytes()


@pytest.mark.usefixtures("at_once")
def test_a_token_out_of_range_is_an_error_however_often_the_model_was_run():
    probe = Probe(
        keras.Sequential([keras.Input((None,), dtype="int32"), layers.Embedding(5, 3), layers.LSTM(2)])
    )
    for tokens in ([[0, 1, 4]], [[0, 1, 5]]):
        given = [np.array(tokens, "i4")], probe.zero_states(1)
        if 5 not in tokens[0]:
            probe.run(*given, compiled=True)
            continue
        with pytest.raises(ModelError):
            probe.run(*given, compiled=True)


def test_a_long_run_is_compiled_on_its_way_and_gives_the_numbers_of_single_steps(monkeypatch):
    monkeypatch.setattr(compiled, "OFTEN", 20)
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((10, 3)), layers.LSTM(4, return_sequences=True, name="lstm")])
    x = np.random.default_rng(1).normal(size=(12, 10, 3)).astype("f4")
    resets = lstm_viz.Resets(at=(lstm_viz.ResetPoint(3, 4), lstm_viz.ResetPoint(5, 7, rows=(1,))))
    how = {"batch_size": 2, "stateful": True, "resets": resets}
    trace = lstm_viz.record(model, x, **how)
    again = lstm_viz.record(model, x, **how)
    stepper = lstm_viz.Stepper(model, x, **how)
    while not stepper.finished:
        stepper.step()
    for name in "ifgoch":
        found, single = getattr(trace.layers["lstm"], name), getattr(stepper.trace.layers["lstm"], name)
        np.testing.assert_allclose(found, single, rtol=0, atol=1e-6)
        np.testing.assert_array_equal(found, getattr(again.layers["lstm"], name))
    assert trace.layers["lstm"].h.tobytes() != stepper.trace.layers["lstm"].h.tobytes()
    np.testing.assert_allclose(trace.outputs[0], stepper.trace.outputs[0], rtol=0, atol=1e-6)
