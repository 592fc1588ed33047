"""Example: a stateful LSTM(12) in batches of four, its samples interleaved rightly and wrongly.

``python -m lstm_viz.examples.interleaved`` makes it again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.dataset import Dataset, Scaling
from lstm_viz.examples import _making

NAME = "interleaved"
SEED = 14
ON, OFF = 9, 15  # minutes
BATCH_SIZE = 4
LOOK_BACK = 4
MINUTES = BATCH_SIZE * LOOK_BACK * 30 + 1
PASSAGE = 96  # minutes that are read in one go in training
PASSAGES = 256
EPOCHS = 60
HALF = 1.6  # kW; more is on


def measure(minutes: int, phase: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the power that a kiln takes, in kW, minute by minute: nine on, fifteen off, and so on."""
    on = (np.arange(minutes) + phase) % (ON + OFF) < ON
    power: NDArray[np.float64] = np.where(on, 3.0, 0.2) + rng.normal(0, 0.1, minutes)
    return power


def generate_series() -> NDArray[np.float64]:
    """Return the shipped series, shape (481,), which is drawn apart from those trained on."""
    rounded: NDArray[np.float64] = np.round(measure(MINUTES, 5, np.random.default_rng(SEED)), 2)
    return rounded


def build_model(stateful: bool = True) -> Any:
    """Return the untrained keras.Model: four minutes → LSTM(12) → Dense(1), the next minute.

    Parameters
    ----------
    stateful : bool
        As it is saved, for batches of four. False reads whole passages, and gives the next value after each
        timestep, which is how it is trained.
    """
    import keras

    shape = {"batch_shape": (BATCH_SIZE, LOOK_BACK, 1)} if stateful else {"shape": (None, 1)}
    return keras.Sequential(
        [
            keras.Input(name="power_now", **shape),
            keras.layers.LSTM(12, stateful=stateful, return_sequences=not stateful, name="lstm"),
            keras.layers.Dense(1, name="power"),
        ],
        name=NAME,
    )


def score(outputs: NDArray[np.float32], data: Dataset) -> dict[str, float]:
    """Return how well the next minute is foretold.

    Parameters
    ----------
    outputs : numpy.ndarray
        Shape (samples, 1).
    data : Dataset

    Returns
    -------
    dict
        ``right``: the share of samples after which it is foretold rightly whether the kiln is on.
        ``switches``: the same where that changes with the next minute.
    """
    following = data.unscale_targets(data.targets[0])[:, 0] > HALF
    now = data.unscale_inputs(data.inputs[0])[:, -1, 0] > HALF
    right = (data.unscale_targets(outputs)[:, 0] > HALF) == following
    return {"right": float(right.mean()), "switches": float(right[now != following].mean())}


ABOUT: dict[str, Any] = {
    "title": "Stateful with four rows",
    "description": (
        "A kiln is on for nine minutes and off for fifteen, and an LSTM with 12 units, fed four minutes at a "
        "time in batches of four, has to count on from batch to batch. Interleaved, each row reads its own "
        "quarter of the series without a gap."
    ),
    "kind": "many-to-one",
    "shows": "Stateful with a batch size above 1: which sample hands its state to which.",
    "model": "model.keras",
    "data": "kiln.csv",
    "shaping": {
        "look_back": LOOK_BACK,
        "stride": LOOK_BACK,
        "columns": ["power [kW]"],
        "target": "power [kW]",
        "target_is": "next",
        "scaling": "min-max",
    },
    "batch_size": BATCH_SIZE,
    "stateful": True,
    "resets": _making.ONCE_AN_EPOCH,
    "epochs": 1,
    "interleaved": True,
    "score": (
        "Whether the kiln is on in the next minute is foretold rightly after {right:.0%} of the samples, and "
        "where it switches {switches:.0%} of the time."
    ),
    "output_names": ["power [kW]"],
    "alternatives": {
        "natural_order": {
            "title": "Four rows in natural order",
            "description": (
                "The same model with the samples in their own order: row 0 reads samples 0, 4, 8 and so on. "
                "Each row takes over a state that is twelve minutes old, and counts wrongly from there."
            ),
            "interleaved": False,
            "score": "{right:.0%} right, and where the kiln switches {switches:.0%}.",
        },
    },
}


def make(folder: Path) -> str:
    """Write series, model and metadata into a folder.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    str
        The score in words.
    """
    series = generate_series()
    rows = "".join(f"{minute},{power:.2f}\n" for minute, power in enumerate(series))
    (folder / "kiln.csv").write_text("minute,power [kW]\n" + rows, encoding="utf-8")
    rng = np.random.default_rng(SEED + 1)
    measured = [measure(PASSAGE + 1, int(rng.integers(ON + OFF)), rng) for _ in range(PASSAGES)]
    passages = Scaling.fit(series[:, np.newaxis], "min-max").apply(np.stack(measured)[..., np.newaxis])
    trained = _making.train(
        lambda: build_model(stateful=False),
        passages[:, :-1],
        passages[:, 1:],
        seed=SEED,
        epochs=EPOCHS,
        batch_size=16,
        loss="mse",
    )
    model = _making.copy_weights(trained, build_model())
    return _making.write_example(folder, ABOUT, {"model.keras": model}, score)


if __name__ == "__main__":
    _making.run_script(NAME, make, __doc__)
