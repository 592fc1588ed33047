"""What opening a file tells about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from lstm_viz.errors import LoadError
from lstm_viz.loading import LayerInfo, load_model

WriteH5 = Callable[..., Path]
LSTMArrays = Callable[..., dict[str, np.ndarray]]


def sequential(*made: dict[str, Any]) -> dict[str, Any]:
    return {"class_name": "Sequential", "config": {"name": "m", "layers": list(made)}}


def lstm(name: str = "lstm_1", **config: Any) -> dict[str, Any]:
    return {"class_name": "LSTM", "config": {"name": name, "units": 4, **config}}


def test_the_layers_are_listed_with_shapes_parameters_and_paths(tmp_path: Path) -> None:
    inner = keras.Sequential(
        [layers.Input((5, 3)), layers.LSTM(4, return_sequences=True, name="l")], name="inner"
    )
    source = layers.Input((5, 3), name="x")
    both = layers.Bidirectional(layers.LSTM(2, name="r"), name="both")(inner(source))
    keras.Model(source, layers.Dense(1, name="d")(both)).save(tmp_path / "m.keras")
    model = load_model(tmp_path / "m.keras")
    described = [
        (layer.name, layer.class_name, layer.depth, layer.parameters, layer.path) for layer in model.layers
    ]
    assert described == [
        ("x", "InputLayer", 0, 0, None),
        ("inner", "Sequential", 0, 128, None),
        (described[2][0], "InputLayer", 1, 0, None),
        ("l", "LSTM", 1, 128, "inner/l"),
        ("both", "Bidirectional", 0, 112, None),
        ("forward_r", "LSTM", 1, 56, "both/forward_r"),
        ("backward_r", "LSTM", 1, 56, "both/backward_r"),
        ("d", "Dense", 0, 5, None),
    ]
    shapes = {layer.name: layer.output_shape for layer in model.layers}
    assert (shapes["inner"], shapes["both"], shapes["d"]) == ((None, 5, 4), (None, 4), (None, 1))
    assert [found.path for found in model.lstm_layers] == ["inner/l", "both/forward_r", "both/backward_r"]
    assert model.format == "Keras 3 .keras"
    assert model.keras_version == keras.__version__
    assert not model.saved_stateful
    assert model.saved_batch_size is None
    assert model.notes == ()


def test_the_model_is_not_compiled(tmp_path: Path) -> None:
    model = keras.Sequential([layers.Input((5, 3)), layers.LSTM(4)])
    model.compile("adam", "mse")
    model.fit(np.zeros((2, 5, 3)), np.zeros((2, 4)), verbose=0)
    model.save(tmp_path / "m.keras")
    assert not load_model(tmp_path / "m.keras").keras_model.compiled


def test_stages_are_reported(write_h5: WriteH5, lstm_arrays: LSTMArrays) -> None:
    path = write_h5(sequential(lstm(batch_input_shape=[None, 5, 3])), {"lstm_1": lstm_arrays(3, 4)})
    stages: list[str] = []
    load_model(path, progress=stages.append)
    assert stages == ["Reading the file", "Building the model", "Reading the weights"]


def test_notes_name_the_writer_the_renamed_and_the_unknown(
    write_h5: WriteH5, lstm_arrays: LSTMArrays
) -> None:
    made = lstm("a/b", batch_input_shape=[None, 5, 3], dropout=0.3, peepholes=True)
    model = load_model(write_h5(sequential(made), {"a/b": lstm_arrays(3, 4)}, "2.4.0"))
    assert model.notes == (
        "Written by Keras 2.4.0; rebuilt with the layers of Keras 3 and the same weights.",
        "“a/b” is called “a_b” here, because Keras 3 allows no slash in a name.",
        "a/b: the setting “peepholes” is not known and was left out.",
        "a/b: dropout inside the layer was left out; it acts in training only.",
    )
    assert model.layers[0] == LayerInfo("a/b", "LSTM", 0, (None, 4), 128, "a_b")


def test_many_unknown_settings_of_a_layer_are_one_note(write_h5: WriteH5, lstm_arrays: LSTMArrays) -> None:
    made = lstm(batch_input_shape=[None, 5, 3], **{f"own_{number}": 0 for number in range(12)})
    model = load_model(write_h5(sequential(made), {"lstm_1": lstm_arrays(3, 4)}, "2.4.0"))
    assert model.notes[1:] == (
        "lstm_1: 12 settings are not known and were left out: “own_0”, “own_1”, “own_2”, “own_3”, “own_4” …",
    )


@pytest.mark.parametrize(("version", "name"), [("2.2.4", "hard_sigmoid (Keras 2)"), ("2.3.0", "sigmoid")])
def test_an_activation_that_is_not_named_is_that_of_its_keras(
    version: str, name: str, write_h5: WriteH5, lstm_arrays: LSTMArrays
) -> None:
    path = write_h5(sequential(lstm(batch_input_shape=[None, 5, 3])), {"lstm_1": lstm_arrays(3, 4)}, version)
    assert load_model(path).lstm_layers[0].recurrent_activation == name


def test_a_model_that_begins_with_a_model_takes_its_input(write_h5: WriteH5, lstm_arrays: LSTMArrays) -> None:
    inner = {**sequential(lstm("l", batch_input_shape=[None, 5, 3])), "name": "inner"}
    inner["config"]["name"] = "inner"
    model = load_model(write_h5(sequential(inner), {"inner": lstm_arrays(3, 4, "l")}, "2.1.6"))
    assert model.keras_model.input_shape == (None, 5, 3)


def test_a_class_of_the_authors_own_that_is_called_lstm_is_not_taken_for_that_of_keras(
    write_h5: WriteH5, lstm_arrays: LSTMArrays
) -> None:
    own = {**lstm("mine"), "module": "their.layers"}
    config = sequential(lstm(batch_input_shape=[None, 5, 3]), own)
    model = load_model(
        write_h5(config, {"lstm_1": lstm_arrays(3, 4), "mine": lstm_arrays(4, 4, "mine")}, "2.14.0")
    )
    assert [found.path for found in model.lstm_layers] == ["lstm_1"]
    assert "custom layer (their.layers)" in (model.layers[1].reason or "")


@pytest.mark.parametrize("mode", ["sum", "mul", "ave", "max", "concat"])
def test_a_merge_in_a_graph_of_keras_1_becomes_the_layer_of_its_mode(
    mode: str, write_h5: WriteH5, lstm_arrays: LSTMArrays
) -> None:
    def node(made: dict[str, Any], *sources: str) -> dict[str, Any]:
        nodes = [[[source, 0, 0] for source in sources]] if sources else []
        return {**made, "name": made["config"]["name"], "inbound_nodes": nodes}

    entrance = {"name": "x", "batch_input_shape": [None, 5, 4]}
    recurrent = {"name": "l", "output_dim": 4, "inner_activation": "sigmoid", "return_sequences": True}
    merge = {"name": "m", "mode": mode, "concat_axis": -1, "dot_axes": -1}
    nodes = [
        node({"class_name": "InputLayer", "config": entrance}),
        node({"class_name": "LSTM", "config": {**recurrent, "consume_less": "gpu"}}, "x"),
        node({"class_name": "Merge", "config": merge}, "x", "l"),
    ]
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [["m", 0, 0]]}
    config = {"class_name": "Model", "config": {"name": "g", "layers": nodes, **ends}}
    arrays = lstm_arrays(4, 4, "l")
    model = load_model(write_h5(config, {"l": arrays}, "1.2.2"))
    x = np.random.default_rng(1).normal(size=(2, 5, 4)).astype("float32")
    reference = keras.Sequential([layers.Input((5, 4)), layers.LSTM(4, return_sequences=True)])
    reference.set_weights(list(arrays.values()))
    h = np.asarray(reference(x, training=False))
    join = {"sum": np.add, "mul": np.multiply, "max": np.maximum}
    want = (
        (x + h) / 2 if mode == "ave" else np.concatenate([x, h], -1) if mode == "concat" else join[mode](x, h)
    )
    np.testing.assert_allclose(np.asarray(model.keras_model(x, training=False)), want, rtol=1e-5, atol=1e-6)


def test_an_architecture_that_is_none_is_refused(
    write_h5: WriteH5, lstm_arrays: LSTMArrays, tmp_path: Path
) -> None:
    weights = write_h5(None, {"lstm_1": lstm_arrays(3, 4)}, name="weights.h5")
    with pytest.raises(LoadError, match="holds no architecture"):
        load_model(weights, architecture=weights)


def test_a_refused_file_leaves_nothing_behind_for_the_next(
    write_h5: WriteH5, lstm_arrays: LSTMArrays
) -> None:
    """Variables of a model that did not fit are forgotten, not allocated when the next model is built."""
    config = sequential(lstm(batch_input_shape=[None, 5, 3]))
    config["config"]["layers"][0]["config"]["units"] = 200_000
    with pytest.raises(LoadError, match="implies an array"):
        load_model(write_h5(config, {"lstm_1": lstm_arrays(3, 4)}, "2.4.0"))
    good = write_h5(sequential(lstm(batch_input_shape=[None, 5, 3])), {"lstm_1": lstm_arrays(3, 4)}, "2.4.0")
    with keras.StatelessScope():
        pass
    assert load_model(good).lstm_layers[0].units == 4
