"""Example: an autoencoder that draws a pump's stroke again and fails where the stroke is faulty.

``python -m lstm_viz.examples.anomaly`` makes it again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.dataset import Dataset
from lstm_viz.examples import _making

NAME = "anomaly"
SEED = 9
TIMESTEPS = 32
TRAINED, SHIPPED = 640, 48  # strokes
EVERY = 4  # the last of every four shipped strokes is faulty
EPOCHS = 80
UNITS = 16
FAULTS = ("leak", "stuck valve", "bubble")


def stroke(rng: np.random.Generator, fault: str | None = None) -> NDArray[np.float32]:
    """Return the pressure in a pump over one stroke: it rises, stays while the pump delivers, and falls.

    Parameters
    ----------
    rng : numpy.random.Generator
    fault : str, optional
        One of ``FAULTS``: the pressure sags while it should stay, falls too late, or breaks down for a
        moment.

    Returns
    -------
    numpy.ndarray
        As a share of the rated pressure, shape (32, 1).
    """
    time = np.arange(TIMESTEPS)
    rise, height = rng.uniform(5, 9), rng.uniform(0.7, 1.0)
    fall = rise + rng.uniform(11, 14) + (7 if fault == "stuck valve" else 0)
    plateau = 1 / (1 + np.exp(-(time - rise) / 0.8)) / (1 + np.exp((time - fall) / 0.8))
    if fault == "leak":
        plateau = plateau * np.clip(1 - 0.055 * (time - rise), 0, 1)
    if fault == "bubble":
        plateau = plateau * (1 - 0.6 * np.exp(-(((time - rng.uniform(rise + 4, fall - 4)) / 1.2) ** 2)))
    pressure = height * plateau + rng.normal(0, 0.015, TIMESTEPS)
    return np.asarray(pressure[:, np.newaxis], np.float32)


def generate_data() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return faultless strokes to train on, and the shipped ones, of which every fourth is faulty.

    Returns
    -------
    trained : numpy.ndarray
        Shape (640, 32, 1).
    shipped : numpy.ndarray
        Shape (48, 32, 1).
    """
    rng = np.random.default_rng(SEED)
    trained = np.stack([stroke(rng) for _ in range(TRAINED)])
    faults = [FAULTS[k // EVERY % len(FAULTS)] if (k + 1) % EVERY == 0 else None for k in range(SHIPPED)]
    return trained, np.stack([stroke(rng, fault) for fault in faults])


def build_model() -> Any:
    """Return the untrained keras.Model: LSTM(16) → RepeatVector(32) → LSTM(16) → a stroke again."""
    import keras

    return keras.Sequential(
        [
            keras.Input((TIMESTEPS, 1), name="stroke"),
            keras.layers.LSTM(UNITS, name="encoder"),
            keras.layers.RepeatVector(TIMESTEPS, name="repeat"),
            keras.layers.LSTM(UNITS, return_sequences=True, name="decoder"),
            keras.layers.TimeDistributed(keras.layers.Dense(1), name="pressure"),
        ],
        name=NAME,
    )


def score(outputs: NDArray[np.float32], data: Dataset) -> dict[str, float]:
    """Return how well faulty strokes stand out.

    Parameters
    ----------
    outputs : numpy.ndarray
        Shape (strokes, 32, 1).
    data : Dataset

    Returns
    -------
    dict
        ``good_rmse`` and ``faulty_rmse`` between a stroke and what is drawn of it, and ``found``: the share
        of faulty strokes that are drawn worse than every good one.
    """
    error = np.sqrt(np.mean((outputs - data.inputs[0]) ** 2, axis=(1, 2)))
    faulty = (np.arange(len(error)) + 1) % EVERY == 0
    return {
        "good_rmse": float(np.sqrt(np.mean(error[~faulty] ** 2))),
        "faulty_rmse": float(np.sqrt(np.mean(error[faulty] ** 2))),
        "found": float(np.mean(error[faulty] > error[~faulty].max())),
    }


ABOUT: dict[str, Any] = {
    "title": "An autoencoder that finds faults",
    "description": (
        "One LSTM with 16 units reads a pump's stroke and hands 16 numbers to a second one, which draws the "
        "stroke again. It has only ever seen good strokes, so every fourth, which is faulty, comes out "
        "otherwise than it went in."
    ),
    "kind": "many-to-many",
    "shows": "An autoencoder: LSTM, RepeatVector, LSTM; the whole sequence squeezed into one vector.",
    "model": "model.keras",
    "data": "strokes.npz",
    "shaping": {},  # the arrays are samples already
    "batch_size": 1,  # in batches of four all faulty strokes would be in one row
    "stateful": False,
    "resets": _making.ONCE_AN_EPOCH,
    "epochs": 1,
    "score": (
        "{found:.0%} of the faulty strokes are drawn worse than every good one: an RMSE of {faulty_rmse:.3f} "
        "of the rated pressure against {good_rmse:.3f}."
    ),
    "output_names": ["pressure"],
}


def make(folder: Path) -> str:
    """Write good and faulty strokes, model and metadata into a folder.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    str
        The score in words.
    """
    trained, shipped = generate_data()
    np.savez_compressed(
        folder / "strokes.npz",
        x=shipped,
        y=shipped,  # what goes in is to come out
        feature_names=np.array(["pressure"]),
        target_names=np.array(["pressure"]),
    )
    model = _making.train(
        build_model, trained, trained, seed=SEED, epochs=EPOCHS, batch_size=32, loss="mse", rate=0.01
    )
    return _making.write_example(folder, ABOUT, {"model.keras": model}, score)


if __name__ == "__main__":
    _making.run_script(NAME, make, __doc__)
