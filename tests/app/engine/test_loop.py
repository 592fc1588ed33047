from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from app.engine.describe import STAND_IN_SOURCE
from app.engine.messages import (
    Advance,
    Cancel,
    Cancelled,
    Command,
    Compare,
    Compared,
    Configure,
    Configured,
    DataOpened,
    Discard,
    Event,
    Export,
    Failed,
    Open,
    Opened,
    Pause,
    Progress,
    Ready,
    Reshape,
    RunSettings,
    Save,
    Saved,
)
from lstm_viz.dataset import Dataset, Shaping
from lstm_viz.errors import TraceError
from lstm_viz.examples import EXAMPLES, Example
from lstm_viz.loading import load_model
from lstm_viz.plan import ResetPoint, Resets
from lstm_viz.recording import record
from lstm_viz.storage import GrowingArray
from lstm_viz.trace import LayerTrace
from lstm_viz.trace_opening import open_trace

EVERYTHING = 10**9


def layer_of(event: Event) -> LayerTrace:
    """What the window sees of the first LSTM."""
    assert isinstance(event, (Opened, Configured)), event
    return next(iter(open_trace(event.recording).layers.values()))


def counted(event: Event) -> int:
    assert isinstance(event, (Opened, Configured, Compared)), event
    return open_trace(event.recording).count


def expected(files: SimpleNamespace, **settings: Any) -> np.ndarray:
    """What the library records of the first model, in one go."""
    with np.load(files.one_data) as arrays:
        trace = record(load_model(files.one), arrays["x"], **settings)
    return trace.layers["memory"].h


def last_opened(engine: Any) -> Opened:
    return next(event for event in reversed(engine.said) if isinstance(event, Opened))


# -- opening ------------------------------------------------------------------------------------------


def test_data_are_there_before_tensorflow(engine: Any, files: SimpleNamespace) -> None:
    events = engine.tell(Open(1, model=files.one, data=files.one_data))
    kinds = [type(event) for event in events]
    assert kinds.index(DataOpened) < kinds.index(Ready) < kinds.index(Opened)
    assert isinstance(events[-1], Opened)
    assert "Starting TensorFlow…" in [e.text for e in events if isinstance(e, Progress)]
    assert Dataset.open(Path(events[-1].data_folder)).samples == files.samples


def test_opening_describes_the_model(opened: Any) -> None:
    info = last_opened(opened).model
    assert info.title == "one.keras"
    assert [layer.path for layer in info.lstm_layers] == ["memory"]
    assert info.layer_timesteps == (3,)
    assert info.output_names == ("next",)
    assert info.input_shapes == ((None, 3, 1),)
    assert [row.parameters for row in info.rows][-2:] == [4 * (1 * 4 + 4 * 4 + 4), 5]
    assert info.stepwise_reason == ""


@pytest.mark.parametrize(
    "shown",
    [each for shown in EXAMPLES for each in (shown, *shown.alternatives)],
    ids=lambda shown: shown.name,
)
def test_every_example_opens_and_steps_as_it_says(engine: Any, shown: Example) -> None:
    event = engine.ask(Open(1, example=shown.name))
    assert isinstance(event, Opened), event
    assert event.example == shown.name
    assert (event.settings.batch_size, event.settings.stateful) == (shown.batch_size, shown.stateful)
    assert event.plan.batch_size == shown.batch_size
    assert (event.settings.interleaved, event.settings.padded) == (shown.interleaved, shown.padded)
    assert (event.plan.lengths is not None) == (shown.name == "lengths")
    engine.ask_nothing(Advance(1, 5))
    engine.compute()
    assert counted(event) == 5


def test_data_alone_keep_the_model(opened: Any, files: SimpleNamespace) -> None:
    event = opened.ask(Open(2, data=files.other_data))
    assert isinstance(event, Opened)
    assert event.model.path == files.one
    assert event.plan.samples == 4


def test_a_model_alone_keeps_data_that_fit(opened: Any, files: SimpleNamespace) -> None:
    before = last_opened(opened)
    event = opened.ask(Open(2, model=files.one))
    assert isinstance(event, Opened)
    assert event.data_folder == before.data_folder


