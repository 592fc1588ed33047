"""Example: a curve drawn point by point from the code of its shape, by RepeatVector and an LSTM(32).

``python -m lstm_viz.examples.curve`` makes it again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.dataset import Dataset
from lstm_viz.examples import _making

NAME = "curve"
SEED = 8
POINTS = 40
TRAINED, HELD_OUT = 320, 16  # curves
EPOCHS = 150
SHAPES = ("circle", "figure eight", "heart", "spiral")
FEATURES = (*SHAPES, "size")


def draw(shape: int, size: float) -> NDArray[np.float32]:
    """Return the points of a curve.

    Parameters
    ----------
    shape : int
        Index into ``SHAPES``.
    size : float

    Returns
    -------
    numpy.ndarray
        x and y of each point, shape (40, 2).
    """
    way = np.linspace(0, 2 * np.pi, POINTS)
    match SHAPES[shape]:
        case "circle":
            x, y = np.cos(way), np.sin(way)
        case "figure eight":
            x, y = np.sin(2 * way), np.sin(way)
        case "heart":
            x = np.sin(way) ** 3
            y = (13 * np.cos(way) - 5 * np.cos(2 * way) - 2 * np.cos(3 * way) - np.cos(4 * way)) / 16
        case _:
            x, y = way / (2 * np.pi) * np.cos(2 * way), way / (2 * np.pi) * np.sin(2 * way)
    return np.asarray(size * np.stack([x, y], axis=1), np.float32)


def generate_data() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return all codes and curves, those to train on first, then the held-out ones.

    Returns
    -------
    codes : numpy.ndarray
        One 1 among the shapes, and the size, shape (336, 5).
    curves : numpy.ndarray
        Shape (336, 40, 2).
    """
    rng = np.random.default_rng(SEED)
    shapes = np.arange(TRAINED + HELD_OUT) % len(SHAPES)
    sizes = rng.uniform(0.5, 1.0, len(shapes))
    codes = np.column_stack([np.eye(len(SHAPES))[shapes], sizes])
    curves = [draw(int(shape), float(size)) for shape, size in zip(shapes, sizes, strict=True)]
    return codes.astype(np.float32), np.stack(curves)


def build_model() -> Any:
    """Return the untrained keras.Model: a code → RepeatVector(40) → LSTM(32) → Dense(2) at each timestep."""
    import keras

    return keras.Sequential(
        [
            keras.Input((len(FEATURES),), name="code"),
            keras.layers.RepeatVector(POINTS, name="repeat"),
            keras.layers.LSTM(32, return_sequences=True, name="lstm"),
            keras.layers.Dense(2, name="point"),
        ],
        name=NAME,
    )


def score(outputs: NDArray[np.float32], data: Dataset) -> dict[str, float]:
    """Return how far the points are off.

    Parameters
    ----------
    outputs : numpy.ndarray
        Shape (curves, 40, 2).
    data : Dataset

    Returns
    -------
    dict
        ``off``: mean distance of a point from where it belongs, as a share of the curve's size.
        ``baseline_off``: the same for points that all stay in the middle.
    """
    sizes = data.inputs[0][:, -1:]

    def off(points: Any) -> float:
        return float(np.mean(np.linalg.norm(points - data.targets[0], axis=2) / sizes))

    return {"off": off(outputs), "baseline_off": off(0.0)}


ABOUT: dict[str, Any] = {
    "title": "A curve from a code",
    "description": (
        "One vector goes in, the code of a shape and its size; RepeatVector hands it to an LSTM with 32 "
        "units at each of 40 timesteps, and a curve comes out point by point. The input never changes, so it "
        "is the state alone that knows how far the drawing has come."
    ),
    "kind": "one-to-many",
    "shows": "One-to-many: one vector in, repeated by RepeatVector, and a sequence out.",
    "model": "model.keras",
    "data": "codes.npz",
    "shaping": {},  # the arrays are samples already
    "batch_size": 4,
    "stateful": False,
    "resets": _making.ONCE_AN_EPOCH,
    "epochs": 1,
    "score": (
        "The points of curves of sizes that it was not trained on are off by {off:.1%} of the size on "
        "average; points that stayed in the middle would be off by {baseline_off:.0%}."
    ),
    "output_names": ["x", "y"],
}


def make(folder: Path) -> str:
    """Write held-out codes and curves, model and metadata into a folder.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    str
        The score in words.
    """
    codes, curves = generate_data()
    np.savez_compressed(
        folder / "codes.npz",
        x=codes[TRAINED:],
        y=curves[TRAINED:],
        feature_names=np.array(FEATURES),
        target_names=np.array(ABOUT["output_names"]),
    )
    model = _making.train(
        build_model,
        codes[:TRAINED],
        curves[:TRAINED],
        seed=SEED,
        epochs=EPOCHS,
        batch_size=16,
        loss="mse",
        rate=0.01,
    )
    return _making.write_example(folder, ABOUT, {"model.keras": model}, score)


if __name__ == "__main__":
    _making.run_script(NAME, make, __doc__)
