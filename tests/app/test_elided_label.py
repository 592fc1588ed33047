from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.elided_label import ElidedLabel

NAME = "a_very_long_name_of_a_file_that_nobody_can_read.keras"


def test_a_long_name_is_shortened_in_the_middle_and_kept_whole(qtbot: QtBot) -> None:
    label = ElidedLabel(NAME, "heading", Qt.TextElideMode.ElideMiddle)
    qtbot.addWidget(label)
    label.resize(120, 20)
    assert "…" in label.shown
    assert label.shown.endswith("s")
    assert label.text() == NAME
    label.resize(900, 20)
    assert label.shown == NAME


def test_other_words_end_where_the_room_ends(qtbot: QtBot) -> None:
    label = ElidedLabel(NAME)
    qtbot.addWidget(label)
    label.resize(120, 20)
    assert label.shown.endswith("…")
    assert label.shown.startswith("a_very")
    assert label.minimumSizeHint().height() > 0
    assert label.sizePolicy().horizontalPolicy() == label.sizePolicy().Policy.Ignored
