"""What is open, kept on the disk while the program runs, for the next start where this one is killed. No Qt.

Each running program has a file of its own in the user's state folder, and a lock beside it that ends with
the process: a file whose lock is free was left by a program that was killed.
"""

from __future__ import annotations

import collections
import contextlib
import logging
import os
import secrets
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from app.file_lock import hold
from app.session_file import SUFFIX, SavedSession, SessionFileError, read_session, shown
from lstm_viz.errors import TraceError
from lstm_viz.replacing import remove_unfinished, replacing

_log = logging.getLogger(__name__)
_PREFIX = "open-"
_OLD_LOCK_SECONDS = 86_400  # a program that was killed before it kept anything leaves its lock alone
_LAST_WRITE_SECONDS = 2.0  # that the end of the program waits for a disk that does not answer


def state_folder() -> Path:
    """Return where this system wants programs to keep their state."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or tempfile.gettempdir())
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        given = Path(os.environ.get("XDG_STATE_HOME", ""))
        base = given if given.is_absolute() else Path.home() / ".local" / "state"
    return base / "lstm-viz"


def write_whole(path: Path, text: str) -> None:
    """Write a small file so that at any moment there is the old one or the new one, whole.

    Raises
    ------
    SessionFileError
        The disk is full, or the folder cannot be written to.
    """
    try:
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    except TraceError as error:  # whose words are those of a recording
        why = getattr(error.__cause__, "strerror", None) or error.details
        raise SessionFileError(
            f"{shown(str(path))} cannot be written: {why}.",
            "Choose a folder that you may write to, with some room left.",
            error.details,
        ) from error


class FileWriter:
    """Writes small files on a thread of its own: a disk may take its time.

    Parameters
    ----------
    written : callable
        Called on that thread with the path and, where it failed, the error.
    """

    def __init__(self, written: Callable[[Path, SessionFileError | None], None]) -> None:
        self._written = written
        self._files: collections.deque[tuple[Path, str]] = collections.deque()
        self._changing = threading.Lock()
        self._thread: threading.Thread | None = None  # as long as there is something to write

    def write(self, path: Path, text: str) -> None:
        """Write a file soon."""
        with self._changing:
            self._files.append((path, text))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="session writer", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Wait for what is still to be written."""
        thread = self._thread
        if thread is not None:
            thread.join(_LAST_WRITE_SECONDS)

    def _run(self) -> None:
        while (file := self._next()) is not None:
            error: SessionFileError | None = None
            try:
                write_whole(*file)
            except SessionFileError as failure:
                error = failure
            self._written(file[0], error)

    def _next(self) -> tuple[Path, str] | None:
        with self._changing:
            if self._files:
                return self._files.popleft()
            self._thread = None
            return None


class Leftover:
    """What a program that was killed had open. Held, so that no other program offers it as well."""

    def __init__(self, path: Path, saved: SavedSession, lock: IO[bytes]) -> None:
        self.saved = saved
        self._path = path
        self._lock = lock

    def release(self) -> None:
        """Leave it to the next start."""
        self._lock.close()

    def remove(self) -> None:
        """Forget it."""
        _remove(self._path, self._lock)


class Autosave:
    """The file of this program.

    Parameters
    ----------
    folder : Path or None
        None for the user's state folder.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or state_folder()
        self.path: Path | None = None  # None where nothing can be kept
        path = self.folder / f"{_PREFIX}{secrets.token_hex(6)}{SUFFIX}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = _lock_file(path).open("wb")
            hold(self._lock)
            self.path = path
        except OSError as error:
            _log.warning("what is open is not kept for the next start: %s", error)

    def leftover(self) -> Leftover | None:
        """Return what a killed program left last, and forget older ones and those that cannot be read."""
        newest: Leftover | None = None
        for path in _newest_first(self.folder):
            if path == self.path or (lock := _free(path)) is None:
                continue
            if newest is not None:
                _remove(path, lock)
                continue
            try:
                newest = Leftover(path, read_session(path), lock)
            except SessionFileError as error:
                _log.warning("what was open is not offered: %s", error)
                _remove(path, lock)
        self._remove_old_locks()
        return newest

    def close(self) -> None:
        """Forget what this program had open: it ends as it should."""
        if self.path is not None:
            _remove(self.path, self._lock)
            self.path = None

    def _remove_old_locks(self) -> None:
        for path in self.folder.glob(f"{_PREFIX}*{SUFFIX}.lock"):
            with contextlib.suppress(OSError):
                old = time.time() - path.stat().st_mtime > _OLD_LOCK_SECONDS
                if old and (lock := _free(path.with_suffix(""))) is not None:
                    _remove(path.with_suffix(""), lock)


def is_named(text: str, folder: Path | None = None) -> bool:
    """Whether what a program had open, one that was killed or still runs, names a text such as a folder."""
    for path in _newest_first(folder or state_folder()):
        with contextlib.suppress(OSError):
            if text.encode() in path.read_bytes():
                return True
    return False


def _lock_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.lock")


def _newest_first(folder: Path) -> list[Path]:
    found: list[tuple[float, Path]] = []
    with contextlib.suppress(OSError):
        for path in folder.glob(f"{_PREFIX}*{SUFFIX}"):
            with contextlib.suppress(OSError):  # another program ends just now
                found.append((path.stat().st_mtime, path))
    return [path for _, path in sorted(found, reverse=True)]


def _free(path: Path) -> IO[bytes] | None:
    """Return the lock of a program's file, held; None where that program runs."""
    try:
        lock = _lock_file(path).open("ab")
    except OSError:
        return None
    try:
        hold(lock)
    except OSError:
        lock.close()
        return None
    return lock


def _remove(path: Path, lock: IO[bytes]) -> None:
    remove_unfinished(path)
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
    lock.close()
    with contextlib.suppress(OSError):
        _lock_file(path).unlink(missing_ok=True)
