"""Small saved models and the ways to write them by hand."""

from __future__ import annotations

import contextlib
import json
import os
import runpy
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

if TYPE_CHECKING:
    from lstm_viz.loading import LoadedModel

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

WriteH5 = Callable[..., Path]
LSTMArrays = Callable[..., dict[str, np.ndarray]]
SHAPE = (5, 3)  # of what is read by the models that are made by hand
FUZZ: dict[str, Any] = runpy.run_path(str(Path(__file__).parents[3] / "benchmarks/fuzz_loading.py"))


@pytest.fixture(scope="session")
def bounded() -> Callable[[], AbstractContextManager[None]]:
    """Assert that opening a file takes less than 50 MiB of this process and comes to an end.

    The bound on time is a generous one on processor time, that of the reading child included, because the
    machine may be busy with other things.
    """
    import keras

    from lstm_viz.loading import load_model

    keras.Sequential([keras.layers.Input((2, 1)), keras.layers.LSTM(1)])
    with contextlib.suppress(Exception):  # whatever is imported on the way to opening a file, is from now on
        load_model(__file__)

    @contextlib.contextmanager
    def measured() -> Iterator[None]:
        before, started = FUZZ["forget_peak"](), FUZZ["seconds_spent"]()
        yield
        grown, spent = FUZZ["peak_memory"]() - before, FUZZ["seconds_spent"]() - started
        assert grown < 50 << 20, f"{grown / 2**20:.0f} MiB more"
        assert spent < 6, f"{spent:.1f} s of processor time"

    return measured


@pytest.fixture
def write_h5(tmp_path: Path) -> WriteH5:
    """Write a whole-model HDF5 file as Keras 1 and 2 lay it out."""

    def write(
        config: Any,
        arrays: dict[str, dict[str, np.ndarray]],
        version: str | None = "2.1.6",
        backend: str = "tensorflow",
        name: str = "model.h5",
    ) -> Path:
        path = tmp_path / name
        with h5py.File(path, "w") as file:
            if config is not None:
                file.attrs["model_config"] = json.dumps(config).encode()
            if version is not None:
                file.attrs["keras_version"] = version.encode()
            file.attrs["backend"] = backend.encode()
            group = file.create_group("model_weights")
            group.attrs["layer_names"] = np.array([layer.encode() for layer in arrays])
            for layer, weights in arrays.items():
                inner = group.create_group(layer)
                inner.attrs["weight_names"] = np.array([weight.encode() for weight in weights], dtype="S100")
                for weight, value in weights.items():
                    inner[weight] = value
        return path

    return write


@pytest.fixture
def lstm_arrays() -> LSTMArrays:
    """Make the three arrays of an LSTM, in the form of Keras 2."""

    def make(features: int, units: int, prefix: str = "lstm_1", gates: int = 4) -> dict[str, np.ndarray]:
        rng = np.random.default_rng(features * 100 + units)
        shapes = {"kernel": (features, gates * units), "recurrent_kernel": (units, gates * units)}
        made = {f"{prefix}/{key}:0": rng.normal(0, 0.5, shape) for key, shape in shapes.items()}
        made[f"{prefix}/bias:0"] = rng.normal(0, 0.5, gates * units)
        return {key: value.astype("float32") for key, value in made.items()}

    return make


def x(*shape: int) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(4, *(shape or SHAPE))).astype("float32")


def answer(model: Any, inputs: Any) -> np.ndarray:
    """Call a model as it is, because ``predict`` takes its time to compile."""
    return np.asarray(model(inputs, training=False))


def today(*made: Any, weights: list[np.ndarray], shape: tuple[int, ...] = SHAPE) -> np.ndarray:
    import keras

    model = keras.Sequential([keras.Input(shape), *made])
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


def old_lstm(**more: Any) -> Any:
    from keras import layers

    from lstm_viz.loading.activations import hard_sigmoid_keras2

    return layers.LSTM(4, recurrent_activation=hard_sigmoid_keras2, **more)
