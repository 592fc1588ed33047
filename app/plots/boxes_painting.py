"""Draws the visible part of the diagram of boxes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPolygonF

from app.plots.boxes_layout import BoxesGeometry, BoxRow, HandOver, Segment
from app.plots.look import Look, draw_triangle, pen
from app.theme import mixed

if TYPE_CHECKING:
    from app.theme import Theme

_CENTRE = Qt.AlignmentFlag.AlignCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_HEAD = 5.0  # pixels of the head of an arrow
_SHADES = 200
_PALEST, _FULLEST = 0.16, 0.88  # shares of the accent in a lit box


@dataclass(frozen=True)
class Value:
    """What goes in or comes out at a timestep.

    Parameters
    ----------
    lines : tuple of str
        That stand in its box.
    words : str
        All of it.
    fed : bool
        It was not in the data: an output of before is fed back.
    """

    lines: tuple[str, ...] = ()
    words: str = ""
    fed: bool = False


@dataclass(frozen=True, eq=False)
class RowState:
    """What is recorded of some boxes of a row.

    Parameters
    ----------
    first : int
        Timestep of the first of them.
    levels : ndarray of float, shape (boxes,)
        Mean of abs(h) over the units; NaN where it is not recorded.
    masked : ndarray of bool, shape (boxes,)
    start : int or None
        The sample whose last state the row starts from; None for zeros.
    start_words, end_words : str
        Where the state at the start comes from, and where that at the end goes; empty for nowhere.
    end : int or None
        The sample that the last state is handed to.
    """

    first: int = 0
    levels: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    masked: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))
    start: int | None = None
    start_words: str = ""
    end: int | None = None
    end_words: str = ""

    def level(self, own: int) -> float:
        """Return the mean of abs(h) after a timestep; NaN where it is not known."""
        k = own - self.first
        return float(self.levels[k]) if 0 <= k < len(self.levels) else float("nan")

    def is_masked(self, own: int) -> bool:
        """Whether a timestep was skipped."""
        k = own - self.first
        return bool(0 <= k < len(self.masked) and self.masked[k])


@dataclass(frozen=True, eq=False)
class BoxesState:
    """Everything about a run that the diagram shows.

    Parameters
    ----------
    timestep : int or None
        Of the run, within the batch, where the cursor stands; None before the first.
    rows : tuple of RowState
    inputs : mapping of (segment, timestep) to Value
    outputs : mapping of timestep to Value
    resets : mapping of int to str
        Timesteps of the run at which the state becomes zero inside the batch, with the cause.
    """

    timestep: int | None = None
    rows: tuple[RowState, ...] = ()
    inputs: Mapping[tuple[int, int], Value] = field(default_factory=dict)
    outputs: Mapping[int, Value] = field(default_factory=dict)
    resets: Mapping[int, str] = field(default_factory=dict)


def lit_colour(theme: Theme, level: float, top: float) -> QColor:
    """Return the colour of a box whose units' abs(h) is so large on the average."""
    share = 0.0 if not math.isfinite(level) else min(1.0, max(0.0, level / top))
    return _shade(theme, round(share * _SHADES))


@cache
def _shade(theme: Theme, number: int) -> QColor:
    share = _PALEST + (_FULLEST - _PALEST) * number / _SHADES
    return QColor(mixed(theme.plot_background, theme.accent, share))


