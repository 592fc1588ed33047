"""Example: which gesture was drawn, from sequences of several lengths, by two stacked LSTMs with a mask.

``python -m lstm_viz.examples.classifier`` makes it again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

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


def train(positions: NDArray[np.float32], gestures: NDArray[np.int32]) -> Any:
    """Train on whole gestures.

    Parameters
    ----------
    positions : numpy.ndarray
        Shape (gestures, 60, 2), padded.
    gestures : numpy.ndarray
        Shape (gestures,).

    Returns
    -------
    keras.Model
        Trained, not compiled.
    """
    import keras

    _making.seed_training(SEED)
    model = build_model()
    batch_size = 32
    rate = keras.optimizers.schedules.CosineDecay(0.02, EPOCHS * len(positions) // batch_size, alpha=0.02)
    model.compile(optimizer=keras.optimizers.Adam(rate, clipnorm=1.0), loss="sparse_categorical_crossentropy")
    model.fit(positions, gestures, batch_size=batch_size, epochs=EPOCHS, verbose=0)
    trained = build_model()
    trained.set_weights(model.get_weights())
    return trained


def accuracy(model: Any, positions: NDArray[np.float32], gestures: NDArray[np.int32]) -> float:
    """Return the fraction of gestures that are recognised.

    Parameters
    ----------
    model : keras.Model
    positions : numpy.ndarray
        Shape (gestures, 60, 2), padded.
    gestures : numpy.ndarray
        Shape (gestures,).

    Returns
    -------
    float
        0 to 1.
    """
    return float(np.mean(model.predict(positions, verbose=0).argmax(axis=-1) == gestures))


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
    held_out = positions[TRAINED:], gestures[TRAINED:]
    np.savez_compressed(
        folder / "gestures.npz",
        x=held_out[0],
        y=held_out[1],
        feature_names=np.array(FEATURES),
        class_names=np.array(GESTURES),
    )
    model = train(positions[:TRAINED], gestures[:TRAINED])
    _making.save_model(model, folder / "model.keras")
    scores = {"accuracy": accuracy(model, *held_out), "baseline_accuracy": 1 / len(GESTURES)}
    words = (
        f"{scores['accuracy']:.1%} of {HELD_OUT} held-out gestures are recognised; "
        f"guessing gives {scores['baseline_accuracy']:.0%}."
    )
    _making.write_metadata(
        folder,
        title="One class for a whole sequence",
        description=(
            "Two stacked LSTMs with 24 and 12 units follow a pen and say at the end which of four gestures "
            "it drew. "
            f"Gestures take {SHORTEST} to {LONGEST} timesteps and are padded with zeros at the end, "
            "which a Masking layer makes both LSTMs skip."
        ),
        model="model.keras",
        data="gestures.npz",
        shaping={},  # the arrays are samples already
        batch_size=8,
        stateful=False,
        resets={"each_batch": False, "each_epoch": True, "every": None},
        epochs=1,
        score=words,
        scores=scores,
        parameters=int(model.count_params()),
        output_names=list(GESTURES),
    )
    return words


if __name__ == "__main__":
    _making.run_script(NAME, make, __doc__)
