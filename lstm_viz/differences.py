"""Running numbers of how far apart two recordings are: kept up step by step, never taken anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.alignment import Alignment, Indices
from lstm_viz.plan import Plan
from lstm_viz.timetable import Timetable

Array = NDArray[Any]

TOLERANCE = 1e-6  # what is no further apart is called equal
_PIECE = 500_000  # values that are compared at once


@dataclass(frozen=True)
class Place:
    """Where two runs were compared, each counted from 0.

    Parameters
    ----------
    epoch, sample, timestep : int
    unit : int or None
        Or the number of the entry of an output; None for all of them.
    """

    epoch: int
    sample: int
    timestep: int
    unit: int | None = None


@dataclass(frozen=True)
class Difference:
    """How far apart one signal, or one output, of two runs is.

    Parameters
    ----------
    compared : int
        Values that both runs have; masked ones have none.
    largest, mean : float
        Of the absolute differences; 0 where nothing is compared.
    at : Place or None
        Where the largest one is; None where there is no difference at all.
    since : Place or None
        The first step of run A at which they are further apart than the tolerance, a millionth unless it was
        chosen; None where they never are.
    rows : ndarray, shape (batch size of A,)
        The largest one in each row of A; NaN where nothing is compared.
    """

    compared: int
    largest: float
    mean: float
    at: Place | None
    since: Place | None
    rows: Array


class Track:
    """The running numbers of one quantity of two recordings.

    Parameters
    ----------
    alignment : Alignment
    tables : pair of Timetable
        Which entries each batch has: its timesteps, or one for an output at the end of each sequence. Of a
        sample those are compared that it has in both.
    counts : pair of callables
        Return how many entries are recorded.
    takes : pair of callables
        Return the values of entries and rows, shape (n, channels, width).
    shape : tuple of int
        Channels and width.
    tolerance : float
        What is no further apart is called equal.
    """

    def __init__(
        self,
        alignment: Alignment,
        tables: tuple[Timetable, Timetable],
        counts: tuple[Callable[[], int], Callable[[], int]],
        takes: tuple[Callable[[Indices, Indices], Array], Callable[[Indices, Indices], Array]],
        shape: tuple[int, int],
        tolerance: float = TOLERANCE,
    ) -> None:
        self._alignment = alignment
        self._plans: tuple[Plan, Plan] = (alignment.a, alignment.b)
        self._tables = tables
        self._counts, self._takes = counts, takes
        self._channels, self._width = shape
        self._tolerance = tolerance
        self.forget()

    def forget(self) -> None:
        """Start again."""
        alignment, channels = self._alignment, self._channels
        # How many entries of each sample are compared, and up to where each recording was looked at.
        self._done = np.zeros((alignment.epochs, alignment.samples), np.int32)
        self._seen = [0, 0]
        self._compared = np.zeros(channels, np.int64)
        self._sum = np.zeros(channels, np.float64)
        self._largest = np.zeros(channels, np.float64)
        self._at: list[Place | None] = [None] * channels
        self._since = np.full(channels, -1, np.int64)  # entry of A · rows + row
        self._rows = np.full((channels, self._plans[0].batch_size), np.nan)

    def difference(self, channel: int) -> Difference:
        """Return the numbers of one channel."""
        compared = int(self._compared[channel])
        since = int(self._since[channel])
        return Difference(
            compared,
            float(self._largest[channel]),
            float(self._sum[channel]) / compared if compared else 0.0,
            self._at[channel],
            None if since < 0 else self._place(*divmod(since, self._plans[0].batch_size)),
            self._rows[channel].copy(),
        )

    def catch_up(self, most: float) -> float:
        """Compare about so many values; return how many it were, no fewer than `most` if some are left."""
        counts = [count() for count in self._counts]
        used = 0.0
        for side in (0, 1):
            while self._seen[side] < counts[side]:
                if used >= most:
                    return used
                used += self._visit(side, counts, most - used)
        return used

    def _visit(self, side: int, counts: list[int], most: float) -> float:
        """Compare the samples of the next new batches of one recording; return how many values it were."""
        plan, table = self._plans[side], self._tables[side]
        first = table.place(self._seen[side])[0]
        epoch, batch = divmod(first, plan.batches)
        if epoch >= self._alignment.epochs:
            self._seen[side] = counts[side]
            return 0.0
        each = plan.batch_size * table.longest * self._channels * self._width
        many = max(1, int(min(_PIECE, most)) // max(1, each))
        begun, part = table.place(counts[side])
        last = min(first + many, begun + (part > 0), (epoch + 1) * plan.batches)
        batches, rows = np.divmod(np.arange((last - first) * plan.batch_size), plan.batch_size)
        samples = self._alignment.samples_at(side, batches + batch, rows)
        samples = samples[samples >= 0]
        used, finished = self._compare(epoch, samples, counts, most)
        if finished:
            self._seen[side] = min(table.first(last), counts[side])
        return used + 1.0

    def _compare(self, epoch: int, samples: Indices, counts: list[int], most: float) -> tuple[float, bool]:
        """Compare what both have of some samples; return how many values it were, and whether it was all."""
        starts, places = [], []
        have = np.full(len(samples), np.iinfo(np.int32).max)
        for side, (plan, table) in enumerate(zip(self._plans, self._tables, strict=True)):
            batches, rows = self._alignment.places(side, samples)
            numbers = epoch * plan.batches + batches
            start = table.first(numbers)
            have = np.minimum(have, np.minimum(table.length(numbers), counts[side] - start))
            starts.append(start)
            places.append(rows)
        done = self._done[epoch, samples]
        used, each = 0.0, max(1, self._channels * self._width)
        limit = max(1, int(min(_PIECE, most)) // each)  # entries at once
        new = have > done
        # Few kinds: whole sequences, and those that are being written.
        for begin, end in set(zip(done[new].tolist(), have[new].tolist(), strict=True)):
            chosen = np.flatnonzero(new & (done == begin) & (have == end))
            length = min(end - begin, limit)
            many = max(1, limit // length)
            for at in range(0, len(chosen), many):
                piece = chosen[at : at + many]
                for t in range(begin, end, length):
                    if used >= most:
                        return used, False
                    stop = min(t + length, end)
                    self._add([start[piece] for start in starts], [rows[piece] for rows in places], t, stop)
                    self._done[epoch, samples[piece]] = stop
                    used += len(piece) * (stop - t) * each
        return used, True

    def _add(self, starts: list[Indices], rows: list[Indices], begin: int, end: int) -> None:
        """Add entries begin to end of some samples to the numbers."""
        inside = np.arange(begin, end)
        entries = [(start[:, None] + inside).ravel() for start in starts]
        rows = [np.repeat(row, end - begin) for row in rows]
        a, b = (take(entries[k], rows[k]) for k, take in enumerate(self._takes))
        apart = np.abs(b - a)
        known = ~np.isnan(apart)
        if not known.all():
            apart[~known] = 0
        self._compared += known.sum(axis=(0, 2))
        self._sum += apart.sum(axis=(0, 2), dtype=np.float64)
        peaks = apart.max(axis=2)  # (n, channels)
        any_known = known.any(axis=2)
        order = entries[0] * self._plans[0].batch_size + rows[0]
        for channel in range(self._channels):
            peak = peaks[:, channel]
            where = int(peak.argmax())
            if peak[where] > self._largest[channel]:
                self._largest[channel] = peak[where]
                unit = int(apart[where, channel].argmax())
                self._at[channel] = self._place(int(entries[0][where]), int(rows[0][where]), unit)
            over = order[peak > self._tolerance]
            if len(over):
                first = int(over.min())
                known_first = self._since[channel]
                self._since[channel] = first if known_first < 0 else min(first, known_first)
            seen = any_known[:, channel]
            np.fmax.at(self._rows[channel], rows[0][seen], peak[seen])

    def _place(self, entry: int, row: int, unit: int | None = None) -> Place:
        plan = self._plans[0]
        table = self._tables[0]
        number, timestep = table.place(entry)
        epoch, batch = divmod(number, plan.batches)
        if table.longest == 1:
            timestep = plan.timesteps_of(batch) - 1
        return Place(epoch, plan.sample(batch, row), timestep, unit)
