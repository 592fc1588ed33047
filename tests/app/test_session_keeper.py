from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from app.command_line import Options
from app.run_plan import GenerationSettings
from app.session_file import Layout, Place, SavedSession, session_text
from lstm_viz import load_model, record
from lstm_viz.dataset import Dataset, Shaping
from lstm_viz.plan import ResetPoint, Resets

CLICK = Qt.MouseButton.LeftButton
ROOT = Path(__file__).parents[2]


def drop(window, path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    window.dropEvent(
        QDropEvent(QPointF(50, 50), Qt.DropAction.CopyAction, mime, CLICK, Qt.KeyboardModifier.NoModifier)
    )


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[str]]:
    """Answer file dialogs; the list holds what they asked for."""

    def answer(path: str) -> list[str]:
        asked: list[str] = []

        def choose(parent: object, title: str, *rest: object) -> tuple[str, str]:
            asked.append(title)
            return path, ""

        monkeypatch.setattr(QFileDialog, "getOpenFileName", choose)
        monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
        return asked

    return answer


def test_a_session_brings_back_what_was_open_how_it_was_run_and_what_was_looked_at(
    program, files: SimpleNamespace, tmp_path: Path, answer: Callable
) -> None:
    window, session = program.window, program.session
    for file in (files.both, files.both_data):
        shutil.copy(file, tmp_path)
    path = tmp_path / "run.lstmviz"
    program.wait_opened(
        lambda: session.open_files(str(tmp_path / "both.keras"), str(tmp_path / "both_data.npz"))
    )
    program.wait_configured(
        lambda: session.configure(
            replace(session.settings, stateful=True, resets=Resets(at=(ResetPoint(1, 2, rows=(0,)),)))
        )
    )
    session.set_layer("both/backward_lstm")
    session.pin(1)
    window.views.setCurrentIndex(1)
    window.docks["model"].hide()
    program.step_to(19)
    before = session.layer.values(12, 0)
    answer(str(tmp_path / "run"))
    window.actions_by_id["save_session"].trigger()
    program.wait(path.exists)
    program.wait(lambda: str(path) in window.settings.recent("sessions"))
    assert json.loads(path.read_text())["model"] == {"path": "both.keras"}
    kept = window.keeper.current()

    program.wait_opened(lambda: session.open_example("tagger"))
    window.views.setCurrentIndex(0)
    window.docks["model"].show()
    answer(str(path))
    program.wait_opened(window.actions_by_id["open_session"].trigger)
    program.goes_to(18)
    assert window.keeper.current() == kept
    assert session.pinned == (0, 1)
    assert session.settings.resets.at == (ResetPoint(1, 2, rows=(0,)),)
    assert window.docks["model"].isHidden()
    assert window.views.tabText(window.views.currentIndex()) == "Units"
    np.testing.assert_array_equal(session.layer.values(12, 0), before)
    window.docks["model"].show()

    moved = tmp_path.rename(tmp_path.with_name("moved"))
    program.wait_opened(lambda: drop(window, moved / "run.lstmviz"))
    assert session.model.path == str(moved / "both.keras")
    moved.rename(tmp_path)


def test_a_series_is_cut_as_it_was(program, files: SimpleNamespace, tmp_path: Path) -> None:
    session, keeper = program.session, program.window.keeper
    shaping = Shaping(look_back=3, stride=2, scaling="standard")
    program.wait_opened(lambda: session.open_files(files.one, files.series))
    program.wait_opened(lambda: session.reshape(shaping))
    program.step_to(5)
    program.wait_opened(lambda: session.open_saved(keeper.current()))
    program.goes_to(4)
    data = Dataset.from_file(files.series, shaping)
    alone = record(load_model(files.one), data, batch_size=1).layers["memory"]
    np.testing.assert_allclose(session.layer.values(4, 0)[5], alone.h[1, 1], atol=1e-6)
    assert keeper.current().data == Place(files.series)


def test_a_model_that_goes_on_by_itself_does_so_again(program, qtbot: QtBot) -> None:
    session, keeper = program.session, program.window.keeper
    program.step_to(12)
    wanted = GenerationSettings(sample=9, steps=4)
    program.wait_opened(lambda: session.generating.start(wanted))
    kept = keeper.current()
    assert kept.generate == wanted
    assert kept.look.step == 11
    program.wait_opened(lambda: session.open_example("tagger"))
    keeper._open(kept)
    program.wait(lambda: session.generating.generated is not None)
    program.wait(lambda: keeper.current() == kept)
    program.wait_opened(session.generating.end)
    program.goes_to(11)


