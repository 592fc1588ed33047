"""The line above a column of plots: what is under the mouse, whose time it is, and what is merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from app.elided_label import ElidedLabel

if TYPE_CHECKING:
    from app.theme import Theme


class ColumnHeader(QWidget):
    """One line of words, and two signs at its end that are there only where they are needed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._readout = ElidedLabel(text)
        self._readout.setAccessibleName("Value under the mouse")
        self._own_time = QLabel()
        self._own_time.setAccessibleName("Time axis")
        self._own_time.setToolTip(
            "Behind a RepeatVector or pooling layer, or on another input, a layer counts anew"
        )
        self._own_time.setProperty("role", "muted")
        self._badge = QLabel()
        self._badge.setAccessibleName("Merged timesteps")
        self._badge.setToolTip("The run has more timesteps here than the screen has pixels")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 2)
        layout.addWidget(self._readout, 1)
        for label in (self._own_time, self._badge):
            label.hide()
            layout.addWidget(label)

    def set_text(self, text: str) -> None:
        """Say what is under the mouse."""
        self._readout.setText(text)

    def set_own_time(self, words: str) -> None:
        """Say that the steps are those of a layer with a time axis of its own; empty for the run's."""
        self._own_time.setText(words)
        self._own_time.setVisible(bool(words))

    def set_factor(self, factor: int) -> None:
        """Say how many timesteps a column stands for; nothing for one."""
        self._badge.setText(f"{factor} timesteps merged (min and max kept)" if factor > 1 else "")
        self._badge.setVisible(factor > 1)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self._badge.setStyleSheet(
            f"color: {theme.warning}; border: 1px solid {theme.warning}; border-radius: 3px; padding: 0 5px;"
        )

    @property
    def text(self) -> str:
        """What is said of the place under the mouse."""
        return self._readout.text()

    @property
    def badge(self) -> str:
        """What is said about merged timesteps; empty while every timestep is drawn."""
        return self._badge.text()

    @property
    def own_time(self) -> str:
        """What is said of a layer's own time axis; empty where it has that of the run."""
        return self._own_time.text()
