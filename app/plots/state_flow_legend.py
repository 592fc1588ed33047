"""What the signs of the state flow mean."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from app.plots.look import Look
from app.plots.sign_legend import SignLegend
from app.plots.state_flow_cells import paint_sample
from app.plots.state_flow_layout import Status
from app.plots.state_flow_words import legend_words

_LISTED = (
    Status.CARRIED,
    Status.OVERLAPS,
    Status.BREAKS,
    Status.START,
    Status.POLICY,
    Status.BY_HAND,
)


class StateFlowLegend(SignLegend):
    """What the signs of cells mean, or the colours of strips."""

    def __init__(self) -> None:
        self._cells = True
        super().__init__(24.0)

    def set_cells(self, cells: bool) -> None:
        """Show the signs of cells, or the colours of strips."""
        if cells != self._cells:
            self._cells = cells
            self.update()

    def words(self) -> tuple[str, ...]:
        return tuple(map(legend_words, _LISTED))

    def paint_sign(self, painter: QPainter, look: Look, index: int, area: QRectF) -> None:
        paint_sample(painter, look, area, _LISTED[index], self._cells)
