"""The one bridge between the engine process and Qt."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QObject, QSocketNotifier, Qt, QTimer, Signal

from app.engine.answers import Answers
from app.engine.messages import (
    Cancel,
    Cancelled,
    Command,
    Compare,
    Configure,
    Discard,
    Event,
    Explain,
    Export,
    Failed,
    Generate,
    Open,
    Ready,
    Reshape,
    Save,
    Saved,
    Started,
)
from app.engine.process import EngineProcess, supersedes
from app.engine.session_folder import SessionFolder
from lstm_viz.replacing import remove_unfinished

_POLL_MILLISECONDS = 30
_CANCEL_MILLISECONDS = 500  # then an engine that has not cancelled is ended
_LOG_LINES = 120  # as many as a crash may take


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
    ready : bool
        The engine that runs has imported TensorFlow.
    lost : bool
        The engine ended without having been asked to, and no other was started.
    event_received : Signal(object)
        One event of ``messages.py`` that counts.
    event_coming : Signal()
        Something has come, or may have, and is read in the next turn of the event loop: it may be long work
        for those who listen, and so is a frame that is drawn and painted in this one.
    engine_started : Signal()
        The engine process runs. It imports TensorFlow next.
    engine_died : Signal(str)
        It ended without having been asked to: how, and the last lines of its log.
    """

    event_received = Signal(object)
    event_coming = Signal()
    _refused = Signal(object)
    engine_started = Signal()
    engine_died = Signal(str)

    def __init__(self, session: SessionFolder, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.generation = 0
        # What is asked for before it is started waits in it.
        self._engine: EngineProcess | None = EngineProcess(session)
        self._watch: QSocketNotifier | QTimer | None = None
        self._answers = Answers()
        self._log_start = 0
        self.lost = False
        self.ready = False
        self._saving: str | None = None
        self._cancel: Cancel | None = None  # that is not answered yet
        self._after_cancel: list[Command] = []
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.timeout.connect(self._on_patience_timeout)
        self._refused.connect(self.event_received, Qt.ConnectionType.QueuedConnection)
        self.event_coming.connect(self._read, Qt.ConnectionType.QueuedConnection)

    # -- commands -----------------------------------------------------------------------------------

    def next_generation(self) -> int:
        """Return a new generation number, for a command that is about to be sent."""
        self.generation += 1
        return self.generation

    def send(self, command: Command) -> None:
        """Send a command. It never waits.

        After the engine was lost, Open starts a new one, and what cannot be done without one is answered
        by Failed.
        """
        if self.lost and isinstance(command, Open):
            self._start_and_open(command)
            return
        if self.lost and isinstance(command, (Reshape, Configure, Save, Export, Compare, Explain, Generate)):
            self._refused.emit(_engine_is_lost(command))
            return
        self._answers.sent(command)
        if isinstance(command, (Save, Export)):
            self._saving = command.path
        if self._cancel is not None:
            self._after_cancel.append(command)
        if self._engine is not None:
            self._engine.send(command)

    def cancel(self) -> None:
        """Have everything that was asked for given up.

        An engine that is in the middle of what cannot be interrupted is ended, and a new one goes on where
        the recording ends.
        """
        if self._engine is None:
            return
        command = Cancel(self.next_generation())
        self.send(command)
        self._cancel = command
        self._after_cancel.clear()
        if self.ready:  # the import of TensorFlow would only have to begin again
            self._patience.start(_CANCEL_MILLISECONDS)

    def _on_patience_timeout(self) -> None:
        cancel, later = self._cancel, tuple(self._after_cancel)
        if cancel is None:
            return
        self.start()
        self.event_received.emit(Cancelled(cancel.generation))
        again = self._answers.resume(cancel.generation)
        for command in later if again is None else (again, *later):
            self.send(command)

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
        waiting = self._engine if self.pid is None else None
        if waiting is None:
            self._end(None)
            self._answers.engine_lost()
        self._log_start = self.session.log_size()
        self.lost = False
        self._engine = engine = waiting or EngineProcess(self.session)
        engine.start()
        if sys.platform == "win32":  # a pipe there is nothing that Qt can wait for
            timer = QTimer(self)
            timer.timeout.connect(self.event_coming)
            timer.start(_POLL_MILLISECONDS)
            self._watch = timer
        else:
            notifier = QSocketNotifier(engine.fileno(), QSocketNotifier.Type.Read, self)
            notifier.activated.connect(self._on_notifier_activated)
            self._watch = notifier
        half_made = tuple(sorted(self.session.folders() - self._answers.folders))
        if half_made and waiting is None:  # the last engine was in the middle of it
            self.send(Discard(half_made))

    def restart(self) -> None:
        """Start a new engine and go on where the recording ends.

        What the old engine was in the middle of opening is given up.
        """
        self.start()
        command = self._answers.resume(self.next_generation())
        if command is not None:
            self.send(command)

    def _start_and_open(self, command: Open) -> None:
        """Start a new engine to open something beside what was open, or in place of it."""
        self.start()
        before = self._answers.resume(0)
        if not self._answers.opened:
            self._answers.sent(command)
            command = self._answers.resume(command.generation) or command
        elif before is not None and not supersedes(command, before):
            self.send(before)
        self.send(command)

    def stop(self, seconds: float = 0.5) -> None:
        """End the engine, which is given so long to end by itself. Emits nothing any more."""
        self._end(seconds)

    def _end(self, seconds: float | None) -> None:
        """End the engine that runs, if any: at once when seconds is None."""
        engine, self._engine = self._engine, None
        watch, self._watch = self._watch, None
        saving, self._saving = self._saving, None
        self.ready, self._cancel = False, None
        self._after_cancel.clear()
        self._patience.stop()
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
        if saving is not None:
            remove_unfinished(Path(saving))

    # -- events -------------------------------------------------------------------------------------

    def _on_notifier_activated(self) -> None:
        self.event_coming.emit()

    def _read(self) -> None:
        engine = self._engine
        if engine is None:
            return
        for event in engine.receive():
            self._note(event)
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
            self.lost = True
            self.engine_died.emit(f"{reason}\n\n{tail}" if tail else reason)

    def _note(self, event: Event) -> None:
        match event:
            case Ready():
                self.ready = True
            case Cancelled() if self._cancel is not None and event.generation == self._cancel.generation:
                self._cancel = None
                self._after_cancel.clear()
                self._patience.stop()
        if isinstance(event, Saved) or (isinstance(event, Failed) and event.command in ("Save", "Export")):
            self._saving = None


def _engine_is_lost(command: Reshape | Configure | Save | Export | Compare | Explain | Generate) -> Failed:
    return Failed(
        command.generation,
        type(command).__name__,
        "The engine has ended.",
        "Start it again first. What is recorded is kept.",
        "",
    )
