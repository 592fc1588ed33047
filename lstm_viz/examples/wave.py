"""Example: a tide that goes on by itself, one value a call, from a stateful LSTM(24).

``python -m lstm_viz.examples.wave`` makes it again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.dataset import Dataset, Scaling
from lstm_viz.examples import _making

NAME = "wave"
SEED = 4
HOURS = 481
FITTED = 360  # hours; the last quarter is never trained on
PASSAGE = 120  # hours that are read in one go in training
FREE_RUN = 72  # hours that it goes on by itself
EPOCHS = 60


def generate_series() -> NDArray[np.float64]:
    """Return the water level at a harbour, hour by hour: two tides a day of unequal height.

    Returns
    -------
    numpy.ndarray
        Metres, to the centimetre, shape (481,).
    """
    rng = np.random.default_rng(SEED)
    moon = 2 * np.pi * np.arange(HOURS) / 24.84  # the moon stands highest every 24.84 hours
    level = 3.0 + 1.4 * np.sin(2 * moon) + 0.5 * np.sin(moon + 0.7)
    rounded: NDArray[np.float64] = np.round(level + rng.normal(0, 0.01, HOURS), 2)
    return rounded


def build_model(stateful: bool = True) -> Any:
    """Return the untrained keras.Model: a value → LSTM(24) → Dense(1), the next value.

    Parameters
    ----------
    stateful : bool
        As it is saved: one value a call, going on from the state that the one before left. False reads whole
        passages, and gives the next value after each timestep, which is how it is trained.
    """
    import keras

    shape = {"batch_shape": (1, 1, 1)} if stateful else {"shape": (None, 1)}
    return keras.Sequential(
        [
            keras.Input(name="level_now", **shape),
            keras.layers.LSTM(24, stateful=stateful, return_sequences=not stateful, name="lstm"),
            keras.layers.Dense(1, name="level"),
        ],
        name=NAME,
    )


def run_free(model: Any, data: Dataset, heard: int, steps: int) -> NDArray[Any]:
    """Let the model hear the first samples, then feed it its own outputs.

    Parameters
    ----------
    model : keras.Model
        Stateful.
    data : Dataset
    heard, steps : int

    Returns
    -------
    numpy.ndarray
        The values after those heard, in metres, shape (steps,).
    """
    model.get_layer("lstm").reset_state()
    value = data.inputs[0][0, 0, 0]
    made = []
    for step in range(heard + steps - 1):
        following = model.predict_on_batch(np.full((1, 1, 1), value, np.float32))[0, 0]
        value = data.inputs[0][step + 1, 0, 0] if step + 1 < heard else following
        if step + 1 >= heard:
            made.append(following)
    return data.unscale_targets(np.array(made))


def score(outputs: NDArray[np.float32], data: Dataset) -> dict[str, float]:
    """Return the errors on the last quarter, in metres.

    Parameters
    ----------
    outputs : numpy.ndarray
        Shape (samples, 1), of a run over all of the samples.
    data : Dataset

    Returns
    -------
    dict
        ``rmse`` of the next value, ``baseline_rmse`` of repeating the value now.
    """
    levels = data.unscale_targets(data.targets[0])[FITTED:]
    now = data.unscale_inputs(data.inputs[0])[FITTED:, -1]

    def rmse(guess: NDArray[Any]) -> float:
        return float(np.sqrt(np.mean((guess - levels) ** 2)))

    return {"rmse": rmse(data.unscale_targets(outputs)[FITTED:]), "baseline_rmse": rmse(now)}


ABOUT: dict[str, Any] = {
    "title": "A wave that goes on by itself",
    "description": (
        "An LSTM with 24 units reads the level of the tide one hour at a time and says the next one; its "
        "state is carried from call to call. Fed with its own outputs it draws the tide of the days to come."
    ),
    "kind": "one-to-many",
    "shows": "One-to-many by feedback: one timestep a call, each output is the next input.",
    "model": "model.keras",
    "data": "tide.csv",
    "shaping": {
        "look_back": 1,
        "columns": ["level [m]"],
        "target": "level [m]",
        "target_is": "next",
        "scaling": "min-max",
        "fit_on": FITTED / HOURS,
    },
    "batch_size": 1,
    "stateful": True,
    "resets": _making.ONCE_AN_EPOCH,
    "epochs": 1,
    "score": (
        "RMSE {rmse:.3f} m for the next hour of five days that it was not trained on, where repeating the "
        "hour before gives {baseline_rmse:.2f} m; by itself it draws the next three days with an RMSE of "
        "{free_rmse:.2f} m."
    ),
    "output_names": ["level [m]"],
    "generate": {"sample": FITTED - 1, "timesteps": 1, "steps": FREE_RUN, "temperature": None},
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
    levels = generate_series()
    rows = "".join(f"{hour},{level:.2f}\n" for hour, level in enumerate(levels))
    (folder / "tide.csv").write_text("hour,level [m]\n" + rows, encoding="utf-8")
    scaled = Scaling.fit(levels[:FITTED, np.newaxis], "min-max").apply(levels[:FITTED, np.newaxis])
    passages = np.lib.stride_tricks.sliding_window_view(scaled[:, 0], PASSAGE + 1)[..., np.newaxis]
    # Trained on levels that are a little off, it finds back to the tide after its own small errors.
    off = np.random.default_rng(SEED + 1).normal(0, 0.02, passages[:, :-1].shape)
    trained = _making.train(
        lambda: build_model(stateful=False),
        passages[:, :-1] + off,
        passages[:, 1:],
        seed=SEED,
        epochs=EPOCHS,
        batch_size=16,
        loss="mse",
        rate=0.01,
    )
    model = _making.copy_weights(trained, build_model())
    data = _making.shaped(folder, ABOUT)
    free = run_free(model, data, FITTED, FREE_RUN) - levels[FITTED : FITTED + FREE_RUN]
    more_scores = {"free_rmse": float(np.sqrt(np.mean(free**2)))}
    return _making.write_example(folder, ABOUT, {"model.keras": model}, score, more_scores)


if __name__ == "__main__":
    _making.run_script(NAME, make, __doc__)
