"""A second run beside the first one: in the engine's loop, and among its answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from app.engine.answers import Answers
from app.engine.messages import (
    Advance,
    Compare,
    Compared,
    Configure,
    Configured,
    Discard,
    Failed,
    Open,
    Opened,
    Pause,
    Reshape,
    RunSettings,
)
from app.engine.perturb import perturbed
from app.engine.process import supersedes
from lstm_viz.comparison import Comparison
from lstm_viz.dataset import Shaping
from lstm_viz.loading import load_model
from lstm_viz.plan import Plan, ResetPoint, Resets
from lstm_viz.recording import record
from lstm_viz.stepper import Stepper
from lstm_viz.trace import Trace
from lstm_viz.trace_opening import open_trace

EVERYTHING = 10**9
A = RunSettings(batch_size=3, stateful=True)


@pytest.fixture
def engine(opened: Any) -> Iterator[Any]:
    """An engine that stands before the first step of a stateful run in batches of 3."""
    opened.ask(Configure(1, A))
    yield opened
    opened.ask(Compare(9))


@pytest.fixture
def model(files: SimpleNamespace) -> Any:
    return load_model(files.one)


@pytest.fixture
def inputs(files: SimpleNamespace) -> np.ndarray:
    with np.load(files.one_data) as arrays:
        return arrays["x"]


def compared(engine: Any, settings: RunSettings | None = None, model: str | None = None) -> Compared:
    event = engine.ask(Compare(2, settings, model))
    assert isinstance(event, Compared), event
    assert event.recording is not None
    return event


def trace_of(event: Any) -> Trace:
    return open_trace(event.recording)


def first_trace(engine: Any) -> Trace:
    return trace_of(next(e for e in reversed(engine.said) if isinstance(e, (Opened, Configured))))


def compute(engine: Any, until: int = EVERYTHING) -> None:
    engine.ask_nothing(Advance(3, until))
    assert engine.compute() == []


@pytest.fixture(scope="session")
def others(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A model like the first with other weights, and one whose LSTM has another size."""
    import keras

    folder = tmp_path_factory.mktemp("others")
    for name, units, seed in (("alike", 4, 7), ("larger", 5, 8)):
        keras.utils.set_random_seed(seed)
        keras.Sequential(
            [keras.layers.Input((3, 1)), keras.layers.LSTM(units, name="other"), keras.layers.Dense(1)]
        ).save(folder / f"{name}.keras")
    return SimpleNamespace(alike=str(folder / "alike.keras"), larger=str(folder / "larger.keras"))


# -- both go on together ------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [1, 2, 3, 6])
def test_the_second_run_has_what_the_first_has(engine: Any, batch_size: int) -> None:
    second = trace_of(compared(engine, RunSettings(batch_size=batch_size)))
    first = first_trace(engine)
    comparison = Comparison(first, second, "memory")
    for steps in range(1, len(first.plan) + 1):
        compute(engine, steps)
        assert first.count == steps
        comparison.catch_up()
        recorded = np.isfinite(first.layers["memory"].c).all(axis=-1).sum()
        assert comparison.signal("c").compared == recorded * 4


def test_the_numbers_are_those_of_recording_each_run_alone(engine: Any, model: Any, inputs: Any) -> None:
    b = RunSettings(batch_size=2, stateful=True, resets=Resets(every=4))
    second = trace_of(compared(engine, b))
    compute(engine)
    comparison = Comparison(first_trace(engine), second, "memory")
    comparison.catch_up()
    alone = [record(model, inputs, batch_size=s.batch_size, stateful=True, resets=s.resets) for s in (A, b)]
    for signal, found in comparison.signals.items():
        wanted = np.abs(alone[0].layers["memory"].signal(signal) - alone[1].layers["memory"].signal(signal))
        assert found.largest == pytest.approx(wanted.max(), abs=1e-6)
        assert found.mean == pytest.approx(wanted.mean(), abs=1e-6)
    (output,) = comparison.outputs
    assert output.largest == pytest.approx(np.abs(alone[0].outputs[0] - alone[1].outputs[0]).max(), abs=1e-6)


def test_a_second_run_that_begins_late_comes_after_by_itself(engine: Any) -> None:
    compute(engine)
    engine.ask_nothing(Pause(3))
    second = trace_of(compared(engine, RunSettings(batch_size=1)))
    assert engine.compute() == []
    assert second.count == len(second.plan)


