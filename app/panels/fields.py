"""Fields that the panels share."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QLabel, QSizePolicy, QSpinBox, QWidget


class Spin(QSpinBox):
    """A spin box that tells of a number when it is meant, and that can be refused in place.

    Typing tells nothing until Enter or until the focus leaves; Enter gives the focus back to the window,
    so that its one-key shortcuts work again.
    """

    def __init__(self, low: int, high: int, name: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setRange(low, high)
        self.setKeyboardTracking(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # not by the wheel
        self.setAccelerated(True)
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self._steps: tuple[int, ...] = ()
        self._least_width = 0
        self.setProperty("refused", False)

    def set_steps(self, steps: Sequence[int]) -> None:
        """Make the arrows go from one of these numbers to the next; empty for every number."""
        self._steps = tuple(steps)

    def set_digits(self, digits: int) -> None:
        """Have room for so many digits, and for as many more as the number has."""
        self._least_width = self.fontMetrics().averageCharWidth() * digits + 26
        self.valueChanged.connect(self.fit)
        self.fit()

    def fit(self) -> None:
        """Take the room that the number needs; to be called after one that is set without a signal."""
        room = round(1.2 * self.fontMetrics().height()) + 16  # of the arrows, padding and border
        self.setFixedWidth(max(self._least_width, self.fontMetrics().horizontalAdvance(self.text()) + room))

    def set_refused(self, refused: bool) -> None:
        """Draw the field with the border of one that is refused, or without."""
        if refused != self.refused:
            self.setProperty("refused", refused)
            # The style sheet looks at a property only when it is asked anew.
            self.style().unpolish(self)
            self.style().polish(self)

    @property
    def refused(self) -> bool:
        """Whether it has that border."""
        return bool(self.property("refused"))

    @property
    def is_being_typed(self) -> bool:
        """Whether somebody is in the middle of typing another number."""
        return self.hasFocus() and self.lineEdit().isModified()

    def set_silently(self, value: int) -> None:
        """Show a number without a signal."""
        blocked = self.blockSignals(True)
        self.setValue(value)
        self.blockSignals(blocked)

    def stepBy(self, steps: int) -> None:
        if self._steps:
            self.setValue(self.stepped(steps))
        else:
            super().stepBy(steps)

    def stepped(self, steps: int) -> int:
        """Return the number that is so many steps from the one shown."""
        value = self.value()
        if not self._steps:
            return min(max(value + steps, self.minimum()), self.maximum())
        if steps > 0:
            index = bisect_right(self._steps, value) + steps - 1
        else:
            index = bisect_left(self._steps, value) + steps
        return self._steps[min(max(index, 0), len(self._steps) - 1)]

    def wheelEvent(self, event: QWheelEvent) -> None:
        _wheel_if_focused(self, event, super().wheelEvent)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            self.clearFocus()


class Combo(QComboBox):
    """A combo box whose width does not follow its longest entry.

    Neither a click nor the wheel takes the focus or changes anything by accident: the one-key shortcuts of
    the window go on to work, and a panel can be scrolled over it.
    """

    def __init__(self, name: str, tip: str, letters: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(letters)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)
        self.setToolTip(tip)

    def wheelEvent(self, event: QWheelEvent) -> None:
        _wheel_if_focused(self, event, super().wheelEvent)


def _wheel_if_focused(field: QWidget, event: QWheelEvent, turn: Callable[[QWheelEvent], None]) -> None:
    if field.hasFocus():
        turn(event)
    else:
        event.ignore()


def label_for(text: str, buddy: QWidget, role: str = "") -> QLabel:
    """Make the label of a field."""
    label = QLabel(text)
    label.setBuddy(buddy)
    if role:
        label.setProperty("role", role)
    return label


def wrapped(text: str = "", role: str = "muted") -> QLabel:
    """Make a label whose long text is wrapped, however narrow the panel gets."""
    label = QLabel(text)
    label.setProperty("role", role)
    label.setWordWrap(True)
    # Names of files and messages come from outside: they are never read as rich text.
    label.setTextFormat(Qt.TextFormat.PlainText)
    # Qt's own idea of the least width is that of a text of a few lines, which would keep a dock wide.
    label.setMinimumWidth(label.fontMetrics().averageCharWidth() * 8)
    return label
