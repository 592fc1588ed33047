"""Draws the cell diagram: wires as wide and coloured as their values are, boxes, numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from app.plots.cell_layout import CellLayout, Wire
from app.plots.cell_numbers import UNKNOWN, CellNumbers
from app.plots.colours import COLOURS, Range, lookup_table
from app.plots.look import Look, coarse, scaled
from app.theme import mixed

_SHORT = {"sigmoid": "σ", "hard_sigmoid": "hard σ", "hard_sigmoid (Keras 2)": "hard σ (Keras 2)"}
_RANGE_OF = {"c′": "c", "f·c′": "c", "i·g": "c", "act": "h", "h′": "h"}
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_ALIGN = {"left": _LEFT, "right": _RIGHT, "centre": Qt.AlignmentFlag.AlignCenter}
_NAMED = ("c′", "c", "h′", "h")  # labels that begin with what they are the number of
_ROUND, _FLAT = Qt.PenCapStyle.RoundCap, Qt.PenCapStyle.FlatCap


@dataclass(frozen=True)
class Drawing:
    """What is drawn, and how.

    Parameters
    ----------
    places : CellLayout
    look : Look
    ranges : mapping of str to Range
        The values that colours and widths span, by signal.
    reach : float
        Those of the cell state are of this unit alone: from minus this to this.
    numbers : CellNumbers or None
        None where nothing is recorded.
    highlight : str
        The term that is pointed at; empty for none.
    chosen : str
        The gate that is explained; empty for none.
    """

    places: CellLayout
    look: Look
    ranges: Mapping[str, Range]
    numbers: CellNumbers | None
    reach: float = 1.0
    highlight: str = ""
    chosen: str = ""

    @property
    def alive(self) -> bool:
        """Whether there are gates to be shown."""
        return self.numbers is not None and self.numbers.computed

    def value(self, term: str) -> float:
        """Return the value of a term; NaN where it is not known."""
        return math.nan if self.numbers is None else float(self.numbers.values.get(term, math.nan))

    def text(self, term: str) -> str:
        """Return the number of a term as it is written."""
        return UNKNOWN if self.numbers is None else self.numbers.texts.get(term, UNKNOWN)

    def range_of(self, term: str) -> Range:
        """Return what the colours of a term span."""
        signal = _RANGE_OF.get(term, term)
        return Range(-self.reach, self.reach, "diverging") if signal == "c" else self.ranges[signal]

    def reach_of(self, term: str) -> float:
        """Return the size of a value that has the widest wire."""
        limits = self.range_of(term)
        return max(abs(limits.low), abs(limits.high))


def short_name(activation: str) -> str:
    """Return an activation's name as it stands in a box."""
    return _SHORT.get(activation, activation.replace("_", " "))


def colour_of(value: float, limits: Range, theme_name: str) -> QColor:
    """Return the colour that a heatmap has for a value."""
    share = (value - limits.low) / (limits.high - limits.low)
    entry = 1 + round(min(max(share, 0.0), 1.0) * (COLOURS - 1))
    return QColor.fromRgb(int(lookup_table(limits.kind, theme_name)[entry]))


def text_on(colour: QColor) -> str:
    """Return black or white, whichever can be read on a colour."""
    red, green, blue = (part**2.2 for part in (colour.redF(), colour.greenF(), colour.blueF()))
    # Where the contrast to black is the same as that to white.
    return "#000000" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 else "#ffffff"