def test_a_model_alone_runs_on_random_numbers_where_the_data_do_not_fit(
    opened: Any, files: SimpleNamespace
) -> None:
    event = opened.ask(Open(2, model=files.two))
    assert isinstance(event, Opened)
    dataset = Dataset.open(Path(event.data_folder))
    assert dataset.source == STAND_IN_SOURCE
    assert dataset.features == 2


def test_random_numbers_are_the_same_every_time(engine: Any, files: SimpleNamespace) -> None:
    first, second = (Dataset.open(Path(engine.ask(Open(n, model=files.two)).data_folder)) for n in (1, 2))
    np.testing.assert_array_equal(first.inputs[0], second.inputs[0])


def test_data_that_are_opened_first_wait_for_their_model(engine: Any, files: SimpleNamespace) -> None:
    answer = engine.ask(Open(1, data=files.one_data))
    assert isinstance(answer, DataOpened)
    assert answer.wait_for_model
    cut = engine.ask(Reshape(1, Shaping()))
    assert isinstance(cut, DataOpened)
    assert cut.wait_for_model
    event = engine.ask(Open(2, model=files.one))
    assert isinstance(event, Opened)
    assert event.plan.samples == files.samples


def test_data_that_are_opened_with_an_example_are_cut_and_scaled_like_its_own(
    engine: Any, files: SimpleNamespace
) -> None:
    event = engine.ask(Open(1, example="next_value", data=files.series))
    assert isinstance(event, Opened), event
    dataset = Dataset.open(Path(event.data_folder))
    assert dataset.source == "series.csv"
    assert (dataset.shaping.look_back, dataset.scaling.kind, dataset.targets[0].shape) == (
        3,
        "min-max",
        (17, 1),
    )


def test_data_that_do_not_fit_an_example_are_refused_by_its_name(engine: Any, files: SimpleNamespace) -> None:
    event = engine.ask(Open(1, example="next_value", data=files.two_data))
    assert isinstance(event, Failed)
    assert "two.npz does not fit the example" in event.message


def test_a_look_back_that_nobody_chose_is_the_models(engine: Any, files: SimpleNamespace) -> None:
    event = engine.ask(Open(1, model=files.one, data=files.series))
    assert isinstance(event, Opened), event
    dataset = Dataset.open(Path(event.data_folder))
    assert dataset.shaping.look_back == 3
    assert dataset.inputs[0].shape == (17, 3, 1)


def test_a_shaping_that_somebody_chose_is_not_changed(engine: Any, files: SimpleNamespace) -> None:
    event = engine.ask(Open(1, model=files.one, data=files.series, shaping=Shaping(look_back=5)))
    assert isinstance(event, Failed)
    assert "3 timesteps" in event.message
    assert "5 timesteps" in event.message
    assert "look-back to 3" in event.hint


@pytest.mark.parametrize("what", ["broken", "missing", "wrong data", "nothing", "no such example"])
def test_what_cannot_be_opened_changes_nothing(opened: Any, files: SimpleNamespace, what: str) -> None:
    commands = {
        "broken": Open(2, model=files.broken),
        "missing": Open(2, data=files.one_data + ".gone"),
        "wrong data": Open(2, data=files.two_data),
        "nothing": Open(2),
        "no such example": Open(2, example="poetry"),
    }
    opened.ask_nothing(Advance(1, 4))
    opened.compute()
    answer = opened.ask(commands[what])
    assert isinstance(answer, Failed)
    assert (answer.generation, answer.command) == (2, "Open")
    assert answer.message
    assert answer.hint
    opened.ask_nothing(Advance(1, EVERYTHING))
    opened.compute()
    np.testing.assert_allclose(layer_of(last_opened(opened)).h, expected(files), atol=1e-6)


def test_a_model_without_lstms_opens_with_nothing_to_show(engine: Any, files: SimpleNamespace) -> None:
    event = engine.ask(Open(1, model=files.none))
    assert isinstance(event, Opened), event
    assert event.model.lstm_layers == ()


