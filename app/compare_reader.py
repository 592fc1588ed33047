"""Reads two recordings and tells the Compare view what differs."""

from __future__ import annotations

import time

import numpy as np

from app.compare_words import (
    difference_words,
    lengths_words,
    output_words,
    progress_words,
    rows_words,
)
from app.lines_reader import READING_S, LinesReader
from app.plots.compare_view import CompareView
from app.plots.point_marks import point_marks
from app.run_axis import MOST_MARKED, Axis, batches_between, covers, reset_marks, steps_reset, widened
from app.run_series import RowSeries
from app.series_reader import output_reader
from lstm_viz.alignment import Alignment
from lstm_viz.comparison import Comparison
from lstm_viz.dataset import Dataset
from lstm_viz.plan import Cause

_COMPARING_S = 0.003  # in one frame, beside all that is drawn in it
_MOST_COMPARED = 50_000  # values, between two looks at the clock
_MOST_READ = 200_000  # values for the heatmaps, in one frame


class OutputsOfB:
    """The outputs of run B as a recording over the steps of run A, for a reader that merges them.

    Parameters
    ----------
    comparison : Comparison
    """

    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison
        self.output_window = comparison.output_of_b

    @property
    def revision(self) -> tuple[int, int]:
        """Another one when steps of either run were dropped."""
        return self._comparison.a.revision, self._comparison.b.revision

    @property
    def count(self) -> int:
        """Steps of A up to which B has everything."""
        a, b, alignment = self._comparison.a, self._comparison.b, self._comparison.alignment
        known, most = 0, a.count
        while known < most:
            middle = (known + most + 1) // 2
            if alignment.steps_needed(middle) <= b.count:
                known = middle
            else:
                most = middle - 1
        return known


