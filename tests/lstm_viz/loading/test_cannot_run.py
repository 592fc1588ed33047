"""Layers that cannot run are shown with the reason, and everything before them still runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from lstm_viz.loading import LoadedModel, load_model

LAMBDA = {
    "class_name": "Lambda",
    "config": {"name": "lambda_1", "function": ["4wEAAAA=\n", None, None], "function_type": "lambda"},
}


def lstm(name: str = "lstm_1", **more: Any) -> dict[str, Any]:
    return {"class_name": "LSTM", "config": {"name": name, "units": 4, "return_sequences": True, **more}}


def dense(name: str = "dense_1") -> dict[str, Any]:
    return {"class_name": "Dense", "config": {"name": name, "units": 2}}


def reasons(model: LoadedModel) -> dict[str, str | None]:
    return {layer.name: layer.reason for layer in model.layers}


def dense_arrays(name: str = "dense_1") -> dict[str, np.ndarray]:
    return {f"{name}/kernel:0": np.ones((4, 2), "float32"), f"{name}/bias:0": np.zeros(2, "float32")}


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (LAMBDA, "never run"),
        (
            {"class_name": "TFSMLayer", "config": {"name": "lambda_1", "filepath": "/some/where"}},
            "another saved model",
        ),
        ({"class_name": "ThresholdedReLU", "config": {"name": "lambda_1", "theta": -1}}, "from 0 up"),
        ({"class_name": "Custom>Mine", "config": {"name": "lambda_1"}}, "not a layer of Keras"),
        (
            {"class_name": "StringLookup", "config": {"name": "lambda_1", "vocabulary": "/etc/passwd"}},
            "other files",
        ),
        ({"class_name": "Dense", "config": {"name": "lambda_1", "units": 2, "activation": "mine"}}, "mine"),
        (
            {"class_name": "Bidirectional", "config": {"name": "lambda_1", "layer": LAMBDA}},
            "It holds Lambda",
        ),
        (
            {"class_name": "Dense", "config": {"name": "lambda_1", "units": 2, "dtype": ["float32"]}},
            "number format",
        ),
    ],
)
def test_a_sequential_model_runs_up_to_what_cannot(
    layer: dict[str, Any],
    reason: str,
    write_h5: Callable[..., Path],
    lstm_arrays: Callable[..., dict[str, np.ndarray]],
) -> None:
    config = {"class_name": "Sequential", "config": [lstm(batch_input_shape=[None, 5, 3]), layer, dense()]}
    path = write_h5(config, {"lstm_1": lstm_arrays(3, 4), "lambda_1": {}, "dense_1": dense_arrays()})
    model = load_model(path)
    assert [found.path for found in model.lstm_layers] == ["lstm_1"]
    assert model.keras_model.output_shape == (None, 5, 4)
    assert reasons(model)["lstm_1"] is None
    assert reason in (reasons(model)["lambda_1"] or "")
    assert reasons(model)["dense_1"] == "Its input comes from “lambda_1”, which cannot run."
    assert any("lambda_1 cannot run" in note for note in model.notes)


def test_in_a_graph_only_what_depends_on_it_stops(
    write_h5: Callable[..., Path], lstm_arrays: Callable[..., dict[str, np.ndarray]]
) -> None:
    def node(layer: dict[str, Any], *sources: str) -> dict[str, Any]:
        name = layer["config"]["name"]
        return {**layer, "name": name, "inbound_nodes": [[[source, 0, 0, {}] for source in sources]]}

    entrance = {
        "class_name": "InputLayer",
        "name": "x",
        "config": {"name": "x", "batch_input_shape": [None, 5, 3]},
        "inbound_nodes": [],
    }
    add = {"class_name": "Add", "config": {"name": "add_1"}}
    nodes = [
        entrance,
        node(lstm("free"), "x"),
        node(LAMBDA, "x"),
        node(lstm("bound"), "lambda_1"),
        node(add, "free", "bound"),
    ]
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [["add_1", 0, 0]]}
    config = {"class_name": "Model", "config": {"name": "m", "layers": nodes, **ends}}
    arrays = {"free": lstm_arrays(3, 4, "free"), "bound": lstm_arrays(3, 4, "bound")}
    model = load_model(write_h5(config, arrays))
    assert [found.path for found in model.lstm_layers] == ["free"]
    assert model.keras_model.predict(np.zeros((2, 5, 3)), verbose=0).shape == (2, 5, 4)
    assert [name for name, reason in reasons(model).items() if reason] == ["lambda_1", "bound", "add_1"]


def test_a_model_that_begins_with_it_opens_and_has_nothing_to_step(write_h5: Callable[..., Path]) -> None:
    first = {**LAMBDA, "config": {**LAMBDA["config"], "batch_input_shape": [None, 5, 3]}}
    model = load_model(write_h5({"class_name": "Sequential", "config": [first, lstm()]}, {"lambda_1": {}}))
    assert model.lstm_layers == ()
    assert [layer.name for layer in model.layers] == ["lambda_1", "lstm_1"]


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_a_lambda_that_keras_saved_is_not_run(suffix: str, tmp_path: Path) -> None:
    ran = []
    source = layers.Input((5, 3))
    hidden = layers.LSTM(4, return_sequences=True, name="before")(source)
    middle = layers.Lambda(lambda x: ran.append(1) or x * 2, output_shape=(5, 4))(hidden)
    keras.Model(source, layers.LSTM(2, name="after")(middle)).save(tmp_path / f"model{suffix}")
    ran.clear()
    model = load_model(tmp_path / f"model{suffix}")
    assert [found.path for found in model.lstm_layers] == ["before"]
    assert not ran


@keras.saving.register_keras_serializable("mine")
class Doubling(keras.layers.Layer):
    """A custom layer that is registered here, as a user's own script may have it."""

    calls = 0

    def call(self, x: Any) -> Any:
        Doubling.calls += 1
        return x * 2


def test_a_custom_layer_is_not_run_even_when_it_is_registered(tmp_path: Path) -> None:
    keras.Sequential([layers.Input((5, 3)), layers.LSTM(4), Doubling(), layers.Dense(2)]).save(
        tmp_path / "m.keras"
    )
    Doubling.calls = 0
    model = load_model(tmp_path / "m.keras")
    assert Doubling.calls == 0
    assert "custom layer" in (reasons(model)["doubling"] or "")


def test_a_shared_layer_still_runs_where_its_input_does(tmp_path: Path) -> None:
    source = layers.Input((5, 3), name="x")
    shared = layers.LSTM(4, name="shared")
    hidden = layers.Lambda(lambda x: x * 2, output_shape=(5, 3), name="lambda_1")(source)
    blocked, free = shared(hidden), shared(source)
    model = keras.Model(source, layers.Concatenate(name="join")([blocked, layers.Dense(2, name="d")(free)]))
    model.save(tmp_path / "m.keras")
    loaded = load_model(tmp_path / "m.keras")
    x = np.random.default_rng(1).normal(size=(2, 5, 3)).astype("float32")
    want = model.get_layer("d")(model.get_layer("shared")(x))
    np.testing.assert_allclose(loaded.keras_model(x), want, rtol=1e-5, atol=1e-6)
    assert [name for name, reason in reasons(loaded).items() if reason] == ["lambda_1", "join"]
