"""Lets the event loop answer between what changes much of a window and painting it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

from app.frame_clock import FrameClock

_LATER_MS = 1  # what is due at once, Qt does in the same turn


class PaintingTurn(QObject):
    """Puts off what a window paints to a turn of its own, when it is asked to.

    To take another run or to compute a frame may last as long as to paint what that changed. Done in one
    turn, as Qt does it, nobody is answered for the sum of both. A ``repaint()`` of a widget in the window
    may come a turn later, too. A panel that floats is a window of its own, and paints as Qt does.

    Parameters
    ----------
    window : QWidget
        A top level.
    clock : FrameClock
        Its frames come after the painting.
    """

    def __init__(self, window: QWidget, clock: FrameClock) -> None:
        super().__init__(window)
        self._window, self._clock = window, clock
        self._asked = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_LATER_MS)
        self._timer.timeout.connect(self.paint)
        window.installEventFilter(self)

    def put_off(self) -> None:
        """Let the window paint what changes now in a later turn."""
        self._asked = True

    def paint(self) -> None:
        """Paint at once what there is to be painted."""
        self._asked = False
        QCoreApplication.sendEvent(self._window, QEvent(QEvent.Type.UpdateRequest))
        self._clock.give_way()  # timers that are due come one after the other, in one turn

    def eventFilter(self, window: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.UpdateRequest or not self._asked:
            return False
        # Qt holds its request for sent until something is painted, and sends no other one.
        self._asked = False
        self._timer.start()
        self._clock.give_way()  # frames that take long would follow each other unseen
        return True
