"""The scrolling grid of the state flow: what it shows, and what mouse and keys mean on it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from app.plots.look import Look
from app.plots.state_flow_cells import Picture
from app.plots.state_flow_grid import USUAL_PITCH, Grid, Zoom, first_zoom, link_width, zooms
from app.plots.state_flow_layout import Flow
from app.plots.state_flow_painting import framed, paint_grid, paint_nothing
from app.plots.state_flow_words import hover_words

if TYPE_CHECKING:
    from app.theme import Theme

_AROUND_FRAME = 6.0  # pixels that a frame reaches beyond its cell
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

Place = tuple[int, int]  # column of the run and row of the batch


class StateFlowCanvas(QAbstractScrollArea):
    """Paints the visible part of a grid; says what is pointed at, chosen and asked for.

    Signals
    -------
    chosen(int, int)
        A cell was clicked, or Enter was pressed on it: column of the run and row.
    selection_changed(), zoom_changed()
    hovered(str)
        What to say about the cell under the mouse; empty beside the cells.
    """

    chosen = Signal(int, int)
    selection_changed = Signal()
    zoom_changed = Signal()
    hovered = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._flow: Flow | None = None
        self._look: Look | None = None
        self._zoom = Zoom(USUAL_PITCH)
        self._zoomed_by_hand = False
        self._count = 0
        self._cursor: int | None = None
        self._row = 0
        self._selected: Place | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the arrow keys to stepping
        self.viewport().setMouseTracking(True)
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
        """Draw in these colours."""
        self._look = Look(theme, self.font())
        self._refit()
        self._place()

    # -- what others read ---------------------------------------------------------------------------

    @property
    def grid(self) -> Grid | None:
        """Where the cells are; None without a run."""
        if self._flow is None or self._look is None:
            return None
        look, flow = self._look, self._flow
        bar = self.verticalScrollBar()
        spare = bar.sizeHint().width()
        return Grid(
            flow.columns,
            flow.rows,
            self._zoom,
            self.width() - spare,  # whether a bar is shown or not, nothing moves
            self.height() - spare,
            left=round(max(look.width(f"row {flow.rows - 1}"), look.width("batch")) + 15),
            head=round(look.line * (2 if flow.plan.epochs > 1 else 1) + 4),
            scale=max(1.0, look.line / 14),
        )

    @property
    def zoom(self) -> Zoom:
        """How close the grid is looked at."""
        return self._zoom

    @property
    def selected(self) -> Place | None:
        """Column of the run and row of the selected cell."""
        return self._selected

    def rect_of(self, column: int, row: int) -> QRect:
        """Return where a cell is on the viewport."""
        grid = self.grid
        assert grid is not None
        area = framed(grid, column // grid.zoom.merge, row)
        return area.translated(-self._offset()).toRect()

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

    # -- zoom ---------------------------------------------------------------------------------------

    def zoom_by(self, closer: int, around: QPointF | None = None) -> None:
        """Go so many levels closer, or further away, keeping the place under the mouse."""
        levels = self._zooms()
        at = levels.index(self._zoom) if self._zoom in levels else len(levels) - 1
        self._set_zoom(levels[min(max(at - closer, 0), len(levels) - 1)], around)

    def show_all(self) -> None:
        """Show the whole run, merging batches where it has more than there are pixels."""
        levels = self._zooms()
        fitting = [zoom for zoom in levels if self.grid is not None and replace(self.grid, zoom=zoom).fits]
        self._set_zoom(fitting[0] if fitting else levels[-1])

    @property
    def can_zoom(self) -> tuple[bool, bool]:
        """Whether one can go closer, and further away."""
        levels = self._zooms()
        return self._zoom != levels[0], self._zoom != levels[-1]

    def _zooms(self) -> list[Zoom]:
        grid = self.grid
        return [self._zoom] if grid is None else zooms(grid)

    def _refit(self) -> None:
        """Choose the zoom, until the user does: all of the run, or else close enough to read the samples."""
        grid = self.grid
        if self._zoomed_by_hand or grid is None or self._look is None or self._flow is None:
            return
        needed = self._look.width(str(self._flow.plan.samples - 1)) + 8
        self._zoom = first_zoom(grid, needed)

    def _set_zoom(self, zoom: Zoom, around: QPointF | None = None) -> None:
        before = self.grid
        if before is None or zoom == self._zoom:
            return
        at = around if around is not None else self._middle_of_interest()
        place = at + self._offset()
        band = before.bands_within(place.y(), place.y())
        columns = before.columns_within(band.start, place.x(), place.x())
        column = min(columns.start, before.columns - 1) * before.zoom.merge
        x, y = before.corner(column // before.zoom.merge)
        inside = (place.x() - x) / before.pitch_x, (place.y() - y) / before.pitch_y
        self._zoom, self._zoomed_by_hand = zoom, True
        self._place()
        after = self.grid
        assert after is not None
        x, y = after.corner(column // zoom.merge)
        self.horizontalScrollBar().setValue(round(x + inside[0] * after.pitch_x - at.x()))
        self.verticalScrollBar().setValue(round(y + inside[1] * after.pitch_y - at.y()))
        self.zoom_changed.emit()

    def _middle_of_interest(self) -> QPointF:
        """Return the selected cell or that of the cursor where it is in view, or else the middle."""
        for place in (self._selected, self._cursor_place()):
            if place is not None and self._in_view(place):
                return QPointF(self.rect_of(*place).center())
        return QPointF(self.viewport().rect().center())

    # -- geometry -----------------------------------------------------------------------------------

    def _offset(self) -> QPointF:
        return QPointF(self.horizontalScrollBar().value(), self.verticalScrollBar().value())

    def _place(self) -> None:
        grid = self.grid
        horizontal, vertical = self.horizontalScrollBar(), self.verticalScrollBar()
        if grid is None:
            horizontal.setRange(0, 0)
            vertical.setRange(0, 0)
        else:
            width, height = grid.content
            horizontal.setRange(0, max(0, round(width - grid.width)))
            horizontal.setPageStep(round(grid.width - grid.left))
            horizontal.setSingleStep(max(1, round(grid.pitch_x)))
            vertical.setRange(0, max(0, round(height - grid.height)))
            vertical.setPageStep(round(grid.height - (0 if grid.wraps else grid.head)))
            vertical.setSingleStep(max(8, round(grid.band_height / 3 if grid.wraps else grid.pitch_y)))
        self.viewport().update()

    def scrollContentsBy(self, _dx: int, _dy: int) -> None:
        # Names and numbers stay where they are, so that nothing can be moved as pixels.
        self.viewport().update()

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

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self._look is not None:
            self.set_theme(self._look.theme)

    def sizeHint(self) -> QSize:
        return QSize(700, 320)

    def minimumSizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        return QSize(16 * line, 5 * line)

    def _cursor_place(self) -> Place | None:
        if self._flow is None or self._cursor is None or self._cursor >= len(self._flow.plan):
            return None
        return self._flow.column_of_step(self._cursor), min(self._row, self._flow.rows - 1)

    def _visible(self) -> QRect:
        """Return the part of the viewport in which cells are seen."""
        grid = self.grid
        if grid is None:
            return QRect()
        top = 0 if grid.wraps else round(grid.head)
        return QRect(round(grid.left), top, round(grid.width - grid.left), round(grid.height - top))

    def _in_view(self, place: Place | None) -> bool:
        return place is not None and self._visible().intersects(self.rect_of(*place))

    def show_place(self, place: Place | None) -> None:
        """Scroll as little as is needed to see a cell."""
        grid = self.grid
        if place is None or grid is None:
            return
        room = round(_AROUND_FRAME + link_width(grid))
        area = self.rect_of(*place).adjusted(-room, -round(_AROUND_FRAME), room, round(_AROUND_FRAME))
        if grid.wraps:
            area.setTop(round(area.top() - grid.head))
        seen = self._visible()
        for bar, low, high in (
            (self.horizontalScrollBar(), area.left() - seen.left(), area.right() - seen.right()),
            (self.verticalScrollBar(), area.top() - seen.top(), area.bottom() - seen.bottom()),
        ):
            if low < 0 or high > 0:
                bar.setValue(bar.value() + (low if low < 0 else high))

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
        offset, room = self._offset(), round(_AROUND_FRAME + link_width(grid))
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
        painter = QPainter(self.viewport())
        grid = self.grid
        if grid is None or self._flow is None:
            paint_nothing(painter, self._look, self.viewport().rect())
        else:
            cursor = self._cursor if self._cursor_place() is not None else None
            row = min(self._row, self._flow.rows - 1)
            paint_grid(
                painter,
                Picture(
                    self._look, self._flow, grid, self._offset(), self._count, cursor, row,
                    self._selected, self.hasFocus(),
                ),
                event.rect(),
            )  # fmt: skip
        painter.end()

    # -- mouse --------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        place = self.place_at(event.position())
        self.select(place)
        if place is not None:
            self.chosen.emit(*place)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        text = self._words_at(event.position())
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if text else Qt.CursorShape.ArrowCursor)
        self.hovered.emit(text)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()  # the first click did it

    def _words_at(self, position: QPointF) -> str:
        place = self.place_at(position)
        if place is None or self._flow is None:
            return ""
        cell = self._flow.cell(*place)
        assert cell is not None
        text = hover_words(self._flow, cell)
        if self._zoom.merge > 1:
            text = f"The worst of {self._zoom.merge} batches: {text}"
        return text

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self.hovered.emit("")
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            text = self._words_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), "\n".join(text.split(" · ")), self.viewport())
            return True
        return super().viewportEvent(event)

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

    def event(self, event: QEvent) -> bool:
        # What is a key of ours is not the window's while the grid has the focus.
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and self._takes(event)
        ):
            event.accept()
            return True
        return super().event(event)

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
        if event.reason() in _BY_KEY and self._selected is None:
            self.select(self._cursor_place())
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()


def _shape(flow: Flow) -> tuple[int, int, int, int]:
    return flow.columns, flow.rows, flow.plan.timesteps, flow.plan.epochs
