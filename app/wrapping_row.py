"""A row of controls that goes on below where it is too narrow for all of them."""

from __future__ import annotations

from PySide6.QtCore import QMargins, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class WrappingRow(QLayout):
    """Puts one control beside the other, and as many of them below as do not fit.

    Parameters
    ----------
    spacing : int
        Pixels between two controls.
    """

    def __init__(self, spacing: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self.setSpacing(spacing)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation.Horizontal

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._place(QRect(0, 0, width, 0), move=False)

    def sizeHint(self) -> QSize:
        """Return the size of all controls in one line."""
        hints = [item.sizeHint() for item in self._items if not item.isEmpty()]
        width = sum(hint.width() for hint in hints) + self.spacing() * max(0, len(hints) - 1)
        return self._with_margins(QSize(width, max((hint.height() for hint in hints), default=0)))

    def minimumSize(self) -> QSize:
        """Return the size of the largest control, below which all others can lie."""
        least = QSize(0, 0)
        for item in self._items:
            least = least.expandedTo(item.minimumSize())
        return self._with_margins(least)

    def setGeometry(self, place: QRect) -> None:
        super().setGeometry(place)
        self._place(place, move=True)

    def _with_margins(self, size: QSize) -> QSize:
        return size.grownBy(self.contentsMargins())

    def _place(self, place: QRect, move: bool) -> int:
        """Lay the controls out in a place, and move them there or not; return the height that they take."""
        margins: QMargins = self.contentsMargins()
        inside = place.marginsRemoved(margins)
        y = inside.top()
        for line in self._lines(inside.width()):
            x, height = inside.left(), max(item.sizeHint().height() for item in line)
            for item in line:
                width = item.sizeHint().width()
                if move:  # what is less high than the line lies in its middle
                    item.setGeometry(QRect(x, y, width, height))
                x += width + self.spacing()
            y += height + self.spacing()
        return max(inside.top(), y - self.spacing()) - place.top() + margins.bottom()

    def _lines(self, room: int) -> list[list[QLayoutItem]]:
        """Return the controls that are shown, line by line."""
        lines: list[list[QLayoutItem]] = []
        taken = 0
        for item in self._items:
            if item.isEmpty():  # it is hidden
                continue
            width = item.sizeHint().width()
            if not lines or taken + self.spacing() + width > room:
                lines.append([item])
                taken = width
            else:
                lines[-1].append(item)
                taken += self.spacing() + width
        return lines
