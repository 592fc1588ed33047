"""The window as a person drives it: stepping, seeking, what is looked at, its commands."""

from __future__ import annotations

import dataclasses
import time

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QApplication, QComboBox, QWidget
from pytestqt.qtbot import QtBot

from app.command_line import Options
from app.menus import ACTIONS
from lstm_viz.signals import C

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
Key = Qt.Key


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


def test_the_numbers_recorded_are_those_of_a_script(program, recorded_alone) -> None:
    program.step_to(30)
    np.testing.assert_allclose(program.recorded(30), recorded_alone()[:30], atol=1e-6)


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


def test_as_fast_as_it_goes_runs_to_the_end_and_stops_there(program, recorded_alone) -> None:
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
    assert program.window.settings.follow_cursor  # the next time it does again
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
    np.testing.assert_allclose(curves[1][1], program.recorded(8)[:, C, 2], atol=1e-6)
    assert window.cell.unit.value() == 2
    qtbot.mouseClick(window.units._chips[0], Qt.MouseButton.LeftButton)
    assert program.session.pinned == (2,)


def test_units_can_be_sorted_by_activity(program) -> None:
    program.step_to(30)
    program.key(Key.Key_2)
    by_activity = np.argsort(-program.recorded(30)[:, 5].std(axis=0)).tolist()
    program.wait(lambda: program.window.gates._order.tolist() == by_activity)
    program.key(Key.Key_1)
    program.frame()
    assert program.window.gates._order.tolist() == [0, 1, 2, 3]


# -- commands, names, themes ------------------------------------------------------------------------


def test_every_command_has_a_text_a_tip_and_a_receiver(program) -> None:
    for spec in ACTIONS:
        action = program.window.actions_by_id[spec.id]
        assert action.text()
        assert spec.tip
        assert action.toolTip().startswith(spec.tip)
        assert action.statusTip() == spec.tip
        receiver = f"on_{spec.group or spec.id}"
        receivers = program.window.file_commands, program.window.commands
        assert sum(callable(getattr(one, receiver, None)) for one in receivers) == 1


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


def test_the_arrows_step_in_whichever_view_was_clicked(program, qtbot: QtBot) -> None:
    bar = program.window.views.tabBar()
    program.step_to(1)
    program.window.gates.setFocus()
    for index in range(bar.count()):
        qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(index).center())
        qtbot.keyClick(QApplication.focusWidget(), Key.Key_Right)
        program.goes_to(index + 1)


def test_a_narrow_window_leaves_the_plots_more_room_than_the_panels(start) -> None:
    window = start(Options(theme="light", size=(1024, 700)), wait=False).window
    left, right = window.docks["model"].width(), window.docks["cell"].width()
    assert left < 320
    assert window.centralWidget().width() > max(left, right) * 1.4


def test_a_frame_that_is_due_gives_way_to_an_answer_of_the_engine(program) -> None:
    (timer,) = program.window.clock.findChildren(QTimer)
    while timer.remainingTime() > 0:
        time.sleep(0.001)
    due = timer.timerId()
    program.application.bridge.event_coming.emit()
    assert timer.timerId() != due


@pytest.mark.parametrize("what", ["another run", "a frame"])
def test_the_event_loop_answers_before_what_much_has_changed_is_painted(
    program, qtbot: QtBot, what: str
) -> None:
    window, order = program.window, []
    changed = program.session.run_changed if what == "another run" else window.presenter.presented

    def on_changed() -> None:
        order.append("changed")
        QTimer.singleShot(1, lambda: order.append("answered"))

    def on_painted() -> None:
        order.append("painted")

    changed.connect(on_changed)
    window.painted.connect(on_painted)
    if what == "another run":
        program.wait_configured(window.actions_by_id["stateful"].trigger)
    else:
        program.key(Key.Key_Right)
    program.wait(lambda: "painted" in order[order.index("changed") :] if "changed" in order else False)
    changed.disconnect(on_changed)
    window.painted.disconnect(on_painted)
    after = order[order.index("changed") :]
    assert after.index("answered") < after.index("painted")


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
    program.frame()


def test_an_example_is_opened_by_its_keys(program) -> None:
    program.wait_opened(lambda: program.key(Key.Key_2, CTRL))
    assert program.session.example == "tagger"
    assert program.session.settings == dataclasses.replace(program.session.settings, batch_size=4)
