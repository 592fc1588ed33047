"""What a run may be compared with: buttons while nothing is compared, a menu beside the plots after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QMenu, QPushButton, QScrollArea, QToolButton, QVBoxLayout, QWidget

_WORDS = (
    "Run the same data a second time under other settings, and see where the two runs part: both step "
    "together, with one cursor."
)


@dataclass(frozen=True)
class Choice:
    """One second run that is offered.

    Parameters
    ----------
    key : str
    text, tip : str
    enabled : bool
        The tip of one that is not says why.
    """

    key: str
    text: str
    tip: str
    enabled: bool = True


class ChoiceButtons(QScrollArea):
    """A button for each choice below a sentence of explanation.

    Signals
    -------
    chosen(str)
        The key of a choice.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._buttons: list[QPushButton] = []
        self._offered: tuple[Choice, ...] = ()
        inside = QWidget()
        self.words = QLabel(_WORDS)
        self.words.setWordWrap(True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.words.setProperty("role", "muted")
        self._column = QVBoxLayout()
        self._column.setSpacing(6)
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.addStretch(2)
        layout.addWidget(self.words)
        layout.addSpacing(12)
        layout.addLayout(self._column)
        layout.addStretch(3)
        self.setWidget(inside)

    @property
    def buttons(self) -> dict[str, QPushButton]:
        """By the key of the choice."""
        return {button.property("key"): button for button in self._buttons}

    def focus_first(self) -> None:
        """Put the focus on the first choice that can be made."""
        for button in self._buttons:
            if button.isEnabled():
                button.setFocus()
                return

    def set_choices(self, choices: Sequence[Choice], why_not: str = "") -> None:
        """Offer these; say why where none of them can be made."""
        self.words.setText(why_not or _WORDS)
        before, self._offered = self._offered, tuple(choices)
        if self._offered == before:  # which is so for most settings of a run
            return
        while len(self._buttons) < len(choices):
            self._buttons.append(self._new_button())
        while len(self._buttons) > len(choices):
            surplus = self._buttons.pop()
            self._column.removeWidget(surplus)
            surplus.hide()
            surplus.deleteLater()
        for button, choice, shown in zip_longest(self._buttons, choices, before[: len(choices)]):
            if choice == shown:
                continue
            button.setProperty("key", choice.key)
            button.setText(choice.text)
            button.setAccessibleName(f"Compare: {choice.text}")
            button.setToolTip(choice.tip)
            button.setEnabled(choice.enabled)
        self._even_out()

    def _even_out(self) -> None:
        """Make all buttons as wide as the widest."""
        widest = max((button.sizeHint().width() for button in self._buttons), default=0)
        for button in self._buttons:
            button.setMinimumWidth(widest)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._even_out()

    def _new_button(self) -> QPushButton:
        button = QPushButton(self.widget())
        button.clicked.connect(self._on_button_clicked)
        self._column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        return button

    def _on_button_clicked(self) -> None:
        button = self.sender()
        assert button is not None
        self.chosen.emit(button.property("key"))


class ChoiceMenu(QToolButton):
    """The same choices in a menu.

    Signals
    -------
    chosen(str)
        The key of a choice.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText("Compare with ▾")
        self.setToolTip("Compare the run with another one")
        self.setAccessibleName("Compare with")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        menu.triggered.connect(self._on_menu_triggered)
        self.setMenu(menu)

    def set_choices(self, choices: Sequence[Choice]) -> None:
        """Offer these."""
        menu = self.menu()
        menu.clear()
        for choice in choices:
            action = menu.addAction(choice.text)
            action.setData(choice.key)
            action.setToolTip(choice.tip)
            action.setEnabled(choice.enabled)

    def _on_menu_triggered(self, action: QAction) -> None:
        self.chosen.emit(action.data())
