"""The bubble of a guided tour, and the frame around what it points at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.elided_label import ElidedLabel
from app.theme import icon

if TYPE_CHECKING:
    from app.theme import Theme

_APART = 8  # pixels between the bubble and what it points at
_FRAME = 3  # pixels of the frame's line


def place_for(size: QSize, target: QRect, room: QRect) -> QPoint:
    """Return where a bubble covers least of what it points at.

    Parameters
    ----------
    size : QSize
        Of the bubble.
    target, room : QRect
        What it points at, and where it may be.
    """
    middle_x = target.center().x() - size.width() // 2
    middle_y = target.center().y() - size.height() // 2
    beside = [
        QPoint(target.right() + 1 + _APART, middle_y),
        QPoint(target.left() - _APART - size.width(), middle_y),
    ]
    below = [
        QPoint(middle_x, target.bottom() + 1 + _APART),
        QPoint(middle_x, target.top() - _APART - size.height()),
    ]
    # Beside a button it would cover the other buttons.
    places = [*below, *beside] if target.height() < size.height() else [*beside, *below]
    inside = [_within(place, size, room) for place in places]

    def covered(place: QPoint) -> int:
        shared = QRect(place, size).intersected(target)
        return shared.width() * shared.height() if not shared.isEmpty() else 0

    return min(inside, key=covered)


def _within(place: QPoint, size: QSize, room: QRect) -> QPoint:
    x = max(room.left(), min(place.x(), room.right() + 1 - size.width()))
    y = max(room.top(), min(place.y(), room.bottom() + 1 - size.height()))
    return QPoint(x, y)


class TourFrame(QWidget):
    """A line around a part of the window. What is inside is neither covered nor drawn again."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._colour = QColor("black")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self._colour = QColor(theme.accent)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        whole = self.rect()
        hole = whole.adjusted(_FRAME, _FRAME, -_FRAME, -_FRAME)
        self.setMask(QRegion(whole).subtracted(QRegion(hole)) if not hole.isEmpty() else QRegion(whole))

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._colour)


class TourBubble(QFrame):
    """What a stop of a tour says, with Back, Skip or Next, and End. The window goes on being usable.

    Signals
    -------
    back_clicked(), next_clicked(), end_clicked()
    """

    back_clicked = Signal()
    next_clicked = Signal()
    end_clicked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme: Theme | None = None
        self._held: QPoint | None = None
        self.moved_by_hand = False
        self._last = False
        self.setObjectName("tour_bubble")
        self.setAccessibleName("Tour")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.head = ElidedLabel()
        self.head.setProperty("role", "muted")
        self.text = self._words("What to do")
        self.sign = QLabel()
        self.then = self._words("What is to be seen")
        self.back = self._button("Back", "Go to the stop before (Shift+N)")
        self.next = self._button("Skip", "Go to the next stop (N)")
        self.end = self._button("End", "End the tour (Ctrl+T)")
        self.back.clicked.connect(self.back_clicked)
        self.next.clicked.connect(self.next_clicked)
        self.end.clicked.connect(self.end_clicked)
        seen = QHBoxLayout()
        seen.setSpacing(6)
        seen.addWidget(self.sign, 0, Qt.AlignmentFlag.AlignTop)
        seen.addWidget(self.then, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        buttons.addWidget(self.end)
        buttons.addStretch(1)
        buttons.addWidget(self.back)
        buttons.addWidget(self.next)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 10)
        layout.setSpacing(6)
        layout.addWidget(self.head)
        layout.addWidget(self.text)
        layout.addLayout(seen)
        layout.addSpacing(2)
        layout.addLayout(buttons)
        self.setFixedWidth(self.fontMetrics().averageCharWidth() * 46)
        QWidget.setTabOrder(self.next, self.back)
        QWidget.setTabOrder(self.back, self.end)
        self.hide()

    def _words(self, name: str) -> QLabel:
        label = QLabel()
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setAccessibleName(name)
        return label

    def _button(self, text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setProperty("compact", True)
        button.setToolTip(tip)
        button.setAccessibleName(text)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys to stepping
        return button

    # -- setters ------------------------------------------------------------------------------------

    def set_stop(self, number: int, count: int, title: str, text: str, then: str) -> None:
        """Show a stop of so many, counted from 1 for whoever reads it, not yet done."""
        self.head.setText(f"Stop {number + 1} of {count} · {title}")
        self.text.setText(text)
        self.then.setText(then or "Done.")
        self.back.setEnabled(number > 0)
        self._last = number + 1 == count
        self.moved_by_hand = False
        self.set_done(False)
        self.show()
        self.raise_()
        event = QAccessibleEvent(self, QAccessible.Event.Alert)
        QAccessible.updateAccessibility(event)

    def set_done(self, done: bool) -> None:
        """Show whether what the stop asks for was done."""
        self.sign.setVisible(done)
        self.then.setVisible(done)
        words = ("Finish" if self._last else "Next") if done else "Skip"
        self.next.setText(words)
        self.next.setAccessibleName(words)
        self.next.setDefault(done)
        self.adjustSize()

    @property
    def done(self) -> bool:
        """Whether the stop is shown as done."""
        return not self.then.isHidden()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.setStyleSheet(
            f"TourBubble {{ background: {theme.panel}; border: 2px solid {theme.accent};"
            " border-radius: 8px; }"
        )
        size = round(self.fontMetrics().height() * 1.1)
        self.sign.setPixmap(icon("done", theme, colour=theme.accent).pixmap(size, size))
        self.sign.setAccessibleName("Done")

    def go_beside(self, target: QRect, room: QRect) -> None:
        """Stand beside a part of the window, unless the user put it elsewhere."""
        self.adjustSize()
        if not self.moved_by_hand:
            self.move(place_for(self.size(), target, room))
        else:
            self.move(_within(self.pos(), self.size(), room))

    # -- moving it out of the way -------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = event.position().toPoint()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held is not None:
            self.moved_by_hand = True
            place = self.mapToParent(event.position().toPoint() - self._held)
            self.move(_within(place, self.size(), self.parentWidget().rect()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._held = None
        self.setCursor(Qt.CursorShape.ArrowCursor)
        event.accept()
