"""The scrolling diagram of boxes: which part of it is seen, and what mouse and keys mean on it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.plots.boxes_changes import changed_spans
from app.plots.boxes_layout import BoxesGeometry, Unrolled
from app.plots.boxes_painting import BoxesPainter
from app.plots.boxes_state import BoxesState
from app.plots.boxes_words import timestep_at, words_at
from app.plots.colours import Range
from app.plots.look import Look, pen
from app.plots.scrolled import ScrolledDiagram

if TYPE_CHECKING:
    from app.theme import Theme

_USUAL_LEVELS = Range(0.0, 0.2)
_WIDEST_NAME = 150.0
_NOTHING_TO_UNROLL = "No LSTM to unroll"
_NOTHING_TO_UNROLL = "No LSTM to unroll"
_LONGEST_BESIDE = "sample 99999"  # room for it is kept, so that nothing moves from sample to sample
_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class BoxesCanvas(ScrolledDiagram):
    """Paints the visible part of the diagram; says what is pointed at, chosen and asked for.

    Signals
    -------
    chosen(int)
        A box was clicked: the timestep of the run at which it is computed, within the batch.
    layer_chosen(str)
        A box was double-clicked, or an arrow key went to another row: the path of its LSTM.
    view_changed()
        Another part is visible.
    """

    chosen = Signal(int)
    layer_chosen = Signal(str)
    view_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._why_none = ""  # as long as nothing is open
        self._unrolled: Unrolled | None = None
        self._geometry: BoxesGeometry | None = None
        self._state = BoxesState()
        self._levels = _USUAL_LEVELS
        self._path: str | None = None
        self.setAccessibleName("Diagram of boxes")

    # -- setters ------------------------------------------------------------------------------------

    def set_unrolled(self, unrolled: Unrolled | None, why_none: str = "") -> None:
        """Show another model, or the same one over other timesteps."""
        self._why_none = why_none or _NOTHING_TO_UNROLL
        if unrolled == self._unrolled:
            return
        self._unrolled = unrolled
        self._state = BoxesState()
        self._levels = _USUAL_LEVELS
        self._place()
        self.horizontalScrollBar().setValue(0)
        self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())  # where the inputs are
        self.view_changed.emit()

    def set_state(self, state: BoxesState) -> None:
        """Show what is recorded; the view comes with the cursor, unless it was scrolled away from it."""
        before, self._state = self._state, state
        if before.timestep != state.timestep and (before.timestep is None or self._in_view(before.timestep)):
            self.show_timestep(state.timestep)
        known = [row.levels[np.isfinite(row.levels)] for row in state.rows]
        highest = max((float(levels.max()) for levels in known if levels.size), default=0.0)
        levels, self._levels = self._levels, self._levels.widened(0.0, highest)
        spans = None
        if self._geometry is not None and self._levels == levels:
            spans = changed_spans(self._geometry, before, state)
        self._update(spans)

    def set_layer(self, path: str | None) -> None:
        """Take which LSTM is looked at."""
        if path != self._path:
            self._path = path
            self.viewport().update()

    def set_theme(self, theme: Theme) -> None:
        self._look = Look(theme, self.font())
        self._place()

    # -- what others read ---------------------------------------------------------------------------

    @property
    def state(self) -> BoxesState:
        """What is shown."""
        return self._state

    @property
    def top_level(self) -> float:
        """The mean of abs(h) that has the fullest colour."""
        return self._levels.high

    @property
    def geometry_of_boxes(self) -> BoxesGeometry | None:
        """Where everything is; None without a model."""
        return self._geometry

    def visible_boxes(self, segment: int, timesteps: int) -> range:
        """Return the boxes that are seen, of a row of so many timesteps."""
        if self._geometry is None:
            return range(0)
        left, right = self._span()
        return self._geometry.visible(segment, timesteps, left, right)

    def rect_of(self, row: int, own: int) -> QRectF:
        """Return where a box is on the viewport."""
        assert self._geometry is not None
        assert self._unrolled is not None
        made = self._unrolled.rows[row]
        left, right = self._geometry.box_span(made.segment, made.timesteps, own)
        top = self._geometry.row_top(made.slot)
        return QRectF(left, top, right - left, self._geometry.box_height).translated(-self._offset())

    # -- geometry -----------------------------------------------------------------------------------

    def _span(self) -> tuple[float, float]:
        """Return what is visible of the diagram, from left to right."""
        left = float(self.horizontalScrollBar().value())
        return left + self._labels(), left + self.viewport().width()

    def _labels(self) -> float:
        return self._geometry.edge if self._geometry is not None else 0.0

    def _place(self) -> None:
        horizontal, vertical = self.horizontalScrollBar(), self.verticalScrollBar()
        if self._unrolled is None or self._look is None:
            self._geometry = None
            horizontal.setRange(0, 0)
            vertical.setRange(0, 0)
        else:
            look = self._look
            texts = [text for row in self._unrolled.rows for text in (row.name, row.note)]
            names = [look.width(text) for text in (*texts, "timestep")]
            spare = horizontal.sizeHint().height()
            self._geometry = BoxesGeometry(
                self._unrolled,
                look.line,
                round(min(_WIDEST_NAME, 0.26 * self.width(), max(names)) + 16),
                self.width() - vertical.sizeHint().width(),  # whether a bar is shown or not, nothing moves
                self.height() - spare,
                look.width(_LONGEST_BESIDE),
            )
            width, height = self._geometry.content_width, self._geometry.content_height
            horizontal.setRange(0, max(0, round(width - self._geometry.width)))
            horizontal.setPageStep(max(1, round(self._geometry.width - self._geometry.edge)))
            horizontal.setSingleStep(max(1, round(self._geometry.pitch)))
            vertical.setRange(0, max(0, round(height - self._geometry.height)))
            vertical.setPageStep(max(1, round(self._geometry.height)))
            vertical.setSingleStep(round(2 * look.line))
        self.viewport().update()

    def _cursor_span(self, timestep: int) -> tuple[float, float] | None:
        """Return left and right of the box at a timestep, in the row that is looked at."""
        unrolled, geometry = self._unrolled, self._geometry
        if unrolled is None or geometry is None:
            return None
        row = next((row for row in unrolled.rows if row.path == self._path), unrolled.rows[0])
        own = max(0, unrolled.own_timestep(row.timesteps, timestep))
        return geometry.box_span(row.segment, row.timesteps, own)

    def _in_view(self, timestep: int) -> bool:
        span = self._cursor_span(timestep)
        left, right = self._span()
        return span is not None and span[1] > left and span[0] < right

    def show_timestep(self, timestep: int | None) -> None:
        """Scroll so that a timestep is seen, with some of those after it."""
        span = None if timestep is None else self._cursor_span(timestep)
        if span is None or self._geometry is None:
            return
        left, right = self._span()
        room = self._geometry.lead
        bar = self.horizontalScrollBar()
        if span[0] - room < left:
            bar.setValue(round(bar.value() + span[0] - room - left))
        elif span[1] + room > right:
            # Some way on at once, so that it does not move with every step.
            bar.setValue(round(bar.value() + span[0] - left - (right - left) / 4))

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self.view_changed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()
        self.show_timestep(self._state.timestep)
        self.view_changed.emit()

    def sizeHint(self) -> QSize:
        return QSize(700, 360)

    def minimumSizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        return QSize(16 * line, 8 * line)

    def _update(self, spans: list[tuple[float, float]] | None) -> None:
        """Paint stretches of the diagram anew; None for all of it."""
        view = self.viewport()
        if spans is None:
            view.update()
            return
        offset = self.horizontalScrollBar().value()
        for left, right in spans:
            view.update(math.floor(left - offset), 0, math.ceil(right - left) + 2, view.height())

    # -- painting -----------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._look is None:
            return
        look, area = self._look, self.viewport().rect()
        with QPainter(self.viewport()) as painter:
            painter.fillRect(area, QColor(look.theme.plot_background))
            painter.setFont(look.small)
            if self._geometry is None:
                painter.setPen(QColor(look.theme.muted))
                painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self._why_none)
            else:
                self._paint(painter, look, self._geometry, event.rect())

    def _paint(self, painter: QPainter, look: Look, geometry: BoxesGeometry, area: QRect) -> None:
        offset, names, seen = self._offset(), self._labels(), self._span()
        part = max(seen[0], offset.x() + area.left()), min(seen[1], offset.x() + area.right() + 1)
        boxes = BoxesPainter(painter, look, geometry, self._state, seen, part, self._levels.high, self._path)
        painter.save()
        painter.setClipRect(QRectF(self.viewport().rect()).adjusted(names, 0, 0, 0))
        painter.translate(-offset)
        boxes.paint()
        painter.restore()
        if area.left() < names:
            # Once more, as an SVG clips nothing.
            painter.fillRect(
                QRectF(0, 0, names, self.viewport().height()), QColor(look.theme.plot_background)
            )
            painter.save()
            painter.translate(0, -offset.y())
            for row in geometry.unrolled.rows_of(geometry.named_segment(seen[0])):
                boxes.paint_name(row, 4, names - 6)
            self._paint_words(painter, look, geometry, names)
            painter.restore()
        self._paint_more(painter, look, geometry, names)
        if self.hasFocus():
            painter.setPen(pen(look.theme.accent))
            painter.drawRect(self.viewport().rect().adjusted(0, 0, -1, -1))

    def _paint_words(self, painter: QPainter, look: Look, geometry: BoxesGeometry, right: float) -> None:
        """Name what goes in, what comes out, and what the numbers below are."""
        painter.setPen(QColor(look.theme.muted))
        rightward = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        words = [("input", geometry.input_top, geometry.value_height)]
        words.append(("timestep", geometry.input_top + geometry.value_height + 1, look.line))
        if geometry.unrolled.output is not None:
            words.append((geometry.unrolled.output.caption, geometry.output_top, geometry.value_height))
        for text, top, height in words:
            painter.drawText(QRectF(4, top, right - 6, height), rightward, text)

    def _paint_more(self, painter: QPainter, look: Look, geometry: BoxesGeometry, names: float) -> None:
        """Say by ⋯ that there is more at either side, over what fades away there."""
        bar, ground = self.horizontalScrollBar(), QColor(look.theme.plot_background)
        half, part, height = round(1.2 * look.line), round(0.3 * look.line), self.viewport().height()
        middle = geometry.row_top(0) - self._offset().y() + geometry.box_height / 2
        painter.setFont(look.letter)
        painter.setPen(QColor(look.theme.text))
        for there, left, outward in (
            (bar.value() > geometry.lead, round(names), -1),
            (bar.value() < bar.maximum() - geometry.lead, self.viewport().width() - half, 1),
        ):
            if there:
                painter.fillRect(left, 0, half, height, ground)
                for step in range(4):  # a gradient would cost many times as much
                    faint = QColor(ground)
                    faint.setAlphaF(0.8 - 0.2 * step)
                    x = left - (step + 1) * part if outward > 0 else left + half + step * part
                    painter.fillRect(x, 0, part, height, faint)
                area = QRectF(left, middle - look.line, half, 2 * look.line)
                painter.drawText(area, Qt.AlignmentFlag.AlignCenter, "⋯")
        painter.setFont(look.small)

    # -- mouse and keys -----------------------------------------------------------------------------

    def words_at(self, position: QPointF) -> str:
        if self._geometry is None or position.x() < self._labels():
            return ""
        return words_at(self._geometry, self._state, *(position + self._offset()).toTuple())

    def _timestep_at(self, position: QPointF) -> tuple[int, str | None] | None:
        """Return the timestep of the run that a place stands for, and the LSTM there."""
        if self._geometry is None or position.x() < self._labels():
            return None
        return timestep_at(self._geometry, *(position + self._offset()).toTuple())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        found = self._timestep_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and found is not None:
            self.chosen.emit(found[0])
        else:
            event.ignore()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        found = self._timestep_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and found is not None and found[1] is not None:
            self.layer_chosen.emit(found[1])
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turn = event.angleDelta().y()
        bar = self.horizontalScrollBar()
        if turn and bar.maximum() and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            bar.setValue(bar.value() - round(turn / 120 * 2 * bar.singleStep()))
            event.accept()
        else:
            super().wheelEvent(event)

    def _takes(self, event: QKeyEvent) -> bool:
        modified = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        return self._unrolled is not None and event.key() in _KEYS and not modified

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._takes(event):
            event.ignore()
        elif event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() + bar.pageStep() * (1 if event.key() == Qt.Key.Key_PageDown else -1))
        else:
            self._go_to_row(1 if event.key() == Qt.Key.Key_Up else -1)

    def _go_to_row(self, up: int) -> None:
        assert self._unrolled is not None
        paths = [row.path for row in self._unrolled.rows]
        at = paths.index(self._path) if self._path in paths else 0
        if 0 <= at + up < len(paths):
            self.layer_chosen.emit(paths[at + up])
