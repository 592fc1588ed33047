"""Example: what state a machine is in, a tag for every timestep, from an LSTM(16).

``python -m lstm_viz.examples.tagger`` makes it again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.dataset import Dataset
from lstm_viz.examples import _making

NAME = "tagger"
SEED = 11
TIMESTEPS = 120
TRAINED, HELD_OUT = 160, 24  # sequences
EPOCHS = 30
FEATURES = ("temperature", "vibration", "current")  # each as a fraction of its value at rated load
STATES = ("idle", "warming", "running", "fault")
IDLE, WARMING, RUNNING, FAULT = range(4)
WARMING_TIMESTEPS = 10
BURST_TIMESTEPS = 2


def simulate(rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Run one machine through a few cycles of idle, warming, running and perhaps fault.

    No single timestep tells the state. Warming ends a fixed time after switching on, while the current
    has long settled. A fault begins with a short burst of vibration while the machine runs and lasts, looking
    like running, until it is switched off. The same burst while it is warming means nothing.

    Parameters
    ----------
    rng : numpy.random.Generator

    Returns
    -------
    features : numpy.ndarray
        Shape (120, 3), in the order of ``FEATURES``.
    states : numpy.ndarray
        Shape (120,), indices into ``STATES``.
    """
    states: list[int] = []
    bursts: list[int] = []  # timesteps
    starts: list[int] = []
    while len(states) < TIMESTEPS:
        states += [IDLE] * int(rng.integers(6, 16))
        starts.append(len(states))
        if rng.random() < 0.4:
            bursts.append(len(states) + int(rng.integers(2, WARMING_TIMESTEPS - BURST_TIMESTEPS)))
        states += [WARMING] * WARMING_TIMESTEPS
        states += [RUNNING] * int(rng.integers(8, 26))
        if rng.random() < 0.6:
            bursts.append(len(states))
            states += [FAULT] * int(rng.integers(8, 21))
    tags = np.array(states[:TIMESTEPS], dtype=np.int32)

    on = tags != IDLE
    current = np.where(on, 1.0, 0.05)
    current[[start for start in starts if start < TIMESTEPS]] = 2.0  # inrush
    vibration = np.where(on, 0.6, 0.05)
    for burst in bursts:
        vibration[burst : burst + BURST_TIMESTEPS] = 1.6
    ambient = rng.uniform(0.0, 0.4)
    temperature = np.empty(TIMESTEPS)
    level = ambient
    for t in range(TIMESTEPS):
        level += ((ambient + 0.6 if on[t] else ambient) - level) / 12
        temperature[t] = level
    clean = np.stack([temperature, vibration, current], axis=1)
    noisy = clean + rng.normal(0.0, (0.03, 0.1, 0.06), clean.shape)
    return noisy.astype(np.float32), tags


def generate_data() -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Return all sequences, those to train on first, then the held-out ones.

    Returns
    -------
    features : numpy.ndarray
        Shape (184, 120, 3).
    states : numpy.ndarray
        Shape (184, 120).
    """
    rng = np.random.default_rng(SEED)
    sequences = [simulate(rng) for _ in range(TRAINED + HELD_OUT)]
    return np.stack([x for x, _ in sequences]), np.stack([y for _, y in sequences])


def build_model() -> Any:
    """Return the untrained keras.Model: (batch, timesteps, 3) → LSTM(16) → a softmax for each timestep."""
    import keras

    return keras.Sequential(
        [
            keras.Input((None, len(FEATURES)), name="machine"),
            keras.layers.LSTM(16, return_sequences=True, name="lstm"),
            keras.layers.Dense(len(STATES), activation="softmax", name="state"),
        ],
        name=NAME,
    )


def build_baseline() -> Any:
    """Return the same with a Dense(16) in place of the LSTM: it sees each timestep on its own."""
    import keras

    return keras.Sequential(
        [
            keras.Input((None, len(FEATURES))),
            keras.layers.Dense(16, activation="tanh"),
            keras.layers.Dense(len(STATES), activation="softmax"),
        ]
    )


def score(outputs: NDArray[np.float32], data: Dataset) -> dict[str, float]:
    """Return how many timesteps are tagged rightly.

    Parameters
    ----------
    outputs : numpy.ndarray
        Shape (sequences, timesteps, 4).
    data : Dataset

    Returns
    -------
    dict
        ``accuracy``: the share of timesteps whose most probable state is the right one.
    """
    states = data.targets[0].reshape(outputs.shape[:2])
    return {"accuracy": float(np.mean(outputs.argmax(axis=-1) == states))}


ABOUT: dict[str, Any] = {
    "title": "A tag for every timestep",
    "description": (
        "An LSTM with 16 units reads temperature, vibration and current of a machine and says at every "
        "timestep whether it is idle, warming, running or faulty. "
        "It has to remember: a fault shows for two timesteps only and lasts until the machine is "
        "switched off, and warming ends a fixed time after it is switched on."
    ),
    "kind": "many-to-many",
    "shows": "Many-to-many: the state of a machine at every timestep.",
    "model": "model.keras",
    "data": "machine.npz",
    "shaping": {},  # the arrays are samples already
    "batch_size": 4,
    "stateful": False,
    "resets": _making.ONCE_AN_EPOCH,
    "epochs": 1,
    "score": (
        f"{{accuracy:.1%}} of the timesteps of {HELD_OUT} held-out sequences are tagged rightly; "
        "a network that sees one timestep at a time reaches {baseline_accuracy:.1%}."
    ),
    "output_names": list(STATES),
}


def make(folder: Path) -> str:
    """Write held-out sequences, model and metadata into a folder.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    str
        The score in words.
    """
    features, states = generate_data()
    np.savez_compressed(
        folder / "machine.npz",
        x=features[TRAINED:],
        y=states[TRAINED:],
        feature_names=np.array(FEATURES),
        class_names=np.array(STATES),
    )
    model, baseline = (
        _making.train(
            build,
            features[:TRAINED],
            states[:TRAINED],
            seed=SEED,
            epochs=EPOCHS,
            batch_size=16,
            loss="sparse_categorical_crossentropy",
            rate=0.03,
        )
        for build in (build_model, build_baseline)
    )
    data = _making.shaped(folder, ABOUT)
    reached = score(_making.keras_outputs(baseline, data, ABOUT), data)["accuracy"]
    return _making.write_example(folder, ABOUT, {"model.keras": model}, score, {"baseline_accuracy": reached})


if __name__ == "__main__":
    _making.run_script(NAME, make, __doc__)
