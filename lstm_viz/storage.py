"""Arrays that grow along their first axis, in memory or in memory-mapped files.

One process writes; others read what has been published. Data lie in blocks of equal length, so that an
array may be larger than memory and two processes see the same bytes.
"""

from __future__ import annotations

import contextlib
import errno
import json
import math
import mmap
import os
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from lstm_viz.errors import DiskFullError, TraceError

FILE_BLOCK_BYTES = 16 * 2**20
MEMORY_BLOCK_BYTES = 4 * 2**20  # but at least one batch
MOST_MAPPED = 16  # blocks of one array: what a process maps of a large recording is bounded


class GrowingArray:
    """An array of known item shape that is written anywhere up to a known length, block by block.

    Parameters
    ----------
    item_shape : tuple of int
        Shape of one entry of the first axis.
    dtype : dtype
    length : int
        The most entries that there will be.
    folder : Path or None
        Where the blocks lie as ``.npy`` files; None for memory.
    writable : bool
        False for a reader of another process's folder.
    together : int
        Entries that are written at once where possible: those of a batch. In memory, blocks hold whole
        multiples of it, so that what is written need not be copied.
    """

    def __init__(
        self,
        item_shape: tuple[int, ...],
        dtype: Any,
        length: int,
        folder: Path | None = None,
        writable: bool = True,
        together: int = 1,
    ) -> None:
        self.item_shape = item_shape
        self.dtype = np.dtype(dtype)
        self.length = length
        self.folder = folder
        self._writable = writable
        self._blocks: dict[int, NDArray[Any]] = {}
        item_bytes = max(1, self.dtype.itemsize * math.prod(item_shape))
        if folder is None:
            block_length = max(1, MEMORY_BLOCK_BYTES // (item_bytes * together)) * together
        else:
            block_length = max(1, FILE_BLOCK_BYTES // item_bytes)
        self.block_length = min(length, block_length)

    def write(self, start: int, values: NDArray[Any]) -> None:
        """Write entries from ``start`` on.

        In memory a whole block that nobody can change any more is kept as it is, without a copy.

        Raises
        ------
        TraceError
            The disk is full.
        """
        for number, inside, outside in self._pieces(start, start + len(values)):
            piece = values[outside]
            whole = piece.shape == self._block_shape(number)
            if self.folder is None and whole and piece.dtype == self.dtype and not piece.flags.writeable:
                self._blocks[number] = piece
            else:
                self._writable_block(number)[inside] = piece
        self._let_go(0)

    def views(self, start: int, stop: int, *index: Any) -> list[NDArray[Any]]:
        """Return entries start to stop as views, one of each block, with an index into the further axes."""
        pieces = [self._block(n)[(inside, *index)] for n, inside, _ in self._pieces(start, stop)]
        self._let_go(2 * len(pieces))  # so that the same again finds all of it
        return pieces

    def read(self, start: int, stop: int, *index: Any) -> NDArray[Any]:
        """Return entries start to stop, with an index into the further axes; a view within one block."""
        pieces = self.views(start, stop, *index)
        if len(pieces) == 1:
            return pieces[0]
        if not pieces:
            return np.empty((0, *self.item_shape), self.dtype)[(slice(None), *index)]
        return np.concatenate(pieces)

    def take(self, entries: NDArray[np.intp], seconds: NDArray[np.intp], *index: Any) -> NDArray[Any]:
        """Return single entries, of each one element of its first axis, with an index into the others."""
        if not len(entries):
            return np.empty((0, *self.item_shape), self.dtype)[(slice(None), 0, *index)]
        blocks, inside = np.divmod(entries, self.block_length)
        first, last = int(blocks.min()), int(blocks.max())
        if first == last:
            return np.asarray(self._block(first)[(inside, seconds, *index)])
        shape = np.empty((0, *self.item_shape[1:]), self.dtype)[(slice(None), *index)].shape[1:]
        values = np.empty((len(entries), *shape), self.dtype)
        for number in range(first, last + 1):
            chosen = blocks == number
            if chosen.any():
                values[chosen] = self._block(number)[(inside[chosen], seconds[chosen], *index)]
        self._let_go(2 * (last - first + 1))
        return values

    def bytes_to_come(self) -> int:
        """Return how many bytes the array takes on the disk when it is full, without those that it has."""
        if self.folder is None:
            return 0
        try:
            there = sum(name.endswith(".npy") for name in os.listdir(self.folder))
        except FileNotFoundError:
            there = 0
        entries = max(0, self.length - there * self.block_length)
        return int(entries * self.dtype.itemsize * math.prod(self.item_shape))

    def _pieces(self, start: int, stop: int) -> Iterator[tuple[int, slice, slice]]:
        """Yield each block concerned, the slice inside it, and the slice of what is asked for."""
        if not 0 <= start <= stop <= self.length:
            raise IndexError(f"entries {start} to {stop} of an array of at most {self.length}")
        at = start
        while at < stop:
            number, first = divmod(at, self.block_length)
            count = min(stop - at, self.block_length - first)
            yield number, slice(first, first + count), slice(at - start, at - start + count)
            at += count

    def _block(self, number: int) -> NDArray[Any]:
        block = self._blocks.pop(number, None)
        if block is None:
            block = self._open_block(number)
        self._blocks[number] = block  # the last one used comes last
        return block

    def _let_go(self, needed: int) -> None:
        """Unmap the files that were not used for longest; what was read of them keeps its own hold."""
        if self.folder is not None:
            while len(self._blocks) > max(MOST_MAPPED, needed):
                del self._blocks[next(iter(self._blocks))]

    def _writable_block(self, number: int) -> NDArray[Any]:
        block = self._block(number)
        if self.folder is None and not block.flags.writeable:  # kept as it was given
            block = self._blocks[number] = block.copy()
        return block

    def _block_shape(self, number: int) -> tuple[int, ...]:
        return (min(self.block_length, self.length - number * self.block_length), *self.item_shape)

    def _open_block(self, number: int) -> NDArray[Any]:
        shape = self._block_shape(number)
        if self.folder is None:
            return np.empty(shape, self.dtype)
        path = self.folder / f"{number:06d}.npy"
        block = self._mapped(path, shape)
        if block is None and self._writable:
            _reserve(path, shape, self.dtype)
            block = self._mapped(path, shape)
        if block is None:
            raise TraceError(
                f"A part of the recording is missing: {path.name} in {path.parent}.",
                "The folder may have been changed while it was open. Run the model again.",
            )
        return block

    def _mapped(self, path: Path, shape: tuple[int, ...]) -> NDArray[Any] | None:
        """Map a block, and see that it is the one that belongs here; None where there is none.

        Not by ``np.load``, whose ``memmap`` asks the system for the whole path of each file, lengthens one
        that is too short without a word, and makes each slice dearer.
        """
        try:
            with path.open("r+b" if self._writable else "rb") as file:
                header = _read_header(file)
                if header != (shape, False, self.dtype):
                    raise _damaged(path, f"{header}, not {shape} of {self.dtype}")
                access = mmap.ACCESS_WRITE if self._writable else mmap.ACCESS_READ
                return np.ndarray(shape, self.dtype, mmap.mmap(file.fileno(), 0, access=access), file.tell())
        except (FileNotFoundError, NotADirectoryError):
            return None
        # TypeError: there are fewer bytes than that. The header is read as Python.
        except (OSError, ValueError, TypeError, tokenize.TokenError) as error:
            raise _damaged(path, f"{type(error).__name__}: {error}") from error


def _read_header(file: BinaryIO) -> tuple[Any, ...]:
    """Return shape, whether in Fortran's order, and dtype of a ``.npy`` file as :func:`_reserve` makes it."""
    version = np.lib.format.read_magic(file)
    if version != (2, 0):
        raise ValueError(f"format {version}, not (2, 0)")
    return np.lib.format.read_array_header_2_0(file)


def _damaged(path: Path, details: str) -> TraceError:
    return TraceError(
        f"A part of the recording is damaged: {path.name} in {path.parent}.", "Run the model again.", details
    )


def _reserve(path: Path, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    """Make a ``.npy`` file whose bytes are on the disk already.

    A memory-mapped file with holes would end the process with a bus error when the disk is full.
    """
    bytes_needed = math.prod(shape) * dtype.itemsize
    temporary = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_2_0(file, header)
            file.flush()
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), file.tell(), bytes_needed)
            else:
                zeros = bytes(2**20)
                for at in range(0, bytes_needed, len(zeros)):
                    file.write(zeros[: bytes_needed - at])
        os.replace(temporary, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise disk_error(error, path.parent, bytes_needed) from error


def disk_error(
    error: OSError, folder: Path, bytes_needed: int = 0, what: str = "the recording"
) -> TraceError:
    """Return what to tell the user when a file cannot be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        size = f" {bytes_needed / 2**20:.0f} MiB more" if bytes_needed else ""
        return DiskFullError(
            f"The disk is full: {what} needs{size or ' more room'} in {folder}.",
            "Free some space, or record fewer timesteps. What is recorded so far stays."
            if what == "the recording"
            else "Free some space, or choose another folder.",
            str(error),
        )
    return TraceError(
        f"{what[:1].upper()}{what[1:]} cannot be written to {folder}: {error.strerror or error}.",
        "Choose a folder that you may write to.",
        str(error),
    )


def write_json(path: Path, content: Any) -> None:
    """Write a JSON file so that a reader finds the old one or the new one, never a half."""
    with json_to_come(path, content):
        pass


@contextlib.contextmanager
def json_to_come(path: Path, content: Any) -> Iterator[None]:
    """Write a JSON file beside the old one, and let it take the old one's place when the block ends.

    What a full disk refuses is refused before the block is entered.
    """
    with _to_come(path, lambda file: file.write(json.dumps(content, indent=1).encode())):
        yield


def write_array(path: Path, array: NDArray[Any]) -> None:
    """Write a ``.npy`` file so that a reader finds the whole of it or none."""
    with _to_come(path, lambda file: np.save(file, array)):
        pass


@contextlib.contextmanager
def _to_come(path: Path, write: Callable[[BinaryIO], Any]) -> Iterator[None]:
    temporary = path.with_suffix(".new")
    try:
        with temporary.open("wb") as file:
            write(file)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise disk_error(error, path.parent) from error
    yield
    try:
        os.replace(temporary, path)
    except OSError as error:
        raise disk_error(error, path.parent) from error
