import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from lstm_viz.errors import ModelError
from lstm_viz.probe import Probe


def call(model, given):
    return [np.asarray(output) for output in keras.tree.flatten(model(given, training=False))]


def run(probe, inputs, keep=None):
    return probe.run(inputs, probe.zero_states(len(inputs[0])), keep)


def attributes_of_every_layer(model):
    return {id(layer): dict(vars(layer)) for layer in model._flatten_layers(include_self=True)}


def assert_unchanged(model, before):
    after = attributes_of_every_layer(model)
    assert after.keys() == before.keys()
    for key, attributes in before.items():
        changed = {
            name
            for name in attributes.keys() | after[key].keys()
            if attributes.get(name, "absent") is not after[key].get(name, "absent")
        }
        assert not changed - {"_called"}  # Keras notes there that a layer was called


# -- outputs and signals ---------------------------------------------------------------------------


def test_the_outputs_are_those_of_the_wrapped_model(case):
    found = run(case.probe, case.inputs).outputs
    assert len(found) == len(case.predicted)
    for output, wanted in zip(found, case.predicted, strict=True):
        assert output.dtype == wanted.dtype
        np.testing.assert_allclose(output, wanted, rtol=0, atol=case.shape.tolerance)


def test_every_lstm_is_listed_and_gives_its_six_signals(case):
    found = run(case.probe, case.inputs)
    assert (len(found.signals) > 0) == (case.name != "no lstm")
    paths = [layer.path for layer in case.probe.layers]
    assert len(set(paths)) == len(paths) == len(found.signals) == len(found.masks)
    for layer, signals, mask in zip(case.probe.layers, found.signals, found.masks, strict=True):
        assert signals.dtype == np.float32
        assert signals.shape == (*mask.shape, 6, layer.units)
        assert mask.shape[1] == len(case.inputs[0])
        gates, states = signals[:, :, :4], signals[:, :, 4:]
        assert (np.isnan(gates) == ~mask[..., None, None]).all()
        assert np.isfinite(states).all()


def test_it_knows_whether_the_model_can_be_fed_stepwise_and_why_not(case):
    expected = case.shape.stepwise
    assert bool(case.probe.stepwise) == expected
    assert (case.probe.stepwise.reason == "") == expected


def test_the_states_that_a_sequence_leaves_are_those_that_the_next_one_starts_from(case):
    first = run(case.probe, case.inputs)
    second = case.probe.run(case.inputs, first.states)
    ends = case.probe.layer_states(first.states)
    for layer, end, signals, initial in zip(
        case.probe.layers, ends, first.signals, second.initial, strict=True
    ):
        last = signals[0 if layer.go_backwards else -1]
        np.testing.assert_array_equal(end, last[:, [5, 4]])
        if not case.shape.handed_states:
            np.testing.assert_array_equal(initial, end)


@pytest.mark.shapes(lambda shape: shape.handed_states)
def test_states_that_the_model_itself_hands_over_win(case):
    first = run(case.probe, case.inputs)
    second = case.probe.run(case.inputs, first.states)
    given = [x for x in case.inputs if x.ndim == 2]
    if not given:  # the encoder's last state
        given = [second.signals[0][-1, :, 5], second.signals[0][-1, :, 4]]
    *_, handed = second.initial
    np.testing.assert_allclose(handed[:, 0], given[-2], rtol=0, atol=1e-6)
    np.testing.assert_allclose(handed[:, 1], given[-1], rtol=0, atol=1e-6)


def test_states_that_are_put_in_come_out_again(case):
    rng = np.random.default_rng(0)
    values = [rng.integers(-4, 5, (2, 2, layer.units)).astype("f4") for layer in case.probe.layers]
    states = case.probe.with_layer_states(case.probe.zero_states(2), values)
    for found, wanted in zip(case.probe.layer_states(states), values, strict=True):
        np.testing.assert_array_equal(found, wanted)


# -- the model stays as it was ---------------------------------------------------------------------


@pytest.mark.shapes(lambda shape: not shape.stepwise)  # every wrapper is among them
def test_tracing_leaves_the_model_as_it_was(case):
    before = attributes_of_every_layer(case.model)
    run(Probe(case.model), case.inputs)
    assert_unchanged(case.model, before)
    for output, wanted in zip(call(case.model, case.given()), case.predicted, strict=True):
        np.testing.assert_array_equal(output, wanted)


class Failing(layers.Layer):
    """Refuses to be traced by a probe, after it was built."""

    refuses = False

    def call(self, inputs):
        if self.refuses:
            raise RuntimeError("no")
        return inputs


def test_the_model_is_as_it_was_even_when_tracing_fails():
    failing = Failing()
    model = keras.Sequential(
        [
            keras.Input((7, 3)),
            layers.Bidirectional(layers.LSTM(4, return_sequences=True)),
            layers.TimeDistributed(layers.Dense(2)),
            failing,
        ]
    )
    wanted = model(np.ones((2, 7, 3), "f4"))
    before = attributes_of_every_layer(model)
    failing.refuses = True
    with pytest.raises(RuntimeError, match="no"):
        run(Probe(model), [np.ones((2, 7, 3), "f4")])
    failing.refuses = False
    before[id(failing)]["refuses"] = False
    assert_unchanged(model, before)
    np.testing.assert_array_equal(model(np.ones((2, 7, 3), "f4")), wanted)


def test_weights_that_change_later_are_seen_because_they_are_shared():
    model = keras.Sequential([keras.Input((7, 3)), layers.LSTM(4)])
    x = np.ones((2, 7, 3), "f4")
    probe = Probe(model)
    before = run(probe, [x]).outputs[0]
    model.layers[0].cell.bias.assign(np.full(16, 0.7, "f4"))
    after = run(probe, [x]).outputs[0]
    assert not np.allclose(before, after)
    np.testing.assert_allclose(after, model(x), rtol=0, atol=1e-6)


