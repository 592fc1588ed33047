"""Files as Keras 2 and tf.keras wrote them, made by hand, against the same model built with today's Keras."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from keras import layers

from lstm_viz.loading import load_model
from tests.lstm_viz.loading.conftest import (
    SHAPE,
    LSTMArrays,
    WriteH5,
    answer,
    gives,
    keras2,
    layer,
    old_lstm,
    today,
    x,
)


def test_a_bare_list_of_layers_is_a_sequential_model(write_h5: WriteH5, lstm_arrays: LSTMArrays) -> None:
    arrays = lstm_arrays(3, 4)
    config = keras2(layer("LSTM", "lstm_1", units=4, recurrent_activation="hard_sigmoid", implementation=0))
    config["config"] = config["config"]["layers"]
    model = load_model(write_h5(config, {"lstm_1": arrays}, "2.0.2"))
    gives(model, today(old_lstm(), weights=list(arrays.values())))
    assert (model.format, model.keras_version) == ("HDF5 (Keras 2.0.2)", "2.0.2")


def test_an_integer_dtype_of_an_embedding_is_that_of_its_input(
    write_h5: WriteH5, lstm_arrays: LSTMArrays
) -> None:
    table = np.random.default_rng(2).normal(size=(9, 3)).astype("float32")
    embedding = layer(
        "Embedding", "e", input_dim=9, output_dim=3, dtype="int32", input_length=5, mask_zero=False
    )
    embedding["config"]["batch_input_shape"] = [None, 5]
    config = keras2(embedding, layer("LSTM", "lstm_1", units=4, recurrent_activation="sigmoid"))
    arrays = lstm_arrays(3, 4)
    model = load_model(write_h5(config, {"e": {"e/embeddings:0": table}, "lstm_1": arrays}, "2.0.2"))
    tokens = np.random.default_rng(3).integers(0, 9, (4, 5))
    reference = keras.Sequential([layers.Input(SHAPE), layers.LSTM(4)])
    reference.set_weights(list(arrays.values()))
    gives(model, answer(reference, table[tokens]), tokens)


def test_a_repeated_batch_input_shape_makes_one_input(write_h5: WriteH5, lstm_arrays: LSTMArrays) -> None:
    arrays = lstm_arrays(3, 4)
    entrance = layer(
        "InputLayer", "x", batch_input_shape=[None, *SHAPE], dtype="float32", sparse=False, ragged=False
    )
    lstm = layer(
        "LSTM",
        "lstm_1",
        units=4,
        recurrent_activation="sigmoid",
        batch_input_shape=[None, *SHAPE],
        time_major=False,
        implementation=2,
    )
    path = write_h5(keras2(entrance, lstm), {"lstm_1": arrays}, "2.3.0-tf")
    gives(load_model(path), today(layers.LSTM(4), weights=list(arrays.values())))


def test_stateful_and_its_batch_size_are_told_and_freed(write_h5: WriteH5, lstm_arrays: LSTMArrays) -> None:
    arrays = lstm_arrays(3, 4)
    lstm = layer(
        "LSTM",
        "lstm_1",
        units=4,
        recurrent_activation="sigmoid",
        stateful=True,
        batch_input_shape=[2, *SHAPE],
    )
    model = load_model(write_h5(keras2(lstm), {"lstm_1": arrays}, "2.4.0"))
    assert (model.saved_stateful, model.saved_batch_size) == (True, 2)
    assert model.keras_model.input_shape == (None, *SHAPE)
    assert not model.keras_model.layers[0].stateful
    gives(model, today(layers.LSTM(4), weights=list(arrays.values())))


def test_a_sequential_model_without_input_shape_takes_it_from_its_arrays(
    write_h5: WriteH5, lstm_arrays: LSTMArrays
) -> None:
    arrays = lstm_arrays(3, 4)
    config = keras2(layer("LSTM", "lstm_1", units=4, recurrent_activation="sigmoid"))
    del config["config"]["layers"][0]["config"]["batch_input_shape"]
    model = load_model(write_h5(config, {"lstm_1": arrays}, "2.4.0"))
    assert model.keras_model.input_shape == (None, None, 3)
    gives(model, today(layers.LSTM(4), weights=list(arrays.values())))


def test_time_before_the_batch_is_turned_around(write_h5: WriteH5, lstm_arrays: LSTMArrays) -> None:
    arrays = lstm_arrays(3, 4)
    lstm = layer("LSTM", "l", units=4, recurrent_activation="sigmoid", time_major=True, return_sequences=True)
    nodes = [
        {**layer("InputLayer", "x", batch_input_shape=[5, 4, 3]), "name": "x", "inbound_nodes": []},
        {**lstm, "name": "l", "inbound_nodes": [[["x", 0, 0, {}]]]},
    ]
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [["l", 0, 0]]}
    config = {"class_name": "Functional", "config": {"name": "m", "layers": nodes, **ends}}
    want = today(layers.LSTM(4, return_sequences=True), weights=list(arrays.values()))
    model = load_model(write_h5(config, {"l": arrays}, "2.5.0"))
    got = model.keras_model(x().transpose(1, 0, 2))
    np.testing.assert_allclose(np.asarray(got).transpose(1, 0, 2), want, rtol=1e-5, atol=1e-6)


def cudnn(arrays: dict[str, np.ndarray], gates: int) -> dict[str, np.ndarray]:
    """Store a layer's arrays as cuDNN does: every gate transposed, two biases."""
    kernel, recurrent, bias = arrays.values()
    # The block of a gate is, in memory, the (units, features) matrix that cuDNN multiplies by.
    blocks = [part.T.ravel().reshape(part.shape) for part in np.hsplit(kernel, gates)]
    turned = [part.T for part in np.hsplit(recurrent, gates)]
    biases = [bias.ravel() * 0.25, bias.ravel() * 0.75] if gates == 4 else [bias.ravel()]
    return dict(zip(arrays, [np.hstack(blocks), np.hstack(turned), np.concatenate(biases)], strict=True))


