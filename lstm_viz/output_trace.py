"""What one output of the model gave in a run, and what it would have given had the sequence ended earlier."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.recorded import Recorded
from lstm_viz.storage import GrowingArray
from lstm_viz.timetable import Timetable
from lstm_viz.trace_header import OutputSpec

Array = NDArray[Any]
Indices = NDArray[np.intp]


class OutputTrace:
    """What one output of the model gave during a run.

    Parameters
    ----------
    recorded : Recorded
    spec : OutputSpec
    number : int
        Of the output.
    make : callable
        Makes an array of the recording, in a folder of the name that it is given.
    """

    def __init__(
        self, recorded: Recorded, spec: OutputSpec, number: int, make: Callable[..., GrowingArray]
    ) -> None:
        self.spec = spec
        self._recorded, self._number = recorded, number
        plan = recorded.plan
        steps, batches = len(plan), plan.epochs * plan.batches
        shape = plan.batch_size, *spec.shape
        self._values = make(f"output{number}", shape, spec.dtype, steps if spec.each_step else batches)
        self._endings = make(f"endings{number}", shape, spec.dtype, steps) if spec.endings else None
        # What stands for what is not recorded.
        self._fill = float("nan") if self._values.dtype.kind == "f" else 0

    # -- reading ------------------------------------------------------------------------------------

    @property
    def by_sample(self) -> Array:
        """Of the last epoch begun, samples first, as ``predict`` gives it."""
        recorded, table = self._recorded, self._recorded.timetable
        have = recorded.last_epoch()[1]
        if self.spec.each_step:
            return recorded.samples_first(self._values, table, have, self._fill)
        of_batches = Timetable(recorded.plan.batches, 1)
        return recorded.samples_first(self._values, of_batches, table.place(have)[0], self._fill)[:, 0]

    @property
    def endings_by_sample(self) -> Array | None:
        """What it would be if the sequence ended at each timestep, samples first; None if not recorded."""
        recorded = self._recorded
        if self._endings is None:
            return None
        have = recorded.last_epoch()[1]
        return recorded.samples_first(self._endings, recorded.timetable, have, self._fill)

    @property
    def endings(self) -> GrowingArray:
        """What it would be if the sequence ended at each step.

        Raises
        ------
        LookupError
            That is not recorded.
        """
        if self._endings is None:
            raise LookupError(f"no endings of output {self._number} are recorded")
        return self._endings

    def window(self, row: int, start: int, stop: int) -> tuple[Array, Array]:
        """Return the steps between start and stop at which a row has an output, and the outputs."""
        table = self._recorded.timetable
        stop = min(stop, self._recorded.count)
        if self.spec.each_step:
            stop = max(start, stop)
            return np.arange(start, stop), self._values.read(start, stop, row)
        first = table.place(max(0, start))[0]
        last = max(first, table.place(max(0, stop))[0])
        return table.first(np.arange(first, last) + 1) - 1, self._values.read(first, last, row)

    def at(self, entries: Indices, rows: Indices) -> Array:
        """Return it for single rows: entries are steps, or batches where it is one for each."""
        return self._values.take(entries, rows)

    def bytes_to_come(self) -> int:
        """Return how many bytes the rest of the run takes on the disk."""
        return sum(array.bytes_to_come() for array in (self._values, self._endings) if array is not None)

    # -- writing ------------------------------------------------------------------------------------

    def write(self, step: int, values: Array) -> None:
        """Write what begins at a step: (rows, steps, …) with one for each step, else (rows, …)."""
        if self.spec.each_step:
            self._values.write(step, self._whole(np.moveaxis(values, 1, 0)))
        else:
            self._values.write(self._recorded.timetable.place(step)[0], self._whole(values[None]))

    def write_endings(self, step: int, values: Array) -> None:
        """Write what it would be at each timestep from a step on, (rows, steps, …)."""
        self.endings.write(step, self._whole(np.moveaxis(values, 1, 0)))

    def _whole(self, values: Array) -> Array:
        """Return values, (entries, rows, …), as large as the arrays have them.

        A batch may have fewer rows than a full one, and an output be shorter than the longest one.
        """
        shape = (len(values), *self._values.item_shape)
        if values.shape == shape:
            return values
        whole = np.full(shape, self._fill, self._values.dtype)
        whole[tuple(slice(size) for size in values.shape)] = values
        return whole

    def arrays(self, count: int) -> Iterator[tuple[str, GrowingArray, int]]:
        """Yield the name of each array, the array, and how much of it belongs to so many steps of the run."""
        own = count if self.spec.each_step else self._recorded.timetable.place(count)[0]
        yield f"output{self._number}", self._values, own
        if self._endings is not None:
            yield f"endings{self._number}", self._endings, count