def paint_cell(painter: QPainter, drawing: Drawing) -> None:
    """Draw the whole diagram."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    places, theme = drawing.places, drawing.look.theme
    painter.setPen(QPen(QColor(theme.border), 1))
    painter.setBrush(QColor(theme.plot_background))
    painter.drawRoundedRect(places.body, 4 * places.unit, 4 * places.unit)
    for wire in places.wires:
        if wire.term == drawing.highlight:
            _paint_glow(painter, drawing, wire)
    for wire in sorted(places.wires, key=partial(_strength, drawing)):
        _paint_wire(painter, drawing, wire)
    for sign, middle in places.operators:
        _paint_operator(painter, drawing, sign, middle)
    activation = drawing.numbers.activation if drawing.numbers is not None else "tanh"
    gate = drawing.numbers.recurrent_activation if drawing.numbers is not None else "sigmoid"
    _paint_activation(painter, drawing, activation)
    for letter, box in places.gates.items():
        _paint_gate(painter, drawing, letter, box, activation if letter == "g" else gate)
    _paint_labels(painter, drawing)
    if drawing.numbers is not None and drawing.numbers.masked:
        _paint_masked(painter, drawing)


def _strength(drawing: Drawing, wire: Wire) -> float:
    """Return what a wire is drawn after: the stronger ones lie on top."""
    value = drawing.value(wire.term)
    return abs(value) if math.isfinite(value) else -1.0


# -- wires ------------------------------------------------------------------------------------------


def _stroke(colour: QColor, width: float, cap: Qt.PenCapStyle = _FLAT) -> QPen:
    return QPen(QBrush(colour), width, Qt.PenStyle.SolidLine, cap, Qt.PenJoinStyle.RoundJoin)


def _path(points: tuple[QPointF, ...], bend: float) -> QPainterPath:
    """Return a line with round corners."""
    path = QPainterPath(points[0])
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        path.lineTo(_towards(corner, before, bend))
        path.quadTo(corner, _towards(corner, after, bend))
    path.lineTo(points[-1])
    return path


def _towards(start: QPointF, end: QPointF, by: float) -> QPointF:
    length = math.hypot(end.x() - start.x(), end.y() - start.y())
    return start if not length else start + (end - start) * (min(by, length / 2) / length)


def width_of(value: float, reach: float) -> float:
    """Return how wide a wire is, 0 to 1."""
    return min(abs(value) / reach, 1.0) if math.isfinite(value) else 0.0


def _paint_glow(painter: QPainter, drawing: Drawing, wire: Wire) -> None:
    colour = QColor(drawing.look.theme.cursor)
    colour.setAlphaF(0.35)
    stroke = _stroke(colour, 7 * drawing.places.unit, _ROUND)
    painter.setPen(stroke)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(_path(wire.points, 3 * drawing.places.unit))


def _paint_wire(painter: QPainter, drawing: Drawing, wire: Wire) -> None:
    """Draw a wire: its outline, and within it the colour; dashed where the value is negative."""
    unit, theme = drawing.places.unit, drawing.look.theme
    value = drawing.value(wire.term)
    outline = QColor(theme.muted)
    passes = wire.term in ("c′", "c", "h′", "h")  # also where the timestep is masked
    shown = math.isfinite(value) and (drawing.alive or passes)
    faint = drawing.numbers is None or not (drawing.alive or passes)
    if faint:
        outline = QColor(theme.border)
    if not shown:
        width = 1.0 * unit if wire.term == "bus" else 0.7 * unit
        _paint_line(painter, wire, outline, width, unit, drawing.places.unit)
        return
    limits = drawing.range_of(wire.term)
    width = (0.9 + 2.9 * width_of(value, drawing.reach_of(wire.term))) * unit
    _paint_line(painter, wire, outline, width + max(1.4, 0.35 * unit), unit, unit)
    colour = colour_of(value, limits, theme.name)
    stroke = _stroke(colour, width)
    if value < 0:
        stroke.setDashPattern([2.2 * unit / width, 1.3 * unit / width])
    painter.setPen(stroke)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(_path(_shortened(wire, unit), 3 * unit))


def _shortened(wire: Wire, unit: float) -> tuple[QPointF, ...]:
    """Return the points of a wire without its arrow head."""
    if not wire.arrow:
        return wire.points
    return (*wire.points[:-1], _towards(wire.points[-1], wire.points[-2], 2.4 * unit))


def _paint_line(
    painter: QPainter, wire: Wire, colour: QColor, width: float, unit: float, bend: float
) -> None:
    painter.setPen(_stroke(colour, width))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(_path(_shortened(wire, unit), 3 * bend))
    if not wire.arrow:
        return
    tip, before = wire.points[-1], wire.points[-2]
    back = _towards(tip, before, 3.2 * unit)
    across = QPointF(-(tip.y() - back.y()), tip.x() - back.x())
    half = across * ((1.5 * unit + width * 0.42) / max(math.hypot(across.x(), across.y()), 1e-9))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([tip, back + half, back - half]))


# -- boxes ------------------------------------------------------------------------------------------


def _paint_operator(painter: QPainter, drawing: Drawing, sign: str, middle: QPointF) -> None:
    theme, radius = drawing.look.theme, drawing.places.radius
    painter.setPen(QPen(QColor(theme.muted if drawing.alive else theme.border), 1.2))
    painter.setBrush(QColor(theme.panel))
    painter.drawEllipse(middle, radius, radius)
    painter.setPen(_stroke(QColor(theme.text if drawing.alive else theme.border), 1.5, _ROUND))
    arm = radius * (0.42 if sign == "×" else 0.55)
    if sign == "×":
        painter.drawLine(middle + QPointF(-arm, -arm), middle + QPointF(arm, arm))
        painter.drawLine(middle + QPointF(-arm, arm), middle + QPointF(arm, -arm))
    else:
        painter.drawLine(middle + QPointF(-arm, 0), middle + QPointF(arm, 0))
        painter.drawLine(middle + QPointF(0, -arm), middle + QPointF(0, arm))


def _paint_activation(painter: QPainter, drawing: Drawing, name: str) -> None:
    theme, box = drawing.look.theme, drawing.places.tanh
    marked = drawing.highlight == "act"
    painter.setPen(QPen(QColor(_frame(drawing, marked)), 2 if marked else 1))
    painter.setBrush(QColor(theme.window))
    painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
    painter.setPen(QColor(theme.text if drawing.alive else theme.muted))
    fitted_text(painter, box.adjusted(3, 0, -3, 0), short_name(name), drawing.look.small)


def _frame(drawing: Drawing, marked: bool) -> str:
    theme = drawing.look.theme
    return theme.cursor if marked else theme.muted if drawing.alive else theme.border


def _paint_gate(painter: QPainter, drawing: Drawing, letter: str, box: QRectF, name: str) -> None:
    look, theme, unit = drawing.look, drawing.look.theme, drawing.places.unit
    value = drawing.value(letter)
    shown = drawing.alive and math.isfinite(value)
    ground = colour_of(value, drawing.range_of(letter), theme.name) if shown else QColor(theme.window)
    ink = text_on(ground) if shown else theme.muted
    marked = letter in (drawing.highlight, drawing.chosen)
    frame = _frame(drawing, letter == drawing.highlight)
    if letter == drawing.chosen and letter != drawing.highlight:
        frame = theme.accent
    painter.setPen(QPen(QColor(frame), 2.5 if marked else 1))
    painter.setBrush(ground)
    painter.drawRoundedRect(box, 1.6 * unit, 1.6 * unit)
    if not shown:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(QColor(theme.border), Qt.BrushStyle.BDiagPattern))
        painter.drawRoundedRect(box, 1.6 * unit, 1.6 * unit)
    inner = box.adjusted(1, unit, -1, -unit)
    upper = QRectF(inner.left(), inner.top(), inner.width(), inner.height() / 2)
    lower = upper.translated(0, inner.height() / 2)
    painter.setPen(QColor(ink))
    fitted_text(painter, upper, short_name(name), look.small)
    bold = QFont(look.small)
    bold.setBold(True)
    fitted_text(painter, lower, drawing.text(letter), bold)
    painter.setFont(look.letter)
    painter.setPen(QColor(theme.cursor if letter == drawing.highlight else theme.text))
    painter.drawText(drawing.places.letters[letter], letter)


def fitted_text(
    painter: QPainter,
    rect: QRectF,
    text: str,
    font: QFont,
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignCenter,
) -> None:
    """Draw a text in a smaller font where it would not fit. A name is elided before it gets too small."""
    width = QFontMetricsF(font).horizontalAdvance(text)
    if width > rect.width():
        is_name = text[-1:].isalpha()
        font = scaled(font, max(0.75 if is_name else 0.5, coarse(rect.width() / width)))
        if is_name:
            room = rect.width() + 2  # what rounding of widths takes
            text = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, room)
    painter.setFont(font)
    painter.drawText(rect, align | Qt.TextFlag.TextDontClip, text)


# -- numbers ----------------------------------------------------------------------------------------


def _paint_labels(painter: QPainter, drawing: Drawing) -> None:
    look, theme = drawing.look, drawing.look.theme
    bold = QFont(look.small)
    bold.setBold(True)
    for label in drawing.places.labels:
        if label.term == "x":
            painter.setPen(QColor(theme.cursor if drawing.highlight == "x" else theme.text))
            painter.setFont(bold)
            painter.drawText(label.rect, _LEFT, "x")
            continue
        text = drawing.text(label.term)
        named = label.term in _NAMED
        if text == UNKNOWN and not named:
            continue
        marked = label.term == drawing.highlight
        painter.setPen(QColor(theme.cursor if marked else theme.text if named else theme.muted))
        fitted_text(
            painter,
            label.rect,
            f"{label.term} {text}" if named else text,
            bold if named else look.small,
            _ALIGN[label.align],
        )


def _paint_masked(painter: QPainter, drawing: Drawing) -> None:
    """Say across the gates that they were not computed."""
    theme, places, look = drawing.look.theme, drawing.places, drawing.look
    text = "skipped by the mask"
    left, right = places.gates["f"].left(), places.gates["o"].right()
    box = QRectF(left, 0, right - left, look.line + 3 * places.unit)
    box.moveCenter(QPointF((left + right) / 2, places.gates["f"].center().y()))
    wanted = look.width(text) + 6 * places.unit
    if wanted < box.width():
        box.adjust((box.width() - wanted) / 2, 0, (wanted - box.width()) / 2, 0)
    painter.setPen(QPen(QColor(theme.warning), 1))
    painter.setBrush(QColor(mixed(theme.panel, theme.warning, 0.14)))
    painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
    painter.setPen(QColor(theme.text))
    fitted_text(painter, box.adjusted(3, 0, -3, 0), text, look.small)
