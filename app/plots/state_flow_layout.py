"""Where the state of each cell of a run comes from. No Qt.

Every answer is asked of the plan and of the dataset; what is kept here is only remembered.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum
from time import perf_counter
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lstm_viz.dataset import Dataset
from lstm_viz.dataset.dataset import Relation
from lstm_viz.plan import Cause, Plan, Position

_PIECE = 512  # columns that are worked out at once, fewer where they have many rows
_CELLS_OF_A_PIECE = 50_000
_MOST_INNER = 200  # resets inside a cell that are listed one by one
MOST_CELLS_SCANNED = 4_000_000


class Status(IntEnum):
    """How a cell's state begins; where several cells are drawn as one, the highest number is kept."""

    MISSING = 0  # the batch has fewer rows
    CARRIED = 1  # handed on to data that continue
    START = 2  # zero: the run starts here
    STATELESS = 3  # zero: not stateful
    POLICY = 4  # zero: reset by a policy
    BY_HAND = 5  # zero: reset point
    OVERLAPS = 6  # handed on to data that overlap
    BREAKS = 7  # handed on to data that do not continue


_OF_CAUSE: dict[Cause | None, Status] = {
    None: Status.CARRIED,
    "start": Status.START,
    "stateless": Status.STATELESS,
    "each batch": Status.POLICY,
    "each epoch": Status.POLICY,
    "sequence": Status.POLICY,
    "every": Status.POLICY,
    "point": Status.BY_HAND,
}
_OF_RELATION: dict[Relation | None, Status] = {
    "continues": Status.CARRIED,
    "overlaps": Status.OVERLAPS,
    "skips": Status.BREAKS,
    "goes back": Status.BREAKS,
    None: Status.BREAKS,
}
HANDED = (Status.CARRIED, Status.OVERLAPS, Status.BREAKS)


@dataclass(frozen=True)
class Cell:
    """One sample in its place in the run, and the state that it starts from.

    Parameters
    ----------
    epoch, batch, row : int
        Counted from 0.
    sample : int
    source : int or None
        The sample whose last state it starts from; None for zeros.
    cause : Cause or None
        Why it starts from zeros.
    relation : Relation, "separate" or None
        How the sample lies to the source; "separate" for sequences that are no parts of one series; None
        where nothing is handed on or the data are unknown.
    resets : tuple of (int, Cause)
        Timesteps after the first one before which the state becomes zero. Of a policy that resets more
        than 200 times in the cell none is listed.
    """

    epoch: int
    batch: int
    row: int
    sample: int
    source: int | None
    cause: Cause | None
    relation: Relation | Literal["separate"] | None
    resets: tuple[tuple[int, Cause], ...] = ()

    @property
    def status(self) -> Status:
        """How its state begins."""
        if self.source is None:
            return _OF_CAUSE[self.cause]
        if self.relation is None:
            return Status.CARRIED
        return _OF_RELATION[None if self.relation == "separate" else self.relation]


def flow_cell(plan: Plan, dataset: Dataset | None, epoch: int, batch: int, row: int) -> Cell:
    """Return what there is to say about one cell.

    Parameters
    ----------
    plan : Plan
    dataset : Dataset or None
        None leaves open whether the data continue.
    epoch, batch, row : int
        Of a row that the batch has.
    """
    sample, source = plan.sample(batch, row), plan.handed_from(epoch, batch, row)
    relation = None
    if source is not None and dataset is not None:
        relation = dataset.relation(source, sample) or "separate"
    cause = plan.reset_cause(Position(epoch, batch, 0), row)
    return Cell(epoch, batch, row, sample, source, cause, relation, inner_resets(plan, epoch, batch, row))


def too_many_to_list(plan: Plan) -> bool:
    """Whether the policy "every n timesteps" resets too often in a batch to list each time."""
    return plan.resets.every is not None and plan.timesteps > _MOST_INNER * plan.resets.every


