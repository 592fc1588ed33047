"""The cell of one unit at a step: its diagram, and both equations filled in."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QBoxLayout, QLabel, QVBoxLayout, QWidget

from app.panels.equations import Equations
from app.pictures.picture import SIZE, Picture, layer_of
from app.plots.cell_diagram import CellDiagram
from app.plots.cell_numbers import cell_numbers
from app.plots.colours import usual_ranges
from app.run_axis import Axis
from app.run_text import place_words
from app.theme import PRINT, Theme
from lstm_viz.errors import TraceError
from lstm_viz.signals import SIGNALS
from lstm_viz.trace import Trace

_WIDE = 1.45  # times as wide as high, from which on the equations stand beside the diagram
_LARGER = 1.25  # are the equations than other text


class CellPicture(Picture):
    """One unit of a layer.

    Parameters
    ----------
    trace : Trace
    layer : str
    row : int
    unit : int
    theme : Theme
    size : (int, int)

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
        unit: int = 0,
        theme: Theme = PRINT,
        size: tuple[int, int] = SIZE,
    ) -> None:
        self._trace, self._layer = trace, layer_of(trace, layer, row)
        self._row, self._unit = row, unit
        count = self._layer.layer.units
        if not 0 <= unit < count:
            raise TraceError(f"There is no unit {unit}.", f"Units are counted from 0 to {count - 1}.")
        self._axis = Axis(trace.plan.timetable, self._layer.timetable)
        self._sheet = CellSheet()
        self._sheet.set_theme(theme)
        super().__init__(self._sheet, theme, size)
        self._named = f"{layer} · unit {unit}"

    def show(self, start: int, stop: int, cursor: int | None = None) -> None:
        """Draw the last of these steps, or the one with the cursor."""
        layer, step = self._layer, stop - 1 if cursor is None else cursor
        own = min(self._axis.reached(step), layer.count - 1)
        values = layer.values(own, self._row)[:, self._unit]
        h, c = layer.state_before_row(own, self._row)[:, self._unit]
        known, sheet = layer.layer, self._sheet
        ranges = usual_ranges()
        for signal, value in zip(SIGNALS, values.tolist(), strict=True):
            if value == value:
                ranges[signal] = ranges[signal].widened(value, value)
        sheet.diagram.set_ranges(ranges)
        numbers = cell_numbers((c, h), values, known.activation, known.recurrent_activation)
        sheet.diagram.set_numbers(numbers, self._named)
        sheet.equations.set_numbers(numbers)
        place = place_words(self._trace.plan, self._axis.to_run(own), self._row)
        sheet.caption.setText(f"{self._named} · {place}{' · masked: skipped' if numbers.masked else ''}")
        QApplication.processEvents()


class CellSheet(QWidget):
    """A line that says what is shown, the diagram, and the equations below or beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.caption = QLabel()
        self.caption.setWordWrap(True)
        self.caption.setTextFormat(Qt.TextFormat.PlainText)
        self.diagram = CellDiagram()
        self.equations = Equations()
        self.equations.set_scale(_LARGER)
        self._parts = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._parts.setSpacing(16)
        self._parts.addWidget(self.diagram, 1)
        self._parts.addWidget(self.equations)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        layout.addWidget(self.caption)
        layout.addLayout(self._parts, 1)
        self.setAccessibleName("LSTM cell")

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.diagram.set_theme(theme)
        self.equations.set_theme(theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() > _WIDE * self.height()
        self._parts.setDirection(
            QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        )
        self._parts.setAlignment(
            self.equations, Qt.AlignmentFlag.AlignVCenter if wide else Qt.AlignmentFlag.AlignHCenter
        )
