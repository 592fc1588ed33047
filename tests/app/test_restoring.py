from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.autosave import Autosave, state_folder, write_whole
from app.command_line import Options
from app.engine.session_folder import SessionFolder
from app.run_plan import RunSettings
from app.session_file import Look, Place, SavedSession, read_session, session_text
from lstm_viz import load_model, open_trace, record

CLICK = Qt.MouseButton.LeftButton


@pytest.fixture(autouse=True)
def _no_state() -> Iterator[None]:
    """Forget what a test left to the next start, those of other files as well: they kill programs."""
    for before in state_folder().glob("*"):
        before.unlink()
    yield
    for path in state_folder().iterdir():
        path.unlink()


def autosaved() -> list[Path]:
    return list(state_folder().glob("*.lstmviz"))


def left_open(saved: SavedSession) -> Path:
    """What a program leaves that is killed while this is open."""
    autosave = Autosave()
    assert autosave.path is not None
    write_whole(autosave.path, session_text(saved))
    autosave._lock.close()  # as the system does when a process ends
    return autosave.path


def test_what_is_open_is_kept_soon_and_an_example_that_nobody_touched_is_not(start: Callable) -> None:
    program = start()
    program.wait_opened()
    keeper = program.window.keeper
    program.wait(lambda: not keeper._timer.isActive())
    assert autosaved() == []
    program.session.pin(2)
    program.wait(lambda: len(autosaved()) == 1)
    assert read_session(autosaved()[0]).look.pinned == (0, 2)
    program.step_to(4)
    program.wait(lambda: read_session(autosaved()[0]).look.step == 3)
    program.window.close()
    assert list(state_folder().iterdir()) == []


def test_what_a_killed_program_had_open_is_one_click_away(
    start: Callable, files: SimpleNamespace, qtbot: QtBot
) -> None:
    saved = SavedSession(Place(files.one), data=Place(files.one_data))
    left = left_open(replace(saved, look=replace(saved.look, unit=3, step=7)))
    program = start()
    notice = program.window.notice
    assert notice.isVisible()
    assert notice.text.text() == "The program ended unexpectedly with “one.keras” open."
    assert not notice.second.isVisible()
    program.wait_opened()  # the first example, meanwhile
    program.wait_opened(lambda: qtbot.mouseClick(notice.button, CLICK))
    assert not notice.isVisible()
    assert program.session.model.path == files.one
    program.goes_to(7)
    program.wait(lambda: not left.exists())
    (now,) = autosaved()
    assert read_session(now).look.unit == 3


def test_what_was_restored_is_not_offered_again_however_soon_the_program_ends(
    start: Callable, files: SimpleNamespace, qtbot: QtBot
) -> None:
    left_open(SavedSession(Place(files.one)))
    program = start()
    program.wait_opened(lambda: qtbot.mouseClick(program.window.notice.button, CLICK))
    program.wait(lambda: program.session.model is not None and program.session.model.path == files.one)
    program.window.close()
    assert autosaved() == []


def test_what_could_not_be_restored_is_offered_again_although_something_else_was_opened(
    start: Callable, files: SimpleNamespace, qtbot: QtBot
) -> None:
    saved = SavedSession(Place(files.one), data=Place(files.one_data))
    left = left_open(replace(saved, settings=RunSettings(batch_size=4, stateful=True)))  # of six samples
    program = start()
    program.wait_opened()
    with qtbot.waitSignal(program.session.failed, timeout=90_000):
        qtbot.mouseClick(program.window.notice.button, CLICK)
    program.wait_opened(lambda: program.session.open_example("tagger"))
    program.session.pin(2)
    program.wait(lambda: len(autosaved()) == 2)  # this one's own, and what was left
    program.window.close()
    assert autosaved() == [left]


def test_an_offer_that_nobody_answers_is_made_again_and_one_that_is_closed_is_not(
    start: Callable, files: SimpleNamespace, qtbot: QtBot
) -> None:
    left = left_open(SavedSession(Place(files.one)))
    first = start()
    assert first.window.notice.isVisible()
    first.close()
    assert left.exists()
    second = start()
    assert (
        second.window.notice.close_button.toolTip() == "Discard what was open, with what was recorded of it"
    )
    qtbot.mouseClick(second.window.notice.close_button, CLICK)
    assert not left.exists()
    second.close()
    assert not start().window.notice.isVisible()


