"""Example: the next temperature of a greenhouse from four measured columns, by an LSTM(12).

``python -m lstm_viz.examples.greenhouse`` makes it again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.dataset import Dataset, Shaping
from lstm_viz.examples import _making

NAME = "greenhouse"
SEED = 13
HOURS = 732
LOOK_BACK = 12
FITTED = 492  # hours; the last third is never trained on
EPOCHS = 80
COLUMNS = ("inside [°C]", "outside [°C]", "sun [klx]", "vent [%]")


def generate_table() -> NDArray[np.float64]:
    """Return what is measured in a greenhouse, hour by hour.

    The sun and the air outside warm it, an open vent cools it, and the soil, which nobody measures, takes up
    heat and gives it back hours later.

    Returns
    -------
    numpy.ndarray
        Shape (732, 4), in the order of ``COLUMNS``.
    """
    rng = np.random.default_rng(SEED)
    table = np.empty((HOURS, len(COLUMNS)))
    clouds, inside, soil, vent = 0.5, 15.0, 15.0, 0.0
    for hour in range(HOURS):
        clouds = float(np.clip(0.9 * clouds + 0.1 * rng.random() + rng.normal(0, 0.1), 0, 1))
        height = max(0.0, -np.cos(2 * np.pi * hour / 24))
        sun = 80 * height * (1 - 0.8 * clouds)
        outside = 12 + 3 * np.sin(2 * np.pi * hour / 240) - 5 * np.cos(2 * np.pi * (hour - 3) / 24)
        if hour % 3 == 0:  # the gardener comes by
            vent = float(rng.choice([0, 50, 100])) if inside > 20 else 0.0
        table[hour] = inside, outside, sun, vent
        soil += 0.08 * (inside - soil)
        inside += 0.12 * (outside - inside) + 0.25 * (soil - inside) + 0.09 * sun
        inside += 0.004 * vent * (outside - inside) + rng.normal(0, 0.1)
    return table.round(1)


def build_model(features: int = len(COLUMNS)) -> Any:
    """Return the untrained keras.Model: twelve hours of so many columns → LSTM(12) → Dense(1)."""
    import keras

    return keras.Sequential(
        [
            keras.Input((LOOK_BACK, features), name="measured"),
            keras.layers.LSTM(12, name="lstm"),
            keras.layers.Dense(1, name="next_inside"),
        ],
        name=NAME,
    )


def score(outputs: NDArray[np.float32], data: Dataset) -> dict[str, float]:
    """Return the errors on the last third, in °C.

    Parameters
    ----------
    outputs : numpy.ndarray
        Shape (samples, 1).
    data : Dataset

    Returns
    -------
    dict
        ``rmse``, and ``baseline_rmse`` of repeating the hour before.
    """
    late = slice(FITTED - LOOK_BACK, None)
    inside = data.unscale_targets(data.targets[0])[late, 0]
    now = data.unscale_inputs(data.inputs[0])[late, -1, 0]

    def rmse(guess: NDArray[Any]) -> float:
        return float(np.sqrt(np.mean((guess - inside) ** 2)))

    return {"rmse": rmse(data.unscale_targets(outputs)[late, 0]), "baseline_rmse": rmse(now)}


ABOUT: dict[str, Any] = {
    "title": "Several features",
    "description": (
        "An LSTM with 12 units reads twelve hours of four columns (the temperature in a greenhouse and "
        "outside, the sun, the vent) and predicts the next temperature. Each column is a feature, scaled by "
        "itself."
    ),
    "kind": "many-to-one",
    "shows": "Several features: four columns in, one of them predicted.",
    "model": "model.keras",
    "data": "greenhouse.csv",
    "shaping": {
        "look_back": LOOK_BACK,
        "stride": 1,
        "past_as": "timesteps",
        "columns": list(COLUMNS),
        "target": COLUMNS[0],
        "target_is": "next",
        "scaling": "standard",
        "fit_on": FITTED / HOURS,
    },
    "batch_size": 8,
    "stateful": False,
    "resets": _making.ONCE_AN_EPOCH,
    "epochs": 1,
    "score": (
        "RMSE {rmse:.2f} °C on the last ten days, which it was not trained on; the same network with the "
        "temperature alone gives {alone_rmse:.2f} °C, and repeating the hour before {baseline_rmse:.2f} °C."
    ),
    "output_names": [COLUMNS[0]],
}


def make(folder: Path) -> str:
    """Write table, model and metadata into a folder.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    str
        The score in words.
    """
    rows = "".join(f"{hour},{','.join(map(str, row))}\n" for hour, row in enumerate(generate_table()))
    (folder / "greenhouse.csv").write_text(f"hour,{','.join(COLUMNS)}\n{rows}", encoding="utf-8")

    def trained(data: Dataset) -> Any:
        return _making.train(
            lambda: build_model(data.inputs[0].shape[2]),
            data.inputs[0][: FITTED - LOOK_BACK],
            data.targets[0][: FITTED - LOOK_BACK],
            seed=SEED,
            epochs=EPOCHS,
            batch_size=16,
            loss="mse",
            rate=0.01,
        )

    data = _making.shaped(folder, ABOUT)
    alone = data.reshaped(Shaping(**{**ABOUT["shaping"], "columns": COLUMNS[:1]}))
    alone_rmse = score(_making.keras_outputs(trained(alone), alone, ABOUT), alone)["rmse"]
    return _making.write_example(
        folder, ABOUT, {"model.keras": trained(data)}, score, {"alone_rmse": alone_rmse}
    )


if __name__ == "__main__":
    _making.run_script(NAME, make, __doc__)
