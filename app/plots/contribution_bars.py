"""What a gate is made of, as signed bars: input, state and bias, and the strongest of both."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from app.plots import export
from app.plots.cell_painting import fitted_text
from app.plots.look import Look

if TYPE_CHECKING:
    from app.theme import Theme

_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class BarRow:
    """One line.

    Parameters
    ----------
    name : str
    value : float
        NaN for a line without a bar.
    text : str
        The number as it is written.
    kind : {"part", "sum", "heading", "item"}
        An addend of the sum, the sum, the heading of a list, or one of that list.
    """

    name: str
    value: float = math.nan
    text: str = ""
    kind: Literal["part", "sum", "heading", "item"] = "part"


class ContributionBars(QWidget):
    """Draws rows of a name, a bar from the middle, and a number; all bars have one scale."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[BarRow, ...] = ()
        self._theme: Theme | None = None
        self._name = "contributions"
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("What the gate is made of")

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self._theme = theme
        self.update()

    @property
    def theme(self) -> Theme | None:
        """The colours that it is drawn in; None before the first."""
        return self._theme

    def set_rows(self, rows: tuple[BarRow, ...], name: str = "contributions") -> None:
        """Show these rows. A picture of them is offered under the name."""
        if len(rows) != len(self._rows):
            self.updateGeometry()
        self._rows, self._name = rows, name
        self.setAccessibleDescription(", ".join(f"{row.name} {row.text}".strip() for row in rows))
        self.update()

    @property
    def rows(self) -> tuple[BarRow, ...]:
        """What is shown."""
        return self._rows

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        return QSize(line * 14, round(self._line() * len(self._rows)))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().height() * 10, self.sizeHint().height())

    def _line(self) -> float:
        return self.fontMetrics().height() * 1.12

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        export.add_actions(menu, self, self._name)
        menu.popup(event.globalPos())

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._theme is None:
            return
        with QPainter(self) as painter:
            look = Look(self._theme, self.font())
            line, width = self._line(), float(self.width())
            gap = look.line * 0.5
            numbers = max((look.width(row.text) for row in self._rows), default=0.0) * 1.08
            names = max((look.width(row.name) for row in self._rows if row.kind != "heading"), default=0.0)
            names = min(names * 1.08, max(width - numbers - 2 * gap - 3 * look.line, look.line * 3))
            bars = QRectF(names + gap, 0, max(width - names - numbers - 2 * gap, 4.0), line)
            known = [abs(row.value) for row in self._rows if math.isfinite(row.value)]
            reach = max(known, default=1.0) or 1.0
            for k, row in enumerate(self._rows):
                self._paint_row(painter, look, row, k * line, bars, reach)

    def _paint_row(
        self, painter: QPainter, look: Look, row: BarRow, top: float, bars: QRectF, reach: float
    ) -> None:
        theme, width, line = look.theme, float(self.width()), bars.height()
        bold = QFont(look.small)
        bold.setBold(True)
        painter.setPen(QColor(theme.muted if row.kind == "heading" else theme.text))
        if row.kind == "heading":
            fitted_text(painter, QRectF(0, top, width, line), row.name, look.small, _LEFT)
            return
        font = bold if row.kind == "sum" else look.small
        if row.kind == "sum":
            painter.setPen(QPen(QColor(theme.border), 1))
            painter.drawLine(0, round(top), round(width), round(top))
            painter.setPen(QColor(theme.text))
        fitted_text(painter, QRectF(0, top, bars.left() - 4, line), row.name, font, _LEFT)
        fitted_text(
            painter, QRectF(bars.right() + 4, top, width - bars.right() - 4, line), row.text, font, _RIGHT
        )
        middle = bars.center().x()
        height = line * (0.62 if row.kind != "item" else 0.42)
        if math.isfinite(row.value):
            length = row.value / reach * bars.width() / 2
            bar = QRectF(middle, top + (line - height) / 2, length, height).normalized()
            painter.fillRect(bar, QColor(theme.reset if row.value < 0 else theme.accent))
        painter.fillRect(QRectF(middle - 0.5, top, 1, line), QColor(theme.border))
