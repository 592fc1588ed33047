"""The engine's process: how the window starts, reaches and ends it, and what runs inside.

Nothing here imports Qt or TensorFlow; the child imports TensorFlow when its loop asks for it.
"""

from __future__ import annotations

import collections
import contextlib
import faulthandler
import gc
import multiprocessing
import os
import queue
import signal
import sys
import threading
import types
from collections.abc import Iterator
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import TYPE_CHECKING

from app.engine.messages import Cancel, Command, Compare, Discard, Event, Open, Ready, Reshape, Started, Stop
from app.engine.session_folder import SessionFolder
from app.frame_stack import with_room

if TYPE_CHECKING:
    from app.engine.loop import EngineLoop

# A first command may come with the start; data can then be read before TensorFlow is imported.
_WAIT_FOR_FIRST_COMMAND = 0.05
_LINUX_PR_SET_PDEATHSIG = 1


class EngineProcess:
    """The window's end of the engine process. Never waits for the engine, except in :meth:`stop`.

    Parameters
    ----------
    session : SessionFolder

    Attributes
    ----------
    died : bool
        The process has ended, or its pipe is broken; every event that it sent has been received.
    """

    def __init__(self, session: SessionFolder) -> None:
        self.session = session
        self.died = False
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None
        self._outbox: queue.SimpleQueue[Command | None] = queue.SimpleQueue()
        self._sender: threading.Thread | None = None

    def start(self) -> None:
        """Start the process. To be called on the main thread: on Linux the engine ends with its starter."""
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self._process = context.Process(
            target=engine_main,
            args=(theirs, str(self.session.path), os.getpid()),
            name="lstm-viz engine",
            daemon=True,
        )
        with _without_main_module():
            self._process.start()
        theirs.close()  # or the end of the engine would not be seen as the end of its pipe
        self._connection = ours
        # The pipe is full when the engine is busy; only this thread waits for it then.
        self._sender = threading.Thread(
            target=_send_all, args=(self._outbox, ours), name="engine sender", daemon=True
        )
        self._sender.start()

    @property
    def pid(self) -> int | None:
        """Number of the process; None before the start and after the end."""
        return self._process.pid if self._process is not None else None

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and not self.died and self._process.is_alive()

    def fileno(self) -> int:
        """Return the pipe's file descriptor, which is readable when events wait or the engine died."""
        assert self._connection is not None, "not started"
        return self._connection.fileno()

    def send(self, command: Command) -> None:
        """Send a command, at once and in order. A dead engine's are lost."""
        self._outbox.put(command)

    def receive(self) -> list[Event]:
        """Return the events that have come, without waiting for any."""
        events: list[Event] = []
        if self._connection is None or self.died:
            return events
        try:
            while self._connection.poll():
                events.append(self._connection.recv())
        except (EOFError, OSError):
            self.died = True
        return events

    def exit_reason(self) -> str:
        """Return in words how a dead engine ended."""
        if self._process is None:
            return "The engine was not started."
        self._process.join(1.0)  # its pipe breaks a moment before it has ended
        code = self._process.exitcode
        if code is None:
            return "The engine closed its connection."
        if code < 0:
            with contextlib.suppress(ValueError):
                name = signal.Signals(-code).name
                why = ", often because memory ran out" if name == "SIGKILL" else ""
                return f"The engine was ended by the signal {name}{why}."
        return f"The engine ended with exit code {code}."

    def stop(self, seconds: float = 0.5) -> None:
        """Ask the engine to end, wait so long for it, and end it then; does nothing when it has ended."""
        self.send(Stop())
        if self._process is not None:
            self._process.join(seconds)
        self.kill()

    def kill(self) -> None:
        """End the process at once and free everything that belongs to it."""
        process, connection, sender = self._process, self._connection, self._sender
        self._process = self._connection = self._sender = None
        self.died = True
        self._outbox.put(None)
        if process is not None:
            process.kill()
            process.join()
            process.close()
        if sender is not None:
            sender.join()  # its pipe is broken now, so that it cannot wait any more
        if connection is not None:
            connection.close()


