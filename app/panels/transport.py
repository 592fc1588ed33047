"""The transport: first, back, play or pause, step, last, how fast it plays; at its end the examples."""

from __future__ import annotations

import math
from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QToolButton, QWidget

# Even steps on a logarithmic scale, in numbers that are easy to say. None: as fast as it goes.
SPEEDS: tuple[float | None, ...] = (
    *(1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000),
    None,
)


def speed_in_words(speed: float | None) -> str:
    """Write a speed: ``"20 steps/s"``, ``"as fast as it goes"``."""
    if speed is None:
        return "as fast as it goes"
    return f"{speed:g} step{'' if speed == 1 else 's'}/s"


class StepButton(QToolButton):
    """A button of an action; with Shift, or while held down with Shift, it does another one.

    Parameters
    ----------
    action, with_shift : QAction
    """

    def __init__(self, action: QAction, with_shift: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDefaultAction(action)
        self.setAutoRepeat(True)
        self._with_shift = with_shift
        self._shift = False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._note(event)
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._note(event)
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._note(event)
        super().keyPressEvent(event)

    def _note(self, event: QMouseEvent | QKeyEvent) -> None:
        self._shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)

    def nextCheckState(self) -> None:
        # Where Qt triggers the default action of a button that is clicked.
        if self._shift:
            self._with_shift.trigger()
        else:
            super().nextCheckState()


class TransportBar(QWidget):
    """Buttons of the five transport actions, the speed, and the ways to the examples.

    What a button does is its action's business (:mod:`app.menus`): same icon, tip and shortcut.

    Parameters
    ----------
    actions : mapping of str to QAction
        With ``first``, ``back``, ``play``, ``step``, ``last``, ``step_ten``, ``back_ten``, ``gallery`` and
        ``tour``.
    """

    speed_changed = Signal(object)  # float steps a second, or None for as fast as it goes

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Transport")
        self.buttons: dict[str, QToolButton] = {}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        size = round(self.fontMetrics().height() * 1.35)
        for name in ("first", "back", "play", "step", "last"):
            if name in ("back", "step"):
                button: QToolButton = StepButton(actions[name], actions[f"{name}_ten"])
            else:
                button = QToolButton()
                button.setDefaultAction(actions[name])
            # A click leaves the focus where it was, so that Space goes on to play and pause.
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setIconSize(QSize(size, size))
            button.setAccessibleName(actions[name].text())
            self.buttons[name] = button
            layout.addWidget(button)
        layout.addSpacing(10)

        label = QLabel("Speed")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, len(SPEEDS) - 1)
        self.slider.setPageStep(3)
        self.slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.slider.setMinimumWidth(self.fontMetrics().averageCharWidth() * 16)
        self.slider.setMaximumWidth(self.fontMetrics().averageCharWidth() * 30)
        self.slider.setAccessibleName("Speed")
        self.slider.setToolTip("Timesteps a second while playing; at the right end as fast as it goes (+, -)")
        label.setBuddy(self.slider)
        self.words = QLabel()
        widest = max(self.fontMetrics().horizontalAdvance(speed_in_words(s)) for s in SPEEDS)
        self.words.setMinimumWidth(widest + 4)
        layout.addWidget(label)
        layout.addSpacing(4)
        layout.addWidget(self.slider)
        layout.addSpacing(4)
        layout.addWidget(self.words)
        layout.addStretch(1)
        for name, text in (("gallery", "Examples"), ("tour", "Tour")):
            actions[name].setIconText(text)
            button = QToolButton()
            button.setDefaultAction(actions[name])
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAccessibleName(text)
            self.buttons[name] = button
            layout.addWidget(button)

        self.slider.setValue(SPEEDS.index(10))
        self._show()
        self.slider.valueChanged.connect(self._on_slider_changed)

    @property
    def speed(self) -> float | None:
        """Steps a second, or None for as fast as it goes."""
        return SPEEDS[self.slider.value()]

    def set_speed(self, speed: float | None) -> None:
        """Show the nearest of the offered speeds, without a signal."""
        index = len(SPEEDS) - 1
        if speed is not None:
            numbers = [s for s in SPEEDS if s is not None]
            index = min(range(len(numbers)), key=lambda k: abs(math.log(numbers[k] / max(speed, 1e-9))))
        blocked = self.slider.blockSignals(True)
        self.slider.setValue(index)
        self.slider.blockSignals(blocked)
        self._show()

    def faster(self) -> None:
        """Take the next higher speed."""
        self.slider.setValue(self.slider.value() + 1)

    def slower(self) -> None:
        """Take the next lower speed."""
        self.slider.setValue(self.slider.value() - 1)

    def _on_slider_changed(self) -> None:
        self._show()
        self.speed_changed.emit(self.speed)

    def _show(self) -> None:
        self.words.setText(speed_in_words(self.speed))
        self.slider.setAccessibleDescription(speed_in_words(self.speed))
