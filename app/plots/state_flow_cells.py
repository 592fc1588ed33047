"""Draws the cells of the state flow from close by: samples, arrows, zeros and resets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from app.plots.look import Look, draw_triangle, pen
from app.plots.state_flow_grid import Grid, link_width
from app.plots.state_flow_layout import HANDED, Flow, Status, inner_resets
from app.theme import mixed

if TYPE_CHECKING:
    from app.theme import Theme

_CENTRE = Qt.AlignmentFlag.AlignCenter
_CLOSEST_RESETS = 4.0  # pixels between resets inside a cell that are drawn one by one
_PAD = 2.0  # pixels above and below a cell


@dataclass(frozen=True, eq=False)
class Picture:
    """Everything that the grid shows.

    Parameters
    ----------
    look : Look
    flow : Flow
    grid : Grid
    offset : QPointF
        What of the grid is at the top left corner of the view.
    count : int
        Steps recorded.
    cursor : int or None
        Step of the cursor.
    row : int
        Row of the batch that is looked at.
    selected : tuple of int or None
        Column of the run and row of the selected cell.
    focused : bool
    """

    look: Look
    flow: Flow
    grid: Grid
    offset: QPointF
    count: int
    cursor: int | None
    row: int
    selected: tuple[int, int] | None
    focused: bool


@dataclass(frozen=True)
class Box:
    """The parts of one cell: where what is handed over is drawn, and the sample itself."""

    link: QRectF
    body: QRectF


def box_of(grid: Grid, column: int, row: int) -> Box:
    """Return the parts of a cell, in pixels of the grid."""
    x, y = grid.corner(column, row)
    width = link_width(grid)
    top, height = y + _PAD, grid.pitch_y - 2 * _PAD
    return Box(
        QRectF(x, top, width, height), QRectF(round(x + width), top, round(grid.pitch_x - width), height)
    )


def framed(grid: Grid, column: int, row: int) -> QRectF:
    """Return what a frame around a cell encloses."""
    if grid.zoom.cells:
        return box_of(grid, column, row).body
    x, y = grid.corner(column, row)
    width = max(grid.pitch_x, 3.0)
    return QRectF(x + (grid.pitch_x - width) / 2, y, width, grid.pitch_y)


class Cells:
    """Draws the cells of one band, kind by kind: many shapes with one pen are one call to the painter."""

    def __init__(self, painter: QPainter, picture: Picture, columns: range, rows: range) -> None:
        self.painter, self.picture = painter, picture
        self.columns, self.rows = columns, rows
        self.look, self.flow, self.theme = picture.look, picture.flow, picture.look.theme
        grid = picture.grid
        self.link = link_width(grid)
        self.width, self.height = float(round(grid.pitch_x - self.link)), grid.pitch_y - 2 * _PAD
        left, top = grid.corner(columns.start, rows.start)
        self.lefts = [round(left + k * grid.pitch_x + self.link) for k in range(len(columns))]
        self.tops = [round(top + j * grid.pitch_y + _PAD) for j in range(len(rows))]
        self.cells: dict[int, list[tuple[int, int]]] = {status: [] for status in Status}
        found = picture.flow.statuses(columns.start, columns.stop)[rows.start : rows.stop]
        for j, line in enumerate(found.tolist()):
            for k, status in enumerate(line):
                self.cells[status].append((k, j))
        self.here = [place for status in Status if status != Status.MISSING for place in self.cells[status]]

    def body(self, k: int, j: int) -> QRectF:
        """Return the box of the k-th column and the j-th row."""
        return QRectF(self.lefts[k], self.tops[j], self.width, self.height)

    def paint(self) -> None:
        """Draw everything."""
        theme = self.theme
        dashed = pen(theme.muted)
        dashed.setDashPattern([3, 2])
        self.paint_boxes()
        self.paint_arrows(Status.CARRIED, pen(theme.text))
        self.paint_arrows(Status.OVERLAPS, dashed)
        self.paint_arrows(Status.BREAKS, pen(theme.warning))
        self.paint_signs()
        for status in (Status.START, Status.STATELESS, Status.POLICY, Status.BY_HAND):
            self.paint_zeros(status)
        self.paint_inner_resets()
        self.paint_lengths()
        self.paint_numbers()

    def paint_boxes(self) -> None:
        painter, theme, breaks = self.painter, self.theme, self.cells[Status.BREAKS]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.plot_background))
        painter.drawRects([self.body(k, j) for k, j in self.here])
        self.paint_recorded()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, places in ((theme.batch_border, self.here), (theme.warning, breaks)):
            painter.setPen(pen(colour))
            width, height = self.width - 1, self.height - 1
            painter.drawRects(
                [QRectF(self.lefts[k] + 0.5, self.tops[j] + 0.5, width, height) for k, j in places]
            )

    def paint_recorded(self) -> None:
        done = self.flow.columns_done(self.picture.count) - self.columns.start
        filled = QColor(self.theme.accent)
        filled.setAlphaF(0.3)
        self.painter.setBrush(filled)
        widths = [self.width * min(max(done - k, 0.0), 1.0) for k in range(len(self.columns))]
        self.painter.drawRects(
            [QRectF(self.lefts[k], self.tops[j], widths[k], self.height) for k, j in self.here if widths[k]]
        )

    def paint_arrows(self, status: Status, line: QPen) -> None:
        places = self.cells[status]
        if not places:
            return
        head = head_size(self.link)
        heads, shafts = QPainterPath(), []
        for k, j in places:
            tip, y = self.lefts[k] - 1, round(self.tops[j] + self.height / 2) + 0.5
            shafts.append(QLineF(self.lefts[k] - self.link + 2, y, tip - head + 1, y))
            heads.moveTo(tip, y)
            heads.lineTo(tip - head, y - 0.7 * head)
            heads.lineTo(tip - head, y + 0.7 * head)
            heads.closeSubpath()
        painter = self.painter
        painter.save()
        painter.setPen(line)
        painter.drawLines(shafts)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(line.color())
        painter.drawPath(heads)
        painter.restore()

    def paint_signs(self) -> None:
        if self.link < 13:
            return
        painter, look, font = self.painter, self.look, _bold(self.look)
        painter.setPen(QColor(self.theme.warning))
        painter.setFont(font)
        half = QFontMetricsF(font).horizontalAdvance("!") / 2
        up = self.height / 2 - 1 - look.metrics.descent()
        for k, j in self.cells[Status.BREAKS]:
            painter.drawText(QPointF(self.lefts[k] - self.link / 2 - 2 - half, self.tops[j] + up), "!")
        painter.setFont(look.small)

    def paint_zeros(self, status: Status) -> None:
        reset = status in (Status.POLICY, Status.BY_HAND)
        marked = reset and self.height >= self.look.line + 9
        colour = self.theme.reset if reset else self.theme.muted
        metrics, half = self.look.metrics, self.look.width("0") / 2
        baseline = self.height / 2 + (metrics.ascent() - metrics.descent()) / 2 + (4 if marked else 0)
        for k, j in self.cells[status]:
            middle = self.lefts[k] - self.link / 2
            self.painter.setPen(QColor(colour))
            self.painter.drawText(QPointF(middle - half, self.tops[j] + baseline), "0")
            if marked:
                tip = QPointF(middle, self.tops[j] + baseline - metrics.ascent() + 1)
                draw_triangle(self.painter, tip, 6, colour, status == Status.BY_HAND)

    def paint_inner_resets(self) -> None:
        plan, every = self.flow.plan, self.flow.plan.resets.every
        if every is None and not plan.resets.at:
            return
        dense = every is not None and every * self.width / plan.timesteps < _CLOSEST_RESETS
        for k, column in enumerate(self.columns):
            epoch, batch = self.flow.place(column)
            if plan.has_resets(epoch, batch):
                for j, row in enumerate(self.rows):
                    if row < plan.rows(batch):
                        resets = inner_resets(plan, epoch, batch, row, by_hand_only=dense)
                        self.paint_resets_in(self.body(k, j), plan.timesteps_of(batch), resets, dense)

    def paint_resets_in(
        self, box: QRectF, timesteps: int, resets: Sequence[tuple[int, str]], dense: bool
    ) -> None:
        """Mark resets at their place in a cell; a dotted line on top stands for many of a policy."""
        painter, colour = self.painter, self.theme.reset
        for timestep, cause in resets:
            x = round(box.left() + timestep * box.width() / timesteps) + 0.5
            painter.setPen(pen(colour))
            # In two short pieces, so that the number of the sample stays readable.
            painter.drawLine(QLineF(x, box.top(), x, box.top() + 6))
            painter.drawLine(QLineF(x, box.bottom() - 6, x, box.bottom()))
            draw_triangle(painter, QPointF(x, box.top() + 5), 5, colour, cause == "point")
        if dense:
            painter.setPen(pen(colour, Qt.PenStyle.DotLine))
            painter.drawLine(QLineF(box.left(), box.top() + 2.5, box.right(), box.top() + 2.5))

    def paint_lengths(self) -> None:
        """Underline each sample as far as it is long, where samples differ in length."""
        plan = self.flow.plan
        if plan.lengths is None or self.height < 8:
            return
        table, room = plan.timetable, self.width - 4
        widths = [max(1.0, room * table.length(column) / table.longest) for column in self.columns]
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(QColor(self.theme.muted))
        bottom = self.height - 5
        self.painter.drawRects(
            [QRectF(self.lefts[k] + 2, self.tops[j] + bottom, widths[k], 2) for k, j in self.here]
        )

    def paint_numbers(self) -> None:
        plan, look = self.flow.plan, self.look
        if look.width(str(plan.samples - 1)) + 4 > self.width or self.height < 0.8 * look.line:
            return
        painter, metrics = self.painter, look.metrics
        painter.setPen(QColor(self.theme.text))
        baseline = self.height / 2 + (metrics.ascent() - metrics.descent()) / 2
        batches = [self.flow.place(column)[1] for column in self.columns]
        for k, j in self.here:
            text = str(plan.sample(batches[k], self.rows[j]))
            x = self.lefts[k] + (self.width - look.width(text)) / 2
            painter.drawText(QPointF(x, self.tops[j] + baseline), text)


def head_size(link: float) -> float:
    """Pixels of the head of an arrow of so many."""
    return min(6.0, link * 0.5)


def arrow(link: QRectF) -> tuple[QLineF, QPolygonF]:
    """Return the shaft and the head of an arrow from the cell before to this one."""
    y = round(link.center().y()) + 0.5
    head = head_size(link.width())
    tip = link.right() - 1
    return (
        QLineF(link.left() + 2, y, tip - head + 1, y),
        QPolygonF(
            [QPointF(tip, y), QPointF(tip - head, y - head * 0.7), QPointF(tip - head, y + head * 0.7)]
        ),
    )


def _bold(look: Look) -> QFont:
    font = QFont(look.small)
    font.setBold(True)
    return font


def on_pixels(box: QRectF) -> QRectF:
    """Return the rectangle on whose lines a pen one pixel wide is sharp."""
    left, top = round(box.left()) + 0.5, round(box.top()) + 0.5
    return QRectF(left, top, round(box.width()) - 1, round(box.height()) - 1)


# -- for the legend


def strip_colours(theme: Theme) -> dict[Status, tuple[str, str]]:
    """Return the colours of the upper and the lower half of a cell in a strip.

    Where state is handed on both are filled; a break leaves the upper half empty, so that colour is not
    the only cue.
    """
    ground = theme.plot_background
    carried, zero = mixed(ground, theme.accent, 0.62), mixed(ground, theme.muted, 0.6)
    return {
        Status.MISSING: (theme.window, theme.window),
        Status.CARRIED: (carried, carried),
        Status.START: (ground, zero),
        Status.STATELESS: (ground, zero),
        Status.POLICY: (ground, mixed(ground, theme.reset, 0.6)),
        Status.BY_HAND: (ground, theme.reset),
        Status.OVERLAPS: (mixed(ground, theme.accent, 0.22), carried),
        Status.BREAKS: (theme.warning, theme.warning),
    }


def paint_sample(painter: QPainter, look: Look, area: QRectF, status: Status, cells: bool) -> None:
    """Draw a kind of cell for the legend: as an arrow or a zero, or as in a strip."""
    theme = look.theme
    if not cells:
        upper, lower = strip_colours(theme)[status]
        box = QRectF(area.center().x() - 5, area.center().y() - 5, 10, 10)
        painter.fillRect(QRectF(box.left(), box.top(), 10, 5), QColor(upper))
        painter.fillRect(QRectF(box.left(), box.center().y(), 10, 5), QColor(lower))
        painter.setPen(pen(theme.border))
        painter.drawRect(on_pixels(box))
        return
    if status in HANDED:
        _paint_legend_arrow(painter, look, area, status)
        return
    reset = status in (Status.POLICY, Status.BY_HAND)
    painter.setPen(QColor(theme.reset if reset else theme.muted))
    middle = area.center().x()
    zero = QRectF(middle - 1, area.top(), area.width() / 2, area.height()) if reset else area
    painter.drawText(zero, _CENTRE, "0")
    if reset:
        tip = QPointF(middle - 4, area.center().y() + 3)
        draw_triangle(painter, tip, 6, theme.reset, status == Status.BY_HAND)


def _paint_legend_arrow(painter: QPainter, look: Look, area: QRectF, status: Status) -> None:
    theme = look.theme
    colours = {Status.CARRIED: theme.text, Status.OVERLAPS: theme.muted, Status.BREAKS: theme.warning}
    line = pen(colours[status])
    if status == Status.OVERLAPS:
        line.setDashPattern([3, 2])
    room = area.adjusted(8, 0, 0, 0) if status == Status.BREAKS else area
    shaft, head = arrow(room)
    painter.setPen(line)
    painter.drawLine(shaft)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(line.color())
    painter.drawPolygon(head)
    painter.restore()
    if status == Status.BREAKS:
        painter.setFont(_bold(look))
        painter.setPen(line)
        painter.drawText(QRectF(area.left(), area.top(), 8, area.height()), _CENTRE, "!")
        painter.setFont(look.small)
