"""Files and folders that take the place of earlier ones whole, or not at all."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import glob
import os
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lstm_viz.errors import TraceError
from lstm_viz.storage import disk_error

_TOKEN_BYTES = 4  # of the name that a file has while it is written
_AT_FDCWD, _EXCHANGE = -100, 2  # Linux
_RENAME_SWAP = 2  # macOS


@contextlib.contextmanager
def replacing(
    path: Path,
    missing: Callable[[], int] = lambda: 0,
    what: str = "the recording",
    may_go: Callable[[Path], bool] = lambda folder: False,
) -> Iterator[Path]:
    """Give a path beside the target to write a file or a folder to, and move it into place at the end.

    Whatever happens inside, the earlier file or folder stays as it was until the new one is whole, and
    nothing else is left beside it. Only where a process is killed is there a leftover, which
    :func:`remove_unfinished` takes away.

    Parameters
    ----------
    path : Path
    missing : callable
        Says how many bytes are still to be written, for a disk that is full.
    what : str
        Is written, for the error.
    may_go : callable
        Says whether a folder that is there already is one that may be replaced. Any other one may hold all
        that somebody has.

    Raises
    ------
    TraceError
        There is another folder; or for any OSError inside: the disk is full, or nothing may be written there.
    """
    if path.is_dir() and not may_go(path):
        raise TraceError(
            f"{path} is a folder, and what it holds would be lost.",
            "Choose a name that is free, or that of a file.",
        )
    # Not by mkstemp, whose files nobody else may read.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(_TOKEN_BYTES)}")
    try:
        yield temporary
        _sync(temporary)
        if temporary.is_dir():
            _exchange(temporary, path)
        else:
            os.replace(temporary, path)
    except OSError as error:
        _remove(temporary)
        raise disk_error(error, path.parent, missing(), what) from error
    except BaseException:  # cancelled
        _remove(temporary)
        raise


def remove_unfinished(path: Path) -> None:
    """Remove what a process that was killed while writing to a path has left beside it.

    Where it was killed between taking an earlier folder away and putting the new one in its place, the
    earlier one comes back.
    """
    for temporary in _leftovers(path):
        if temporary.name.endswith(_EARLIER) and not path.exists():
            with contextlib.suppress(OSError):
                os.rename(temporary, path)
        else:
            _remove(temporary)


_EARLIER = ".earlier"


def _leftovers(path: Path) -> list[Path]:
    name = f".{glob.escape(path.name)}." + "[0-9a-f]" * 2 * _TOKEN_BYTES
    # An earlier folder comes first: it may have to go back to its place.
    return [*path.parent.glob(name + _EARLIER), *path.parent.glob(name)]


def _exchange(temporary: Path, path: Path) -> None:
    """Put a folder where there is one already, or a file."""
    if not path.exists():
        os.rename(temporary, path)
        return
    try:
        _swap(temporary, path)
    except OSError as error:
        if error.errno not in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP):
            raise
        # A file system, or a system, without that: for a moment there is neither.
        earlier = temporary.with_name(temporary.name + _EARLIER)
        os.rename(path, earlier)
        try:
            os.rename(temporary, path)
        except OSError:
            os.rename(earlier, path)
            raise
        temporary = earlier
    _remove(temporary)


def _swap(one: Path, other: Path) -> None:
    """Exchange two names in one step, so that there is never none."""
    library: Any = ctypes.CDLL(None, use_errno=True) if sys.platform != "win32" else None
    names = os.fsencode(one), os.fsencode(other)
    if hasattr(library, "renameat2"):
        result = library.renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _EXCHANGE)
    elif hasattr(library, "renamex_np"):
        result = library.renamex_np(*names, _RENAME_SWAP)
    else:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if result:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), str(other))


def _sync(path: Path) -> None:
    """Have the disk hold a file, or each file of a folder, before it takes the place of another."""
    files = [path] if path.is_file() else [found for found in path.rglob("*") if found.is_file()]
    for found in files:
        with found.open("rb+") as file:
            os.fsync(file.fileno())


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
