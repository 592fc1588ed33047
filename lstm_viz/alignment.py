"""Where the samples of one run are in another run of the same data, whatever their batches."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lstm_viz.errors import PlanError
from lstm_viz.plan import Plan

Indices = NDArray[np.intp]


class Alignment:
    """Brings two plans together by epoch, sample and timestep.

    Where one has fewer samples or epochs, those that both have are aligned; where samples differ in length,
    of each the timesteps that it has in both: its own, beside a run over the padding.

    Parameters
    ----------
    a, b : Plan

    Attributes
    ----------
    samples, epochs : int
        That both plans have.

    Raises
    ------
    PlanError
        The sequences of one are all longer than those of the other.
    """

    def __init__(self, a: Plan, b: Plan) -> None:
        if a.timesteps != b.timesteps and a.lengths is None and b.lengths is None:
            raise PlanError(
                f"Sequences of {a.timesteps} timesteps cannot be compared with sequences of {b.timesteps}.",
                "Compare two runs of the same data.",
            )
        self.a, self.b = a, b
        self.samples = min(a.samples, b.samples)
        self.epochs = min(a.epochs, b.epochs)
        # The last batch of b, in an epoch, that has a sample of this batch of a; -1 where it shares none.
        batches, rows = np.divmod(np.arange(a.batches * a.batch_size), a.batch_size)
        samples = self.samples_at(0, batches, rows)
        batches = np.where(samples >= 0, self.places(1, np.maximum(samples, 0))[0], -1)
        self._last = batches.reshape(a.batches, a.batch_size).max(axis=1)
        self._reach = np.maximum.accumulate(self._last)

    def samples_at(self, side: int, batches: Indices, rows: Indices | int) -> Indices:
        """Return the samples in rows of batches of a (side 0) or b (side 1); -1 where both have none."""
        samples = (self.a, self.b)[side].samples_at(batches, rows)
        return np.where(samples < self.samples, samples, -1)

    def places(self, side: int, samples: Indices) -> tuple[Indices, Indices]:
        """Return the batch within an epoch and the row of samples in a (side 0) or b (side 1)."""
        return (self.a, self.b)[side].places(samples)

    def steps_needed(self, count: int) -> int:
        """Return how many steps of b hold everything that the first ``count`` steps of a hold."""
        a, b = self.a, self.b
        epoch, inside = divmod(count, a.steps_per_epoch)
        if epoch >= self.epochs:
            return min(epoch, b.epochs) * b.steps_per_epoch
        batches, part = a.timetable.place(inside)
        needed = b.first_step(0, int(self._reach[batches - 1]) + 1) if batches else 0
        last = int(self._last[batches])
        if part and last >= 0:
            needed = max(needed, b.first_step(0, last) + min(int(part), b.timesteps_of(last)))
        return epoch * b.steps_per_epoch + needed
