"""Where a recording is: in memory, or in the files of a folder, of which the header says what they hold."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.plan import Plan
from lstm_viz.storage import GrowingArray, disk_error, json_to_come, write_array
from lstm_viz.trace_header import LONG_PARTS

HEADER = "header.json"
_DIGITS = 16  # of the digest in the name of a file


class TraceFiles:
    """Makes the arrays of a recording and keeps its header.

    What of a plan is as long as the data lies beside the header, in files that are named by what they
    hold, such as ``order-0123456789abcdef.npy``. The header names them and takes the place of the earlier
    one last: whenever a writer is killed, a header finds the files that it was written with.

    Parameters
    ----------
    folder : Path or None
        None for memory.
    writable : bool
    """

    def __init__(self, folder: Path | None, writable: bool) -> None:
        self.folder = folder
        self.writable = writable
        self._beside: dict[str, tuple[Any, str]] = {}  # the long parts that are on the disk, and their files

    def state(self) -> NDArray[np.int64]:
        """Return how many steps are recorded, and how often some were dropped: (2,), mapped in a folder.

        Raises
        ------
        TraceError
            The folder cannot be written.
        """
        if self.folder is None:
            return np.zeros(2, np.int64)
        path = self.folder / "state.npy"
        if not path.exists() and self.writable:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                np.save(path, np.zeros(2, np.int64))
            except OSError as error:
                raise disk_error(error, self.folder) from error
        state: NDArray[np.int64] = np.load(path, mmap_mode="r+" if self.writable else "r")
        return state

    def array_maker(self, name: str) -> Callable[..., GrowingArray]:
        """Return what makes an array of this recording, in a folder of this name where it has folders."""

        def make(
            part: str, item_shape: tuple[int, ...], dtype: Any, length: int, together: int = 1
        ) -> GrowingArray:
            where = self.folder / name / part if self.folder is not None else None
            return GrowingArray(item_shape, dtype, length, where, self.writable, together)

        return make

    def values(self, name: str, item_shape: tuple[int, ...], dtype: Any, length: int) -> GrowingArray:
        """Return an array that is alone in its folder."""
        return self.array_maker(name)("values", item_shape, dtype, length)

    @contextlib.contextmanager
    def header_to_come(
        self, plan: Plan, header: Callable[[Mapping[str, str]], dict[str, Any]]
    ) -> Iterator[None]:
        """Write the header of a plan, and let it take the earlier one's place when the block ends.

        What a full disk refuses is refused before the block is entered.

        Parameters
        ----------
        plan : Plan
        header : callable
            Given the files of the long parts by their names, returns the header.
        """
        assert self.folder is not None
        beside = self._write_beside(plan)
        with json_to_come(self.folder / HEADER, header({name: file for name, (_, file) in beside.items()})):
            yield
        self._beside = beside
        self._remove_others()

    def _write_beside(self, plan: Plan) -> dict[str, tuple[Any, str]]:
        """Write the long parts of a plan that are not on the disk: most plans have the same ones."""
        assert self.folder is not None
        beside = {}
        for name in LONG_PARTS:
            values = getattr(plan, name)
            if values is None:
                continue
            before, file = self._beside.get(name, (None, ""))
            if values is not before and values != before:
                file = f"{name}-{hashlib.sha256(values.array.data).hexdigest()[:_DIGITS]}.npy"
                if not (self.folder / file).exists():
                    write_array(self.folder / file, values.array)
            beside[name] = values, file
        return beside

    def _remove_others(self) -> None:
        """Remove the files that earlier headers named."""
        assert self.folder is not None
        kept = {file for _, file in self._beside.values()}
        for name in LONG_PARTS:
            for path in self.folder.glob(f"{name}-*.npy"):
                if path.name not in kept:
                    with contextlib.suppress(OSError):
                        path.unlink()


def read_header(folder: Path) -> dict[str, Any]:
    """Return the header of a folder, with the arrays that lie beside it in their places.

    Raises
    ------
    OSError, ValueError, LookupError, TypeError
        There is none, or it is damaged; see ``trace_header.DAMAGE``.
    """
    text = _header_text(folder)
    while True:
        header: dict[str, Any] = json.loads(text)
        try:
            for name in LONG_PARTS:
                if header["plan"].get(name) is not None:
                    header["plan"][name] = _read_beside(folder, name, header["plan"][name])
        except FileNotFoundError:
            before, text = text, _header_text(folder)
            if text == before:
                raise
            continue  # its writer has put another header and other files there meanwhile
        return header


def _header_text(folder: Path) -> str:
    return (folder / HEADER).read_text(encoding="utf-8")


def _read_beside(folder: Path, name: str, file: Any) -> NDArray[Any]:
    if not re.fullmatch(rf"{name}-[0-9a-f]{{{_DIGITS}}}\.npy", file):
        raise ValueError(f"{name} cannot be in {file!r:.80}")
    found: NDArray[Any] = np.load(folder / file)
    return found
