"""Generated runs in the engine: made of the data that are open, and left again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.engine.answers import Answers
from app.engine.generating import samples_before, settings_of
from app.engine.messages import (
    Advance,
    Compare,
    Configure,
    Configured,
    Discard,
    Failed,
    Generate,
    Generated,
    Open,
    Opened,
    Reshape,
)
from app.run_plan import GenerationSettings, RunSettings
from lstm_viz import Dataset, Seed, generate, load_model
from lstm_viz.dataset import Shaping
from lstm_viz.examples import example
from lstm_viz.plan import ResetPoint, Resets
from lstm_viz.trace import Trace
from lstm_viz.trace_opening import open_trace

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


def test_text_is_drawn_with_the_seed_that_was_asked_for(engine: Any) -> None:
    event = engine.ask(Open(1, example="text"))
    assert event.feedback.tokens
    assert not event.feedback.reason
    wanted = {"sample": 1, "timesteps": 8, "steps": 12, "temperature": 0.7, "seed_number": 5}
    trace = run_to_the_end(engine, generated(engine, **wanted))
    found = by_the_library("text", 1, 12, timesteps=8, temperature=0.7, seed_number=5)
    np.testing.assert_array_equal(trace.sequence, found)


def test_the_data_and_what_is_recorded_of_them_are_kept_and_come_back(engine: Any) -> None:
    first = engine.ask(Open(1, example="next_value"))
    engine.ask_nothing(Advance(1, 7))
    engine.compute()
    second = generated(engine, sample=3, steps=4)
    third = generated(engine, 3, sample=5, steps=4)  # from the data again, not from what was made
    for event in (second, third):
        assert event.generated.data_folder == first.data_folder
        assert event.generated.recording == first.recording
    engine.ask_nothing(Discard((first.data_folder, first.recording)))  # both are still in use
    again = engine.ask(Generate(4, None))
    assert isinstance(again, Opened)
    assert (again.recording, again.data_folder, again.generated) == (first.recording, first.data_folder, None)
    assert open_trace(again.recording).count == 7
    run_to_the_end(engine, again)


def test_cutting_the_data_anew_leaves_the_generated_run(engine: Any) -> None:
    engine.ask(Open(1, example="next_value"))
    generated(engine, sample=3, steps=4)
    shaping = replace(Shaping(**example("next_value").shaping), stride=2)
    event = engine.ask(Reshape(3, shaping))
    assert isinstance(event, Opened)
    assert event.generated is None
    assert Dataset.open(Path(event.data_folder)).shaping == shaping


def test_resets_and_statefulness_can_be_changed_but_not_the_sizes(engine: Any) -> None:
    engine.ask(Open(1, example="next_value"))
    event = generated(engine, sample=3, steps=4)
    run_to_the_end(engine, event)
    point = replace(event.settings.resets, at=(ResetPoint(5, 0),))
    changed = engine.ask(Configure(3, replace(event.settings, resets=point)))
    assert isinstance(changed, Configured)
    assert "steps from 15 on" in changed.text
    refused = engine.ask(Configure(4, replace(event.settings, epochs=2)))
    assert isinstance(refused, Failed)
    assert "one epoch" in refused.message
    refused = engine.ask(Compare(5, event.settings))
    assert isinstance(refused, Failed)
    assert "cannot be compared" in refused.message


def test_a_model_that_cannot_go_on_says_why_before_and_when_it_is_asked(engine: Any) -> None:
    event = engine.ask(Open(1, example="classifier"))
    assert "4 values" in event.feedback.reason
    refused = engine.ask(Generate(2, GenerationSettings()))
    assert isinstance(refused, Failed)
    assert "4 values" in refused.message
    assert not engine.loop._source


def test_what_cannot_be_gone_on_with_leaves_no_folder_behind(engine: Any, tmp_path: Path) -> None:
    event = engine.ask(Open(1, example="next_value"))
    before, wanted = engine.session.folders(), GenerationSettings(sample=99_999)
    assert isinstance(engine.ask(Generate(2, wanted)), Failed)
    began = Generated(wanted, event.data_folder, event.settings, str(tmp_path / "gone"))
    resumed = Open(3, data=event.data_folder, settings=event.settings, generated=began)
    assert isinstance(engine.ask(resumed), Failed)
    assert engine.session.folders() == before


def test_nothing_can_be_generated_before_a_model_is_open(engine: Any) -> None:
    assert isinstance(engine.ask(Generate(1, GenerationSettings())), Failed)


def test_another_engine_goes_on_with_it(opened: Any, another_engine: Any) -> None:
    answers = Answers()
    for command in (
        Open(1, example="next_value"),
        Generate(2, GenerationSettings(sample=3, steps=6)),
    ):
        answers.sent(command)
        event = opened.ask(command)
        answers.received(event)
    settings = replace(event.settings, resets=replace(event.settings.resets, at=(ResetPoint(6, 1),)))
    command = Configure(3, settings)
    answers.sent(command)
    answers.received(opened.ask(command))
    opened.ask_nothing(Advance(3, 21))
    opened.compute()
    made = open_trace(event.recording).sequence.copy()

    resumed = another_engine.ask(answers.resume(4))
    assert isinstance(resumed, Opened)
    assert resumed.recording == event.recording
    assert resumed.settings == settings
    assert open_trace(resumed.recording).count == 21
    trace = run_to_the_end(another_engine, resumed)
    np.testing.assert_array_equal(trace.sequence[:, : made.shape[1]], made)
    back = another_engine.ask(Generate(5, None))
    assert isinstance(back, Opened)
    assert back.settings.epochs == 2
    assert not back.settings.resets.at


@pytest.mark.parametrize("ready_made", [True, False])
def test_where_each_sequence_begins_from_zeros_only_its_own_samples_are_read_before(ready_made: bool) -> None:
    if ready_made:
        ids = np.repeat([3, 5], [4, 6])
        data = Dataset.from_arrays(np.zeros((10, 2, 1), np.float32), sequences=ids)
    else:
        table = np.stack([np.arange(14.0), np.repeat([3.0, 5.0], [6, 8])], axis=1)
        shaping = Shaping(look_back=2, columns=("a",), sequence_column="which")
        data = Dataset.from_series(table, shaping, names=("a", "which"))
    settings = RunSettings(stateful=True, resets=Resets(each_sequence=True))
    assert samples_before(data, settings, 7) == (4, 5, 6)
    assert samples_before(data, settings, 4) == ()
    assert samples_before(data, replace(settings, resets=Resets()), 7) == tuple(range(7))
    # One sequence is made: there is no other one to begin.
    assert settings_of(settings).resets == Resets()
