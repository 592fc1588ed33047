"""Pictures of a recording without a window: the views that the window has, drawn from a file."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QToolButton

from app.output_reader import OutputReader
from app.plots.export import picture_of
from app.plots.gates_view import GatesView
from app.plots.series import Lines
from app.plots.units_view import UnitsView
from app.run_axis import Axis, reset_marks
from app.run_series import RowSeries
from app.theme import DARK, LIGHT, PRINT, Theme, palette
from lstm_viz.dataset import Dataset
from lstm_viz.errors import PlanError, TraceError
from lstm_viz.trace import Trace

THEMES: dict[str, Theme] = {"print": PRINT, "light": LIGHT, "dark": DARK}
SIZE = (960, 720)


class RunPicture:
    """One view of one row of a recording.

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
        if layer not in trace.layers:
            raise TraceError(f"There is no layer {layer!r}.", f"There is: {', '.join(trace.layers)}.")
        if not 0 <= row < plan.batch_size:
            raise TraceError(f"There is no row {row}.", f"Rows are counted from 0 to {plan.batch_size - 1}.")
        self._trace, self._layer, self._row = trace, trace.layers[layer], row
        count = self._layer.layer.units
        if any(not 0 <= unit < count for unit in units):
            raise TraceError(f"There is no unit {max(units)}.", f"Units are counted from 0 to {count - 1}.")
        if data is not None and (data.samples < plan.samples):
            raise PlanError(
                f"The data have {data.samples} samples, and the recording is of {plan.samples}.",
                "Give the data that were recorded, cut the same way.",
            )
        self._axis = Axis(plan.timetable, self._layer.timetable)
        # Without the data their names are not known, and a value is as the model gave it.
        nothing = Dataset.from_arrays(np.zeros((plan.samples, plan.timesteps, 1)))
        self._series = RowSeries(data or nothing, plan, row)
        self._has_data = data is not None
        self.view: GatesView | UnitsView = UnitsView() if units else GatesView()
        self.view.resize(*size)
        self.view.set_theme(theme)
        self.view.set_run(layer, count, self._layer.steps, self._layer.timetable, plan.batches)
        if isinstance(self.view, UnitsView):
            self.view.set_units(units)
        if signals is not None:
            self.view.set_shown_signals(signals)
        self.view.setPalette(palette(theme))
        for button in self.view.findChildren(QToolButton):  # a picture cannot be clicked
            button.hide()
        # Laid out as on a screen, but never shown on one.
        self.view.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        self.view.show()
        QApplication.processEvents()
        self._named = f"{layer} · row {row}"

    def show(self, start: int, stop: int, cursor: int | None = None) -> None:
        """Draw these steps of the run; with a cursor on one of them, nothing is drawn after that one."""
        axis, plan = self._axis, self._trace.plan
        first, last = int(axis.to_layer(start)), max(int(axis.to_layer(start)) + 1, int(axis.to_layer(stop)))
        self.view.set_following(False)
        self.view.show_steps(first, last)
        drawn = stop if cursor is None else cursor + 1
        until = max(first + 1, int(axis.to_layer(drawn)))
        self.view.set_signals(self._layer.window(self._row, first, until, self.view.columns()))
        self._show_series(start, stop, drawn)
        marks = reset_marks(plan, self._row, start, stop)
        self.view.set_marks([(round(axis.to_layer(step)), cause) for step, cause in marks])
        self.view.set_cursor(None if cursor is None else int(axis.to_layer(cursor)))
        at = "" if cursor is None else f" · step {cursor}"
        self.view.set_resting_text(f"{self._named} · steps {start} to {stop - 1}{at}")
        QApplication.processEvents()  # the line at the top finds its places

    def _show_series(self, start: int, stop: int, drawn: int) -> None:
        specs = self._trace.output_specs
        inputs = self._axis.placed(self._series.inputs(start, stop)) if self._has_data else None
        if isinstance(self.view, UnitsView):
            self.view.set_series(inputs)
            return
        outputs: Lines | None = None
        if specs:
            reader = OutputReader(self._trace, self._row)
            found = reader.window(start, drawn, self.view.columns())
            while reader.behind:
                found = reader.window(start, drawn, self.view.columns())
            outputs = self._axis.placed(self._series.output_lines(specs[0], *found))
        targets = None
        if self._has_data:
            targets = self._axis.placed(self._series.targets(start, stop, specs[0] if specs else None))
        self.view.set_series(inputs, outputs, targets)

    def close(self) -> None:
        """Take the view away."""
        self.view.close()
        self.view.deleteLater()

    def frames(self, start: int, stop: int, every: int, scale: float) -> Iterator[QImage]:
        """Yield a picture for every n-th step, with the cursor on it and nothing drawn after it."""
        self.show(start, stop)  # once, so that colours and axes span all that will be drawn
        for cursor in range(start, stop, every):
            self.show(start, stop, cursor)
            yield picture_of(self.view, scale)

    def picture(self, scale: float) -> QImage:
        """Return a picture of what is shown."""
        return picture_of(self.view, scale)