@contextlib.contextmanager
def _without_main_module() -> Iterator[None]:
    """Keep the new process from importing the script that the window was started by, and Qt with it."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _send_all(outbox: queue.SimpleQueue[Command | None], connection: Connection) -> None:
    with contextlib.suppress(OSError):
        while (command := outbox.get()) is not None:
            connection.send(command)


# -- inside the engine process ----------------------------------------------------------------------


@with_room
def engine_main(connection: Connection, session_path: str, parent_pid: int) -> None:
    """Run the engine until it is told to stop or the window is gone."""
    session = SessionFolder(Path(session_path))
    _settle_in(session.log, parent_pid)
    from app.engine.loop import EngineLoop

    inbox = _Inbox(connection)
    with contextlib.suppress(OSError, EOFError):  # the window is gone
        connection.send(Started(os.getpid()))
        loop = EngineLoop(session, lambda event: _tell(connection, event), inbox.superseded)
        session.remove_leftovers()
        _serve(loop, inbox)
    # Not sys.exit: taking TensorFlow down in order takes long, and may crash.
    os._exit(0)


def _tell(connection: Connection, event: Event) -> None:
    connection.send(event)
    if isinstance(event, Ready):
        # What TensorFlow and Keras have made stays to the end of this process, which is the engine's alone:
        # the collection after each closed model need not look through it, and no model is open yet.
        gc.freeze()


def _serve(loop: EngineLoop, inbox: _Inbox) -> None:
    command = inbox.next(_WAIT_FOR_FIRST_COMMAND)
    while not isinstance(command, Stop):
        if command is not None:
            loop.handle(command)
            if isinstance(command, (Open, Compare)):
                gc.collect()  # a closed model is a knot of references that would lie about for long
        elif not loop.ready:
            loop.import_tensorflow()
        command = inbox.next(0.0 if loop.work() or not loop.ready else None)


class _Inbox:
    """The commands that have come, in order."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._commands: collections.deque[Command] = collections.deque()

    def next(self, timeout: float | None) -> Command | None:
        """Return the next command; None when none comes in time."""
        if not self._commands and self._connection.poll(timeout):
            self._commands.append(self._connection.recv())
        return self._commands.popleft() if self._commands else None

    def superseded(self, command: Command) -> bool:
        """Whether a command waits that makes slow work for this one useless."""
        while self._connection.poll():
            self._commands.append(self._connection.recv())
        return any(supersedes(newer, command) for newer in self._commands)


def supersedes(newer: Command, older: Command) -> bool:
    """Whether nothing of an older command would be left after a newer one."""
    match newer, older:
        case Stop(), _:
            return True
        case Cancel(), _:
            return not isinstance(older, (Cancel, Discard, Stop))
        case Open(), Open():
            if newer.example is not None or newer.trace is not None:
                return True
            model = newer.model is not None or not (older.model or older.example or older.trace)
            data = newer.data is not None or not (older.data or older.example)
            return model and data
        case (Reshape(), Reshape()) | (Compare(), Compare()):
            return True
    return False


def _settle_in(log: Path, parent_pid: int) -> None:
    """Make the process a quiet companion of the window: lower priority, own log, ends with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in the terminal is the window's to answer
    with log.open("ab", buffering=0) as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    faulthandler.enable(all_threads=False)
    set_environment()
    # One step is too little work to be shared out, and one core is the window's.
    os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(max(1, (os.cpu_count() or 2) - 1)))
    _give_way()
    threading.Thread(target=_end_with_parent, name="parent watch", daemon=True).start()
    if sys.platform == "linux":
        import ctypes

        # Works also while an import holds Python's lock, when the watching thread cannot run.
        ctypes.CDLL(None).prctl(_LINUX_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent_pid:  # it died before
            os._exit(1)


def _give_way() -> None:
    """Let the window go first, which must stay smooth on two cores."""
    if sys.platform == "win32":
        import ctypes

        below_normal = 0x4000
        kernel = ctypes.windll.kernel32
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), below_normal)
        return
    with contextlib.suppress(OSError):  # what a container forbids can be done without
        os.nice(10)
        if sys.platform == "linux":
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))  # takes no core from it on waking


def set_environment() -> None:
    """Say how TensorFlow and Keras are to run, before they are imported."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    # Single steps are no work for a graphics card, and TensorFlow would take all of its memory.
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
