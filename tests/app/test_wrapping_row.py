from __future__ import annotations

import pytest
from PySide6.QtCore import QRect, QSize
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.wrapping_row import WrappingRow


@pytest.fixture
def widget(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


def row_of(count: int, widget: QWidget) -> tuple[WrappingRow, list[QPushButton]]:
    """Return a row of buttons, each 50 pixels wide and 20 high, 10 apart."""
    row = WrappingRow(spacing=10)
    row.setContentsMargins(0, 0, 0, 0)
    widget.setLayout(row)
    buttons = []
    for _ in range(count):
        button = QPushButton()
        button.setFixedSize(50, 20)
        row.addWidget(button)
        buttons.append(button)
    return row, buttons


def places(row: WrappingRow, buttons: list[QPushButton], width: int) -> list[tuple[int, int]]:
    row.setGeometry(QRect(0, 0, width, 100))
    return [(button.x(), button.y()) for button in buttons]


def test_controls_lie_side_by_side_where_there_is_room(widget: QWidget) -> None:
    row, buttons = row_of(3, widget)
    assert places(row, buttons, 170) == [(0, 0), (60, 0), (120, 0)]
    assert row.heightForWidth(170) == 20
    assert row.sizeHint().width() == 170


def test_what_does_not_fit_lies_below(widget: QWidget) -> None:
    row, buttons = row_of(3, widget)
    assert places(row, buttons, 169) == [(0, 0), (60, 0), (0, 30)]
    assert row.heightForWidth(169) == 50


def test_what_is_less_high_than_its_line_lies_in_the_middle(widget: QWidget) -> None:
    row, buttons = row_of(3, widget)
    buttons[1].setFixedSize(50, 30)
    assert places(row, buttons, 110) == [(0, 5), (60, 0), (0, 40)]


def test_an_empty_row_has_no_size(widget: QWidget) -> None:
    row, _ = row_of(0, widget)
    assert row.minimumSize() == row.sizeHint() == QSize(0, 0)
    assert row.heightForWidth(100) == 0


def test_a_row_asks_for_no_more_width_than_its_widest_control(widget: QWidget) -> None:
    row, _ = row_of(8, widget)
    assert row.minimumSize().width() == 50


def test_a_hidden_control_takes_no_room(widget: QWidget) -> None:
    row, buttons = row_of(3, widget)
    buttons[1].hide()
    assert places(row, [buttons[0], buttons[2]], 110) == [(0, 0), (60, 0)]


def test_a_control_that_is_taken_out_leaves_no_gap(widget: QWidget) -> None:
    row, buttons = row_of(3, widget)
    row.removeWidget(buttons[0])
    assert row.count() == 2
    assert places(row, buttons[1:], 110) == [(0, 0), (60, 0)]
