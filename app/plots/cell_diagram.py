"""The LSTM cell as people know it from textbooks, alive: one unit at one timestep."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QLineF, QPoint, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from app.plots import export
from app.plots.cell_layout import GATE_ORDER, CellLayout, cell_layout
from app.plots.cell_numbers import TERMS, CellNumbers
from app.plots.cell_painting import Drawing, paint_cell
from app.plots.colours import Range, usual_ranges
from app.plots.look import Look, coarse, scaled
from lstm_viz.signals import NAMES

if TYPE_CHECKING:
    from app.theme import Theme

_FEWEST_LINES = 11.2  # high
_NEAR = 6.0  # pixels from a wire that still point at it
WORDS = {
    **NAMES,
    "c′": "cell state before",
    "h′": "hidden state before",
    "x": "input of the layer",
    "f·c′": "what is kept of the cell state",
    "i·g": "what is added to the cell state",
    "act": "activation of the cell state",
}


class CellDiagram(QWidget):
    """Draws one LSTM cell: four gates, the cell state along the top, h out; as its values are.

    Signals
    -------
    hovered(str)
        The term under the mouse, one of `TERMS` or "x"; empty beside them.
    gate_clicked(str)
        A gate's box: ``i f g o``.
    """

    hovered = Signal(str)
    gate_clicked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme | None = None
        self._drawing: Drawing | None = None
        self._ranges: Mapping[str, Range] = usual_ranges()
        self._numbers: CellNumbers | None = None
        self._highlight, self._chosen, self._hovered = "", "", ""
        self._name = "cell"
        self._reach = 1.0
        self.setMouseTracking(True)
        self.setAccessibleName("LSTM cell")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    # -- setters ------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self._theme = theme
        self._place()

    @property
    def theme(self) -> Theme | None:
        """The colours that it is drawn in; None before the first."""
        return self._theme

    def set_ranges(self, ranges: Mapping[str, Range]) -> None:
        """Take the values that the colours of each signal span: those of the heatmaps."""
        if ranges != self._ranges:
            self._ranges = dict(ranges)
            self._show()

    def set_numbers(self, numbers: CellNumbers | None, name: str = "cell") -> None:
        """Show a cell; None while nothing is recorded.

        A picture of it is offered under the name. As long as the name stays, the widest wire stands for the
        largest cell state shown: in the whole layer another unit may have a much larger one.
        """
        self._numbers = numbers
        if name != self._name:
            self._name, self._reach = name, 1.0
        states = () if numbers is None else (numbers.values["c′"], numbers.values["c"])
        while any(self._reach < abs(value) < math.inf for value in states):
            self._reach *= 2
        self.setAccessibleDescription(_description(numbers))
        self._show()

    def forget_scale(self) -> None:
        """Let the widest wire stand for a cell state of 1 again, or for the one shown if that is larger."""
        self._reach = 1.0
        self.set_numbers(self._numbers, self._name)

    def set_highlight(self, term: str) -> None:
        """Mark a term wherever it stands; empty for none."""
        if term != self._highlight:
            self._highlight = term
            self._show()

    def set_chosen(self, gate: str) -> None:
        """Mark the gate that is explained; empty for none."""
        if gate != self._chosen:
            self._chosen = gate
            self._show()

    # -- what others read ---------------------------------------------------------------------------

    @property
    def places(self) -> CellLayout | None:
        """Where everything lies; None until it has a theme and a size."""
        return None if self._drawing is None else self._drawing.places

    @property
    def highlight(self) -> str:
        """The term that is marked."""
        return self._highlight

    def shown(self, term: str) -> str:
        """Return the number of a term as it is written in the diagram."""
        return "–" if self._drawing is None else self._drawing.text(term)

    def term_at(self, position: QPointF) -> str:
        """Return the term that lies at a place; empty where there is none."""
        places = self.places
        if places is None:
            return ""
        for letter, box in places.gates.items():
            if box.contains(position):
                return letter
        if places.tanh.contains(position):
            return "act"
        nearest, distance = "", _NEAR
        for wire in places.wires:
            if wire.term == "bus":
                continue
            for start, end in zip(wire.points, wire.points[1:], strict=False):
                apart = _distance(position, start, end)
                if apart < distance:
                    nearest, distance = wire.term, apart
        if nearest:
            return nearest
        for label in places.labels:
            if label.rect.contains(position):
                return label.term
        return ""

    # -- drawing ------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        return QSize(line * 20, round(line * 16))

    def minimumSizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        return QSize(round(line * 14), round(line * _FEWEST_LINES))

    def _place(self) -> None:
        """Lay everything out for this size: larger text where there is room for it."""
        if self._theme is None or self.width() < 20 or self.height() < 20:
            return
        look = Look(self._theme, self.font())
        factor = min(self.width() / (look.line * 26), self.height() / (look.line * 20))
        if factor > 1:
            look = Look(self._theme, scaled(self.font(), coarse(min(factor, 2.4))))
        # No wider than it can be read at a glance, and in the middle.
        width = min(float(self.width()), self.height() / 0.52)
        places = cell_layout(width, float(self.height()), look.line)
        self._left = (self.width() - width) / 2
        self._drawing = Drawing(places, look, self._ranges, None)
        self._show()

    def _show(self) -> None:
        before = self._drawing
        if before is not None:
            self._drawing = Drawing(
                before.places,
                before.look,
                self._ranges,
                self._numbers,
                self._reach,
                self._highlight,
                self._chosen,
            )
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._drawing is None:
            return
        with QPainter(self) as painter:
            painter.translate(self._left, 0)
            paint_cell(painter, self._drawing)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._place()

    # -- the mouse ----------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(self.term_at(event.position() - QPointF(self._left, 0)))

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at("")

    def _point_at(self, term: str) -> None:
        if term == self._hovered:
            return
        self._hovered = term
        self.setToolTip(_tip(term))
        self.setCursor(
            Qt.CursorShape.PointingHandCursor if term in GATE_ORDER else Qt.CursorShape.ArrowCursor
        )
        self.hovered.emit(term)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.mouseMoveEvent(event)  # the panel may have scrolled under a mouse that lay still
        if event.button() == Qt.MouseButton.LeftButton and self._hovered in GATE_ORDER:
            self.gate_clicked.emit(self._hovered)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        export.add_actions(menu, self, self._name)
        menu.popup(event.globalPos() if event.globalPos() != QPoint() else self.mapToGlobal(QPoint()))


def _tip(term: str) -> str:
    if not term:
        return ""
    letter = "activation" if term == "act" else term
    words = f"{letter}: {WORDS[term]}" if term != "act" else WORDS[term][0].upper() + WORDS[term][1:]
    return f"{words}. Click to see what it is made of." if term in GATE_ORDER else f"{words}."


def _description(numbers: CellNumbers | None) -> str:
    """Say the numbers, for those who cannot see them."""
    if numbers is None:
        return "Nothing is recorded here yet."
    if numbers.masked:
        return "Skipped by the mask."
    return ", ".join(f"{WORDS[term]} {numbers.texts[term]}" for term in TERMS[:8])


def _distance(point: QPointF, start: QPointF, end: QPointF) -> float:
    """Return how far a point is from a piece of a line."""
    line = QLineF(start, end)
    length = line.length()
    if not length:
        return QLineF(point, start).length()
    along = QPointF.dotProduct(point - start, end - start) / length**2
    nearest = line.pointAt(min(max(along, 0.0), 1.0))
    return math.hypot(point.x() - nearest.x(), point.y() - nearest.y())
