"""Two runs of the same data beside each other: where they differ, by how much, and from where on."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.alignment import Alignment, Indices
from lstm_viz.compared_window import ComparedWindow, WindowReader
from lstm_viz.differences import TOLERANCE, Difference, Track
from lstm_viz.errors import TraceError
from lstm_viz.layer_trace import LayerTrace
from lstm_viz.signals import SIGNALS
from lstm_viz.timetable import Timetable
from lstm_viz.trace import Trace

Array = NDArray[Any]


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
    tolerance : float
        What is no further apart is called equal.

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
        The sequences of one run are all longer than those of the other.
    """

    def __init__(
        self, a: Trace, b: Trace, path: str, b_path: str | None = None, tolerance: float = TOLERANCE
    ) -> None:
        self.a, self.b = a, b
        self._tolerance = tolerance
        self.runs = a, b, path, b_path or path
        self.alignment = Alignment(a.plan, b.plan)
        layers = _layer(a, path), _layer(b, b_path or path)
        _check_alike(a, b, *layers)
        self._layers = layers
        self._signals = Track(
            self.alignment,
            (layers[0].timetable, layers[1].timetable),
            (lambda: layers[0].count, lambda: layers[1].count),
            (layers[0].at, layers[1].at),
            (len(SIGNALS), layers[0].layer.units),
            tolerance,
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
        each_step, table = b.output_specs[number].each_step, alignment.a.timetable
        if each_step:
            steps = np.arange(start, stop)
        else:
            steps = table.first(np.arange(table.place(start)[0], table.place(stop)[0]) + 1) - 1
        batch, timestep = table.place(steps)
        epoch, batch = np.divmod(batch, alignment.a.batches)
        samples = alignment.samples_at(0, batch, row)
        b_batch, rows = alignment.places(1, np.maximum(samples, 0))
        numbers, b_table = epoch * alignment.b.batches + b_batch, b.plan.timetable
        there = (samples >= 0) & (epoch < alignment.epochs)
        if each_step:
            entries = b_table.first(numbers) + timestep
            there &= (timestep < b_table.length(numbers)) & (entries < b.count)
        else:
            entries = numbers
            there &= b_table.first(numbers + 1) <= b.count
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

    def _output_track(self, number: int) -> Track | None:
        specs = self.a.output_specs[number], self.b.output_specs[number]
        if specs[0].shape != specs[1].shape or specs[0].each_step != specs[1].each_step:
            return None
        each_step, traces = specs[0].each_step, (self.a, self.b)

        def table(trace: Trace) -> Timetable:
            return trace.plan.timetable if each_step else Timetable(trace.plan.batches, 1)

        def count(trace: Trace) -> int:
            return trace.count if each_step else int(trace.plan.timetable.place(trace.count)[0])

        return Track(
            self.alignment,
            (table(traces[0]), table(traces[1])),
            (lambda: count(traces[0]), lambda: count(traces[1])),
            (_taker(traces[0], number), _taker(traces[1], number)),
            (1, math.prod(specs[0].shape)),
            self._tolerance,
        )


def layer_to_compare(a: Trace, path: str, b: Trace) -> str | None:
    """Return the layer of b to compare a layer of a with: of the same path, or else the first alike.

    Layers are alike when they have the same number of units, and of timesteps unless samples differ in
    length; None where none is.
    """
    layer = a.layers[path]
    alike = [other for other in b.layers if not _unlike(a, b, layer, b.layers[other])]
    return path if path in alike else alike[0] if alike else None


def _unlike(a: Trace, b: Trace, layer: LayerTrace, other: LayerTrace) -> tuple[str, int, int] | None:
    """Return in what two layers differ, and both sizes; None where they can be compared one by one."""
    if layer.layer.units != other.layer.units:
        return "units", layer.layer.units, other.layer.units
    own_lengths = a.plan.lengths is not None or b.plan.lengths is not None
    if layer.timesteps != other.timesteps and not own_lengths:
        return "timesteps", layer.timesteps, other.timesteps
    return None


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


def _check_alike(a: Trace, b: Trace, layer: LayerTrace, other: LayerTrace) -> None:
    unlike = _unlike(a, b, layer, other)
    if unlike is not None:
        what, size, other_size = unlike
        raise TraceError(
            f"The layer {layer.layer.path!r} has {size} {what} and {other.layer.path!r} has {other_size}: "
            "they cannot be compared one by one.",
            f"Choose two layers with the same number of {what}.",
        )
