"""Lines over any range of a run, merged so far that a view can draw them, read a few milliseconds a frame."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.plots.series import Lines

Array = NDArray[Any]

READING_S = 0.003  # in one frame, beside all that is drawn in it
_MOST_READ = 20_000  # values, between two looks at the clock
_FEWEST_COLUMNS = 100


class LinesReader:
    """Reads lines for a view.

    A long range is cut into groups of steps, of which the minimum and the maximum are kept. A group is read
    once, as long as it stays in sight, and no call reads longer than a frame has time for: a view that shows
    a whole long run fills over some frames, and none of them waits.

    Parameters
    ----------
    read : callable
        Takes a first step and one past the last, and returns the Lines of what has a value between them,
        with the same names each time.
    count : callable
        Returns how many steps, from the first on, have come to their values by now.
    revision : callable, optional
        Returns something else once values have changed that had been there.
    ahead : callable, optional
        Where some values are there before those of earlier steps: returns something else when there are more
        of them. They are read as long as no steps are merged.

    Attributes
    ----------
    read, count, revision : callable
        As given.
    behind : bool
        The last lines lack something that is there: ask again.
    """

    def __init__(
        self,
        read: Callable[[int, int], Lines],
        count: Callable[[], int],
        revision: Callable[[], object] = lambda: None,
        ahead: Callable[[], object] | None = None,
    ) -> None:
        self.read, self.count, self.revision, self._ahead = read, count, revision, ahead
        self._lines = read(0, 0)
        self._asked: tuple[Any, ...] = (0, 0, (0, 0, None), None, None)
        self._groups = _Groups(0, 0, 1, len(self._lines.names))
        self.behind = False

    def lines(
        self, start: int, stop: int, columns: int, until: int | None = None, by: float | None = None
    ) -> Lines:
        """Return the lines from start to stop, merged into about so many columns, in pairs of extremes.

        Parameters
        ----------
        start, stop : int
            The first step, and one past the last.
        columns : int
            Of the view.
        until : int, optional
            What comes from this step on is left out.
        by : float, optional
            When to have read enough, by ``perf_counter``; what cannot be left for later is read anyway.

        Returns
        -------
        Lines
            The same object as before where nothing has changed.

        Raises
        ------
        TraceError
            What is to be read cannot be read any more.
        """
        if not self._lines.names:
            return self._lines
        columns = max(columns, _FEWEST_COLUMNS)
        factor = 2 ** max(0, math.ceil(math.log2(max(1, stop - start) / columns)))
        end, revision = stop if until is None else min(stop, until), self.revision()
        known = min(self.count(), end)
        ahead = self._ahead() if self._ahead is not None and factor == 1 else None
        asked = start, stop, (known, end, ahead), factor, revision
        if asked == self._asked and not self.behind:
            return self._lines
        known_before, end_before, _ = before = self._asked[2]
        if (factor, revision) != self._asked[3:] or (until is not None and end < end_before):
            self._groups = _Groups(0, 0, factor, len(self._lines.names))
        elif ahead is not None and asked[2] != before:
            self._groups.forget(known_before)
        self._asked = asked
        self._groups = self._groups.moved(start // factor, -(-stop // factor))
        self._catch_up(known if ahead is None else end, time.perf_counter() + READING_S if by is None else by)
        steps, values = self._groups.points()
        self._lines = replace(self._lines, x=steps, y=values, merged=factor)
        return self._lines

    def _catch_up(self, until: int, by: float) -> None:
        """Read what the groups lack of the steps before one, and end in time; something is always read."""
        stretch, in_time = self._groups.lacking(until, _MOST_READ), True
        while stretch is not None and in_time:
            self._groups.take(*stretch, self.read(*stretch))
            stretch, in_time = self._groups.lacking(until, _MOST_READ), time.perf_counter() < by
        self.behind = stretch is not None


class _Groups:
    """The extremes of groups of steps that follow one another.

    Parameters
    ----------
    first, last : int
        The numbers of the first group, and of the one after the last.
    size : int
        Steps of a group.
    width : int
        Lines.
    """

    def __init__(self, first: int, last: int, size: int, width: int) -> None:
        self.size = size
        self._first, self._last = first, last
        self._begins = np.arange(first, last) * size
        self._until = self._begins.copy()  # the step before which each was read
        self._there = np.zeros(last - first, np.bool_)  # whether any of its steps has a point
        self._low = np.full((last - first, width), np.nan)
        self._high = np.full((last - first, width), np.nan)

    def moved(self, first: int, last: int) -> _Groups:
        """Return the groups between two, with what is known of those that are among these."""
        if (first, last) == (self._first, self._last):
            return self
        moved = _Groups(first, last, self.size, self._low.shape[1])
        start, stop = max(first, self._first), min(last, self._last)
        if start < stop:
            to, of = slice(start - first, stop - first), slice(start - self._first, stop - self._first)
            for name in ("_until", "_there", "_low", "_high"):
                getattr(moved, name)[to] = getattr(self, name)[of]
        return moved

    def lacking(self, until: int, values: int) -> tuple[int, int] | None:
        """Return the next stretch of steps before one to be read, of about so many values; None for none."""
        ends, steps = np.minimum(self._begins + self.size, until), max(1, values // self._low.shape[1])
        lacking = np.flatnonzero(self._until < ends)[: max(1, steps // self.size)]
        if not len(lacking):
            return None
        start, in_a_row = int(self._until[lacking[0]]), lacking - lacking[0] == np.arange(len(lacking))
        return start, min(int(ends[lacking[in_a_row][-1]]), start + steps)

    def forget(self, step: int) -> None:
        """Have everything from a step on read again."""
        of = slice(max(0, step // self.size - self._first), None)
        self._until[of], self._there[of] = self._begins[of], False
        self._low[of] = self._high[of] = np.nan

    def take(self, start: int, stop: int, lines: Lines) -> None:
        """Take what was read of a stretch of steps that was lacking."""
        first, last = start // self.size - self._first, -(-stop // self.size) - self._first
        self._until[first:last] = np.minimum(self._begins[first:last] + self.size, stop)
        if not len(lines.x):
            return
        of = lines.x // self.size - self._first
        begins = np.append(0, np.flatnonzero(of[1:] != of[:-1]) + 1)
        groups = of[begins]
        self._there[groups] = True
        for extremes, extreme in ((self._low, np.fmin), (self._high, np.fmax)):
            extremes[groups] = extreme(extremes[groups], extreme.reduceat(lines.y, begins, axis=0))

    def points(self) -> tuple[Array, Array]:
        """Return the steps of all groups with a point, and their values: of merged steps two each."""
        steps, low = self._begins[self._there], self._low[self._there]
        if self.size == 1:
            return steps, low
        pairs = np.stack([low, self._high[self._there]], axis=1)
        return np.stack([steps, steps + self.size // 2], axis=1).ravel(), pairs.reshape(-1, low.shape[1])
