"""Archives as savers before Keras 3 wrote them, against the same model built with today's Keras."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from keras import layers

from lstm_viz.errors import LoadError
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
