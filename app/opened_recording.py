"""A recording that is open without its model: what the session does with it, and whether it still grows."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.engine.messages import RecordingOpened
from app.recorded_model import recorded_settings
from app.session_file import Look
from lstm_viz.errors import LstmVizError
from lstm_viz.trace_folder import HEADER
from lstm_viz.trace_opening import open_trace

if TYPE_CHECKING:
    from app.session import Session
    from lstm_viz.trace import Trace

_SECONDS = 0.5  # between two looks at the header


class OpenedRecording(QObject):
    """Shows a recording alone, and shows it anew where another program goes on writing it.

    Parameters
    ----------
    session : Session

    Attributes
    ----------
    path : str or None
        Of the file or folder that was opened; None where what is open has a model.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.path: str | None = None
        self._written: int | None = None  # when its header was
        self._since = 0.0  # seconds

    def take(self, event: RecordingOpened) -> bool:
        """Let the session have the run of a recording; return whether it is another one than before.

        Raises
        ------
        LstmVizError
            It has gone since the engine looked at it; the session stays as it was.
        """
        trace = open_trace(event.recording)
        another = self.path != event.path or not _alike(self._session.trace, trace)
        self.path = event.path
        self._show(trace, trace.count - 1 if another else self._session.player.wanted)
        return another

    def end(self) -> None:
        """Note that what is open now has a model."""
        self.path = None

    def let_pass(self, seconds: float) -> None:
        """Look now and then whether the writer of a recording has gone over to another plan.

        New steps of the same plan are seen in each frame anyway.
        """
        trace = self._session.trace
        self._since += seconds
        if self.path is None or trace is None or self._since < _SECONDS:
            return
        self._since, written = 0.0, _written(trace)
        if written is None or written == self._written:
            return
        assert trace.folder is not None
        self._written = written
        try:
            again = open_trace(trace.folder)
        except LstmVizError as error:  # what is mapped can be seen on
            self._session.message.emit(error.message)
            return
        if _alike(trace, again):
            self._show(again, self._session.player.wanted)
        else:  # another run lies there now
            self._show(again, again.count - 1)
            self._session.take_look(Look())
            self._session.opened.emit()
        self._session.run_changed.emit()
        self._session.woken.emit()

    def _show(self, trace: Trace, cursor: int | None) -> None:
        self._written = _written(trace)
        self._session.take_run(recorded_settings(trace.plan), trace.plan, trace, cursor)


def _alike(before: Trace | None, now: Trace) -> bool:
    """Whether what is looked at in one recording is there in another: layers, units, batches and rows."""
    if before is None or not before.plan.same_batches(now.plan):
        return False
    return [layer.layer for layer in before.layers.values()] == [layer.layer for layer in now.layers.values()]


def _written(trace: Trace) -> int | None:
    """Return when the header of a recording was written; None where it has gone."""
    try:
        return None if trace.folder is None else os.stat(trace.folder / HEADER).st_mtime_ns
    except OSError:
        return None
