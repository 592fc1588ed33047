"""Says before it happens that a run does not fit on the disk, and why it pauses there."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.engine.session_folder import size_words

if TYPE_CHECKING:
    from app.engine.messages import Failed
    from app.main_window import MainWindow
    from lstm_viz.trace import Trace

TOO_LONG, PAUSED = "run too long", "disk full"  # the keys of these notices
_log = logging.getLogger(__name__)


class DiskRoom(QObject):
    """Watches the room on the disk for the runs of a window.

    Parameters
    ----------
    window : MainWindow
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._session = window, window.session
        self._told: object = None  # the run of which it was said: once is enough
        self._session.run_changed.connect(self.look)
        self._session.comparing.changed.connect(self.look)
        window.notice.button_clicked.connect(self._on_notice_button_clicked)
        window.clock.tick.connect(self._on_clock_tick)

    def look(self) -> None:
        """Compare what the rest of the runs needs with what is free, and say where it is too much."""
        trace, second = self._session.trace, self._session.comparing.trace
        if trace is None or self._session.recording is not None:  # nothing more of it is written here
            return
        try:
            needed = trace.bytes_to_come() + (0 if second is None else second.bytes_to_come())
            room = max(0, self._session.files.room())
        except OSError as error:  # the folder is being taken away
            _log.info("the room on the disk is not known: %s", error)
            return
        notice, run = self._window.notice, (trace.folder, None if second is None else second.folder)
        if needed <= room:
            notice.clear(TOO_LONG)
        elif run != self._told and notice.key in ("", TOO_LONG):
            self._told = run
            notice.notify(TOO_LONG, too_long_words(trace, needed, room), kind="warning")

    def pause(self, failure: Failed) -> None:
        """Say why the run has paused, and offer to go on."""
        words = f"Paused. {failure.message} {failure.hint}"
        self._window.notice.notify(PAUSED, words, "Go on", "warning")

    def _on_clock_tick(self) -> None:
        if self._window.notice.key == PAUSED and self._session.player.computing:
            self._window.notice.clear(PAUSED)  # it goes on: by a key, perhaps

    def _on_notice_button_clicked(self, key: str) -> None:
        if key == PAUSED:
            self._window.notice.clear(key)
            self._session.player.play()
            self._window.wake()


def too_long_words(trace: Trace, needed: int, room: int) -> str:
    """Return that a run does not fit, with the step at which it is going to pause.

    Parameters
    ----------
    trace : Trace
    needed, room : int
        Bytes.
    """
    left = len(trace.plan) - trace.count
    # A recording grows by the same from step to step, but for what was reserved before.
    about = trace.count + round(left * room / needed)
    digits = max(0, len(str(about)) - 2)
    return (
        f"The whole run needs {size_words(needed)} on the disk, {size_words(room)} are free: it will pause "
        f"after about {round(about, -digits):,} of {len(trace.plan):,} steps."
    )
