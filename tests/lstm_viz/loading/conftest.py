"""Small saved models and the ways to write them by hand."""

from __future__ import annotations

import contextlib
import json
import os
import runpy
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

WriteH5 = Callable[..., Path]
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
def lstm_arrays() -> Callable[..., dict[str, np.ndarray]]:
    """Make the three arrays of an LSTM, in the form of Keras 2."""

    def make(features: int, units: int, prefix: str = "lstm_1", gates: int = 4) -> dict[str, np.ndarray]:
        rng = np.random.default_rng(features * 100 + units)
        shapes = {"kernel": (features, gates * units), "recurrent_kernel": (units, gates * units)}
        made = {f"{prefix}/{key}:0": rng.normal(0, 0.5, shape) for key, shape in shapes.items()}
        made[f"{prefix}/bias:0"] = rng.normal(0, 0.5, gates * units)
        return {key: value.astype("float32") for key, value in made.items()}

    return make
