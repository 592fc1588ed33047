"""A grid that scrolls and zooms: which part of it is seen, whatever is drawn in it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPointF, QRect, QSize, Signal
from PySide6.QtWidgets import QWidget

from app.plots.scrolled import ScrolledDiagram
from app.plots.state_flow_cells import framed
from app.plots.state_flow_grid import USUAL_PITCH, Grid, Zoom, first_zoom, link_width, zooms
from app.plots.state_flow_layout import Flow

AROUND_FRAME = 6.0  # pixels that a frame reaches beyond its cell

Place = tuple[int, int]  # column of the run and row of the batch


class GridArea(ScrolledDiagram):
    """Base of the grid of the state flow.

    Signals
    -------
    zoom_changed()
    """

    zoom_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._flow: Flow | None = None
        self._zoom = Zoom(USUAL_PITCH)
        self._zoomed_by_hand = False

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

    def rect_of(self, column: int, row: int) -> QRect:
        """Return where a cell is on the viewport."""
        grid = self.grid
        assert grid is not None
        area = framed(grid, column // grid.zoom.merge, row)
        return area.translated(-self._offset()).toRect()

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
        at = around if around is not None else self._of_interest()
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

    # -- geometry -----------------------------------------------------------------------------------

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

    def sizeHint(self) -> QSize:
        return QSize(700, 320)

    def minimumSizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        return QSize(16 * line, 5 * line)

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
        room = round(AROUND_FRAME + link_width(grid))
        area = self.rect_of(*place).adjusted(-room, -round(AROUND_FRAME), room, round(AROUND_FRAME))
        if grid.wraps:
            area.setTop(round(area.top() - grid.head))
        seen = self._visible()
        for bar, low, high in (
            (self.horizontalScrollBar(), area.left() - seen.left(), area.right() - seen.right()),
            (self.verticalScrollBar(), area.top() - seen.top(), area.bottom() - seen.bottom()),
        ):
            if low < 0 or high > 0:
                bar.setValue(bar.value() + (low if low < 0 else high))

    def _of_interest(self) -> QPointF:
        """Return the place on the viewport that stays where it is while the zoom changes."""
        return QPointF(self.viewport().rect().center())
