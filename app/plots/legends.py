"""What stands right of a plot: a colour scale, a legend, or names at the ends of curves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from app.plots.axes import VALUE_PAD, SideItem, value_ticks
from app.plots.colours import COLOURS, Range, lookup_table
from app.plots.look import Look, curve_pen, number, pen

_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class ColourScale(SideItem):
    """Right of a heatmap: its colours from low to high, with numbers."""

    def __init__(self) -> None:
        super().__init__()
        self._range = Range(0.0, 1.0)

    def set_range(self, limits: Range) -> None:
        """Take the values that the colours span."""
        self._range = limits
        self.update()

    def width_needed(self, look: Look) -> float:
        """Width of the bar and its numbers."""
        low, high = self._range.low, self._range.high
        return 22 + max(look.width(number(v)) for v in (low, high, (low + high) / 2))

    def _draw(self, painter: QPainter, look: Look, width: float, height: float) -> None:
        table = lookup_table(self._range.kind, look.theme.name)
        ramp = np.ascontiguousarray(table[COLOURS:0:-1, None])
        image = QImage(ramp.data, 1, COLOURS, 4, QImage.Format.Format_ARGB32_Premultiplied)
        bar = QRectF(7, 0, 9, height)
        painter.drawImage(bar, image)
        painter.setPen(pen(look.theme.border))
        painter.drawRect(bar.adjusted(-0.5, -0.5, 0.5, 0.5))
        painter.setPen(QColor(look.theme.muted))
        for value, y in value_ticks(self._range.low, self._range.high, height, look.line):
            top = min(max(y - look.line / 2, -1.0), height - look.line + 1)
            painter.drawText(QRectF(20, top, width - 20, look.line), _LEFT, number(value))


@dataclass(frozen=True)
class LegendEntry:
    """A name and how its line is drawn.

    Parameters
    ----------
    name : str
    colour, dashes : int
        Numbers of the colour and of the pattern.
    points : bool
        Points without a line: filled for the first pattern, rings for the others.
    """

    name: str
    colour: int
    dashes: int = 0
    points: bool = False


class Legend(SideItem):
    """Right of curves: the names of the lines, each beside a piece of its line."""

    def __init__(self) -> None:
        super().__init__()
        self._entries: tuple[LegendEntry, ...] = ()
        self._more = 0

    @property
    def entries(self) -> tuple[LegendEntry, ...]:
        """What is listed."""
        return self._entries

    def set_entries(self, entries: tuple[LegendEntry, ...], more: int = 0) -> None:
        """Take what is listed, and how many lines have no entry because they are not drawn."""
        if (entries, more) != (self._entries, self._more):
            self._entries, self._more = entries, more
            self.update()

    def width_needed(self, look: Look) -> float:
        """Width of the longest name and its piece of line."""
        return 28 + max((look.width(entry.name) for entry in self._entries), default=0.0)

    def _draw(self, painter: QPainter, look: Look, width: float, height: float) -> None:
        fit = max(1, int((height + 1) // look.line))
        wanted = len(self._entries) + bool(self._more)
        shown = self._entries if wanted <= fit else self._entries[: fit - 1]
        top = (height - min(wanted, fit) * look.line) / 2
        for k, entry in enumerate(shown):
            middle = round(top + (k + 0.5) * look.line) + 0.5
            stroke = curve_pen(look.theme, entry.colour, entry.dashes)
            painter.setPen(stroke)
            if entry.points:
                painter.setPen(pen(stroke.color().name()))
                painter.setBrush(Qt.BrushStyle.NoBrush if entry.dashes else stroke.color())
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.drawEllipse(QPointF(13, middle), 2.5, 2.5)
            else:
                painter.drawLine(QLineF(6, middle, 20, middle))
            painter.setPen(QColor(look.theme.text))
            text = look.metrics.elidedText(entry.name, Qt.TextElideMode.ElideRight, width - 25)
            painter.drawText(QRectF(24, middle - look.line / 2, width - 24, look.line), _LEFT, text)
        hidden = len(self._entries) - len(shown) + self._more
        if hidden:
            painter.setPen(QColor(look.theme.muted))
            more = f"+ {hidden} more"
            painter.drawText(QRectF(6, top + len(shown) * look.line, width - 6, look.line), _LEFT, more)


@dataclass(frozen=True)
class CurveEnd:
    """Where a curve ends at the right edge, and what it is called."""

    name: str
    colour: int
    value: float


class CurveEnds(SideItem):
    """Right of curves: each name where its curve ends, moved apart where they would touch.

    Where there is no room for all, those that end close below another are left out.
    """

    def __init__(self) -> None:
        super().__init__()
        self._ends: tuple[CurveEnd, ...] = ()
        self._low, self._high = 0.0, 1.0

    @property
    def ends(self) -> tuple[CurveEnd, ...]:
        """What is named."""
        return self._ends

    def set_ends(self, ends: tuple[CurveEnd, ...], low: float, high: float) -> None:
        """Take the curves' ends and the range of the plot."""
        if (ends, low, high) != (self._ends, self._low, self._high):
            self._ends, self._low, self._high = ends, low, high
            self.update()

    def width_needed(self, look: Look) -> float:
        """Width of the longest name and the line that leads to it."""
        return 24 + max((look.width(end.name) for end in self._ends), default=0.0)

    def _draw(self, painter: QPainter, look: Look, width: float, height: float) -> None:
        pad = VALUE_PAD * (self._high - self._low)
        span = self._high - self._low + 2 * pad
        apart = look.line * 0.86
        heights = [(height * (self._high + pad - end.value) / span, end) for end in self._ends]
        heights.sort(key=_height)
        if len(heights) > max(1, int(height // apart)):
            heights = _thinned_out(heights, apart)
        places = spread([y for y, _ in heights], apart, look.line / 2, height - look.line / 2)
        for (y, end), place in zip(heights, places, strict=True):
            stroke = curve_pen(look.theme, end.colour)
            painter.setPen(stroke)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.drawLine(QLineF(1, min(max(y, 0), height), 14, place))
            painter.setPen(stroke.color())
            painter.drawText(QRectF(17, place - look.line / 2, width - 17, look.line), _LEFT, end.name)


def _height(placed: tuple[float, CurveEnd]) -> float:
    return placed[0]


def _thinned_out(ends: list[tuple[float, CurveEnd]], apart: float) -> list[tuple[float, CurveEnd]]:
    kept: list[tuple[float, CurveEnd]] = []
    for y, end in ends:
        if not kept or y - kept[-1][0] >= apart:
            kept.append((y, end))
    return kept


def spread(places: list[float], apart: float, low: float, high: float) -> list[float]:
    """Move ascending places as little as is needed to be apart and between two bounds.

    Where there is no room for that they stand evenly and closer.
    """
    if len(places) < 2:
        return [min(max(place, low), max(high, low)) for place in places]
    apart = min(apart, max(high - low, 0.0) / (len(places) - 1))
    found: list[float] = []
    for place in places:
        found.append(max(place, low if not found else found[-1] + apart))
    limit = max(high, low)
    for k in range(len(found) - 1, -1, -1):
        found[k] = min(found[k], limit)
        limit = found[k] - apart
    return found
