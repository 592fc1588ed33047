"""Draws the timeline: lanes of marks, blocks and words, and the cursor through them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from app.plots.look import Look, draw_badge, draw_triangle, pen
from app.plots.marks import FAINT
from app.plots.point_marks import PointMark
from app.plots.timeline_blocks import Block, Layout
from app.row_words import rows_words

if TYPE_CHECKING:
    from lstm_viz.plan import Plan

MARGIN = 10.0
_MARK_ROOM = 160  # pixels that a mark and its rows may reach to the right
_GAP = 14.0  # pixels between blocks where the state is reset and there is room to say so
_ROOM_FOR_ZERO = 40.0  # a block narrower than this has no room for the 0 beside it
_ROOM_FOR_ARROW = 44.0  # a narrower one gets the head of the arrow alone
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class Geometry:
    """Where the steps and the lanes are.

    Parameters
    ----------
    total : int
        Steps of the run.
    width, height : int
        Of the widget, in pixels.
    line : float
        Height of a line of text.
    """

    total: int
    width: int
    height: int
    line: float

    @property
    def per_step(self) -> float:
        """Pixels of one step."""
        return max(self.width - 2 * MARGIN, 1.0) / self.total

    def x_of(self, step: float) -> float:
        """Return the pixel of the left edge of a step."""
        return MARGIN + step * self.per_step

    def step_at(self, x: float) -> int:
        """Return the step whose cell is at a pixel; the nearest one outside the run."""
        return min(max(int((x - MARGIN) / self.per_step), 0), self.total - 1)

    def edge_at(self, x: float) -> int:
        """Return the step whose left edge is nearest to a pixel: a reset lies on an edge."""
        return min(max(round((x - MARGIN) / self.per_step), 0), self.total - 1)

    @property
    def marks(self) -> QRectF:
        """Lane of the marks, on top."""
        return QRectF(MARGIN, 3, self.width - 2 * MARGIN, self.line)

    @property
    def words(self) -> QRectF:
        """Lane of the words, at the bottom."""
        return QRectF(MARGIN, self.height - self.line - 4, self.width - 2 * MARGIN, self.line)

    @property
    def blocks(self) -> QRectF:
        """Lane of the blocks, between them."""
        top = self.marks.bottom() + 3
        return QRectF(MARGIN, top, self.width - 2 * MARGIN, self.words.top() - 3 - top)


@dataclass(frozen=True, eq=False)
class Picture:
    """Everything that the timeline shows of a run.

    Parameters
    ----------
    look : Look
    plan : Plan
    geometry : Geometry
    layout : Layout
    marks : tuple of PointMark
        Put by hand.
    every : tuple of int
        Steps of the policy "every n timesteps", where they can be told apart.
    count : int
        Steps recorded.
    cursor, selected : int or None
        Step of the cursor, and of the selected mark.
    moving : tuple of int or None
        From which step to which a mark is being dragged.
    """

    look: Look
    plan: Plan
    geometry: Geometry
    layout: Layout
    marks: tuple[PointMark, ...]
    every: tuple[int, ...]
    count: int
    cursor: int | None
    selected: int | None
    moving: tuple[int, int] | None

    @property
    def summary(self) -> str:
        """What the blocks do not show by themselves."""
        parts = [self.layout.merged] if self.layout.merged else []
        if self.plan.resets.every is not None and not self.every:
            parts.append(f"reset every {self.plan.resets.every} timesteps")
        if not self.plan.stateful:
            parts.append("not stateful: every batch starts from zeros")
        return " · ".join(parts)


def paint_nothing(painter: QPainter, look: Look, area: QRect) -> None:
    """Say that there is no run."""
    painter.fillRect(area, QColor(look.theme.window))
    painter.setFont(look.small)
    painter.setPen(QColor(look.theme.muted))
    painter.drawText(
        area, Qt.AlignmentFlag.AlignCenter, "The run is shown here once a model and data are open"
    )


def paint_run(painter: QPainter, picture: Picture, needed: QRect) -> None:
    """Draw the part of a run that lies in a rectangle."""
    look, geometry = picture.look, picture.geometry
    painter.fillRect(needed, QColor(look.theme.window))
    painter.setFont(look.small)
    # Either every block has its number or none: the first ten alone would look like all there are.
    widest = look.width(max((block.label for block in picture.layout.blocks), key=len, default=""))
    for block in picture.layout.blocks:
        left, right = geometry.x_of(block.start), geometry.x_of(block.stop)
        if right >= needed.left() - _GAP and left <= needed.right() + _GAP:
            _paint_block(painter, picture, block, widest)
    _paint_marks(painter, picture, needed)
    _paint_words(painter, picture)
    _paint_cursor(painter, picture)


def _paint_block(painter: QPainter, picture: Picture, block: Block, widest: float) -> None:
    look, lane = picture.look, picture.geometry.blocks
    theme = look.theme
    left, right = picture.geometry.x_of(block.start), picture.geometry.x_of(block.stop)
    wide = right - left >= _ROOM_FOR_ZERO
    gap = (_GAP if wide else 2.0) if not block.handed_on and block.start > 0 else 0.0
    inner = QRectF(left + gap, lane.top(), max(right - left - gap, 1.0), lane.height())
    painter.fillRect(inner, QColor(theme.plot_background if block.shade == 0 else theme.panel))
    done = min(max(picture.geometry.x_of(picture.count), inner.left()), inner.right())
    if done > inner.left():
        filled = QColor(theme.accent)
        filled.setAlphaF(0.34 if block.shade == 0 else 0.24)
        painter.fillRect(QRectF(inner.left(), inner.top(), done - inner.left(), inner.height()), filled)
    painter.setPen(pen(theme.batch_border, alpha=0.8))
    first, last = round(inner.left()), round(inner.right())
    painter.drawRect(QRectF(first, inner.top(), last - first, inner.height()))
    arrow = 0 if not block.handed_on else 26 if right - left >= _ROOM_FOR_ARROW else 12
    if right - left >= widest + 4 + arrow and inner.width() >= widest:
        painter.setPen(QColor(theme.text))
        painter.drawText(inner, Qt.AlignmentFlag.AlignCenter, block.label)
    if block.start == 0:
        return
    if block.handed_on:
        colour = theme.text if right - left >= _ROOM_FOR_ARROW else theme.muted
        _paint_arrow(painter, colour, QPointF(left, lane.center().y()), right - left)
    elif wide:
        painter.setPen(QColor(theme.reset))
        painter.drawText(QRectF(left, lane.top(), gap, lane.height()), Qt.AlignmentFlag.AlignCenter, "0")


def _paint_arrow(painter: QPainter, colour: str, at: QPointF, room: float) -> None:
    """Draw an arrow across a border: state is handed on here. Where there is little room, its head only."""
    whole = room >= _ROOM_FOR_ARROW
    size = 1.0 if whole else min(0.7, room / 16)
    x, y, half = at.x() - (0 if whole else 4 * size), at.y(), 4.0 * size
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(pen(colour))
    painter.setBrush(QColor(colour))
    if whole:
        painter.drawLine(QLineF(x - 7, y, x + 2, y))
    head = [QPointF(x + 7 * size, y), QPointF(x + size, y - half), QPointF(x + size, y + half)]
    painter.drawPolygon(QPolygonF(head))
    painter.restore()


def _paint_marks(painter: QPainter, picture: Picture, needed: QRect) -> None:
    geometry = picture.geometry
    blocks = geometry.blocks
    painter.setPen(pen(picture.look.theme.reset, Qt.PenStyle.DotLine))
    places = [geometry.x_of(step) for step in picture.every]
    painter.drawLines([QLineF(x, blocks.top(), x, blocks.bottom()) for x in places])
    # One mark for each pixel is all that can be seen of thousands; those of the row looked at lie on top.
    for own in (False, True):
        marks = [mark for mark in picture.marks if mark.own == own]
        pixels = np.floor(MARGIN + np.array([mark.step for mark in marks]) * geometry.per_step)
        for k in np.unique(pixels, return_index=True)[1]:
            in_sight = needed.left() - _MARK_ROOM <= pixels[k] <= needed.right() + 12
            if in_sight and (picture.moving is None or marks[k].step != picture.moving[0]):
                _paint_mark(painter, picture, marks[k], marks[k].step == picture.selected)
    if picture.moving is not None:
        moved = next((mark for mark in picture.marks if mark.step == picture.moving[0]), None)
        if moved is not None:
            _paint_mark(painter, picture, moved._replace(step=picture.moving[1]), True)


def _paint_mark(painter: QPainter, picture: Picture, mark: PointMark, chosen: bool) -> None:
    theme, lane = picture.look.theme, picture.geometry.marks
    x = round(picture.geometry.x_of(mark.step)) + 0.5
    if mark.own:
        painter.setPen(pen(theme.reset))
        painter.drawLine(QLineF(x, lane.bottom(), x, picture.geometry.blocks.bottom()))
        draw_triangle(painter, QPointF(x, lane.bottom()), 9, theme.reset, True)
    else:
        draw_triangle(painter, QPointF(x, lane.bottom()), 9, theme.reset, False, FAINT)
    _paint_rows(painter, picture, mark, x)
    if chosen:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen(theme.accent))
        painter.drawRoundedRect(QRectF(x - 8, lane.bottom() - 12, 16, 15), 3, 3)
        painter.restore()


def _paint_rows(painter: QPainter, picture: Picture, mark: PointMark, x: float) -> None:
    """Name the rows beside a mark that is not for all of them, where nothing else stands."""
    if mark.rows is None:
        return
    look, lane, text = picture.look, picture.geometry.marks, rows_words(mark.rows)
    room = min((m.step for m in picture.marks if m.step > mark.step), default=picture.geometry.total)
    right = x + 9 + look.width(text)
    if right + 9 > picture.geometry.x_of(room) or right > lane.right():
        return
    painter.setPen(QColor(look.theme.reset if mark.own else look.theme.muted))
    painter.drawText(QPointF(x + 8, lane.bottom() - look.metrics.descent()), text)


def _paint_words(painter: QPainter, picture: Picture) -> None:
    look, plan, geometry = picture.look, picture.plan, picture.geometry
    lane = geometry.words
    painter.setPen(QColor(look.theme.muted))
    painter.drawText(lane, _RIGHT, picture.summary)
    room = look.width(picture.summary) + 16
    if plan.epochs == 1:
        text = "blocks are batches; an arrow hands state on, 0 starts from zeros"
        text = look.metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0.0, lane.width() - room))
        painter.drawText(lane, _LEFT, text)
        return
    each = geometry.per_step * plan.steps_per_epoch
    every = max(1, int(-(-(look.width(f"epoch {plan.epochs}") + 12) // each)))
    for epoch in range(0, plan.epochs, every):
        x, text = geometry.x_of(epoch * plan.steps_per_epoch), f"epoch {epoch}"
        if x + look.width(text) > lane.right() - room:
            break
        painter.drawText(QPointF(x + 2, lane.top() + look.metrics.ascent()), text)


def _paint_cursor(painter: QPainter, picture: Picture) -> None:
    if picture.cursor is None:
        return
    look, geometry = picture.look, picture.geometry
    marks, blocks = geometry.marks, geometry.blocks
    left, right = geometry.x_of(picture.cursor), geometry.x_of(picture.cursor + 1)
    centre = (left + right) / 2
    halo = QColor(look.theme.window)
    halo.setAlphaF(0.6)
    painter.fillRect(QRectF(round(centre) - 1, blocks.top() - 2, 3, blocks.height() + 4), halo)
    painter.setPen(pen(look.theme.cursor))
    x = round(centre) + 0.5
    painter.drawLine(QLineF(x, marks.center().y(), x, blocks.bottom() + 2))
    if right - left >= 6:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(left + 0.5, blocks.top() - 0.5, right - left - 1, blocks.height() + 1))
    within = QRectF(0, 0, geometry.width, geometry.height)
    draw_badge(painter, look, QPointF(centre, marks.center().y() - 1), str(picture.cursor), within)
