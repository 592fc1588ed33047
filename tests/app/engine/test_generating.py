"""Generated runs in the engine: made of the data that are open, and left again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from app.engine.messages import (
    Advance,
    Configured,
    Generate,
    GenerationSettings,
    Open,
    Opened,
)
from lstm_viz import Dataset, Seed, generate, load_model
from lstm_viz.dataset import Shaping
from lstm_viz.examples import example
from lstm_viz.trace import Trace, open_trace

EVERYTHING = 10**9


def generated(engine: Any, number: int = 2, **wanted: Any) -> Opened:
    event = engine.ask(Generate(number, GenerationSettings(**wanted)))
    assert isinstance(event, Opened), event
    return event


def run_to_the_end(engine: Any, event: Opened | Configured) -> Trace:
    engine.ask_nothing(Advance(event.generation, EVERYTHING))
    engine.compute()
    return open_trace(event.recording)


def by_the_library(name: str, sample: int, steps: int, before: Any = (), **how: Any) -> np.ndarray:
    chosen = example(name)
    data = Dataset.from_file(chosen.data_path, Shaping(**chosen.shaping))
    timesteps = how.pop("timesteps", None)
    seed = Seed.from_dataset(data, sample, timesteps, before)
    return generate(load_model(chosen.model_path), seed, steps, **how).sequence


def test_a_stateful_series_goes_on_from_all_that_was_read_before_the_sample(engine: Any) -> None:
    engine.ask(Open(1, example="next_value"))
    event = generated(engine, sample=20, steps=10)
    assert event.generated is not None
    trace = run_to_the_end(engine, event)
    wanted = by_the_library("next_value", 20, 10, range(20), stateful=True)
    np.testing.assert_allclose(trace.sequence, wanted, atol=1e-6)
    assert event.plan == trace.plan
    assert event.settings.batch_size == 1
    dataset = Dataset.open(Path(event.data_folder))
    assert dataset.samples == event.plan.samples
    np.testing.assert_array_equal(
        dataset.inputs[0][:21, :, 0], trace.sequence[0, :, 0][np.arange(21)[:, None] + np.arange(3)]
    )
    # What the data say comes next stands beside it, also where it is generated.
    values = np.loadtxt(example("next_value").data_path, delimiter=",", skiprows=1, usecols=1)
    np.testing.assert_allclose(
        dataset.unscale_targets(dataset.targets[0][:, 0]), values[3 : 3 + event.plan.samples], rtol=1e-5
    )
