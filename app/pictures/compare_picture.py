"""One signal of two runs, and what lies between them."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QApplication

from app.compare_reader import CompareReader
from app.pictures.picture import SIZE, Picture, check_data, layer_of
from app.plots.compare_view import CompareView
from app.render_source import Second
from app.run_axis import Axis
from app.theme import PRINT, Theme
from lstm_viz.comparison import Comparison, layer_to_compare
from lstm_viz.dataset import Dataset
from lstm_viz.errors import TraceError
from lstm_viz.trace import Trace


class ComparePicture(Picture):
    """A layer of one recording beside that of another one.

    Parameters
    ----------
    trace : Trace
        Of run A.
    second : Second
        Run B.
    layer : str
        Of run A.
    row : int
        Of run A.
    signal : str
        Its letter.
    data : Dataset or None
        What was run, for the target.
    theme : Theme
    size : (int, int)

    Raises
    ------
    TraceError
        There is no such layer or row, or the other recording has no layer like it.
    """

    def __init__(
        self,
        trace: Trace,
        second: Second,
        layer: str,
        row: int = 0,
        signal: str = "c",
        data: Dataset | None = None,
        theme: Theme = PRINT,
        size: tuple[int, int] = SIZE,
    ) -> None:
        own = layer_of(trace, layer, row)
        check_data(trace, data)
        other = layer_to_compare(trace, layer, second.trace)
        if other is None:
            raise TraceError(
                f"The other run has no layer of {own.layer.units} units over {own.timesteps} timesteps "
                f"to lay beside {layer}.",
                "Choose another --layer, or a run that is alike.",
            )
        plan = trace.plan
        nothing = Dataset.from_arrays(np.zeros((plan.samples, plan.timesteps, 1)))
        self._axis = Axis(plan.timetable, own.timetable)
        self._comparing = CompareView()
        self._comparing.resize(*size)
        self._comparing.set_theme(theme)
        self._comparing.set_comparing(True)
        self._comparing.hide_controls()
        self._comparing.set_run(layer, own.layer.units, own.steps, own.timetable, plan.batches)
        self._comparing.set_names(*second.names)
        self._comparing.set_signal(signal)
        self._comparing.set_following(False)
        comparison = Comparison(trace, second.trace, layer, other)
        self._reader = CompareReader(comparison, row, data or nothing, self._comparing, second.changed_row)
        super().__init__(self._comparing, theme, size)
        self._named = f"{layer} · row {row}"

    def show(self, start: int, stop: int, cursor: int | None = None) -> None:
        axis, drawn = self._axis, stop if cursor is None else cursor + 1
        first = int(axis.to_layer(start))
        self._comparing.show_steps(first, max(first + 1, int(axis.to_layer(stop))))
        self._reader.comparison.catch_up()
        while not self._reader.show(cursor, drawn):
            QApplication.processEvents()
        behind = f" · {self._comparing.progress}" if self._comparing.progress else ""
        at = "" if cursor is None else f" · step {cursor}"
        self._comparing.set_resting_text(f"{self._named} · steps {start} to {stop - 1}{at}{behind}")
        QApplication.processEvents()
