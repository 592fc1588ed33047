"""The gallery in the program: what it shows, and what choosing does."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.panels.gallery import GalleryDialog
from lstm_viz.examples import EXAMPLES
from tests.app.conftest import Program


def gallery(program: Program) -> GalleryDialog:
    program.window.actions_by_id["gallery"].trigger()
    found = [
        each
        for each in QApplication.topLevelWidgets()
        if isinstance(each, GalleryDialog) and each.isVisible()
    ]
    assert len(found) == 1
    return found[0]


def choose(dialog: GalleryDialog, qtbot: QtBot, row: int) -> None:
    dialog.list.setCurrentIndex(dialog.list.model().index(row, 0))
    qtbot.keyClick(dialog.list, Qt.Key.Key_Return)


def test_it_shows_every_example(program: Program) -> None:
    dialog = gallery(program)
    model = dialog.list.model()
    assert [model.index(k, 0).data() for k in range(model.rowCount())] == [shown.title for shown in EXAMPLES]
    dialog.close()


def test_choosing_an_example_opens_it_and_begins_its_tour(program: Program, qtbot: QtBot) -> None:
    dialog = gallery(program)
    program.wait_opened(lambda: choose(dialog, qtbot, 1))
    assert program.session.example == EXAMPLES[1].name
    assert program.window.tour.number == 0
    assert program.window.tour.bubble.isVisible()
    program.window.tour.end()


def test_without_its_tour_it_is_opened_alone(program: Program, qtbot: QtBot) -> None:
    dialog = gallery(program)
    dialog.tour.setChecked(False)
    program.wait_opened(lambda: choose(dialog, qtbot, 1))
    assert program.window.tour.stop is None
