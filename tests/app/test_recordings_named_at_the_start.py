"""Recordings that the command line names, and an engine that is lost while one is shown."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtWidgets import QApplication

from app.command_line import Options, parse

STEPS, RECORDED = 18, 14


def test_the_command_line_opens_a_recording(
    start, recordings: SimpleNamespace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = parse([str(recordings.npz), "--theme", "light"])
    assert options.model == str(recordings.npz)
    program = start(options)
    program.wait_opened()
    assert program.session.recording == str(recordings.npz)
    assert program.trace.count == RECORDED


def test_a_recording_is_drawn_without_a_person(
    start,
    recordings: SimpleNamespace,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    codes: list[int] = []
    monkeypatch.setattr(QApplication, "exit", staticmethod(codes.append))
    picture = tmp_path / "window.png"
    program = start(
        Options(model=str(recordings.folder), theme="light", screenshot=str(picture), quit=True, report=True),
        wait=False,
    )
    program.wait(lambda: bool(codes))
    assert codes == [0]
    assert picture.exists()
    assert f"{RECORDED} of {STEPS}" in capsys.readouterr().out


def test_a_lost_engine_comes_back_with_the_recording(
    start, recordings: SimpleNamespace, tmp_path: Path
) -> None:
    program = start(Options(model=str(recordings.npz), theme="light"))
    program.wait_opened()
    bridge = program.application.bridge
    program.session.seek(3)
    program.goes_to(3)
    bridge._engine._process.kill()
    program.wait(lambda: bridge.lost)
    program.wait_opened(program.session.restart_engine)
    assert program.session.recording == str(recordings.npz)
    assert program.cursor == 3
    program.session.save(str(tmp_path / "saved.npz"))
    program.wait((tmp_path / "saved.npz").exists)
