import keras
import numpy as np
import pytest
from keras import layers

from lstm_viz.layers import LSTMLayer, find_lstm_layers
from lstm_viz.loading.activations import hard_sigmoid_keras2
from lstm_viz.recording import record
from lstm_viz.stepwise import stepwise


def sequential(*model_layers):
    return keras.Sequential([keras.Input((7, 3)), *model_layers])


def paths(model):
    return [layer.path for layer in find_lstm_layers(model)]


def test_a_plain_lstm_is_described_as_it_is():
    lstm = layers.LSTM(4, name="memory", go_backwards=True, use_bias=False, activation="relu")
    assert find_lstm_layers(sequential(lstm)) == (
        LSTMLayer(
            path="memory",
            units=4,
            input_dim=3,
            go_backwards=True,
            return_sequences=False,
            activation="relu",
            recurrent_activation="sigmoid",
            use_bias=False,
            parent=None,
        ),
    )


@pytest.mark.parametrize("options", [{}, {"use_bias": False}], ids=["with bias", "without"])
def test_the_parameter_count_is_that_of_keras(options):
    lstm = layers.LSTM(5, **options)
    (found,) = find_lstm_layers(sequential(lstm))
    assert found.parameter_count == lstm.count_params()


def test_the_old_hard_sigmoid_goes_by_a_name_of_its_own():
    model = sequential(layers.LSTM(4, recurrent_activation=hard_sigmoid_keras2))
    (found,) = find_lstm_layers(model)
    assert found.recurrent_activation == "hard_sigmoid (Keras 2)"


def test_stacked_layers_are_listed_in_the_order_in_which_they_run():
    model = sequential(
        layers.LSTM(2, return_sequences=True, name="z"),
        layers.LSTM(3, return_sequences=True, name="a"),
        layers.LSTM(4, name="m"),
    )
    assert paths(model) == ["z", "a", "m"]
    assert [layer.return_sequences for layer in find_lstm_layers(model)] == [True, True, False]


def test_branches_are_listed_in_the_order_in_which_keras_runs_them():
    ran = []

    class Noting(layers.LSTM):
        def __call__(self, *args, **kwargs):
            ran.append(self.name)
            return super().__call__(*args, **kwargs)

    x = keras.Input((7, 3))
    early = Noting(2, return_sequences=True, name="early")(x)
    late = Noting(2, name="late")(Noting(2, return_sequences=True, name="middle")(early))
    model = keras.Model(x, [late, Noting(2, name="beside")(early), Noting(2, name="alone")(x)])
    ran.clear()
    model(np.zeros((1, 7, 3), "f4"))
    assert len(ran) == 5
    assert paths(model) == ran


def test_a_bidirectional_gives_one_for_each_direction():
    found = find_lstm_layers(sequential(layers.Bidirectional(layers.LSTM(4, name="lstm"), name="both")))
    assert [(layer.path, layer.go_backwards, layer.parent) for layer in found] == [
        ("both/forward_lstm", False, "Bidirectional"),
        ("both/backward_lstm", True, "Bidirectional"),
    ]


def test_a_cell_in_an_rnn_goes_by_the_name_of_the_rnn():
    (found,) = find_lstm_layers(sequential(layers.RNN(layers.LSTMCell(4), name="rnn")))
    assert (found.path, found.parent) == ("rnn", "RNN")


def test_stacked_cells_are_listed_one_by_one():
    cells = [layers.LSTMCell(4, name="low"), layers.GRUCell(2), layers.LSTMCell(5, name="high")]
    found = find_lstm_layers(sequential(layers.RNN(cells, name="rnn")))
    assert [(layer.path, layer.units, layer.input_dim) for layer in found] == [
        ("rnn/low", 4, 3),
        ("rnn/high", 5, 2),
    ]
    assert {layer.parent for layer in found} == {"StackedRNNCells"}
    assert [layer.return_sequences for layer in found] == [True, False]


def test_stacked_cells_of_one_name_are_told_apart():
    cells = [
        layers.LSTMCell(4, name="cell"),
        layers.LSTMCell(4, name="cell"),
        layers.LSTMCell(4, name="cell"),
    ]
    found = paths(sequential(layers.RNN(cells, name="rnn")))
    assert len(set(found)) == 3
    assert found[0] == "rnn/cell"