def test_a_cudnn_lstm_is_an_ordinary_one(write_h5: WriteH5, lstm_arrays: LSTMArrays) -> None:
    arrays = lstm_arrays(3, 4)
    config = keras2(layer("CuDNNLSTM", "lstm_1", units=4, return_sequences=False))
    model = load_model(write_h5(config, {"lstm_1": cudnn(arrays, 4)}, "2.2.4"))
    gives(model, today(layers.LSTM(4), weights=list(arrays.values())))
    assert any("CuDNNLSTM opened as an ordinary LSTM" in note for note in model.notes)


def test_a_cudnn_gru_resets_after(write_h5: WriteH5, lstm_arrays: LSTMArrays) -> None:
    arrays = lstm_arrays(3, 4, gates=3)
    arrays["lstm_1/bias:0"] = np.random.default_rng(4).normal(size=(2, 12)).astype("float32")
    config = keras2(layer("CuDNNGRU", "lstm_1", units=4))
    model = load_model(write_h5(config, {"lstm_1": cudnn(arrays, 3)}, "2.2.4"))
    gives(model, today(layers.GRU(4), weights=list(arrays.values())))


def test_kernels_of_theano_are_turned_round(write_h5: WriteH5) -> None:
    kernel, bias = np.random.default_rng(2).normal(size=(2, 3, 4)).astype("float32"), np.zeros(4, "float32")
    config = keras2(layer("Conv1D", "c", filters=4, kernel_size=[2], activation="linear"))
    path = write_h5(config, {"c": {"c/kernel:0": kernel, "c/bias:0": bias}}, "2.0.8", backend="theano")
    gives(load_model(path), today(layers.Conv1D(4, 2), weights=[kernel[::-1], bias]))


def test_names_say_which_array_is_which(write_h5: WriteH5, lstm_arrays: LSTMArrays) -> None:
    arrays = lstm_arrays(4, 4)
    stored = dict(reversed(arrays.items()))
    config = keras2(
        layer("LSTM", "lstm_1", units=4, recurrent_activation="sigmoid", batch_input_shape=[None, 5, 4])
    )
    model = load_model(write_h5(config, {"lstm_1": stored}, "2.4.0"))
    gives(model, today(layers.LSTM(4), weights=list(arrays.values()), shape=(5, 4)), x(5, 4))


def test_an_initial_state_among_the_inputs_is_passed_on(write_h5: WriteH5, lstm_arrays: LSTMArrays) -> None:
    def node(made: dict[str, Any], *sources: list[Any]) -> dict[str, Any]:
        return {**made, "name": made["config"]["name"], "inbound_nodes": [list(sources)] if sources else []}

    encoder = layer("LSTM", "enc", units=4, recurrent_activation="hard_sigmoid", return_state=True)
    decoder = layer("LSTM", "dec", units=4, recurrent_activation="hard_sigmoid", return_sequences=True)
    nodes = [
        node(layer("InputLayer", "x", batch_input_shape=[None, None, 3])),
        node(encoder, ["x", 0, 0, {}]),
        node(decoder, ["x", 0, 0, {}], ["enc", 0, 1, {}], ["enc", 0, 2, {}]),
    ]
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [["dec", 0, 0]]}
    a, b = lstm_arrays(3, 4, "enc"), {k: v * 0.7 for k, v in lstm_arrays(3, 4, "dec").items()}
    path = write_h5(
        {"class_name": "Model", "config": {"name": "m", "layers": nodes, **ends}},
        {"enc": a, "dec": b},
        "2.0.9",
    )
    source = layers.Input(SHAPE)
    _, h, c = old_lstm(return_state=True)(source)
    reference = keras.Model(source, old_lstm(return_sequences=True)(source, initial_state=[h, c]))
    reference.set_weights([*a.values(), *b.values()])
    gives(load_model(path), answer(reference, x()))


