from __future__ import annotations

import dataclasses
import errno
import os
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QMouseEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QFileDialog,
    QMessageBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.actions import ACTIONS
from app.export_dialog import ExportDialog
from app.panels.run_settings import EACH_BATCH
from lstm_viz import Dataset, Resets, load_model, record
from lstm_viz.dataset import Shaping
from lstm_viz.examples import example
from lstm_viz.plan import ResetPoint
from lstm_viz.signals import C, F, G, I

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
Key = Qt.Key


def recorded_alone(**settings) -> np.ndarray:
    """The six signals of the first example, recorded without any window, (steps, 6, units) of row 0."""
    chosen = example("next_value")
    data = Dataset.from_file(chosen.data_path, Shaping(**chosen.shaping))
    asked = {"batch_size": 1, "stateful": True, "resets": Resets(), **settings}
    trace = record(load_model(chosen.model_path), data, **asked)
    layer = trace.layers["lstm"]
    return np.stack([layer.values(step, 0) for step in range(layer.count)])


def recorded_in(program, stop: int, row: int = 0) -> np.ndarray:
    return np.stack([program.session.layer.values(step, row) for step in range(stop)])


# -- stepping ---------------------------------------------------------------------------------------


def test_it_starts_with_the_first_example_ready_to_step(program) -> None:
    window = program.window
    assert window.windowTitle().startswith("Next value of a series")
    assert program.cursor is None
    assert program.trace.count == 0
    assert window.status.place.text() == "Ready to step: press → or Space"
    assert window.actions_by_id["step"].isEnabled()
    assert window.run_settings.stateful.isChecked()
    assert window.model_panel.tree.topLevelItemCount() > 1
    assert window.data_panel.source.text() == "visitors.csv"


def test_right_computes_a_step_and_shows_it(program) -> None:
    program.key(Key.Key_Right)
    program.goes_to(0)
    window = program.window
    assert program.trace.count == 1
    assert window.status.count.text().startswith("recorded 1 of ")
    assert window.status.place.text().startswith("t = 0")
    assert window.gates.cursor_step == 0
    assert "the run starts here" in window.status.state.text()
    assert window.cell.diagram.shown("c") not in ("", "–")


def test_shift_right_computes_ten_and_left_home_and_end_move_over_them(program) -> None:
    program.key(Key.Key_Right, SHIFT)
    program.goes_to(9)
    assert program.trace.count == 10
    program.key(Key.Key_Left)
    program.goes_to(8)
    program.key(Key.Key_Home)
    program.goes_to(0)
    program.key(Key.Key_Left)
    program.goes_to(0)
    program.key(Key.Key_End)
    program.goes_to(9)
    program.key(Key.Key_Left, SHIFT)
    program.goes_to(0)
    assert program.trace.count == 10


def test_the_numbers_recorded_are_those_of_a_script(program) -> None:
    program.step_to(30)
    np.testing.assert_allclose(recorded_in(program, 30), recorded_alone()[:30], atol=1e-6)


def test_space_plays_and_pauses(program) -> None:
    play = program.window.actions_by_id["play"]
    program.key(Key.Key_Space)
    assert play.isChecked()
    program.wait(lambda: (program.cursor or 0) >= 3)
    program.key(Key.Key_Space)
    assert not play.isChecked()
    assert not program.player.playing
    here = program.cursor
    for _ in range(5):
        program.frame()
    assert program.cursor == here


def test_as_fast_as_it_goes_runs_to_the_end_and_stops_there(program) -> None:
    program.window.transport.slider.setValue(program.window.transport.slider.maximum())
    program.key(Key.Key_Space)
    program.wait(lambda: program.trace.count == len(program.session.plan))
    program.goes_to(len(program.session.plan) - 1)
    assert not program.window.actions_by_id["play"].isChecked()
    np.testing.assert_allclose(
        program.session.layer.h, recorded_alone()[:, 5].reshape(-1, 3, 4), atol=1e-6
    )  # the second epoch begins from zeros, as the first one did


def test_plus_and_minus_change_the_speed(program) -> None:
    program.key(Key.Key_Plus)
    assert program.player.speed == 15
    program.key(Key.Key_Minus)
    program.key(Key.Key_Minus)
    assert program.player.speed == 7


