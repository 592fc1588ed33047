"""What stands left of plots and below them: names, numbers of units, values, steps and batches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QGraphicsWidget, QStyleOptionGraphicsItem, QWidget

from app.plots.look import Look, curve_pen, number, pen
from app.plots.marks import borders
from app.plots.steps import RunShape, StepScale, tick_spacing
from lstm_viz.timetable import Timetable

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


VALUE_PAD = 0.08  # room above and below curves, as a share of their range


class SideItem(QGraphicsWidget):
    """Something beside a plot that is drawn with the common look."""

    def __init__(self) -> None:
        super().__init__()
        self._look: Look | None = None
        # Words change rarely and the plots beside them in every frame.
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    def set_look(self, look: Look) -> None:
        """Take colours and fonts."""
        self._look = look
        self.update()

    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        if self._look is None:
            return
        painter.setFont(self._look.small)
        self._draw(painter, self._look, self.size().width(), self.size().height())

    def _draw(self, painter: QPainter, look: Look, width: float, height: float) -> None:
        raise NotImplementedError("what stands beside a plot is each item's own")


class NameAxis(SideItem):
    """Left of a plot: its letter, its name in words where there is room, and ticks.

    Parameters
    ----------
    letter, words : str
    """

    def __init__(self, letter: str, words: str) -> None:
        super().__init__()
        self.letter, self.words = letter, words
        self._with_words = True
        self._marked = False

    def set_with_words(self, with_words: bool) -> None:
        """Show the name in words, or the letter alone."""
        self._with_words = with_words
        self.update()

    def set_marked(self, marked: bool) -> None:
        """Mark the letter, because it is pointed at elsewhere."""
        if marked != self._marked:
            self._marked = marked
            self.update()

    @property
    def marked(self) -> bool:
        """Whether the letter is marked."""
        return self._marked

    def name_width(self, look: Look, with_words: bool) -> float:
        """Width that the name needs."""
        letter = QFontMetricsF(look.letter).horizontalAdvance(self.letter)
        words = max(map(look.width, self.words.split()), default=0.0) if with_words else 0.0
        return max(letter, words) + 4

    def tick_width(self, look: Look) -> float:
        """Width that the ticks need."""
        raise NotImplementedError("ticks of units and of values are different things")

    def _draw(self, painter: QPainter, look: Look, width: float, height: float) -> None:
        letter = QFontMetricsF(look.letter)
        words = self.words.split() if self._with_words else []
        lines = len(words) if height >= letter.height() + look.line * len(words) else 0
        top = max(0.0, (height - letter.height() - lines * look.line) / 2)
        painter.setFont(look.letter)
        painter.setPen(QColor(look.theme.text))
        if self._marked:
            self._draw_mark(
                painter, look, QRectF(0, top, letter.horizontalAdvance(self.letter) + 5, letter.height())
            )
        painter.drawText(QPointF(2, top + letter.ascent()), self.letter)
        painter.setFont(look.small)
        painter.setPen(QColor(look.theme.muted))
        for k in range(lines):
            baseline = top + letter.height() + k * look.line + look.metrics.ascent()
            painter.drawText(QPointF(2, baseline), words[k])
        self._draw_ticks(painter, look, width, height)

    @staticmethod
    def _draw_mark(painter: QPainter, look: Look, box: QRectF) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(look.theme.cursor))
        painter.drawRoundedRect(box, 3, 3)
        painter.restore()
        painter.setPen(QColor("#ffffff" if look.theme.name == "light" else look.theme.plot_background))

    def _draw_ticks(self, painter: QPainter, look: Look, width: float, height: float) -> None:
        raise NotImplementedError("ticks of units and of values are different things")


@dataclass(frozen=True)
class Pin:
    """A unit that the user chose, and the number of the curve that shows it elsewhere."""

    unit: int
    curve: int


class UnitAxis(NameAxis):
    """Left of a heatmap: the units' numbers, and a mark at each pinned one."""

    def __init__(self, letter: str, words: str) -> None:
        super().__init__(letter, words)
        self._order: NDArray[np.intp] = np.arange(1)
        self._pins: tuple[Pin, ...] = ()

    def set_order(self, order: NDArray[np.intp]) -> None:
        """Take which unit is in each row, from the top."""
        self._order = order
        self.update()

    def set_pins(self, pins: tuple[Pin, ...]) -> None:
        """Take the pinned units."""
        self._pins = pins
        self.update()

    def unit_at(self, y: float) -> int | None:
        """Return the unit whose row is at this height, or None outside."""
        row = int(y // max(self.size().height() / len(self._order), 1e-9))
        return int(self._order[row]) if 0 <= row < len(self._order) else None

    def tick_width(self, look: Look) -> float:
        return look.width(str(len(self._order) - 1)) + 12

    def tick_rows(self, line: float) -> list[int]:
        """Return the rows that have a tick: all, or every 2nd, 5th, 10th … where they are close."""
        units = len(self._order)
        spacing = tick_spacing(self.size().height() / units, line)
        return list(range(0, units, spacing))

    def _draw_ticks(self, painter: QPainter, look: Look, width: float, height: float) -> None:
        each = height / len(self._order)
        line = look.line * 0.86
        taken: list[float] = []
        rows = {int(unit): row for row, unit in enumerate(self._order)} if self._pins else {}
        bold = QFont(look.small)
        bold.setBold(True)
        painter.setFont(bold)
        for pin in self._pins:
            y = (rows[pin.unit] + 0.5) * each
            colour = curve_pen(look.theme, pin.curve).color()
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            tip = QPointF(width - 1, y)
            painter.drawPolygon(QPolygonF([tip, QPointF(width - 7, y - 4), QPointF(width - 7, y + 4)]))
            painter.restore()
            if all(abs(y - other) >= line for other in taken):
                painter.setPen(colour)
                self._number(painter, y, line, width - 9, height, str(pin.unit))
                taken.append(y)
        painter.setFont(look.small)
        painter.setPen(QColor(look.theme.muted))
        for row in self.tick_rows(line):
            y = (row + 0.5) * each
            if all(abs(y - other) >= line for other in taken):
                self._number(painter, y, line, width - 9, height, str(self._order[row]))
                if not any(rows[pin.unit] == row for pin in self._pins):
                    painter.drawLine(QLineF(width - 4, round(y) + 0.5, width - 1, round(y) + 0.5))

    @staticmethod
    def _number(painter: QPainter, y: float, line: float, right: float, height: float, text: str) -> None:
        top = min(max(y - line / 2, -1.0), max(height - line + 1.0, -1.0))
        painter.drawText(QRectF(0, top, right, line), _RIGHT | Qt.TextFlag.TextDontClip, text)


class ValueAxis(NameAxis):
    """Left of curves: the ends of the range, and zero where it lies between them."""

    def __init__(self, letter: str, words: str) -> None:
        super().__init__(letter, words)
        self._low, self._high = 0.0, 1.0

    def set_limits(self, low: float, high: float) -> None:
        """Take the range of the plot."""
        if (low, high) != (self._low, self._high):
            self._low, self._high = low, high
            self.update()

    def tick_width(self, look: Look) -> float:
        # A reserve, so that the plots do not move whenever a range grows.
        return max(look.width(text) for text in ("−0.00", number(self._low), number(self._high))) + 10

    def _draw_ticks(self, painter: QPainter, look: Look, width: float, height: float) -> None:
        painter.setPen(QColor(look.theme.muted))
        pad = height * VALUE_PAD / (1 + 2 * VALUE_PAD)
        for value, y in value_ticks(self._low, self._high, height - 2 * pad, look.line):
            top = min(max(pad + y - look.line / 2, -1.0), height - look.line + 1)
            painter.drawText(QRectF(0, top, width - 7, look.line), _RIGHT, number(value))
            at = round(pad + y) + 0.5
            painter.drawLine(QLineF(width - 4, at, width - 1, at))


def value_ticks(low: float, high: float, height: float, line: float) -> list[tuple[float, float]]:
    """Return values to label and their heights from the top: both ends, and zero or the middle.

    What would touch its neighbour is left out.
    """
    middle = 0.0 if low < 0 < high else (low + high) / 2
    y = height * (high - middle) / (high - low)
    ticks = [(high, 0.0), (low, height)]
    if 1.5 * line <= y <= height - 1.5 * line:
        ticks.insert(1, (middle, y))
    return ticks if height >= line else ticks[:1]


class CaptionAxis(SideItem):
    """Left of the axis of steps or of the mark bar: what its lines are called."""

    def __init__(self) -> None:
        super().__init__()
        self._captions: tuple[str, ...] = ()

    def set_captions(self, captions: tuple[str, ...]) -> None:
        """Take one word for each line."""
        self._captions = captions
        self.update()

    def width_needed(self, look: Look) -> float:
        """Width of the longest word."""
        return max(map(look.width, self._captions), default=0.0) + 12

    def _draw(self, painter: QPainter, look: Look, width: float, height: float) -> None:
        painter.setPen(QColor(look.theme.muted))
        top = 4.0 if height > 1.5 * look.line else height - look.line
        for k, caption in enumerate(self._captions):
            painter.drawText(QRectF(0, top + k * look.line, width - 9, look.line), _RIGHT, caption)


class StepAxis(SideItem):
    """Below the plots: the steps of the run, and the batches and epochs that they belong to."""

    def __init__(self) -> None:
        super().__init__()
        self._run = RunShape(1, 1, 1)
        self._scale = StepScale(0, 1, 1)
        self._cursor: int | None = None

    def set_run(self, run: RunShape) -> None:
        """Take the shape of the run."""
        self._run = run
        self.update()

    def set_scale(self, scale: StepScale) -> None:
        """Take the visible range."""
        if scale != self._scale:
            self._scale = scale
            self.update()

    def set_cursor(self, step: int | None) -> None:
        """Leave room for the cursor's number."""
        if step != self._cursor:
            self._cursor = step
            self.update()

    @property
    def captions(self) -> tuple[str, ...]:
        """What its lines are called."""
        lines = ["own step" if self._run.own else "step"]
        if self._run.batches > 1 or self._run.epochs > 1:
            lines.append("batch")
        if self._run.epochs > 1:
            lines.append("epoch")
        return tuple(lines)

    def height_needed(self, look: Look) -> float:
        """Height of its lines."""
        return 6 + look.line * len(self.captions)

    def ticks(self, look: Look) -> list[int]:
        """Return the steps that have a number."""
        room = look.width(str(max(self._run.total_steps - 1, 1))) + 14
        spacing = tick_spacing(self._scale.pixels_per_step, room)
        first = max(0, -(-int(np.ceil(self._scale.start)) // spacing) * spacing)
        last = min(self._run.total_steps - 1, int(np.floor(self._scale.stop)))
        return list(range(first, last + 1, spacing))

    def pieces(self, look: Look, table: Timetable) -> list[tuple[int, float, float]]:
        """Return the batches (or epochs) with a number: which, and the pixels of its visible part.

        Where they are too narrow for their numbers, every 2nd, 5th, 10th … is left, at its beginning.
        """
        scale, total = self._scale, self._run.total_steps
        spacing = self._spacing(look, table)
        first = table.place(max(0, int(scale.start + 0.5)))[0] // spacing * spacing
        last = table.place(int(min(scale.stop, total - 0.5)))[0]
        found = []
        for piece in range(first, last + 1, spacing):
            left = scale.to_pixels(table.first(piece) - 0.5)
            right = scale.to_pixels(min(table.first(piece + spacing), total) - 0.5)
            if right > left:
                found.append((piece, max(left, 0.0), min(right, scale.width)))
        return found

    def _spacing(self, look: Look, table: Timetable) -> int:
        room = look.width(str(table.place(self._run.total_steps - 1)[0] + 1)) + 10
        return tick_spacing(self._scale.pixels_per_step * table.per_epoch / table.batches, room)

    def _draw(self, painter: QPainter, look: Look, width: float, height: float) -> None:
        theme, run, line = look.theme, self._run, look.line
        painter.setPen(QColor(theme.muted))
        for step in self.ticks(look):
            x = self._scale.to_pixels(step)
            painter.drawLine(QLineF(round(x) + 0.5, 1, round(x) + 0.5, 4))
            text = str(step)
            if self._cursor is not None and step != self._cursor:
                apart = abs(x - self._scale.to_pixels(self._cursor))
                if apart < (look.width(text) + look.width(str(self._cursor))) / 2 + 7:
                    continue  # the cursor's own number stands there
            left = min(max(x - look.width(text) / 2, 0), width - look.width(text))
            painter.drawText(QPointF(left, 4 + look.metrics.ascent()), text)
        if "batch" in self.captions:
            self._draw_pieces(painter, look, run.timetable, 4 + line, run.batches, theme.batch_border)
        if "epoch" in self.captions:
            self._draw_pieces(painter, look, run.epoch_table, 4 + 2 * line, run.epochs, theme.epoch_border)

    def _draw_pieces(
        self, painter: QPainter, look: Look, table: Timetable, top: float, of: int, colour: str
    ) -> None:
        painter.setPen(pen(colour))
        if self._spacing(look, table) == 1:
            edges = borders(table, self._scale, self._run.total_steps, 6)
        else:  # a line between any two numbers would run through one of them
            edges = [left for _, left, _ in self.pieces(look, table)]
        for x in edges:
            painter.drawLine(QLineF(round(x) + 0.5, top + 2, round(x) + 0.5, top + look.line - 2))
        painter.setPen(QColor(look.theme.muted))
        for piece, left, right in self.pieces(look, table):
            text = str(piece % of)
            if right - left < look.width(text) + 2:
                continue
            own = self._scale.pixels_per_step * table.length(piece)
            wide = own >= look.width(text) + 4
            middle = (left + right) / 2 if wide else left + look.width(text) / 2 + 3
            if wide and right - left > own + 1:
                middle = left + own / 2
            painter.drawText(QPointF(middle - look.width(text) / 2, top + look.metrics.ascent()), text)
