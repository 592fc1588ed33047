"""Where the samples of one run are in another run of the same data, whatever their batches."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.errors import PlanError
from lstm_viz.plan import Plan

Indices = NDArray[np.intp]


class Alignment:
    """Brings two plans together by epoch, sample and timestep.

    Where one has fewer samples or epochs, those that both have are aligned.

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
        Their sequences differ in length.
    """

    def __init__(self, a: Plan, b: Plan) -> None:
        if a.timesteps != b.timesteps:
            raise PlanError(
                f"Sequences of {a.timesteps} timesteps cannot be compared with sequences of {b.timesteps}.",
                "Compare two runs of the same data.",
            )
        self.a, self.b = a, b
        self.samples = min(a.samples, b.samples)
        self.epochs = min(a.epochs, b.epochs)
        self._orders = tuple(
            None if plan.order is None else np.asarray(plan.order, np.intp) for plan in (a, b)
        )
        self._places = tuple(None if order is None else np.argsort(order) for order in self._orders)
        # The last batch of b, in an epoch, that has a sample of this batch of a; -1 where it shares none.
        index = np.arange(a.batches * a.batch_size)
        samples = self.samples_at(0, *np.divmod(index, a.batch_size))
        batches = np.where(samples >= 0, self.places(1, np.maximum(samples, 0))[0], -1)
        self._last = batches.reshape(a.batches, a.batch_size).max(axis=1)
        self._reach = np.maximum.accumulate(self._last)

    def samples_at(self, side: int, batches: Any, rows: Any) -> Indices:
        """Return the samples in rows of batches of a (side 0) or b (side 1); -1 where both have none."""
        plan, order = (self.a, self.b)[side], self._orders[side]
        index = np.asarray(batches * plan.batch_size + rows, np.intp)
        inside = index < plan.samples
        samples = index if order is None else order[np.where(inside, index, 0)]
        return np.where(inside & (samples < self.samples), samples, -1)

    def places(self, side: int, samples: Indices) -> tuple[Indices, Indices]:
        """Return the batch within an epoch and the row of samples in a (side 0) or b (side 1)."""
        places = self._places[side]
        index = samples if places is None else places[samples]
        batches, rows = np.divmod(index, (self.a, self.b)[side].batch_size)
        return batches, rows

    def steps_needed(self, count: int) -> int:
        """Return how many steps of b hold everything that the first ``count`` steps of a hold."""
        a, b = self.a, self.b
        epoch, inside = divmod(count, a.steps_per_epoch)
        if epoch >= self.epochs:
            return min(epoch, b.epochs) * b.steps_per_epoch
        batches, part = divmod(inside, a.timesteps)
        needed = (int(self._reach[batches - 1]) + 1) * b.timesteps if batches else 0
        if part and self._last[batches] >= 0:
            needed = max(needed, int(self._last[batches]) * b.timesteps + part)
        return epoch * b.steps_per_epoch + needed
