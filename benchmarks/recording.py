"""Recording all six signals against the plain forward pass of the same Keras model.

That is a ``tf.function`` of the model, and ``model.predict``, the way that everybody takes. What is recorded
often is compiled with XLA, which neither does by itself; so the same function compiled with XLA is told as
well, without a target. Beside them, for whoever wants to know what is possible: the bare matrix products in
numpy; and where it is installed ``torch.nn.LSTM``, which gives no gates, in a process of its own.
"""

from __future__ import annotations

import importlib.util
import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from paired import Ratio, compare

import lstm_viz
from lstm_viz.compiled import OFTEN
from lstm_viz.stepper import probe_of

Size = tuple[int, int, int, int]  # batch, timesteps, features, units
SIZES: tuple[Size, ...] = (
    (1, 50, 1, 4),
    (1, 1000, 1, 32),
    (32, 200, 32, 128),
    (1, 2000, 64, 256),
    (64, 100, 64, 512),
    (1, 500, 512, 1024),
)
TARGET = 1.0  # of the median over the sizes
EACH = 1.4
ALONE = 1 / 3  # of `predict`, for one row and up to so many units
ALONE_UNITS = 256
PAIRS = 15
KERAS = "tf.function of the model"
COMPILED = "the same, compiled with XLA"
SHORT = 10_000  # timesteps · units: a call with fewer takes so little that several are timed together
TOGETHER = 20


def model_of(timesteps: int | None, features: int, units: int) -> Any:
    """Return a many-to-many model with one LSTM, weights as Keras initialises them."""
    import keras

    keras.utils.set_random_seed(1)
    return keras.Sequential(
        [
            keras.Input((timesteps, features)),
            keras.layers.LSTM(units, return_sequences=True),
            keras.layers.Dense(1),
        ]
    )


def ratios() -> Iterator[Ratio]:
    """Yield the ratios of each size to each peer, and the median of those to Keras."""
    import tensorflow as tf

    found = []
    for size in SIZES:
        batch, timesteps, features, units = size
        model = model_of(timesteps, features, units)
        x = np.random.default_rng(1).normal(size=(batch, timesteps, features)).astype("float32")
        forward, compiled = tf.function(model), tf.function(model, jit_compile=True)
        tensor = tf.constant(x)
        probe = probe_of(model)  # traced once, as the peer's function is

        def record(model=model, x=x, probe=probe) -> lstm_viz.Trace:
            stepper = lstm_viz.Stepper(model, x, batch_size=len(x), probe=probe)
            stepper.run()
            return stepper.trace

        def plain(forward=forward, tensor=tensor) -> Any:
            return forward(tensor).numpy()

        def fast(forward=compiled, tensor=tensor) -> Any:
            return forward(tensor).numpy()

        def predict(model=model, x=x) -> Any:
            return model.predict(x, batch_size=len(x), verbose=0)

        for peer in (plain, fast):
            np.testing.assert_allclose(record().outputs[0], peer(), atol=1e-5)
        for _ in range(OFTEN // timesteps + 1):  # until it is compiled, as the peer is traced
            record()
        what, times = f"record {size}", TOGETHER if batch * timesteps * units < SHORT else 1
        ratio = compare(
            what,
            KERAS,
            record,
            plain,
            target=EACH,
            pairs=PAIRS,
            repeat_ours=times,
            repeat_theirs=times,
        )
        found.append(ratio.ratio)
        yield ratio
        yield compare(
            what,
            COMPILED,
            record,
            fast,
            target=None,
            pairs=PAIRS,
            repeat_ours=times,
            repeat_theirs=times,
        )
        if batch == 1 and units <= ALONE_UNITS:
            yield compare(
                what, "model.predict", record, predict, target=ALONE, pairs=PAIRS, repeat_ours=times
            )
        yield compare(what, "its products in numpy", record, _products(model, x), target=None, pairs=5)
        if torch := _torch_ms(size):
            spread = [ratio.ours / torch] * 3
            yield Ratio(what, "torch.nn.LSTM, no gates", ratio.ours, torch, *spread, None, PAIRS)
    middle = statistics.median(found)
    spread = middle, min(found), max(found)
    yield Ratio("record, median of the sizes", KERAS, np.nan, np.nan, *spread, TARGET, PAIRS)


def _products(model: Any, x: np.ndarray) -> Callable[[], object]:
    """Return what does the matrix products of the LSTM and nothing else."""
    cell = model.layers[0].cell
    kernel, recurrent = (np.ascontiguousarray(w) for w in (cell.kernel, cell.recurrent_kernel))
    h = np.ones((len(x), len(recurrent)), "float32")
    out = np.empty((len(x), recurrent.shape[1]), "float32")

    def multiply() -> None:
        x.reshape(-1, x.shape[2]) @ kernel
        for _ in range(x.shape[1]):
            np.matmul(h, recurrent, out=out)

    return multiply


def _torch_ms(size: Size) -> float | None:
    """Return the median milliseconds of ``torch.nn.LSTM``; None where torch is not installed."""
    if importlib.util.find_spec("torch") is None:
        return None
    script = Path(__file__).with_name("torch_peer.py")
    answer = subprocess.run(
        [sys.executable, str(script), *map(str, size)], capture_output=True, text=True, check=True
    )
    return float(json.loads(answer.stdout))
