"""Resets of chosen rows, as a person puts them: by keys, by context menus and by the question for rows."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QMenu, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from app.rows_dialog import RowsDialog
from lstm_viz.plan import ResetPoint

Key, Modifier = Qt.Key, Qt.KeyboardModifier


@pytest.fixture
def batch(program):
    """The program with several rows in each batch, some steps recorded, and the cursor on step 4 of row 1."""
    samples = program.session.dataset.samples
    size = next(n for n in range(3, samples) if samples % n == 0)
    program.wait_configured(
        lambda: program.session.configure(dataclasses.replace(program.session.settings, batch_size=size))
    )
    program.session.set_row(1)
    program.step_to(9)
    program.session.seek(4)
    program.goes_to(4)
    return program


def point_here(program, rows: tuple[int, ...] | None) -> ResetPoint:
    at = program.session.plan.position(4)
    epoch = at.epoch if program.session.plan.epochs > 1 else None
    return ResetPoint(at.batch, at.timestep, rows, epoch)


def menu_at(view: QWidget, place: QPoint) -> QMenu:
    QApplication.sendEvent(
        view, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, view.mapToGlobal(place))
    )
    return [menu for menu in view.window().findChildren(QMenu) if menu.isVisible()][-1]


def offered(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions() if action.data() is not None]


def choose(program, menu: QMenu, text: str) -> None:
    (action,) = [action for action in menu.actions() if action.text() == text]
    area: QRectF = menu.actionGeometry(action)
    program._qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=area.center())


def test_shift_r_resets_the_row_that_is_shown_and_no_other(batch) -> None:
    batch.wait_configured(lambda: batch.key(Key.Key_R, Modifier.ShiftModifier))
    assert batch.session.reset_points.all == (point_here(batch, (1,)),)
    layer = batch.session.layer
    assert (layer.state_before_row(4, 1) == 0).all()
    assert (layer.state_before_row(4, 0) != 0).any()
    batch.key(Key.Key_R, Modifier.ShiftModifier)
    assert batch.window.status.news.text() == "Row 1 is reset here already."
    batch.session.set_row(0)
    batch.wait_configured(lambda: batch.key(Key.Key_R, Modifier.ShiftModifier))
    assert batch.session.reset_points.all == (point_here(batch, (0, 1)),)
    assert (batch.session.layer.state_before_row(4, 0) == 0).all()


def test_delete_leaves_a_point_of_other_rows_and_names_them(batch) -> None:
    batch.wait_configured(lambda: batch.key(Key.Key_R, Modifier.ShiftModifier))
    batch.session.set_row(2)
    batch.key(Key.Key_Delete)
    assert batch.window.status.news.text() == "The reset point here is for row 1: click it to select it."
    assert len(batch.session.reset_points.all) == 1


def test_plots_show_points_of_other_rows_faintly_and_say_which(batch) -> None:
    batch.wait_configured(lambda: batch.key(Key.Key_R, Modifier.ShiftModifier))
    gates = batch.window.gates
    assert 4 in gates.resets.steps
    batch.session.set_row(0)
    batch.frame()
    assert 4 not in gates.resets.steps
    (mark,) = gates.resets.points
    assert (mark.step, mark.rows, mark.own) == (4, (1,), False)
    bar = gates._frame.mark_bar.geometry()
    batch._qtbot.mouseMove(
        gates._canvas.viewport(),
        QPoint(round(bar.left() + gates._scale().to_pixels(3.5)), round(bar.center().y())),
    )
    assert "in row 1 · reset point put by hand" in gates.readout


def test_the_menu_of_the_timeline_offers_what_can_be_done_at_its_step(batch) -> None:
    timeline = batch.window.timeline
    menu = menu_at(timeline, batch.pixel_of(4))
    assert offered(menu) == ["Reset all rows here", "Reset row 1 only here", "Choose the rows…"]
    batch.wait_configured(lambda: choose(batch, menu, "Reset row 1 only here"))
    assert batch.session.reset_points.all == (point_here(batch, (1,)),)
    batch.session.set_row(2)
    menu = menu_at(timeline, batch.pixel_of(4))
    assert offered(menu) == [
        "Reset all rows here",
        "Reset row 2 only here",
        "Reset row 2 here as well",
        "Choose the rows…",
        "Remove the reset point of row 1",
    ]
    batch.wait_configured(lambda: choose(batch, menu, "Reset row 2 here as well"))
    assert batch.session.reset_points.all == (point_here(batch, (1, 2)),)
    menu = menu_at(timeline, batch.pixel_of(4))
    batch.wait_configured(lambda: choose(batch, menu, "Remove the reset point of rows 1 and 2"))
    assert batch.session.reset_points.all == ()


def test_the_menu_of_a_plot_resets_at_the_step_under_the_mouse(batch) -> None:
    gates = batch.window.gates
    area = gates._rows[1].rect
    place = QPoint(round(area.left() + gates._scale().to_pixels(4)), round(area.center().y()))
    gates._canvas.customContextMenuRequested.emit(place)
    menu = gates.findChildren(QMenu)[-1]
    batch.wait_configured(lambda: choose(batch, menu, "Reset all rows here"))
    assert batch.session.reset_points.all == (point_here(batch, None),)


def test_rows_are_asked_for_and_what_is_no_row_is_not_taken(batch, qtbot: QtBot) -> None:
    batch.key(Key.Key_R, Modifier.ControlModifier)
    (dialog,) = batch.window.findChildren(RowsDialog)
    ok = dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)
    assert dialog.field.text() == "1"
    for text, allowed in (("99", False), ("0-", False), ("0, 2", True)):
        dialog.field.selectAll()
        qtbot.keyClicks(dialog.field, text)
        assert ok.isEnabled() == allowed
    batch.wait_configured(lambda: qtbot.keyClick(dialog.field, Key.Key_Return))
    assert batch.session.reset_points.all == (point_here(batch, (0, 2)),)
    layer = batch.session.layer
    assert [bool((layer.state_before_row(4, row) == 0).all()) for row in range(3)] == [True, False, True]
    assert np.isfinite(layer.state_before_row(4, 1)).all()


def test_no_row_takes_the_point_away_and_escape_changes_nothing(batch, qtbot: QtBot) -> None:
    batch.wait_configured(lambda: batch.key(Key.Key_R))
    batch.key(Key.Key_R, Modifier.ControlModifier)
    (dialog,) = batch.window.findChildren(RowsDialog)
    assert dialog.field.text() == "all"
    with qtbot.waitSignal(dialog.destroyed):
        qtbot.keyClick(dialog, Key.Key_Escape)
    assert batch.session.reset_points.all == (point_here(batch, None),)
    batch.activate()
    batch.key(Key.Key_R, Modifier.ControlModifier)
    (dialog,) = batch.window.findChildren(RowsDialog)
    dialog.field.clear()
    batch.wait_configured(lambda: qtbot.keyClick(dialog.field, Key.Key_Return))
    assert batch.session.reset_points.all == ()


def test_a_question_about_a_place_of_a_run_that_is_no_more_is_closed(batch) -> None:
    batch.window.actions_by_id["reset_rows"].trigger()
    (dialog,) = batch.window.findChildren(RowsDialog)
    batch.wait_configured(
        lambda: batch.session.configure(dataclasses.replace(batch.session.settings, batch_size=1))
    )
    assert not isValid(dialog) or not dialog.isVisible()
    assert batch.session.reset_points.all == ()


def test_a_menu_about_a_place_of_a_run_that_is_no_more_does_nothing(batch) -> None:
    menu = QMenu(batch.window)
    batch.window.reset_menu.fill(menu, 4)
    batch.wait_configured(
        lambda: batch.session.configure(dataclasses.replace(batch.session.settings, batch_size=1))
    )
    menu.actions()[0].trigger()
    assert "The run has changed" in batch.window.status.news.text()
    assert batch.session.reset_points.all == ()
    menu.deleteLater()
