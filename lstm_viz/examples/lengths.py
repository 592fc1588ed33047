"""Example: sequences of different lengths without padding, padded, and padded with a mask.

``python -m lstm_viz.examples.lengths`` makes it again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.dataset import Dataset
from lstm_viz.examples import _making

NAME = "lengths"
SEED = 16
LENGTHS = (8, 11, 14, 18, 22, 26, 30)  # timesteps
TRAINED, HELD_OUT = 980, 56  # calls, as many of each length
EPOCHS = 40
ENDING = 6  # timesteps that tell how a call ends
ENDINGS = ("rising", "level", "falling")
FEATURES = ("pitch [kHz]", "loudness")


def call(timesteps: int, ending: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return the call of a bird, which wanders in pitch until its last timesteps rise, stay or fall.

    Parameters
    ----------
    timesteps : int
    ending : int
        Index into ``ENDINGS``.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray
        Pitch and loudness, shape (timesteps, 2).
    """
    time = np.arange(timesteps)
    wander = rng.uniform(0.2, 0.5) * np.sin(2 * np.pi * time / rng.uniform(8, 16) + rng.uniform(0, 2 * np.pi))
    pitch = rng.uniform(2.0, 3.5) + wander
    turn = timesteps - ENDING
    pitch[turn:] = pitch[turn] + (1 - ending) * rng.uniform(0.08, 0.16) * np.arange(ENDING)
    loudness = rng.uniform(0.5, 0.9) * np.minimum(1, (time + 1) / 3)
    return np.stack([pitch + rng.normal(0, 0.04, timesteps), loudness], axis=1).astype(np.float32)


def generate_data() -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.int64]]:
    """Return all calls, those to train on first, then the held-out ones.

    Returns
    -------
    calls : numpy.ndarray
        Shape (1036, 30, 2); zeros after the end of a call.
    endings : numpy.ndarray
        Shape (1036,), indices into ``ENDINGS``.
    lengths : numpy.ndarray
        Timesteps of each call, shape (1036,).
    """
    rng = np.random.default_rng(SEED)
    lengths = np.concatenate([rng.permutation(np.resize(LENGTHS, count)) for count in (TRAINED, HELD_OUT)])
    endings = rng.integers(len(ENDINGS), size=len(lengths)).astype(np.int32)
    calls = np.zeros((len(lengths), max(LENGTHS), len(FEATURES)), np.float32)
    for sample, (length, ending) in enumerate(zip(lengths, endings, strict=True)):
        calls[sample, :length] = call(int(length), int(ending), rng)
    return calls, endings, lengths


def build_model(mask: bool = False) -> Any:
    """Return the untrained keras.Model: a call of any length → LSTM(16) → a softmax over three endings.

    Parameters
    ----------
    mask : bool
        With a Masking layer before the LSTM, which changes no weight.
    """
    import keras

    return keras.Sequential(
        [
            keras.Input((None, len(FEATURES)), name="call"),
            *([keras.layers.Masking(0.0, name="masking")] if mask else []),
            keras.layers.LSTM(16, name="lstm"),
            keras.layers.Dense(len(ENDINGS), activation="softmax", name="ending"),
        ],
        name=f"{NAME}_masked" if mask else NAME,
    )


def score(outputs: NDArray[np.float32], data: Dataset) -> dict[str, float]:
    """Return how many endings are recognised.

    Parameters
    ----------
    outputs : numpy.ndarray
        Shape (calls, 3).
    data : Dataset

    Returns
    -------
    dict
        ``accuracy``: the share of calls whose most probable ending is the right one.
    """
    endings = data.targets[0].reshape(len(outputs))
    return {"accuracy": float(np.mean(outputs.argmax(axis=-1) == endings))}


ABOUT: dict[str, Any] = {
    "title": "Sequences of different lengths",
    "description": (
        "Bird calls of 8 to 30 timesteps run through an LSTM with 16 units, each at its own length: a batch "
        "holds calls of one length, and nothing is padded. At the end of each the model says whether it "
        "ended rising, level or falling."
    ),
    "kind": "many-to-one",
    "shows": "Variable lengths without padding, and what padding changes.",
    "model": "model.keras",
    "data": "calls.npz",
    "shaping": {},  # the arrays are samples already
    "batch_size": 4,
    "stateful": False,
    "resets": _making.ONCE_AN_EPOCH,
    "epochs": 1,
    "score": (
        f"{{accuracy:.0%}} of {HELD_OUT} held-out calls are recognised; guessing gives "
        f"{{baseline_accuracy:.0%}}."
    ),
    "output_names": list(ENDINGS),
    "alternatives": {
        "padded": {
            "title": "Different lengths, padded",
            "description": (
                "The same model over the same calls, padded with zeros to 30 timesteps. "
                "To the LSTM the zeros are more of the call, and it answers for an ending that is not there."
            ),
            "padded": True,
            "score": "{accuracy:.0%} of the same calls are recognised.",
        },
        "masked": {
            "title": "Different lengths, padded and masked",
            "description": (
                "The same weights behind a Masking layer, over the padded calls. "
                "The state stands still at the zeros, and every answer is the one that the call gets at its "
                "own length."
            ),
            "model": "masked.keras",
            "padded": True,
            "score": "{accuracy:.0%} of the same calls are recognised.",
        },
    },
}


def make(folder: Path) -> str:
    """Write held-out calls, both models and the metadata into a folder.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    str
        The score in words.
    """
    calls, endings, lengths = generate_data()
    np.savez_compressed(
        folder / "calls.npz",
        x=calls[TRAINED:],
        y=endings[TRAINED:],
        lengths=lengths[TRAINED:],
        feature_names=np.array(FEATURES),
        class_names=np.array(ENDINGS),
    )
    # Padded and masked it learns the same as from calls of one length at a time, and faster.
    masked = _making.train(
        lambda: build_model(mask=True),
        calls[:TRAINED],
        endings[:TRAINED],
        seed=SEED,
        epochs=EPOCHS,
        batch_size=20,
        loss="sparse_categorical_crossentropy",
        rate=0.004,
    )
    models = {"model.keras": _making.copy_weights(masked, build_model()), "masked.keras": masked}
    guessing = {"baseline_accuracy": 1 / len(ENDINGS)}
    return _making.write_example(folder, ABOUT, models, score, guessing)


if __name__ == "__main__":
    _making.run_script(NAME, make, __doc__)
