"""Files as Keras 1 wrote them, made by hand, against the same model built with today's Keras."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from keras import layers

from lstm_viz.loading import load_model
from lstm_viz.loading.activations import hard_sigmoid_keras2
from tests.lstm_viz.loading.conftest import (
    SHAPE,
    LSTMArrays,
    WriteH5,
    gives,
    layer,
    old_lstm,
    today,
    x,
)


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