def test_settings_for_other_data_are_made_to_fit_them(opened: Any, files: SimpleNamespace) -> None:
    resets = Resets(at=(ResetPoint(1, 2),))
    opened.ask(Configure(2, RunSettings(batch_size=3, stateful=True, resets=resets)))
    event = opened.ask(Open(3, data=files.other_data))
    assert isinstance(event, Opened), event
    assert event.settings == RunSettings(batch_size=2, stateful=True, resets=Resets())


def test_slow_work_that_nobody_wants_any_more_is_given_up(opened: Any, files: SimpleNamespace) -> None:
    opened.newer = lambda command: command == Open(2, model=files.two)
    assert not [e for e in opened.tell(Open(2, model=files.two)) if isinstance(e, (Opened, Failed))]
    assert isinstance(opened.ask(Configure(3, RunSettings())), Configured)


def test_a_command_that_was_cancelled_while_it_waited_is_not_begun(
    opened: Any, files: SimpleNamespace
) -> None:
    opened.newer = lambda command: isinstance(command, Configure)
    assert opened.tell(Configure(2, RunSettings(batch_size=2))) == []
    opened.newer = lambda command: False
    assert opened.ask(Cancel(3)) == Cancelled(3)
    assert opened.ask(Configure(4, RunSettings())).text.startswith("Nothing changed")


def test_cancelling_ends_the_computing(opened: Any) -> None:
    opened.ask_nothing(Advance(1, EVERYTHING))
    opened.loop.work()
    opened.ask(Cancel(2))
    count = counted(last_opened(opened))
    opened.compute()
    assert counted(last_opened(opened)) == count


def asked_for_the(nth: int) -> Any:
    """Whether a command was asked for, cancelled at the nth time that somebody wants to know."""
    times = iter(range(nth))
    return lambda command: next(times, None) is None


@pytest.mark.parametrize("nth", range(7))
def test_an_opening_that_is_cancelled_anywhere_leaves_nothing(
    opened: Any, files: SimpleNamespace, nth: int
) -> None:
    before = set(opened.session.data.iterdir()), set(opened.session.recordings.iterdir())
    opened.newer = asked_for_the(nth)
    events = opened.tell(Open(2, model=files.two, data=files.two_data))
    assert {type(event) for event in events} <= {Progress, DataOpened}
    told = {Path(event.folder) for event in events if isinstance(event, DataOpened)}
    opened.newer = lambda command: False
    opened.tell(Discard(tuple(map(str, told))))
    assert (set(opened.session.data.iterdir()), set(opened.session.recordings.iterdir())) == before
    opened.ask_nothing(Advance(1, 2))
    opened.compute()
    assert counted(last_opened(opened)) == 2


def test_the_same_data_are_cut_anew(engine: Any, files: SimpleNamespace) -> None:
    engine.ask(Open(1, model=files.two, data=files.table))
    event = engine.ask(Reshape(2, Shaping(look_back=5, stride=5)))
    assert isinstance(event, Opened), event
    assert (event.plan.samples, event.plan.timesteps) == (3, 5)


def test_a_cut_that_does_not_fit_the_model_changes_nothing(engine: Any, files: SimpleNamespace) -> None:
    engine.ask(Open(1, model=files.one, data=files.series))
    event = engine.ask(Reshape(2, Shaping(look_back=4)))
    assert isinstance(event, Failed)
    assert event.command == "Reshape"
    assert "look-back to 3" in event.hint
    engine.ask_nothing(Advance(2, EVERYTHING))
    engine.compute()
    assert counted(last_opened(engine)) == 17 * 3


# -- running ------------------------------------------------------------------------------------------


def test_computing_stops_where_it_was_asked_to(opened: Any) -> None:
    opened.ask_nothing(Advance(1, 7))
    assert opened.compute() == []
    assert counted(last_opened(opened)) == 7
    opened.ask_nothing(Advance(1, 3))
    opened.compute()
    assert counted(last_opened(opened)) == 7