def test_a_file_that_is_gone_is_asked_for(
    program, files: SimpleNamespace, tmp_path: Path, answer: Callable
) -> None:
    saved = SavedSession(Place(str(tmp_path / "gone.keras")), data=Place(files.one_data))
    (tmp_path / "a.lstmviz").write_text(session_text(saved))
    asked = answer(files.one)
    program.wait_opened(lambda: program.window.keeper.open(tmp_path / "a.lstmviz"))
    assert asked == ["gone.keras is not where it was: choose the model"]
    assert program.session.model.path == files.one
    assert program.session.dataset.source == "one_data.npz"


def test_where_none_is_given_it_is_said_once_and_all_stays_as_it_was(
    program, tmp_path: Path, answer: Callable
) -> None:
    saved = SavedSession(Place(str(tmp_path / "gone.keras")), data=Place(str(tmp_path / "gone.csv")))
    (tmp_path / "a.lstmviz").write_text(session_text(saved))
    answer("")
    model = program.session.model
    program.window.keeper.open(tmp_path / "a.lstmviz")
    (said,) = program.cause_of_every_error()
    assert said == f"gone.keras, the model of this session, is not in {tmp_path}."
    assert program.session.model is model
    assert not program.session.opening


def test_a_file_that_is_no_session_is_refused_once(program, tmp_path: Path) -> None:
    (tmp_path / "a.lstmviz").write_bytes(b"\x00\xff")
    program.window.keeper.open(tmp_path / "a.lstmviz")
    assert program.cause_of_every_error() == ["a.lstmviz is no session of lstm-viz."]


def test_settings_that_do_not_fit_the_data_any_more_are_refused(
    program, files: SimpleNamespace, qtbot: QtBot
) -> None:
    saved = program.window.keeper.current()
    saved = replace(saved, model=Place(files.one), data=Place(files.one_data))
    saved = replace(saved, shaping=None, settings=replace(saved.settings, batch_size=4, stateful=True))
    with qtbot.waitSignal(program.session.failed, timeout=90_000) as failed:
        program.session.open_saved(saved)
    assert "6 samples" in failed.args[0].message
    assert program.session.example == "next_value"


def test_what_is_opened_after_a_session_that_could_not_be_is_not_treated_as_that_session(
    program, files: SimpleNamespace, qtbot: QtBot, tmp_path: Path
) -> None:
    window, session = program.window, program.session
    saved = replace(window.keeper.current(), model=Place(files.one), data=Place(files.one_data))
    saved = replace(saved, shaping=None, settings=replace(saved.settings, batch_size=4, stateful=True))
    saved = replace(saved, layout=Layout("Compare"), generate=GenerationSettings(sample=0, steps=4))
    (tmp_path / "a.lstmviz").write_text(session_text(saved))
    with qtbot.waitSignal(session.failed, timeout=90_000):
        window.keeper.open(tmp_path / "a.lstmviz")
    program.wait_opened(lambda: session.open_example("tagger"))
    assert session.opened_session is None
    assert window.views.tabText(window.views.currentIndex()) == "Gates"
    assert session.generating.generated is None
    assert not session.opening


def test_a_session_that_cannot_be_written_is_said(program, tmp_path: Path) -> None:
    program.window.keeper.save(tmp_path / "no folder" / "a.lstmviz")
    program.wait(lambda: bool(program.cause_of_every_error()))
    assert "cannot be written" in program.cause_of_every_error()[0]


def test_the_command_line_opens_a_session(
    start: Callable, files: SimpleNamespace, tmp_path: Path, answer: Callable
) -> None:
    saved = SavedSession(Place(files.one), data=Place(files.one_data))
    saved = replace(saved, look=replace(saved.look, pinned=(2, 1), unit=2, step=3))
    (tmp_path / "a.lstmviz").write_text(session_text(saved))
    program = start(Options(session=str(tmp_path / "a.lstmviz")))
    program.wait_opened()
    program.goes_to(3)
    assert program.session.pinned == (2, 1)
    assert program.seen == ["opened"]


@pytest.mark.timeout(180)
def test_a_broken_session_ends_a_run_without_a_person(tmp_path: Path) -> None:
    (tmp_path / "a.lstmviz").write_text('{"broken": 1}')
    env = {**os.environ, "XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    command = [sys.executable, str(ROOT / "main.py"), "a.lstmviz", "--quit"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=170)
    assert done.returncode == 1
    assert "a.lstmviz" in done.stderr


def test_a_session_without_its_model_ends_a_run_without_a_person(
    start: Callable,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "a.lstmviz").write_text(session_text(SavedSession(Place(str(tmp_path / "gone.keras")))))
    codes: list[int] = []
    monkeypatch.setattr(QApplication, "exit", staticmethod(codes.append))
    start(Options(session=str(tmp_path / "a.lstmviz"), quit=True), wait=False).wait(lambda: bool(codes))
    assert codes == [1]
    assert "gone.keras, the model of this session, is not in" in capsys.readouterr().err