def inner_resets(
    plan: Plan, epoch: int, batch: int, row: int, by_hand_only: bool = False
) -> tuple[tuple[int, Cause], ...]:
    """Return the timesteps after the first one before which a row is reset, with their causes.

    Those of a policy are left out where they are too many to list, or if only those put by hand are asked.
    """
    if not plan.has_resets(epoch, batch):
        return ()
    if not by_hand_only and not too_many_to_list(plan):
        first = plan.step(Position(epoch, batch, 0))
        steps = plan.reset_steps(epoch, batch, row)
        return tuple((step - first, cause) for step, cause in steps if step > first)
    places = sorted({p.timestep for p in plan.resets.at if p.batch == batch and p.timestep > 0})
    asked = ((t, plan.reset_cause(Position(epoch, batch, t), row)) for t in places)
    return tuple((t, cause) for t, cause in asked if cause == "point")


# -- the whole run ----------------------------------------------------------------------------------


def hand_over_statuses(dataset: Dataset | None, before: np.ndarray, after: np.ndarray) -> NDArray[np.uint8]:
    """Say for pairs of samples how the one that takes the state lies to the one that hands it over.

    The dataset is asked once for all pairs that lie alike to one another.

    Parameters
    ----------
    dataset : Dataset or None
    before, after : ndarray of int
        Samples; of the same shape.

    Returns
    -------
    ndarray of uint8
        A `Status` each.
    """
    if dataset is None:
        return np.full(before.shape, Status.CARRIED, np.uint8)
    extents, sequences = dataset.extents, dataset.sequences
    if extents is None:
        return np.full(before.shape, _OF_RELATION[None], np.uint8)
    start, end = extents[:, 0], extents[:, 1]
    length = (end - start)[before]
    reach = int(length.max()) + 2
    apart = np.clip(start[after] - start[before], 0, reach)  # how far away what does not touch lies is alike
    alike = apart * reach + length
    if sequences is not None:
        alike = np.where(sequences[before] == sequences[after], alike, -1)
    kinds, asked, which = np.unique(alike, return_index=True, return_inverse=True)
    answers = np.empty(len(kinds), np.uint8)
    for k, at in enumerate(asked.tolist()):
        answers[k] = _OF_RELATION[dataset.relation(int(before.flat[at]), int(after.flat[at]))]
    return answers[which.reshape(before.shape)]


@dataclass
class Summary:
    """What was found so far on the way through a run.

    Parameters
    ----------
    columns : int
        Batches looked at, from the start of the run.
    counts : ndarray of int, shape (8,)
        Cells of each `Status`.
    first : dict of Status to (int, int)
        Column and row of the first cell of each.
    """

    columns: int = 0
    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(len(Status), np.int64))
    first: dict[Status, tuple[int, int]] = field(default_factory=dict)

    def count(self, *statuses: Status) -> int:
        """Cells of any of these."""
        return int(sum(self.counts[status] for status in statuses))