def test_a_run_in_pieces_gives_the_numbers_of_one_in_one_go(opened: Any, files: SimpleNamespace) -> None:
    for until in (1, 2, 9, EVERYTHING):
        opened.ask_nothing(Advance(1, until))
        opened.compute()
    np.testing.assert_allclose(layer_of(last_opened(opened)).h, expected(files), atol=1e-6)


def test_a_pause_ends_the_computing(opened: Any) -> None:
    opened.ask_nothing(Advance(1, EVERYTHING))
    opened.ask_nothing(Pause(1))
    assert not opened.loop.work()
    assert counted(last_opened(opened)) == 0


def test_statefulness_changes_the_numbers_from_the_second_batch_on(
    opened: Any, files: SimpleNamespace
) -> None:
    opened.ask_nothing(Advance(1, 8))
    opened.compute()
    event = opened.ask(Configure(2, RunSettings(stateful=True), keep=7))
    assert isinstance(event, Configured)
    assert event.text == "Stateful on: steps from 3 on are computed again."
    assert event.recording == last_opened(opened).recording
    opened.compute()
    assert counted(event) == 8
    opened.ask_nothing(Advance(2, EVERYTHING))
    opened.compute()
    np.testing.assert_allclose(layer_of(event).h, expected(files, batch_size=1, stateful=True), atol=1e-6)


def test_another_batch_size_begins_another_recording(opened: Any, files: SimpleNamespace) -> None:
    opened.ask_nothing(Advance(1, 8))
    opened.compute()
    event = opened.ask(Configure(2, RunSettings(batch_size=2), keep=5))
    assert isinstance(event, Configured)
    assert event.recording != last_opened(opened).recording
    assert event.text == "Batch size 2: the run is computed again from its start."
    opened.compute()
    assert counted(event) == 6
    assert counted(last_opened(opened)) == 8  # the window may still look at it
    opened.ask_nothing(Advance(2, EVERYTHING))
    opened.compute()
    np.testing.assert_allclose(layer_of(event).h, expected(files, batch_size=2), atol=1e-6)


def test_a_reset_point_ahead_leaves_what_is_recorded(opened: Any) -> None:
    opened.ask_nothing(Advance(1, 4))
    opened.compute()
    resets = Resets(at=(ResetPoint(batch=3, timestep=1),))
    event = opened.ask(Configure(2, RunSettings(resets=resets)))
    assert isinstance(event, Configured)
    assert event.text == "Reset point added: what is recorded stays."
    assert not opened.loop.work()
    opened.ask_nothing(Advance(2, 11))
    opened.compute()
    layer = layer_of(event)
    np.testing.assert_allclose(layer.h[3, 1], fresh(opened, sample=3, timestep=1), atol=1e-6)


def fresh(engine: Any, sample: int, timestep: int) -> np.ndarray:
    """h after one step of a timestep from zeros."""
    model = load_model(last_opened(engine).model.path)
    x = Dataset.open(Path(last_opened(engine).data_folder)).inputs[0]
    shifted = np.concatenate([x[sample : sample + 1, timestep:], np.zeros((1, timestep, 1))], axis=1)
    return record(model, shifted).layers["memory"].h[0, 0]


def test_a_run_to_the_end_stays_one_when_settings_change(opened: Any) -> None:
    opened.ask_nothing(Advance(1, EVERYTHING))
    event = opened.ask(Configure(2, RunSettings(epochs=2)))
    assert isinstance(event, Configured)
    opened.compute()
    assert counted(event) == len(event.plan) == 2 * 18


def test_a_batch_size_that_does_not_divide_is_refused_and_nothing_is_lost(
    opened: Any, files: SimpleNamespace
) -> None:
    opened.ask_nothing(Advance(1, 5))
    opened.compute()
    event = opened.ask(Configure(2, RunSettings(batch_size=4, stateful=True)))
    assert isinstance(event, Failed)
    assert "batches of 4" in event.message
    assert "3 or 6" in event.hint
    assert counted(last_opened(opened)) == 5