# -- seeking ----------------------------------------------------------------------------------------


def test_a_click_in_the_gates_seeks(program, qtbot: QtBot) -> None:
    program.step_to(20)
    gates = program.window.gates
    row = next(row for row in gates._rows if row.key == "f")
    place = QPoint(round(row.rect.left() + gates._scale().to_pixels(7)), round(row.rect.center().y()))
    qtbot.mouseClick(gates._canvas.viewport(), Qt.MouseButton.LeftButton, pos=place)
    program.goes_to(7)
    assert gates.cursor_step == 7


def test_a_click_on_the_timeline_computes_up_to_there(program, qtbot: QtBot) -> None:
    qtbot.mouseClick(program.window.timeline, Qt.MouseButton.LeftButton, pos=program.pixel_of(40))
    program.wait(lambda: program.cursor is not None and not program.player.computing)
    assert abs(program.cursor - 40) <= 1
    assert program.trace.count == program.cursor + 1


def test_dragging_the_plots_stops_following(program, qtbot: QtBot) -> None:
    program.step_to(300)
    gates = program.window.gates
    assert program.window.actions_by_id["follow_cursor"].isChecked()
    seen = gates.visible_steps()
    left, view = Qt.MouseButton.LeftButton, gates._canvas.viewport()
    qtbot.mousePress(view, left, pos=QPoint(400, 300))
    for x in (420, 470, 520):
        place = QPointF(x, 300)
        where = view.mapToGlobal(place)
        move = QMouseEvent(QEvent.Type.MouseMove, place, where, left, left, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(view, move)
    qtbot.mouseRelease(view, left, pos=QPoint(520, 300))
    assert gates.visible_steps()[0] < seen[0]
    assert not program.window.actions_by_id["follow_cursor"].isChecked()
    assert not program.window.units.following
    shown = gates.visible_steps()
    program.key(Key.Key_Right)
    program.wait(lambda: program.trace.count == 301 or program.cursor == 300)
    program.frame()
    assert gates.visible_steps() == shown
    program.key(Key.Key_F)
    program.frame()
    first, last = gates.visible_steps()
    assert first <= program.cursor < last


# -- resets -----------------------------------------------------------------------------------------


def is_zeroed(program, step: int) -> None:
    """The state before a step was zero: c is i·g, whatever the forget gate says."""
    values = program.session.layer.values(step, program.session.row)
    np.testing.assert_allclose(values[C], values[I] * values[G], atol=1e-6)
    assert (values[F] > 0).all()
    assert (program.session.layer.state_before_row(step, program.session.row) == 0).all()


def test_a_double_click_on_the_timeline_puts_a_reset_point(program, qtbot: QtBot) -> None:
    program.step_to(30)
    at = program.pixel_of(14)
    step = program.window.timeline.step_at(at.x())
    before = program.session.layer.values(step, 0)
    assert not np.allclose(before[C], before[I] * before[G], atol=1e-4)

    def double_click() -> None:
        timeline = program.window.timeline
        qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=at)
        qtbot.mouseDClick(timeline, Qt.MouseButton.LeftButton, pos=at)

    program.wait_configured(double_click)
    program.step_to(30)
    assert program.window.timeline.points == (step,)
    is_zeroed(program, step)
    plan = program.session.plan
    where = plan.position(step)
    alone = recorded_alone(resets=Resets(at=(ResetPoint(where.batch, where.timestep),)))
    np.testing.assert_allclose(recorded_in(program, 30), alone[:30], atol=1e-6)


def test_r_and_delete_and_undo_and_redo_change_the_reset_points(program) -> None:
    program.step_to(12)
    program.session.seek(7)
    program.goes_to(7)
    program.wait_configured(lambda: program.key(Key.Key_R))
    assert program.cursor == 7
    is_zeroed(program, 7)
    assert program.window.timeline.points == (7,)
    for keys, points in (
        ((Key.Key_Delete, Qt.KeyboardModifier.NoModifier), ()),
        ((Key.Key_Z, CTRL), (7,)),
        ((Key.Key_Z, CTRL), ()),
        ((Key.Key_Z, CTRL | SHIFT), (7,)),
    ):
        program.wait_configured(lambda keys=keys: program.key(*keys))
        assert program.window.timeline.points == points
        assert program.cursor == 7
    assert program.window.actions_by_id["undo"].isEnabled()
    is_zeroed(program, 7)


