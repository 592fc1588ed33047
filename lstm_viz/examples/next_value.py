"""Example: the next value of a monthly series, from a stateful LSTM(4) with a look-back of 3.

``python -m lstm_viz.examples.next_value`` makes it again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.dataset import Dataset
from lstm_viz.examples import _making

NAME = "next_value"
SEED = 7
MONTHS = 144
FIRST_YEAR = 2012
LOOK_BACK = 3
FITTED = 96  # months; the last third is never trained on
EPOCHS = 250


def generate_series() -> NDArray[np.int64]:
    """Return the visitors of a museum, one number a month: a trend, two seasons a year, noise.

    Returns
    -------
    numpy.ndarray
        Whole numbers, shape (144,).
    """
    rng = np.random.default_rng(SEED)
    month = np.arange(MONTHS)
    year = 2 * np.pi * month / 12
    trend = 4000 + 4 * month
    season = -1100 * np.cos(year) + 200 * np.sin(2 * year)
    visitors = trend + season + rng.normal(0, 60, MONTHS)
    return np.asarray(np.rint(visitors), dtype=np.int64)


def scale(values: NDArray[Any]) -> tuple[NDArray[np.float32], float, float]:
    """Map the fitted part of the series to 0…1 (min-max scaling).

    Parameters
    ----------
    values : numpy.ndarray
        Shape (months,).

    Returns
    -------
    scaled : numpy.ndarray
        float32, shape (months,); the last third may leave 0…1.
    low, span : float
        ``values == low + span * scaled``.
    """
    low = float(values[:FITTED].min())
    span = float(values[:FITTED].max()) - low
    return ((values - low) / span).astype(np.float32), low, span


def windows(scaled: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Cut a series into windows of the look-back and the value after each.

    Parameters
    ----------
    scaled : numpy.ndarray
        Shape (months,).

    Returns
    -------
    inputs : numpy.ndarray
        Shape (months - 3, 3, 1).
    targets : numpy.ndarray
        Shape (months - 3, 1).
    """
    inputs = np.lib.stride_tricks.sliding_window_view(scaled[:-1], LOOK_BACK)[..., np.newaxis]
    return np.ascontiguousarray(inputs), scaled[LOOK_BACK:, np.newaxis]


def build_model(stateful: bool = True) -> Any:
    """Return the untrained keras.Model: (1, 3, 1) → LSTM(4) → Dense(1).

    Parameters
    ----------
    stateful : bool
        As it is trained and saved; False starts every window from a state of zeros.

    Returns
    -------
    keras.Model
    """
    import keras

    return keras.Sequential(
        [
            keras.Input(batch_shape=(1, LOOK_BACK, 1), name="past"),
            keras.layers.LSTM(4, stateful=stateful, name="lstm"),
            keras.layers.Dense(1, name="visitors"),
        ],
        name=NAME,
    )


def train(inputs: NDArray[np.float32], targets: NDArray[np.float32]) -> Any:
    """Train in the order of time, one sample a batch, with the state reset at the start of each epoch.

    Parameters
    ----------
    inputs, targets : numpy.ndarray
        Of the fitted months, as :func:`windows` gives them.

    Returns
    -------
    keras.Model
        Trained, not compiled.
    """
    import keras

    _making.seed_training(SEED)
    model = build_model()
    lstm = model.get_layer("lstm")
    rate = keras.optimizers.schedules.CosineDecay(0.01, EPOCHS * len(inputs), alpha=0.02)
    model.compile(optimizer=keras.optimizers.Adam(rate), loss="mse")
    reset = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: lstm.reset_state())
    model.fit(inputs, targets, batch_size=1, epochs=EPOCHS, shuffle=False, callbacks=[reset], verbose=0)

    return _making.copy_weights(model, build_model())


def score(outputs: NDArray[np.float32], data: Dataset) -> dict[str, float]:
    """Return the error on the last third.

    Parameters
    ----------
    outputs : numpy.ndarray
        Shape (samples, 1), of a run over the whole series.
    data : Dataset

    Returns
    -------
    dict
        ``rmse``, in visitors.
    """
    off = data.unscale_targets(outputs) - data.unscale_targets(data.targets[0])
    return {"rmse": float(np.sqrt(np.mean(off[FITTED - LOOK_BACK :] ** 2)))}


ABOUT: dict[str, Any] = {
    "title": "Next value of a series",
    "description": (
        "An LSTM with 4 units reads three months of visitors and predicts the next one. "
        "It is stateful with a batch size of 1, so what it remembers runs on from sample to sample "
        "until the reset at the start of each epoch."
    ),
    "kind": "many-to-one",
    "shows": "A stateful LSTM predicts the next value of a monthly series.",
    "model": "model.keras",
    "data": "visitors.csv",
    "shaping": {
        "look_back": LOOK_BACK,
        "stride": 1,
        "past_as": "timesteps",
        "columns": ["visitors"],
        "target": "visitors",
        "target_is": "next",
        "scaling": "min-max",
        "fit_on": FITTED / MONTHS,
    },
    "batch_size": 1,
    "stateful": True,
    "resets": _making.ONCE_AN_EPOCH,
    "epochs": 2,
    "score": (
        "RMSE {rmse:.0f} visitors on the last 48 months, which it was not trained on; "
        "repeating the month before gives {baseline_rmse:.0f}, and the same network with "
        "stateful off {stateless_rmse:.0f}."
    ),
    "output_names": ["visitors"],
    "generate": {"sample": FITTED - LOOK_BACK - 1, "timesteps": LOOK_BACK, "steps": 24, "temperature": None},
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
    values = generate_series()
    rows = (f"{FIRST_YEAR + k // 12}-{k % 12 + 1:02d},{value}\n" for k, value in enumerate(values))
    (folder / "visitors.csv").write_text("month,visitors\n" + "".join(rows), encoding="utf-8")

    scaled, _, _ = scale(values)
    inputs, targets = windows(scaled)
    fitted = FITTED - LOOK_BACK
    model = train(inputs[:fitted], targets[:fitted])
    data = _making.shaped(folder, ABOUT)
    stateless = score(_making.keras_outputs(model, data, {**ABOUT, "stateful": False}), data)
    more_scores = {
        "stateless_rmse": stateless["rmse"],
        "baseline_rmse": float(np.sqrt(np.mean(np.diff(values)[FITTED - 1 :] ** 2))),
    }
    return _making.write_example(folder, ABOUT, {"model.keras": model}, score, more_scores)


if __name__ == "__main__":
    _making.run_script(NAME, make, __doc__)
