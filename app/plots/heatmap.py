"""One heatmap: units × steps as one image, drawn at the pixels that it has and nothing finer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QGraphicsWidget, QStyleOptionGraphicsItem, QWidget

from app.plots.colours import Range, extremes, indices, lookup_table
from app.plots.look import Look, pen
from app.plots.steps import StepScale


def reduced(values: NDArray[np.float32], rows: int) -> tuple[NDArray[np.float32], int]:
    """Merge units so that at most so many rows are left, keeping their extremes.

    Parameters
    ----------
    values : ndarray of float32, shape (units, columns)
    rows : int
        Rows of pixels that there are.

    Returns
    -------
    ndarray of float32, shape (2·groups, columns), or the values as they are
        Rows 2k and 2k+1 are the maximum and minimum of the k-th group of units; NaN where all are.
    int
        Units in a group; 1 when nothing was merged. The last group may be smaller.
    """
    units, columns = values.shape
    if units <= max(rows, 2):
        return values, 1
    size = -(-units // max(rows // 2, 1))
    full = units // size
    groups = -(-units // size)
    merged = np.empty((groups, 2, columns), np.float32)
    blocks = values[: full * size].reshape(full, size, columns)
    np.fmax.reduce(blocks, axis=1, out=merged[:full, 0])
    np.fmin.reduce(blocks, axis=1, out=merged[:full, 1])
    if groups > full:
        np.fmax.reduce(values[full * size :], axis=0, out=merged[full, 0])
        np.fmin.reduce(values[full * size :], axis=0, out=merged[full, 1])
    return merged.reshape(2 * groups, columns), size


@dataclass(frozen=True)
class Span:
    """The steps that an image covers.

    Parameters
    ----------
    start, stop : int
        Steps of the run: all columns together.
    recorded : int
        One past the last step with any value; cells without one before it are masked.
    """

    start: int
    stop: int
    recorded: int


class Heatmap(QGraphicsWidget):
    """Draws an image between fixed edges: units from the top down, steps on the shared axis."""

    def __init__(self) -> None:
        super().__init__()
        self._look: Look | None = None
        self._scale = StepScale(0, 1, 1)
        self._units = 1
        self._rows_covered = 1.0
        self._span = Span(0, 0, 0)
        self._merged: NDArray[np.float32] = np.zeros((0, 0), np.float32)
        self._pixels: NDArray[np.uint32] = np.zeros((0, 0), np.uint32)  # the QImage reads this memory
        self._image: QImage | None = None
        self._marked = False
        self._gaps = False  # whether anything below the image is to be seen

    @property
    def pixels(self) -> NDArray[np.uint32]:
        """The colours drawn, ARGB, shape (rows, columns)."""
        return self._pixels

    def set_look(self, look: Look) -> None:
        """Take colours and fonts."""
        self._look = look
        self.update()

    def set_marked(self, marked: bool) -> None:
        """Draw a frame around it, because it is pointed at elsewhere."""
        if marked != self._marked:
            self._marked = marked
            self.update()

    def set_scale(self, scale: StepScale) -> None:
        """Take the visible range."""
        self._scale = scale
        self.update()

    def set_units(self, units: int) -> None:
        """Take how many units share the height, and forget the image."""
        self._units, self._image = units, None
        self._pixels = np.zeros((0, 0), np.uint32)
        self.update()

    def set_values(
        self, values: NDArray[np.float32], span: Span, pixel_rows: int
    ) -> tuple[float, float] | None:
        """Take values, shape (units, columns), in the order in which the units are shown.

        Returns
        -------
        tuple of float or None
            The smallest and the largest one; None where there is none.
        """
        self._merged, size = reduced(values, pixel_rows)
        self._span = span
        # The last group may stand for fewer units than its two rows take up; what is below is clipped.
        self._rows_covered = self._merged.shape[0] * size / (2 if size > 1 else 1)
        return extremes(self._merged)  # what is merged has the same ones, and is less to look through

    def set_colours(self, limits: Range, theme_name: str) -> None:
        """Draw the values that were taken in the colours of a range."""
        self._pixels = lookup_table(limits.kind, theme_name)[indices(self._merged, limits.low, limits.high)]
        self._gaps = not self._pixels.all()
        rows, columns = self._pixels.shape
        self._image = (
            QImage(self._pixels.data, columns, rows, 4 * columns, QImage.Format.Format_ARGB32_Premultiplied)
            if columns and rows
            else None
        )
        self.update()

    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        if self._look is None:
            return
        theme = self._look.theme
        area = QRectF(0, 0, self.size().width(), self.size().height())
        left, right, done = (
            self._scale.to_pixels(step - 0.5)
            for step in (self._span.start, self._span.stop, self._span.recorded)
        )
        painter.save()
        painter.setClipRect(area)
        if self._image is None:
            self._paint_unrecorded(painter, area)
        else:
            self._paint_unrecorded(painter, QRectF(done, 0, area.width() - done, area.height()))
            self._paint_unrecorded(painter, QRectF(0, 0, left, area.height()))
            if self._gaps:
                masked = QRectF(left, 0, done - left, area.height())
                painter.fillRect(masked, QColor(theme.grid))
                painter.fillRect(masked, QBrush(QColor(theme.muted), Qt.BrushStyle.BDiagPattern))
            height = area.height() * self._rows_covered / self._units
            painter.drawImage(QRectF(left, 0, right - left, height), self._image)
            painter.setPen(pen(theme.border))
            painter.drawLine(QLineF(round(done) + 0.5, 0, round(done) + 0.5, area.height()))
        painter.restore()
        painter.setPen(QPen(QColor(theme.cursor), 2) if self._marked else pen(theme.border))
        painter.drawRect(area.adjusted(-0.5, -0.5, 0.5, 0.5))

    def _paint_unrecorded(self, painter: QPainter, area: QRectF) -> None:
        """Paint what looks like paper with dots, so that nobody takes it for zeros."""
        if area.width() > 0 and self._look is not None:
            painter.fillRect(area, QColor(self._look.theme.window))
            painter.fillRect(area, QBrush(QColor(self._look.theme.border), Qt.BrushStyle.Dense7Pattern))