@pytest.mark.parametrize("first", [0, 1])
def test_calls_of_a_nested_model_count_from_its_own_call(
    first: int, write_h5: WriteH5, lstm_arrays: LSTMArrays
) -> None:
    inner = {
        "class_name": "Sequential",
        "name": "inner",
        "config": [
            layer("LSTM", "l", units=4, recurrent_activation="sigmoid", batch_input_shape=[None, *SHAPE])
        ],
        "inbound_nodes": [[["x", 0, 0, {}]], [["y", 0, 0, {}]]],
    }
    entrances = [
        {**layer("InputLayer", name, batch_input_shape=[None, *SHAPE]), "name": name, "inbound_nodes": []}
        for name in "xy"
    ]
    join = {
        **layer("Subtract", "s"),
        "name": "s",
        "inbound_nodes": [[["inner", first, 0, {}], ["inner", first + 1, 0, {}]]],
    }
    ends = {"input_layers": [["x", 0, 0], ["y", 0, 0]], "output_layers": [["s", 0, 0]]}
    config = {"class_name": "Model", "config": {"name": "m", "layers": [*entrances, inner, join], **ends}}
    arrays = lstm_arrays(3, 4, "l")
    model = load_model(write_h5(config, {"inner": arrays}, "2.1.6"))
    want = today(layers.LSTM(4), weights=list(arrays.values()))
    zero = keras.Sequential([layers.Input(SHAPE), layers.LSTM(4)])
    zero.set_weights(list(arrays.values()))
    gives(model, want - answer(zero, np.zeros_like(x())), [x(), np.zeros_like(x())])


def test_a_lambda_of_tensorflow_that_is_known_runs(write_h5: WriteH5, lstm_arrays: LSTMArrays) -> None:
    def operation(name: str, function: str, *node: Any) -> dict[str, Any]:
        made = layer("TFOpLambda", name, function=function, dtype="float32")
        return {**made, "name": name, "inbound_nodes": [list(node)]}

    lstm = layer("LSTM", "l", units=4, recurrent_activation="sigmoid", return_sequences=True)
    last = {
        **layer("SlicingOpLambda", "last", function="__operators__.getitem"),
        "name": "last",
        "inbound_nodes": [["l", 0, 0, {"slice_spec": [{"start": None, "stop": None, "step": None}, -1]}]],
    }
    nodes = [
        {**layer("InputLayer", "x", batch_input_shape=[None, *SHAPE]), "name": "x", "inbound_nodes": []},
        {**lstm, "name": "l", "inbound_nodes": [[["x", 0, 0, {}]]]},
        last,
        operation("mean", "math.reduce_mean", "l", 0, 0, {"axis": 1}),
        operation("sum", "__operators__.add", "last", 0, 0, {"y": ["mean", 0, 0], "name": None}),
        operation("twice", "math.multiply", "sum", 0, 0, {"y": 2.0}),
    ]
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [["twice", 0, 0]]}
    config = {"class_name": "Functional", "config": {"name": "m", "layers": nodes, **ends}}
    arrays = lstm_arrays(3, 4, "l")
    sequence = today(layers.LSTM(4, return_sequences=True), weights=list(arrays.values()))
    gives(load_model(write_h5(config, {"l": arrays}, "2.8.0")), 2 * (sequence[:, -1] + sequence.mean(axis=1)))


def test_long_lists_of_names_are_split(tmp_path: Path, write_h5: WriteH5, lstm_arrays: LSTMArrays) -> None:
    arrays = lstm_arrays(3, 4)
    path = write_h5(
        keras2(layer("LSTM", "lstm_1", units=4, recurrent_activation="sigmoid")), {"lstm_1": arrays}, "2.6.0"
    )
    with h5py.File(path, "a") as file:
        group = file["model_weights/lstm_1"]
        names = group.attrs["weight_names"]
        del group.attrs["weight_names"]
        group.attrs["weight_names0"], group.attrs["weight_names1"] = names[:2], names[2:]
    gives(load_model(path), today(layers.LSTM(4), weights=list(arrays.values())))
