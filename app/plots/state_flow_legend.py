"""What the signs of the state flow mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.plots.look import Look
from app.plots.state_flow_cells import paint_sample
from app.plots.state_flow_layout import Status
from app.plots.state_flow_words import legend_words

if TYPE_CHECKING:
    from app.theme import Theme

_LISTED = (
    Status.CARRIED,
    Status.OVERLAPS,
    Status.BREAKS,
    Status.START,
    Status.POLICY,
    Status.BY_HAND,
)


class StateFlowLegend(QWidget):
    """What the signs mean, in as many lines as they need."""

    _SAMPLE = 24.0
    _APART = 14.0
    _MARGIN = 10.0

    def __init__(self) -> None:
        super().__init__()
        self._look: Look | None = None
        self._cells = True
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName("Legend")
        self.setAccessibleDescription(", ".join(legend_words(status) for status in _LISTED))

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self._look = Look(theme, self.font())
        self.updateGeometry()
        self.update()

    def set_cells(self, cells: bool) -> None:
        """Show the signs of cells, or the colours of strips."""
        if cells != self._cells:
            self._cells = cells
            self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        places = self._places(width)
        return round(places[-1].bottom() + 6) if places else 0

    def sizeHint(self) -> QSize:
        width = max(self.width(), 300)
        return QSize(300, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self.heightForWidth(max(self.width(), 200)))

    def _places(self, width: float) -> list[QRectF]:
        if self._look is None:
            return []
        look, found = self._look, []
        x, y = self._MARGIN, 2.0
        for status in _LISTED:
            needed = self._SAMPLE + 4 + look.width(legend_words(status))
            if x > self._MARGIN and x + needed > width - self._MARGIN:
                x, y = self._MARGIN, y + look.line + 3
            found.append(QRectF(x, y, needed, look.line))
            x += needed + self._APART
        return found

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._look is None:
            return
        look = self._look
        with QPainter(self) as painter:
            painter.setFont(look.small)
            for status, place in zip(_LISTED, self._places(self.width()), strict=True):
                paint_sample(
                    painter,
                    look,
                    QRectF(place.left(), place.top(), self._SAMPLE, place.height()),
                    status,
                    self._cells,
                )
                painter.setPen(QColor(look.theme.muted))
                painter.drawText(
                    place.adjusted(self._SAMPLE + 4, 0, 2, 0),
                    Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
                    legend_words(status),
                )
