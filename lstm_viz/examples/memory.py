"""Example: a value is kept over a long gap and given back when it is asked for, by an LSTM(2).

``python -m lstm_viz.examples.memory`` makes it again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.dataset import Dataset
from lstm_viz.examples import _making

NAME = "memory"
SEED = 2
UNITS = 2
TIMESTEPS = 100
LONGEST_GAP = 70  # timesteps
HELD_OUT = 24  # sequences
FEATURES = ("value", "keep", "ask")
# First short gaps, then ever longer ones: timesteps, the longest gap, sequences, epochs.
LESSONS = ((20, 8, 1024, 30), (50, 25, 1024, 20), (TIMESTEPS, LONGEST_GAP, 1024, 20))
CLOSE = 0.1


def generate_sequence(
    timesteps: int, longest_gap: int, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return values that come at every timestep, of which a few are to be kept until they are asked for.

    Parameters
    ----------
    timesteps : int
    longest_gap : int
        The most timesteps from keeping to asking.
    rng : numpy.random.Generator

    Returns
    -------
    features : numpy.ndarray
        Shape (timesteps, 3): a value from -1 to 1 at every timestep, 1 where it is to be kept, 1 where the
        kept one is asked for.
    answers : numpy.ndarray
        Shape (timesteps, 1): the kept value where it is asked for, otherwise 0.
    """
    features = np.zeros((timesteps, len(FEATURES)), np.float32)
    answers = np.zeros((timesteps, 1), np.float32)
    features[:, 0] = rng.uniform(-1, 1, timesteps)
    keep = int(rng.integers(0, max(1, timesteps - longest_gap)))
    while keep < timesteps:
        features[keep, 1] = 1
        ask = keep + int(rng.integers(1, longest_gap + 1))
        if ask < timesteps:
            features[ask, 2] = 1
            answers[ask] = features[keep, 0]
        keep = ask + int(rng.integers(1, 10))
    return features, answers


def generate_data(
    timesteps: int, longest_gap: int, sequences: int, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return many sequences, shapes (sequences, timesteps, 3) and (sequences, timesteps, 1)."""
    rng = np.random.default_rng(seed)
    pairs = [generate_sequence(timesteps, longest_gap, rng) for _ in range(sequences)]
    return np.stack([x for x, _ in pairs]), np.stack([y for _, y in pairs])


def held_out() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the shipped sequences, which are drawn apart from those trained on."""
    return generate_data(TIMESTEPS, LONGEST_GAP, HELD_OUT, SEED + 1000)


def build_model() -> Any:
    """Return the untrained keras.Model: (batch, timesteps, 3) → LSTM(2) → Dense(1) at each timestep."""
    import keras

    return keras.Sequential(
        [
            keras.Input((None, len(FEATURES)), name="values"),
            keras.layers.LSTM(UNITS, return_sequences=True, name="lstm"),
            keras.layers.Dense(1, name="answer"),
        ],
        name=NAME,
    )


def patient_start() -> Any:
    """Return the model before training, its forget gates nearly open and its input gates nearly closed.

    With biases of log(gap) a cell state lasts for about as long as the gap, and what must hold over a long
    gap can be learnt. A gate that starts half open forgets within a few timesteps.
    """
    _making.seed_training(SEED)
    model = build_model()
    kernel, recurrent_kernel, bias = model.get_layer("lstm").get_weights()
    patience = np.log(np.linspace(LONGEST_GAP / 4, LONGEST_GAP, UNITS))
    bias[:UNITS], bias[UNITS : 2 * UNITS] = -patience, patience
    model.get_layer("lstm").set_weights([kernel, recurrent_kernel, bias])
    return model


def score(outputs: NDArray[np.float32], data: Dataset) -> dict[str, float]:
    """Return how well kept values are given back.

    Parameters
    ----------
    outputs : numpy.ndarray
        Shape (sequences, timesteps, 1).
    data : Dataset

    Returns
    -------
    dict
        ``recalled``: the share of asked values that are given back to within 0.1. ``silent``: the share of
        the other timesteps at which the output is within 0.1 of zero. ``longest_gap``: from keeping to
        asking, in timesteps.
    """
    asked = data.inputs[0][:, :, 2] == 1
    near = np.abs(outputs[..., 0] - data.targets[0].reshape(asked.shape)) < CLOSE
    keeps = data.inputs[0][:, :, 1] == 1
    gaps = [
        ask - np.flatnonzero(keeps[sample, :ask])[-1] for sample, ask in zip(*np.nonzero(asked), strict=True)
    ]
    return {
        "recalled": float(near[asked].mean()),
        "silent": float(near[~asked].mean()),
        "longest_gap": float(max(gaps)),
    }


ABOUT: dict[str, Any] = {
    "title": "Remembering over a long gap",
    "description": (
        "A new value comes at every timestep; one of them is marked to be kept and much later asked for, and "
        "an LSTM with two units gives it back. The input gate opens at the mark, the forget gate stays at 1 "
        "over the gap so that the cell state holds, and the output gate opens when the value is asked for."
    ),
    "kind": "many-to-many",
    "shows": "What the gates do: i lets a value in, f keeps it, o gives it out.",
    "model": "model.keras",
    "data": "values.npz",
    "shaping": {},  # the arrays are samples already
    "batch_size": 4,
    "stateful": False,
    "resets": _making.ONCE_AN_EPOCH,
    "epochs": 1,
    "score": (
        "{recalled:.1%} of the values that are asked for, up to {longest_gap:.0f} timesteps after they were "
        "kept, are given back to within 0.1 (values go from -1 to 1); "
        "a network that sees one timestep at a time cannot do better than {baseline_recalled:.1%}."
    ),
    "output_names": ["answer"],
}


def make(folder: Path) -> str:
    """Write sequences, model and metadata into a folder.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    str
        The score in words.
    """
    x, y = held_out()
    np.savez_compressed(folder / "values.npz", x=x, y=y, feature_names=np.array(FEATURES))
    model = patient_start()
    for lesson, (timesteps, longest_gap, sequences, epochs) in enumerate(LESSONS):
        inputs, targets = generate_data(timesteps, longest_gap, sequences, SEED + lesson)
        model = _making.train(
            build_model,
            inputs,
            targets,
            seed=SEED + lesson,
            epochs=epochs,
            batch_size=32,
            loss="mse",
            rate=0.03 / (lesson + 1),
            start=model,
            weights=np.where(inputs[:, :, 2] == 1, 5.0, 1.0),
        )
    # Without a memory the best it can do is the one value of which most others are within 0.1.
    answers = np.sort(y[x[:, :, 2] == 1].ravel())
    most = max(int(np.sum(np.abs(answers - middle) < CLOSE)) for middle in np.linspace(-0.9, 0.9, 181))
    baselines = {"baseline_recalled": most / len(answers)}
    return _making.write_example(folder, ABOUT, {"model.keras": model}, score, baselines)


if __name__ == "__main__":
    _making.run_script(NAME, make, __doc__)
