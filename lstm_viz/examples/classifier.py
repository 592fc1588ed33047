"""Example: which gesture was drawn, from sequences of several lengths, by two stacked LSTMs with a mask.

``python -m lstm_viz.examples.classifier`` makes it again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.dataset import Dataset
from lstm_viz.examples import _making

NAME = "classifier"
SEED = 5
SHORTEST, LONGEST = 20, 60  # timesteps
TRAINED, HELD_OUT = 480, 64  # gestures
EPOCHS = 30
MASK_VALUE = 0.0
FEATURES = ("pen x", "pen y")  # from where the pen was put down
GESTURES = ("clockwise", "anticlockwise", "figure eight", "zigzag")


def draw(gesture: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Draw one gesture, with its own size, slant, speed and tremor.

    Parameters
    ----------
    gesture : int
        Index into ``GESTURES``.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray
        Positions of the pen, shape (timesteps, 2), 20 to 60 timesteps.
    """
    timesteps = int(rng.integers(SHORTEST, LONGEST + 1))
    # The pen speeds up and slows down on its way.
    way = np.linspace(0.0, 1.0, timesteps)
    way = way + rng.uniform(-0.12, 0.12) * np.sin(2 * np.pi * way)
    name = GESTURES[gesture]
    if name == "zigzag":
        strokes = rng.integers(3, 6)
        x, y = 2 * way - 1, np.abs((strokes * way) % 2 - 1) - 0.5
    else:
        angle = 2 * np.pi * (rng.uniform(1.0, 1.6) * way + rng.random())
        if name == "clockwise":
            angle = -angle
        x, y = np.cos(angle), np.sin(2 * angle if name == "figure eight" else angle)
        if name == "figure eight":
            y = 0.6 * y
    slant = rng.uniform(-0.5, 0.5)
    turn = np.array([[np.cos(slant), -np.sin(slant)], [np.sin(slant), np.cos(slant)]])
    path = rng.uniform(0.6, 1.2) * np.stack([x, y], axis=1) @ turn.T
    path = path - path[0] + rng.normal(0.0, 0.05, path.shape)
    return np.asarray(path, dtype=np.float32)


def generate_data() -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Return all gestures, padded at the end, those to train on first, then the held-out ones.

    Returns
    -------
    positions : numpy.ndarray
        Shape (544, 60, 2); after the end of a gesture both features are ``MASK_VALUE``.
    gestures : numpy.ndarray
        Shape (544,), indices into ``GESTURES``.
    """
    rng = np.random.default_rng(SEED)
    counts = (TRAINED, HELD_OUT)
    # As many of each in either part, in random order.
    gestures = np.concatenate([rng.permutation(np.arange(n) % len(GESTURES)) for n in counts])
    positions = np.full((len(gestures), LONGEST, len(FEATURES)), MASK_VALUE, dtype=np.float32)
    for sample, gesture in enumerate(gestures):
        path = draw(int(gesture), rng)
        positions[sample, : len(path)] = path
    return positions, gestures.astype(np.int32)


def build_model() -> Any:
    """Return the untrained keras.Model: Masking → LSTM(24), every timestep → LSTM(12), last one → softmax."""
    import keras

    return keras.Sequential(
        [
            keras.Input((None, len(FEATURES)), name="pen"),
            keras.layers.Masking(MASK_VALUE, name="masking"),
            keras.layers.LSTM(24, return_sequences=True, name="lstm_1"),
            keras.layers.LSTM(12, name="lstm_2"),
            keras.layers.Dense(len(GESTURES), activation="softmax", name="gesture"),
        ],
        name=NAME,
    )


def score(outputs: NDArray[np.float32], data: Dataset) -> dict[str, float]:
    """Return how many gestures are recognised.

    Parameters
    ----------
    outputs : numpy.ndarray
        Shape (gestures, 4).
    data : Dataset

    Returns
    -------
    dict
        ``accuracy``: the share of gestures whose most probable class is the right one.
    """
    gestures = data.targets[0].reshape(len(outputs))
    return {"accuracy": float(np.mean(outputs.argmax(axis=-1) == gestures))}


ABOUT: dict[str, Any] = {
    "title": "One class for a whole sequence",
    "description": (
        "Two stacked LSTMs with 24 and 12 units follow a pen and say at the end which of four gestures "
        "it drew. "
        f"Gestures take {SHORTEST} to {LONGEST} timesteps and are padded with zeros at the end, "
        "which a Masking layer makes both LSTMs skip."
    ),
    "kind": "many-to-one",
    "shows": "Many-to-one: two stacked LSTMs, and padded sequences with a mask.",
    "model": "model.keras",
    "data": "gestures.npz",
    "shaping": {},  # the arrays are samples already
    "batch_size": 8,
    "stateful": False,
    "resets": _making.ONCE_AN_EPOCH,
    "epochs": 1,
    "score": (
        f"{{accuracy:.1%}} of {HELD_OUT} held-out gestures are recognised; "
        "guessing gives {baseline_accuracy:.0%}."
    ),
    "output_names": list(GESTURES),
}


def make(folder: Path) -> str:
    """Write held-out gestures, model and metadata into a folder.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    str
        The score in words.
    """
    positions, gestures = generate_data()
    np.savez_compressed(
        folder / "gestures.npz",
        x=positions[TRAINED:],
        y=gestures[TRAINED:],
        feature_names=np.array(FEATURES),
        class_names=np.array(GESTURES),
    )
    model = _making.train(
        build_model,
        positions[:TRAINED],
        gestures[:TRAINED],
        seed=SEED,
        epochs=EPOCHS,
        batch_size=32,
        loss="sparse_categorical_crossentropy",
    )
    guessing = {"baseline_accuracy": 1 / len(GESTURES)}
    return _making.write_example(folder, ABOUT, {"model.keras": model}, score, guessing)


if __name__ == "__main__":
    _making.run_script(NAME, make, __doc__)
