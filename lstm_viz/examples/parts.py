"""Example: a long sequence split into parts, over which a stateful LSTM(24) keeps counting.

``python -m lstm_viz.examples.parts`` makes it again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.dataset import Dataset
from lstm_viz.examples import _making

NAME = "parts"
SEED = 15
MINUTES = 1200
PART = 60  # minutes
MOST = 5  # people
TRAINED = 512  # sequences
PASSAGE = 240  # minutes that are read in one go in training
EPOCHS = 50
COLUMNS = ("in", "out")


def watch(minutes: int, rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return who goes through the door of a room, minute by minute, and how many are inside.

    Parameters
    ----------
    minutes : int
    rng : numpy.random.Generator

    Returns
    -------
    door : numpy.ndarray
        1 where somebody goes in, 1 where somebody goes out, shape (minutes, 2).
    inside : numpy.ndarray
        After that, 0 to 5, shape (minutes, 1).
    """
    door = np.zeros((minutes, len(COLUMNS)), np.float32)
    inside = np.zeros((minutes, 1), np.float32)
    people, liked = 0, 0.5
    for minute in range(minutes):
        if rng.random() < 0.01:
            liked = float(rng.uniform(0.1, 0.9))  # how full the room tends to be for a while
        if rng.random() < 0.12:
            goes_in = people == 0 or (people < MOST and rng.random() < 0.5 + liked - people / MOST)
            door[minute, 0 if goes_in else 1] = 1
            people += 1 if goes_in else -1
        inside[minute] = people
    return door, inside


def generate_day() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the shipped sequence, (1200, 2) and (1200, 1), drawn apart from those trained on."""
    return watch(MINUTES, np.random.default_rng(SEED))


def build_model(stateful: bool = True) -> Any:
    """Return the untrained keras.Model: the door → LSTM(24) → Dense(1) at each timestep.

    Parameters
    ----------
    stateful : bool
        As it is saved, for one part a batch. False is how it is trained.
    """
    import keras

    return keras.Sequential(
        [
            keras.Input(batch_shape=(1 if stateful else None, None, len(COLUMNS)), name="door"),
            keras.layers.LSTM(24, stateful=stateful, return_sequences=True, name="lstm"),
            keras.layers.Dense(1, name="inside"),
        ],
        name=NAME,
    )


def score(outputs: NDArray[np.float32], data: Dataset) -> dict[str, float]:
    """Return how well people are counted.

    Parameters
    ----------
    outputs : numpy.ndarray
        Shape (parts, 60, 1).
    data : Dataset

    Returns
    -------
    dict
        ``right``: the share of minutes at which the output, rounded, is the number of people inside.
        ``off``: by how many people the output is off on average.
    """
    inside = data.targets[0].reshape(outputs.shape)
    return {
        "right": float(np.mean(np.rint(outputs) == inside)),
        "off": float(np.mean(np.abs(outputs - inside))),
    }


ABOUT: dict[str, Any] = {
    "title": "A long sequence in parts",
    "description": (
        "An LSTM with 24 units is told who goes in and out of a room and says how many are inside; the day "
        "of 1,200 minutes is cut into 20 parts. Stateful, it counts on from part to part, as if the day had "
        "not been cut."
    ),
    "kind": "many-to-many",
    "shows": "A long sequence split into parts: the state carried over the cuts.",
    "model": "model.keras",
    "data": "door.csv",
    "shaping": {
        "look_back": PART,
        "stride": PART,
        "columns": list(COLUMNS),
        "target": "inside",
        "target_is": "each",
    },
    "batch_size": 1,
    "stateful": True,
    "resets": _making.ONCE_AN_EPOCH,
    "epochs": 1,
    "score": "The number of people is right at {right:.0%} of the minutes, and off by {off:.2f} on average.",
    "output_names": ["inside"],
    "alternatives": {
        "not_carried": {
            "title": "A long sequence, each part on its own",
            "description": (
                "The same model, not stateful: every part begins with an empty state. "
                "Whoever was in the room at the cut is forgotten."
            ),
            "stateful": False,
            "score": "Right at {right:.0%} of the minutes, and off by {off:.2f} people on average.",
        },
    },
}


def make(folder: Path) -> str:
    """Write the day, model and metadata into a folder.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    str
        The score in words.
    """
    day = np.concatenate(generate_day(), axis=1).astype(int)
    rows = "".join(f"{minute},{','.join(map(str, row))}\n" for minute, row in enumerate(day))
    (folder / "door.csv").write_text(f"minute,{','.join(COLUMNS)},inside\n{rows}", encoding="utf-8")
    rng = np.random.default_rng(SEED + 1)
    watched = [watch(PASSAGE, rng) for _ in range(TRAINED)]
    trained = _making.train(
        lambda: build_model(stateful=False),
        np.stack([door for door, _ in watched]),
        np.stack([inside for _, inside in watched]),
        seed=SEED,
        epochs=EPOCHS,
        batch_size=16,
        loss="mae",
        rate=0.01,
    )
    model = _making.copy_weights(trained, build_model())
    return _making.write_example(folder, ABOUT, {"model.keras": model}, score)


if __name__ == "__main__":
    _making.run_script(NAME, make, __doc__)
