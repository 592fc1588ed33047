"""What diagrams that scroll have in common: words about what is under the mouse, and keys of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from app.plots.look import Look

if TYPE_CHECKING:
    from app.theme import Theme


class ScrolledDiagram(QAbstractScrollArea):
    """Base of the diagrams that paint the part of them that is seen.

    Signals
    -------
    hovered(str)
        What to say about what is under the mouse; empty beside everything.
    """

    hovered = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look: Look | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the arrow keys to stepping
        self.viewport().setMouseTracking(True)

    # -- what each of them says itself --------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        raise NotImplementedError("what has to be placed anew is the diagram's own")

    def words_at(self, position: QPointF) -> str:
        """Say what is at a place of the viewport."""
        raise NotImplementedError("what there is to be seen is the diagram's own")

    def _takes(self, event: QKeyEvent) -> bool:
        """Whether a key is the diagram's now, and not the window's."""
        raise NotImplementedError("which keys mean something is the diagram's own")

    # -- what is the same for all -------------------------------------------------------------------

    @property
    def theme(self) -> Theme | None:
        """The colours that it is drawn in; None before the first."""
        return None if self._look is None else self._look.theme

    def _offset(self) -> QPointF:
        return QPointF(self.horizontalScrollBar().value(), self.verticalScrollBar().value())

    def scrollContentsBy(self, _dx: int, _dy: int) -> None:
        # Names and numbers stay where they are, so that nothing can be moved as pixels.
        self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        text = self.words_at(event.position())
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if text else Qt.CursorShape.ArrowCursor)
        self.hovered.emit(text)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self.hovered.emit("")
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            text = self.words_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), "\n".join(text.split(" · ")), self.viewport())
            return True
        return super().viewportEvent(event)

    def event(self, event: QEvent) -> bool:
        # What is a key of ours is not the window's while the diagram has the focus.
        asked = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if asked and self._takes(event):
            event.accept()
            return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self._look is not None:
            self.set_theme(self._look.theme)