def test_the_offer_has_the_log_of_a_crash_beside_it(
    start: Callable, files: SimpleNamespace, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    left_open(SavedSession(Place(files.one)))
    crashed = SessionFolder.create()
    crashed.crash_log.write_text("Fatal Python error: Segmentation fault", encoding="utf-8")
    crashed._lock.close()
    program = start()
    notice = program.window.notice
    qtbot.mouseClick(notice.second, CLICK)
    (dialog,) = program.window.errors.dialogs
    assert "Segmentation fault" in dialog.details.toPlainText()
    qtbot.mouseClick(dialog.copy_button, CLICK)
    assert "Segmentation fault" in QApplication.clipboard().text()
    assert notice.isVisible()  # it still offers to open what was open
    dialog.close()


def test_a_run_without_a_person_neither_offers_nor_keeps_anything(
    start: Callable, files: SimpleNamespace
) -> None:
    left = left_open(SavedSession(Place(files.one)))
    program = start(Options(quit=True, steps=3), wait=False)
    assert not program.window.notice.isVisible()
    program.close()
    assert autosaved() == [left]


# Opens a session in a window that nobody sees, as on a desktop.
IN_A_WINDOW = """
import sys
from app.application import run_application
from app.command_line import Options
run_application(Options(session=sys.argv[1]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_after_kill_nine_the_next_start_offers_what_was_open_with_its_recording(
    start: Callable, files: SimpleNamespace, tmp_path: Path, qtbot: QtBot
) -> None:
    saved = SavedSession(Place(files.one), data=Place(files.one_data), look=Look(step=7))
    (tmp_path / "a.lstmviz").write_text(session_text(saved))
    command = [sys.executable, "-c", IN_A_WINDOW, str(tmp_path / "a.lstmviz")]
    running = subprocess.Popen(command, stderr=subprocess.DEVNULL)

    def recording() -> Path:
        (kept,) = map(read_session, autosaved())
        assert kept.look.step == 7
        return Path(kept.recording.path)

    try:
        qtbot.waitUntil(lambda: len(autosaved()) == 1 and recording().exists(), timeout=90_000)
    finally:
        running.kill()
        running.wait()
    left = open_trace(recording())
    assert left.count >= 8
    file = (recording() / "layer0/signals/000000.npy").stat()
    values = left.layers["memory"].all_rows(7)
    folder = recording().parents[1]

    program = start()
    notice = program.window.notice
    assert "“one.keras”" in notice.text.text()
    program.wait_opened()  # the first example; an engine clears away what nobody can ask for
    assert folder.exists()
    program.wait_opened(lambda: qtbot.mouseClick(notice.button, CLICK))
    program.goes_to(7)
    assert program.trace.count == left.count
    assert (program.trace.folder / "layer0/signals/000000.npy").stat().st_ino == file.st_ino
    np.testing.assert_array_equal(program.session.layer.all_rows(7), values)
    program.wait(lambda: not folder.exists())
    program.step_to(left.count + 1)
    reference = record(load_model(files.one), np.load(files.one_data)["x"], batch_size=1)
    np.testing.assert_allclose(
        program.session.layer.h[: left.count // 3], reference.layers["memory"].h[: left.count // 3], atol=1e-6
    )


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_recording_that_nobody_wants_back_is_deleted(
    start: Callable, files: SimpleNamespace, qtbot: QtBot
) -> None:
    killed = SessionFolder.create()
    (recording := killed.new_recording()).mkdir()
    left_open(SavedSession(Place(files.one), recording=Place(str(recording))))
    killed._lock.close()  # as the system does when a process ends
    program = start()
    program.wait_opened()
    assert recording.exists()
    qtbot.mouseClick(program.window.notice.close_button, CLICK)
    program.wait(lambda: not killed.path.exists())
