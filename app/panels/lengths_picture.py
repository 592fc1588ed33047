"""How long the samples of a dataset are: a small histogram."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

if TYPE_CHECKING:
    from app.theme import Theme

_NARROWEST = 3  # pixels of a bar
_WIDEST = 24


class LengthsPicture(QWidget):
    """Bars: how many samples there are of each number of timesteps."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lengths: NDArray[np.integer] = np.ones(1, np.int64)
        self._theme: Theme | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Lengths of the samples")

    def sizeHint(self) -> QSize:
        return QSize(120, 3 * self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(60, self.sizeHint().height())

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.update()

    def set_lengths(self, lengths: NDArray[np.integer]) -> None:
        """Take the timesteps of each sample."""
        self._lengths = lengths
        words = self.words
        self.setToolTip(words)
        self.setAccessibleDescription(words)
        self.update()

    @property
    def words(self) -> str:
        """What it shows, in words."""
        found, counts = np.unique(self._lengths, return_counts=True)
        most = int(counts.argmax())
        return (
            f"{len(self._lengths):,} samples of {found[0]:,} to {found[-1]:,} timesteps, "
            f"{int(self._lengths.mean() + 0.5):,} on average; "
            f"{counts[most]:,} of them have {found[most]:,}"
        )

    def bars(self, width: int) -> NDArray[np.int64]:
        """Return how many samples each bar stands for, as many bars as have room."""
        shortest, longest = int(self._lengths.min()), int(self._lengths.max())
        room = max(1, width // _NARROWEST)
        count = min(room, longest - shortest + 1)
        edges = np.linspace(shortest - 0.5, longest + 0.5, count + 1)
        return np.histogram(self._lengths, edges)[0].astype(np.int64)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._theme is None:
            return
        with QPainter(self) as painter:
            metrics, theme = self.fontMetrics(), self._theme
            bottom = self.height() - metrics.height() - 1
            bars = self.bars(self.width())
            each = min(self.width() / len(bars), _WIDEST)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.accent))
            gap = 1 if each >= 4 else 0
            heights = np.where(bars > 0, np.maximum(2, bars / bars.max() * (bottom - 1)), 0)
            edges = [round(k * each) for k in range(len(bars) + 1)]
            painter.drawRects(
                [
                    QRectF(edges[k], bottom - height, edges[k + 1] - edges[k] - gap, height)
                    for k, height in enumerate(heights.tolist())
                    if height
                ]
            )
            painter.setPen(QColor(theme.border))
            end = each * len(bars)
            painter.drawLine(QLineF(0, bottom + 0.5, end, bottom + 0.5))
            painter.setPen(QColor(theme.muted))
            shortest, longest = f"{self._lengths.min():,}", f"{self._lengths.max():,} timesteps"
            baseline = self.height() - metrics.descent()
            painter.drawText(0, baseline, shortest)
            right = max(
                round(end) - metrics.horizontalAdvance(longest), metrics.horizontalAdvance(shortest) + 8
            )
            painter.drawText(right, baseline, longest)
