"""Minimum and maximum of ever larger groups of steps, so that a view never reads more than it draws."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.storage import GrowingArray

GROUP = 8  # each level merges so many entries of the one below: the levels together cost 2/7 of the data


class Pyramid:
    """Levels of minima and maxima over a recording of shape ``(steps, rows, signals, units)``.

    Entry k of level n holds the minimum and the maximum of steps k·8ⁿ … (k+1)·8ⁿ − 1, ignoring NaN.

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
        self._done: list[int] = []
        length, size = data.length // GROUP, GROUP
        while length:
            where = None if folder is None else folder / f"level{len(self._levels) + 1}"
            shape = (data.item_shape[0], 2, *data.item_shape[1:])
            self._levels.append(GrowingArray(shape, data.dtype, length, where, writable))
            self._done.append(count // size)
            length, size = length // GROUP, size * GROUP

    def bytes_to_come(self) -> int:
        """Return how many bytes the levels still take on the disk until they are full."""
        return sum(array.bytes_to_come() for array in self._levels)

    def truncate(self, count: int) -> None:
        """Forget what was merged from step ``count`` on."""
        for level in range(len(self._levels)):
            self._done[level] = min(self._done[level], count // GROUP ** (level + 1))

    def catch_up(self, count: int) -> None:
        """Merge every full group among the first ``count`` steps."""
        for level, array in enumerate(self._levels):
            wanted = count // GROUP ** (level + 1)
            most = max(1, array.block_length // 4)  # pieces, so that catching up needs little memory
            while self._done[level] < wanted:
                first = self._done[level]
                last = min(wanted, first + most)
                array.write(first, self._merged(level, first * GROUP, last * GROUP))
                self._done[level] = last

    def _merged(self, level: int, start: int, stop: int) -> NDArray[Any]:
        """Return groups of 8 entries of the level below, merged: (groups, rows, 2, signals, units)."""
        below = self._data.read(start, stop) if level == 0 else self._levels[level - 1].read(start, stop)
        groups = below.reshape(-1, GROUP, *below.shape[1:])
        low, high = (groups, groups) if level == 0 else (groups[:, :, :, 0], groups[:, :, :, 1])
        return np.stack([np.fmin.reduce(low, axis=1), np.fmax.reduce(high, axis=1)], axis=2)

    def extremes(self, start: int, stop: int, factor: int, count: int, row: int) -> NDArray[Any]:
        """Return the minimum and maximum of groups of ``factor`` steps of one row.

        Parameters
        ----------
        start, stop : int
            A range of steps; start is a multiple of factor.
        factor : int
            A power of 8, times any whole number.
        count : int
            Steps that are recorded.
        row : int

        Returns
        -------
        ndarray, shape (groups, 2, signals, units)
        """
        stop = min(stop, count)
        groups = -(-(stop - start) // factor)
        level = 0
        while level < len(self._levels) and factor % GROUP ** (level + 1) == 0:
            level += 1
        size = GROUP**level
        full = max(start, stop // size * size)
        low, high = self._entries(level, start // size, full // size, row)
        low, high = _reduced(np.fmin, low, factor // size), _reduced(np.fmax, high, factor // size)
        pairs = np.stack([low, high], axis=1)
        if full == stop:
            return pairs
        rest = self._data.read(full, stop, row)  # the last steps do not fill a group of this level yet
        last = np.stack([np.fmin.reduce(rest, 0), np.fmax.reduce(rest, 0)])
        if len(pairs) < groups:
            return np.concatenate([pairs, last[None]])
        np.fmin(pairs[-1, 0], last[0], out=pairs[-1, 0])
        np.fmax(pairs[-1, 1], last[1], out=pairs[-1, 1])
        return pairs

    def _entries(self, level: int, first: int, last: int, row: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return the minima and the maxima of a level, which are the same where nothing is merged."""
        if level == 0:
            values = self._data.read(first, last, row)
            return values, values
        pairs = self._levels[level - 1].read(first, last, row)
        return pairs[:, 0], pairs[:, 1]


def _reduced(function: np.ufunc, entries: NDArray[Any], size: int) -> NDArray[Any]:
    """Reduce groups of so many entries; the last one may have fewer."""
    # Not reduceat: it takes ten times as long.
    whole = len(entries) // size
    first = entries[: whole * size].reshape(whole, size, *entries.shape[1:])
    reduced: NDArray[Any] = function.reduce(first, axis=1)
    if whole * size == len(entries):
        return reduced
    return np.concatenate([reduced, function.reduce(entries[whole * size :], axis=0)[None]])
