"""What one LSTM did during a run: arrays for scripts, and windows for views."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.cell_state import is_large, unrolled
from lstm_viz.checking import whole
from lstm_viz.errors import TraceError
from lstm_viz.layers import LSTMLayer
from lstm_viz.plan import Position
from lstm_viz.pyramid import Pyramid, level_size
from lstm_viz.recorded import Recorded
from lstm_viz.signals import SIGNALS, C, H
from lstm_viz.storage import GrowingArray
from lstm_viz.timetable import Timetable

Array = NDArray[Any]

_CACHE_LINE = 16  # numbers of float32


@dataclass(frozen=True)
class Window:
    """Part of a recording, with no more columns than were asked for.

    Parameters
    ----------
    start, stop : int
        The steps that it covers. The last group may reach past what is recorded.
    factor : int
        Steps that are merged into one group; 1 when nothing is merged.
    values : ndarray of float32, shape (6, units, columns)
        In the order ``i f g o c h``; NaN where a step was masked. With factor 1, column k is step
        start + k. Otherwise columns 2k and 2k + 1 are the minimum and the maximum of the steps from
        start + k·factor on.
    """

    start: int
    stop: int
    factor: int
    values: Array


class LayerTrace:
    """What one LSTM did during a run.

    Public arrays are float32 of shape ``(samples, timesteps, units)``; what is not recorded is NaN, and so
    is what lies past the end of a shorter sample. In a run of several epochs they show the last one begun.

    Parameters
    ----------
    recorded : Recorded
    layer : LSTMLayer
    timetable : Timetable
        Of the layer's own steps; that of the run itself where it shares the input's time.
    make : callable
        Makes an array of the recording.
    writable : bool

    Attributes
    ----------
    layer : LSTMLayer
    timesteps : int
        Timesteps of its own sequence, of the longest one where they differ; not the input's behind a
        pooling or RepeatVector layer.
    timetable : Timetable
    """

    def __init__(
        self,
        recorded: Recorded,
        layer: LSTMLayer,
        timetable: Timetable,
        make: Callable[..., GrowingArray],
        writable: bool = True,
    ) -> None:
        self.layer = layer
        self.timesteps = timetable.longest
        self.timetable = timetable
        self._recorded = recorded
        plan = recorded.plan
        rows, steps, together = plan.batch_size, plan.epochs * timetable.per_epoch, timetable.longest
        self._signals = make("signals", (rows, len(SIGNALS), layer.units), np.float32, steps, together)
        self._mask = make("mask", (rows,), np.bool_, steps, together)
        self._initial = make("initial", (rows, 2, layer.units), np.float32, plan.epochs * plan.batches)
        folder = self._signals.folder
        # Merging always comes before publishing, so that what a folder has published is merged.
        merged = 0 if folder is None else self.count
        self._pyramid = Pyramid(self._signals, folder and folder.parent, writable, merged)

    def __repr__(self) -> str:
        samples, units = self._recorded.plan.samples, self.layer.units
        sizes = f"{samples:,} samples × {self.timesteps:,} timesteps × {units:,} units"
        return f"<LayerTrace: {self.layer.path}, {sizes}>"

    # -- arrays for scripts -------------------------------------------------------------------------

    @property
    def i(self) -> Array:
        """Input gate."""
        return self.signal("i")

    @property
    def f(self) -> Array:
        """Forget gate."""
        return self.signal("f")

    @property
    def g(self) -> Array:
        """Candidate."""
        return self.signal("g")

    @property
    def o(self) -> Array:
        """Output gate."""
        return self.signal("o")

    @property
    def c(self) -> Array:
        """Cell state after each timestep.

        float64 where it grows so large that float32 would be off by more than 1e-5; see
        :mod:`lstm_viz.cell_state`.
        """
        c = self.signal("c")
        if not is_large(c):
            return c
        gates, resets = (self.i, self.f, self.g), self._resets_inside()
        return unrolled(gates, c, self.initial_c, self.mask, resets, self.layer.go_backwards)

    @property
    def h(self) -> Array:
        """Hidden state after each timestep."""
        return self.signal("h")

    def signal(self, name: str) -> Array:
        """Return one signal by its letter, shape (samples, timesteps, units).

        Raises
        ------
        TraceError
            There is no such signal.
        """
        if name not in SIGNALS:
            raise TraceError(f"There is no signal {name!r}.", f"There is: {', '.join(SIGNALS)}.")
        return self._by_sample(self._signals, np.nan, SIGNALS.index(name))

    @property
    def mask(self) -> NDArray[np.bool_]:
        """True where a timestep was computed, shape (samples, timesteps)."""
        return self._by_sample(self._mask, False)

    @property
    def initial_h(self) -> Array:
        """The h that each sample's first processed timestep started from, shape (samples, units)."""
        return self._start(0)

    @property
    def initial_c(self) -> Array:
        """The c that each sample's first processed timestep started from, shape (samples, units)."""
        return self._start(1)

    def _resets_inside(self) -> NDArray[np.bool_] | None:
        """Where the layer was reset inside a sequence, (samples, timesteps); None for nowhere."""
        plan, epoch = self._recorded.plan, self._recorded.last_epoch()[0]
        if self.timetable != self._recorded.timetable:  # a time of its own
            return None
        resets = np.zeros((plan.samples, plan.timesteps), np.bool_)
        for batch in range(plan.batches):
            if plan.has_resets(epoch, batch):
                mask = plan.reset_mask(epoch, batch)
                resets[plan.samples_of(batch), 1 : len(mask)] = mask[1:].T
        return resets

    def _by_sample(self, array: GrowingArray, fill: Any, *index: Any) -> Array:
        epoch = self._recorded.last_epoch()[0]
        have = self.count - epoch * self.timetable.per_epoch
        return self._recorded.samples_first(array, self.timetable, have, fill, *index)

    def _start(self, state: int) -> Array:
        recorded = self._recorded
        batches, part = recorded.timetable.place(recorded.last_epoch()[1])
        of_batches = Timetable(recorded.plan.batches, 1)
        return recorded.samples_first(self._initial, of_batches, batches + (part > 0), np.nan, state)[:, 0]

    # -- windows for views --------------------------------------------------------------------------

    @property
    def steps(self) -> int:
        """Steps of this layer in the whole run."""
        return self._signals.length

    @property
    def count(self) -> int:
        """Steps of this layer that are recorded."""
        return self.step_of(self._recorded.count)

    def step_of(self, step: int) -> int:
        """Return this layer's step for a step of the run; the same where it shares the input's time."""
        return int(self._recorded.timetable.same_time(step, self.timetable))

    def values(self, step: int, row: int) -> Array:
        """Return the six signals after one of this layer's steps, shape (6, units)."""
        return np.array(self._signals.read(step, step + 1, row)[0])

    def all_rows(self, step: int) -> Array:
        """Return the six signals of all rows after one of this layer's steps, shape (rows, 6, units)."""
        return np.array(self._signals.read(step, step + 1)[0])

    def blocks(self, most_bytes: int = 2**24) -> Iterator[Array]:
        """Yield the six signals of everything recorded, in blocks (steps, rows, 6, units) of at most so much.

        Rows that a last smaller batch lacks are NaN.
        """
        length = max(1, most_bytes // (self._signals.dtype.itemsize * math.prod(self._signals.item_shape)))
        count = self.count
        for start in range(0, count, length):
            yield self._signals.read(start, min(count, start + length))

    def at(self, steps: NDArray[np.intp], rows: NDArray[np.intp], signal: int | None = None) -> Array:
        """Return the signals of single steps and rows, shape (n, 6, units), or one of them, (n, units)."""
        return self._signals.take(steps, rows, *(() if signal is None else (signal,)))

    def mask_at(self, steps: NDArray[np.intp], rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Return whether single steps of single rows were computed and not masked, shape (n,)."""
        return self._mask.take(steps, rows)

    def initial_at(
        self, batches: NDArray[np.intp], rows: NDArray[np.intp], recorded: NDArray[np.bool_]
    ) -> Array:
        """Return h and c that rows of batches (counted through the epochs) started from, (n, 2, units).

        NaN where nothing of the batch is ``recorded``.
        """
        found = np.full((len(batches), 2, self.layer.units), np.nan, np.float32)
        found[recorded] = self._initial.take(batches[recorded], rows[recorded])
        return found

    def computed(self, step: int, row: int) -> bool:
        """Whether a step was computed and not masked."""
        return bool(self._mask.read(step, step + 1, row)[0])

    def initial_of(self, batch: int, row: int) -> Array:
        """Return h and c that a row started a batch from, counted through the epochs, shape (2, units)."""
        return np.array(self._initial.read(batch, batch + 1, row)[0])

    def state_before_row(self, step: int, row: int) -> Array:
        """Return h and c of one row as one of this layer's steps found them, shape (2, units).

        A masked step hands on what it found.
        """
        number, timestep = self.timetable.place(step)
        plan, timesteps = self._recorded.plan, self.timetable.length(number)
        if timestep == (timesteps - 1 if self.layer.go_backwards else 0):
            return self.initial_of(number, row)
        epoch, batch = divmod(number, plan.batches)
        input_time = timesteps == plan.timesteps_of(batch)  # only then is it reset inside a sequence
        if input_time and timestep and plan.reset_cause(Position(epoch, batch, timestep), row) is not None:
            return np.zeros((2, self.layer.units), np.float32)
        before = step + 1 if self.layer.go_backwards else step - 1
        return np.array(self._signals.read(before, before + 1, row)[0][[H, C]])

    def window(self, row: int, start: int, stop: int, columns: int) -> Window:
        """Return a range of this layer's steps, merged so far that it fits the columns.

        Groups begin at multiples of their size, so that a view that scrolls does not flicker. Four columns
        are the fewest into which groups of any size fit.

        Parameters
        ----------
        row : int
            Of the batch, from 0.
        start, stop : int
            The first of this layer's steps and the one after the last; what is not recorded is left out, and
            its share of the columns with it.
        columns : int
            The most that there may be.

        Returns
        -------
        Window

        Raises
        ------
        TraceError
            There is no such row, or something is no whole number.
        """
        row = whole(row, "The row", TraceError, 0, self._mask.item_shape[0] - 1)
        start, stop = (whole(value, "The range of steps", TraceError) for value in (start, stop))
        columns = whole(columns, "The number of columns", TraceError)
        count = self.count
        start = min(max(0, start), self.steps)
        asked = min(max(start, stop), self.steps) - start  # recorded or not: it has all columns
        stop = max(start, min(stop, count))
        if asked <= max(1, columns):
            return Window(start, stop, 1, columns_last(self._signals.views(start, stop, row), *self._size))
        factor = group_size(asked, columns)
        start = start // factor * factor
        stop = max(start, min(-(-stop // factor) * factor, count))
        if start >= count:
            return Window(start, start, factor, columns_last([], *self._size))
        if self._signals.folder is None:
            self._pyramid.catch_up(count)
        pairs = self._pyramid.extremes(start, stop, factor, count, row)
        values = columns_last([pairs], *self._size)
        return Window(start, start + len(pairs) * factor, factor, values)

    @property
    def _size(self) -> tuple[int, int]:
        return len(SIGNALS), self.layer.units

    # -- writing and going back ---------------------------------------------------------------------

    def write(self, step: int, signals: Array, mask: Array) -> None:
        """Write signals (steps, rows, 6, units) and mask (steps, rows) from a layer's step on."""
        self._signals.write(step, self._padded(signals, np.nan))
        self._mask.write(step, self._padded(mask, False))

    def write_initial(self, batch: int, initial: Array) -> None:
        """Write what the batch (counted through the epochs) started from, (rows, 2, units)."""
        self._initial.write(batch, self._padded(initial[None], np.nan))

    def _padded(self, values: Array, fill: Any) -> Array:
        """Return the values with as many rows as a full batch has."""
        missing = self._recorded.plan.batch_size - values.shape[1]
        if not missing:
            return values
        width = [(0, 0), (0, missing), *[(0, 0)] * (values.ndim - 2)]
        return np.pad(values, width, constant_values=fill)

    def end_at(self, count: int) -> None:
        """Set NaN where so many steps of the run are all that there will be.

        The last of them may need the one after it: a layer that reads backwards finds its state there.
        """
        own = self.step_of(count)
        inside = self.timetable.place(own)[1] > 0
        if self.layer.go_backwards and inside and own < self.steps:
            rows, *_ = self._mask.item_shape
            nothing = np.full((1, rows, len(SIGNALS), self.layer.units), np.nan, np.float32)
            self.write(own, nothing, np.zeros((1, rows), np.bool_))

    def state_before(self, step: int) -> Array:
        """Return h and c of all rows as they were before a step, shape (rows, 2, units); zeros at first.

        At the border of two batches it is the state after the last *processed* timestep, which for a
        layer that reads backwards is the first one.
        """
        own = self.step_of(step)
        if own == 0:
            return np.zeros((self._recorded.plan.batch_size, 2, self.layer.units), np.float32)
        number, timestep = self._recorded.timetable.place(step)
        at_border = timestep == 0
        last = self.timetable.first(number - 1) if self.layer.go_backwards and at_border else own - 1
        return np.array(self._signals.read(last, last + 1)[0][:, [H, C]])

    def any_computed(self, start: int, stop: int) -> NDArray[np.bool_]:
        """Return for each row whether any of these steps was computed."""
        return np.asarray(self._mask.read(start, stop).any(axis=0))

    def catch_up(self, step: int) -> None:
        """Merge what is written before a step of the run, for windows."""
        self._pyramid.catch_up(self.step_of(step))

    def truncate(self, step: int) -> None:
        """Forget what was merged from a step of the run on."""
        self._pyramid.truncate(self.step_of(step))

    def bytes_to_come(self) -> int:
        """Return how many bytes the rest of the run takes on the disk."""
        arrays = (self._signals, self._mask, self._initial, self._pyramid)
        return sum(array.bytes_to_come() for array in arrays)

    def arrays(self, count: int) -> Iterator[tuple[str, GrowingArray, int]]:
        """Yield the name of each array, the array, and how much of it belongs to so many steps of the run."""
        yield "signals", self._signals, self.step_of(count)
        yield "mask", self._mask, self.step_of(count)
        batches, part = self._recorded.timetable.place(count)
        yield "initial", self._initial, batches + (part > 0)


def columns_last(pieces: Sequence[Array], signals: int, units: int) -> Array:
    """Return entries one after another as columns.

    As many at a time as fill a line of the processor's cache: several times faster than numpy's own copy
    of an array whose axes are moved.

    Parameters
    ----------
    pieces : sequence of ndarray of float32, shape (entries, signals, units) or (entries, 2, signals, units)
    signals, units : int

    Returns
    -------
    ndarray of float32, shape (signals, units, columns)
        A column for each entry, or for each of its two one after the other.
    """
    columns = sum(piece.size for piece in pieces) // (signals * units)
    values = np.empty((signals * units, columns), np.float32)
    at = 0
    for piece in map(np.asarray, pieces):
        step = _CACHE_LINE // (piece.shape[1] if piece.ndim == 4 else 1)
        for first in range(0, len(piece), step):
            block = piece[first : first + step].reshape(-1, signals * units)
            values[:, at : at + len(block)] = block.T
            at += len(block)
    return values.reshape(signals, units, columns)


def group_size(steps: int, columns: int) -> int:
    """Return how many steps to merge so that their minima and maxima fit the columns."""
    groups = max(1, columns // 2 - 1)  # one more, because the range need not begin where a group does
    wanted = math.ceil(steps / groups)
    size = level_size(wanted)
    return -(-wanted // size) * size
