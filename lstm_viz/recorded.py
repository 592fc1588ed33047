"""How far a run is recorded, and its recorded numbers by sample. What all parts of a recording look at."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.plan import Plan, Position
from lstm_viz.storage import GrowingArray
from lstm_viz.timetable import Timetable

Array = NDArray[Any]


class Recorded:
    """The plan of a run and how much of it is recorded.

    Parameters
    ----------
    plan : Plan
        Exchanged for others of the same sizes as the run goes on.
    state : ndarray of int, shape (2,)
        Steps that are recorded, and how often recorded steps were dropped; may be mapped from a file that
        another process writes to.
    """

    def __init__(self, plan: Plan, state: NDArray[np.int64]) -> None:
        self.plan = plan
        self.timetable = plan.timetable  # the same in all plans of one run
        self.state = state

    @property
    def count(self) -> int:
        """Steps that are recorded."""
        return int(self.state[0])

    def last_epoch(self) -> tuple[int, int]:
        """Return the last epoch begun, and how many of its steps are recorded."""
        count = self.count
        epoch = max(0, count - 1) // self.timetable.per_epoch
        return epoch, count - epoch * self.timetable.per_epoch

    def samples_first(
        self, array: GrowingArray, table: Timetable, have: int, fill: Any, *index: Any
    ) -> Array:
        """Return the last epoch of an array stored by step as (samples, entries of a batch, …).

        Parameters
        ----------
        array : GrowingArray
        table : Timetable
            Which entries of the array each batch has.
        have : int
            Entries of that epoch that are recorded.
        fill : scalar
            What the others become, and those that a shorter sample does not have.
        """
        first = self.last_epoch()[0] * table.per_epoch
        stored = array.read(first, first + have, slice(None), *index)
        if have < table.per_epoch:
            full = np.full((table.per_epoch, *stored.shape[1:]), fill, array.dtype)
            full[:have] = stored
            stored = full
        if self.plan.lengths is not None:
            return self._of_each_length(stored, table, fill)
        plan = self.plan
        by_batch = stored.reshape(plan.batches, table.longest, *stored.shape[1:])
        by_row = np.swapaxes(by_batch, 1, 2).reshape(-1, table.longest, *stored.shape[2:])[: plan.samples]
        if plan.visits is None:
            return by_row
        result = np.empty_like(by_row)
        result[plan.visits] = by_row
        return result

    def _of_each_length(self, stored: Array, table: Timetable, fill: Any) -> Array:
        plan = self.plan
        batches = np.arange(plan.batches)
        lengths, starts = table.length(batches), table.first(batches)
        result = np.full((plan.samples, table.longest, *stored.shape[2:]), fill, stored.dtype)
        for length in np.unique(lengths).tolist():
            chosen = batches[lengths == length]
            values = stored[starts[chosen][:, None] + np.arange(length)]  # (batches, length, rows, …)
            samples = plan.samples_at(chosen[:, None], np.arange(plan.batch_size))
            there = samples >= 0
            result[samples[there], :length] = np.swapaxes(values, 1, 2)[there]
        return result


def position_of(plan: Plan, step: int) -> Position:
    """Return the position of a step, and that after the last step for the end of the run."""
    return plan.position(step) if step < len(plan) else Position(plan.epochs, 0, 0)
