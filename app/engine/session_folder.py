"""The temporary folder of one program run: data, recordings and the engine's log.

The window makes it and removes it; the engine writes into it. A program that was killed leaves its
folder behind, and the next one clears it away: a lock file beside each folder tells which are in use.
"""

from __future__ import annotations

import collections
import contextlib
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from app.autosave import is_named
from app.file_lock import hold
from lstm_viz.errors import DiskFullError
from lstm_viz.storage import disk_error

PREFIX = "session-"
_UNSEEN_CRASH = "crash-unseen.log"
_MOST_LINES = 40  # of the window's log, below what a crash said
# What is left free on the disk: a full disk harms every other program too.
RESERVE_BYTES = 256 * 2**20


class SessionFolder:
    """The folder of one program run.

    Parameters
    ----------
    path : Path
        An existing session folder; :meth:`create` makes a new one.

    Attributes
    ----------
    path : Path
    data, recordings : Path
        Folders that hold one numbered folder each for every data set and recording.
    log : Path
        Everything that the engine process says on its standard error.
    window_log : Path
        What the window logs; its first line says which versions it runs on.
    crash_log : Path
        What the window said as it crashed; empty as long as it did not.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.data = path / "data"
        self.recordings = path / "recordings"
        self.log = path / "engine.log"
        self.window_log = path / "window.log"
        self.crash_log = path / "crash.log"
        self._lock: IO[bytes] | None = None

    @classmethod
    def create(cls, parent: Path | None = None) -> SessionFolder:
        """Make a new session folder.

        Parameters
        ----------
        parent : Path or None
            Where; None for the user's cache folder, or the system's temporary one where that cannot be
            written.

        Raises
        ------
        TraceError
            No folder can be made.
        """
        places = [parent] if parent is not None else [default_parent(), Path(tempfile.gettempdir())]
        for place in places:
            try:
                return cls._create_in(place)
            except OSError as error:
                failure = disk_error(error, place)
        raise failure

    @classmethod
    def _create_in(cls, parent: Path) -> SessionFolder:
        parent.mkdir(parents=True, exist_ok=True)
        path = parent / f"{PREFIX}{secrets.token_hex(6)}"
        # Locked before the folder is there, so that no other program takes it for a leftover.
        lock = _lock_file(path).open("wb")
        try:
            hold(lock)
            path.mkdir(mode=0o700)
            session = cls(path)
            session.data.mkdir()
            session.recordings.mkdir()
        except OSError:
            lock.close()
            raise
        session._lock = lock
        return session

    def new_data(self) -> Path:
        """Return a path for one more data set."""
        return _next_number(self.data)

    def new_recording(self) -> Path:
        """Return a path for one more recording."""
        return _next_number(self.recordings)

    def folders(self) -> frozenset[str]:
        """Return the folders of all data sets and recordings, half-made ones too."""
        return frozenset(str(path) for parent in (self.data, self.recordings) for path in parent.iterdir())

    def holds(self, path: Path) -> bool:
        """Whether a path is one of this session's data sets or recordings."""
        return path.parent in (self.data, self.recordings)

    def log_size(self) -> int:
        """Return how many bytes the engines of this session have logged so far."""
        return self.log.stat().st_size if self.log.exists() else 0

    def log_tail(self, lines: int = 20, start: int = 0) -> str:
        """Return the last lines of the engine's log, from a byte on; empty when there is none."""
        try:
            with self.log.open("rb") as file:
                file.seek(max(start, file.seek(0, os.SEEK_END) - 200 * lines))
                text = file.read().decode("utf-8", "replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def require_space(self, bytes_needed: int) -> None:
        """Refuse what would fill the disk.

        Parameters
        ----------
        bytes_needed : int

        Raises
        ------
        DiskFullError
            Fewer bytes are free than that and a reserve for other programs.
        """
        room = self.room()
        if room < bytes_needed:
            raise DiskFullError(
                f"Too little room on the disk: {size_words(room + RESERVE_BYTES)} free in "
                f"{self.path.parent}, {size_words(RESERVE_BYTES)} are kept for other programs.",
                "Free some space, then go on.",
            )

    def room(self) -> int:
        """Return how many bytes recordings may still take; negative where other programs lack room."""
        return shutil.disk_usage(self.path).free - RESERVE_BYTES

    def remove(self) -> None:
        """Remove the folder and all that is in it; does nothing when it is gone."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None
        with contextlib.suppress(OSError):
            _lock_file(self.path).unlink(missing_ok=True)

    def remove_leftovers(self) -> None:
        """Remove the folders that killed programs left beside this one.

        What they said is kept, and so is a recording that is still offered to be gone on with.
        """
        self._keep_crash_logs()
        for leftover in self._leftovers():
            if not is_named(leftover.path.name):
                shutil.rmtree(leftover.path, ignore_errors=True)

    def adopt(self, recording: Path) -> Path | None:
        """Take over a recording that a killed program left, at once and without a copy.

        Returns
        -------
        Path or None
            Where it is now; None where it is not there, or is none that a killed program left.
        """
        for leftover in self._leftovers():
            if recording.parent == leftover.recordings and recording.is_dir():
                mine = self.new_recording()
                with contextlib.suppress(OSError):
                    return recording.rename(mine)
        return None

    def take_crash_log(self) -> Path | None:
        """Return what the last crash said, to be shown once.

        Returns
        -------
        Path or None
            A file that stays; None where no program crashed since the last time.
        """
        self._keep_crash_logs()
        with contextlib.suppress(OSError):
            return self.path.with_name(_UNSEEN_CRASH).replace(self.path.with_name("crash.log"))
        return None

    def _keep_crash_logs(self) -> None:
        """Move the newest crash log of the leftovers out of them."""
        found: list[tuple[float, Path]] = []
        for leftover in self._leftovers():
            with contextlib.suppress(OSError):
                state = leftover.crash_log.stat()
                if state.st_size:
                    found.append((state.st_mtime, leftover.crash_log))
                    leftover._add_window_log()
        for _, log in sorted(found):
            with contextlib.suppress(OSError):  # another program that starts now may have been first
                log.replace(self.path.with_name(_UNSEEN_CRASH))

    def _add_window_log(self) -> None:
        """Put below a crash log which versions ran, and what the window logged last."""
        with self.window_log.open(encoding="utf-8", errors="replace") as file:
            lines = [next(file, ""), *collections.deque(file, _MOST_LINES)]
        with self.crash_log.open("a", encoding="utf-8") as report:
            report.writelines(["\n", *lines])

    def _leftovers(self) -> Iterator[SessionFolder]:
        """Yield the folders that killed programs left, each locked until the next one."""
        for path in _others(self.path):
            try:
                lock = _lock_file(path).open("r+b")
            except OSError:
                continue
            with lock:
                try:
                    hold(lock)
                except OSError:
                    continue  # in use
                yield SessionFolder(path)
            if not path.exists():
                with contextlib.suppress(OSError):
                    _lock_file(path).unlink(missing_ok=True)


def default_parent() -> Path:
    """Return where this system wants caches to be kept."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or tempfile.gettempdir())
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        given = Path(os.environ.get("XDG_CACHE_HOME", ""))
        base = given if given.is_absolute() else Path.home() / ".cache"
    return base / "lstm-viz"


def _others(path: Path) -> Iterator[Path]:
    with contextlib.suppress(OSError):
        yield from (p for p in path.parent.glob(f"{PREFIX}*") if p.is_dir() and p.name != path.name)


def _lock_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.lock")


def _next_number(folder: Path) -> Path:
    numbers = [int(path.name) for path in folder.iterdir() if path.name.isdigit()]
    return folder / f"{max(numbers, default=0) + 1}"


def size_words(count: int) -> str:
    """Return a number of bytes in words."""
    for unit, factor in (("GiB", 2**30), ("MiB", 2**20)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}"
    return f"{count / 2**10:.0f} KiB"