def test_a_nested_model_is_part_of_the_path():
    inner = keras.Sequential([keras.Input((7, 3)), layers.LSTM(4, name="lstm")], name="encoder")
    outer = keras.Sequential([keras.Input((7, 3)), inner], name="outer")
    x = keras.Input((7, 3))
    assert paths(keras.Model(x, outer(x))) == ["outer/encoder/lstm"]


def test_layers_of_one_name_in_different_models_are_told_apart_by_their_paths():
    def part(name):
        return keras.Sequential(
            [keras.Input((7, 3)), layers.LSTM(3, return_sequences=True, name="lstm")], name=name
        )

    assert paths(sequential(part("one"), part("two"))) == ["one/lstm", "two/lstm"]


def test_a_layer_that_is_called_again_is_listed_again():
    x, lstm = keras.Input((7, 3)), layers.LSTM(3, return_sequences=True, name="lstm")
    assert paths(keras.Model(x, lstm(lstm(lstm(x))))) == ["lstm", "lstm@2", "lstm@3"]


def test_a_model_that_is_called_again_lists_its_layers_again():
    lstm = layers.LSTM(3, return_sequences=True, name="lstm")
    inner = keras.Sequential([keras.Input((7, 3)), lstm], name="inner")
    x = keras.Input((7, 3))
    assert paths(keras.Model(x, inner(inner(x)))) == ["inner/lstm", "inner/lstm@2"]


class OtherCall(layers.LSTM):
    def call(self, sequences, initial_state=None, mask=None, training=False):
        return super().call(sequences * 2, initial_state, mask, training)


class OtherLoop(layers.LSTM):
    def inner_loop(self, sequences, initial_state, mask, training=False):
        return super().inner_loop(sequences * 2, initial_state, mask, training)


class OtherStart(layers.LSTM):
    def get_initial_state(self, batch_size):
        return [keras.ops.ones((batch_size, self.units))] * 2


class OtherCellStart(layers.LSTMCell):
    def get_initial_state(self, batch_size=None):
        return [keras.ops.ones((batch_size, self.units))] * 2


class OtherCellSum(layers.LSTMCell):
    def _compute_carry_and_output_fused(self, z, c_tm1):
        c, o = super()._compute_carry_and_output_fused(z, c_tm1)
        return c * 0.9, o


class OtherStack(layers.StackedRNNCells):
    def call(self, inputs, states, training=False, **kwargs):
        return super().call(inputs * 2, states, training, **kwargs)


OWN = {
    "a call of its own": lambda: OtherCall(3),
    "a loop of its own": lambda: OtherLoop(3),
    "a start of its own": lambda: OtherStart(3),
    "a cell with a start of its own": lambda: layers.RNN(OtherCellStart(3)),
    "a cell with a sum of its own": lambda: layers.RNN(OtherCellSum(3)),
    "cells stacked in a way of their own": lambda: layers.RNN(OtherStack([layers.LSTMCell(3)])),
}


@pytest.mark.parametrize("make", OWN.values(), ids=OWN)
def test_a_layer_with_mathematics_of_its_own_is_left_to_itself(make):
    layer = make()
    model = sequential(layers.LSTM(3, return_sequences=True, name="plain"), layer)
    assert paths(model) == ["plain"]
    assert layer.name in stepwise(model).reason
    x = np.random.default_rng(0).normal(size=(4, 7, 3)).astype("f4")
    np.testing.assert_allclose(record(model, x).outputs[0], model(x), rtol=0, atol=1e-6)


def test_a_subclass_that_changes_nothing_is_an_lstm_like_any_other():
    class Renamed(layers.LSTM):
        def get_config(self):
            return super().get_config()

    assert paths(sequential(Renamed(3, name="renamed"))) == ["renamed"]


def test_layers_that_only_resemble_an_lstm_are_not_listed():
    class Other(layers.LSTMCell):
        def call(self, inputs, states, training=False):
            return states[0], states

    model = sequential(
        layers.GRU(2, return_sequences=True),
        layers.SimpleRNN(2, return_sequences=True),
        layers.RNN(Other(3), return_sequences=True),
        layers.Dense(2),
    )
    assert paths(model) == []
