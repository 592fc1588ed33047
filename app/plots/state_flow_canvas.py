"""The scrolling grid of the state flow: what it shows, and what mouse and keys mean on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app.plots.look import Look
from app.plots.state_flow_area import AROUND_FRAME, GridArea, Place
from app.plots.state_flow_cells import Picture
from app.plots.state_flow_grid import link_width
from app.plots.state_flow_layout import Flow
from app.plots.state_flow_painting import paint_grid, paint_nothing
from app.plots.state_flow_words import hover_words

if TYPE_CHECKING:
    from app.theme import Theme
    from lstm_viz.timetable import Timetable

_ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
_KEYS = frozenset(
    {
        *_ARROWS,
        Qt.Key.Key_Return,
        Qt.Key.Key_Enter,
        Qt.Key.Key_Escape,
        Qt.Key.Key_PageUp,
        Qt.Key.Key_PageDown,
        Qt.Key.Key_Plus,
        Qt.Key.Key_Equal,
        Qt.Key.Key_Minus,
        Qt.Key.Key_0,
    }
)

_BY_KEY = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)


class StateFlowCanvas(GridArea):
    """Paints the visible part of a grid; says what is pointed at, chosen and asked for.

    Signals
    -------
    chosen(int, int)
        A cell was clicked, or Enter was pressed on it: column of the run and row.
    selection_changed()
    """

    chosen = Signal(int, int)
    selection_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._count = 0
        self._cursor: int | None = None
        self._row = 0
        self._selected: Place | None = None
        self.setAccessibleName("Grid of batches and rows")

    # -- setters ------------------------------------------------------------------------------------

    def set_flow(self, flow: Flow | None) -> None:
        """Show another run; the view stays where it is while the grid stays the same."""
        before, self._flow = self._flow, flow
        same = before is not None and flow is not None and _shape(before) == _shape(flow)
        if not same:
            self._selected = None
            self._zoomed_by_hand = False
            self._refit()
            self.horizontalScrollBar().setValue(0)
            self.verticalScrollBar().setValue(0)
        elif self._selected is not None and flow is not None and flow.cell(*self._selected) is None:
            self._selected = None
        self._place()
        self.selection_changed.emit()

    def set_count(self, count: int) -> None:
        """Take how many steps are recorded."""
        if count == self._count or self._flow is None:
            self._count = count
            return
        before, self._count = self._count, count
        last = min(max(before, count), len(self._flow.plan)) - 1
        first = self._flow.column_of_step(min(before, count, max(last, 0)))
        self._update_columns(first, self._flow.column_of_step(max(last, 0)))

    def set_cursor(self, step: int | None) -> None:
        """Move the cursor. The view comes with it, unless it was scrolled away from it."""
        if step == self._cursor:
            return
        followed = self._cursor is None or self._in_view(self._cursor_place())
        for place in (self._cursor, step):
            self._cursor = step
            if place is not None and self._flow is not None:
                column = self._flow.column_of_step(place)
                self._update_columns(column, column)
        if followed:
            self.show_place(self._cursor_place())

    def set_row(self, row: int) -> None:
        """Look at another row of the batch."""
        if row != self._row:
            self._row = row
            self.show_place(self._cursor_place())
            self.viewport().update()

    def set_theme(self, theme: Theme) -> None:
        self._look = Look(theme, self.font())
        self._refit()
        self._place()

    # -- what others read ---------------------------------------------------------------------------

    @property
    def selected(self) -> Place | None:
        """Column of the run and row of the selected cell."""
        return self._selected

    def place_at(self, position: QPointF) -> Place | None:
        """Return the column of the run and the row at a place; of merged columns the worst one."""
        grid, flow = self.grid, self._flow
        if grid is None or flow is None or position.x() < grid.left:
            return None
        if not grid.wraps and position.y() < grid.head:
            return None
        found = grid.at(*(position + self._offset()).toTuple())
        if found is None:
            return None
        column, row = found
        if grid.zoom.merge > 1:
            column = flow.worst_column(column, row, grid.zoom.merge)
        return (column, row) if flow.cell(column, row) is not None else None

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        keep = self._in_view(self._cursor_place())
        self._refit()
        if self._zoom not in (levels := self._zooms()):
            self._zoom = levels[-1]
        self._place()
        if keep:
            self.show_place(self._cursor_place())
        self.zoom_changed.emit()

    def _cursor_place(self) -> Place | None:
        if self._flow is None or self._cursor is None or self._cursor >= len(self._flow.plan):
            return None
        return self._flow.column_of_step(self._cursor), min(self._row, self._flow.rows - 1)

    def _of_interest(self) -> QPointF:
        """Return the selected cell or that of the cursor where it is in view, or else the middle."""
        for place in (self._selected, self._cursor_place()):
            if place is not None and self._in_view(place):
                return QPointF(self.rect_of(*place).center())
        return super()._of_interest()

    def _update_columns(self, first: int, last: int) -> None:
        """Repaint some columns of the run."""
        grid = self.grid
        if grid is None:
            return
        first, last = first // grid.zoom.merge, last // grid.zoom.merge
        bands = first // grid.per_band, last // grid.per_band
        if bands[0] != bands[1]:
            self.viewport().update()
            return
        offset, room = self._offset(), round(AROUND_FRAME + link_width(grid))
        left, right = grid.corner(first)[0] - offset.x(), grid.corner(last)[0] + grid.pitch_x - offset.x()
        left, right = max(left - room, 0), min(right + room, self.width())
        if right > left:
            top = bands[0] * grid.band_height - offset.y() if grid.wraps else 0.0
            self.viewport().update(
                QRect(int(left), int(top), int(right - left) + 1, int(min(grid.band_height + 1, 32000)))
            )

    # -- painting -----------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._look is None:
            return
        with QPainter(self.viewport()) as painter:
            grid = self.grid
            if grid is None or self._flow is None:
                paint_nothing(painter, self._look, self.viewport().rect())
            else:
                cursor = self._cursor if self._cursor_place() is not None else None
                row = min(self._row, self._flow.rows - 1)
                look, flow, offset = self._look, self._flow, self._offset()
                places = (cursor, row, self._selected, self.hasFocus())
                paint_grid(painter, Picture(look, flow, grid, offset, self._count, *places), event.rect())

    # -- mouse --------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        place = self.place_at(event.position())
        self.select(place)
        if place is not None:
            self.chosen.emit(*place)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()  # the first click did it

    def words_at(self, position: QPointF) -> str:
        place = self.place_at(position)
        if place is None or self._flow is None:
            return ""
        cell = self._flow.cell(*place)
        assert cell is not None
        text = hover_words(self._flow, cell)
        if self._zoom.merge > 1:
            text = f"The worst of {self._zoom.merge} batches: {text}"
        return text

    def wheelEvent(self, event: QWheelEvent) -> None:
        turn = event.angleDelta().y()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            if turn:
                self.zoom_by(1 if turn > 0 else -1, event.position())
            event.accept()
        elif turn and self.verticalScrollBar().maximum() == 0:
            # The only way to go is along the run.
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() - round(turn / 120 * 3 * max(20, bar.singleStep())))
            event.accept()
        else:
            super().wheelEvent(event)

    # -- keys ---------------------------------------------------------------------------------------

    def _takes(self, event: QKeyEvent) -> bool:
        others = ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier)
        if self._flow is None or event.modifiers() & others:
            return False
        return event.key() in _KEYS and (event.key() != Qt.Key.Key_Escape or self._selected is not None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._takes(event):
            event.ignore()
            return
        key = event.key()
        if key in _ARROWS:
            self._move_selection(key)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self._selected is not None:
                self.chosen.emit(*self._selected)
        elif key == Qt.Key.Key_Escape:
            self.select(None)
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self._page(1 if key == Qt.Key.Key_PageDown else -1)
        elif key == Qt.Key.Key_0:
            self.show_all()
        else:
            self.zoom_by(-1 if key == Qt.Key.Key_Minus else 1)

    def _page(self, by: int) -> None:
        vertical = self.verticalScrollBar()
        bar = vertical if vertical.maximum() else self.horizontalScrollBar()
        bar.setValue(bar.value() + by * bar.pageStep())

    def _move_selection(self, key: int) -> None:
        grid, flow = self.grid, self._flow
        assert grid is not None
        assert flow is not None
        if self._selected is None:
            self.select(self._cursor_place() or (0, 0))
            return
        column, row = self._selected
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            column += grid.zoom.merge * (1 if key == Qt.Key.Key_Right else -1)
        else:
            row += 1 if key == Qt.Key.Key_Down else -1
            if grid.wraps and not 0 <= row < flow.rows:  # on to the band above or below
                column += grid.per_band * grid.zoom.merge * (1 if row > 0 else -1)
                row = 0 if row > 0 else flow.rows - 1
        if flow.cell(column, row) is not None:
            self.select((column, row))

    def select(self, place: Place | None) -> None:
        """Select a cell, or none."""
        if place != self._selected:
            self._selected = place
            self.show_place(place)
            self.viewport().update()
            self.selection_changed.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in _BY_KEY and self._selected is None and self._flow is not None:
            self.select(self._cursor_place() or (0, 0))


def _shape(flow: Flow) -> tuple[int, int, Timetable, int]:
    return flow.columns, flow.rows, flow.plan.timetable, flow.plan.epochs
