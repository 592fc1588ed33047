"""Example: the same series with its past as timesteps and as features, each read by an LSTM(8).

``python -m lstm_viz.examples.reshaping`` makes it again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.dataset import Dataset
from lstm_viz.examples import _making

NAME = "reshaping"
SEED = 12
DAYS = 427
LOOK_BACK = 7
FITTED = 287  # days; the last third is never trained on
EPOCHS = 120


def generate_series() -> NDArray[np.int64]:
    """Return the bicycles counted on a bridge, day by day: weeks, a long swing and lasting weather.

    Returns
    -------
    numpy.ndarray
        Whole numbers, shape (427,).
    """
    rng = np.random.default_rng(SEED)
    day = np.arange(DAYS)
    week = np.array([1.0, 1.05, 1.1, 1.05, 0.95, 0.55, 0.45])[day % 7]
    weather = np.zeros(DAYS)
    for today in range(1, DAYS):
        weather[today] = 0.7 * weather[today - 1] + rng.normal(0, 0.05)
    bicycles = 2000 * week * (1 + 0.15 * np.sin(2 * np.pi * day / 180) + weather)
    return np.asarray(np.rint(bicycles), dtype=np.int64)


def build_model(past_as: str = "timesteps") -> Any:
    """Return the untrained keras.Model: seven days → LSTM(8) → Dense(1).

    Parameters
    ----------
    past_as : str
        "timesteps": seven timesteps of one feature; "features": one timestep of seven features.
    """
    import keras

    return keras.Sequential(
        [
            keras.Input((LOOK_BACK, 1) if past_as == "timesteps" else (1, LOOK_BACK), name="days"),
            keras.layers.LSTM(8, name="lstm"),
            keras.layers.Dense(1, name="next_day"),
        ],
        name=f"{NAME}_{past_as}",
    )


def score(outputs: NDArray[np.float32], data: Dataset) -> dict[str, float]:
    """Return the errors on the last third, in bicycles.

    Parameters
    ----------
    outputs : numpy.ndarray
        Shape (samples, 1).
    data : Dataset

    Returns
    -------
    dict
        ``rmse``, and ``baseline_rmse`` of repeating the day a week before.
    """
    late = slice(FITTED - LOOK_BACK, None)
    counted = data.unscale_targets(data.targets[0])[late, 0]
    week_before = data.unscale_inputs(data.inputs[0]).reshape(data.samples, LOOK_BACK)[late, 0]
    predicted = data.unscale_targets(outputs)[late, 0]
    return {
        "rmse": float(np.sqrt(np.mean((predicted - counted) ** 2))),
        "baseline_rmse": float(np.sqrt(np.mean((week_before - counted) ** 2))),
    }


ABOUT: dict[str, Any] = {
    "title": "A series becomes samples",
    "description": (
        "Seven days of a series are one sample, and an LSTM with 8 units predicts the eighth. "
        "Here the past is seven timesteps of one feature, [samples, 7, 1]: the LSTM runs seven times for "
        "each sample."
    ),
    "kind": "many-to-one",
    "shows": "From a series to [samples, timesteps, features], and what becomes of the past.",
    "model": "timesteps.keras",
    "data": "bicycles.csv",
    "shaping": {
        "look_back": LOOK_BACK,
        "stride": 1,
        "past_as": "timesteps",
        "columns": ["bicycles"],
        "target": "bicycles",
        "target_is": "next",
        "scaling": "min-max",
        "fit_on": FITTED / DAYS,
    },
    "batch_size": 4,
    "stateful": False,
    "resets": _making.ONCE_AN_EPOCH,
    "epochs": 1,
    "score": (
        "RMSE {rmse:.0f} bicycles on the last 140 days, which it was not trained on; "
        "repeating the day a week before gives {baseline_rmse:.0f}."
    ),
    "output_names": ["bicycles"],
    "generate": {"sample": FITTED - LOOK_BACK - 1, "timesteps": LOOK_BACK, "steps": 28, "temperature": None},
}
ABOUT["alternatives"] = {
    "as_features": {
        "title": "A series, its past as features",
        "description": (
            "The same seven days as seven features of one timestep, [samples, 1, 7]. "
            "The LSTM runs once for each sample: there is nothing to remember, and its recurrent weights do "
            "nothing."
        ),
        "model": "features.keras",
        "shaping": {**ABOUT["shaping"], "past_as": "features"},
        "score": "RMSE {rmse:.0f} bicycles on the same days.",
    },
}


def make(folder: Path) -> str:
    """Write series, both models and the metadata into a folder.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    str
        The score in words.
    """
    rows = "".join(f"{day},{counted}\n" for day, counted in enumerate(generate_series()))
    (folder / "bicycles.csv").write_text("day,bicycles\n" + rows, encoding="utf-8")

    def trained(fields: dict[str, Any]) -> Any:
        data = _making.shaped(folder, {**ABOUT, **fields})
        return _making.train(
            lambda: build_model(data.shaping.past_as),
            data.inputs[0][: FITTED - LOOK_BACK],
            data.targets[0][: FITTED - LOOK_BACK],
            seed=SEED,
            epochs=EPOCHS,
            batch_size=10,
            loss="mse",
            rate=0.01,
        )

    models = {fields["model"]: trained(fields) for fields in (ABOUT, ABOUT["alternatives"]["as_features"])}
    return _making.write_example(folder, ABOUT, models, score)


if __name__ == "__main__":
    _making.run_script(NAME, make, __doc__)
