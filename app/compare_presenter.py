"""Reads two recordings on the frame clock and tells the Compare view what differs."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import QObject

from app.compare_words import (
    difference_words,
    lengths_words,
    output_words,
    progress_words,
    rows_words,
    settings_words,
)
from app.frame_clock import FrameClock
from app.output_reader import OutputReader
from app.plots.compare_view import CompareView
from app.plots.point_marks import point_marks
from app.plots.series import Lines
from app.run_axis import MOST_MARKED_BATCHES, Axis, batches_between, covers, reset_marks, widened
from app.run_series import RowSeries
from app.session import Session
from lstm_viz.alignment import Alignment
from lstm_viz.comparison import Comparison, layer_to_compare
from lstm_viz.dataset import Dataset
from lstm_viz.plan import Cause
from lstm_viz.timetable import Timetable

_COMPARING_S = 0.005  # in one frame
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
        self.output_specs = comparison.b.output_specs
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


class ComparePresenter(QObject):
    """Keeps the Compare view as the two recordings are, while it is to be seen.

    Parameters
    ----------
    session : Session
    clock : FrameClock
    view : CompareView
    """

    def __init__(
        self, session: Session, clock: FrameClock, view: CompareView, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._clock, self._view = session, clock, view
        self._comparison: Comparison | None = None
        self._series: RowSeries | None = None
        self._of_a: OutputReader | None = None
        self._of_b: OutputReader | None = None
        self._axis = Axis(Timetable(1, 1), Timetable(1, 1))
        self._shown: tuple[object, ...] | None = None
        self._pending = True  # something was not read yet
        self._marks_for: tuple[int, int] | None = None
        self._targets_for: tuple[int, int] | None = None
        self._targets: Lines | None = None
        for signal in (
            session.run_changed,
            session.layer_changed,
            session.row_changed,
            session.comparing.changed,
        ):
            signal.connect(self.begin_anew)
        session.pinned_changed.connect(self._show_pinned)
        view.view_changed.connect(self.refresh)
        view.signal_changed.connect(self.refresh)
        clock.tick.connect(self._on_clock_tick)

    @property
    def comparison(self) -> Comparison | None:
        """What is shown; None while nothing is compared."""
        return self._comparison

    def refresh(self) -> None:
        """Show everything anew in the next frame."""
        self._pending = True
        self._clock.wake()

    def _show_pinned(self) -> None:
        self._view.set_pinned(self._session.pinned)

    def begin_anew(self) -> None:
        """Take the two runs, the layer and the row that are looked at now."""
        session, second = self._session, self._session.comparing
        plan, layer = session.plan, session.layer
        before = self._comparison
        self._comparison = None  # the folders of recordings that it read may be deleted now
        self._marks_for = self._targets_for = self._shown = None
        ready = second.trace is not None and plan is not None and layer is not None
        self._view.set_comparing(ready)
        if not ready or session.trace is None or session.dataset is None:
            return
        assert second.trace is not None
        assert second.settings is not None
        assert plan is not None
        assert layer is not None
        path = layer.layer.path
        self._axis = Axis(plan.timetable, layer.timetable)
        self._series = RowSeries(session.dataset, plan, session.row)
        self._view.set_run(path, layer.layer.units, layer.steps, layer.timetable, plan.batches)
        self._show_pinned()
        names = [settings_words(session.settings), settings_words(second.settings)]
        if second.model is not None and session.model is not None:
            titles = session.model.title, second.model.title
            names = [f"{title}, {name}" for title, name in zip(titles, names, strict=True)]
        self._view.set_names(*names)
        other = layer_to_compare(session.trace, path, second.trace)
        if other is None:
            self._view.set_words(
                f"Run B has no layer of {layer.layer.units} units over {layer.timesteps} timesteps to lay "
                f"beside {path}. Choose another LSTM at the top."
            )
            return
        runs = session.trace, second.trace, path, other
        same = before is not None and before.runs == runs
        self._comparison = comparison = before if same else Comparison(*runs)
        outputs = bool(session.trace.output_specs and second.trace.output_specs)
        self._of_a = OutputReader(session.trace, session.row) if outputs else None
        self._of_b = OutputReader(OutputsOfB(comparison), session.row) if outputs else None
        self.refresh()

    def _on_clock_tick(self) -> None:
        comparison = self._comparison
        if comparison is None or not self._view.isVisible():
            return
        a, b, cursor = comparison.a, comparison.b, self._session.player.cursor
        shown = (a.count, a.revision, b.count, b.revision, cursor)
        if shown == self._shown and not self._pending:
            return
        self._shown = shown
        self._pending = not self._present(comparison, cursor)
        if self._pending:
            self._clock.wake()

    # -- telling the view ---------------------------------------------------------------------------

    def _present(self, comparison: Comparison, cursor: int | None) -> bool:
        """Show what there is; return whether there is nothing more to read or to wait for."""
        view, layer, row = self._view, self._session.layer, self._session.row
        assert layer is not None
        view.set_cursor(None if cursor is None else min(int(self._axis.to_layer(cursor)), layer.steps - 1))
        # Before anything is read: what comes meanwhile is for the next frame.
        behind = comparison.b.count < comparison.alignment.steps_needed(comparison.a.count)
        compared, until = False, time.perf_counter() + _COMPARING_S
        while not compared and time.perf_counter() < until:
            compared = comparison.catch_up(_MOST_COMPARED)
        start, stop = view.visible_steps()
        window = comparison.window(view.signal, row, start, stop, view.columns(), _MOST_READ)
        view.set_window(window)
        plan = comparison.a.plan
        first = self._axis.to_run(start)
        last = min(len(plan), self._axis.to_run(max(start, stop - 1)) + 1)
        self._show_series(comparison, first, last)
        self._show_marks(comparison.alignment, first, last)
        view.set_words("\n".join(self._sentences(comparison)))
        view.set_progress(progress_words(comparison.b.count, len(comparison.b.plan), behind, compared))
        return compared and window.complete and not behind and not self._outputs_behind

    def _sentences(self, comparison: Comparison) -> list[str]:
        session, plan = self._session, comparison.a.plan
        second = session.comparing
        signal = self._view.signal
        found = comparison.signal(signal)
        said = [difference_words(signal, found, plan)]
        if second.settings is not None and second.settings.perturbed_row is not None:
            said.append(rows_words(signal, found, second.settings.perturbed_row))
        elif comparison.outputs and session.dataset is not None:
            width = int(np.prod(comparison.a.output_specs[0].shape))
            said.append(output_words(comparison.outputs[0], plan, _scale(session.dataset, width)))
        said.append(lengths_words(plan, comparison.b.plan))
        return [sentence for sentence in said if sentence]

    def _show_series(self, comparison: Comparison, first: int, last: int) -> None:
        series, a, b = self._series, comparison.a, comparison.b
        if series is None or self._of_a is None or self._of_b is None:
            self._view.set_series(None, None, None)
            return
        if not covers(self._targets_for, first, last):
            self._targets_for = wide = widened(first, last, len(a.plan))
            self._targets = self._axis.placed(series.targets(*wide, a.output_specs[0]))
        columns = self._view.columns()
        of_a, of_b = (
            self._axis.placed(series.output_lines(run.output_specs[0], *reader.window(first, last, columns)))
            for run, reader in ((a, self._of_a), (b, self._of_b))
        )
        self._view.set_series(of_a, of_b, self._targets)

    @property
    def _outputs_behind(self) -> bool:
        """Whether outputs that are recorded were not read yet."""
        return any(reader is not None and reader.behind for reader in (self._of_a, self._of_b))

    def _show_marks(self, alignment: Alignment, first: int, last: int) -> None:
        if covers(self._marks_for, first, last):
            return
        row = self._session.row
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
    if len(batches) > MOST_MARKED_BATCHES:
        return []
    epochs, inside = np.divmod(batches, a.batches)
    samples = alignment.samples_at(0, inside, row)
    b_batches, b_rows = alignment.places(1, np.maximum(samples, 0))
    marks: list[tuple[int, Cause]] = []
    for k in np.flatnonzero((samples >= 0) & (epochs < alignment.epochs)).tolist():
        epoch, b_batch = int(epochs[k]), int(b_batches[k])
        start, end = (int(a.timetable.first(batches[k] + more)) for more in (0, 1))
        shift = start - b.first_step(epoch, b_batch)
        resets = ((step + shift, cause) for step, cause in b.reset_steps(epoch, b_batch, int(b_rows[k])))
        marks += [(step, cause) for step, cause in resets if step < end]  # a sample may be longer in b
    return marks


def _scale(dataset: Dataset, width: int) -> float | None:
    """Return what differences of an output of so many values are multiplied by for the data's units."""
    if len(dataset.target_names) != width or len(dataset.class_names) == width:
        return None
    ends = np.stack([np.zeros(width), np.ones(width)])
    zero, one = dataset.unscale_targets(ends)
    factors = np.abs(one - zero)
    return float(factors[0]) if np.allclose(factors, factors[0]) else None
