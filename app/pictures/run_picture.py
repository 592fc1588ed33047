"""The gates of all units as heatmaps, or some units as curves."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray
from PySide6.QtWidgets import QApplication

from app.output_reader import OutputReader, readers_of
from app.pictures.picture import SIZE, Picture, check_data, layer_of
from app.plots.gates_view import GatesView
from app.plots.point_marks import point_marks
from app.plots.series import Lines
from app.plots.units_view import UnitsView
from app.run_axis import Axis, reset_marks
from app.run_series import RowSeries
from app.theme import PRINT, Theme
from lstm_viz.dataset import Dataset
from lstm_viz.errors import TraceError
from lstm_viz.trace import OutputSpec, Trace

Array = NDArray[Any]


class RunPicture(Picture):
    """All units as heatmaps, or some as curves.

    Parameters
    ----------
    trace : Trace
    layer : str
    row : int
        Of the batch.
    units : sequence of int
        Draw these as curves instead of all of them as heatmaps.
    data : Dataset or None
        What was run, for the input and the target.
    theme : Theme
    size : (int, int)
        In pixels of a screen; a PNG may have more.
    signals : tuple of str or None
        Draw only these.

    Raises
    ------
    TraceError
        There is no such layer, row or unit.
    """

    def __init__(
        self,
        trace: Trace,
        layer: str,
        row: int = 0,
        units: tuple[int, ...] = (),
        data: Dataset | None = None,
        theme: Theme = PRINT,
        size: tuple[int, int] = SIZE,
        signals: tuple[str, ...] | None = None,
    ) -> None:
        plan = trace.plan
        self._trace, self._layer, self._row = trace, layer_of(trace, layer, row), row
        count = self._layer.layer.units
        if any(not 0 <= unit < count for unit in units):
            raise TraceError(f"There is no unit {max(units)}.", f"Units are counted from 0 to {count - 1}.")
        check_data(trace, data)
        self._axis = Axis(plan.timetable, self._layer.timetable)
        self._series = RowSeries(data, plan, row)
        self._has_data = data is not None
        self._plots: GatesView | UnitsView = UnitsView() if units else GatesView()
        self._plots.resize(*size)
        self._plots.set_theme(theme)
        self._plots.set_run(layer, count, self._layer.steps, self._layer.timetable, plan.batches)
        if isinstance(self._plots, UnitsView):
            self._plots.set_units(units)
        if signals is not None:
            self._plots.set_shown_signals(signals)
        super().__init__(self._plots, theme, size)
        self._named = f"{layer} · row {row}"

    def show(self, start: int, stop: int, cursor: int | None = None) -> None:
        axis, plan = self._axis, self._trace.plan
        first, last = int(axis.to_layer(start)), max(int(axis.to_layer(start)) + 1, int(axis.to_layer(stop)))
        self._plots.set_following(False)
        self._plots.show_steps(first, last)
        drawn = stop if cursor is None else cursor + 1
        until = max(first + 1, int(axis.to_layer(drawn)))
        self._plots.set_signals(self._layer.window(self._row, first, until, self._plots.columns()))
        self._show_series(start, stop, drawn)
        marks = reset_marks(plan, self._row, start, stop)
        points = axis.points_placed(point_marks(plan, self._row, start, stop))
        self._plots.set_marks([(round(axis.to_layer(step)), cause) for step, cause in marks], points)
        generation = self._trace.generation
        spans = [] if generation is None else generation.spans(start, stop)
        placed = [(round(axis.to_layer(a)), round(axis.to_layer(b))) for a, b in spans]
        self._plots.set_shades(placed, "generated")
        self._plots.set_cursor(None if cursor is None else int(axis.to_layer(cursor)))
        at = "" if cursor is None else f" · step {cursor}"
        self._plots.set_resting_text(f"{self._named} · steps {start} to {stop - 1}{at}")
        QApplication.processEvents()  # the line at the top finds its places

    def _show_series(self, start: int, stop: int, drawn: int) -> None:
        inputs = self._axis.placed(self._series.inputs(start, stop)) if self._has_data else None
        if isinstance(self._plots, UnitsView):
            self._plots.set_series(inputs)
            return
        spec, reader, earlier = readers_of(self._trace, self._row)
        outputs = endings = targets = None
        if spec is not None and reader is not None:
            outputs = self._placed(self._series.output_lines(spec, *self._read(reader, start, drawn)), spec)
            if earlier is not None:
                found = self._series.ending_lines(spec, *self._read(earlier, start, drawn))
                endings = self._placed(found, spec)
        if self._has_data:
            targets = self._placed(self._series.targets(start, stop, spec), spec)
        self._plots.set_series(inputs, outputs, targets, endings)

    def _placed(self, lines: Lines, spec: OutputSpec | None) -> Lines | None:
        return self._series.along(lines, spec, self._axis.own) or self._axis.placed(lines)

    def _read(self, reader: OutputReader, start: int, stop: int) -> tuple[Array, Array]:
        found = reader.window(start, stop, self._plots.columns())
        while reader.behind:
            found = reader.window(start, stop, self._plots.columns())
        return found
