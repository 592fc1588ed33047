"""What stands above the plots of a comparison: the signal, what to compare with, and the words about both."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from app.elided_label import ElidedLabel
from app.plots.compare_choices import Choice, ChoiceMenu
from app.plots.compare_parts import SteadyLabel
from lstm_viz.signals import NAMES, SIGNALS

FIRST_SIGNAL = "c"


class CompareHead(QWidget):
    """Setters in, signals out.

    Signals
    -------
    chosen(str)
        A run to compare with was chosen: the key of a :class:`Choice`.
    ended()
        The comparison is to end.
    signal_changed(str)
        The letter of the signal that is chosen now.
    """

    chosen = Signal(str)
    ended = Signal()
    signal_changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons: dict[str, QToolButton] = {}
        self._group = QButtonGroup(self)
        for signal in SIGNALS:
            button = QToolButton()
            button.setText(signal)
            button.setProperty("outlined", True)
            button.setCheckable(True)
            button.setChecked(signal == FIRST_SIGNAL)
            button.setToolTip(f"Compare {signal}, the {NAMES[signal]}")
            button.setAccessibleName(f"Compare {NAMES[signal]}")
            self._group.addButton(button)
            self.buttons[signal] = button
        self._group.buttonClicked.connect(self._on_signal_clicked)
        self.menu = ChoiceMenu()
        self.menu.chosen.connect(self.chosen)
        self.end = QToolButton()
        self.end.setText("End")
        self.end.setProperty("outlined", True)
        self.end.setToolTip("End the comparison")
        self.end.setAccessibleName("End the comparison")
        self.end.clicked.connect(self.ended)
        self.names = {"A": ElidedLabel(), "B": ElidedLabel()}
        self.progress = ElidedLabel()
        self.progress.setProperty("role", "muted")
        self.progress.setAccessibleName("What is still to be computed or compared")
        self.words = SteadyLabel()
        self.words.setAccessibleName("How far the two runs are apart")
        self._lay_out()

    def _lay_out(self) -> None:
        self._controls = QWidget()
        controls = QHBoxLayout(self._controls)
        controls.setContentsMargins(0, 0, 0, 0)
        controls.setSpacing(3)
        for button in self.buttons.values():
            controls.addWidget(button)
        controls.addSpacing(12)
        controls.addWidget(self.progress, 1)
        controls.addWidget(self.menu)
        controls.addWidget(self.end)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 0)
        layout.setSpacing(2)
        layout.addWidget(self._controls)
        for label in self.names.values():
            layout.addWidget(label)
        layout.addWidget(self.words)

    def hide_controls(self) -> None:
        """Leave out what can be clicked, for a picture."""
        self._controls.hide()

    def set_choices(self, choices: Sequence[Choice]) -> None:
        """Take what the run may be compared with."""
        self.menu.set_choices(choices)

    def set_names(self, a: str, b: str) -> None:
        """Name the two runs by what they are."""
        for (letter, label), name in zip(self.names.items(), (a, b), strict=True):
            label.setText(f"{letter}: {name}")
            label.setToolTip(f"Run {letter}: {name}")
            label.setAccessibleName(f"Run {letter}: {name}")

    def set_progress(self, words: str) -> None:
        """Say what is still to be computed or compared; empty for nothing."""
        self.progress.setText(words)
        self.progress.setToolTip(words)

    def set_signal(self, signal: str) -> None:
        """Choose another signal, by its letter."""
        if not self.buttons[signal].isChecked():
            self.buttons[signal].click()

    @property
    def signal(self) -> str:
        """The letter of the signal that is chosen."""
        return next(signal for signal, button in self.buttons.items() if button.isChecked())

    def _on_signal_clicked(self) -> None:
        self.signal_changed.emit(self.signal)
