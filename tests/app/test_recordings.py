"""Recordings that are opened in the window without their models."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog

from app.recorded_model import NEEDS_MODEL
from lstm_viz import LSTMLayer, Plan, Resets, Stepper, Trace, load_model, open_trace

STEPS, RECORDED = 18, 14


def chosen(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))


def open_it(program, path: Path) -> None:
    program.wait_opened(lambda: program.window.file_commands.open_recording(path))


def values_shown(program) -> np.ndarray:
    """The gates that are drawn, (6, units, steps)."""
    start, stop = program.window.gates.visible_steps()
    return program.session.layer.window(program.session.row, start, stop, 10_000).values


@pytest.mark.parametrize("kind", ["npz", "h5", "folder"])
def test_a_recording_is_opened_from_the_menu_and_shown(
    program, recordings: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    path = getattr(recordings, kind)
    chosen(monkeypatch, path / "header.json" if kind == "folder" else path)
    program.wait_opened(program.window.actions_by_id["open_recording"].trigger)
    window, session = program.window, program.session
    assert session.recording == str(path)
    assert session.model is None
    assert window.windowTitle() == f"{path.name}, recorded — lstm-viz"
    assert window.model_panel.title.text() == path.name
    assert (program.trace.count, program.cursor) == (RECORDED, RECORDED - 1)
    expected = [recordings.trace.layers["memory"].values(step, 0) for step in range(RECORDED)]
    np.testing.assert_array_equal(program.recorded(RECORDED), expected)
    for view in (window.gates, window.units, window.state_flow, window.boxes, window.compare):
        window.show_view(view)
        program.frame()
    assert window.units._plots or values_shown(program).size
    assert not program.cause_of_every_error()


def test_what_is_recorded_is_stepped_through_and_played(program, recordings: SimpleNamespace) -> None:
    open_it(program, recordings.npz)
    window, player = program.window, program.player
    window.actions_by_id["back_ten"].trigger()
    program.goes_to(3)
    window.actions_by_id["step"].trigger()
    program.goes_to(4)
    cell = window.cell.numbers
    assert cell.values["f"] == pytest.approx(float(recordings.trace.layers["memory"].values(4, 0)[1, 0]))
    window.actions_by_id["last"].trigger()
    program.goes_to(RECORDED - 1)
    window.actions_by_id["step"].trigger()  # there is no more
    program.frame()
    assert program.cursor == RECORDED - 1
    assert not player.computing
    window.actions_by_id["play"].trigger()
    window.transport.speed_changed.emit(None)
    program.wait(lambda: not player.playing)
    assert program.cursor == RECORDED - 1
    program.session.set_row(1)
    program.session.seek(2)
    program.goes_to(2)
    program.session.seek(STEPS - 1)  # of the run, but not of the recording
    program.goes_to(RECORDED - 1)


def test_what_needs_the_model_cannot_be_used_and_says_why(program, recordings: SimpleNamespace) -> None:
    open_it(program, recordings.npz)
    window, session = program.window, program.session
    needed = ["reset_here", "reset_rows", "stateful", "interleave", "generate", "save_session", "why_f"]
    needed += ["compare_row", "compare_model", "compare_batch_1", "undo"]
    for name in needed:
        assert not window.actions_by_id[name].isEnabled(), name
    for name in needed[:-1]:
        assert NEEDS_MODEL in window.actions_by_id[name].toolTip(), name
    bar = window.run_settings
    for field in (bar.stateful, bar.batch_size, bar.policy, bar.every, bar.epochs, bar.sizes_button):
        assert not field.isEnabled()
        assert field.toolTip() == NEEDS_MODEL
    assert (bar.stateful.isChecked(), bar.batch_size.value(), bar.every.value()) == (True, 2, 7)
    assert bar.layer.isEnabled()
    assert bar.row.isEnabled()
    # What the timeline and the plots offer at a place does nothing either.
    window.timeline.reset_added.emit(4)
    assert session.settings.resets.at == ()
    assert window.status.news.text() == NEEDS_MODEL
    window.cell.why.choose("f")
    program.frame()
    assert window.cell.why.words.text() == NEEDS_MODEL
    window.cell.why.choose("")


def test_a_model_that_is_opened_then_makes_everything_usual_again(
    program, recordings: SimpleNamespace, files: SimpleNamespace
) -> None:
    open_it(program, recordings.folder)
    program.wait_opened(lambda: program.window.file_commands.open(Path(files.one), Path(files.one_data)))
    window, session = program.window, program.session
    assert session.recording is None
    assert session.model.path == files.one
    for name in ("reset_here", "generate", "stateful", "save_session", "compare_row"):
        assert window.actions_by_id[name].isEnabled(), name
        assert NEEDS_MODEL not in window.actions_by_id[name].toolTip()
    assert window.run_settings.batch_size.isEnabled()
    assert NEEDS_MODEL not in window.run_settings.batch_size.toolTip()
    program.step_to(3)
    session.reset_points.put(2)
    program.wait(lambda: bool(session.plan.resets.at))


def test_data_alone_wait_beside_a_recording(
    program, recordings: SimpleNamespace, files: SimpleNamespace
) -> None:
    open_it(program, recordings.npz)
    session, window = program.session, program.window
    window.file_commands.open(data=Path(files.series))
    program.wait(lambda: session.dataset is not None and not session.opening)
    session.set_row(1)
    program.frame()
    assert session.recording is not None
    assert program.trace.count == RECORDED
    assert not program.cause_of_every_error()
    program.wait_opened(lambda: window.file_commands.open(Path(files.one)))
    assert session.dataset.source == Path(files.series).name


def test_a_recording_is_opened_by_dropping_it_and_remembered(program, recordings: SimpleNamespace) -> None:
    commands, menu = program.window.file_commands, program.window.menus["File/Open recent"]
    for path in (recordings.npz, recordings.folder):
        program.wait_opened(lambda path=path: commands.open_paths([path]))
        assert program.session.recording == str(path)
        commands.fill_recent()
        entries = [action.data() for action in menu.actions()]
        assert ("recordings", str(path)) in entries
        assert ("data", str(path)) not in entries
        assert ("models", str(path)) not in entries
    open_it(program, recordings.npz)
    entry = next(
        action for action in menu.actions() if action.data() == ("recordings", str(recordings.folder))
    )
    program.wait_opened(lambda: commands.open_recent(entry))
    assert program.session.recording == str(recordings.folder)


def test_a_run_that_is_saved_opens_again_as_it_was(
    program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.step_to(20)
    before = program.recorded(20)
    path = tmp_path / "mine.npz"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    program.window.actions_by_id["save_recording"].trigger()
    program.wait(path.exists)
    chosen(monkeypatch, path)
    program.wait_opened(program.window.actions_by_id["open_recording"].trigger)
    np.testing.assert_array_equal(program.recorded(20), before)
    # And saved once more, from the recording.
    again = tmp_path / "again.npz"
    program.session.save(str(again))
    program.wait(again.exists)
    assert open_trace(again).count == 20


def test_what_is_no_recording_leaves_what_is_open(program, files: SimpleNamespace, tmp_path: Path) -> None:
    program.step_to(3)
    for path in (Path(files.one_data), tmp_path, tmp_path / "gone.npz"):
        before = len(program.cause_of_every_error())
        program.window.file_commands.open_recording(path)
        program.wait(lambda before=before: len(program.cause_of_every_error()) > before)
    assert program.session.model is not None
    assert program.trace.count == 3
    assert all(dialog.windowTitle() == "Not opened" for dialog in program.window.errors.dialogs)


def test_a_recording_that_grows_is_followed(program, files: SimpleNamespace, tmp_path: Path) -> None:
    with np.load(files.one_data) as arrays:
        stepper = Stepper(load_model(files.one), arrays["x"], batch_size=1, folder=tmp_path / "growing")
    stepper.run(until=5)
    open_it(program, tmp_path / "growing")
    assert program.player.count == 5
    stepper.run(until=9)
    program.wait(lambda: program.player.count == 9)
    program.session.seek(8)
    program.goes_to(8)
    # Its writer goes over to another plan, which drops steps.
    plan = replace(stepper.plan, resets=Resets(every=2))
    stepper.reconfigure(plan)
    program.wait(lambda: program.session.plan == plan)
    assert program.window.run_settings.every.value() == 2
    assert program.trace.count == stepper.trace.count


def write_run(target: Path, layer: LSTMLayer, plan: Plan) -> None:
    """Write a recording of zeros: a file or, without an ending, a folder."""
    trace = Trace(plan, [layer], [plan.timesteps], [], None if target.suffix else target)
    zeros = np.zeros((len(plan), plan.batch_size, 6, layer.units), np.float32)
    trace.layers[layer.path].write(0, zeros, np.ones(zeros.shape[:2], bool))
    for batch in range(plan.batches):
        trace.layers[layer.path].write_initial(batch, zeros[0, :, :2])
    trace.publish(len(plan))
    if target.suffix:
        trace.save(target)


@pytest.mark.parametrize("name", ["run.npz", "run"])
def test_another_run_in_the_place_of_a_recording_is_looked_at_anew(
    program, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    write_run(path, LSTMLayer("first", 3, 1), Plan(4, 5, 2))
    open_it(program, path)
    session = program.session
    session.set_row(1)
    session.pin(2)
    program.frame()
    if path.is_dir():
        shutil.rmtree(path)
    write_run(path, LSTMLayer("second", 2, 1), Plan(3, 4, 1))
    if path.is_dir():  # seen without being opened again
        program.wait_opened(lambda: session.opened_recording.let_pass(1.0))
    else:
        open_it(program, path)
    assert (session.path, session.row, session.pinned) == ("second", 0, (0,))
    assert program.cursor == 11
    program.frame()
    np.testing.assert_array_equal(program.recorded(12), np.zeros((12, 6, 2)))
    assert not program.cause_of_every_error()


def test_a_recording_that_is_taken_away_leaves_the_window_standing(
    program, recordings: SimpleNamespace, tmp_path: Path
) -> None:
    shutil.copytree(recordings.folder, tmp_path / "run")
    open_it(program, tmp_path / "run")
    shutil.rmtree(tmp_path / "run")
    program.session.seek(3)  # what a batch starts from was not looked at yet
    program.wait(lambda: bool(program.cause_of_every_error()))
    program.frame()
    program.frame()
    assert len(program.window.errors.dialogs) == 1
    assert program.window.errors.dialogs[0].windowTitle() == "The recording cannot be read any more"
    open_it(program, recordings.folder)
    assert program.trace.count == RECORDED