class Flow:
    """The cells of a run: a column for each batch of each epoch, a row for each row of a batch.

    Columns are worked out when they are asked for, and remembered.

    Parameters
    ----------
    plan : Plan
    dataset : Dataset or None
        None leaves open whether the data continue.
    like : Flow, optional
        What it knows of the order of the samples is taken over where that is the same.
    """

    def __init__(self, plan: Plan, dataset: Dataset | None, like: Flow | None = None) -> None:
        self.plan, self.dataset = plan, dataset
        self.columns = plan.epochs * plan.batches
        self.rows = plan.batch_size
        self.summary = Summary()
        self._width = max(1, min(_PIECE, _CELLS_OF_A_PIECE // self.rows))
        self._pieces: dict[int, NDArray[np.uint8]] = {}
        self._hand_overs: NDArray[np.uint8] | None = None
        if like is not None and like.dataset is dataset and _same_order(like.plan, plan):
            self._hand_overs = like._hand_overs
        # Rows that a point may treat otherwise than the rest, for each batch with points.
        self._named: dict[int, set[int]] = {}
        for point in plan.resets.at:
            self._named.setdefault(point.batch, set()).update(point.rows or ())

    def place(self, column: int) -> tuple[int, int]:
        """Return the epoch and batch of a column."""
        return divmod(column, self.plan.batches)

    def column(self, epoch: int, batch: int) -> int:
        """Return the column of a batch."""
        return epoch * self.plan.batches + batch

    def column_of_step(self, step: int) -> int:
        """Return the column in which a step of the run lies."""
        return int(self.plan.timetable.place(step)[0])

    def first_step(self, column: int) -> int:
        """Return the first step of a column."""
        return int(self.plan.timetable.first(column))

    def columns_done(self, count: int) -> float:
        """Return how many columns the first steps fill, and what share of the next one."""
        column, timestep = self.plan.timetable.place(count)
        return float(column + timestep / self.plan.timetable.length(column))

    def cell(self, column: int, row: int) -> Cell | None:
        """Return a cell, or None where the run has none."""
        if not 0 <= column < self.columns or not 0 <= row < self.rows:
            return None
        epoch, batch = self.place(column)
        if row >= self.plan.rows(batch):
            return None
        return flow_cell(self.plan, self.dataset, epoch, batch, row)

    def statuses(self, first: int, last: int) -> NDArray[np.uint8]:
        """Return the `Status` of all rows of some columns, shape (rows, last − first)."""
        first, last = max(first, 0), min(last, self.columns)
        if first >= last:
            return np.zeros((self.rows, 0), np.uint8)
        pieces = [self._piece(k) for k in range(first // self._width, (last - 1) // self._width + 1)]
        together = pieces[0] if len(pieces) == 1 else np.concatenate(pieces, axis=1)
        offset = first // self._width * self._width
        return together[:, first - offset : last - offset]

    def merged(self, first: int, last: int, factor: int) -> NDArray[np.uint8]:
        """Return the worst `Status` in each group of so many columns; `first` and `last` count groups."""
        values = self.statuses(first * factor, last * factor)
        if factor == 1 or not values.shape[1]:
            return values
        return np.maximum.reduceat(values, np.arange(0, values.shape[1], factor), axis=1)

    def points_within(self, first: int, last: int) -> list[tuple[int, tuple[int, ...] | None]]:
        """Return the column of each reset point between two columns, and its rows; None for all rows."""
        batches = self.plan.batches
        found = []
        for point in self.plan.resets.at:
            start = point.batch + batches * (first // batches)
            columns = (
                range(start, last, batches) if point.epoch is None else [point.epoch * batches + point.batch]
            )
            found += [(column, point.rows) for column in columns if first <= column < last]
        return found

    def worst_column(self, group: int, row: int, factor: int) -> int:
        """Return the first of the worst columns of a group in a row."""
        return group * factor + int(np.argmax(self.statuses(group * factor, (group + 1) * factor)[row]))

    # -- looking through all of it ------------------------------------------------------------------

    @property
    def scanned(self) -> bool:
        """Whether the summary is as complete as it gets."""
        return self.summary.columns >= self.columns or self.summary.columns * self.rows >= MOST_CELLS_SCANNED

    def scan(self, seconds: float) -> bool:
        """Go on looking through the run for so long; return whether that is done."""
        until = perf_counter() + seconds
        while not self.scanned:
            self._look_at(self.summary.columns)
            if perf_counter() >= until:
                break
        return self.scanned

    def _look_at(self, first: int) -> None:
        values = self.statuses(first, first + self._width).T
        found, at, counts = np.unique(values, return_index=True, return_counts=True)
        for status, place, count in zip(found.tolist(), at.tolist(), counts.tolist(), strict=True):
            self.summary.counts[status] += count
            column, row = divmod(place, self.rows)
            self.summary.first.setdefault(Status(status), (first + column, row))
        self.summary.columns += len(values)

    def hand_overs_under(self, order: tuple[int, ...]) -> NDArray[np.int64]:
        """Count the hand-overs of each `Status` of one epoch if the samples came in another order.

        What is reset depends on the places alone, unless sequences are, so that only the samples in them
        are exchanged. The border to the epoch before is left out: it goes back in every order.
        """
        found = np.zeros(len(Status), np.int64)
        if self.plan.sequence_changes is not None:
            other = Flow(self._of_one_epoch(order), self.dataset)
            for piece in range(0, other.columns, self._width):
                statuses = other.statuses(piece, piece + self._width)
                found += np.bincount(statuses.ravel(), minlength=len(Status))
            found[[status for status in Status if status not in HANDED]] = 0
            return found
        statuses = self._in_order(np.asarray(order, np.intp))
        for piece in range(0, self.plan.batches, self._width):
            last = min(piece + self._width, self.plan.batches)
            handed = np.isin(self.statuses(piece, last), HANDED)
            handed[:, 0] &= piece > 0
            found += np.bincount(statuses[:, piece:last][handed], minlength=len(Status))
        return found

    def _of_one_epoch(self, order: tuple[int, ...]) -> Plan:
        at = tuple(point for point in self.plan.resets.at if not point.epoch)
        return replace(self.plan, order=order, epochs=1, resets=replace(self.plan.resets, at=at))

    # -- pieces -------------------------------------------------------------------------------------

    def _piece(self, k: int) -> NDArray[np.uint8]:
        known = self._pieces.get(k)
        if known is None:
            first, last = k * self._width, min((k + 1) * self._width, self.columns)
            known = self._starts(first, last)
            if self.plan.stateful and self.dataset is not None:
                relations = self._relations()[:, np.arange(first, last) % self.plan.batches]
                known = np.where(known == Status.CARRIED, relations, known)
            self._pieces[k] = known
        return known

    def _starts(self, first: int, last: int) -> NDArray[np.uint8]:
        """Ask the plan why each cell starts from zeros; CARRIED where it does not."""
        plan, named = self.plan, self._named
        made = np.empty((self.rows, last - first), np.uint8)
        for k, column in enumerate(range(first, last)):
            epoch, batch = divmod(column, plan.batches)
            if plan.resets.every is None and batch not in named:
                cause = plan.zeroed_at_start(epoch, batch)
                made[:, k] = _OF_CAUSE[cause]
                if cause is None and plan.sequence_changes is not None:
                    made[plan.sequence_changes.begins(batch), k] = _OF_CAUSE["sequence"]
                continue
            rows = named.get(batch, set())
            position = Position(epoch, batch, 0)
            other = next((row for row in range(self.rows) if row not in rows), None)
            if plan.sequence_changes is not None:
                rows = set(range(self.rows))  # each may be in a sequence of its own
            elif other is not None:
                made[:, k] = _OF_CAUSE[plan.reset_cause(position, other)]
            for row in rows:
                made[row, k] = _OF_CAUSE[plan.reset_cause(position, row)]
        if plan.samples < plan.batches * self.rows:
            batches = np.arange(first, last) % plan.batches
            made[plan.samples_at(batches[None], np.arange(self.rows)[:, None]) < 0] = Status.MISSING
        return made

    def _relations(self) -> NDArray[np.uint8]:
        """Return for each row and batch how its sample lies to the one in the batch before, in a circle."""
        if self._hand_overs is None:
            visits = self.plan.visits
            self._hand_overs = self._in_order(np.arange(self.plan.samples) if visits is None else visits)
        return self._hand_overs

    def _in_order(self, order: NDArray[np.intp]) -> NDArray[np.uint8]:
        after = order.reshape(self.plan.batches, self.rows).T
        return hand_over_statuses(self.dataset, np.roll(after, 1, axis=1), after)


def _same_order(a: Plan, b: Plan) -> bool:
    return a.same_batches(b) and a.stateful == b.stateful
