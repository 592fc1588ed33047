"""Files that are opened, refused, saved and exported in the window."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QLibraryInfo, QMimeData, QPoint, QPointF, Qt, QUrl, QVersionNumber
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox

from app.export_dialog import ExportDialog
from lstm_viz import Dataset, load_model, record


def still_steps(program) -> None:
    """Nothing was lost, and the window answers."""
    before = program.trace.count
    program.session.seek(before)
    program.goes_to(before)
    assert program.window.isVisible()


def test_weights_alone_are_opened_with_the_architecture_that_is_asked_for(
    program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = keras.Sequential([keras.Input((3, 1)), keras.layers.LSTM(5, name="half")])
    weights, architecture = tmp_path / "half.weights.h5", tmp_path / "half.json"
    model.save_weights(weights)
    architecture.write_text(model.to_json())
    asked = []
    monkeypatch.setattr(
        QFileDialog, "getOpenFileName", lambda _, title, *__: asked.append(title) or (str(architecture), "")
    )
    program.wait_opened(lambda: program.window.file_commands.open(model=weights))
    assert asked == ["half.weights.h5 holds weights alone: choose its architecture"]
    assert list(program.trace.layers) == ["half"]
    program.step_to(3)
    # The other half first.
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(weights), ""))
    program.wait_opened(lambda: program.window.file_commands.open_paths([architecture]))
    assert program.session.model.path == str(weights)


@pytest.mark.parametrize(
    ("answer", "note"), [("Interpolate", "Interpolated 2 missing values"), ("Drop the rows", "2 rows")]
)
def test_what_to_do_about_missing_values_is_asked_and_done(
    program, tmp_path: Path, answer: str, note: str
) -> None:
    path = tmp_path / "gaps.csv"
    path.write_text("value\n" + "\n".join("nan" if k in (4, 6) else str(k) for k in range(12)))
    program.window.file_commands.open(data=path)
    boxes = []
    program.wait(lambda: boxes.extend(program.window.findChildren(QMessageBox)) or bool(boxes))
    assert "column 'value' of gaps.csv has no value. 1 more is missing." in boxes[0].text()
    button = next(b for b in boxes[0].buttons() if b.text() == answer)
    program.wait_opened(button.click)
    assert any(note in said for said in program.session.dataset.notes)


def test_a_model_and_a_csv_of_ones_own_are_opened_from_the_menu(
    program, files: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([files.one, files.series])
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (next(answers), ""))
    program.wait_opened(program.window.actions_by_id["open_model"].trigger)
    assert program.session.model.path == files.one
    program.wait_opened(program.window.actions_by_id["open_data"].trigger)
    assert program.session.dataset.inputs[0].shape == (17, 3, 1) or program.session.plan.timesteps == 3
    program.step_to(6)
    data = Dataset.from_file(files.series, program.session.dataset.shaping)
    plan = program.session.plan
    alone = record(
        load_model(files.one), data, batch_size=plan.batch_size, stateful=plan.stateful, resets=plan.resets
    )
    expected = [alone.layers["memory"].values(step, 0) for step in range(6)]
    np.testing.assert_allclose(program.recorded(6), expected, atol=1e-6)


def test_a_model_and_data_are_opened_by_dropping_them_and_remembered(program, files: SimpleNamespace) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(files.both_data), QUrl.fromLocalFile(files.both)])
    how = Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    # Qt 6.12 warns of whole pixels, and older ones take no others.
    where = QPointF(300, 300) if QLibraryInfo.version() >= QVersionNumber(6, 12) else QPoint(300, 300)
    enter, drop = QDragEnterEvent(where, *how), QDropEvent(QPointF(300, 300), *how)
    QApplication.sendEvent(program.window, enter)
    assert enter.isAccepted()
    program.wait_opened(lambda: QApplication.sendEvent(program.window, drop))
    session = program.session
    assert session.model.path == files.both
    assert [layer.path for layer in session.model.lstm_layers] == [
        "plain",
        "both/forward_lstm",
        "both/backward_lstm",
    ]
    assert session.plan.samples == 5
    program.step_to(10)

    commands, menu = program.window.file_commands, program.window.menus["File/Open recent"]
    commands.fill_recent()
    entries = [action.data() for action in menu.actions()]
    assert ("models", files.both) in entries
    assert ("data", files.both_data) in entries
    program.wait_opened(lambda: commands.open_recent(menu.actions()[entries.index(("models", files.both))]))


@pytest.mark.parametrize(
    ("model", "data", "words"),
    [
        ("broken", None, "broken.keras"),
        ("one", "both_data", "3 timesteps"),
    ],
)
def test_what_cannot_be_opened_is_told_once_and_nothing_is_lost(
    program, files: SimpleNamespace, model: str, data: str | None, words: str
) -> None:
    program.step_to(4)
    path = program.session.model.path
    program.window.file_commands.open(
        Path(getattr(files, model)), None if data is None else Path(getattr(files, data))
    )
    program.wait(lambda: bool(program.window.errors.dialogs))
    (dialog,) = program.window.errors.dialogs
    assert words in dialog.message.text()
    assert dialog.hint.text()
    assert program.session.model.path == path
    assert program.window.status.busy.text() == ""
    dialog.close()
    still_steps(program)


def test_two_files_of_one_kind_that_are_dropped_are_refused_instead_of_one_being_left_out(
    program, files: SimpleNamespace
) -> None:
    program.step_to(4)
    opened = program.session.model.path
    for paths, word in (
        ([files.one, files.both], "models"),
        ([files.one_data, files.both_data], "data files"),
    ):
        program.window.file_commands.open_paths([Path(path) for path in paths])
        (dialog,) = program.window.errors.dialogs
        assert f"2 {word} were dropped" in dialog.message.text()
        assert all(Path(path).name in dialog.message.text() for path in paths)
        dialog.close()
        program.wait(lambda: not program.window.errors.dialogs)
    assert not program.session.opening
    assert program.session.model.path == opened
    still_steps(program)


def test_a_model_without_an_lstm_is_shown_and_the_next_one_steps(program, files: SimpleNamespace) -> None:
    program.step_to(4)
    window = program.window
    assert window.cell.diagram.shown("c") not in ("", "–")
    program.wait_opened(lambda: window.file_commands.open(Path(files.none)))
    assert "no LSTM" in window.nothing_to_step.text()
    assert window.nothing_to_step.isVisible()
    assert not window.views.isVisible()  # they show the run before
    assert window.cell.diagram.shown("c") in ("", "–")
    assert window.status.place.text() == "Nothing to step"
    assert not window.status.count.text()
    program.key(Qt.Key.Key_Space)
    assert not program.player.playing

    program.wait_opened(lambda: program.session.open_example("next_value"))
    assert window.views.isVisible()
    assert not window.nothing_to_step.isVisible()
    assert window.gates.hasFocus() or window.gates.focusProxy().hasFocus()
    still_steps(program)


def test_a_recording_that_cannot_be_saved_is_told_and_stays(
    program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.step_to(4)
    blocked = tmp_path / "a file"
    blocked.touch()
    answers = iter([str(blocked / "run.npz"), str(tmp_path / "run")])
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (next(answers), ""))
    program.window.actions_by_id["save_recording"].trigger()
    program.wait(lambda: bool(program.window.errors.dialogs))
    (dialog,) = program.window.errors.dialogs
    assert dialog.windowTitle() == "Not saved"
    assert "run.npz" in dialog.message.text() or "a file" in dialog.message.text()
    dialog.close()
    still_steps(program)

    from lstm_viz import open_trace

    program.window.actions_by_id["save_recording"].trigger()
    program.wait(lambda: (tmp_path / "run.npz").exists())
    program.wait(lambda: "run.npz" in program.window.status.news.text())
    saved = open_trace(tmp_path / "run.npz")
    assert saved.count == program.trace.count
    np.testing.assert_array_equal(saved.layers["lstm"].values(3, 0), program.recorded(4)[3])


def test_what_is_in_view_is_exported(program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program.step_to(6)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "part"), ""))
    program.window.actions_by_id["export"].trigger()
    dialog = program.window.findChild(ExportDialog)
    dialog.format.setCurrentIndex(dialog.format.findText("CSV table (.csv)"))
    dialog.steps.setCurrentIndex(1)
    dialog.accept()
    program.wait((tmp_path / "part.csv").exists)
    lines = (tmp_path / "part.csv").read_text().splitlines()
    assert lines[0].startswith("layer,epoch,batch,row,sample,timestep,unit,computed,i,f,g,o,c,h")
    assert len(lines) > 7


def test_the_steps_in_view_are_saved_as_an_animation(
    program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.step_to(6)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "run"), ""))
    program.window.actions_by_id["save_animation"].trigger()
    assert program.window.animating.running
    program.wait(lambda: not program.window.animating.running)
    with Image.open(tmp_path / "run.gif") as film:
        assert film.n_frames > 1
    assert not program.window.errors.dialogs


@pytest.mark.parametrize("name", ["state_flow", "compare"])
def test_the_view_in_front_is_what_is_animated(
    program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    program.step_to(6)
    window = program.window
    if name == "compare":
        comparing = program.session.comparing
        comparing.start("row")
        program.wait(lambda: comparing.trace is not None and comparing.trace.count >= 6)
    window.show_view(getattr(window, name))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "run.gif"), ""))
    window.actions_by_id["save_animation"].trigger()
    program.wait(lambda: not window.animating.running)
    assert not window.errors.dialogs
    view = getattr(window, name)
    with Image.open(tmp_path / "run.gif") as film:
        assert film.size == (max(view.width(), 400), max(view.height(), 300))
        assert film.n_frames > 1


def test_a_name_without_an_ending_gets_that_of_the_kind_that_was_chosen(
    program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = str(tmp_path / "window"), "SVG pictures (*.svg)"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: chosen)
    program.window.actions_by_id["save_picture"].trigger()
    assert (tmp_path / "window.svg").read_text().startswith("<?xml")


def test_the_picture_of_the_window_is_saved(program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "window"), ""))
    program.window.actions_by_id["save_picture"].trigger()
    with Image.open(tmp_path / "window.png") as picture:
        assert picture.size == (2 * program.window.width(), 2 * program.window.height())
    assert [one.name for one in tmp_path.iterdir()] == ["window.png"]


def test_a_picture_of_the_window_that_cannot_be_written_leaves_the_earlier_one(
    program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "window.png"
    path.write_text("earlier")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    program.window.actions_by_id["save_picture"].trigger()
    (dialog,) = program.window.errors.dialogs
    assert "The disk is full" in dialog.accessibleDescription()
    dialog.close()
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("window.png", "earlier")]
