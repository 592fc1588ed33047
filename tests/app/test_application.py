from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

import lstm_viz
from app.command_line import Options
from app.engine.messages import Failed, Saved
from app.engine.session_folder import SessionFolder
from lstm_viz import load_model, record
from lstm_viz.examples import NAMES, example

Key = Qt.Key


def is_running(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def leaves_nothing(program) -> None:
    """Close the window; its engine is gone at once, and so is all that it kept on the disk."""
    process_id = program.application.bridge.pid
    assert process_id is not None
    program.window.close()
    assert not program.window.isVisible()
    assert not is_running(process_id)
    assert not program.folder.exists()


def test_what_the_command_line_names_is_opened_and_computed(
    start: Callable, files: SimpleNamespace, tmp_path: Path
) -> None:
    options = Options(
        model=files.one,
        data=files.one_data,
        steps=7,
        screenshot=str(tmp_path / "picture.png"),
        theme="dark",
        size=(1024, 700),
    )
    program = start(options)
    program.wait_opened()
    program.wait(lambda: (tmp_path / "picture.png").exists())
    assert (program.window.width(), program.window.height()) == (1024, 700)
    assert program.window.themes.theme.name == "dark"
    assert program.trace.count == 7
    assert program.cursor == 6
    assert program.window.isVisible()
    leaves_nothing(program)


def test_data_alone_are_opened_with_the_model_of_the_first_example(
    start: Callable, files: SimpleNamespace
) -> None:
    program = start(Options(data=files.series))
    program.wait_opened()
    assert program.session.model.path == str(example(NAMES[0]).model_path)
    assert program.session.dataset.source == "series.csv"
    assert not program.session.opening
    assert program.seen == ["opened"]


def test_data_that_fit_no_model_end_a_run_without_a_person(
    start: Callable,
    files: SimpleNamespace,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    codes: list[int] = []
    monkeypatch.setattr(QApplication, "exit", staticmethod(codes.append))
    start(Options(data=files.both_data, steps=2, quit=True), wait=False).wait(lambda: bool(codes))
    assert codes == [1]
    said = capsys.readouterr().err
    assert f"both_data.npz does not fit the example “{example(NAMES[0]).title}”" in said


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe there is another thing")
def test_a_run_without_a_person_ends_though_nobody_reads_what_it_says(
    start: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes: list[int] = []
    monkeypatch.setattr(QApplication, "exit", staticmethod(codes.append))
    reader, writer = os.pipe()
    os.close(reader)  # as ``head`` does once it has seen enough
    closed = os.fdopen(writer, "w")
    monkeypatch.setattr(sys, "stdout", closed)
    start(Options(steps=2, quit=True, report=True), wait=False).wait(lambda: bool(codes))
    assert codes == [0]
    sys.stdout.close()
    with pytest.raises(BrokenPipeError):
        closed.close()


@pytest.mark.parametrize("lacking", ["architecture", "values"])
def test_a_run_without_a_person_asks_nobody(
    start: Callable,
    files: SimpleNamespace,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    lacking: str,
) -> None:
    codes: list[int] = []
    monkeypatch.setattr(QApplication, "exit", staticmethod(codes.append))
    if lacking == "architecture":
        import keras

        path = str(tmp_path / "half.weights.h5")
        keras.saving.load_model(files.one).save_weights(path)
        options = Options(model=path, quit=True)
    else:
        path = str(tmp_path / "gaps.csv")
        Path(path).write_text('value\n1\n""\n3\n4\n5\n6\n', encoding="utf-8")
        options = Options(data=path, quit=True)
    program = start(options, wait=False)
    program.wait(lambda: bool(codes))
    assert codes == [1]
    assert Path(path).name in capsys.readouterr().err
    assert QApplication.activeModalWidget() is None


def test_what_the_command_line_names_is_opened_once_it_is_known_what_to_do_about_its_gaps(
    start: Callable, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "gaps.csv").write_text('value\n1\n""\n3\n4\n5\n6\n', encoding="utf-8")
    program = start(Options(data=str(tmp_path / "gaps.csv")))
    program.wait(lambda: bool(program.window.findChildren(QMessageBox)))
    (box,) = program.window.findChildren(QMessageBox)
    button = next(button for button in box.buttons() if button.text() == "Interpolate")
    program.wait_opened(lambda: qtbot.mouseClick(button, Qt.MouseButton.LeftButton))
    assert program.session.dataset.source == "gaps.csv"
    assert program.session.plan.samples == 3
    assert program.seen == ["opened"]


def test_after_the_engine_is_killed_one_click_goes_on_with_the_same_numbers(
    start: Callable, files: SimpleNamespace, qtbot: QtBot
) -> None:
    program = start(Options(model=files.one, data=files.one_data, theme="light"))
    window, session = program.window, program.session
    program.wait_opened()
    program.wait_configured(lambda: window.run_settings.epochs.setValue(300))
    window.transport.slider.setValue(window.transport.slider.maximum())
    program.key(Key.Key_Space)
    program.wait(lambda: program.trace.count > 100)

    os.kill(program.application.bridge.pid, signal.SIGKILL)
    program.wait(window.notice.isVisible)
    assert "SIGKILL" in window.notice.text.text()
    assert not window.actions_by_id["play"].isChecked()
    count = program.trace.count
    kept = session.layer.values(50, 0)
    for key, step in ((Key.Key_Home, 0), (Key.Key_End, count - 1), (Key.Key_Left, count - 2)):
        program.key(key)
        program.goes_to(step)
    assert program.window.gates.cursor_step == count - 2

    program.wait_opened(lambda: qtbot.mouseClick(window.notice.button, Qt.MouseButton.LeftButton))
    assert not window.notice.isVisible()
    assert program.trace.count == count
    assert program.cursor == count - 2
    np.testing.assert_array_equal(session.layer.values(50, 0), kept)
    program.key(Key.Key_End)
    program.key(Key.Key_Right)
    program.goes_to(count)
    program.key(Key.Key_Space)
    program.wait(lambda: program.trace.count >= len(session.plan))
    program.wait(lambda: not program.player.playing)

    with np.load(files.one_data) as arrays:
        alone = record(load_model(files.one), arrays["x"], batch_size=1)
    for name in "ifgoch":
        np.testing.assert_allclose(
            session.layer.signal(name), alone.layers["memory"].signal(name), atol=1e-6, err_msg=name
        )
    # Nothing of it was closed: the window ends as it does on any other day.
    program.key(Key.Key_Home)
    program.key(Key.Key_Space)
    leaves_nothing(program)


def test_what_a_crash_said_is_offered_at_the_next_start(
    start: Callable, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    crashed = SessionFolder.create()
    crashed.crash_log.write_text("Fatal Python error: Segmentation fault\n", encoding="utf-8")
    lines = "".join(f"line {k}\n" for k in range(1000))
    crashed.window_log.write_text(f"lstm-viz 0.1.0, Python 3.11.7\n{lines}", encoding="utf-8")
    crashed._lock.close()  # as the system does when a process ends
    program = start()
    program.wait_opened()
    notice, engine = program.window.notice, program.application.bridge.pid
    assert "ended unexpectedly" in notice.text.text()
    qtbot.mouseClick(notice.button, Qt.MouseButton.LeftButton)
    (dialog,) = program.window.errors.dialogs
    report = dialog.details.toPlainText()
    said, _, log = report.partition("\n\n")
    assert said == "Fatal Python error: Segmentation fault"
    assert log.startswith("lstm-viz 0.1.0, Python 3.11.7\nline 960\n")
    assert log.endswith("line 999\n")
    assert not notice.isVisible()
    assert program.application.bridge.pid == engine
    program.window.errors.close_all()
    program.close()

    again = start()
    again.wait_opened()
    assert not again.window.notice.isVisible()


# Says when it is on the screen, and goes on as on a desktop.
IN_A_WINDOW = """
from PySide6.QtCore import QTimer
from app.application import Application
from app.command_line import Options
application = Application(Options())
application.start()
QTimer.singleShot(0, lambda: print("shown", flush=True))
application.qt.exec()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals")
def test_a_native_crash_leaves_a_log_that_says_where_and_on_what() -> None:
    command = [sys.executable, "-c", IN_A_WINDOW]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert running.stdout is not None
    assert running.stdout.readline() == "shown\n"
    running.send_signal(signal.SIGSEGV)
    running.communicate()
    assert running.returncode == -signal.SIGSEGV
    folder = SessionFolder.create()
    path = folder.take_crash_log()
    folder.remove_leftovers()
    folder.remove()
    assert path is not None
    said = path.read_text(encoding="utf-8")
    assert said.startswith("Fatal Python error: Segmentation fault")
    assert f"lstm-viz {lstm_viz.__version__}, Python" in said


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals")
def test_what_a_crash_of_the_engine_said_is_one_click_away(
    start: Callable, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    program = start()
    program.wait_opened()
    notice = program.window.notice
    os.kill(program.application.bridge.pid, signal.SIGSEGV)
    program.wait(notice.isVisible)
    assert "SIGSEGV" in notice.text.text()
    qtbot.mouseClick(notice.second, Qt.MouseButton.LeftButton)
    (dialog,) = program.window.errors.dialogs
    assert "Fatal Python error: Segmentation fault" in dialog.details.toPlainText()
    assert notice.isVisible()  # it still offers another engine
    dialog.close()


def test_the_engine_starts_when_the_window_has_painted_itself(
    start: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.application._UNSEEN_MILLISECONDS", 3_600_000)
    program = start(wait=False)
    bridge = program.application.bridge
    seen: list[int | None] = []
    program.window.painted.connect(lambda: seen.append(bridge.pid))
    program.wait(lambda: bool(seen))
    assert seen[0] is None
    program.wait(lambda: bridge.pid is not None)


def test_a_window_that_nobody_sees_starts_its_engine_all_the_same(start: Callable) -> None:
    program = start(wait=False)
    painted: list[bool] = []
    program.window.painted.connect(lambda: painted.append(True))
    program.window.setUpdatesEnabled(False)
    program.wait(lambda: program.application.bridge.pid is not None)
    assert not painted


def test_what_is_asked_for_before_the_engine_starts_is_opened_and_not_the_first_example(
    start: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.application._UNSEEN_MILLISECONDS", 1)
    program = start(wait=False)
    assert program.application.bridge.pid is None
    assert program.window.status.busy.text() == "Starting the engine…"
    program.wait_opened(lambda: program.session.open_example("tagger"))
    assert not program.window.status.busy.isVisible()
    assert program.session.model.path == str(example("tagger").model_path)
    assert program.seen == ["opened"]


def test_what_is_given_up_before_the_engine_starts_is_not_opened(
    start: Callable, qtbot: QtBot, tmp_path: Path
) -> None:
    program = start(wait=False)
    bridge = program.application.bridge
    assert bridge.pid is None
    program.session.cancel()

    def is_answered(event: object) -> bool:
        return isinstance(event, (Saved, Failed))

    with qtbot.waitSignal(bridge.event_received, timeout=90_000, check_params_cb=is_answered) as answer:
        program.session.save(str(tmp_path / "nothing.npz"))  # answered after what was given up
    assert isinstance(answer.args[0], Failed)
    assert program.seen == []


def test_closing_while_tensorflow_is_imported_leaves_nothing_behind(start: Callable) -> None:
    program = start()
    program.wait(lambda: program.application.bridge.pid is not None)
    assert program.trace is None
    leaves_nothing(program)


def test_closing_while_it_plays_leaves_nothing_behind(start: Callable) -> None:
    program = start()
    program.wait_opened()
    program.wait_configured(lambda: program.window.run_settings.epochs.setValue(500))
    program.window.transport.slider.setValue(program.window.transport.slider.maximum())
    program.key(Key.Key_Space)
    program.wait(lambda: program.trace.count > 20)
    leaves_nothing(program)


def test_closing_while_a_model_is_opened_leaves_nothing_behind(start: Callable, qtbot: QtBot) -> None:
    program = start()
    session = program.session
    with qtbot.waitSignal(session.busy, timeout=90_000, check_params_cb=lambda text, _: "Opening" in text):
        pass
    leaves_nothing(program)


def test_a_window_that_is_closed_at_once_starts_no_engine(start: Callable) -> None:
    program = start(wait=False)
    program.window.close()
    QApplication.processEvents()
    assert program.application.bridge.pid is None
    assert not program.folder.exists()


def test_settings_are_kept_from_one_start_to_the_next(start: Callable) -> None:
    first = start(Options())
    window = first.window
    window.actions_by_id["theme_dark"].trigger()
    window.actions_by_id["follow_cursor"].trigger()
    window.transport.slider.setValue(3)
    window.docks["cell"].hide()
    assert not window.actions_by_id["follow_cursor"].isChecked()
    first.close()

    second = start(Options()).window
    assert second.themes.theme.name == "dark"
    assert second.actions_by_id["theme_dark"].isChecked()
    assert not second.actions_by_id["follow_cursor"].isChecked()
    assert not second.gates.following
    assert second.transport.slider.value() == 3
    assert second.session.player.speed == second.transport.speed
    assert not second.docks["cell"].isVisible()


def test_a_failure_in_the_window_is_told_once_and_the_window_lives(
    start: Callable, caplog: pytest.LogCaptureFixture
) -> None:
    program = start()
    failures = program.application.failures
    for _ in range(3):
        try:
            raise RuntimeError("a plot gave up")
        except RuntimeError as error:
            failures._on_exception(type(error), error, error.__traceback__)
    assert program.window.errors.dialogs == ()  # never in the middle of what failed
    program.wait(lambda: bool(program.window.errors.dialogs))
    (dialog,) = program.window.errors.dialogs
    assert "a plot gave up" in dialog.message.text()
    assert "RuntimeError" in dialog.details.toPlainText()
    assert "3 times" in dialog.times.text()
    caplog.clear()
    dialog.close()
    assert program.window.isVisible()
