"""The arrows of the diagram of boxes: states handed on, inputs read, outputs given, one axis to the next."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPolygonF

from app.plots.boxes_layout import BoxesGeometry, BoxRow, HandOver
from app.plots.boxes_state import BoxesState, Reached, RowState
from app.plots.look import Look, draw_triangle, pen
from app.theme import mixed

_CENTRE = Qt.AlignmentFlag.AlignCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_HEAD = 5.0  # pixels of the head of an arrow


class BoxLinks:
    """The arrows between the boxes, and where everything is; the base of what paints the diagram.

    Parameters
    ----------
    painter : QPainter
        Its origin is that of the diagram.
    look : Look
    geometry : BoxesGeometry
    state : BoxesState
    seen, part : tuple of float
        What is visible of the diagram, from left to right, and what of that is to be painted.
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
        seen: tuple[float, float],
        part: tuple[float, float],
        top_level: float,
        chosen: str | None,
    ) -> None:
        self.painter, self.look, self.theme = painter, look, look.theme
        self.geometry, self.state, self.diagram = geometry, state, geometry.unrolled
        self.reached = Reached(geometry.unrolled, state.timestep)
        self.seen, self.part = seen, part
        self.top_level, self.chosen = top_level, chosen
        self.done = pen(self.theme.text)
        self.to_come = pen(mixed(self.theme.plot_background, self.theme.muted, 0.55))
        self.heads: dict[bool, list[QPolygonF]] = {True: [], False: []}
        self.shafts: dict[bool, list[QLineF]] = {True: [], False: []}

    # -- geometry -----------------------------------------------------------------------------------

    def box(self, row: BoxRow, own: int) -> QRectF:
        """Return a box."""
        left, right = self.geometry.box_span(row.segment, row.timesteps, own)
        return QRectF(left, self.geometry.row_top(row.slot), right - left, self.geometry.box_height)

    def visible(self, segment: int, timesteps: int) -> range:
        """Return the boxes that are to be painted, of a row of so many timesteps."""
        return self.geometry.visible(segment, timesteps, *self.part)

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

    # -- all of them --------------------------------------------------------------------------------

    def paint_links(self) -> None:
        """Draw every arrow."""
        for row, state in zip(self.diagram.rows, self.row_states(), strict=True):
            self._paint_states(row, state)
        self._link_inputs()
        for row in self.diagram.rows:
            for below in row.reads:
                self._link_rows(self.diagram.rows[below], row)
        self._link_outputs()
        for hand in self.diagram.hand_overs:
            self._hand_over(hand)
        self._draw_links()

    def row_states(self) -> Iterator[RowState]:
        """Yield what is known of each row."""
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

    def _draw_links(self) -> None:
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
                self._paint_reset(tail, tip, y, cause, self.reached.has_read(row, own))
            else:
                self._arrow(QPointF(tail, y), QPointF(tip, y), self.reached.has_read(row, own))
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
        done = self.reached.has_read(row, row.first)
        lead = round(2.2 * self.look.line)
        reset = row.resets_inside and row.first and row.first in self.state.resets
        if state.start is not None and not reset:
            self._arrow(QPointF(tip - step * lead, y), QPointF(tip, y), done)
            self._beside(tip, y, -step, f"sample {state.start}", below=row.segment > 0)
            return
        if not state.start_words:
            return
        self.painter.setPen(QColor(self.theme.muted))
        short = self.look.line
        self._arrow(QPointF(tip - step * short, y), QPointF(tip, y), done)
        edge = tip - step * short
        zero = QRectF(edge - 14 if step > 0 else edge, y - 10, 14, 20)
        self.painter.drawText(zero, RIGHT if step > 0 else LEFT, "0 " if step > 0 else " 0")

    def _paint_end(self, row: BoxRow, state: RowState, y: float, step: int) -> None:
        if state.end is None:
            return
        last = self.box(row, row.last)
        tail = last.left() if row.backwards else last.right()
        lead = round(2.2 * self.look.line)
        self._arrow(QPointF(tail, y), QPointF(tail + step * lead, y), self.reached.ended(row))
        self._beside(tail, y, step, f"sample {state.end}")

    def _beside(self, edge: float, y: float, away: int, text: str, below: bool = False) -> None:
        """Write above an arrow that comes from, or goes to, another batch; below it where a name is above."""
        width, height, apart = self.geometry.lead, self.look.line, 6  # the frame at the cursor is 3 wide
        left = edge + apart if away > 0 else edge - apart - width
        area = QRectF(left, y + 2 if below else y - height - 2, width, height)
        self.painter.setPen(QColor(self.theme.muted))
        self.painter.drawText(area, LEFT if away > 0 else RIGHT, text)

    # -- what goes in and comes out -----------------------------------------------------------------

    def _link_inputs(self) -> None:
        for row in self.diagram.rows:
            if row.reads_input:
                top = self.geometry.input_top
                for own in self.visible(row.segment, row.timesteps):
                    self._link_up(
                        row.segment, self.box(row, own), top, -1, row, self.reached.has_read(row, own)
                    )

    def _link_rows(self, below: BoxRow, above: BoxRow) -> None:
        top = self.geometry.row_top(below.slot)
        for own in self.visible(above.segment, above.timesteps):
            box = self.box(above, own)
            self._link_up(above.segment, box, top, below.slot, above, self.reached.has_read(above, own))

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
                self._link_out(
                    row, self.box(row, at), target, row.slot == highest, self.reached.has_read(row, at)
                )

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
        box, done = self.box(row, row.last), self.reached.ended(row)
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

    # -- from one time axis to the next -------------------------------------------------------------

    def _hand_over(self, hand: HandOver) -> None:
        for number in hand.rows:
            row = self.diagram.rows[number]
            source = self.box(row, row.last)
            done = self.reached.ended(row)
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
        self.painter.drawText(QRectF(x + 6, y - height - 2, self.geometry.between, height), LEFT, text)
