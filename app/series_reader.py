"""What a model reads, gives and should give over the steps of a run, as a view draws it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from app.lines_reader import READING_S, LinesReader
from app.plots.series import Lines
from app.run_axis import Axis
from app.run_series import RowSeries
from lstm_viz.trace import OutputSpec, Trace

if TYPE_CHECKING:
    from app.compare_reader import OutputsOfB


class Series(NamedTuple):
    """Lines on the axis of a layer; None for what there is not."""

    inputs: Lines | None
    outputs: Lines | None
    targets: Lines | None
    endings: Lines | None  # what the output would be if the sequence ended at each timestep


class SeriesReader:
    """Reads inputs, outputs and targets of one row of a recording, some milliseconds a frame.

    Parameters
    ----------
    series : RowSeries
    trace : Trace
    row : int
    axis : Axis
        Of the view.

    Attributes
    ----------
    behind : bool
        What was read last lacks something that is there: ask again.
    """

    def __init__(self, series: RowSeries, trace: Trace, row: int, axis: Axis) -> None:
        generation, steps, spec = trace.generation, len(trace.plan), None
        outputs = endings = None
        if trace.output_specs:
            spec = trace.output_specs[0]
            # Fed back at every timestep, what the output is there is no mere possibility.
            fed_back = generation is not None and generation.layout == "timesteps"
            is_output = spec.endings and fed_back
            spec = replace(spec, each_step=spec.each_step or is_output)
            outputs = output_reader(series, trace, spec, row, is_output)
            if spec.endings and not is_output and trace.plan.timesteps > 1:
                endings = output_reader(series, trace, spec, row, endings=True)
        inputs = LinesReader(series.inputs, lambda: steps)
        if generation is not None:
            inputs = LinesReader(
                series.inputs,
                lambda: generation.steps_known(trace.count),
                lambda: trace.revision,
                lambda: generation.known(trace.count),  # the windows to come hold some of it already
            )
        targets = LinesReader(lambda start, stop: series.targets(start, stop, spec), lambda: steps)
        self._inputs = _OnAxis(inputs, axis)
        self._targets = _along(targets, series, spec, axis) or _OnAxis(targets, axis)
        self._outputs = outputs and (_along(outputs, series, spec, axis) or _OnAxis(outputs, axis))
        self._endings = endings and _OnAxis(endings, axis, series.as_endings)
        self.behind = False

    def inputs(self, first: int, last: int, columns: int) -> Lines | None:
        """Return the inputs between two steps of the run, merged into about so many columns."""
        found = self._inputs.lines(first, last, columns)
        self.behind = self._inputs.behind
        return found

    def read(
        self, first: int, last: int, columns: int, endings: bool = True, until: int | None = None
    ) -> Series:
        """Return what there is between two steps of the run, merged into about so many columns.

        Parameters
        ----------
        first, last : int
            The first step, and one past the last.
        columns : int
            Of the view.
        endings : bool
            Whether what the output would be earlier is asked for.
        until : int, optional
            The step before which the outputs end.

        Returns
        -------
        Series
            What has not changed since it was read last is the same object.

        Raises
        ------
        TraceError
            The files of the recording have been taken away or changed.
        """
        by = time.perf_counter() + READING_S
        self.behind = False

        def lines(reader: _OnAxis | None, until: int | None = None) -> Lines | None:
            if reader is None:
                return None
            found = reader.lines(first, last, columns, until, by)
            self.behind |= reader.behind
            return found

        return Series(
            lines(self._inputs),
            lines(self._outputs, until),
            lines(self._targets),
            lines(self._endings, until) if endings else None,
        )


class _OnAxis:
    """A reader of lines over the steps of the run that puts them on the axis of a layer.

    Parameters
    ----------
    reader : LinesReader
    axis : Axis
    drawn_as : callable
        Takes the lines that were read and returns what is drawn of them.
    """

    def __init__(
        self, reader: LinesReader, axis: Axis, drawn_as: Callable[[Lines], Lines] = lambda lines: lines
    ) -> None:
        self._reader, self._axis, self._drawn_as = reader, axis, drawn_as
        self._read: Lines | None = None
        self._placed: Lines | None = None

    @property
    def behind(self) -> bool:
        """Whether something is lacking of the last lines."""
        return self._reader.behind

    def lines(
        self, first: int, last: int, columns: int, until: int | None = None, by: float | None = None
    ) -> Lines | None:
        """Return the lines between two steps of the run; None where there are none."""
        lines = self._reader.lines(first, last, columns, until, by)
        if lines is not self._read:
            self._read, self._placed = lines, self._axis.placed(self._drawn_as(lines))
        return self._placed


class _AlongOwnTime(_OnAxis):
    """A reader of lines over the steps of the layer itself, such as a decoder's output."""

    def lines(
        self, first: int, last: int, columns: int, until: int | None = None, by: float | None = None
    ) -> Lines | None:
        run, own = self._axis.run, self._axis.own
        number = run.place(max(first, last - 1))[0]
        share = own.length(number) / run.length(number)
        start = int(self._axis.to_layer(first))
        stop = min(own.first(number + 1), math.ceil(self._axis.to_layer(max(first, last - 1)) + share))
        end = None if until is None else own.first(run.place(until)[0])
        return self._reader.lines(start, stop, columns, end, by)


def _along(
    reader: LinesReader, series: RowSeries, spec: OutputSpec | None, axis: Axis
) -> _AlongOwnTime | None:
    """Return a reader of what comes at the end of each batch, where it has the time axis of the layer."""
    run, own, none = axis.run, axis.own, reader.lines(0, 0, 1)
    if spec is None or not series.lies_along(none, spec, own):
        return None

    def read(start: int, stop: int) -> Lines:
        batches = own.place(start)[0], own.place(max(start, stop - 1))[0] + 1
        lines = series.along(reader.read(*(run.first(number) for number in batches)), spec, own)
        seen = slice(*np.searchsorted(lines.x, [start, stop]))
        return replace(lines, x=lines.x[seen], y=lines.y[seen])

    return _AlongOwnTime(
        LinesReader(read, lambda: own.first(run.place(reader.count())[0]), reader.revision), axis
    )


def output_reader(
    series: RowSeries,
    recorded: Trace | OutputsOfB,
    spec: OutputSpec,
    row: int,
    endings: bool = False,
    ahead: Callable[[], object] | None = None,
    caption: str = "",
) -> LinesReader:
    """Return a reader of the first output of a row, or of what it would be if the sequence ended earlier.

    ``ahead`` is as for :class:`LinesReader`, and the caption as for Lines.
    """
    window = recorded.endings_window if endings else recorded.output_window

    def read(start: int, stop: int) -> Lines:
        return replace(series.output_lines(spec, *window(0, row, start, stop)), caption=caption)

    return LinesReader(
        read,
        lambda: recorded.count,
        lambda: recorded.revision,
        ahead,
    )