def test_delete_where_there_is_no_reset_point_says_so(program) -> None:
    program.step_to(3)
    program.key(Key.Key_Delete)
    assert "no reset point" in program.window.status.news.text()


def test_a_reset_point_holds_in_one_epoch_when_there_are_several(program) -> None:
    program.step_to(2)
    program.wait_configured(lambda: program.key(Key.Key_R))
    (point,) = program.session.reset_points.all
    assert point == ResetPoint(0, 1, epoch=0)


def test_a_row_is_reset_where_a_column_says_that_a_new_sequence_begins(program, tmp_path, files) -> None:
    path = tmp_path / "sites.csv"
    rows = "".join(f"{'north' if k < 9 else 'south'},{np.sin(k):.4f}\n" for k in range(20))
    path.write_text(f"site,value\n{rows}", encoding="utf-8")
    program.wait_opened(lambda: program.session.open_files(files.one, str(path)))
    panel, bar = program.window.data_panel, program.window.run_settings
    index = panel.sequences.findData("site")
    panel.sequences.setCurrentIndex(index)
    program.wait_opened(lambda: panel.sequences.activated.emit(index))
    dataset = program.session.dataset
    assert dataset.sequences.tolist() == [0] * 6 + [1] * 8
    program.wait_configured(lambda: program.key(Key.Key_S))
    program.step_to(24)
    bar.policy.setCurrentIndex(1)
    program.wait_configured(lambda: bar.policy.activated.emit(1))
    is_zeroed(program, 18)
    assert not (program.session.layer.state_before_row(15, 0) == 0).all()
    program.session.seek(18)
    program.goes_to(18)
    assert "a new sequence begins" in program.window.status.state.text()
    assert (18, "sequence") in zip(
        program.window.gates.resets.steps.tolist(), program.window.gates.resets.causes, strict=True
    )


# -- run settings -----------------------------------------------------------------------------------


def test_s_drops_what_differs_and_computes_it_again(program) -> None:
    program.step_to(20)
    program.wait_configured(lambda: program.key(Key.Key_S))
    assert not program.session.settings.stateful
    assert not program.window.run_settings.stateful.isChecked()
    assert program.cursor == 19
    assert "from 3 on" in program.window.status.news.text()
    np.testing.assert_allclose(recorded_in(program, 20), recorded_alone(stateful=False)[:20], atol=1e-6)
    program.wait_configured(lambda: program.key(Key.Key_S))
    np.testing.assert_allclose(recorded_in(program, 20), recorded_alone()[:20], atol=1e-6)


def test_the_batch_size_can_change_while_it_plays(program) -> None:
    program.window.transport.slider.setValue(program.window.transport.slider.maximum())
    samples = program.session.dataset.samples
    size = next(n for n in range(2, samples) if samples % n == 0)
    program.key(Key.Key_Space)
    program.wait(lambda: program.trace.count > 20)
    program.window.run_settings.batch_size.setValue(size)
    program.wait(lambda: program.session.plan.batch_size == size)
    program.wait(lambda: program.trace.count == len(program.session.plan))
    expected = recorded_alone(batch_size=size)
    steps = program.session.plan.steps_per_epoch
    np.testing.assert_allclose(recorded_in(program, steps), expected, atol=1e-6)


def test_the_cursor_stays_on_its_sample_when_the_batch_size_changes(program) -> None:
    samples = program.session.dataset.samples
    size = next(n for n in range(2, samples) if samples % n == 0)
    program.step_to(23)
    sample = program.session.sample
    program.wait_configured(lambda: program.window.run_settings.batch_size.setValue(size))
    assert program.session.sample == sample
    assert program.session.plan.position(program.cursor).timestep == 22 % 3


