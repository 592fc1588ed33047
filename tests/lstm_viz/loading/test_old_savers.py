"""Files as older savers wrote them, made by hand, against the same model built with today's Keras."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from keras import layers

from lstm_viz.errors import LoadError
from lstm_viz.loading import LoadedModel, load_model
from lstm_viz.loading.activations import hard_sigmoid_keras2

WriteH5 = Callable[..., Path]
LSTMArrays = Callable[..., dict[str, np.ndarray]]
SHAPE = (5, 3)


def x(*shape: int) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(4, *(shape or SHAPE))).astype("float32")


def answer(model: keras.Model, inputs: Any) -> np.ndarray:
    """Call a model as it is, because ``predict`` takes its time to compile."""
    return np.asarray(model(inputs, training=False))


def today(*made: keras.Layer, weights: list[np.ndarray], shape: tuple[int, ...] = SHAPE) -> np.ndarray:
    model = keras.Sequential([layers.Input(shape), *made])
    model.set_weights(weights)
    return answer(model, x(*shape))


def gives(model: LoadedModel, want: np.ndarray, inputs: Any = None) -> None:
    got = answer(model.keras_model, x() if inputs is None else inputs)
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


def keras2(*made: dict[str, Any], **more: Any) -> dict[str, Any]:
    made[0]["config"].setdefault("batch_input_shape", [None, *SHAPE])
    return {"class_name": "Sequential", "config": {"name": "model", "layers": list(made), **more}}


def layer(class_name: str, name: str, **config: Any) -> dict[str, Any]:
    return {"class_name": class_name, "config": {"name": name, "trainable": True, **config}}


def old_lstm(**more: Any) -> keras.Layer:
    return layers.LSTM(4, recurrent_activation=hard_sigmoid_keras2, **more)


# ---- Keras 1 -----------------------------------------------------------------------------------------


def split_gates(arrays: dict[str, np.ndarray], gates: str, prefix: str) -> dict[str, np.ndarray]:
    """Cut kernel, recurrent kernel and bias into the arrays of each gate, in the order of Keras 1."""
    kernels = list(arrays.values())
    order = "ifco" if len(gates) == 4 else "zrh"
    parts = {gate: [np.split(k, len(order), axis=-1)[at] for k in kernels] for at, gate in enumerate(order)}
    return {
        f"{prefix}_{kind}_{gate}": parts[gate][number] for gate in gates for number, kind in enumerate("WUb")
    }


def keras1_lstm(name: str = "lstm_1", **more: Any) -> dict[str, Any]:
    return layer(
        "LSTM",
        name,
        output_dim=4,
        init="glorot_uniform",
        inner_init="orthogonal",
        forget_bias_init="one",
        activation="tanh",
        inner_activation="hard_sigmoid",
        W_regularizer=None,
        dropout_W=0.2,
        **more,
    )


@pytest.mark.parametrize("version", ["1.2.2", None])
def test_keras_1_keeps_twelve_arrays_in_the_order_i_c_f_o(
    version: str | None, write_h5: WriteH5, lstm_arrays: LSTMArrays
) -> None:
    arrays = lstm_arrays(3, 4)
    config = {
        "class_name": "Sequential",
        "config": [keras1_lstm(batch_input_shape=[None, *SHAPE], input_dim=3)],
    }
    path = write_h5(config, {"lstm_1": split_gates(arrays, "icfo", "lstm_1")}, version=version)
    model = load_model(path)
    gives(model, today(old_lstm(), weights=list(arrays.values())))
    assert model.lstm_layers[0].recurrent_activation == "hard_sigmoid (Keras 2)"
    assert any("clip(0.2·x + 0.5, 0, 1)" in note for note in model.notes)


def test_keras_1_on_a_gpu_keeps_three_arrays(write_h5: WriteH5, lstm_arrays: LSTMArrays) -> None:
    arrays = lstm_arrays(3, 4)
    config = {
        "class_name": "Sequential",
        "config": [keras1_lstm(batch_input_shape=[None, *SHAPE], consume_less="gpu")],
    }
    gives(
        load_model(write_h5(config, {"lstm_1": arrays}, "1.1.0")),
        today(old_lstm(), weights=list(arrays.values())),
    )


def test_a_gru_of_keras_1_keeps_nine_arrays(write_h5: WriteH5, lstm_arrays: LSTMArrays) -> None:
    arrays = lstm_arrays(3, 4, "gru_1", gates=3)
    gru = layer("GRU", "gru_1", output_dim=4, inner_activation="hard_sigmoid", activation="tanh")
    gru["config"]["batch_input_shape"] = [None, *SHAPE]
    path = write_h5(
        {"class_name": "Sequential", "config": [gru]}, {"gru_1": split_gates(arrays, "zrh", "gru_1")}, "1.2.0"
    )
    want = today(
        layers.GRU(4, recurrent_activation=hard_sigmoid_keras2, reset_after=False),
        weights=list(arrays.values()),
    )
    gives(load_model(path), want)


def test_a_bidirectional_of_keras_1_keeps_both_directions(write_h5: WriteH5, lstm_arrays: LSTMArrays) -> None:
    forward, backward = lstm_arrays(3, 4, "f"), {k: v * 0.5 for k, v in lstm_arrays(3, 4, "b").items()}
    wrapped = layer("Bidirectional", "bidirectional_1", merge_mode="sum", layer=keras1_lstm())
    wrapped["config"]["batch_input_shape"] = [None, *SHAPE]
    stored = {**split_gates(forward, "icfo", "forward"), **split_gates(backward, "icfo", "backward")}
    path = write_h5({"class_name": "Sequential", "config": [wrapped]}, {"bidirectional_1": stored}, "1.2.2")
    want = today(
        layers.Bidirectional(old_lstm(), merge_mode="sum"), weights=[*forward.values(), *backward.values()]
    )
    gives(load_model(path), want)


def test_a_convolution_of_keras_1_has_a_fourth_axis(write_h5: WriteH5, lstm_arrays: LSTMArrays) -> None:
    kernel, bias = np.random.default_rng(2).normal(size=(2, 1, 3, 6)).astype("float32"), np.ones(6, "float32")
    conv = layer(
        "Convolution1D",
        "convolution1d_1",
        nb_filter=6,
        filter_length=2,
        border_mode="same",
        subsample_length=1,
        bias=True,
        activation="relu",
        batch_input_shape=[None, *SHAPE],
    )
    pool = layer("MaxPooling1D", "maxpooling1d_1", pool_length=2, stride=2, border_mode="valid")
    drop = layer("Dropout", "dropout_1", p=0.3)
    arrays = lstm_arrays(6, 4)
    path = write_h5(
        {"class_name": "Sequential", "config": [conv, pool, drop, keras1_lstm()]},
        {
            "convolution1d_1": {"c_W": kernel, "c_b": bias},
            "maxpooling1d_1": {},
            "dropout_1": {},
            "lstm_1": split_gates(arrays, "icfo", "lstm_1"),
        },
        "1.2.2",
    )
    want = today(
        layers.Conv1D(6, 2, padding="same", activation="relu"),
        layers.MaxPooling1D(2),
        old_lstm(),
        weights=[kernel[:, 0], bias, *arrays.values()],
    )
    gives(load_model(path), want)


def test_a_merge_of_branches_becomes_a_graph(write_h5: WriteH5, lstm_arrays: LSTMArrays) -> None:
    left = {"class_name": "Sequential", "config": [keras1_lstm("left", batch_input_shape=[None, *SHAPE])]}
    right = {"class_name": "Sequential", "config": [keras1_lstm("right", batch_input_shape=[None, 7, 2])]}
    merge = layer("Merge", "merge_1", mode="concat", concat_axis=-1, dot_axes=-1, layers=[left, right])
    dense = layer("Dense", "dense_1", output_dim=2, activation="linear", bias=True)
    a, b = lstm_arrays(3, 4, "left"), lstm_arrays(2, 4, "right")
    kernel = np.random.default_rng(2).normal(size=(8, 2)).astype("float32")
    path = write_h5(
        {"class_name": "Sequential", "config": [merge, dense]},
        {
            "left": split_gates(a, "icfo", "left"),
            "right": split_gates(b, "icfo", "right"),
            "dense_1": {"dense_1_W": kernel, "dense_1_b": np.zeros(2, "float32")},
        },
        "1.2.2",
    )
    parts = [
        today(old_lstm(), weights=list(a.values())),
        today(old_lstm(), weights=list(b.values()), shape=(7, 2)),
    ]
    model = load_model(path)
    gives(model, np.concatenate(parts, axis=-1) @ kernel, [x(), x(7, 2)])
    assert [found.path for found in model.lstm_layers] == ["left", "right"]


def test_time_distributed_dense_of_keras_1_is_dense_at_each_timestep(write_h5: WriteH5) -> None:
    kernel = np.random.default_rng(2).normal(size=(3, 2)).astype("float32")
    dense = layer("TimeDistributedDense", "t", output_dim=2, bias=True, activation="linear")
    dense["config"]["batch_input_shape"] = [None, *SHAPE]
    arrays = {"t": {"t_W": kernel, "t_b": np.ones(2, "float32")}}
    path = write_h5({"class_name": "Sequential", "config": [dense]}, arrays, "1.0.8")
    gives(load_model(path), x() @ kernel + 1)


# ---- Keras 2 and tf.keras ------------------------------------------------------------------------------


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


# ---- archives ------------------------------------------------------------------------------------------


def archive(path: Path, config: Any, version: str, weights: dict[str, np.ndarray]) -> Path:
    inner = path.parent / "inner.h5"
    with h5py.File(inner, "w") as file:
        for name, value in weights.items():
            file[name] = value
    with zipfile.ZipFile(path, "w") as members:
        members.writestr("metadata.json", json.dumps({"keras_version": version}))
        members.writestr("config.json", json.dumps(config))
        members.write(inner, "model.weights.h5")
    return path


@pytest.mark.parametrize(
    "form",
    [
        "layers/lstm{}/cell/vars/{}",
        "layers\\lstm{}\\cell/vars/{}",
        "_layer_checkpoint_dependencies/lstm{}/cell/vars/{}",
        "_layer_checkpoint_dependencies\\lstm{}\\cell/vars/{}",
    ],
)
def test_archives_of_tensorflow_2_13_open_on_every_system(
    form: str, tmp_path: Path, lstm_arrays: LSTMArrays
) -> None:
    a, b = lstm_arrays(3, 4, "a"), lstm_arrays(4, 4, "b")
    config = keras2(
        layer("LSTM", "a", units=4, return_sequences=True, recurrent_activation="sigmoid", time_major=False),
        layer("LSTM", "b", units=4, recurrent_activation="sigmoid", time_major=False),
    )
    # With checkpoint dependencies each layer with weights is counted twice.
    second = "_2" if "dependencies" in form else "_1"
    stored = {form.format("", n): value for n, value in enumerate(a.values())}
    stored |= {form.format(second, n): value for n, value in enumerate(b.values())}
    stored["optimizer/vars/0"] = np.zeros((), "int64")
    model = load_model(archive(tmp_path / "m.keras", config, "2.13.1", stored))
    want = today(layers.LSTM(4, return_sequences=True), layers.LSTM(4), weights=[*a.values(), *b.values()])
    gives(model, want)


@pytest.mark.parametrize("theta", [0.25, 0])
def test_a_thresholded_relu_gives_x_above_its_threshold_and_zero_elsewhere(
    theta: float, write_h5: WriteH5, lstm_arrays: LSTMArrays
) -> None:
    arrays = lstm_arrays(3, 4)
    config = keras2(layer("LSTM", "lstm_1", units=4), layer("ThresholdedReLU", "relu", theta=theta))
    model = load_model(write_h5(config, {"lstm_1": arrays, "relu": {}}, "2.3.0"))
    h = today(layers.LSTM(4), weights=list(arrays.values()))
    assert (h > theta).any()
    assert (h < theta).any()
    gives(model, np.where(h > theta, h, 0))
    assert any("ThresholdedReLU" in note for note in model.notes)


def test_a_threshold_is_itself_not_above_the_threshold(write_h5: WriteH5) -> None:
    config = keras2(layer("ThresholdedReLU", "relu"), layer("Dense", "d", units=3, use_bias=False))
    path = write_h5(config, {"relu": {}, "d": {"d/kernel:0": np.eye(3, dtype="f4")}}, "2.3.0")
    given = np.array([[[0.5, 1.0, 1.5]]], "float32")
    np.testing.assert_array_equal(load_model(path).keras_model(given), [[[0, 0, 1.5]]])


def test_an_unpacked_archive_opens(tmp_path: Path) -> None:
    model = keras.Sequential([layers.Input(SHAPE), layers.LSTM(4)])
    model.save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as members:
        members.extractall(tmp_path / "unpacked")
    gives(load_model(tmp_path / "unpacked"), answer(model, x()))


def test_an_hdf5_file_named_keras_opens(write_h5: WriteH5, lstm_arrays: LSTMArrays) -> None:
    arrays = lstm_arrays(3, 4)
    config = keras2(layer("LSTM", "lstm_1", units=4, recurrent_activation="sigmoid"))
    path = write_h5(config, {"lstm_1": arrays}, "2.10.0", name="model.keras")
    gives(load_model(path), today(layers.LSTM(4), weights=list(arrays.values())))


def test_old_weights_alone_open_with_their_architecture(
    tmp_path: Path, write_h5: WriteH5, lstm_arrays: LSTMArrays
) -> None:
    arrays = lstm_arrays(3, 4)
    whole = write_h5(None, {"lstm_7": arrays}, "2.1.6")
    config = keras2(layer("LSTM", "lstm_1", units=4, recurrent_activation="hard_sigmoid"))
    (tmp_path / "model.json").write_text(
        json.dumps({**config, "keras_version": "2.1.6", "backend": "tensorflow"})
    )
    with pytest.raises(LoadError, match="architecture"):
        load_model(whole)
    gives(
        load_model(whole, architecture=tmp_path / "model.json"),
        today(old_lstm(), weights=list(arrays.values())),
    )
