"""Example: padded sequences with a Masking layer, and with the same weights and no mask.

``python -m lstm_viz.examples.padding`` makes it again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.dataset import Dataset
from lstm_viz.examples import _making

NAME = "padding"
SEED = 10
SHORTEST, LONGEST = 8, 40  # timesteps
TRAINED, HELD_OUT = 960, 48  # sequences
EPOCHS = 40
DEGREES = 100.0  # what 1 stands for, °C


def warm_up(rng: np.random.Generator) -> tuple[NDArray[np.float32], float]:
    """Return the temperature of an oven that warms up, minute by minute, and where it will settle.

    Parameters
    ----------
    rng : numpy.random.Generator

    Returns
    -------
    readings : numpy.ndarray
        In 100 °C, shape (minutes, 1); 8 to 40 minutes were read.
    settles : float
        In 100 °C.
    """
    minutes = int(rng.integers(SHORTEST, LONGEST + 1))
    settles, start, slowness = rng.uniform(0.8, 2.4), rng.uniform(0.15, 0.3), rng.uniform(6, 14)
    readings = settles - (settles - start) * np.exp(-np.arange(minutes) / slowness)
    noisy = readings + rng.normal(0, 0.005, minutes)
    return noisy[:, np.newaxis].astype(np.float32), settles


def generate_data() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return all sequences, padded with zeros at the end, those to train on first, then the held-out ones.

    Returns
    -------
    readings : numpy.ndarray
        Shape (1008, 40, 1).
    settles : numpy.ndarray
        Shape (1008, 1).
    """
    rng = np.random.default_rng(SEED)
    readings = np.zeros((TRAINED + HELD_OUT, LONGEST, 1), np.float32)
    settles = np.zeros((len(readings), 1), np.float32)
    for sample in range(len(readings)):
        read, settles[sample] = warm_up(rng)
        readings[sample, : len(read)] = read
    return readings, settles


def build_model(mask: bool = True) -> Any:
    """Return the untrained keras.Model: Masking → LSTM(16) → Dense(1).

    Parameters
    ----------
    mask : bool
        False leaves the Masking layer out, which changes no weight.
    """
    import keras

    return keras.Sequential(
        [
            keras.Input((None, 1), name="oven"),
            *([keras.layers.Masking(0.0, name="masking")] if mask else []),
            keras.layers.LSTM(16, name="lstm"),
            keras.layers.Dense(1, name="settles_at"),
        ],
        name=NAME if mask else f"{NAME}_without_mask",
    )


def score(outputs: NDArray[np.float32], data: Dataset) -> dict[str, float]:
    """Return the error.

    Parameters
    ----------
    outputs : numpy.ndarray
        Shape (sequences, 1).
    data : Dataset

    Returns
    -------
    dict
        ``rmse``, and ``baseline_rmse`` of saying the last temperature that was read, in °C.
    """
    readings = data.inputs[0][..., 0]
    last = readings[np.arange(len(readings)), np.count_nonzero(readings, axis=1) - 1]

    def rmse(guess: NDArray[np.float32]) -> float:
        return DEGREES * float(np.sqrt(np.mean((guess - data.targets[0][:, 0]) ** 2)))

    return {"rmse": rmse(outputs[:, 0]), "baseline_rmse": rmse(last)}


ABOUT: dict[str, Any] = {
    "title": "Padding, with a mask and without",
    "description": (
        "An LSTM with 16 units reads the first 8 to 40 minutes of an oven that warms up and says at which "
        "temperature it will settle. Short sequences are padded with zeros, and the Masking layer has the "
        "state stand still there."
    ),
    "kind": "many-to-one",
    "shows": "What a mask is for: padding without one is read as data.",
    "model": "model.keras",
    "data": "ovens.npz",
    "shaping": {},  # the arrays are samples already
    "batch_size": 4,
    "stateful": False,
    "resets": _making.ONCE_AN_EPOCH,
    "epochs": 1,
    "score": (
        f"RMSE {{rmse:.1f}} °C on {HELD_OUT} ovens that it was not trained on; "
        "saying the last temperature that was read gives {baseline_rmse:.0f} °C."
    ),
    "output_names": ["settles at [100 °C]"],
    "alternatives": {
        "without_mask": {
            "title": "Padding, without the mask",
            "description": (
                "The same weights without the Masking layer. "
                "The LSTM takes the zeros for an oven as cold as ice, and its answer drifts with every one "
                "of them."
            ),
            "model": "without_mask.keras",
            "score": "RMSE {rmse:.0f} °C on the same ovens.",
        },
    },
}


def make(folder: Path) -> str:
    """Write held-out sequences, both models and the metadata into a folder.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    str
        The score in words.
    """
    readings, settles = generate_data()
    np.savez_compressed(
        folder / "ovens.npz",
        x=readings[TRAINED:],
        y=settles[TRAINED:],
        feature_names=np.array(["oven [100 °C]"]),
        target_names=np.array(ABOUT["output_names"]),
    )
    model = _making.train(
        build_model,
        readings[:TRAINED],
        settles[:TRAINED],
        seed=SEED,
        epochs=EPOCHS,
        batch_size=32,
        loss="mse",
        rate=0.01,
    )
    bare = _making.copy_weights(model, build_model(mask=False))
    return _making.write_example(folder, ABOUT, {"model.keras": model, "without_mask.keras": bare}, score)


if __name__ == "__main__":
    _making.run_script(NAME, make, __doc__)