def test_a_batch_size_that_does_not_divide_is_refused_in_place(program, qtbot: QtBot) -> None:
    bar, session = program.window.run_settings, program.session
    samples = session.dataset.samples
    size = next(n for n in range(2, samples) if samples % n)
    program.step_to(5)
    bar.batch_size.setValue(size)
    assert bar.refusal.isVisible()
    assert str(samples) in bar.refusal_text.text()
    assert str(size) in bar.refusal_text.text()
    assert session.plan.batch_size == 1
    assert program.cause_of_every_error() == []
    program.key(Key.Key_Right)
    program.goes_to(5)

    near = [button for button in bar.mend_buttons if button.text().startswith("Use ")][-1]
    assert samples % int(near.text().split()[1]) == 0
    program.wait_configured(lambda: qtbot.mouseClick(near, Qt.MouseButton.LeftButton))
    assert not bar.refusal.isVisible()
    assert session.plan.batch_size == int(near.text().split()[1])

    bar.batch_size.setValue(size)
    drop = next(button for button in bar.mend_buttons if button.text().startswith("Drop"))
    program.wait_configured(lambda: qtbot.mouseClick(drop, Qt.MouseButton.LeftButton))
    assert session.plan.batch_size == size
    assert session.plan.samples == samples - samples % size


def test_the_reset_policy_applies_at_once(program) -> None:
    program.step_to(10)
    policy = program.window.run_settings.policy

    def choose() -> None:
        policy.setCurrentIndex(EACH_BATCH)
        policy.activated.emit(EACH_BATCH)

    program.wait_configured(choose)
    assert program.session.plan.resets.each_batch
    for step in (3, 6, 9):
        is_zeroed(program, step)


# -- what is looked at ------------------------------------------------------------------------------


def test_choosing_a_sample_puts_the_cursor_on_its_first_timestep(program) -> None:
    program.window.run_settings.sample.setValue(9)
    program.wait(lambda: program.cursor == 27)
    assert program.session.sample == 9


def test_choosing_a_layer_and_a_row_shows_their_numbers(program) -> None:
    program.wait_opened(lambda: program.window.actions_by_id["example_classifier"].trigger())
    bar, session, gates = program.window.run_settings, program.session, program.window.gates
    paths = [layer.path for layer in session.model.lstm_layers]
    assert [bar.layer.itemText(k) for k in range(bar.layer.count())] == paths
    program.step_to(15)
    bar.layer.setCurrentIndex(1)
    bar.layer.activated.emit(1)
    program.frame()
    assert session.path == paths[1]
    bar.row.setValue(3)
    program.frame()
    assert session.row == 3
    window = gates._window
    np.testing.assert_array_equal(window.values[:, :, 14], session.trace.layers[paths[1]].values(14, 3))


def test_pinned_units_are_drawn_as_curves(program, qtbot: QtBot) -> None:
    program.step_to(8)
    window = program.window
    window.gates.unit_pinned.emit(2)
    assert program.session.pinned == (0, 2)
    window.views.setCurrentIndex(1)
    program.frame()
    curves = window.units.curves_of("c")
    assert len(curves) == 2
    np.testing.assert_allclose(curves[1][1], recorded_in(program, 8)[:, C, 2], atol=1e-6)
    assert window.cell.unit.value() == 2
    qtbot.mouseClick(window.units._chips[0], Qt.MouseButton.LeftButton)
    assert program.session.pinned == (2,)


def test_units_can_be_sorted_by_activity(program) -> None:
    program.step_to(30)
    program.key(Key.Key_2)
    program.frame()
    h = recorded_in(program, 30)[:, 5]
    assert program.window.gates._order.tolist() == np.argsort(-h.std(axis=0)).tolist()
    program.key(Key.Key_1)
    program.frame()
    assert program.window.gates._order.tolist() == [0, 1, 2, 3]


# -- opening ----------------------------------------------------------------------------------------


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
    program.wait_opened(lambda: program.window.commands.open(model=weights))
    assert asked == ["half.weights.h5 holds weights alone: choose its architecture"]
    assert list(program.trace.layers) == ["half"]
    program.step_to(3)
    # The other half first.
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(weights), ""))
    program.wait_opened(lambda: program.window.commands.open_paths([architecture]))
    assert program.session.model.path == str(weights)


