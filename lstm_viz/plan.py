"""Which sample is where at which step of a run, and where its state comes from.

Nothing here knows a model or a value: a plan is computed from sizes and settings alone, so that the
window, the stepper and the tests all read the same one.
"""

from __future__ import annotations

import bisect
import functools
from dataclasses import dataclass, field, fields, replace

import numpy as np
from numpy.typing import NDArray

from lstm_viz.batching import (
    Batching,
    SampleLengths,
    batch_sizes,
    common_divisor,
    does_not_divide,
    nearest_batch_sizes,
    sample_lengths,
)
from lstm_viz.checking import of_kind, whole, yes_or_no
from lstm_viz.errors import PlanError
from lstm_viz.moved_resets import moved_resets
from lstm_viz.plan_difference import first_difference
from lstm_viz.resets import CAUSES, Cause, Position, ResetPoint, Resets, StateSource
from lstm_viz.sample_order import SampleOrder, sample_order
from lstm_viz.sample_sequences import SampleSequences, SequenceChanges, sample_sequences
from lstm_viz.state_source import state_source
from lstm_viz.timetable import Timetable

__all__ = [
    "CAUSES",
    "Cause",
    "Plan",
    "Position",
    "ResetPoint",
    "Resets",
    "StateSource",
    "batch_sizes",
    "nearest_batch_sizes",
]

Indices = NDArray[np.intp]

_SAME_BATCHES = ("samples", "timesteps", "batch_size", "order", "lengths")
_SIZES = {
    "samples": "number of samples",
    "timesteps": "number of timesteps",
    "batch_size": "batch size",
    "epochs": "number of epochs",
}


