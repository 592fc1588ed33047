"""The surface that plots are drawn on: turns mouse and keys into what the user means by them."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

_WHEEL_NOTCH = 120.0
_ZOOM_PER_NOTCH = 0.8


class Canvas(pg.GraphicsView):
    """A scene in the widget's pixels. It says click, drag, zoom and hover, and does nothing itself."""

    clicked = Signal(QPointF)
    double_clicked = Signal(QPointF)
    dragged = Signal(float)  # pixels to the right since the last one
    zoomed = Signal(float, QPointF)  # how many times longer the range becomes, and around where
    hovered = Signal(QPointF)
    left = Signal()
    resized = Signal()
    key_pressed = Signal(int)

    KEYS = frozenset({Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus, Qt.Key.Key_0})

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, useOpenGL=False, background=None)
        self.setMouseTracking(True)
        self._pressed: QPointF | None = None
        self._dragged_to: QPointF | None = None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragged_to = event.position(), None
            event.accept()
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        position = event.position()
        if self._pressed is not None and event.buttons() & Qt.MouseButton.LeftButton:
            moved = (position - self._pressed).manhattanLength()
            if self._dragged_to is None and moved >= QApplication.startDragDistance():
                self._dragged_to = self._pressed
                self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
            if self._dragged_to is not None:
                by = position.x() - self._dragged_to.x()
                self._dragged_to = position
                self.dragged.emit(by)
        self.hovered.emit(position)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if self._pressed is not None and self._dragged_to is None:
            self.clicked.emit(event.position())
        self._pressed = self._dragged_to = None
        self.viewport().unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = None
            self.double_clicked.emit(event.position())

    def wheelEvent(self, event: QWheelEvent) -> None:
        turn = event.angleDelta()
        sideways = event.modifiers() & Qt.KeyboardModifier.ShiftModifier or abs(turn.x()) > abs(turn.y())
        if sideways:
            self.dragged.emit((turn.x() or turn.y()) / _WHEEL_NOTCH * 60)
        elif turn.y():
            self.zoomed.emit(_ZOOM_PER_NOTCH ** (turn.y() / _WHEEL_NOTCH), event.position())
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        self.left.emit()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        if event is not None:  # pyqtgraph calls this once itself while it is being made
            self.resized.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in self.KEYS and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.key_pressed.emit(event.key())
        else:
            event.ignore()
