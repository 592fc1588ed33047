"""Samples of different lengths in the engine: each at its own length, padded, and both together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from app.engine.messages import (
    Advance,
    Compare,
    Compared,
    Configure,
    Configured,
    Failed,
    Open,
    Opened,
    RunSettings,
)
from lstm_viz.comparison import Comparison
from lstm_viz.loading import load_model
from lstm_viz.plan import ResetPoint, Resets
from lstm_viz.trace import Trace
from lstm_viz.trace_opening import open_trace

EVERYTHING = 10**9
LENGTHS = (7, 3, 5, 3, 7, 1)


@pytest.fixture(scope="module")
def arrays() -> np.ndarray:
    x = np.random.default_rng(5).standard_normal((6, 7, 2)).astype(np.float32)
    for sample, length in enumerate(LENGTHS):
        x[sample, length:] = 0
    return x


@pytest.fixture
def data(tmp_path: Path, arrays: np.ndarray) -> str:
    np.savez(tmp_path / "sequences.npz", x=arrays, lengths=np.array(LENGTHS))
    return str(tmp_path / "sequences.npz")


def computed(engine: Any, event: Opened | Configured) -> Trace:
    engine.loop.handle(Advance(event.generation, EVERYTHING))
    engine.compute()
    return open_trace(event.recording)


def test_each_sample_runs_at_its_own_length_until_padding_is_asked_for(
    engine: Any, files: SimpleNamespace, data: str, arrays: np.ndarray
) -> None:
    model = load_model(files.two).keras_model
    event = engine.ask(Open(1, model=files.two, data=data, settings=RunSettings(batch_size=2)))
    assert isinstance(event, Opened)
    assert event.model.one_length_reason == ""
    assert event.plan.lengths == LENGTHS
    own = computed(engine, event).outputs[0]
    for sample, length in enumerate(LENGTHS):
        wanted = model.predict(arrays[sample : sample + 1, :length], verbose=0)[0]
        np.testing.assert_allclose(own[sample, :length], wanted, rtol=0, atol=1e-6)

    event = engine.ask(Configure(2, replace(event.settings, padded=True)))
    assert isinstance(event, Configured)
    assert event.text == "Sequences padded: the run is computed again from its start."
    assert event.plan.lengths is None
    np.testing.assert_allclose(
        computed(engine, event).outputs[0], model.predict(arrays, verbose=0), rtol=0, atol=1e-6
    )


def test_a_reset_point_keeps_what_was_recorded_before_it(
    engine: Any, files: SimpleNamespace, data: str
) -> None:
    event = engine.ask(Open(1, model=files.two, data=data, settings=RunSettings(batch_size=1)))
    computed(engine, event)
    settings = replace(event.settings, resets=Resets(at=(ResetPoint(2, 1),)))
    event = engine.ask(Configure(2, settings))
    assert isinstance(event, Configured)
    assert f"steps from {7 + 3 + 1} on" in event.text


def test_a_model_of_one_length_is_given_the_padding_and_says_why(
    engine: Any, files: SimpleNamespace, tmp_path: Path
) -> None:
    np.savez(tmp_path / "short.npz", x=np.zeros((4, 3, 1), np.float32), lengths=np.array([3, 1, 2, 3]))
    event = engine.ask(Open(1, model=files.one, data=str(tmp_path / "short.npz")))
    assert isinstance(event, Opened)
    assert event.settings.padded
    assert event.model.one_length_reason.startswith("the model takes sequences of 3 timesteps only")
    refused = engine.ask(Configure(2, replace(event.settings, padded=False)))
    assert isinstance(refused, Failed)
    assert refused.message.startswith("The samples differ in length, and the model takes")
    assert computed(engine, event).count == 4 * 3


def test_both_ways_are_compared_sample_by_sample(engine: Any, files: SimpleNamespace, data: str) -> None:
    event = engine.ask(Open(1, model=files.two, data=data, settings=RunSettings(batch_size=2)))
    second = engine.ask(Compare(2, replace(event.settings, padded=True)))
    assert isinstance(second, Compared)
    assert second.text == "Run B: sequences padded."
    own = computed(engine, event)
    comparison = Comparison(own, open_trace(second.recording), "tags")
    comparison.catch_up()
    found = comparison.signal("c")
    # What comes before the padding does not know of it.
    assert found.compared == sum(LENGTHS) * 3
    assert found.largest < 1e-6
