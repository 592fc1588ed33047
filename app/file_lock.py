"""A lock that ends with its process, however that ends."""

from __future__ import annotations

import sys
from typing import IO


def hold(file: IO[bytes]) -> None:
    """Lock a file until it is closed or its process ends; raise OSError when another holds it."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
