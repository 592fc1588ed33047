"""What a model reads, gives and should give over the steps of a run, as a view draws it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

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
        self._series, self._trace, self._axis = series, trace, axis
        generation, steps = trace.generation, len(trace.plan)
        self._spec = trace.output_specs[0] if trace.output_specs else None
        self._outputs = self._endings = None
        if self._spec is not None:
            # Fed back at every timestep, what the output is there is no mere possibility.
            fed_back = generation is not None and generation.layout == "timesteps"
            is_output = self._spec.endings and fed_back
            self._spec = replace(self._spec, each_step=self._spec.each_step or is_output)
            self._outputs = output_reader(series, trace, self._spec, row, is_output)
            if self._spec.endings and not is_output and trace.plan.timesteps > 1:
                self._endings = output_reader(series, trace, self._spec, row, endings=True)
        self._inputs = LinesReader(series.inputs, lambda: steps)
        if generation is not None:
            self._inputs = LinesReader(
                series.inputs,
                lambda: generation.steps_known(trace.count),
                lambda: trace.revision,
                lambda: generation.known(trace.count),  # the windows to come hold some of it already
            )
        self._targets = LinesReader(lambda *steps: series.targets(*steps, self._spec), lambda: steps)
        self._placed: dict[LinesReader, tuple[Lines, Lines | None]] = {}
        self.behind = False

    def inputs(self, first: int, last: int, columns: int) -> Lines | None:
        """Return the inputs between two steps of the run, merged into about so many columns."""
        found = self._inputs.lines(*self._seen(first, last), columns)
        self.behind = self._inputs.behind
        return self._on_axis(self._inputs, found)

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
        seen, by = self._seen(first, last), time.perf_counter() + READING_S
        self.behind = False

        def lines(reader: LinesReader | None, until: int | None = None) -> Lines | None:
            if reader is None:
                return None
            found = reader.lines(*seen, columns, until, by)
            self.behind |= reader.behind
            return self._on_axis(reader, found)

        return Series(
            lines(self._inputs),
            lines(self._outputs, until),
            lines(self._targets),
            lines(self._endings, until) if endings else None,
        )

    def _seen(self, first: int, last: int) -> tuple[int, int]:
        """Return the steps to be read: of whole batches, where an output lies along the time of a layer."""
        if self._spec is None or not self._series.lies_along(self._spec, self._axis.own):
            return first, last
        table = self._axis.run
        return table.first(table.place(first)[0]), table.first(table.place(max(first, last - 1))[0] + 1)

    def _on_axis(self, reader: LinesReader, lines: Lines) -> Lines | None:
        read, placed = self._placed.get(reader, (None, None))
        if lines is not read:
            drawn = self._series.as_endings(lines) if reader is self._endings else lines
            along = reader in (self._outputs, self._targets)
            placed = self._series.along(drawn, self._spec, self._axis.own) if along else None
            placed = placed or self._axis.placed(drawn)
            self._placed[reader] = lines, placed
        return placed


def output_reader(
    series: RowSeries,
    recorded: Trace | OutputsOfB,
    spec: OutputSpec,
    row: int,
    endings: bool = False,
    ahead: Callable[[], object] | None = None,
) -> LinesReader:
    """Return a reader of the first output of a row, or of what it would be if the sequence ended earlier.

    ``ahead`` is as for :class:`LinesReader`.
    """
    window = recorded.endings_window if endings else recorded.output_window
    return LinesReader(
        lambda start, stop: series.output_lines(spec, *window(0, row, start, stop)),
        lambda: recorded.count,
        lambda: recorded.revision,
        ahead,
    )
