"""Draws the grid of the state flow: cells from close by, strips of colour from further away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from app.plots.look import Look, pen
from app.plots.state_flow_cells import Cells, Picture, box_of, framed, strip_colours
from app.plots.state_flow_grid import link_width
from app.plots.state_flow_layout import Status
from app.plots.steps import tick_spacing

if TYPE_CHECKING:
    from app.theme import Theme

_CENTRE = Qt.AlignmentFlag.AlignCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def paint_grid(painter: QPainter, picture: Picture, needed: QRect) -> None:
    """Draw the part of a grid that lies in a rectangle of the view."""
    grid, look = picture.grid, picture.look
    painter.fillRect(needed, QColor(look.theme.window))
    painter.setFont(look.small)
    area = QRectF(needed).translated(picture.offset)
    sticky = 0.0 if grid.wraps else picture.offset.y() + grid.head
    for band in grid.bands_within(area.top(), area.bottom()):
        columns = grid.columns_within(band, max(area.left(), picture.offset.x() + grid.left), area.right())
        rows = grid.rows_within(band, max(area.top(), sticky), area.bottom())
        painter.save()
        painter.setClipRect(QRectF(grid.left - 1, 0 if grid.wraps else grid.head, 1e5, 1e5))
        painter.translate(-picture.offset)
        if len(columns) and len(rows):
            if grid.zoom.cells:
                Cells(painter, picture, columns, rows).paint()
            else:
                _paint_strip(painter, picture, columns, rows)
            _paint_epochs(painter, picture, columns, rows)
            _paint_frames(painter, picture, band)
        painter.restore()
        _paint_head(painter, picture, band, columns)
        _paint_names(painter, picture, band, rows)


# -- far: strips ------------------------------------------------------------------------------------


def _paint_strip(painter: QPainter, picture: Picture, columns: range, rows: range) -> None:
    grid, look = picture.grid, picture.look
    values = picture.flow.merged(columns.start, columns.stop, grid.zoom.merge)[rows.start : rows.stop]
    image = strip_image(values, _points(picture, columns, rows), look.theme)
    x, y = grid.corner(columns.start, rows.start)
    area = QRectF(x, y, len(columns) * grid.pitch_x, len(rows) * grid.pitch_y)
    painter.drawImage(area, image)
    if grid.pitch_y >= 7:
        painter.setPen(pen(look.theme.window))
        lines = [y + k * grid.pitch_y + 0.5 for k in range(len(rows) + 1)]
        painter.drawLines([QLineF(x, at, area.right(), at) for at in lines])
    if grid.pitch_x >= 5:
        painter.setPen(pen(look.theme.window))
        edges = [x + k * grid.pitch_x + 0.5 for k in range(len(columns))]
        painter.drawLines([QLineF(at, y, at, area.bottom()) for at in edges])
    done = picture.flow.columns_done(picture.count) / grid.zoom.merge - columns.start
    done = min(max(done, 0.0), float(len(columns)))
    below = grid.corner(columns.start, grid.rows)[1] + 1
    painter.fillRect(QRectF(x, below, done * grid.pitch_x, 3), QColor(look.theme.accent))


def _points(picture: Picture, columns: range, rows: range) -> NDArray[np.bool_]:
    """Say in which cells of a strip there are reset points."""
    merge = picture.grid.zoom.merge
    found = np.zeros((picture.flow.rows, len(columns)), bool)
    for column, of_rows in picture.flow.points_within(columns.start * merge, columns.stop * merge):
        found[slice(None) if of_rows is None else list(of_rows), column // merge - columns.start] = True
    return found[rows.start : rows.stop]


def strip_image(values: NDArray[np.uint8], points: NDArray[np.bool_], theme: Theme) -> QImage:
    """Return one column of pixels for each column of `Status` and two rows of pixels for each row.

    Reset points inside cells are marked in the lower half, so that the upper one still shows what is worse.
    """
    halves = strip_colours(theme)
    table = np.array([[QColor(colour).rgb() for colour in halves[status]] for status in Status], np.uint32)
    pixels = table[values]  # (rows, columns, half)
    pixels[points, 1] = QColor(theme.reset).rgb()
    pixels = np.ascontiguousarray(pixels.transpose(0, 2, 1).reshape(2 * len(values), -1))
    height, width = pixels.shape
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32)
    return image.copy()  # the pixels above are gone when this returns


# -- around the cells -------------------------------------------------------------------------------


def _paint_epochs(painter: QPainter, picture: Picture, columns: range, rows: range) -> None:
    """Draw a line where an epoch begins."""
    grid, plan = picture.grid, picture.flow.plan
    each = plan.batches / grid.zoom.merge
    if plan.epochs == 1 or each * grid.pitch_x < 4:
        return
    painter.setPen(pen(picture.look.theme.epoch_border))
    for epoch in range(max(1, int(columns.start / each)), plan.epochs):
        column = int(epoch * each)
        if column >= columns.stop:
            break
        if column >= columns.start:
            x, y = grid.corner(column)
            x = round(x) + 0.5
            painter.drawLine(QLineF(x, y - grid.head + 2, x, y + grid.rows * grid.pitch_y))


def _paint_frames(painter: QPainter, picture: Picture, band: int) -> None:
    """Frame the cell of the cursor and the selected one."""
    grid, flow, theme = picture.grid, picture.flow, picture.look.theme
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for place, colour, grown in (
        (cursor_place(picture), theme.cursor, 1),
        (picture.selected, theme.accent, 3),
    ):
        if place is None:
            continue
        column, row = place[0] // grid.zoom.merge, place[1]
        if column // grid.per_band != band or row >= flow.rows:
            continue
        thick = 2 if colour == theme.cursor or picture.focused else 1
        _paint_frame(painter, framed(grid, column, row), grown, thick, QColor(colour))
    if picture.cursor is not None and grid.zoom.cells:
        column, row = flow.column_of_step(picture.cursor), picture.row
        if column // grid.per_band == band:
            body = box_of(grid, column, row).body
            timestep = flow.plan.timetable.place(picture.cursor)[1]
            share = (timestep + 0.5) / flow.plan.timetable.length(column)
            x = round(body.left() + share * body.width()) + 0.5
            painter.setPen(pen(theme.cursor))
            painter.drawLine(QLineF(x, body.bottom() - 5, x, body.bottom()))


def _paint_frame(painter: QPainter, inside: QRectF, away: float, thick: float, colour: QColor) -> None:
    """Draw a frame as four bars, which is sharp on every screen."""
    more = away + thick - 1
    box = inside.adjusted(-more, -more, more, more)
    width, height = box.width(), box.height()
    painter.fillRect(QRectF(box.left(), box.top(), width, thick), colour)
    painter.fillRect(QRectF(box.left(), box.bottom() - thick, width, thick), colour)
    painter.fillRect(QRectF(box.left(), box.top(), thick, height), colour)
    painter.fillRect(QRectF(box.right() - thick, box.top(), thick, height), colour)


def cursor_place(picture: Picture) -> tuple[int, int] | None:
    """Return the column of the run and the row at which the cursor stands."""
    if picture.cursor is None:
        return None
    return picture.flow.column_of_step(picture.cursor), picture.row


def _paint_head(painter: QPainter, picture: Picture, band: int, columns: range) -> None:
    """Write the numbers of the batches above a band, and of the epochs where there are several."""
    grid, look, plan = picture.grid, picture.look, picture.flow.plan
    theme, merge = look.theme, grid.zoom.merge
    top = band * grid.band_height - picture.offset.y() if grid.wraps else 0.0
    painter.save()
    painter.setClipRect(QRectF(grid.left - 1, top, 1e5, grid.head))
    painter.fillRect(QRectF(grid.left - 1, top, 1e5, grid.head), QColor(theme.window))
    link, line = link_width(grid), look.line
    numbers = top + grid.head - line - 1
    label = look.width(str(plan.batches)) + 12
    spacing = max(merge, tick_spacing(grid.pitch_x / merge, label))
    here = None if picture.cursor is None else picture.flow.column_of_step(picture.cursor) // merge
    first = columns.start * merge // plan.batches
    last = (columns.stop * merge - 1) // plan.batches if len(columns) else first - 1
    each = plan.batches / merge * grid.pitch_x
    every = max(1, tick_spacing(each, look.width(f"epoch {plan.epochs}") + 16))
    few = range(first // every * every, min(last, plan.epochs - 1) + 1, every)
    for epoch in few:
        batches = range(0, plan.batches, spacing) if each >= 2 * label else range(0, 1)
        start = epoch * plan.batches
        low, high = columns.start * merge - start, columns.stop * merge - start
        for batch in batches[max(0, low // spacing) : max(0, high // spacing + 1)]:
            column = (start + batch) // merge
            if column not in columns:
                continue
            x = grid.corner(column)[0] - picture.offset.x() + link
            current = column == here and merge == 1
            painter.setPen(QColor(theme.cursor if current else theme.muted))
            wide = max(grid.pitch_x - link, look.width(str(batch)) + 2)
            painter.drawText(QRectF(x, numbers, wide, line), Qt.AlignmentFlag.AlignHCenter, str(batch))
        if plan.epochs > 1 and (band == 0 or not grid.wraps or start // merge >= columns.start):
            column = max(start // merge, columns.start)
            x = max(grid.corner(column)[0] - picture.offset.x(), grid.left)
            painter.setPen(QColor(theme.text))
            painter.drawText(QPointF(x + 4, numbers - line + look.metrics.ascent()), f"epoch {epoch}")
    painter.restore()


def _paint_names(painter: QPainter, picture: Picture, band: int, rows: range) -> None:
    """Name the rows left of a band."""
    grid, look = picture.grid, picture.look
    theme, y = look.theme, band * grid.band_height - picture.offset.y() + grid.head
    painter.save()
    visible = QRectF(0, 0 if grid.wraps else grid.head, grid.left - 1, 1e5)
    painter.setClipRect(visible)
    painter.fillRect(QRectF(0, y - grid.head, grid.left - 1, grid.band_height), QColor(theme.window))
    every = tick_spacing(grid.pitch_y, look.line)
    for row in rows:
        chosen = row == picture.row and grid.rows > 1
        if row % every and not chosen:
            continue
        if not chosen and abs(row - picture.row) * grid.pitch_y < look.line:
            continue  # it would touch the name of the row that is looked at
        painter.setPen(QColor(theme.accent if chosen else theme.muted))
        area = QRectF(0, y + row * grid.pitch_y, grid.left - 7, max(grid.pitch_y, look.line))
        painter.drawText(area, _RIGHT, f"row {row}")
    painter.restore()
    if not grid.wraps:
        corner = QRectF(0, 0, grid.left - 1, grid.head)
        painter.fillRect(corner, QColor(theme.window))
    painter.setPen(QColor(theme.muted))
    top = (band * grid.band_height - picture.offset.y() if grid.wraps else 0.0) + grid.head - look.line - 1
    painter.drawText(QRectF(0, top, grid.left - 7, look.line), _RIGHT, "batch")


def paint_nothing(painter: QPainter, look: Look, area: QRect) -> None:
    """Say that there is no run."""
    painter.fillRect(area, QColor(look.theme.window))
    painter.setFont(look.small)
    painter.setPen(QColor(look.theme.muted))
    painter.drawText(area, _CENTRE, "Where state is handed on is shown here once a model and data are open")
