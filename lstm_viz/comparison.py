"""Two runs of the same data beside each other: where they differ, by how much, and from where on."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.alignment import Alignment, Indices
from lstm_viz.compared_window import ComparedWindow, WindowReader
from lstm_viz.errors import TraceError
from lstm_viz.plan import Plan
from lstm_viz.signals import SIGNALS
from lstm_viz.trace import LayerTrace, Trace

Array = NDArray[Any]

TOLERANCE = 1e-6  # what is no further apart is called equal
_PIECE = 500_000  # values that are compared at once


@dataclass(frozen=True)
class Place:
    """Where two runs were compared, each counted from 0.

    Parameters
    ----------
    epoch, sample, timestep : int
    unit : int or None
        Or the number of the entry of an output; None for all of them.
    """

    epoch: int
    sample: int
    timestep: int
    unit: int | None = None


@dataclass(frozen=True)
class Difference:
    """How far apart one signal, or one output, of two runs is.

    Parameters
    ----------
    compared : int
        Values that both runs have; masked ones have none.
    largest, mean : float
        Of the absolute differences; 0 where nothing is compared.
    at : Place or None
        Where the largest one is; None where there is no difference at all.
    since : Place or None
        The first step of run A at which they are more than a millionth apart; None where they never are.
    rows : ndarray, shape (batch size of A,)
        The largest one in each row of A; NaN where nothing is compared.
    """

    compared: int
    largest: float
    mean: float
    at: Place | None
    since: Place | None
    rows: Array


class Comparison:
    """Two recordings of the same data, aligned by epoch, sample and timestep.

    It keeps up with recordings that grow: :meth:`catch_up` looks at what is new and at nothing else.

    Parameters
    ----------
    a, b : Trace
        Of any batch sizes, orders and resets.
    path : str
        The LSTM layer of a.
    b_path : str or None
        The one of b to compare it with; None for the same path.

    Attributes
    ----------
    alignment : Alignment
    runs : tuple
        What it was made of: a, b and the paths of both layers.

    Raises
    ------
    TraceError
        There is no such layer, or the two layers differ in their units or timesteps.
    PlanError
        The runs have sequences of different lengths.
    """

    def __init__(self, a: Trace, b: Trace, path: str, b_path: str | None = None) -> None:
        self.a, self.b = a, b
        self.runs = a, b, path, b_path or path
        self.alignment = Alignment(a.plan, b.plan)
        layers = _layer(a, path), _layer(b, b_path or path)
        _check_alike(*layers)
        self._layers = layers
        self._signals = _Track(
            self.alignment,
            layers[0].timesteps,
            (lambda: layers[0].count, lambda: layers[1].count),
            (layers[0].at, layers[1].at),
            (len(SIGNALS), layers[0].layer.units),
        )
        self._outputs = [self._output_track(k) for k in range(min(len(a.output_specs), len(b.output_specs)))]
        self._reader = WindowReader(self.alignment, *layers)
        self._revisions = a.revision, b.revision

    @property
    def signals(self) -> dict[str, Difference]:
        """By the letter of the signal, of what is compared by now."""
        return {signal: self._signals.difference(k) for k, signal in enumerate(SIGNALS)}

    def signal(self, name: str) -> Difference:
        """Return how far apart one signal is, by its letter."""
        return self._signals.difference(SIGNALS.index(name))

    @property
    def outputs(self) -> tuple[Difference | None, ...]:
        """One for each output that both models have; None where the two differ in shape."""
        return tuple(None if track is None else track.difference(0) for track in self._outputs)

    def catch_up(self, most: int | None = None) -> bool:
        """Compare what both have and what is not compared yet.

        Parameters
        ----------
        most : int or None
            Stop after about so many values; None for all.

        Returns
        -------
        bool
            Whether all that both have is compared now.
        """
        self._start_again_if_dropped()
        left = math.inf if most is None else float(most)
        for track in (self._signals, *self._outputs):
            if track is not None:
                left -= track.catch_up(left)
        return left > 0

    def window(
        self, signal: str, row: int, start: int, stop: int, columns: int, most: int | None = None
    ) -> ComparedWindow:
        """Return one signal of both runs over steps of A, merged so far that it fits the columns.

        Parameters
        ----------
        signal : str
            Its letter.
        row : int
            Of A's batches; the values of B are those of the same samples.
        start, stop : int
            Steps of A's layer.
        columns : int
        most : int or None
            Read about so many values at most; what is then missing is read the next time.
        """
        self._start_again_if_dropped()
        return self._reader.window(SIGNALS.index(signal), row, start, stop, columns, most)

    def output_of_b(self, number: int, row: int, start: int, stop: int) -> tuple[Array, Array]:
        """Return the steps of A at which a row of A has an output in B, and that output of B.

        Parameters
        ----------
        number : int
            Of the output.
        row : int
        start, stop : int
            Steps of A's run.
        """
        alignment, b = self.alignment, self.b
        each_step, timesteps = b.output_specs[number].each_step, alignment.a.timesteps
        if each_step:
            steps = np.arange(start, stop)
        else:
            steps = np.arange(start // timesteps, stop // timesteps) * timesteps + timesteps - 1
            steps = steps[steps >= start]
        batch, timestep = np.divmod(steps, timesteps)
        epoch, batch = np.divmod(batch, alignment.a.batches)
        samples = alignment.samples_at(0, batch, row)
        b_batch, rows = alignment.places(1, np.maximum(samples, 0))
        batches = epoch * alignment.b.batches + b_batch
        there = (samples >= 0) & (epoch < alignment.epochs)
        there &= batches * timesteps + timestep < b.count
        entries = batches * timesteps + timestep if each_step else batches
        return steps[there], b.outputs_at(number, entries[there], rows[there])

    def _start_again_if_dropped(self) -> None:
        """Forget everything when recorded steps were dropped: numbers cannot be taken back."""
        revisions = self.a.revision, self.b.revision
        if revisions != self._revisions:
            self._revisions = revisions
            self._reader.forget()
            for track in (self._signals, *self._outputs):
                if track is not None:
                    track.forget()

    def _output_track(self, number: int) -> _Track | None:
        specs = self.a.output_specs[number], self.b.output_specs[number]
        if specs[0].shape != specs[1].shape or specs[0].each_step != specs[1].each_step:
            return None
        timesteps = self.alignment.a.timesteps if specs[0].each_step else 1
        traces = self.a, self.b

        def count(trace: Trace) -> int:
            return trace.count if specs[0].each_step else trace.count // trace.plan.timesteps

        return _Track(
            self.alignment,
            timesteps,
            (lambda: count(traces[0]), lambda: count(traces[1])),
            (_taker(traces[0], number), _taker(traces[1], number)),
            (1, math.prod(specs[0].shape)),
        )


def layer_to_compare(a: Trace, path: str, b: Trace) -> str | None:
    """Return the layer of b to compare a layer of a with: of the same path, or else the first alike.

    Layers are alike when they have the same number of units and of timesteps; None where none is.
    """
    wanted = _sizes(a.layers[path])
    alike = [other for other, layer in b.layers.items() if _sizes(layer) == wanted]
    return path if path in alike else alike[0] if alike else None


def _sizes(layer: LayerTrace) -> tuple[int, int]:
    return layer.layer.units, layer.timesteps


def _taker(trace: Trace, number: int) -> Callable[[Indices, Indices], Array]:
    def take(entries: Indices, rows: Indices) -> Array:
        values = trace.outputs_at(number, entries, rows)
        return np.asarray(values, np.float64).reshape(len(entries), 1, -1)

    return take


def _layer(trace: Trace, path: str) -> LayerTrace:
    if path not in trace.layers:
        raise TraceError(
            f"The recording has no layer {path!r}.", f"It has {', '.join(trace.layers) or 'none at all'}."
        )
    return trace.layers[path]


def _check_alike(a: LayerTrace, b: LayerTrace) -> None:
    for what, sizes in (
        ("units", (a.layer.units, b.layer.units)),
        ("timesteps", (a.timesteps, b.timesteps)),
    ):
        if sizes[0] != sizes[1]:
            raise TraceError(
                f"The layer {a.layer.path!r} has {sizes[0]} {what} and {b.layer.path!r} has {sizes[1]}: "
                "they cannot be compared one by one.",
                f"Choose two layers with the same number of {what}.",
            )


class _Track:
    """The running numbers of one quantity of two recordings that has so many entries in each batch.

    Parameters
    ----------
    alignment : Alignment
    per_batch : int
        Entries of a batch: timesteps, or 1 for an output at the end of each sequence.
    counts : pair of callables
        Return how many entries are recorded.
    takes : pair of callables
        Return the values of entries and rows, shape (n, channels, width).
    shape : tuple of int
        Channels and width.
    """

    def __init__(
        self,
        alignment: Alignment,
        per_batch: int,
        counts: tuple[Callable[[], int], Callable[[], int]],
        takes: tuple[Callable[[Indices, Indices], Array], Callable[[Indices, Indices], Array]],
        shape: tuple[int, int],
    ) -> None:
        self._alignment = alignment
        self._plans: tuple[Plan, Plan] = (alignment.a, alignment.b)
        self._per_batch = per_batch
        self._counts, self._takes = counts, takes
        self._channels, self._width = shape
        self.forget()

    def forget(self) -> None:
        """Start again."""
        alignment, channels = self._alignment, self._channels
        # How many entries of each sample are compared, and up to where each recording was looked at.
        self._done = np.zeros((alignment.epochs, alignment.samples), np.int32)
        self._seen = [0, 0]
        self._compared = np.zeros(channels, np.int64)
        self._sum = np.zeros(channels, np.float64)
        self._largest = np.zeros(channels, np.float64)
        self._at: list[Place | None] = [None] * channels
        self._since = np.full(channels, -1, np.int64)  # entry of A · rows + row
        self._rows = np.full((channels, self._plans[0].batch_size), np.nan)

    def difference(self, channel: int) -> Difference:
        """Return the numbers of one channel."""
        compared = int(self._compared[channel])
        since = int(self._since[channel])
        return Difference(
            compared,
            float(self._largest[channel]),
            float(self._sum[channel]) / compared if compared else 0.0,
            self._at[channel],
            None if since < 0 else self._place(*divmod(since, self._plans[0].batch_size)),
            self._rows[channel].copy(),
        )

    def catch_up(self, most: float) -> float:
        """Compare about so many values; return how many it were, no fewer than `most` if some are left."""
        counts = [count() for count in self._counts]
        used = 0.0
        for side in (0, 1):
            while self._seen[side] < counts[side]:
                if used >= most:
                    return used
                used += self._visit(side, counts, most - used)
        return used

    def _visit(self, side: int, counts: list[int], most: float) -> float:
        """Compare the samples of the next new batches of one recording; return how many values it were."""
        plan, size = self._plans[side], self._per_batch
        first = self._seen[side] // size
        epoch, batch = divmod(first, plan.batches)
        if epoch >= self._alignment.epochs:
            self._seen[side] = counts[side]
            return 0.0
        each = plan.batch_size * size * self._channels * self._width
        many = max(1, int(min(_PIECE, most)) // max(1, each))
        last = min(first + many, -(-counts[side] // size), (epoch + 1) * plan.batches)
        batches, rows = np.divmod(np.arange((last - first) * plan.batch_size), plan.batch_size)
        samples = self._alignment.samples_at(side, batches + batch, rows)
        samples = samples[samples >= 0]
        used, finished = self._compare(epoch, samples, counts, most)
        if finished:
            self._seen[side] = min(last * size, counts[side])
        return used + 1.0

    def _compare(self, epoch: int, samples: Indices, counts: list[int], most: float) -> tuple[float, bool]:
        """Compare what both have of some samples; return how many values it were, and whether it was all."""
        starts, places = [], []
        have = np.full(len(samples), self._per_batch)
        for side, plan in enumerate(self._plans):
            batches, rows = self._alignment.places(side, samples)
            start = (epoch * plan.batches + batches) * self._per_batch
            have = np.minimum(have, counts[side] - start)
            starts.append(start)
            places.append(rows)
        done = self._done[epoch, samples]
        used, each = 0.0, max(1, self._channels * self._width)
        limit = max(1, int(min(_PIECE, most)) // each)  # entries at once
        new = have > done
        # Few kinds: whole sequences, and those that are being written.
        for begin, end in set(zip(done[new].tolist(), have[new].tolist(), strict=True)):
            chosen = np.flatnonzero(new & (done == begin) & (have == end))
            length = min(end - begin, limit)
            many = max(1, limit // length)
            for at in range(0, len(chosen), many):
                piece = chosen[at : at + many]
                for t in range(begin, end, length):
                    if used >= most:
                        return used, False
                    stop = min(t + length, end)
                    self._add([start[piece] for start in starts], [rows[piece] for rows in places], t, stop)
                    self._done[epoch, samples[piece]] = stop
                    used += len(piece) * (stop - t) * each
        return used, True

    def _add(self, starts: list[Indices], rows: list[Indices], begin: int, end: int) -> None:
        """Add entries begin to end of some samples to the numbers."""
        inside = np.arange(begin, end)
        entries = [(start[:, None] + inside).ravel() for start in starts]
        rows = [np.repeat(row, end - begin) for row in rows]
        a, b = (take(entries[k], rows[k]) for k, take in enumerate(self._takes))
        apart = np.abs(b - a)
        known = ~np.isnan(apart)
        if not known.all():
            apart[~known] = 0
        self._compared += known.sum(axis=(0, 2))
        self._sum += apart.sum(axis=(0, 2), dtype=np.float64)
        peaks = apart.max(axis=2)  # (n, channels)
        any_known = known.any(axis=2)
        order = entries[0] * self._plans[0].batch_size + rows[0]
        for channel in range(self._channels):
            peak = peaks[:, channel]
            where = int(peak.argmax())
            if peak[where] > self._largest[channel]:
                self._largest[channel] = peak[where]
                unit = int(apart[where, channel].argmax())
                self._at[channel] = self._place(int(entries[0][where]), int(rows[0][where]), unit)
            over = order[peak > TOLERANCE]
            if len(over):
                first = int(over.min())
                known_first = self._since[channel]
                self._since[channel] = first if known_first < 0 else min(first, known_first)
            seen = any_known[:, channel]
            np.fmax.at(self._rows[channel], rows[0][seen], peak[seen])

    def _place(self, entry: int, row: int, unit: int | None = None) -> Place:
        plan = self._plans[0]
        batch, timestep = divmod(entry, self._per_batch)
        epoch, batch = divmod(batch, plan.batches)
        if self._per_batch == 1:
            timestep = plan.timesteps - 1
        return Place(epoch, plan.sample(batch, row), timestep, unit)
