"""The one bridge between the engine process and Qt."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from PySide6.QtCore import QObject, QSocketNotifier, QTimer, Signal

from app.engine.messages import (
    Command,
    Configure,
    Configured,
    DataOpened,
    Discard,
    Event,
    Failed,
    Open,
    Opened,
    Reshape,
    Saved,
    Started,
)
from app.engine.process import EngineProcess
from app.engine.session_folder import SessionFolder

_POLL_MILLISECONDS = 30
_LOG_LINES = 20
# Which later commands make the answer to an earlier one out of date.
_SUPERSEDED_BY: dict[type, tuple[type, ...]] = {
    Open: (Open, Reshape),
    Reshape: (Open, Reshape),
    Configure: (Open, Reshape, Configure),
}


class EngineBridge(QObject):
    """Sends commands to the engine process and emits what it answers.

    A late answer to a command that a newer one supersedes is kept back. When the newer one succeeds it is
    dropped; when the newer one fails it is emitted first, because it then says how things are.

    Parameters
    ----------
    session : SessionFolder
    parent : QObject or None

    Attributes
    ----------
    generation : int
        Of the newest command; see :meth:`next_generation`.
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
        self._log_start = 0
        self._sent: dict[int, type] = {}
        self._held: list[Event] = []
        self._last_open: Open | None = None
        self._now = _Now()
        self._folders: set[str] = set()  # announced by the engine, and not discarded yet

    # -- commands -----------------------------------------------------------------------------------

    def next_generation(self) -> int:
        """Return a new generation number, for a command that is about to be sent."""
        self.generation += 1
        return self.generation

    def start(self) -> None:
        """Start the engine process. To be called on the main thread."""
        self._forget()
        self._log_start = self.session.log_size()
        self._engine = engine = EngineProcess(self.session)
        engine.start()
        if sys.platform == "win32":  # a pipe there is nothing that can be waited for
            timer = QTimer(self)
            timer.timeout.connect(self._read)
            timer.start(_POLL_MILLISECONDS)
            self._watch = timer
        else:
            notifier = QSocketNotifier(engine.fileno(), QSocketNotifier.Type.Read, self)
            notifier.activated.connect(self._read)
            self._watch = notifier

    @property
    def alive(self) -> bool:
        """Whether an engine runs."""
        return self._engine is not None and self._engine.alive

    @property
    def pid(self) -> int | None:
        """Process number of the engine; None when there is none."""
        return self._engine.pid if self._engine is not None else None

    def send(self, command: Command) -> None:
        """Send a command; without an engine it is remembered, if it opens something, for the next start."""
        if isinstance(command, (Open, Reshape, Configure)):
            self._sent[command.generation] = type(command)
        if isinstance(command, Open):
            self._last_open = command
        if self._engine is not None:
            self._engine.send(command)

    def restart(self) -> None:
        """Start a new engine, ending one that runs, and go on where the recording ends.

        What the old engine was in the middle of opening is given up. Before anything was opened the last
        Open is sent again.
        """
        self.start()
        command = self._now.resume(self.next_generation()) or self._last_open
        if command is not None:
            self.send(command)

    def stop(self, seconds: float = 0.5) -> None:
        """End the engine; it is given so long to come to an end by itself. Emits nothing any more."""
        engine, self._engine = self._engine, None
        self._unwatch()
        if engine is not None:
            engine.stop(seconds)

    # -- events -------------------------------------------------------------------------------------

    def _read(self) -> None:
        engine = self._engine
        if engine is None:
            return
        for event in engine.receive():
            if self._engine is not engine:  # a receiver of the event before has ended this engine
                return
            self._take(event)
        if engine.died and self._engine is engine:
            self._lost(engine)

    def _take(self, event: Event) -> None:
        """Emit an event, hold it back, or drop it."""
        if self._is_superseded(event):
            if isinstance(event, (DataOpened, Opened, Configured)):
                self._held.append(event)
            return
        held, self._held = self._held, [] if self._settles(event) else self._held
        if isinstance(event, Failed):
            for earlier in held:
                self._emit(earlier)
        self._emit(event)

    def _settles(self, event: Event) -> bool:
        """Whether an event is the final answer to a command that opens or configures."""
        return isinstance(event, (Opened, Configured, Failed)) and event.generation in self._sent

    def _is_superseded(self, event: Event) -> bool:
        if isinstance(event, (Saved, Started)):
            return False
        generation: int = getattr(event, "generation", 0)
        kind = self._sent.get(generation)
        if kind is None or (isinstance(event, Failed) and kind is Open):
            return False  # the user opened that file: what is wrong with it is news at any time
        return any(
            later > generation and other in _SUPERSEDED_BY[kind] for later, other in self._sent.items()
        )

    def _emit(self, event: Event) -> None:
        if isinstance(event, (Opened, Configured)):
            self._now.follow(event)
        self._folders.update(_folders_of(event))
        self.event_received.emit(event)
        if isinstance(event, Started):
            self.engine_started.emit()
        if isinstance(event, (Opened, Configured)):
            self._sent = {g: kind for g, kind in self._sent.items() if g >= event.generation}
            self._discard()

    def _discard(self) -> None:
        """Let the engine delete what everybody who listens has just let go."""
        unused = self._folders - self._now.folders()
        if unused and not self._held:
            self._folders -= unused
            self.send(Discard(tuple(sorted(unused))))

    def _lost(self, engine: EngineProcess) -> None:
        self._unwatch()
        reason = engine.exit_reason()
        tail = self.session.log_tail(_LOG_LINES, self._log_start)
        self._engine = None
        engine.kill()
        self.engine_died.emit(f"{reason}\n\n{tail}" if tail else reason)

    def _unwatch(self) -> None:
        watch, self._watch = self._watch, None
        if isinstance(watch, QSocketNotifier):
            watch.setEnabled(False)
        elif watch is not None:
            watch.stop()
        if watch is not None:
            watch.deleteLater()

    def _forget(self) -> None:
        """End the engine that runs, if any, and forget what it has not answered."""
        engine, self._engine = self._engine, None
        self._unwatch()
        if engine is not None:
            engine.kill()
        self._sent.clear()
        self._held.clear()


@dataclass
class _Now:
    """What the window shows at present: enough to open it again."""

    opened: Opened | None = None
    configured: Configured | None = None

    def follow(self, event: Opened | Configured) -> None:
        if isinstance(event, Opened):
            self.opened, self.configured = event, None
        else:
            self.configured = event

    def folders(self) -> set[str]:
        if self.opened is None:
            return set()
        return {self.opened.data_folder, (self.configured or self.opened).recording}

    def resume(self, generation: int) -> Open | None:
        if self.opened is None:
            return None
        latest = self.configured or self.opened
        return Open(
            generation,
            example=self.opened.example,
            model=self.opened.model.path,
            data=self.opened.data_folder,  # as it was read: the file may be gone, or be another one by now
            settings=latest.settings,
            recording=latest.recording,
        )


def _folders_of(event: Event) -> set[str]:
    if isinstance(event, DataOpened):
        return {event.folder}
    if isinstance(event, Opened):
        return {event.data_folder, event.recording}
    return {event.recording} if isinstance(event, Configured) else set()
