"""The whole run in one line."""

from __future__ import annotations

from app.pictures.picture import SIZE, Picture, check_row
from app.plots.timeline import Timeline
from app.theme import PRINT, Theme
from lstm_viz.trace import Trace


class TimelinePicture(Picture):
    """The whole run in one line: batches, state that is handed on, resets.

    Parameters
    ----------
    trace : Trace
    row : int
    theme : Theme
    size : (int, int)

    Raises
    ------
    TraceError
        There is no such row.
    """

    def __init__(
        self, trace: Trace, row: int = 0, theme: Theme = PRINT, size: tuple[int, int] = SIZE
    ) -> None:
        check_row(trace, row)
        self._line = Timeline()
        self._line.set_theme(theme)
        self._line.resize(*size)
        self._line.set_plan(trace.plan, row)
        generation = trace.generation
        spans = [] if generation is None else generation.spans(0, len(trace.plan))
        self._line.set_shades(spans, "generated")
        super().__init__(self._line, theme, size)

    def show(self, start: int, stop: int, cursor: int | None = None) -> None:
        self._line.set_count(stop if cursor is None else cursor + 1)
        self._line.set_cursor(cursor)
