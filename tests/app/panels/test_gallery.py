from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from app.panels.gallery import Card, GalleryDialog
from app.theme import DARK, LIGHT


@pytest.fixture
def cards(tmp_path: Path) -> list[Card]:
    """Four examples; the picture of the first one is red in the light theme and green in the dark one."""
    pictures = {}
    for theme, colour in (("light", "#ff0000"), ("dark", "#00ff00")):
        image = QImage(40, 26, QImage.Format.Format_RGB32)
        image.fill(QColor(colour))
        pictures[theme] = tmp_path / f"picture-{theme}.png"
        image.save(str(pictures[theme]))
    missing = {"light": tmp_path / "none.png"}
    titles = ("Apples", "Bananas", "Cherries", "Dates")
    return [
        Card(
            title.lower(), title, "many-to-one", "One sentence. Another one.", pictures if k == 0 else missing
        )
        for k, title in enumerate(titles)
    ]


@pytest.fixture
def dialog(qtbot: QtBot, cards: list[Card]) -> GalleryDialog:
    made = GalleryDialog(cards, LIGHT)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(made)
    made.open()
    qtbot.waitUntil(made.isVisible)
    return made


@pytest.fixture
def chosen(dialog: GalleryDialog) -> list[tuple[str, bool]]:
    found: list[tuple[str, bool]] = []
    dialog.chosen.connect(lambda name, tour: found.append((name, tour)))
    return found


def index(dialog: GalleryDialog, row: int) -> QModelIndex:
    return dialog.list.model().index(row, 0)


def colours_of(dialog: GalleryDialog, row: int) -> set[str]:
    area = dialog.list.visualRect(index(dialog, row))
    image = dialog.list.viewport().grab(area).toImage()
    return {
        image.pixelColor(x, y).name() for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)
    }


def test_a_click_opens_an_example_and_closes_the_gallery(
    qtbot: QtBot, dialog: GalleryDialog, chosen: list[tuple[str, bool]]
) -> None:
    place = dialog.list.visualRect(index(dialog, 2)).center()
    qtbot.mouseClick(dialog.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert chosen == [("cherries", True)]
    assert not dialog.isVisible()


def test_enter_opens_the_example_that_the_arrow_keys_went_to(
    qtbot: QtBot, dialog: GalleryDialog, chosen: list[tuple[str, bool]]
) -> None:
    qtbot.keyClick(dialog.list, Qt.Key.Key_Right)
    qtbot.keyClick(dialog.list, Qt.Key.Key_Return)
    assert chosen == [("bananas", True)]


def test_typing_finds_an_example_by_its_title(qtbot: QtBot, dialog: GalleryDialog) -> None:
    qtbot.keyClicks(dialog.list, "da")
    assert dialog.list.currentIndex().data() == "Dates"


def test_the_tour_can_be_left_out(
    qtbot: QtBot, dialog: GalleryDialog, chosen: list[tuple[str, bool]]
) -> None:
    dialog.tour.setChecked(False)
    qtbot.keyClick(dialog.list, Qt.Key.Key_Return)
    assert chosen == [("apples", False)]


def test_escape_opens_nothing(qtbot: QtBot, dialog: GalleryDialog, chosen: list[tuple[str, bool]]) -> None:
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert chosen == []
    assert not dialog.isVisible()


def test_a_card_shows_the_picture_of_its_theme(dialog: GalleryDialog) -> None:
    assert "#ff0000" in colours_of(dialog, 0)
    dialog.set_theme(DARK)
    assert "#00ff00" in colours_of(dialog, 0)
    assert not {"#ff0000", "#00ff00"} & colours_of(dialog, 1)


def test_a_card_is_read_out_in_full(dialog: GalleryDialog) -> None:
    said = index(dialog, 1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == "Bananas, many-to-one. One sentence. Another one."


def test_cards_stand_in_two_columns_where_there_is_room_and_else_in_one(
    qtbot: QtBot, dialog: GalleryDialog
) -> None:
    letter = dialog.fontMetrics().averageCharWidth()
    dialog.resize(letter * 150, 500)
    qtbot.waitUntil(
        lambda: (
            dialog.list.visualRect(index(dialog, 0)).top() == dialog.list.visualRect(index(dialog, 1)).top()
        )
    )
    dialog.resize(letter * 90, 500)
    qtbot.waitUntil(
        lambda: (
            dialog.list.visualRect(index(dialog, 0)).top() < dialog.list.visualRect(index(dialog, 1)).top()
        )
    )
