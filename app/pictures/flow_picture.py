"""Which sample hands its state to which."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from app.entering import entering_around
from app.pictures.picture import SIZE, Picture, check_data, layer_of
from app.plots.state_flow import StateFlowView
from app.theme import PRINT, Theme
from lstm_viz.dataset import Dataset
from lstm_viz.trace import Trace


class FlowPicture(Picture):
    """Which sample hands its state to which, and what a row of the batch starts from.

    Parameters
    ----------
    trace : Trace
    layer : str
    row : int
    data : Dataset or None
        What was run: it says whether the data continue where state is handed on.
    theme : Theme
    size : (int, int)

    Raises
    ------
    TraceError
        There is no such layer or row.
    """

    def __init__(
        self,
        trace: Trace,
        layer: str,
        row: int = 0,
        data: Dataset | None = None,
        theme: Theme = PRINT,
        size: tuple[int, int] = SIZE,
    ) -> None:
        self._trace, self._layer, self._row = trace, layer_of(trace, layer, row), row
        check_data(trace, data)
        self._flow = StateFlowView()
        self._flow.set_theme(theme)
        self._flow.set_plan(trace.plan, data)
        self._flow.set_row(row)
        super().__init__(self._flow, theme, size)
        self._flow.settle()
        self._named = f"{layer} · row {row}"

    def show(self, start: int, stop: int, cursor: int | None = None) -> None:
        drawn = stop if cursor is None else cursor + 1
        self._flow.set_count(drawn)
        self._flow.set_cursor(start if cursor is None else cursor)  # it comes into sight
        self._flow.set_cursor(cursor)
        QApplication.processEvents()
        around = start if cursor is None else cursor
        room = self._flow.entering.room
        states, batch = entering_around(self._layer, self._trace.plan, self._row, around, room)
        self._flow.set_entering(states, None if cursor is None else batch)
        self._flow.set_resting_text(f"{self._named} · steps {start} to {drawn - 1}")