class BoxesPainter:
    """Paints what lies between two places of the diagram.

    Parameters
    ----------
    painter : QPainter
        Its origin is that of the diagram.
    look : Look
    geometry : BoxesGeometry
    state : BoxesState
    left, right : float
        What is visible of the diagram.
    top_level : float
        The mean of abs(h) that has the fullest colour.
    chosen : str or None
        Path of the layer that is looked at.
    """

    def __init__(
        self,
        painter: QPainter,
        look: Look,
        geometry: BoxesGeometry,
        state: BoxesState,
        span: tuple[float, float],
        top_level: float,
        chosen: str | None,
    ) -> None:
        self.painter, self.look, self.theme = painter, look, look.theme
        self.geometry, self.state, self.diagram = geometry, state, geometry.unrolled
        self.left, self.right = span
        self.top_level, self.chosen = top_level, chosen
        self.done = pen(self.theme.text)
        self.to_come = pen(mixed(self.theme.plot_background, self.theme.muted, 0.55))
        self.heads: dict[bool, list[QPolygonF]] = {True: [], False: []}
        self.shafts: dict[bool, list[QLineF]] = {True: [], False: []}

    # -- what has happened --------------------------------------------------------------------------

    def place(self, row: BoxRow) -> int | None:
        """Return the box of a row at the cursor."""
        at = self.state.timestep
        own = -1 if at is None else self.diagram.own_timestep(row.timesteps, at)
        return own if own >= 0 else None

    @cached_property
    def at_end(self) -> bool:
        """Whether the cursor stands where the one output of a sequence comes out."""
        output = self.diagram.output
        one = output is not None and output.timesteps is None
        return one and self.state.timestep == self.diagram.timesteps - 1

    def has_read(self, row: BoxRow, own: int) -> bool:
        """Whether a box led to what is at the cursor."""
        at = self.place(row)
        return at is not None and (self.at_end or (own >= at if row.backwards else own <= at))

    def ended(self, row: BoxRow) -> bool:
        """Whether its last box led to what is at the cursor."""
        return self.has_read(row, row.last)

    # -- geometry -----------------------------------------------------------------------------------

    def box(self, row: BoxRow, own: int) -> QRectF:
        """Return a box."""
        left, right = self.geometry.box_span(row.segment, row.timesteps, own)
        return QRectF(left, self.geometry.row_top(row.slot), right - left, self.geometry.box_height)

    def visible(self, segment: int, timesteps: int) -> range:
        """Return the boxes that are seen, of a row of so many timesteps."""
        return self.geometry.visible(segment, timesteps, self.left, self.right)

    def input_box(self, number: int, own: int) -> QRectF:
        """Return where a timestep's input stands."""
        segment = self.diagram.segments[number]
        left, right = self.geometry.box_span(number, segment.timesteps, own)
        grown = min(6.0, self.geometry.gap / 2 - 2)
        height = self.geometry.value_height
        return QRectF(left - grown, self.geometry.input_top, right - left + 2 * grown, height)

    def output_box(self, own: int) -> QRectF:
        """Return where a timestep's output stands."""
        output = self.diagram.output
        assert output is not None
        timesteps = output.timesteps or self.diagram.segments[output.segment].timesteps
        left, right = self.geometry.box_span(output.segment, timesteps, own)
        grown = min(6.0, self.geometry.gap / 2 - 2)
        height = self.geometry.value_height
        return QRectF(left - grown, self.geometry.output_top, right - left + 2 * grown, height)

    # -- painting -----------------------------------------------------------------------------------

    def paint(self) -> None:
        """Draw everything but the names at the left edge."""
        self.painter.setFont(self.look.small)
        for row, state in zip(self.diagram.rows, self._row_states(), strict=True):
            self._paint_states(row, state)
        self._link_inputs()
        for row in self.diagram.rows:
            for below in row.reads:
                self._link_rows(self.diagram.rows[below], row)
        self._link_outputs()
        for hand in self.diagram.hand_overs:
            self._hand_over(hand)
        self._paint_links()
        for row, state in zip(self.diagram.rows, self._row_states(), strict=True):
            self._paint_boxes(row, state)
        for number, segment in enumerate(self.diagram.segments):
            self._paint_inputs(number, segment)
            if number:
                self._paint_names_between(number)
        self._paint_outputs()

    def _row_states(self) -> Iterator[RowState]:
        states = self.state.rows
        for number in range(len(self.diagram.rows)):
            yield states[number] if number < len(states) else RowState()

    def _arrow(self, start: QPointF, end: QPointF, done: bool) -> None:
        """Draw an arrow later, with all others of its colour at once."""
        self.shafts[done].append(QLineF(start, end))
        x, y, size = end.x(), end.y(), _HEAD
        if abs(end.x() - start.x()) > abs(end.y() - start.y()):
            size = size if end.x() > start.x() else -size
            points = [end, QPointF(x - size, y - _HEAD * 0.62), QPointF(x - size, y + _HEAD * 0.62)]
        else:
            size = size if end.y() > start.y() else -size
            points = [end, QPointF(x - _HEAD * 0.62, y - size), QPointF(x + _HEAD * 0.62, y - size)]
        self.heads[done].append(QPolygonF(points))

    def _path(self, points: list[QPointF], done: bool) -> None:
        """Draw an arrow around corners."""
        for start, end in pairwise(points[:-1]):
            self.shafts[done].append(QLineF(start, end))
        self._arrow(points[-2], points[-1], done)

    def _paint_links(self) -> None:
        painter = self.painter
        for done, drawn in ((False, self.to_come), (True, self.done)):
            painter.setPen(drawn)
            painter.drawLines(self.shafts[done])
            painter.setBrush(drawn.color())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            all_heads = QPainterPath()
            for head in self.heads[done]:
                all_heads.addPolygon(head)
                all_heads.closeSubpath()
            painter.drawPath(all_heads)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    # -- the state from box to box ------------------------------------------------------------------

    def _paint_states(self, row: BoxRow, state: RowState) -> None:
        y = self.geometry.row_top(row.slot) + round(self.geometry.box_height / 2) + 0.5
        step = -1 if row.backwards else 1
        for own in self.visible(row.segment, row.timesteps):
            before = own - step
            here = self.box(row, own)
            tip = here.right() if row.backwards else here.left()
            if not 0 <= before < row.timesteps:
                continue
            there = self.box(row, before)
            tail = there.left() if row.backwards else there.right()
            cause = self.state.resets.get(own) if row.resets_inside else None
            if cause is not None:
                self._paint_reset(tail, tip, y, cause, self.has_read(row, own))
            else:
                self._arrow(QPointF(tail, y), QPointF(tip, y), self.has_read(row, own))
        if row.handed is None:
            self._paint_start(row, state, y, step)
        self._paint_end(row, state, y, step)

    def _paint_reset(self, tail: float, tip: float, y: float, cause: str, done: bool) -> None:
        """Draw the arrow that a reset breaks: it ends at a bar, and a 0 goes on."""
        painter, toward = self.painter, 1 if tip > tail else -1
        self.shafts[done].append(QLineF(tail, y, tail + toward * 4, y))
        self.shafts[done].append(QLineF(tail + toward * 4, y - 4, tail + toward * 4, y + 4))
        middle = (tail + toward * 4 + tip) / 2
        painter.setPen(QColor(self.theme.reset))
        height = self.look.line
        painter.drawText(QRectF(middle - 12, y - height / 2, 24, height), _CENTRE, "0")
        draw_triangle(painter, QPointF(middle, y - height / 2), 6, self.theme.reset, cause == "point")

    def _paint_start(self, row: BoxRow, state: RowState, y: float, step: int) -> None:
        first = self.box(row, row.first)
        tip = first.right() if row.backwards else first.left()
        done = self.has_read(row, row.first)
        lead = round(2.2 * self.look.line)
        reset = row.resets_inside and row.first and row.first in self.state.resets
        if state.start is not None and not reset:
            self._arrow(QPointF(tip - step * lead, y), QPointF(tip, y), done)
            self._beside(tip - step * 5, y, step, f"sample {state.start}")
            return
        if not state.start_words:
            return
        self.painter.setPen(QColor(self.theme.muted))
        short = self.look.line
        self._arrow(QPointF(tip - step * short, y), QPointF(tip, y), done)
        edge = tip - step * short
        zero = QRectF(edge - 14 if step > 0 else edge, y - 10, 14, 20)
        self.painter.drawText(zero, _RIGHT if step > 0 else _LEFT, "0 " if step > 0 else " 0")

    def _paint_end(self, row: BoxRow, state: RowState, y: float, step: int) -> None:
        if state.end is None:
            return
        last = self.box(row, row.last)
        tail = last.left() if row.backwards else last.right()
        lead = round(2.2 * self.look.line)
        self._arrow(QPointF(tail, y), QPointF(tail + step * lead, y), self.ended(row))
        self._beside(tail + step * self.geometry.lead, y, step, f"sample {state.end}")

    def _beside(self, edge: float, y: float, step: int, text: str) -> None:
        """Write above an arrow that comes from, or goes to, another batch."""
        width, height = self.geometry.lead - 4, self.look.line
        area = QRectF(edge - width if step > 0 else edge, y - height - 2, width, height)
        self.painter.setPen(QColor(self.theme.muted))
        self.painter.drawText(area, _RIGHT if step > 0 else _LEFT, text)

    # -- what goes in and comes out -----------------------------------------------------------------

    def _link_inputs(self) -> None:
        for row in self.diagram.rows:
            if row.reads_input:
                top = self.geometry.input_top
                for own in self.visible(row.segment, row.timesteps):
                    self._link_up(row.segment, self.box(row, own), top, -1, row, self.has_read(row, own))

    def _link_rows(self, below: BoxRow, above: BoxRow) -> None:
        top = self.geometry.row_top(below.slot)
        for own in self.visible(above.segment, above.timesteps):
            box = self.box(above, own)
            self._link_up(above.segment, box, top, below.slot, above, self.has_read(above, own))

    def _link_up(
        self, segment: int, box: QRectF, from_y: float, from_slot: int, to: BoxRow, done: bool
    ) -> None:
        """Draw an arrow into a box from below, around the boxes between."""
        x, end = round(box.center().x()) + 0.5, box.bottom() + 1
        if to.slot - from_slot <= 1:
            self._arrow(QPointF(x, from_y), QPointF(x, end), done)
            return
        aside = box.right() + self.geometry.gap * 0.3
        turn = (self.geometry.row_pitch - self.geometry.box_height) * 0.62
        self._path(
            [
                QPointF(x, from_y),
                QPointF(x, round(from_y - turn) + 0.5),
                QPointF(aside, round(from_y - turn) + 0.5),
                QPointF(aside, round(end + turn * 0.5) + 0.5),
                QPointF(x, round(end + turn * 0.5) + 0.5),
                QPointF(x, end),
            ],
            done,
        )

    def _link_outputs(self) -> None:
        output = self.diagram.output
        if output is None:
            return
        stacked = self.diagram.rows_of(output.segment)
        highest = max((row.slot for row in stacked), default=0)
        for number in output.rows:
            row = self.diagram.rows[number]
            if output.timesteps is None:
                self._link_last(row, highest)
                continue
            for own in self.visible(row.segment, output.timesteps):
                target = self.output_box(own)
                at = min(row.timesteps - 1, own * row.timesteps // output.timesteps)
                self._link_out(row, self.box(row, at), target, row.slot == highest, self.has_read(row, at))

    def _link_out(self, row: BoxRow, box: QRectF, target: QRectF, direct: bool, done: bool) -> None:
        x, end = round(target.center().x()) + 0.5, target.bottom() + 1
        if direct:
            self._arrow(QPointF(x, box.top()), QPointF(x, end), done)
            return
        # Around the boxes above it, on the other side than what comes from below.
        aside = box.left() - self.geometry.gap * 0.3
        turn = (self.geometry.row_pitch - self.geometry.box_height) * 0.35
        start = round(box.left() + box.width() * 0.25) + 0.5
        into = round(target.left() + target.width() * 0.25) + 0.5
        lane = round(end + turn) + 0.5
        self._path(
            [
                QPointF(start, box.top()),
                QPointF(start, round(box.top() - turn) + 0.5),
                QPointF(aside, round(box.top() - turn) + 0.5),
                QPointF(aside, lane),
                QPointF(into, lane),
                QPointF(into, end),
            ],
            done,
        )

    def _link_last(self, row: BoxRow, highest: int) -> None:
        """Link the box that a row comes to last with the one output."""
        segment = self.diagram.segments[row.segment]
        target = self.output_box(segment.timesteps - 1)
        box, done = self.box(row, row.last), self.ended(row)
        straight = abs(box.center().x() - target.center().x()) < 2 and row.slot == highest
        if straight or (row.timesteps < segment.timesteps and not row.backwards and row.slot == highest):
            self._arrow(
                QPointF(target.center().x(), box.top()),
                QPointF(target.center().x(), target.bottom() + 1),
                done,
            )
            return
        lane = round(target.bottom() + 0.7 * self.look.line) + 0.5
        into = target.left() + target.width() * 0.25
        if row.backwards:  # it ends at the left
            start = box.left() - self.geometry.gap * 0.3 if row.slot < highest else box.center().x()
        else:
            start = box.right() + self.geometry.gap * 0.3
            into = target.right() - target.width() * 0.25
        points = [QPointF(start, lane), QPointF(into, lane), QPointF(into, target.bottom() + 1)]
        if row.slot < highest:
            turn = round(box.top() - 0.5 * self.look.line) + 0.5
            points = [
                QPointF(box.center().x(), box.top()),
                QPointF(box.center().x(), turn),
                QPointF(start, turn),
                *points,
            ]
        else:
            points = [QPointF(start, box.top()), *points]
        self._path(points, done)

    def _paint_inputs(self, number: int, segment: Segment) -> None:
        painter, theme = self.painter, self.theme
        places = list(self.visible(number, segment.timesteps))
        if not places:
            return
        rows = self.diagram.rows_of(number)
        at = None
        if self.state.timestep is not None:
            at = self.diagram.own_timestep(segment.timesteps, self.state.timestep)
        ground = theme.plot_background
        read = [own for own in places if any(self._covers(row, own, segment) for row in rows)]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for own in places:
            painter.setPen(self.done if own in read else self.to_come)
            fed = self.state.inputs.get((number, own), Value()).fed
            painter.setBrush(QColor(mixed(theme.plot_background, theme.cursor, 0.14) if fed else ground))
            painter.drawRoundedRect(_on_pixels(self.input_box(number, own)), 5, 5)
            if fed:
                self._paint_feedback(number, own)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for own in places:
            lines = self.state.inputs.get((number, own), Value()).lines
            self._paint_lines(self.input_box(number, own), lines, own in read)
        foot = self.geometry.input_top + self.geometry.value_height
        for own in places:
            box = self.input_box(number, own)
            area = QRectF(box.left(), foot + 1, box.width(), self.look.line)
            painter.setPen(QColor(theme.cursor if own == at else theme.muted))
            painter.drawText(area, _CENTRE, str(own))
        self._paint_caption(number, segment, foot + 1 + self.look.line)

    def _paint_feedback(self, number: int, own: int) -> None:
        """Draw the way from the output of the timestep before to what goes in, between the boxes."""
        output = self.diagram.output
        if output is None or output.segment != number or output.timesteps is None or own == 0:
            return
        painter, box, source = self.painter, self.input_box(number, own), self.output_box(own - 1)
        x = round((source.right() + box.left()) / 2) + 0.5
        top, bottom = round(source.center().y()) + 0.5, round(box.center().y()) + 0.5
        line = pen(self.theme.cursor)
        line.setDashPattern([4, 3])
        painter.setPen(line)
        painter.drawLines(
            [
                QLineF(source.right(), top, x, top),
                QLineF(x, top, x, bottom),
                QLineF(x, bottom, box.left(), bottom),
            ]
        )

    def _covers(self, row: BoxRow, own: int, segment: Segment) -> bool:
        """Whether a row has read a timestep of its segment, which may share a box with others."""
        return self.has_read(row, min(row.timesteps - 1, own * row.timesteps // segment.timesteps))

    def _paint_caption(self, number: int, segment: Segment, y: float) -> None:
        """Write the name of a time axis in the middle of what is seen of it."""
        begin = self.geometry.lefts[number]
        end = begin + segment.timesteps * self.geometry.pitch
        left, right = max(begin, self.left), min(end, self.right)
        width = self.look.width(segment.caption) + 4
        if right - left < width and end - begin > width:
            left, right = (right - width, right) if left > begin else (left, left + width)
        area = QRectF((left + right - width) / 2, y, width, self.look.line * 1.3)
        self.painter.setPen(QColor(self.theme.muted))
        self.painter.drawText(area, _CENTRE, segment.caption)

    def _paint_outputs(self) -> None:
        output, painter = self.diagram.output, self.painter
        if output is None:
            return
        places = [self.diagram.segments[output.segment].timesteps - 1]
        if output.timesteps is not None:
            places = list(self.visible(output.segment, output.timesteps))
        for own in places:
            there = self._output_is_there(own, output.timesteps)
            lines = self.state.outputs.get(own, Value()).lines if there else ()
            box = self.output_box(own)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(self.done if lines else self.to_come)
            painter.setBrush(QColor(self.theme.plot_background))
            painter.drawRoundedRect(_on_pixels(box), 5, 5)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            self._paint_lines(box, lines, True)

    def _output_is_there(self, own: int, timesteps: int | None) -> bool:
        at = self.state.timestep
        if timesteps is None:
            return self.at_end
        return at is not None and own <= self.diagram.own_timestep(timesteps, at)

    def _paint_lines(self, box: QRectF, lines: tuple[str, ...], done: bool) -> None:
        painter, metrics = self.painter, self.look.metrics
        if not lines:
            return
        painter.setPen(QColor(self.theme.text if done else self.theme.muted))
        inside = box.adjusted(2, 1, -2, -1)
        height = min(self.look.line, inside.height() / len(lines))
        top = inside.center().y() - height * len(lines) / 2
        for k, line in enumerate(lines):
            text = metrics.elidedText(line, Qt.TextElideMode.ElideRight, inside.width())
            painter.drawText(QRectF(inside.left(), top + k * height, inside.width(), height), _CENTRE, text)

    # -- boxes --------------------------------------------------------------------------------------

    def _paint_boxes(self, row: BoxRow, state: RowState) -> None:
        painter, theme = self.painter, self.theme
        at = self.place(row)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for own in self.visible(row.segment, row.timesteps):
            box = _on_pixels(self.box(row, own))
            known = math.isfinite(state.level(own))
            done = known and self.has_read(row, own)
            painter.setBrush(QColor(theme.plot_background))
            if done and not state.is_masked(own):
                painter.setBrush(lit_colour(theme, state.level(own), self.top_level))
            painter.setPen(self._outline(done, known))
            painter.drawRoundedRect(box, 4, 4)
            if done and state.is_masked(own):
                painter.setBrush(QBrush(QColor(theme.muted), Qt.BrushStyle.BDiagPattern))
                painter.drawRoundedRect(box, 4, 4)
        if at is not None:
            self._paint_cursor(self.box(row, at))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _outline(self, done: bool, known: bool) -> QPen:
        made = self.done if done else pen(self.theme.muted)
        if not known:
            made = pen(self.theme.muted)
            made.setDashPattern([3, 3])
        return made

    def _paint_cursor(self, box: QRectF) -> None:
        painter = self.painter
        painter.setPen(pen(self.theme.cursor))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for grown in (1.0, 2.0, 3.0):
            painter.drawRoundedRect(
                _on_pixels(box.adjusted(-grown, -grown, grown, grown)), 4 + grown, 4 + grown
            )

    # -- from one time axis to the next -------------------------------------------------------------

    def _hand_over(self, hand: HandOver) -> None:
        for number in hand.rows:
            row = self.diagram.rows[number]
            source = self.box(row, row.last)
            done = self.ended(row)
            y = round(source.center().y()) + 0.5
            if hand.to is not None:
                self._hand_states(source, self.diagram.rows[hand.to], y, done)
            else:
                self._hand_vector(source, hand.segment, done)

    def _hand_states(self, source: QRectF, to: BoxRow, y: float, done: bool) -> None:
        target = self.box(to, to.first)
        end = QPointF(target.left(), round(target.center().y()) + 0.5)
        middle = target.left() - 1.2 * self.look.line
        self._path([QPointF(source.right(), y), QPointF(middle, y), QPointF(middle, end.y()), end], done)
        self._between_text(source.right(), y + self.look.line + 4, "h and c")

    def _hand_vector(self, source: QRectF, segment: int, done: bool) -> None:
        """Draw the vector that becomes the input of every timestep of another segment."""
        first = self.input_box(segment, 0)
        x = source.right() + 1.2 * self.look.line
        y = round(source.center().y()) + 0.5
        low = round(first.center().y()) + 0.5
        self._path(
            [QPointF(source.right(), y), QPointF(x, y), QPointF(x, low), QPointF(first.left(), low)], done
        )
        self._between_text(x, low, "h")

    def _between_text(self, x: float, y: float, text: str) -> None:
        self.painter.setPen(QColor(self.theme.text))
        height = self.look.line
        self.painter.drawText(QRectF(x + 6, y - height - 2, self.geometry.between, height), _LEFT, text)

    def _paint_names_between(self, segment: int) -> None:
        """Write the names of the rows of a further segment before their first boxes."""
        right = self.geometry.names_right(segment)
        left = right - self.geometry.labels
        for row in self.diagram.rows_of(segment):
            self.paint_name(row, left, right, True)

    def paint_name(self, row: BoxRow, left: float, right: float, above: bool = False) -> None:
        """Write the name of a row in two lines; above the middle of its boxes, where an arrow goes there."""
        painter, look, height = self.painter, self.look, self.look.line
        y = self.geometry.row_top(row.slot) + self.geometry.box_height / 2
        top = y - 2 * height - 3 if above else y - height
        width = right - left
        name = look.metrics.elidedText(row.name, Qt.TextElideMode.ElideMiddle, width)
        note = look.metrics.elidedText(row.note, Qt.TextElideMode.ElideRight, width)
        painter.setPen(QColor(self.theme.accent if row.path == self.chosen else self.theme.text))
        painter.drawText(QRectF(left, top, width, height), _RIGHT, name)
        painter.setPen(QColor(self.theme.muted))
        painter.drawText(QRectF(left, top + height, width, height), _RIGHT, note)


def _on_pixels(box: QRectF) -> QRectF:
    """Return the rectangle on whose lines a pen one pixel wide is sharp."""
    return QRectF(
        round(box.left()) + 0.5, round(box.top()) + 0.5, round(box.width()) - 1, round(box.height()) - 1
    )
