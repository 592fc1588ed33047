"""One signal of two runs over the steps of the first one, reduced to what a view can draw."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.alignment import Alignment, Indices
from lstm_viz.layer_trace import LayerTrace, group_size

Array = NDArray[Any]
_PIECE = 500_000  # values that are read at once


@dataclass(frozen=True)
class ComparedWindow:
    """Part of two recordings, with no more columns than were asked for.

    Parameters
    ----------
    start, stop : int
        The steps of A's layer that it covers. The last group may reach past the end of the run.
    factor : int
        Steps that are merged into one group; 1 when nothing is merged.
    a, b, difference : ndarray of float32, shape (units, columns)
        The signal in A, in B for the same samples and timesteps, and B − A; NaN where a step was masked
        or is not recorded. With factor 1, column k is step start + k. Otherwise columns 2k and 2k + 1 are
        the minimum and the maximum of the steps from start + k·factor on.
    complete : bool
        Whether everything was read; if not, ask again.
    """

    start: int
    stop: int
    factor: int
    a: Array
    b: Array
    difference: Array
    complete: bool


@dataclass
class _Groups:
    """What is merged so far of a stretch of the run."""

    key: tuple[int, int, int]  # signal, row, factor
    first: int  # its first group
    values: Array  # (3, units, groups, 2)
    have: Array  # (2, groups): steps of each run that were recorded when it was merged; -1 for never


class WindowReader:
    """Reads windows of two layers, remembering what it merged.

    Parameters
    ----------
    alignment : Alignment
    a, b : LayerTrace
        Of the same sizes.
    """

    def __init__(self, alignment: Alignment, a: LayerTrace, b: LayerTrace) -> None:
        self._alignment = alignment
        self._a, self._b = a, b
        self._units = a.layer.units
        self._groups: _Groups | None = None

    def forget(self) -> None:
        """Read everything anew."""
        self._groups = None

    def window(
        self, signal: int, row: int, start: int, stop: int, columns: int, most: int | None
    ) -> ComparedWindow:
        """Return a window; see :meth:`lstm_viz.comparison.Comparison.window`."""
        total = self._a.steps
        start = min(max(0, start), total)
        stop = min(max(start, stop), total)
        counts = self._a.count, self._b.count
        if stop - start <= max(1, columns):
            a, b, difference = (
                np.ascontiguousarray(values.T) for values in self._read(signal, row, start, stop, counts)
            )
            return ComparedWindow(start, stop, 1, a, b, difference, True)
        factor = group_size(stop - start, columns)
        first, last = start // factor, -(-stop // factor)
        groups = self._groups = self._kept((signal, row, factor), first, last)
        complete = self._merge(groups, counts, math.inf if most is None else most)
        a, b, difference = groups.values.reshape(3, self._units, 2 * (last - first))
        return ComparedWindow(first * factor, last * factor, factor, a, b, difference, complete)

    # -- merging ------------------------------------------------------------------------------------

    def _kept(self, key: tuple[int, int, int], first: int, last: int) -> _Groups:
        """Return the groups first to last with what was merged of them before."""
        old = self._groups
        if old is not None and (old.key, old.first, old.have.shape[1]) == (key, first, last - first):
            return old
        count = last - first
        values = np.full((3, self._units, count, 2), np.nan, np.float32)
        have = np.full((2, count), -1, np.int64)
        if old is not None and old.key == key:
            begin, end = max(first, old.first), min(last, old.first + old.have.shape[1])
            if begin < end:
                new, before = slice(begin - first, end - first), slice(begin - old.first, end - old.first)
                values[:, :, new] = old.values[:, :, before]
                have[:, new] = old.have[:, before]
        return _Groups(key, first, values, have)

    def _merge(self, groups: _Groups, counts: tuple[int, int], most: float) -> bool:
        """Merge the groups of which more is recorded than before; return whether those were all."""
        factor = groups.key[2]
        have = self._recorded(groups, counts)
        stale = np.flatnonzero((have != groups.have).any(axis=0))
        many = max(1, int(min(_PIECE, most)) // (factor * self._units))
        for piece in np.split(stale, np.flatnonzero(np.diff(stale) != 1) + 1):
            for at in range(0, len(piece), many):
                if most <= 0:
                    return False
                begin, end = int(piece[at]), int(piece[min(at + many, len(piece)) - 1]) + 1
                most -= self._merge_piece(groups, begin, end, counts)
                groups.have[:, begin:end] = have[:, begin:end]
        return True

    def _merge_piece(self, groups: _Groups, begin: int, end: int, counts: tuple[int, int]) -> int:
        signal, row, factor = groups.key
        start = (groups.first + begin) * factor
        stop = min((groups.first + end) * factor, self._a.steps)
        for k, values in enumerate(self._read(signal, row, start, stop, counts)):
            missing = (end - begin) * factor - len(values)
            if missing:
                values = np.pad(values, [(0, missing), (0, 0)], constant_values=np.nan)
            blocks = values.reshape(end - begin, factor, self._units)
            groups.values[k, :, begin:end, 0] = np.fmin.reduce(blocks, axis=1).T
            groups.values[k, :, begin:end, 1] = np.fmax.reduce(blocks, axis=1).T
        return (stop - start) * self._units

    def _recorded(self, groups: _Groups, counts: tuple[int, int]) -> Array:
        """Return how many steps of each group are recorded in A and in B, shape (2, groups)."""
        _, row, factor = groups.key
        edges = np.arange(groups.first, groups.first + groups.have.shape[1] + 1) * factor
        edges = np.minimum(edges, self._a.steps)
        table = self._a.timetable
        batch, timestep = table.place(edges)
        first, last = int(batch[0]), int(batch[-1]) + (timestep[-1] > 0)
        numbers = np.arange(first, last)
        starts, _, lengths = self._in_b(numbers, row)
        both = np.minimum(table.length(numbers), lengths)
        of_batch = np.where(starts < 0, 0, np.clip(counts[1] - starts, 0, both))
        before = np.concatenate([[0], np.cumsum(of_batch), [0]])
        batch -= first
        in_b = before[batch] + np.minimum(np.append(of_batch, 0)[batch], timestep)
        in_a = np.minimum(edges, counts[0])
        return np.stack([np.diff(in_a), np.diff(in_b)])

    # -- reading ------------------------------------------------------------------------------------

    def _read(self, signal: int, row: int, start: int, stop: int, counts: tuple[int, int]) -> list[Array]:
        """Return a signal of A, of B and B − A at these steps of A, each (steps, units)."""
        a = np.full((stop - start, self._units), np.nan, np.float32)
        b = np.full_like(a, np.nan)
        steps = np.arange(start, stop)
        in_a = steps[steps < counts[0]]
        if len(in_a):
            a[: len(in_a)] = self._a.at(in_a, np.full(len(in_a), row), signal)
        batch, timestep = self._a.timetable.place(steps)
        starts, rows, lengths = self._in_b(batch, row)
        there = (starts >= 0) & (timestep < lengths) & (starts + timestep < counts[1])
        if there.any():
            b[there] = self._b.at((starts + timestep)[there], rows[there], signal)
        return [a, b, b - a]

    def _in_b(self, batches: Indices, row: int) -> tuple[Indices, Indices, Indices]:
        """Return where the samples of this row of A's batches begin in B, their rows and their timesteps.

        -1 where B has no such sample.
        """
        alignment, table = self._alignment, self._b.timetable
        epoch, batch = np.divmod(batches, alignment.a.batches)
        samples = alignment.samples_at(0, batch, row)
        b_batch, rows = alignment.places(1, np.maximum(samples, 0))
        numbers = epoch * alignment.b.batches + b_batch
        there = (samples >= 0) & (epoch < alignment.epochs)
        return np.where(there, table.first(numbers), -1), rows, table.length(numbers)
