"""The whole run at a glance: where state is handed on, where it is reset, how far it is recorded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolTip, QWidget

from app.plots import export
from app.plots.look import Look, pen, scaled
from app.plots.point_marks import PointMark, point_marks
from app.plots.shades import Shades
from app.plots.steps import RunShape
from app.plots.timeline_blocks import Layout, every_steps, lay_out
from app.plots.timeline_painting import MARGIN, Geometry, Picture, paint_nothing, paint_run
from app.row_words import rows_words

if TYPE_CHECKING:
    from app.theme import Theme
    from lstm_viz.plan import Plan

_SHADE = 4.0  # pixels of the line under a stretch that is set apart
_GRAB = 6.0  # pixels around a mark within which it can be taken


class Timeline(QWidget):
    """Batches as blocks, arrows where state is handed on, gaps where it is zero; marks that can be moved.

    Signals
    -------
    seek_requested(int)
        Clicked or dragged to a step, or moved to a mark by the arrow keys.
    reset_added(int)
        Double-clicked at a step that is not reset in all rows.
    reset_moved(int, int)
        A mark was dragged from one step to another.
    reset_removed(int)
        Delete was pressed on the selected mark.
    menu_opened(QMenu, int)
        A context menu is about to be shown at a step: others may add to it.
    """

    seek_requested = Signal(int)
    reset_added = Signal(int)
    reset_moved = Signal(int, int)
    reset_removed = Signal(int)
    menu_opened = Signal(QMenu, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plan: Plan | None = None
        self._row = 0
        self._count = 0
        self._cursor: int | None = None
        self._shades = Shades()
        self._look: Look | None = None
        self._layout = Layout((), "")
        self._marks: list[PointMark] = []
        self._points: NDArray[np.int64] = np.zeros(0, np.int64)  # their steps
        self._every: list[int] = []
        self._selected: int | None = None
        self._moving: tuple[int, int] | None = None  # from which step to which
        self._seeking = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the arrow keys to stepping
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Timeline")
        self._describe()

    # -- setters ------------------------------------------------------------------------------------

    def set_plan(self, plan: Plan | None, row: int) -> None:
        """Take the run and the row of the batch whose state is followed."""
        if plan == self._plan and row == self._row:
            return
        self._plan, self._row = plan, row
        self._lay_out()
        self._describe()

    def set_count(self, count: int) -> None:
        """Take how many steps are recorded."""
        if count != self._count:
            before, self._count = self._count, count
            self._update_between(before, count)
            self._describe()

    def set_shades(self, spans: Iterable[tuple[int, int]], label: str = "") -> None:
        """Set stretches of steps apart, given as first and one past the last, under a name."""
        self._shades = Shades(tuple(spans), label)
        self._describe()
        self.update()

    def set_cursor(self, step: int | None) -> None:
        """Move the cursor."""
        if step != self._cursor:
            before, self._cursor = self._cursor, step
            for place in (before, step):
                if place is not None:
                    self._update_between(place, place + 1)
            self._describe()

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self._look = Look(theme, self.font())
        self.updateGeometry()
        self.update()

    # -- what others read ---------------------------------------------------------------------------

    @property
    def theme(self) -> Theme | None:
        """The colours that it is drawn in; None before the first."""
        return None if self._look is None else self._look.theme

    @property
    def points(self) -> tuple[int, ...]:
        """The steps with a mark put by hand, of whichever rows."""
        return tuple(self._points.tolist())

    @property
    def selected(self) -> int | None:
        """The step of the selected mark."""
        return self._selected

    def step_at(self, x: float) -> int | None:
        """Return the step at a pixel, the nearest one outside the run, or None without a run."""
        return None if self._plan is None else self._geometry.step_at(x)

    def x_of(self, step: float) -> float:
        """Return the pixel of the left edge of a step."""
        return self._geometry.x_of(step)

    @property
    def _geometry(self) -> Geometry:
        total = len(self._plan) if self._plan is not None else 1
        line = self._look.line if self._look is not None else 12.0
        return Geometry(total, self.width(), self.height(), line)

    # -- geometry -----------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(600, self.minimumSizeHint().height())

    def minimumSizeHint(self) -> QSize:
        line = QFontMetricsF(scaled(self.font(), 0.86)).height()
        return QSize(200, round(3 * line + 24))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self._look is not None:
            self.set_theme(self._look.theme)

    def _lay_out(self) -> None:
        plan, width = self._plan, self.width() - 2 * MARGIN
        if plan is None or width < 1:
            self._layout, self._marks, self._every = Layout((), ""), [], []
        else:
            self._layout = lay_out(plan, self._row, width)
            self._marks = point_marks(plan, self._row)
            self._every = every_steps(plan, self._row, width, 4.0)
        self._points = np.array([mark.step for mark in self._marks], np.int64)
        if self._selected not in self._points:
            self._selected = None
        self.update()

    def _update_between(self, first: int, last: int) -> None:
        """Repaint the pixels of some steps, with room for the cursor's label."""
        first, last = min(first, last), max(first, last)
        room = 40 + self._geometry.per_step
        left = int(self.x_of(first) - room)
        self.update(left, 0, int(self.x_of(last) + room) - left + 1, self.height())

    # -- painting -----------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._look is None:
            return
        with QPainter(self) as painter:
            if self._plan is None:
                paint_nothing(painter, self._look, self.rect())
            else:
                paint_run(painter, self._picture(self._look, self._plan), event.rect())
                self._paint_shades(painter, self._look)
            if self.hasFocus():
                painter.setPen(pen(self._look.theme.accent))
                painter.drawRect(self.rect().adjusted(1, 1, -2, -2))

    def _paint_shades(self, painter: QPainter, look: Look) -> None:
        """Underline the blocks of the stretches that are set apart."""
        lane = self._geometry.blocks
        for start, stop in self._shades.spans:
            left, right = self._geometry.x_of(start), self._geometry.x_of(stop)
            painter.fillRect(
                QRectF(left, lane.bottom() - _SHADE, right - left, _SHADE), QColor(look.theme.accent)
            )

    def _picture(self, look: Look, plan: Plan) -> Picture:
        return Picture(
            look,
            plan,
            self._geometry,
            self._layout,
            tuple(self._marks),
            tuple(self._every),
            self._count,
            self._cursor,
            self._selected,
            self._moving,
        )

    # -- words --------------------------------------------------------------------------------------

    def _describe(self) -> None:
        """Say the position in words, for screen readers."""
        plan = self._plan
        if plan is None:
            text = "No run."
        else:
            parts = [f"{self._count} of {len(plan)} steps recorded."]
            if self._cursor is not None:
                parts.append(f"Cursor at {self._words_at(self._cursor)}.")
            marks = len(self._points)
            parts.append(f"{marks} reset mark{'s' * (marks != 1)} put by hand.")
            if self._shades.spans:
                parts.append(f"{self._shades.label.capitalize()} from step {self._shades.spans[0][0]} on.")
            if self._selected is not None:
                parts.append(f"Selected: the mark at step {self._selected}.")
            text = " ".join(parts)
        if text != self.accessibleDescription():
            self.setAccessibleDescription(text)

    def _words_at(self, step: int) -> str:
        plan = self._plan
        assert plan is not None
        return RunShape(len(plan), plan.timetable, plan.batches).describe(step)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self._tip_at(QPointF(event.pos())), self)
            return True
        # While there are marks to go to, the arrow keys are ours and not the window's.
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and self._takes(event)
        ):
            event.accept()
            return True
        return super().event(event)

    def _tip_at(self, position: QPointF) -> str:
        step = self.step_at(position.x())
        if self._plan is None or step is None:
            return ""
        mark = self._mark_at(position)
        if mark is not None:
            rows = f" of {rows_words(mark.rows)}" if self._plan.batch_size > 1 else ""
            of_others = f", not of row {self._row} that is shown" if not mark.own else ""
            said = f"Reset point{rows}{of_others}: drag it to move it, Delete takes it away"
            return f"{self._words_at(mark.step)}\n{said}"
        return f"{self._words_at(step)}\nClick to go there, double-click to put a reset point"

    # -- mouse --------------------------------------------------------------------------------------

    def _mark_at(self, position: QPointF) -> PointMark | None:
        """Return the mark whose glyph is at a place."""
        geometry = self._geometry
        if not len(self._points) or position.y() > geometry.marks.bottom() + 4:
            return None
        distances = np.abs(MARGIN + self._points * geometry.per_step - position.x())
        nearest = int(np.argmin(distances))
        return self._marks[nearest] if distances[nearest] <= _GRAB else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._plan is None:
            event.ignore()
            return
        mark = self._mark_at(event.position())
        self._select(None if mark is None else mark.step)
        if mark is not None:
            self._moving = (mark.step, mark.step)
            self.setFocus(Qt.FocusReason.MouseFocusReason)  # so that Delete reaches it
        else:
            self._seeking = True
            self._seek_to(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._moving is not None:
            self._moving = (self._moving[0], self._geometry.edge_at(event.position().x()))
            self.update()
        elif self._seeking:
            self._seek_to(event.position().x())
        else:
            over_mark = self._mark_at(event.position()) is not None
            self.setCursor(Qt.CursorShape.SizeHorCursor if over_mark else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        moving, self._moving, self._seeking = self._moving, None, False
        if moving is not None and moving[0] != moving[1]:
            self._selected = moving[1]
            self.reset_moved.emit(*moving)
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._plan is None:
            return
        if self._mark_at(event.position()) is None:
            # A double click means the cell below it, like the click that it began with.
            step = self.step_at(event.position().x())
            if step is not None and not any(m.step == step and m.rows is None for m in self._marks):
                self.reset_added.emit(step)

    def _seek_to(self, x: float) -> None:
        step = self.step_at(x)
        if step is not None and step != self._cursor:
            self.seek_requested.emit(step)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        export.add_actions(menu, self, "timeline")
        mark = self._mark_at(QPointF(event.pos()))
        step = mark.step if mark is not None else self.step_at(event.pos().x())
        if step is not None:
            self.menu_opened.emit(menu, step)
        menu.popup(event.globalPos())

    # -- keys ---------------------------------------------------------------------------------------

    def _takes(self, event: QKeyEvent) -> bool:
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            return self._selected is not None
        return event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right) and len(self._points) > 0

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._takes(event):
            event.ignore()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            assert self._selected is not None
            self.reset_removed.emit(self._selected)
        else:
            self._go_to_mark(event.key() == Qt.Key.Key_Right)

    def _go_to_mark(self, forward: bool) -> None:
        """Select the next mark after the selected one, or after the cursor, and go there."""
        here = self._selected if self._selected is not None else self._cursor
        here = -1 if here is None else here
        if forward:
            beyond = self._points[self._points > here]
            target = int(beyond[0]) if len(beyond) else None
        else:
            before = self._points[self._points < here]
            target = int(before[-1]) if len(before) else None
        if target is not None:
            self._select(target)
            self.seek_requested.emit(target)

    def _select(self, step: int | None) -> None:
        if step != self._selected:
            self._selected = step
            self._describe()
            self.update()

    def focusInEvent(self, event: QEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QEvent) -> None:
        super().focusOutEvent(event)
        self.update()
