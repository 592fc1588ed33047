"""The redraw timer: ticks at the screen's rate while something changes, rests when nothing does."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Qt, QTimer, Signal

# Frames without news after which the clock slows down, and how slow it is then.
_PATIENCE_FRAMES = 60
_IDLE_INTERVAL_MS = 100
_MOST_POSTPONED = 3  # times that a frame is: for an answer, for painting what it changed, and after that
_WAY_MS = 3  # that a frame is held back for what comes in the next turn


class FrameClock(QObject):
    """Emits :attr:`tick` with the seconds since the last one.

    What is connected to it must not open an event loop of its own: the clock would tick in there again.

    Everything shown is redrawn on this clock and never once per step: the engine may compute thousands
    of steps between two frames.

    Parameters
    ----------
    rate_hz : float
        Of the screen; at most 60 are used.
    """

    tick = Signal(float)

    def __init__(self, rate_hz: float = 60.0, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_timeout)
        self._interval_ms = round(1000 / min(60.0, max(20.0, rate_hz)))
        self._last = time.perf_counter()
        self._pace_ms = self._interval_ms  # from one frame to the next
        self._quiet = 0
        self._postponed = 0
        self.frames_per_second = 0.0

    def start(self) -> None:
        """Begin to tick."""
        self._last = time.perf_counter()
        self._postponed = 0
        self._quiet, self._pace_ms = 0, self._interval_ms
        self._timer.start(self._pace_ms)

    def stop(self) -> None:
        """Tick no more, until :meth:`start`."""
        self._timer.stop()

    def wake(self) -> None:
        """Something may change from now on: tick at the full rate."""
        self._quiet = 0
        self._set_pace(self._interval_ms)

    def postpone(self) -> None:
        """Let the next frame come a whole interval from now, so that what waits meanwhile goes first.

        For what takes as long as a frame itself. A frame is put off three times at most.
        """
        self.wake()
        self._put_off(self._pace_ms)

    def give_way(self) -> None:
        """Let what comes in the next turn of the event loop go before a frame that is due."""
        if 0 <= self._timer.remainingTime() < _WAY_MS:
            self._put_off(_WAY_MS)

    def _put_off(self, milliseconds: int) -> None:
        if self._timer.isActive() and self._postponed < _MOST_POSTPONED:
            self._postponed += 1
            self._timer.start(milliseconds)

    def _set_pace(self, milliseconds: int) -> None:
        if self._pace_ms != milliseconds:
            self._pace_ms = milliseconds
            if self._timer.isActive():
                self._timer.start(milliseconds)

    def nothing_new(self) -> None:
        """Tell the clock, during a tick, that this frame showed nothing new."""
        self._quiet += 1
        if self._quiet == _PATIENCE_FRAMES:
            self._set_pace(_IDLE_INTERVAL_MS)

    def _on_timeout(self) -> None:
        # A timer that was late makes up for it: the next frame would come at once, before all that waits.
        self._timer.start(self._pace_ms)
        self._postponed = 0
        now = time.perf_counter()
        seconds, self._last = now - self._last, now
        if seconds > 0:
            self.frames_per_second += 0.1 * (1.0 / seconds - self.frames_per_second)
        self.tick.emit(seconds)
