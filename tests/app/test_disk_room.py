from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.command_line import Options
from app.disk_room import PAUSED, TOO_LONG, too_long_words
from app.engine.messages import Failed
from lstm_viz.layers import LSTMLayer
from lstm_viz.plan import Plan
from lstm_viz.trace import Trace

CLICK = Qt.MouseButton.LeftButton
MIB = 2**20


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What the window takes for free on the disk; the engine sees the real disk."""
    disk = SimpleNamespace(free=10**15)
    monkeypatch.setattr("app.engine.session_folder.shutil.disk_usage", lambda _: disk)
    return disk


def test_a_run_that_does_not_fit_is_told_before_it_begins(program, free: SimpleNamespace) -> None:
    window, session = program.window, program.session
    assert window.notice.key == ""
    free.free = 256 * MIB + 1000
    program.wait_configured(lambda: window.run_settings.epochs.setValue(1000))
    assert window.notice.key == TOO_LONG
    assert "The whole run needs" in window.notice.text.text()
    needed, trace = session.trace.bytes_to_come(), session.trace
    assert needed > 6 * 4 * session.layer.layer.units * len(session.plan)
    free.free = 256 * MIB + needed
    program.wait_configured(lambda: window.run_settings.stateful.setChecked(not session.settings.stateful))
    assert session.trace.folder == trace.folder
    assert window.notice.key == ""


def test_the_warning_that_was_closed_does_not_come_again_for_the_same_run(
    program, free: SimpleNamespace, qtbot: QtBot
) -> None:
    window, session = program.window, program.session
    free.free = 256 * MIB
    program.wait_configured(lambda: window.run_settings.epochs.setValue(3))
    qtbot.mouseClick(window.notice.close_button, CLICK)
    program.wait_configured(lambda: window.run_settings.stateful.setChecked(not session.settings.stateful))
    assert window.notice.key == ""
    program.wait_configured(lambda: window.run_settings.epochs.setValue(4))
    assert window.notice.key == TOO_LONG


def test_a_message_that_waits_for_an_answer_is_not_put_aside(program, free: SimpleNamespace) -> None:
    window = program.window
    window.notice.notify("engine lost", "The engine has ended.", "Start it again", "error")
    free.free = 0
    program.wait_configured(lambda: window.run_settings.epochs.setValue(5))
    assert window.notice.key == "engine lost"
    window.notice.clear()


def test_a_run_that_fills_the_disk_pauses_and_goes_on_by_one_click(
    start: Callable, files: SimpleNamespace, qtbot: QtBot
) -> None:
    program = start(Options(model=files.one, data=files.one_data, theme="light"))
    program.wait_opened()
    window, session = program.window, program.session
    program.step_to(2)
    failure = Failed(session._bridge.generation, "Advance", "Too little room on the disk.", "", "", "room")
    session.player.play()
    session._bridge.event_received.emit(failure)  # as the engine says it
    assert window.notice.key == PAUSED
    assert "Too little room on the disk." in window.notice.text.text()
    assert not window.actions_by_id["play"].isChecked()
    assert program.cause_of_every_error() == []
    qtbot.mouseClick(window.notice.button, CLICK)
    assert window.notice.key == ""
    program.wait(lambda: program.trace.count == len(session.plan))


def test_the_notice_of_a_pause_goes_when_the_run_goes_on(program, qtbot: QtBot) -> None:
    window, session = program.window, program.session
    window.disk_room.pause(Failed(session._bridge.generation, "Advance", "Full.", "", "", "room"))
    session.seek(1)
    program.wait(lambda: window.notice.key == "")


@pytest.mark.parametrize(("share", "step"), [(0.0, "0"), (0.25, "250,000"), (0.5, "500,000")])
def test_the_words_say_where_it_is_going_to_pause(tmp_path: Path, share: float, step: str) -> None:
    trace = Trace(Plan(1, 1_000_000), [LSTMLayer("lstm", 128, 1)], [1_000_000], [], tmp_path)
    needed = trace.bytes_to_come()
    assert needed == pytest.approx(1_000_000 * 6 * 128 * 4 * 4 / 3, rel=0.01)  # with its merged levels
    words = too_long_words(trace, needed, round(share * needed))
    assert f"after about {step} of 1,000,000 steps" in words
    assert "3.8 GiB" in words
