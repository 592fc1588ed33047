"""The dialog that asks what of a recording is exported."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from app.export_dialog import ExportChoice, ExportDialog
from lstm_viz.export import FORMATS


@pytest.fixture
def dialog(qtbot: QtBot) -> ExportDialog:
    made = ExportDialog(("first", "second"), 100, (20, 60))
    qtbot.addWidget(made)
    return made


def ok(dialog: ExportDialog) -> bool:
    return dialog.buttons.button(QDialogButtonBox.StandardButton.Ok).isEnabled()


def test_everything_is_chosen_at_first(dialog: ExportDialog) -> None:
    assert dialog.choice() == ExportChoice(FORMATS["npz"], ("first", "second"), tuple("ifgoch"), None)


def test_what_is_in_view_can_be_chosen(dialog: ExportDialog) -> None:
    dialog.steps.setCurrentIndex(1)
    assert dialog.choice().steps == (20, 60)
    assert (dialog.first.value(), dialog.last.value()) == (20, 59)


def test_a_view_that_reaches_past_what_is_recorded_is_cut(qtbot: QtBot) -> None:
    dialog = ExportDialog(("first",), 10, (4, 500))
    qtbot.addWidget(dialog)
    dialog.steps.setCurrentIndex(1)
    assert dialog.choice().steps == (4, 10)
    beyond = ExportDialog(("first",), 10, (30, 500))
    qtbot.addWidget(beyond)
    beyond.steps.setCurrentIndex(1)
    assert beyond.choice().steps == (9, 10)


def test_editing_a_step_chooses_a_range(dialog: ExportDialog) -> None:
    dialog.first.setValue(5)
    dialog.last.setValue(7)
    assert dialog.steps.currentData() == "range"
    assert dialog.choice().steps == (5, 8)


def test_layers_signals_and_format_are_chosen_and_told(dialog: ExportDialog, qtbot: QtBot) -> None:
    dialog.layers.item(0).setCheckState(Qt.CheckState.Unchecked)
    for letter in "igoh":
        dialog.signals[letter].click()
    dialog.format.setCurrentIndex(list(FORMATS).index("csv"))
    assert "A line for each unit" in dialog.said.text()
    with qtbot.waitSignal(dialog.chosen) as told:
        dialog.accept()
    assert told.args == [ExportChoice(FORMATS["csv"], ("second",), ("f", "c"), None)]


def test_what_makes_no_sense_cannot_be_accepted(dialog: ExportDialog) -> None:
    dialog.first.setValue(9)
    dialog.last.setValue(3)
    assert not ok(dialog)
    assert "before the first" in dialog.said.text()
    dialog.steps.setCurrentIndex(0)
    assert ok(dialog)
    for row in range(2):
        dialog.layers.item(row).setCheckState(Qt.CheckState.Unchecked)
    assert not ok(dialog)
    dialog.layers.item(1).setCheckState(Qt.CheckState.Checked)
    for button in dialog.signals.values():
        button.setChecked(False)
    assert not ok(dialog)
    assert "at least one signal" in dialog.said.accessibleDescription()


def test_every_control_has_a_name_and_a_tip(dialog: ExportDialog) -> None:
    controls = [dialog.format, dialog.steps, dialog.first, dialog.last, dialog.layers]
    for control in (*controls, *dialog.signals.values()):
        assert control.accessibleName()
        assert control.toolTip()
