"""Draws the visible part of the diagram of boxes."""

from __future__ import annotations

import math

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen

from app.plots.boxes_layout import BoxRow, Segment
from app.plots.boxes_links import RIGHT, BoxLinks
from app.plots.boxes_state import RowState, Value, lit_colour
from app.plots.look import pen
from app.theme import mixed

_CENTRE = Qt.AlignmentFlag.AlignCenter


class BoxesPainter(BoxLinks):
    """Paints what lies between two places of the diagram: arrows, boxes, what goes in and comes out."""

    def paint(self) -> None:
        """Draw everything but the names at the left edge."""
        self.painter.setFont(self.look.small)
        self.paint_links()
        for row, state in zip(self.diagram.rows, self.row_states(), strict=True):
            self._paint_boxes(row, state)
        for number, segment in enumerate(self.diagram.segments):
            self._paint_inputs(number, segment)
            if number:
                self._paint_names_between(number)
        self._paint_outputs()

    # -- what goes in and comes out -----------------------------------------------------------------

    def _paint_inputs(self, number: int, segment: Segment) -> None:
        painter, theme = self.painter, self.theme
        places = list(self.visible(number, segment.timesteps))
        if not places:
            return
        rows = self.diagram.rows_of(number)
        at = self.reached.own(segment.timesteps)
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
        return self.reached.has_read(row, min(row.timesteps - 1, own * row.timesteps // segment.timesteps))

    def _paint_caption(self, number: int, segment: Segment, y: float) -> None:
        """Write the name of a time axis in the middle of what is seen of it."""
        begin = self.geometry.lefts[number]
        end = begin + segment.timesteps * self.geometry.pitch
        left, right = max(begin, self.seen[0]), min(end, self.seen[1])
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
        return self.reached.at_end if timesteps is None else own <= self.reached.own(timesteps)

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
        at = self.reached.place(row)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for own in self.visible(row.segment, row.timesteps):
            box = _on_pixels(self.box(row, own))
            known = math.isfinite(state.level(own))
            done = known and self.reached.has_read(row, own)
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

    # -- names --------------------------------------------------------------------------------------

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
        painter.drawText(QRectF(left, top, width, height), RIGHT, name)
        painter.setPen(QColor(self.theme.muted))
        painter.drawText(QRectF(left, top + height, width, height), RIGHT, note)


def _on_pixels(box: QRectF) -> QRectF:
    """Return the rectangle on whose lines a pen one pixel wide is sharp."""
    return QRectF(
        round(box.left()) + 0.5, round(box.top()) + 0.5, round(box.width()) - 1, round(box.height()) - 1
    )