@pytest.mark.parametrize(
    ("answer", "note"), [("Interpolate", "Interpolated 2 missing values"), ("Drop the rows", "2 rows")]
)
def test_what_to_do_about_missing_values_is_asked_and_done(
    program, tmp_path: Path, answer: str, note: str
) -> None:
    path = tmp_path / "gaps.csv"
    path.write_text("value\n" + "\n".join("nan" if k in (4, 6) else str(k) for k in range(12)))
    program.window.commands.open(data=path)
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
    np.testing.assert_allclose(recorded_in(program, 6), expected, atol=1e-6)


def test_a_model_and_data_are_opened_by_dropping_them_and_remembered(program, files: SimpleNamespace) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(files.both_data), QUrl.fromLocalFile(files.both)])
    how = Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter, drop = QDragEnterEvent(QPoint(300, 300), *how), QDropEvent(QPointF(300, 300), *how)
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

    commands, menu = program.window.commands, program.window.menus["File/Open recent"]
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
    program.window.commands.open(
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


def test_a_model_without_an_lstm_is_shown_and_the_next_one_steps(program, files: SimpleNamespace) -> None:
    program.step_to(4)
    program.window.commands.open(Path(files.none))
    program.wait(lambda: bool(program.window.errors.dialogs))
    (dialog,) = program.window.errors.dialogs
    assert "no LSTM" in dialog.message.text()
    dialog.close()
    program.wait_opened(lambda: program.session.open_example("next_value"))
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
    np.testing.assert_array_equal(saved.layers["lstm"].values(3, 0), recorded_in(program, 4)[3])


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


# -- commands, names, themes ------------------------------------------------------------------------


def test_every_command_has_a_text_a_tip_and_a_receiver(program) -> None:
    for spec in ACTIONS:
        action = program.window.actions_by_id[spec.id]
        assert action.text()
        assert spec.tip
        assert action.toolTip().startswith(spec.tip)
        assert action.statusTip() == spec.tip
        receiver = f"on_{spec.group or spec.id}"
        assert callable(getattr(program.window.commands, receiver))


def controls(window: QWidget) -> list[QWidget]:
    """Everything in the window that a person can operate; not the parts that Qt makes of it."""
    kinds = (QAbstractButton, QAbstractSpinBox, QComboBox)
    found = [w for kind in kinds for w in window.findChildren(kind) if not w.objectName().startswith("qt_")]
    return [w for w in found if not isinstance(w.parent(), (QComboBox,)) and w.isEnabled() and w.isVisible()]


def test_every_control_has_a_name_and_a_tip(program) -> None:
    program.step_to(3)
    for tab in (1, 0):
        program.window.views.setCurrentIndex(tab)
        program.frame()
        for control in controls(program.window):
            who = f"{type(control).__name__} {control.objectName()} in {type(control.parent()).__name__}"
            name = control.accessibleName() or (
                control.text() if isinstance(control, QAbstractButton) else ""
            )
            assert name, who
            assert control.toolTip(), f"{who} {name}"


def test_the_tab_key_reaches_every_control(program) -> None:
    program.step_to(3)
    window = program.window
    reached: set[QWidget] = set()
    widget: QWidget = window
    while widget.nextInFocusChain() is not window:
        widget = widget.nextInFocusChain()
        reached.add(widget)
    missing = [
        f"{type(control).__name__} {control.accessibleName() or control.toolTip()}"
        for control in controls(window)
        if control not in reached or not control.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    assert missing == []


def test_a_theme_reaches_every_part(program) -> None:
    program.step_to(3)
    window = program.window
    pictures = {}
    for name in ("dark", "light"):
        window.actions_by_id[f"theme_{name}"].trigger()
        program.frame()
        assert window.themes.theme.name == name
        parts = (window.gates, window.timeline, window.cell, window.model_panel, window.run_settings)
        pictures[name] = [part.grab().toImage().pixelColor(2, 2).lightness() for part in parts]
    for dark, light in zip(pictures["dark"], pictures["light"], strict=True):
        assert dark < 100 < light


def test_the_layout_can_be_put_back(program) -> None:
    dock = program.window.docks["data"]
    dock.hide()
    program.window.actions_by_id["reset_layout"].trigger()
    assert dock.isVisible()


def test_an_example_is_opened_by_its_keys(program) -> None:
    program.wait_opened(lambda: program.key(Key.Key_2, CTRL))
    assert program.session.example == "tagger"
    assert program.session.settings == dataclasses.replace(program.session.settings, batch_size=4)
