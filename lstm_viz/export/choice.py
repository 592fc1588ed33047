"""What of a recording is exported, and its numbers sample by sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.cell_state import is_large, unrolled
from lstm_viz.checking import listed, shown, whole
from lstm_viz.errors import TraceError
from lstm_viz.layer_trace import LayerTrace
from lstm_viz.plan import Plan
from lstm_viz.signals import SIGNALS, C
from lstm_viz.timetable import Timetable
from lstm_viz.trace import Trace
from lstm_viz.trace_header import OutputSpec

Array = NDArray[Any]
Indices = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Choice:
    """Part of a recording.

    Parameters
    ----------
    trace : Trace
    layers : tuple of str
    signals : tuple of str
    start, stop : int
        Steps of the run.
    epochs : range
        Those that the steps lie in.
    samples : ndarray of int
        Smallest first: those that chosen steps visit, all of them where no steps were chosen.
    cut : bool
        Steps were chosen; those of one batch are given without the timesteps around them.
    """

    trace: Trace
    layers: tuple[str, ...]
    signals: tuple[str, ...]
    start: int
    stop: int
    epochs: range
    samples: Indices
    cut: bool = False

    @property
    def plan(self) -> Plan:
        """Of the whole run."""
        return self.trace.plan

    def timesteps(self, table: Timetable, start: int, stop: int) -> range:
        """Return the timesteps that are given of steps of a timetable."""
        first, from_timestep = table.place(start)
        last, to_timestep = table.place(max(start, stop - 1))
        one_batch = self.cut and first == last
        return range(from_timestep, to_timestep + 1) if one_batch else range(table.longest)


def choose(
    trace: Trace,
    layers: Sequence[str] | None = None,
    signals: Sequence[str] | None = None,
    steps: tuple[int, int] | None = None,
) -> Choice:
    """Check what was chosen; None is everything.

    Raises
    ------
    TraceError
        There is no such layer or signal, or these steps are not recorded or no pair of whole numbers.
    """
    # Once: another process may be recording.
    count = trace.count
    if count == 0:
        raise TraceError("Nothing is recorded yet.", "Step the model first.")
    start, stop = (0, count) if steps is None else _pair(steps)
    if not 0 <= start < stop <= count:
        raise TraceError(
            f"Steps {start} to {stop} cannot be exported: {count} are recorded.",
            f"Give a first step from 0 to {count - 1}, and the step after the last one, up to {count}.",
        )
    chosen_layers = _known(layers, list(trace.layers), "layer")
    chosen_signals = _known(signals, SIGNALS, "signal")
    table, plan = trace.plan.timetable, trace.plan
    first, last = int(table.place(start)[0]), int(table.place(stop - 1)[0])
    epochs = range(first // plan.batches, last // plan.batches + 1)
    if steps is None or last - first + 1 >= plan.batches:
        samples = np.arange(plan.samples)
    else:
        batches = {number % plan.batches for number in range(first, last + 1)}
        samples = np.sort(np.concatenate([plan.samples_of(batch) for batch in batches]))
    return Choice(trace, chosen_layers, chosen_signals, start, stop, epochs, samples, steps is not None)


def _pair(steps: Any) -> tuple[int, int]:
    hint = "Give the first step and the one after the last: two whole numbers."
    found = listed(steps, "Steps to export", TraceError, hint)
    if len(found) != 2:
        raise TraceError(f"Steps to export cannot be {shown(steps)}.", hint)
    start, stop = (whole(step, "A step to export", TraceError) for step in found)
    return start, stop


def _known(chosen: Sequence[str] | None, there: Sequence[str], what: str) -> tuple[str, ...]:
    """Return what was chosen in the order in which it is there."""
    if chosen is None:
        return tuple(there)
    if isinstance(chosen, str):  # one layer; letters of signals are taken one by one
        chosen = tuple(chosen) if there == SIGNALS else (chosen,)
    chosen = listed(chosen, f"The {what}s", TraceError, f"Give a list of names: {', '.join(there)}.")
    for name in chosen:
        if name not in there:
            raise TraceError(f"There is no {what} {name!r}.", f"There is: {', '.join(there)}.")
    if not chosen:
        raise TraceError(f"No {what} is chosen.", "Choose at least one.")
    return tuple(name for name in there if name in chosen)


@dataclass(frozen=True, eq=False)
class Places:
    """Where some timesteps of some samples of an epoch are recorded.

    Parameters
    ----------
    numbers : ndarray of int, shape (samples,)
        The batch of each sample, counted through the epochs.
    rows : ndarray of int, shape (samples,)
    steps : ndarray of int, shape (samples, timesteps)
        Of the layer.
    there : ndarray of bool, shape (samples, timesteps)
        Whether the step is one of those that are exported.
    """

    numbers: Indices
    rows: Indices
    steps: Indices
    there: NDArray[np.bool_]

    def filled(self, values: Array, fill: Any) -> Array:
        """Return the values of what is there as (samples, timesteps, …), with ``fill`` elsewhere."""
        found = np.full((*self.there.shape, *values.shape[1:]), fill, values.dtype)
        found[self.there] = values
        return found

    @property
    def each(self) -> tuple[Indices, Indices]:
        """Steps and rows of what is there, one after the other."""
        return self.steps[self.there], np.broadcast_to(self.rows[:, None], self.there.shape)[self.there]


def places(
    plan: Plan, table: Timetable, steps: tuple[int, int], epoch: int, samples: Indices, timesteps: range
) -> Places:
    """Find timesteps of samples in an epoch; those not between the two steps are not there."""
    batches, rows = plan.places(samples)
    numbers = epoch * plan.batches + np.asarray(batches)
    times = np.asarray(timesteps)
    found = table.first(numbers)[:, None] + times
    there = (times < table.length(numbers)[:, None]) & (found >= steps[0]) & (found < steps[1])
    return Places(numbers, np.asarray(rows), found, there)


class LayerPart:
    """The part of one layer that is exported.

    Parameters
    ----------
    choice : Choice
    path : str
        Of the layer.

    Attributes
    ----------
    timesteps : range
        Of the layer's own sequence.
    large_c : bool
        The cell state is given in float64, see :mod:`lstm_viz.cell_state`.
    """

    def __init__(self, choice: Choice, path: str) -> None:
        self.choice = choice
        self.trace: LayerTrace = choice.trace.layers[path]
        # A range that lies within a batch may be less than a step of a layer with a time of its own.
        start, stop = self.trace.step_of(choice.start), self.trace.step_of(choice.stop)
        self._steps = start, stop
        self.timesteps = choice.timesteps(self.trace.timetable, start, stop)
        self.large_c = "c" in choice.signals and self._has_large_c()

    def places(self, epoch: int, samples: Indices, timesteps: range) -> Places:
        """Find timesteps of samples in an epoch."""
        return places(self.choice.plan, self.trace.timetable, self._steps, epoch, samples, timesteps)

    def signal(self, name: str, epoch: int, samples: Indices, timesteps: range) -> Array:
        """Return a signal of some samples, (samples, timesteps, units); NaN where it is not recorded."""
        if name == "c" and self.large_c:
            return self._exact_c(epoch, samples)[:, timesteps.start : timesteps.stop]
        where = self.places(epoch, samples, timesteps)
        return where.filled(self.trace.at(*where.each, SIGNALS.index(name)), np.nan)

    def computed(self, epoch: int, samples: Indices, timesteps: range) -> NDArray[np.bool_]:
        """Return where a timestep was computed, (samples, timesteps)."""
        where = self.places(epoch, samples, timesteps)
        return where.filled(self.trace.mask_at(*where.each), False)

    def initial(self, epoch: int, samples: Indices) -> Array:
        """Return h and c that samples started from, (samples, 2, units); NaN where nothing is exported."""
        plan, table = self.choice.plan, self.choice.plan.timetable
        batches, rows = plan.places(samples)
        numbers = epoch * plan.batches + np.asarray(batches)
        # By the steps of the run: a layer with a time of its own may have none yet.
        first, end = table.first(numbers), table.first(numbers + 1)
        begun = (first < self.choice.stop) & (end > self.choice.start)
        return self.trace.initial_at(numbers, np.asarray(rows), np.asarray(begun))

    def _has_large_c(self) -> bool:
        start, stop = self._steps
        length = max(1, 2**22 // (4 * self.trace.layer.units * self.choice.plan.batch_size))
        rows = np.arange(self.choice.plan.batch_size)
        for first in range(start, stop, length):
            steps = np.arange(first, min(stop, first + length))
            if is_large(self.trace.at(np.repeat(steps, len(rows)), np.tile(rows, len(steps)), C)):
                return True
        return False

    def _exact_c(self, epoch: int, samples: Indices) -> Array:
        """Return the cell state of all timesteps of samples in float64, NaN where nothing is exported."""
        every = range(self.trace.timetable.longest)
        # From the start of the sample, wherever the part begins.
        whole = places(self.choice.plan, self.trace.timetable, (0, self.trace.count), epoch, samples, every)
        i, f, g, c = (
            whole.filled(self.trace.at(*whole.each, SIGNALS.index(name)), np.nan) for name in "ifgc"
        )
        mask = whole.filled(self.trace.mask_at(*whole.each), False)
        initial = self.trace.initial_at(whole.numbers, whole.rows, np.asarray(whole.there.any(axis=1)))[:, 1]
        backwards = self.trace.layer.go_backwards
        exact = unrolled((i, f, g), c, initial, mask, self._resets(epoch, whole), backwards)
        return np.where(self.places(epoch, samples, every).there[..., None], exact, np.nan)

    def _resets(self, epoch: int, where: Places) -> NDArray[np.bool_] | None:
        """Return where samples are reset inside their sequence, (samples, timesteps); None for nowhere."""
        plan = self.choice.plan
        if self.trace.timetable != plan.timetable:  # a time of its own
            return None
        resets = np.zeros(where.there.shape, np.bool_)
        for number in np.unique(where.numbers):
            batch = int(number) % plan.batches
            if plan.has_resets(epoch, batch):
                of_batch = np.flatnonzero(where.numbers == number)
                mask = plan.reset_mask(epoch, batch)[1:, where.rows[of_batch]]
                resets[of_batch, 1 : len(mask) + 1] = mask.T
        return resets


def endings(choice: Choice, number: int, epoch: int, samples: Indices, timesteps: range) -> Array:
    """Return what an output would be if the sequence ended at each timestep, (samples, timesteps, …)."""
    plan = choice.plan
    where = places(plan, plan.timetable, (choice.start, choice.stop), epoch, samples, timesteps)
    return where.filled(
        choice.trace.endings_at(number, *where.each), _fill(choice.trace.output_specs[number])
    )


def _fill(spec: OutputSpec) -> float:
    return np.nan if np.dtype(spec.dtype).kind == "f" else 0


def output(choice: Choice, number: int, epoch: int, samples: Indices, timesteps: range) -> Array:
    """Return an output of the model of some samples of an epoch.

    Returns
    -------
    ndarray
        (samples, timesteps, …), or (samples, …) where there is one for each sequence. Where nothing is
        exported it is NaN, or 0 in whole numbers.
    """
    trace, plan = choice.trace, choice.plan
    spec = trace.output_specs[number]
    if spec.each_step:
        where = places(plan, plan.timetable, (choice.start, choice.stop), epoch, samples, timesteps)
        return where.filled(trace.outputs_at(number, *where.each), _fill(spec))
    where = places(plan, plan.timetable, (0, choice.stop), epoch, samples, range(plan.timesteps))
    last = plan.timetable.first(where.numbers + 1) - 1
    there = (last >= choice.start) & (last < choice.stop)
    values = trace.outputs_at(number, where.numbers[there], where.rows[there])
    found = np.full((len(samples), *values.shape[1:]), _fill(spec), values.dtype)
    found[there] = values
    return found
