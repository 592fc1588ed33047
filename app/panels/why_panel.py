"""Why a gate is what it is: choosing the gate, and what it is made of."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from app.panels.fields import wrapped
from app.plots.cell_layout import GATE_ORDER
from app.plots.contribution_bars import BarRow, ContributionBars
from app.theme import Theme
from lstm_viz.signals import NAMES

_RESTING = "Choose a gate, or click on one above, to see what it is made of."


class WhyPanel(QWidget):
    """Four buttons to choose a gate, and bars for what adds to it.

    Signals
    -------
    gate_chosen(str)
        ``i f g o``, or empty for none.
    explained()
        The bars of a gate that was chosen are shown for the first time.
    """

    gate_chosen = Signal(str)
    explained = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heading = QLabel("Why?")
        self.heading.setProperty("role", "heading")
        self.buttons: dict[str, QToolButton] = {}
        top = QHBoxLayout()
        top.setSpacing(3)
        top.addWidget(self.heading)
        top.addStretch(1)
        for letter in GATE_ORDER:
            button = QToolButton()
            button.setText(letter)
            button.setProperty("outlined", True)
            button.setCheckable(True)
            button.setToolTip(f"What {letter}, the {NAMES[letter]}, is made of at the cursor")
            button.setAccessibleName(f"Explain the {NAMES[letter]}")
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.clicked.connect(self._on_button_clicked)
            self.buttons[letter] = button
            top.addWidget(button)
        self.words = wrapped()
        self.words.setText(_RESTING)
        self.words.setProperty("role", "muted")
        self.bars = ContributionBars()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(top)
        layout.addWidget(self.words)
        layout.addWidget(self.bars)
        self.bars.hide()
        self._gate, self._is_new = "", False

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.bars.set_theme(theme)

    @property
    def gate(self) -> str:
        """The gate that is explained; empty for none."""
        return self._gate

    def choose(self, gate: str) -> None:
        """Explain a gate, or none; tells it where that is new."""
        if gate == self._gate:
            return
        self._gate, self._is_new = gate, True
        for letter, button in self.buttons.items():
            button.setChecked(letter == gate)
        if not gate:
            self.say("")
        self.gate_chosen.emit(gate)

    def toggle(self, gate: str) -> None:
        """Explain a gate, or none where that one is explained already."""
        self.choose("" if gate == self._gate else gate)

    def say(self, text: str) -> None:
        """Show words in place of bars; empty for those that say what to do."""
        self.heading.setText("Why?")
        self.words.setText(text or _RESTING)
        self.words.show()
        self.bars.hide()

    def show_rows(self, heading: str, words: str, rows: tuple[BarRow, ...], name: str) -> None:
        """Show what a gate is made of."""
        self.heading.setText(heading)
        self.words.setText(words)
        self.words.setVisible(bool(words))
        self.bars.set_rows(rows, name)
        self.bars.show()
        if self._is_new:
            self._is_new = False
            self.explained.emit()

    def _on_button_clicked(self) -> None:
        button = self.sender()
        assert isinstance(button, QToolButton)
        self.choose(button.text() if button.isChecked() else "")
