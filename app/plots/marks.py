"""Marks on the axis of steps: resets, borders of batches and epochs, the cursor. One item for all plots."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QGraphicsItem, QGraphicsWidget, QStyleOptionGraphicsItem, QWidget

from app.plots.look import Look, draw_badge, draw_triangle, pen
from app.plots.point_marks import PointMark
from app.plots.steps import RunShape, StepScale
from lstm_viz.timetable import Timetable

BY_HAND = "point"
CLOSEST_LINES = 4.0  # pixels; denser lines would hide what they stand on
CLOSEST_BATCHES = 10.0
CLOSEST_GLYPHS = 3.0
GLYPH = 8.0  # pixels of its height
FAINT = 0.55  # of what concerns other rows than the one looked at


@dataclass(frozen=True)
class Resets:
    """Steps at which the state becomes zero, in order, and whether each was put there by hand.

    Parameters
    ----------
    steps : ndarray of int64, shape (n,)
    by_hand : ndarray of bool, shape (n,)
    causes : tuple of str
        As ``lstm_viz.plan.Cause``.
    points : tuple of PointMark
        Those put by hand, in order; also where they reset other rows than the one looked at alone.
    """

    steps: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    by_hand: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))
    causes: tuple[str, ...] = ()
    points: tuple[PointMark, ...] = ()

    @classmethod
    def of(cls, resets: Iterable[tuple[int, str]], points: Iterable[PointMark] = ()) -> Resets:
        """Take them as (step, cause), and the points that were put by hand."""
        found = sorted(resets)
        causes = tuple(cause for _, cause in found)
        steps = np.fromiter((step for step, _ in found), np.int64, len(found))
        by_hand = np.array([cause == BY_HAND for cause in causes], bool)
        return cls(steps, by_hand, causes, tuple(points))

    def shown(self, scale: StepScale, closest: float) -> list[tuple[float, bool]]:
        """Return the pixel of each reset in view and whether it was put by hand, thinned out.

        Of several closer together than `closest` pixels the first is kept, and every one put by hand.
        """
        first, last = np.searchsorted(self.steps, [scale.start - 1, scale.stop + 1])
        pixels = (self.steps[first:last] - 0.5 - scale.start) * scale.pixels_per_step
        by_hand = self.by_hand[first:last]
        inside = (pixels >= -0.5) & (pixels <= scale.width + 0.5)
        pixels, by_hand = pixels[inside], by_hand[inside]
        cell = np.floor(pixels / closest)
        keep = by_hand | np.append(True, cell[1:] != cell[:-1])[: len(cell)]
        return list(zip(pixels[keep].tolist(), by_hand[keep].tolist(), strict=True))

    def others_shown(self, scale: StepScale) -> list[float]:
        """Return the pixels of the points in view that reset other rows alone, one for each pixel."""
        steps = np.array([point.step for point in self.points if not point.own], np.int64)
        pixels = np.round((steps - 0.5 - scale.start) * scale.pixels_per_step)
        # Not np.unique, which imports numpy.ma: in the first painting of the window.
        return sorted(set(pixels[(pixels >= -0.5) & (pixels <= scale.width + 0.5)].tolist()))

    def crowded(self, scale: StepScale, closest: float) -> bool:
        """Whether those in view are on average closer together than so many pixels."""
        first, last = np.searchsorted(self.steps, [scale.start, scale.stop])
        return bool(last - first > max(2, scale.width / closest))

    def point_near(self, x: float, within: float) -> PointMark | None:
        """Return the point put by hand that is nearest to a place on the axis."""
        nearest = min(self.points, key=lambda point: abs(point.step - 0.5 - x), default=None)
        return nearest if nearest is not None and abs(nearest.step - 0.5 - x) <= within else None

    def cause_near(self, x: float, within: float) -> tuple[int, str] | None:
        """Return the step and cause of the reset whose line is nearest to a place on the axis."""
        if not len(self.steps):
            return None
        nearest = int(np.argmin(np.abs(self.steps - 0.5 - x)))
        if abs(self.steps[nearest] - 0.5 - x) > within:
            return None
        return int(self.steps[nearest]), self.causes[nearest]


def borders(table: Timetable, scale: StepScale, total: int, closest: float) -> list[float]:
    """Return the pixels of the borders in view between batches (or epochs); none when too dense."""
    if table.per_epoch / table.batches * scale.pixels_per_step < closest:
        return []
    first = table.place(max(0, math.floor(scale.start + 0.5)))[0]
    last = table.place(max(0, math.floor(min(scale.stop, total - 1.5) + 0.5)))[0]
    edges = [table.first(number) - 0.5 for number in range(max(1, first), last + 1)]
    return [scale.to_pixels(edge) for edge in edges if edge >= scale.start]


class MarksItem(QGraphicsItem):
    """Lines of resets and borders over all plots of a column."""

    def __init__(self) -> None:
        super().__init__()
        self.setZValue(10)
        self._bounds = QRectF()
        self._plots: list[QRectF] = []
        self._scale = StepScale(0, 1, 1)
        self._run = RunShape(1, 1, 1)
        self._resets = Resets()
        self._look: Look | None = None

    def place(self, plots: list[QRectF]) -> None:
        """Take the rectangles of the plots to draw on."""
        self.prepareGeometryChange()
        self._plots = plots
        self._bounds = QRectF()
        for rect in plots:
            self._bounds = self._bounds.united(rect)

    def show_marks(self, look: Look, run: RunShape, scale: StepScale, resets: Resets) -> None:
        """Take what is to be marked."""
        self._look, self._run, self._scale, self._resets = look, run, scale, resets
        self.update()

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        if self._look is None:
            return
        theme, run, scale = self._look.theme, self._run, self._scale
        batches = borders(run.timetable, scale, run.total_steps, CLOSEST_BATCHES)
        epochs = borders(run.epoch_table, scale, run.total_steps, CLOSEST_LINES)
        self._draw(painter, batches, pen(theme.batch_border, alpha=0.55))
        self._draw(painter, epochs, pen(theme.epoch_border))
        resets = self._resets.shown(scale, CLOSEST_GLYPHS)
        if not self._resets.crowded(scale, 2 * CLOSEST_LINES):
            dotted = pen(theme.reset, Qt.PenStyle.DashLine)
            self._draw(painter, [x for x, by_hand in resets if not by_hand], dotted)
        self._draw(painter, [x for x, by_hand in resets if by_hand], pen(theme.reset))

    def _draw(self, painter: QPainter, pixels: list[float], with_pen: object) -> None:
        if not pixels:
            return
        painter.setPen(with_pen)
        lines = [
            QLineF(
                round(rect.left() + x) + 0.5, rect.top() + 1, round(rect.left() + x) + 0.5, rect.bottom() - 1
            )
            for x in pixels
            for rect in self._plots
        ]
        painter.drawLines(lines)


class CursorItem(QGraphicsItem):
    """One vertical cursor through all plots, with the step's number on the axis below."""

    def __init__(self) -> None:
        super().__init__()
        self.setZValue(20)
        self._span = QRectF()
        self._axis = QRectF()
        self._scale = StepScale(0, 1, 1)
        self._step: int | None = None
        self._look: Look | None = None

    @property
    def step(self) -> int | None:
        """Where it stands."""
        return self._step

    def place(self, span: QRectF, axis: QRectF) -> None:
        """Take the rectangle of all plots together and that of the axis."""
        self.prepareGeometryChange()
        self._span, self._axis = span, axis

    def show_step(self, look: Look, scale: StepScale, step: int | None) -> None:
        """Move it."""
        self.prepareGeometryChange()
        self._look, self._scale, self._step = look, scale, step

    def _pixels(self) -> tuple[float, float] | None:
        """Left and right edge of the step's cell in the scene, or None when it is out of view."""
        if self._step is None or self._look is None:
            return None
        left = self._scale.to_pixels(self._step - 0.5)
        right = self._scale.to_pixels(self._step + 0.5)
        if right < -0.5 or left > self._scale.width + 0.5:
            return None
        return self._span.left() + left, self._span.left() + right

    def boundingRect(self) -> QRectF:
        edges = self._pixels()
        if edges is None:
            return QRectF()
        room = self._look.width(str(self._step)) + 10 if self._look is not None else 10
        line = QRectF(
            edges[0] - 2, self._span.top(), edges[1] - edges[0] + 4, self._axis.bottom() - self._span.top()
        )
        return line.united(
            line.adjusted(-room, 0, room, 0).intersected(self._axis.adjusted(-room, 0, room, 0))
        )

    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        edges = self._pixels()
        if edges is None or self._look is None:
            return
        left, right = edges
        top, bottom = self._span.top(), self._span.bottom()
        # A wide cell is framed, so that its own colour stays to be seen; a narrow one gets a line.
        places = [left, right] if right - left >= 6 else [(left + right) / 2]
        painter.save()
        painter.setClipRect(self._span.adjusted(-1, 0, 1, 0))
        halo = QColor(self._look.theme.window)
        halo.setAlphaF(0.55)  # the colours below may be close to the cursor's own
        for x in places:
            painter.fillRect(QRectF(round(x) - 1, top, 3, bottom - top), halo)
            painter.fillRect(QRectF(round(x), top, 1, bottom - top), QColor(self._look.theme.cursor))
        painter.restore()
        centre = QPointF((left + right) / 2, self._axis.top() + 4 + self._look.line / 2)
        draw_badge(painter, self._look, centre, str(self._step), self._axis)


class MarkBar(QGraphicsWidget):
    """The row above the plots: a glyph at each reset, filled where it was put by hand."""

    def __init__(self) -> None:
        super().__init__()
        self._look: Look | None = None
        self._scale = StepScale(0, 1, 1)
        self._resets = Resets()

    def show_marks(self, look: Look, scale: StepScale, resets: Resets) -> None:
        """Take what is to be marked."""
        self._look, self._scale, self._resets = look, scale, resets
        self.update()

    def boundingRect(self) -> QRectF:
        return super().boundingRect().adjusted(-GLYPH, 0, GLYPH, 0)  # a glyph at an edge is whole

    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        if self._look is None:
            return
        bottom = self.size().height() - 1
        size = min(GLYPH, bottom - 1)
        if self._resets.crowded(self._scale, size):
            size = min(4.0, size)
        for x in self._resets.others_shown(self._scale):
            draw_triangle(painter, QPointF(x, bottom), size, self._look.theme.reset, False, FAINT)
        for x, by_hand in self._resets.shown(self._scale, CLOSEST_GLYPHS):
            draw_triangle(painter, QPointF(x, bottom), size, self._look.theme.reset, by_hand)