def test_samples_that_fill_no_batch_can_be_left_out(opened: Any) -> None:
    event = opened.ask(Configure(2, RunSettings(batch_size=4, stateful=True, drop_remainder=True)))
    assert isinstance(event, Configured), event
    assert event.plan.samples == 4
    assert "the last 2 samples left out" in event.text


def test_commands_before_anything_is_open_say_so(engine: Any) -> None:
    commands: list[Command] = [
        Advance(1, 1),
        Configure(1, RunSettings()),
        Save(1, "x"),
        Reshape(1, Shaping()),
    ]
    for command in commands:
        event = engine.ask(command)
        assert isinstance(event, Failed)
        assert event.command == type(command).__name__
        assert event.hint
    engine.ask_nothing(Pause(1))


# -- going on, saving, tidying -------------------------------------------------------------------------


def test_another_engine_goes_on_where_the_first_ended(
    opened: Any, another_engine: Any, files: SimpleNamespace
) -> None:
    settings = RunSettings(batch_size=2, stateful=True)
    configured = opened.ask(Configure(2, settings))
    opened.ask_nothing(Advance(2, 4))
    opened.compute()
    data = last_opened(opened).data_folder
    event = another_engine.ask(
        Open(3, model=files.one, data=data, settings=settings, recording=configured.recording)
    )
    assert isinstance(event, Opened), event
    assert event.recording == configured.recording
    assert counted(event) == 4
    another_engine.ask_nothing(Advance(3, EVERYTHING))
    another_engine.compute()
    np.testing.assert_allclose(layer_of(event).h, expected(files, batch_size=2, stateful=True), atol=1e-6)


@pytest.mark.parametrize("damage", ["gone", "of another model"])
def test_a_recording_that_cannot_be_gone_on_with_is_begun_anew(
    opened: Any, another_engine: Any, files: SimpleNamespace, damage: str
) -> None:
    before = last_opened(opened)
    recording = before.recording if damage == "of another model" else before.recording + "0"
    event = another_engine.ask(Open(2, model=files.two, data=files.two_data, recording=recording))
    assert isinstance(event, Opened), event
    assert event.recording not in (before.recording, recording)
    assert counted(event) == 0


def test_a_recording_is_saved(opened: Any, tmp_path: Path, files: SimpleNamespace) -> None:
    opened.ask_nothing(Advance(1, EVERYTHING))
    opened.compute()
    path = tmp_path / "run.npz"
    assert opened.ask(Save(1, str(path))) == Saved(1, str(path))
    np.testing.assert_allclose(open_trace(path).layers["memory"].h, expected(files), atol=1e-6)


def test_a_recording_is_exported(opened: Any, tmp_path: Path, files: SimpleNamespace) -> None:
    opened.ask_nothing(Advance(1, EVERYTHING))
    opened.compute()
    path = str(tmp_path / "run.h5")
    assert opened.ask(Export(1, path, "hdf5", ("memory",), ("h",))) == Saved(1, path)
    np.testing.assert_allclose(open_trace(path).layers["memory"].h, expected(files), atol=1e-6)