def test_a_model_made_stateful_by_keras_keeps_its_own_states_out_of_it():
    lstm = layers.LSTM(4, stateful=True)
    model = keras.Sequential([keras.Input(batch_shape=(2, 7, 3)), lstm])
    x = np.random.default_rng(0).normal(size=(5, 7, 3)).astype("f4")
    wanted = model(x[:2])
    own = [np.array(state) for state in lstm.states]
    found = run(Probe(model), [x])  # of another batch size, from zeros
    np.testing.assert_allclose(found.outputs[0][:2], wanted, rtol=0, atol=1e-6)
    for state, before in zip(lstm.states, own, strict=True):
        np.testing.assert_array_equal(state, before)


# -- masks -----------------------------------------------------------------------------------------


def masked_model(**options):
    return keras.Sequential([keras.Input((4, 1)), layers.Masking(), layers.LSTM(2, **options)])


def test_a_masked_timestep_leaves_the_state_and_has_no_gates():
    x = np.array([[[1], [0], [2], [0]]], "f4")
    found = run(Probe(masked_model()), [x])
    signals = found.signals[0][:, 0]
    assert found.masks[0][:, 0].tolist() == [True, False, True, False]
    assert np.isnan(signals[[1, 3], :4]).all()
    np.testing.assert_array_equal(signals[1, 4:], signals[0, 4:])
    np.testing.assert_array_equal(signals[3, 4:], signals[2, 4:])


@pytest.mark.parametrize("go_backwards", [False, True])
def test_a_row_that_is_masked_throughout_keeps_the_state_that_it_was_given(go_backwards):
    probe = Probe(masked_model(go_backwards=go_backwards))
    given = np.array([[[0.5, -0.5], [1.5, -1.5]]], "f4")
    found = probe.run([np.zeros((1, 4, 1), "f4")], probe.with_layer_states(probe.zero_states(1), [given]))
    np.testing.assert_array_equal(probe.layer_states(found.states)[0], given)
    assert (found.signals[0][:, 0, 5] == given[0, 0]).all()
    assert (found.signals[0][:, 0, 4] == given[0, 1]).all()
    assert (found.outputs[0] == 0).all()  # Keras repeats its last output, and there is none yet


def test_zeros_repeated_at_a_masked_start_end_with_the_first_step_that_counts_in_stretches_as_well():
    probe = Probe(masked_model(return_sequences=True))
    x = np.array([[[0], [0], [1], [0]]], "f4")
    states = probe.with_layer_states(probe.zero_states(1), [np.ones((1, 2, 2), "f4")])
    whole = probe.run([x], states).outputs[0][0]
    assert (whole[:2] == 0).all()
    np.testing.assert_array_equal(whole[3], whole[2])
    assert (whole[2] != 0).all()
    parts = []
    for t in range(4):
        result = probe.run([x[:, t : t + 1]], states)
        states = result.states
        parts.append(result.outputs[0][0, 0])
    np.testing.assert_array_equal(parts, whole)


# -- resets inside a stretch -----------------------------------------------------------------------


@pytest.mark.shapes(lambda shape: shape.stepwise)
def test_a_reset_inside_a_stretch_is_a_new_stretch_from_zeros(case):
    keep = np.ones((len(case.inputs[0]), 7), bool)
    keep[:, 3] = False
    whole = run(case.probe, case.inputs, keep)
    tail = run(
        case.probe,
        [
            x[:, 3:] if kind == "time" else x
            for x, kind in zip(case.inputs, case.probe.stepwise.inputs, strict=True)
        ],
    )
    for signals, wanted in zip(whole.signals, tail.signals, strict=True):
        np.testing.assert_allclose(signals[3:], wanted, rtol=0, atol=1e-6, equal_nan=True)


# -- what cannot be probed -------------------------------------------------------------------------


class OfItsOwn(keras.Model):
    """A model whose graph nobody can see."""

    def __init__(self):
        super().__init__()
        self.lstm = layers.LSTM(4)

    def call(self, inputs):
        return self.lstm(inputs)


@pytest.mark.parametrize(
    "model", [keras.Sequential([layers.LSTM(4)]), OfItsOwn()], ids=["not built", "of its own"]
)
def test_a_model_that_does_not_know_its_input_says_so(model):
    with pytest.raises(ModelError, match="does not know the shape of its input"):
        Probe(model)


def test_tokens_out_of_range_are_an_error_that_names_the_cause():
    model = keras.Sequential([keras.Input((3,)), layers.Embedding(5, 2), layers.LSTM(2)])
    with pytest.raises(ModelError, match="could not run the model on this data") as refused:
        run(Probe(model), [np.array([[1, 99, 2]])])
    assert "tokens" in refused.value.hint


def test_one_probe_serves_any_number_of_rows_and_timesteps_without_being_traced_again():
    model = keras.Sequential([keras.Input((None, 3)), layers.LSTM(4)])
    traced = []
    call = model.call
    object.__setattr__(model, "call", lambda *args, **kwargs: traced.append(1) or call(*args, **kwargs))
    probe = Probe(model)
    for rows, timesteps in [(1, 1), (2, 5), (5, 2), (1, 9)]:
        run(probe, [np.ones((rows, timesteps, 3), "f4")])
    assert len(traced) == 1


def test_a_probe_works_inside_another_graph_of_tensorflow():
    model = keras.Sequential([keras.Input((7, 3)), layers.LSTM(4)])
    x = np.ones((2, 7, 3), "f4")
    compiled = tf.function(model)
    wanted = compiled(x)
    np.testing.assert_allclose(run(Probe(model), [x]).outputs[0], wanted, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(compiled(x), wanted)
