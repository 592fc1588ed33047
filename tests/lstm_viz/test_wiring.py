from __future__ import annotations

from typing import Any

import keras
from keras import layers

from lstm_viz.wiring import LayerWiring, OutputWiring, Wiring, wiring


def lstm(name: str, **options: object) -> layers.LSTM:
    return layers.LSTM(3, name=name, **options)


def each(name: str) -> layers.LSTM:
    return lstm(name, return_sequences=True)


def test_stacked_layers_read_one_another_and_the_lowest_reads_the_input() -> None:
    model = keras.Sequential([layers.Input((5, 2)), each("low"), layers.Dropout(0.1), lstm("high")])
    assert wiring(model) == Wiring(
        (LayerWiring("low", "input 0", inputs=(0,)), LayerWiring("high", "input 0", reads=("low",))),
        (OutputWiring(("high",), None),),
    )


def test_an_output_at_every_timestep_has_the_time_axis_of_the_input() -> None:
    tokens = keras.Input((None,), dtype="int32")
    states = each("lstm")(layers.Embedding(9, 2)(tokens))
    assert wiring(keras.Model(tokens, layers.Dense(1)(states))).outputs == (
        OutputWiring(("lstm",), "input 0"),
    )


def test_both_directions_read_the_input_and_what_is_behind_reads_both() -> None:
    model = keras.Sequential([layers.Input((5, 2)), layers.Bidirectional(each("x"), name="both"), lstm("y")])
    first, second, behind = wiring(model).layers
    assert [first.path, second.path] == ["both/forward_x", "both/backward_x"]
    assert first.inputs == second.inputs == (0,)
    assert behind.reads == ("both/forward_x", "both/backward_x")


def test_a_decoder_starts_from_the_states_of_its_encoder() -> None:
    x, y = keras.Input((5, 2)), keras.Input((4, 3))
    _, *states = lstm("encoder", return_state=True)(x)
    model = keras.Model([x, y], layers.Dense(2)(each("decoder")(y, initial_state=states)))
    found = wiring(model)
    assert found.layers[0].starts_from is None
    assert found.layers[1] == LayerWiring("decoder", "input 1", inputs=(1,), starts_from=("encoder",))
    assert found.outputs == (OutputWiring(("decoder",), "input 1"),)


def test_a_repeated_vector_begins_a_time_axis_of_its_own() -> None:
    x = keras.Input((5, 2))
    repeated = layers.RepeatVector(4, name="again")(lstm("encoder")(x))
    found = wiring(keras.Model(x, layers.TimeDistributed(layers.Dense(1))(each("decoder")(repeated))))
    assert found.layers[1] == LayerWiring("decoder", "again", reads=("encoder",), repeats=True)
    assert found.outputs == (OutputWiring(("decoder",), "again"),)


def test_states_made_from_an_input_come_from_no_lstm() -> None:
    x, start = keras.Input((5, 2)), keras.Input((3,))
    model = keras.Model([x, start], lstm("lstm")(x, initial_state=[start, start]))
    assert wiring(model).layers[0].starts_from == ()


def test_each_half_of_a_bidirectional_layer_has_its_half_of_the_states() -> None:
    x = keras.Input((5, 2))
    _, *a = lstm("a", return_state=True)(x)
    _, *b = lstm("b", return_state=True)(x)
    both = layers.Bidirectional(lstm("x"), name="both")(x, initial_state=[*a, *b])
    found = {layer.path: layer.starts_from for layer in wiring(keras.Model(x, both)).layers}
    assert (found["both/forward_x"], found["both/backward_x"]) == (("a",), ("b",))


def test_stacked_cells_read_the_cell_below() -> None:
    rnn = layers.RNN([layers.LSTMCell(2, name="low"), layers.LSTMCell(3, name="high")], name="rnn")
    found = wiring(keras.Sequential([layers.Input((5, 2)), rnn]))
    assert [layer.reads for layer in found.layers] == [(), ("rnn/low",)]
    assert found.outputs[0].made_of == ("rnn/high",)


def test_a_layer_called_twice_reads_its_own_first_call() -> None:
    x, shared = keras.Input((5, 3)), each("shared")
    found = wiring(keras.Model(x, shared(shared(x))))
    assert [layer.path for layer in found.layers] == ["shared", "shared@2"]
    assert found.layers[1].reads == ("shared",)


def test_a_model_of_a_class_of_its_own_has_no_wiring_that_is_known() -> None:
    class Own(keras.Model):
        pass

    assert wiring(Own()) == Wiring()


def test_every_kind_of_model_names_the_layers_that_the_probe_names(case: Any) -> None:
    found = wiring(case.model)
    assert [layer.path for layer in found.layers] == [layer.path for layer in case.probe.layers]
    assert len(found.outputs) == len(case.predicted)
