import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from lstm_viz import reference
from lstm_viz.cell import ProbeCell
from lstm_viz.signals import SIGNALS

X = np.random.default_rng(0).normal(size=(3, 5, 2)).astype("f4")


def built_cell(**options):
    cell = layers.LSTMCell(4, **options)
    cell.build((None, 2))
    rng = np.random.default_rng(1)
    for variable in cell.weights:
        variable.assign(rng.normal(0, 0.6, variable.shape))
    return cell


def rnn_of(cell, **options):
    return layers.RNN(ProbeCell(cell), return_sequences=True, **options)


def by_name(stacked):
    """Take (samples, timesteps, 6 · units) apart into the six signals."""
    return dict(zip(SIGNALS, np.split(np.asarray(stacked, "f8"), 6, axis=-1), strict=True))


def reference_of(cell, x=X, **options):
    bias = np.asarray(cell.bias) if cell.use_bias else None
    return reference.lstm(
        x,
        np.asarray(cell.kernel),
        np.asarray(cell.recurrent_kernel),
        bias,
        activation=cell.activation.__name__,
        recurrent_activation=cell.recurrent_activation.__name__,
        **options,
    )


def assert_signals(stacked, wanted, tolerance=1e-6):
    for name, values in by_name(stacked).items():
        np.testing.assert_allclose(values, wanted[name], rtol=1e-6, atol=tolerance, err_msg=name)


def eagerly(layer):
    return layer(X)


def in_a_graph(layer):
    return tf.function(layer)(X)


def under_predict(layer):
    return keras.Sequential([keras.Input(X.shape[1:]), layer]).predict(X, verbose=0)


@pytest.mark.parametrize("way", [eagerly, in_a_graph, under_predict])
@pytest.mark.parametrize("unroll", [False, True])
def test_an_ordinary_rnn_around_it_returns_the_six_signals_of_every_timestep(way, unroll):
    cell = built_cell()
    found = np.asarray(way(rnn_of(cell, unroll=unroll)))
    assert found.shape == (3, 5, 6 * 4)
    assert_signals(found, reference_of(cell))


@pytest.mark.parametrize("activation", sorted(set(reference.ACTIVATIONS) - {"hard_sigmoid (Keras 2)"}))
def test_it_uses_the_activations_of_its_cell(activation):
    unbounded = {"elu", "exponential", "linear", "relu", "selu", "silu", "softplus"}
    gate = "sigmoid" if activation in unbounded else activation
    cell = built_cell(activation=activation, recurrent_activation=gate)
    assert_signals(rnn_of(cell)(X), reference_of(cell))


@pytest.mark.parametrize(
    "options",
    [
        {"use_bias": False},
        {"implementation": 1},
        {"implementation": 2},
        {"implementation": 1, "recurrent_dropout": 0.5},
        {"dropout": 0.5},
        {"unit_forget_bias": False},
        {"dtype": "float64"},
    ],
    ids=str,
)
def test_it_gives_what_its_cell_gives_whatever_the_options(options):
    cell = built_cell(**options)
    assert_signals(rnn_of(cell)(X), reference_of(cell))
    wanted = layers.RNN(cell, return_sequences=True)(X)
    np.testing.assert_allclose(by_name(rnn_of(cell)(X))["h"], wanted, rtol=0, atol=1e-6)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float64"])
def test_it_computes_in_the_precision_of_its_cell(policy):
    cell = built_cell(dtype=policy)
    probe = ProbeCell(cell)
    assert probe.compute_dtype == cell.compute_dtype
    assert probe.variable_dtype == cell.variable_dtype
    found = layers.RNN(probe, return_sequences=True, dtype=policy)(X)
    assert found.dtype.name == cell.compute_dtype
    assert_signals(found, reference_of(cell), tolerance=1e-6 if policy == "float64" else 2e-2)


def test_it_shares_the_very_variables_of_its_cell():
    lstm = layers.LSTM(4)
    lstm.build((None, 5, 2))
    probe = rnn_of(lstm.cell)
    probe(X)
    shared = {id(variable) for variable in lstm.weights}
    assert len(shared) == 3
    assert {id(variable) for variable in probe.weights} == shared


def test_an_unbuilt_cell_is_built_by_it():
    cell = layers.LSTMCell(4)
    assert rnn_of(cell)(X).shape == (3, 5, 24)
    assert cell.built


def test_masked_timesteps_are_skipped_by_the_rnn_around_it():
    cell = built_cell()
    mask = np.array([[1, 1, 0, 1, 1], [1, 0, 0, 0, 1], [1, 1, 1, 0, 0]], bool)
    found = by_name(rnn_of(cell)(X, mask=mask))
    wanted = reference_of(cell, mask=mask)
    for name in SIGNALS:
        np.testing.assert_allclose(found[name][mask], wanted[name][mask], rtol=0, atol=1e-6)
    np.testing.assert_allclose(found["h"], wanted["h"], rtol=0, atol=1e-6)


def test_a_sequence_is_read_from_its_end_by_the_rnn_around_it():
    cell = built_cell()
    found = np.asarray(rnn_of(cell, go_backwards=True)(X))[:, ::-1]
    assert_signals(found, reference_of(cell, go_backwards=True))


def test_it_starts_from_the_state_that_it_is_given_and_returns_the_last_one():
    cell = built_cell()
    h, c = np.random.default_rng(2).normal(size=(2, 3, 4)).astype("f4")
    found, last_h, last_c = rnn_of(cell, return_state=True)(X, initial_state=[h, c])
    wanted = reference_of(cell, h0=h, c0=c)
    assert_signals(found, wanted)
    np.testing.assert_allclose(last_h, wanted["h"][:, -1], rtol=0, atol=1e-6)
    np.testing.assert_allclose(last_c, wanted["c"][:, -1], rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    "options", [{}, {"dtype": "mixed_bfloat16"}, {"recurrent_activation": "relu6"}], ids=str
)
def test_its_configuration_makes_it_again(options):
    probe = ProbeCell(built_cell(**options), name="probe")
    again = ProbeCell.from_config(probe.get_config())
    assert again.get_config() == probe.get_config()
    assert again.name == "probe"
    assert again.units == 4
    assert again.compute_dtype == probe.compute_dtype
    assert again.cell.recurrent_activation is probe.cell.recurrent_activation


def test_a_model_with_it_can_be_saved_and_opened_by_keras(tmp_path):
    model = keras.Sequential([keras.Input((5, 2)), rnn_of(built_cell())])
    model.save(tmp_path / "probe.keras")
    again = keras.models.load_model(tmp_path / "probe.keras")  # written by this test a moment ago
    np.testing.assert_array_equal(again(X), model(X))


def test_its_first_state_is_zeros():
    h, c = ProbeCell(built_cell()).get_initial_state(batch_size=3)
    assert h.shape == c.shape == (3, 4)
    assert not np.any(h)
    assert not np.any(c)


def test_gradients_flow_through_it_to_the_weights_of_its_cell():
    cell = built_cell()
    layer = rnn_of(cell)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(X)[..., -4:])
    gradients = tape.gradient(loss, [variable.value for variable in cell.weights])
    assert all(np.any(gradient != 0) for gradient in gradients)
