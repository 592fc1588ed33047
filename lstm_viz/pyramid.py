"""Minimum and maximum of ever larger groups of steps, so that a view never reads more than it draws."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.storage import GrowingArray

GROUP = 8  # the first level merges so many steps …
NEXT_GROUP = 4  # … and each other one so many entries of the one below: together they cost 1/3 of the data


def level_size(steps: int) -> int:
    """Return the largest size of a level's groups that is at most so many steps; 1 where none is."""
    size = 1
    while (larger := size * (GROUP if size == 1 else NEXT_GROUP)) <= steps:
        size = larger
    return size


class Pyramid:
    """Levels of minima and maxima over a recording of shape ``(steps, rows, signals, units)``.

    Entry k of the first level holds the minimum and the maximum of steps 8k … 8k + 7, ignoring NaN; each
    other level merges four entries of the one below. A finer first level would cost more than it gains, and
    coarser other ones would make a view read up to eight times what it shows.

    Parameters
    ----------
    data : GrowingArray
        What it summarises.
    folder : Path or None
        Where its levels lie; None for memory.
    writable : bool
    count : int
        Steps whose full groups were merged by an earlier writer of the folder.
    """

    def __init__(
        self, data: GrowingArray, folder: Path | None = None, writable: bool = True, count: int = 0
    ) -> None:
        self._data = data
        self._levels: list[GrowingArray] = []
        self._sizes: list[int] = []  # of a group of each level, in steps
        self._done: list[int] = []
        size = GROUP
        while length := data.length // size:
            where = None if folder is None else folder / f"merged{size}"
            shape = (data.item_shape[0], 2, *data.item_shape[1:])
            self._levels.append(GrowingArray(shape, data.dtype, length, where, writable))
            self._sizes.append(size)
            self._done.append(count // size)
            size *= NEXT_GROUP

    def bytes_to_come(self) -> int:
        """Return how many bytes the levels still take on the disk until they are full."""
        return sum(array.bytes_to_come() for array in self._levels)

    def truncate(self, count: int) -> None:
        """Forget what was merged from step ``count`` on."""
        for level, size in enumerate(self._sizes):
            self._done[level] = min(self._done[level], count // size)

    def catch_up(self, count: int) -> None:
        """Merge every full group among the first ``count`` steps."""
        for level, array in enumerate(self._levels):
            wanted, together = count // self._sizes[level], NEXT_GROUP if level else GROUP
            most = max(1, array.block_length // 4)  # pieces, so that catching up needs little memory
            while self._done[level] < wanted:
                first = self._done[level]
                last = min(wanted, first + most)
                array.write(first, self._merged(level, first * together, last * together))
                self._done[level] = last

    def _merged(self, level: int, start: int, stop: int) -> NDArray[Any]:
        """Return entries of the level below, merged in groups: (groups, rows, 2, signals, units)."""
        below = self._data.read(start, stop) if level == 0 else self._levels[level - 1].read(start, stop)
        groups = below.reshape(-1, NEXT_GROUP if level else GROUP, *below.shape[1:])
        low, high = (groups[:, :, :, 0], groups[:, :, :, 1]) if level else (groups, groups)
        return np.stack([np.fmin.reduce(low, axis=1), np.fmax.reduce(high, axis=1)], axis=2)

    def extremes(self, start: int, stop: int, factor: int, count: int, row: int) -> NDArray[Any]:
        """Return the minimum and maximum of groups of ``factor`` steps of one row.

        Parameters
        ----------
        start, stop : int
            A range of steps; start is a multiple of factor.
        factor : int
            Any whole number; a small multiple of a level's groups costs least, see :func:`level_size`.
        count : int
            Steps that are recorded.
        row : int

        Returns
        -------
        ndarray, shape (groups, 2, signals, units)
            Not to be written to: it may be the recording itself.
        """
        stop = min(stop, count)
        groups = -(-(stop - start) // factor)
        level = sum(1 for size in self._sizes if factor % size == 0)  # each size divides the next one
        size = self._sizes[level - 1] if level else 1
        full = max(start, stop // size * size)
        pairs = self._pairs(level, start // size, full // size, factor // size, row)
        if full == stop:
            return pairs
        last = self._rest(level, full, stop, row)
        if len(pairs) < groups:
            return np.concatenate([pairs, last[None]])
        np.fmin(pairs[-1, 0], last[0], out=pairs[-1, 0])
        np.fmax(pairs[-1, 1], last[1], out=pairs[-1, 1])
        return pairs

    def _rest(self, level: int, start: int, stop: int, row: int) -> NDArray[Any]:
        """Return minimum and maximum of the last steps, which do not fill a group of a level yet.

        Read from the largest groups below that are full: of the steps themselves there are always few.
        """
        found = []
        for below in range(level - 1, -1, -1):
            size = self._sizes[below - 1] if below else 1
            full = stop // size * size
            if full > start:
                found.append(self._pairs(below, start // size, full // size, (full - start) // size, row)[0])
                start = full
        low, high = zip(*found, strict=True)
        return np.stack([np.fmin.reduce(low), np.fmax.reduce(high)])

    def _pairs(self, level: int, first: int, last: int, together: int, row: int) -> NDArray[Any]:
        """Return minima and maxima of entries of a level, so many of them together."""
        if level == 0:
            low = high = self._data.read(first, last, row)
        else:
            pairs = self._levels[level - 1].read(first, last, row)
            if together == 1:
                return pairs
            low, high = pairs[:, 0], pairs[:, 1]
        return np.stack([_reduced(np.fmin, low, together), _reduced(np.fmax, high, together)], axis=1)


def _reduced(function: np.ufunc, entries: NDArray[Any], size: int) -> NDArray[Any]:
    """Reduce groups of so many entries; the last one may have fewer."""
    # Not reduceat: it takes ten times as long.
    whole = len(entries) // size
    first = entries[: whole * size].reshape(whole, size, *entries.shape[1:])
    reduced: NDArray[Any] = function.reduce(first, axis=1)
    if whole * size == len(entries):
        return reduced
    return np.concatenate([reduced, function.reduce(entries[whole * size :], axis=0)[None]])
