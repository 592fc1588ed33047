"""One live step against ``model.predict`` on one timestep, which is how it is done without this library."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from paired import Ratio, compare
from recording import model_of

import lstm_viz

TARGET = 1 / 30
PAIRS = 25
STEPS = 10  # of ours in each pair
SIZES = ((1, 4), (16, 128))  # features, units


def ratios() -> Iterator[Ratio]:
    """Yield the ratio for each size, at batch size 1."""
    for features, units in SIZES:
        model = model_of(None, features, units)
        steps = (PAIRS + 5) * STEPS
        x = np.random.default_rng(1).normal(size=(1, steps, features)).astype("float32")
        stepper = lstm_viz.Stepper(model, x, stateful=True)
        one = x[:, :1]

        def predict(model=model, one=one) -> object:
            return model.predict(one, verbose=0)

        yield compare(
            f"one step, {features} features, {units} units",
            "model.predict, one timestep",
            stepper.step,
            predict,
            target=TARGET,
            pairs=PAIRS,
            repeat_ours=STEPS,
        )
