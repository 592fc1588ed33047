"""A small picture of data becoming samples: the series, the window sliding over it, and the block."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.panels.shape_block import draw_block
from app.panels.shape_parts import ShownSample, value_range
from app.panels.shape_source import draw_source
from app.theme import LIGHT, Theme
from lstm_viz.dataset import Dataset


class ShapePicture(QWidget):
    """Draws a dataset; :meth:`set_sample` moves the window."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._dataset: Dataset | None = None
        self._sample = 0
        self._curves: list[np.ndarray] = []
        self._low_high = (0.0, 1.0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMaximumHeight(self.fontMetrics().height() * 15)
        self.setAccessibleName("Picture of the data becoming samples")
        self.setToolTip(
            "Above the data with the sample that is looked at, below what the model is given of it"
        )

    @property
    def sample(self) -> int:
        """The sample that is drawn in front."""
        return self._sample

    @property
    def window(self) -> tuple[int, int] | None:
        """First and last time index of the series that the window covers; None for separate sequences."""
        return None if self._shown is None else self._shown.window

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.update()

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Draw another dataset."""
        self._dataset = dataset
        self._sample = min(self._sample, dataset.samples - 1) if dataset else 0
        self._low_high = value_range(dataset) if dataset else (0.0, 1.0)
        self._find_curves()
        self.setAccessibleDescription(dataset.summary if dataset else "No data")
        self.update()

    def set_sample(self, sample: int) -> None:
        """Move the window to another sample."""
        if self._dataset is None or sample == self._sample or not 0 <= sample < self._dataset.samples:
            return
        self._sample = sample
        if self._dataset.origin is None:
            self._find_curves()
        self.update()

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        return QSize(self.fontMetrics().averageCharWidth() * 40, line * 9)

    def minimumSizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        return QSize(self.fontMetrics().averageCharWidth() * 24, line * 9)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._find_curves()

    @property
    def _shown(self) -> ShownSample | None:
        return None if self._dataset is None else ShownSample(self._dataset, self._sample, self._theme)

    def _find_curves(self) -> None:
        self._curves = [] if self._shown is None else self._shown.curves(max(self.width(), 16))

    # -- drawing ------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        shown = self._shown
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(self._small_font())
            if shown is None:
                painter.setPen(QColor(self._theme.muted))
                painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "No data")
                return
            line = painter.fontMetrics().height()
            area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
            upper = QRectF(area.left(), area.top(), area.width(), (area.height() - line) * 0.46)
            lower = QRectF(area.left(), upper.bottom() + line * 0.9, area.width(), 0)
            lower.setBottom(area.bottom())
            source = draw_source(painter, upper, shown, self._curves, self._low_high)
            card = draw_block(painter, lower, shown, self._low_high)
            if source is not None:
                self._draw_arrow(painter, source, card)

    def _small_font(self) -> QFont:
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 0.88)
        return font

    def _draw_arrow(self, painter: QPainter, source: QPointF, card: QRectF) -> None:
        tip = QPointF(min(max(source.x(), card.left() + 5), card.right() - 5), card.top() - 2)
        painter.setPen(QPen(QColor(self._theme.accent), 1))
        painter.drawLine(source, tip)
        painter.drawLine(tip, tip + QPointF(-3.5, -4.5))
        painter.drawLine(tip, tip + QPointF(3.5, -4.5))