@dataclass(frozen=True)
class Plan:
    """The sequence of steps of a run, and for each (batch, row) where its state comes from.

    A run visits epochs, in each epoch the batches, in each batch the timesteps; every timestep of a
    batch is one *step*, counted from 0. Sample k·B + r of the chosen order is row r of batch k.

    Where samples differ in length, a batch holds samples of one length: it takes them in the chosen order
    and runs when it is full. Batches that never become full come last.

    Parameters
    ----------
    samples, timesteps : int
        Shape of the dataset; where samples differ in length, the timesteps of the longest.
    batch_size : int
    stateful : bool
        Row r starts batch k+1 from the state that it had after batch k.
    resets : Resets
    epochs : int
        Passes over the data.
    order : tuple of int or None
        The samples in the order in which they are visited; None for their natural order.
    lengths : tuple of int or None
        Timesteps of each sample; None where all have the same, also when they are given as such.
    sequences : tuple of int or None
        Number of the sequence that each sample belongs to; None where nobody says so.

    Raises
    ------
    PlanError
        A value of another kind; sizes below 1; a batch size that does not divide the samples of a stateful
        run, or those of one of their lengths; an order that does not visit every sample once; lengths that
        are longer than the data or not one for each sample; sequences that are not one for each sample, or
        are not known where each is to be reset; a reset point outside the run.
    """

    samples: int
    timesteps: int
    batch_size: int = 1
    stateful: bool = False
    resets: Resets = field(default_factory=Resets)
    epochs: int = 1
    order: tuple[int, ...] | None = None
    lengths: tuple[int, ...] | None = None
    sequences: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        for name, words in _SIZES.items():
            size = whole(getattr(self, name), f"The {words}", PlanError, least=1)
            object.__setattr__(self, name, size)
        object.__setattr__(self, "stateful", yes_or_no(self.stateful, "stateful", PlanError))
        of_kind(self.resets, Resets, "resets", PlanError, "Give lstm_viz.Resets(…).")
        if self.batch_size > self.samples:
            raise PlanError(
                f"The batch size {self.batch_size} is larger than the number of samples, {self.samples}.",
                f"Choose {self.samples} or less.",
            )
        if self.lengths is not None:
            self._take_lengths(sample_lengths(self.lengths, self.samples, self.timesteps))
        if self.stateful and common_divisor(self.samples, self._lengths) % self.batch_size:
            raise does_not_divide(self.samples, self.batch_size, self._lengths)
        if self.order is not None:
            object.__setattr__(self, "order", sample_order(self.order, self.samples))
        if self.sequences is not None:
            object.__setattr__(self, "sequences", sample_sequences(self.sequences, self.samples))
        elif self.resets.each_sequence:
            raise PlanError(
                "It is not known which sequence each sample belongs to.",
                "Name the column that says so, or choose another reset.",
            )
        for point in self.resets.at:
            self._check_point(point)

    def _take_lengths(self, lengths: SampleLengths) -> None:
        longest = max(lengths)
        object.__setattr__(self, "timesteps", longest)
        object.__setattr__(self, "lengths", None if min(lengths) == longest else lengths)

    def __getstate__(self) -> dict[str, object]:
        # Without what can be computed again.
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def _check_point(self, point: ResetPoint) -> None:
        inside = 0 <= point.batch < self.batches and 0 <= point.timestep < self.timesteps_of(point.batch)
        if not inside or (point.epoch is not None and not 0 <= point.epoch < self.epochs):
            raise PlanError(
                f"The reset point at batch {point.batch}, timestep {point.timestep} lies outside the run of "
                f"{self.batches} batches of {'at most ' * (self.lengths is not None)}{self.timesteps} "
                "timesteps.",
                "Batches and timesteps are counted from 0.",
            )
        if any(not 0 <= row < self.batch_size for row in point.rows or ()):
            raise PlanError(
                f"The reset point at batch {point.batch}, timestep {point.timestep} names rows {point.rows}, "
                f"and a batch has {self.batch_size} rows.",
                "Rows are counted from 0.",
            )

    # -- sizes ------------------------------------------------------------------------------------

    @property
    def batches(self) -> int:
        """Batches in an epoch."""
        if self.lengths is not None:
            return len(self._batching.timesteps)
        return -(-self.samples // self.batch_size)

    @property
    def steps_per_epoch(self) -> int:
        """Steps in an epoch: the timesteps of all its batches."""
        return self.timetable.per_epoch

    def __len__(self) -> int:
        return self.epochs * self.steps_per_epoch

    def rows(self, batch: int) -> int:
        """Rows that batch ``batch`` has: the batch size, or fewer in one that is not full."""
        if self.lengths is not None:
            return self._batching.first(batch + 1) - self._batching.first(batch)
        return min(self.batch_size, self.samples - batch * self.batch_size)

    def timesteps_of(self, batch: int) -> int:
        """Return the timesteps of a batch."""
        return self.timesteps if self.lengths is None else int(self.timetable.length(batch))

    @functools.cached_property
    def timetable(self) -> Timetable:
        """Which steps each batch takes."""
        batching = self.lengths is not None
        return Timetable(self.batches, self._batching.timesteps if batching else self.timesteps)

    @functools.cached_property
    def _batching(self) -> Batching:
        assert self._lengths is not None
        order = self.order_array
        return Batching(np.arange(self.samples) if order is None else order, self._lengths, self.batch_size)

    @property
    def _lengths(self) -> NDArray[np.intp] | None:
        return self.lengths.array if isinstance(self.lengths, SampleLengths) else None

    # -- where is what ----------------------------------------------------------------------------

    def position(self, step: int) -> Position:
        """Return the epoch, batch and timestep of a step."""
        if not 0 <= step < len(self):
            raise PlanError(
                f"Step {step} lies outside the run of {len(self)} steps.", "Steps are counted from 0."
            )
        number, timestep = self.timetable.place(step)
        epoch, batch = divmod(number, self.batches)
        return Position(epoch, batch, timestep)

    def step(self, position: Position) -> int:
        """Return the step of a position: the inverse of :meth:`position`."""
        return self.first_step(position.epoch, position.batch) + position.timestep

    def first_step(self, epoch: int, batch: int) -> int:
        """Return the step at which a batch begins."""
        return int(self.timetable.first(epoch * self.batches + batch))

    def sample(self, batch: int, row: int) -> int:
        """Return the sample in a row of a batch."""
        if self.lengths is not None:
            return int(self._batching.order[self._batching.first(batch) + row])
        index = batch * self.batch_size + row
        return index if self.order is None else self.order[index]

    def samples_of(self, batch: int) -> NDArray[np.intp]:
        """Return the samples of a batch, row by row."""
        if self.lengths is not None:
            return self._batching.order[self._batching.first(batch) : self._batching.first(batch + 1)]
        first = batch * self.batch_size
        rows = self.rows(batch)
        array = self.order_array
        return np.arange(first, first + rows) if array is None else array[first : first + rows]

    def samples_at(self, batches: Indices, rows: Indices | int) -> Indices:
        """Return the samples in rows of many batches of an epoch at once; -1 where a batch lacks the row."""
        visits = self.visits
        if self.lengths is None:
            index = np.asarray(batches * self.batch_size + rows, np.intp)
            there = index < self.samples
        else:
            starts = self._batching.starts
            index = starts[batches] + rows
            there = index < starts[batches + 1]
        samples = index if visits is None else visits[np.where(there, index, 0)]
        return np.where(there, samples, -1)

    def place(self, sample: int) -> tuple[int, int]:
        """Return the batch and row of a sample: the inverse of :meth:`sample`."""
        if self.lengths is not None:
            batch, row = self.places(np.array([sample]))
            return int(batch[0]), int(row[0])
        index = int(self.order.places[sample]) if isinstance(self.order, SampleOrder) else sample
        return divmod(index, self.batch_size)

    def places(self, samples: Indices) -> tuple[Indices, Indices]:
        """Return the batches and rows of many samples at once."""
        if self.lengths is not None:
            index, starts = self._batching.places[samples], self._batching.starts
            batches = np.searchsorted(starts, index, side="right") - 1
            return batches, index - starts[batches]
        index = self.order.places[samples] if isinstance(self.order, SampleOrder) else samples
        batches, rows = np.divmod(index, self.batch_size)
        return batches, rows

    @property
    def order_array(self) -> Indices | None:
        """The order as a read-only array; None for the natural one."""
        return self.order.array if isinstance(self.order, SampleOrder) else None

    @property
    def visits(self) -> Indices | None:
        """The samples batch by batch and row by row, as a read-only array; None for their natural order.

        The same as the order, unless samples of one length had to be brought together.
        """
        return self.order_array if self.lengths is None else self._batching.order

    # -- where the state comes from ---------------------------------------------------------------

    def zeroed_at_start(self, epoch: int, batch: int) -> Cause | None:
        """Return why all rows start this batch from zeros, or None where the state is carried over."""
        if epoch == 0 and batch == 0:
            return "start"
        if not self.stateful:
            return "stateless"
        if batch == 0 and self.resets.each_epoch:
            return "each epoch"
        return "each batch" if self.resets.each_batch else None

    @functools.cached_property
    def sequence_changes(self) -> SequenceChanges | None:
        """Where rows are reset because a new sequence begins; None where that is no cause."""
        if not self.resets.each_sequence or not self.stateful or self.resets.each_batch:
            return None
        assert isinstance(self.sequences, SampleSequences)
        batches, rows = np.arange(self.batches)[:, None], np.arange(self.batch_size)
        return SequenceChanges(self.sequences, self.samples_at(batches, rows))

    def _points(self, epoch: int, batch: int) -> list[ResetPoint]:
        points = self._points_by_batch.get(batch, [])
        return [p for p in points if p.epoch is None or p.epoch == epoch]

    @functools.cached_property
    def _points_by_batch(self) -> dict[int, list[ResetPoint]]:
        found: dict[int, list[ResetPoint]] = {}
        for point in self.resets.at:
            found.setdefault(point.batch, []).append(point)
        return found

    def _every(self, epoch: int, batch: int) -> range:
        """Timesteps of this batch at which the policy "every n timesteps" resets."""
        every = self.resets.every
        if every is None:
            return range(0)
        batches_run = batch if self.resets.each_epoch else epoch * self.batches + batch
        run = 0 if not self.stateful or self.resets.each_batch else self.timetable.first(batches_run)
        return range(-run % every, self.timesteps_of(batch), every)

    def has_resets(self, epoch: int, batch: int) -> bool:
        """Whether anything may reset a row inside this batch, after its first timestep."""
        return bool(self._every(epoch, batch)) or bool(self._points(epoch, batch))

    def reset_mask(self, epoch: int, batch: int) -> NDArray[np.bool_]:
        """Where the state becomes zero just before a timestep is processed.

        Returns
        -------
        ndarray of bool, shape (timesteps, rows)
            Row r of timestep 0 is True as well when the batch starts from zeros.
        """
        mask = np.zeros((self.timesteps_of(batch), self.rows(batch)), bool)
        mask[0] = self.zeroed_at_start(epoch, batch) is not None
        if self.sequence_changes is not None:
            mask[0] |= self.sequence_changes.begins(batch)
        every = self._every(epoch, batch)
        mask[every.start : every.stop : every.step] = True  # a range itself would become a list first
        for point in self._points(epoch, batch):
            rows = [r for r in point.rows if r < mask.shape[1]] if point.rows is not None else slice(None)
            mask[point.timestep, rows] = True
        return mask

    def reset_cause(self, position: Position, row: int) -> Cause | None:
        """Return why the row's state becomes zero just before this step, or None where it does not."""
        epoch, batch, timestep = position.epoch, position.batch, position.timestep
        if any(
            p.timestep == timestep and (p.rows is None or row in p.rows) for p in self._points(epoch, batch)
        ):
            return "point"
        if timestep == 0 and (cause := self.zeroed_at_start(epoch, batch)):
            return cause
        changes = self.sequence_changes
        if timestep == 0 and changes is not None and changes.begins(batch)[row]:
            return "sequence"
        return "every" if timestep in self._every(epoch, batch) else None

    def reset_steps(
        self,
        epoch: int,
        batch: int,
        row: int,
        start: int | None = None,
        stop: int | None = None,
        one_of: int = 1,
    ) -> list[tuple[int, Cause]]:
        """Return the steps of this batch at which the row is reset, with their causes.

        Parameters
        ----------
        epoch, batch, row : int
        start, stop : int or None
            The first step that is looked at and the one after the last; None for the batch's own.
        one_of : int
            Return but one of so many of those that the policy "every n timesteps" makes; the same ones
            whatever is looked at.
        """
        first = self.step(Position(epoch, batch, 0))
        begin = max(0, (first if start is None else start) - first)
        end = self.timesteps_of(batch) if stop is None else stop - first
        every = self._every(epoch, batch)[::one_of]
        causes: dict[int, Cause | None] = dict.fromkeys(
            every[bisect.bisect_left(every, begin) : bisect.bisect_left(every, end)], "every"
        )
        for t in (0, *(p.timestep for p in self._points(epoch, batch))):  # where there may be another cause
            if begin <= t < end:
                causes[t] = self.reset_cause(Position(epoch, batch, t), row)
        return [(first + t, cause) for t, cause in sorted(causes.items()) if cause is not None]

    def handed_from(self, epoch: int, batch: int, row: int) -> int | None:
        """Return the sample whose last state this row starts the batch from, or None for zeros."""
        if self.reset_cause(Position(epoch, batch, 0), row) is not None:
            return None
        return self.sample((batch - 1) % self.batches, row)

    def state_source(self, step: int, row: int) -> StateSource:
        """Return where the state that the row has before this step came from."""
        return state_source(self, step, row)

    # -- changing it ------------------------------------------------------------------------------

    def with_reset(self, point: ResetPoint) -> Plan:
        """Return this plan with one more reset point."""
        return replace(self, resets=replace(self.resets, at=(*self.resets.at, point)))

    def resets_for_batch_size(self, batch_size: int) -> Resets:
        """Return the resets with each reset point where its samples are under another batch size."""
        # Stateless, because a size that does not divide is refused where it is chosen.
        other = replace(self, batch_size=min(batch_size, self.samples), stateful=False, resets=Resets())
        return self.resets_in(other)

    def resets_in(self, other: Plan) -> Resets:
        """Return the resets with each reset point where its samples are in another plan of them.

        The same samples are reset before the same timestep, as far as they have it; a point may fall apart
        into several.
        """
        return moved_resets(self, other)

    def same_batches(self, other: Plan) -> bool:
        """Whether another plan has the same samples in the same batches and rows."""
        return all(getattr(self, name) == getattr(other, name) for name in _SAME_BATCHES)

    def first_difference(self, other: Plan) -> int | None:
        """Return the first step whose state may differ under another plan.

        Returns
        -------
        int or None
            Everything recorded before this step is right under both; None when no step differs. A
            shorter or longer run alone differs nowhere: the steps that both have are the same.
        """
        of_kind(other, Plan, "Another plan", PlanError, "Give a Plan.")
        if not self.same_batches(other):
            return 0
        return first_difference(self, other)
