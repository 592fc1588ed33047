"""The one bridge between the engine process and Qt."""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject, QSocketNotifier, QTimer, Signal

from app.engine.answers import Answers
from app.engine.messages import Command, Discard, Started
from app.engine.process import EngineProcess
from app.engine.session_folder import SessionFolder

_POLL_MILLISECONDS = 30
_LOG_LINES = 20


class EngineBridge(QObject):
    """Sends commands to the engine process and emits what it answers, on the window's thread.

    Late answers are dropped; see :class:`Answers`.

    Parameters
    ----------
    session : SessionFolder
    parent : QObject or None

    Attributes
    ----------
    generation : int
        Of the newest command; see :meth:`next_generation`.
    event_received : Signal(object)
        One event of ``messages.py`` that counts.
    engine_started : Signal()
        The engine process runs. It imports TensorFlow next.
    engine_died : Signal(str)
        It ended without having been asked to: how, and the last lines of its log.
    """

    event_received = Signal(object)
    engine_started = Signal()
    engine_died = Signal(str)

    def __init__(self, session: SessionFolder, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.generation = 0
        self._engine: EngineProcess | None = None
        self._watch: QSocketNotifier | QTimer | None = None
        self._answers = Answers()
        self._log_start = 0

    # -- commands -----------------------------------------------------------------------------------

    def next_generation(self) -> int:
        """Return a new generation number, for a command that is about to be sent."""
        self.generation += 1
        return self.generation

    def send(self, command: Command) -> None:
        """Send a command. It never waits; without an engine it is lost."""
        self._answers.sent(command)
        if self._engine is not None:
            self._engine.send(command)

    # -- the process --------------------------------------------------------------------------------

    @property
    def alive(self) -> bool:
        """Whether an engine runs."""
        return self._engine is not None and self._engine.alive

    @property
    def pid(self) -> int | None:
        """Process number of the engine; None when there is none."""
        return self._engine.pid if self._engine is not None else None

    def start(self) -> None:
        """Start the engine process, ending one that runs. To be called on the main thread."""
        self._end(None)
        self._answers.engine_lost()
        self._log_start = self.session.log_size()
        self._engine = engine = EngineProcess(self.session)
        engine.start()
        if sys.platform == "win32":  # a pipe there is nothing that Qt can wait for
            timer = QTimer(self)
            timer.timeout.connect(self._read)
            timer.start(_POLL_MILLISECONDS)
            self._watch = timer
        else:
            notifier = QSocketNotifier(engine.fileno(), QSocketNotifier.Type.Read, self)
            notifier.activated.connect(self._read)
            self._watch = notifier

    def restart(self) -> None:
        """Start a new engine and go on where the recording ends.

        It is the answer to a dead engine, and the way to cancel what cannot be interrupted: what the old
        engine was in the middle of opening is given up.
        """
        self.start()
        command = self._answers.resume(self.next_generation())
        if command is not None:
            self.send(command)

    def stop(self, seconds: float = 0.5) -> None:
        """End the engine, which is given so long to end by itself. Emits nothing any more."""
        self._end(seconds)

    def _end(self, seconds: float | None) -> None:
        """End the engine that runs, if any: at once when seconds is None."""
        engine, self._engine = self._engine, None
        watch, self._watch = self._watch, None
        if isinstance(watch, QSocketNotifier):
            watch.setEnabled(False)
        elif watch is not None:
            watch.stop()
        if watch is not None:
            watch.deleteLater()
        if engine is not None and seconds is not None:
            engine.stop(seconds)
        elif engine is not None:
            engine.kill()

    # -- events -------------------------------------------------------------------------------------

    def _read(self) -> None:
        engine = self._engine
        if engine is None:
            return
        for event in engine.receive():
            for counting in self._answers.received(event):
                self.event_received.emit(counting)
                if isinstance(counting, Started):
                    self.engine_started.emit()
                if self._engine is not engine:  # whoever received it has ended this engine
                    return
            unused = self._answers.unused_folders()
            if unused:  # everybody who listens has let them go
                self.send(Discard(unused))
        if engine.died:
            reason = engine.exit_reason()
            tail = self.session.log_tail(_LOG_LINES, self._log_start)
            self._end(None)
            self.engine_died.emit(f"{reason}\n\n{tail}" if tail else reason)
