"""Why settings cannot be followed, with a button for each way out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

_MOST_MENDS = 5


class RefusalBar(QFrame):
    """A bar below the settings; hidden while they can be followed."""

    mend_chosen = Signal(object)  # dict: the settings to change, and to what

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("notice", "error")
        self.text = QLabel()
        self.text.setWordWrap(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.addWidget(self.text, 1)
        self.buttons = [QPushButton() for _ in range(_MOST_MENDS)]
        for button in self.buttons:
            button.setProperty("compact", True)
            button.setAutoDefault(False)
            button.clicked.connect(self._on_button_clicked)
            row.addWidget(button)
        self.hide()

    def refuse(self, text: str, tip: str, mends: Sequence[tuple[str, dict[str, Any]]]) -> None:
        """Show why, and what could be done instead.

        Parameters
        ----------
        text, tip : str
        mends : sequence of (str, dict)
            Words of each button, and the settings that it changes.
        """
        self.text.setText(text)
        self.text.setToolTip(tip)
        for index, button in enumerate(self.buttons):
            button.setVisible(index < len(mends))
            if index < len(mends):
                words, mend = mends[index]
                button.setText(words)
                button.setAccessibleName(words)
                button.setProperty("mend", mend)
        self.show()

    def _on_button_clicked(self) -> None:
        self.mend_chosen.emit(self.sender().property("mend"))
