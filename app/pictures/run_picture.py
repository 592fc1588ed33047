"""The gates of all units as heatmaps, or some units as curves."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from app.pictures.picture import SIZE, Picture, check_data, layer_of
from app.plots.gates_view import GatesView
from app.plots.point_marks import point_marks
from app.plots.units_view import UnitsView
from app.run_axis import Axis, reset_marks
from app.run_series import RowSeries
from app.series_reader import Series, SeriesReader
from app.theme import PRINT, Theme
from lstm_viz.dataset import Dataset
from lstm_viz.errors import TraceError
from lstm_viz.trace import Trace


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
        self._series = SeriesReader(RowSeries(data, plan, row, trace), trace, row, self._axis)
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
        found = self._read(start, stop, drawn)
        while self._series.behind:
            found = self._read(start, stop, drawn)
        if isinstance(self._plots, UnitsView):
            self._plots.set_series(found.inputs)
        else:
            self._plots.set_series(*found)

    def _read(self, start: int, stop: int, drawn: int) -> Series:
        return self._series.read(start, stop, self._plots.columns(), until=drawn)