def test_the_first_run_goes_on_although_the_second_is_behind(engine: Any) -> None:
    compute(engine, 3)
    second = trace_of(compared(engine, RunSettings(batch_size=1)))
    engine.ask_nothing(Advance(3, 4))
    engine.loop.work()
    assert first_trace(engine).count == 4
    engine.compute()
    assert second.count == 5 * 3 + 1  # up to the first timestep of the last of samples 3 to 5


def test_nothing_is_left_to_do_when_the_second_run_has_caught_up(engine: Any) -> None:
    compared(engine, RunSettings(batch_size=1))
    compute(engine, 4)
    assert not engine.loop.work()


# -- other settings of either -------------------------------------------------------------------------


def test_the_comparison_stays_when_the_first_run_gets_other_settings(engine: Any) -> None:
    second = trace_of(compared(engine, RunSettings(batch_size=2)))
    compute(engine)
    engine.ask(Configure(4, replace(A, batch_size=1)))
    compute(engine)
    comparison = Comparison(first_trace(engine), second, "memory")
    comparison.catch_up()
    assert comparison.signal("c").compared == 6 * 3 * 4


def test_a_reset_point_keeps_what_the_second_run_recorded_before_it(
    engine: Any, model: Any, inputs: Any
) -> None:
    before = compared(engine, replace(A, resets=Resets(every=2)))
    compute(engine)
    second = trace_of(before)
    resets = Resets(at=(ResetPoint(1, 2),))
    after = compared(engine, replace(A, resets=resets))
    assert after.recording == before.recording
    assert second.count == 2
    engine.compute()
    wanted = record(model, inputs, batch_size=3, stateful=True, resets=resets)
    np.testing.assert_allclose(trace_of(after).layers["memory"].c, wanted.layers["memory"].c, atol=1e-6)


def test_settings_that_cannot_be_used_leave_the_comparison_as_it_was(engine: Any) -> None:
    second = trace_of(compared(engine, RunSettings(batch_size=2)))
    event = engine.ask(Compare(3, RunSettings(batch_size=4, stateful=True)))
    assert isinstance(event, Failed)
    assert event.command == "Compare"
    assert "cannot be cut into batches of 4" in event.message
    compute(engine)
    assert second.count == len(second.plan)


# -- another model ------------------------------------------------------------------------------------


def test_another_model_runs_beside_the_first(engine: Any, others: Any, inputs: Any) -> None:
    event = compared(engine, model=others.alike)
    assert event.settings == A
    assert event.model is not None
    assert event.model.title == "alike.keras"
    assert "alike.keras" in event.text
    compute(engine)
    wanted = record(load_model(others.alike), inputs, batch_size=3, stateful=True)
    np.testing.assert_allclose(trace_of(event).layers["other"].c, wanted.layers["other"].c, atol=1e-6)