@pytest.mark.parametrize("suffix", ["npz", "hdf5", "zarr", "csv", "parquet"])
def test_an_export_that_is_cancelled_leaves_no_file(
    opened: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    monkeypatch.setattr("app.engine.opening._PROGRESS_SECONDS", 0)
    opened.ask_nothing(Advance(1, EVERYTHING))
    opened.compute()
    opened.newer = asked_for_the(1)
    events = opened.tell(Export(2, str(tmp_path / f"run.{suffix}"), suffix))
    assert {type(event) for event in events} == {Progress}
    assert list(tmp_path.iterdir()) == []


def test_an_export_that_cannot_be_done_says_why(opened: Any, tmp_path: Path) -> None:
    event = opened.ask(Export(1, str(tmp_path / "run.npz"), "npz"))
    assert isinstance(event, Failed)
    assert (event.command, event.message) == ("Export", "Nothing is recorded yet.")


def test_a_save_that_is_cancelled_leaves_no_file(
    opened: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.engine.opening._PROGRESS_SECONDS", 0)
    opened.ask_nothing(Advance(1, EVERYTHING))
    opened.compute()
    opened.newer = asked_for_the(1)
    assert {type(event) for event in opened.tell(Save(2, str(tmp_path / "run.npz")))} == {Progress}
    assert list(tmp_path.iterdir()) == []


def test_data_that_are_not_kept_to_the_end_leave_no_folder(
    engine: Any, files: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.engine.opening._PROGRESS_SECONDS", 0)
    engine.newer = asked_for_the(1)
    assert {type(event) for event in engine.tell(Open(1, data=files.one_data))} == {Progress}
    assert list(engine.session.data.iterdir()) == []


def test_a_recording_that_cannot_be_saved_says_why(opened: Any, tmp_path: Path) -> None:
    opened.ask_nothing(Advance(1, 1))
    opened.compute()
    event = opened.ask(Save(1, str(tmp_path / "no folder" / "run.npz")))
    assert isinstance(event, Failed)
    assert event.command == "Save"
    assert "no folder" in event.message


def test_a_full_disk_ends_the_computing_and_loses_nothing(
    opened: Any, files: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.ask_nothing(Advance(1, 5))
    opened.compute()
    with monkeypatch.context() as full:

        def no_room(*_: object) -> None:
            raise TraceError("The disk is full.", "Free some space.")

        full.setattr(GrowingArray, "write", no_room)
        opened.ask_nothing(Advance(1, EVERYTHING))
        (event,) = opened.compute()
    assert isinstance(event, Failed)
    assert (event.command, event.message) == ("Advance", "The disk is full.")
    assert counted(last_opened(opened)) == 5
    opened.ask_nothing(Advance(1, EVERYTHING))
    assert opened.compute() == []
    np.testing.assert_allclose(layer_of(last_opened(opened)).h, expected(files), atol=1e-6)


def test_no_run_begins_on_a_disk_that_is_almost_full(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=10 * 2**20))
    event = opened.ask(Advance(1, 5))
    assert isinstance(event, Failed)
    assert "10.0 MiB" in event.message
    assert event.missing == "room"
    assert not opened.loop.work()


def test_a_disk_that_fills_up_pauses_both_runs_until_somebody_goes_on(
    opened: Any, files: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.engine.computing._SPACE_CHECK_SECONDS", 0.0)
    compared = opened.ask(Compare(2, RunSettings(stateful=True)))
    opened.ask_nothing(Advance(2, 5))
    opened.compute()
    with monkeypatch.context() as full:
        opened.ask_nothing(Advance(2, EVERYTHING))
        full.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=0))
        (event,) = opened.compute()
        assert not opened.loop.work()  # it is told once
    assert isinstance(event, Failed)
    assert (event.command, event.missing) == ("Advance", "room")
    assert counted(last_opened(opened)) == counted(compared) == 5
    assert not opened.loop.work()  # there is room again, and nobody has asked yet
    opened.ask_nothing(Advance(2, EVERYTHING))
    assert opened.compute() == []
    np.testing.assert_allclose(layer_of(last_opened(opened)).h, expected(files), atol=1e-6)
    assert counted(compared) == 18
    opened.ask(Compare(3))


def test_an_error_of_the_program_is_reported_with_its_traceback(
    opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("lstm_viz.stepper.Stepper.run", broken)
    opened.ask_nothing(Advance(1, 5))
    (event,) = opened.compute()
    assert isinstance(event, Failed)
    assert "oops" in event.message
    assert "Traceback" in event.details
    assert event.hint


def test_folders_that_nobody_looks_at_are_deleted_and_no_others(opened: Any, tmp_path: Path) -> None:
    first = last_opened(opened)
    second = opened.ask(Configure(2, RunSettings(batch_size=2)))
    outside = tmp_path / "precious"
    outside.mkdir()
    opened.ask_nothing(Discard((first.recording, second.recording, first.data_folder, str(outside))))
    assert not Path(first.recording).exists()
    assert Path(second.recording).exists()
    assert Path(first.data_folder).exists()
    assert outside.exists()
