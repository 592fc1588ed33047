"""Which steps of a run each batch takes: all the same number, or each its own."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Timetable:
    """The batches of a run on its axis of steps.

    Batches are counted through the epochs here: batch b of epoch e is number ``e · batches + b``. What takes
    a number or a step takes an array of them as well, and gives an array.

    Parameters
    ----------
    batches : int
        Of an epoch.
    timesteps : int or sequence of int
        Of every batch, or of each batch of an epoch.

    Attributes
    ----------
    longest : int
        Timesteps of the longest batch.
    per_epoch : int
        Steps of an epoch.
    uniform : bool
        Whether all batches have the same number of timesteps.
    """

    def __init__(self, batches: int, timesteps: int | Sequence[int] | NDArray[np.integer]) -> None:
        self.batches = batches
        lengths = np.atleast_1d(np.asarray(timesteps, np.intp))
        self.longest = int(lengths.max())
        self.uniform = bool((lengths == self.longest).all())
        self.per_epoch = batches * self.longest if self.uniform else int(lengths.sum())
        # Where each batch of an epoch begins, and the end of the last one: as an array, and as a list,
        # which is quicker to look one up in.
        self._starts = np.concatenate([[0], np.cumsum(lengths)]) if not self.uniform else None
        self._list: list[int] = [] if self._starts is None else self._starts.tolist()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Timetable):
            return NotImplemented
        return (self.batches, self.longest, self._list) == (other.batches, other.longest, other._list)

    def __hash__(self) -> int:
        return hash((self.batches, self.longest, self.per_epoch))

    def place(self, step: Any) -> tuple[Any, Any]:
        """Return the number of the batch and the timestep of a step, or of an array of steps.

        A step past the end lies in a batch past the last one.
        """
        if self._starts is None:
            number, timestep = divmod(step, self.longest)
            return number, timestep
        epoch, inside = divmod(step, self.per_epoch)
        if isinstance(step, np.ndarray):
            batch = np.searchsorted(self._starts, inside, side="right") - 1
            return epoch * self.batches + batch, inside - self._starts[batch]
        batch = bisect_right(self._list, inside) - 1
        return epoch * self.batches + batch, inside - self._list[batch]

    def first(self, number: Any) -> Any:
        """Return the first step of a batch, or of an array of them."""
        if self._starts is None:
            return number * self.longest
        epoch, batch = divmod(number, self.batches)
        starts = self._starts if isinstance(number, np.ndarray) else self._list
        return epoch * self.per_epoch + starts[batch]

    def length(self, number: Any) -> Any:
        """Return the timesteps of a batch, or of an array of them."""
        if self._starts is None:
            return np.full(len(number), self.longest) if isinstance(number, np.ndarray) else self.longest
        batch = number % self.batches
        starts = self._starts if isinstance(number, np.ndarray) else self._list
        return starts[batch + 1] - starts[batch]

    def same_time(self, step: Any, other: Timetable) -> Any:
        """Return the step of another timetable of the same batches that is as far in its batch."""
        if self is other:
            return step
        number, timestep = self.place(step)
        return other.first(number) + timestep * other.length(number) // self.length(number)