def test_another_model_is_not_read_again_for_other_settings(
    engine: Any, others: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared(engine, model=others.alike)
    monkeypatch.setattr("lstm_viz.loading.load_model", None)
    event = compared(engine, RunSettings(batch_size=2), others.alike)
    assert event.plan is not None
    assert event.plan.batch_size == 2


def test_a_model_without_a_layer_of_that_size_is_refused(engine: Any, others: Any) -> None:
    recordings = sorted(engine.session.recordings.iterdir())
    event = engine.ask(Compare(3, None, others.larger)) or engine.said[-1]
    assert isinstance(event, Failed)
    assert "5 units over 3 timesteps" in event.message
    assert sorted(engine.session.recordings.iterdir()) == recordings


# -- one row ------------------------------------------------------------------------------------------


def test_changing_the_input_of_one_row_changes_that_row_alone(engine: Any, model: Any, inputs: Any) -> None:
    event = compared(engine, replace(A, perturbed_row=1))
    assert "input of row 1" in event.text
    compute(engine)
    comparison = Comparison(first_trace(engine), trace_of(event), "memory")
    comparison.catch_up()
    rows = comparison.signal("c").rows
    assert rows[1] > 1e-3
    assert rows[[0, 2]].tolist() == [0, 0]
    (changed,) = perturbed([inputs], event.plan, 1)
    wanted = record(model, changed, batch_size=3, stateful=True)
    np.testing.assert_allclose(trace_of(event).layers["memory"].c, wanted.layers["memory"].c, atol=1e-6)


# -- its end ------------------------------------------------------------------------------------------


def test_nothing_runs_beside_the_first_after_the_end(engine: Any) -> None:
    second = trace_of(compared(engine, RunSettings(batch_size=1)))
    event = engine.ask(Compare(3))
    assert event == Compared(3, None, None, None, None, "The comparison has ended.")
    compute(engine)
    assert second.count == 0


@pytest.mark.parametrize("how", ["open", "reshape"])
def test_other_data_end_the_comparison_and_say_so(engine: Any, files: SimpleNamespace, how: str) -> None:
    compared(engine, RunSettings(batch_size=1))
    command = Open(3, data=files.other_data) if how == "open" else Reshape(3, Shaping(scaling="standard"))
    events = engine.tell(command)
    assert isinstance(events[-2], Opened)
    assert isinstance(events[-1], Compared)
    assert events[-1].recording is None
    assert "ended" in events[-1].text


def test_a_failure_of_the_second_run_does_not_disturb_the_first(
    engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = compared(engine, RunSettings(batch_size=1))
    run = Stepper.run

    def only_the_first(stepper: Stepper, *args: Any, **kwargs: Any) -> None:
        if str(stepper.trace.folder) == event.recording:
            raise MemoryError
        run(stepper, *args, **kwargs)

    with monkeypatch.context() as broken:
        broken.setattr(Stepper, "run", only_the_first)
        engine.ask_nothing(Advance(3, EVERYTHING))
        said = engine.compute()
    assert [type(e) for e in said] == [Compared, Failed]
    assert said[0].recording is None
    assert (said[1].command, said[1].message) == ("Compare", "The memory is full.")
    first = first_trace(engine)
    assert first.count == len(first.plan)


def test_the_folder_of_the_second_run_is_kept_while_it_runs(engine: Any) -> None:
    folder = compared(engine, RunSettings(batch_size=1)).recording
    engine.ask_nothing(Discard((folder,)))
    assert Path(folder).exists()
    engine.ask(Compare(3))
    engine.ask_nothing(Discard((folder,)))
    assert not Path(folder).exists()


def test_there_is_nothing_to_compare_before_something_is_open(another_engine: Any) -> None:
    event = another_engine.ask(Compare(1, RunSettings()))
    assert isinstance(event, Failed)
    assert event.command == "Compare"


def test_only_a_newer_comparison_makes_an_older_one_useless() -> None:
    assert supersedes(Compare(2, RunSettings()), Compare(1, RunSettings()))
    assert not supersedes(Configure(2, RunSettings()), Compare(1, RunSettings()))
    assert not supersedes(Compare(2, RunSettings()), Open(1, example="tagger"))


# -- which answers count ------------------------------------------------------------------------------

PLAN = Plan(6, 3)


def answer(generation: int, folder: str | None = "2") -> Compared:
    settings = None if folder is None else RunSettings()
    return Compared(generation, settings, PLAN, folder and f"recordings/{folder}", None, "")


@pytest.fixture
def answers(opened: Any) -> Answers:
    """Answers after something was opened and nothing is awaited."""
    answers = Answers()
    answers.sent(Open(1, example="tagger"))
    answers.received(next(e for e in opened.said if isinstance(e, Opened)))
    return answers


def test_a_late_comparison_is_dropped_with_its_folder(answers: Answers) -> None:
    answers.unused_folders()
    answers.sent(Compare(2, RunSettings()))
    answers.sent(Compare(3, RunSettings()))
    assert answers.received(answer(2, "2")) == []
    assert answers.unused_folders() == ()
    assert answers.received(answer(3, "3")) == [answer(3, "3")]
    assert answers.unused_folders() == ("recordings/2",)


def test_a_late_comparison_counts_when_the_newer_one_fails(answers: Answers) -> None:
    answers.sent(Compare(2, RunSettings()))
    answers.sent(Compare(3, RunSettings()))
    answers.received(answer(2))
    failure = Failed(3, "Compare", "no", "", "")
    assert answers.received(failure) == [answer(2), failure]


def test_a_comparison_is_no_answer_to_settings_that_are_awaited(answers: Answers) -> None:
    configured = Configured(2, A, PLAN, "recordings/5", "")
    answers.sent(Configure(2, A))
    answers.sent(Compare(3, RunSettings()))
    answers.sent(Configure(4, A))
    assert answers.received(configured) == []
    assert answers.received(answer(3)) == [answer(3)]
    failure = Failed(4, "Configure", "no", "", "")
    assert answers.received(failure) == [configured, failure]


def test_the_folder_of_a_comparison_is_used_until_it_ends(answers: Answers) -> None:
    answers.sent(Compare(2, RunSettings()))
    answers.received(answer(2))
    assert "recordings/2" not in answers.unused_folders()
    answers.sent(Compare(3))
    answers.received(answer(3, None))
    assert answers.unused_folders() == ("recordings/2",)
