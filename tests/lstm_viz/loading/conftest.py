"""Small saved models and the ways to write them by hand."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

WriteH5 = Callable[..., Path]


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
def lstm_arrays() -> Callable[..., dict[str, np.ndarray]]:
    """Make the three arrays of an LSTM, in the form of Keras 2."""

    def make(features: int, units: int, prefix: str = "lstm_1", gates: int = 4) -> dict[str, np.ndarray]:
        rng = np.random.default_rng(features * 100 + units)
        shapes = {"kernel": (features, gates * units), "recurrent_kernel": (units, gates * units)}
        made = {f"{prefix}/{key}:0": rng.normal(0, 0.5, shape) for key, shape in shapes.items()}
        made[f"{prefix}/bias:0"] = rng.normal(0, 0.5, gates * units)
        return {key: value.astype("float32") for key, value in made.items()}

    return make
