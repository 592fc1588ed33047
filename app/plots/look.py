"""What all parts of a plot are drawn with: the theme, fonts made of the widget's own, pens, glyphs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

if TYPE_CHECKING:
    from app.theme import Theme

DASHES: tuple[tuple[float, ...], ...] = (
    (),
    (6, 3),
    (2, 3),
    (8, 3, 2, 3),
    (12, 4),
    (4, 2),
    (1, 2),
    (10, 2, 2, 2, 2, 2),
)

_SIZES = 16  # of text from one size to twice as large
_line_width = 1.0  # pixels


@dataclass(frozen=True)
class Look:
    """Colours and fonts.

    Parameters
    ----------
    theme : Theme
    font : QFont
        Of the widget; everything else is measured from it.
    """

    theme: Theme
    font: QFont

    @cached_property
    def small(self) -> QFont:
        """Font of ticks and captions."""
        return scaled(self.font, 0.86)

    @cached_property
    def letter(self) -> QFont:
        """Font of a signal's letter."""
        font = scaled(self.font, 1.15)
        font.setBold(True)
        return font

    @cached_property
    def metrics(self) -> QFontMetricsF:
        """Sizes of the small font."""
        return QFontMetricsF(self.small)

    @cached_property
    def line(self) -> float:
        """Height of a line of small text."""
        return self.metrics.height()

    def width(self, text: str) -> float:
        """Width of a small text."""
        return self.metrics.horizontalAdvance(text)


def scaled(font: QFont, factor: float) -> QFont:
    """Return a font so many times as large, whichever unit its size is in."""
    font = QFont(font)
    if font.pointSizeF() > 0:
        font.setPointSizeF(font.pointSizeF() * factor)
    else:
        font.setPixelSize(max(1, round(font.pixelSize() * factor)))
    return font


def coarse(factor: float) -> float:
    """Return a factor to scale text by, rounded down to one of a few.

    A font of a new size takes milliseconds to find and to read, too long for text that is fitted anew in
    every frame.
    """
    return math.floor(factor * _SIZES) / _SIZES


@contextmanager
def lines_of(width: float) -> Iterator[None]:
    """Let lines be so many pixels wide for a while, in a picture that has as many for one of the screen's."""
    global _line_width
    before, _line_width = _line_width, width
    try:
        yield
    finally:
        _line_width = before


def pen(colour: str, style: Qt.PenStyle = Qt.PenStyle.SolidLine, alpha: float = 1.0) -> QPen:
    """Return a pen one pixel of the screen wide: wider ones cost several times as much."""
    qcolour = QColor(colour)
    qcolour.setAlphaF(alpha)
    made = QPen(qcolour, _line_width, style)
    made.setCosmetic(True)
    return made


def curve_pen(theme: Theme, colour: int, dashes_of: int | None = None) -> QPen:
    """Return the pen of a curve: its colour, and dashes so that colour is not the only cue.

    The first in a plot has none, whatever its colour.
    """
    made = pen(theme.curves[colour % len(theme.curves)])
    dashes = DASHES[(colour if dashes_of is None else dashes_of) % len(DASHES)]
    if dashes:
        made.setDashPattern(dashes)
    return made


def kept_slots(before: dict[int, int], units: tuple[int, ...]) -> dict[int, int]:
    """Give each pinned unit the number of a curve, letting those that had one keep it.

    Parameters
    ----------
    before : dict of int to int
        Number of the curve of each unit pinned so far.
    units : tuple of int
        The units pinned now.
    """
    kept = {unit: before[unit] for unit in units if unit in before}
    free = iter(sorted(set(range(len(units) + len(kept))) - set(kept.values())))
    return {unit: kept[unit] if unit in kept else next(free) for unit in units}


def number(value: float) -> str:
    """Write a number with as many digits as tell it from its neighbours, and a true minus sign."""
    text = f"{value:.0f}" if 1e4 <= abs(value) < 1e7 else f"{value:.4g}"
    return text.replace("-", "−")


def draw_triangle(
    painter: QPainter, tip: QPointF, size: float, colour: str, filled: bool, alpha: float = 1.0
) -> None:
    """Draw a triangle that points down at `tip`: filled, or as an outline."""
    half = size * 0.62
    shape = QPolygonF([tip, QPointF(tip.x() - half, tip.y() - size), QPointF(tip.x() + half, tip.y() - size)])
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(pen(colour, alpha=alpha))
    painter.setBrush(QColor(colour) if filled else Qt.BrushStyle.NoBrush)
    painter.drawPolygon(shape)
    painter.restore()


def draw_badge(painter: QPainter, look: Look, centre: QPointF, text: str, within: QRectF) -> None:
    """Draw a small filled label in the cursor's colour, pushed sideways to stay within."""
    theme = look.theme
    width, height = look.width(text) + 8, look.line
    left = min(max(centre.x() - width / 2, within.left()), within.right() - width)
    box = QRectF(left, centre.y() - height / 2, width, height)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.cursor))
    painter.drawRoundedRect(box, 3, 3)
    painter.setFont(look.small)
    painter.setPen(QColor("#ffffff" if theme.name == "light" else theme.plot_background))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()