class CompareReader:
    """Tells a Compare view how a layer of two recordings differs in the samples of a row of the first.

    Parameters
    ----------
    comparison : Comparison
    row : int
        Of a batch of run A.
    dataset : Dataset
        What both have run.
    view : CompareView
        Is told what there is, and asked what of it can be seen.
    changed_row : int or None
        Whose input is another one in run B.
    """

    def __init__(
        self,
        comparison: Comparison,
        row: int,
        dataset: Dataset,
        view: CompareView,
        changed_row: int | None = None,
    ) -> None:
        self._comparison, self._row, self._dataset, self._view = comparison, row, dataset, view
        self._changed_row = changed_row
        a, b = comparison.a, comparison.b
        self._layer = a.layers[comparison.runs[2]]
        self._axis = Axis(a.plan.timetable, self._layer.timetable)
        outputs = bool(a.output_specs and b.output_specs)
        self._readers = self._readers_of_outputs(row) if outputs else ()
        self._marks_for: tuple[int, int] | None = None

    @property
    def comparison(self) -> Comparison:
        """What is shown."""
        return self._comparison

    @property
    def behind(self) -> bool:
        """Whether run B lacks samples and timesteps that run A has."""
        comparison = self._comparison
        return comparison.b.count < comparison.alignment.steps_needed(comparison.a.count)

    def show(self, cursor: int | None, until: int | None = None) -> bool:
        """Show what there is, with the cursor at a step of run A, and the heatmaps up to one.

        Takes no longer than a frame may.

        Returns
        -------
        bool
            Whether all that is recorded of both is shown.
        """
        comparison, view, layer = self._comparison, self._view, self._layer
        view.set_cursor(None if cursor is None else min(int(self._axis.to_layer(cursor)), layer.steps - 1))
        behind = self.behind  # before anything is read: what comes meanwhile is for the next frame
        compared, end = False, time.perf_counter() + _COMPARING_S
        while not compared and time.perf_counter() < end:
            compared = comparison.catch_up(_MOST_COMPARED)
        start, stop = view.visible_steps()
        drawn = stop if until is None else min(stop, max(start + 1, int(self._axis.to_layer(until))))
        window = comparison.window(view.signal, self._row, start, drawn, view.columns(), _MOST_READ)
        view.set_window(window)
        plan = comparison.a.plan
        first = self._axis.to_run(start)
        last = min(len(plan), self._axis.to_run(max(start, stop - 1)) + 1)
        self._show_series(first, last)
        self._show_marks(first, last)
        view.set_words("\n".join(self._sentences()))
        view.set_progress(progress_words(comparison.b.count, len(comparison.b.plan), behind, compared))
        return compared and window.complete and not any(reader.behind for reader in self._readers)

    def _sentences(self) -> list[str]:
        comparison, plan = self._comparison, self._comparison.a.plan
        signal = self._view.signal
        found = comparison.signal(signal)
        said = [difference_words(signal, found, plan)]
        if self._changed_row is not None:
            said.append(rows_words(signal, found, self._changed_row))
        elif comparison.outputs:
            width = int(np.prod(comparison.a.output_specs[0].shape))
            said.append(output_words(comparison.outputs[0], plan, _scale(self._dataset, width)))
        said.append(lengths_words(plan, comparison.b.plan))
        return [sentence for sentence in said if sentence]

    def _readers_of_outputs(self, row: int) -> tuple[LinesReader, ...]:
        """Return what reads the output of A, that of B, and the target."""
        a, b = self._comparison.a, self._comparison.b
        series, steps, spec = RowSeries(self._dataset, a.plan, row), len(a.plan), a.output_specs[0]
        return (
            output_reader(series, a, spec, row, caption="A"),
            output_reader(
                series,
                OutputsOfB(self._comparison),
                b.output_specs[0],
                row,
                ahead=lambda: (a.count, b.count),
                caption="B",
            ),
            LinesReader(lambda start, stop: series.targets(start, stop, spec), lambda: steps),
        )

    def _show_series(self, first: int, last: int) -> None:
        columns = self._view.columns()
        by = time.perf_counter() + READING_S
        found = [reader.lines(first, last, columns, by=by) for reader in self._readers]
        lines = [self._axis.placed(each) for each in found]
        self._view.set_series(*(lines or (None, None, None)))

    def _show_marks(self, first: int, last: int) -> None:
        if covers(self._marks_for, first, last):
            return
        alignment, row = self._comparison.alignment, self._row
        self._marks_for = wide = widened(first, last, len(alignment.a))
        both = reset_marks(alignment.a, row, *wide), marks_of_b(alignment, row, *wide)
        of_a, of_b = ([(round(self._axis.to_layer(step)), cause) for step, cause in marks] for marks in both)
        points = self._axis.points_placed(point_marks(alignment.a, row, *wide))
        self._view.set_marks(of_a, points, of_b)


def marks_of_b(alignment: Alignment, row: int, first: int, last: int) -> list[tuple[int, Cause]]:
    """Return where the samples of a row of A are reset in B, at steps of A, with their causes.

    Where there are more batches than pixels, none are returned.
    """
    a, b = alignment.a, alignment.b
    batches = np.array(batches_between(a, first, last), np.intp)
    if len(batches) > MOST_MARKED:
        return []
    epochs, inside = np.divmod(batches, a.batches)
    samples = alignment.samples_at(0, inside, row)
    b_batches, b_rows = alignment.places(1, np.maximum(samples, 0))
    marks: list[tuple[int, Cause]] = []
    for k in np.flatnonzero((samples >= 0) & (epochs < alignment.epochs)).tolist():
        epoch, b_batch = int(epochs[k]), int(b_batches[k])
        start, end = (int(a.timetable.first(batches[k] + more)) for more in (0, 1))
        shift = start - b.first_step(epoch, b_batch)
        number, seen = epoch * b.batches + b_batch, (max(first, start) - shift, min(last, end) - shift)
        resets = steps_reset(b, number, int(b_rows[k]), *seen)  # no more: a sample may be longer in b
        marks += [(step + shift, cause) for step, cause in resets]
    return marks


def _scale(dataset: Dataset, width: int) -> float | None:
    """Return what differences of an output of so many values are multiplied by for the data's units."""
    if len(dataset.target_names) != width or len(dataset.class_names) == width:
        return None
    ends = np.stack([np.zeros(width), np.ones(width)])
    zero, one = dataset.unscale_targets(ends)
    factors = np.abs(one - zero)
    return float(factors[0]) if np.allclose(factors, factors[0]) else None
