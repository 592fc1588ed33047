"""Tokens written at their steps, in place of a line through their numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.plots.look import Look
from app.plots.steps import StepScale

_ROOM = 1.0  # pixels between two of them


class TokenLabels(QGraphicsItem):
    """Writes each token in the middle of its step, where there is room for it.

    Parameters
    ----------
    parent : QGraphicsItem
        The plot, whose pixels are this item's.
    """

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self.setZValue(50)
        self._look: Look | None = None
        self._scale = StepScale(0, 1, 1)
        self._x: NDArray[np.float64] = np.empty(0)
        self._texts: tuple[str, ...] = ()
        self._size = QRectF()

    @property
    def texts(self) -> tuple[str, ...]:
        """What is written, from the left."""
        return self._texts if self.isVisible() else ()

    @staticmethod
    def fit(look: Look, scale: StepScale, tokens: tuple[str, ...]) -> bool:
        """Whether a step is wide enough for the widest of the tokens."""
        return scale.pixels_per_step >= max(map(look.width, tokens), default=0.0) + _ROOM

    def show_tokens(
        self,
        look: Look,
        scale: StepScale,
        x: NDArray[np.float64],
        y: NDArray[np.float64],
        tokens: tuple[str, ...],
    ) -> None:
        """Take the tokens in view: their steps, their numbers, and the texts of all numbers."""
        seen = np.isfinite(y) & (x >= scale.start) & (x <= scale.stop)
        self.prepareGeometryChange()
        self._look, self._scale, self._x = look, scale, x[seen]
        self._texts = tuple(
            tokens[k] if 0 <= k < len(tokens) else str(k) for k in y[seen].astype(int).tolist()
        )
        self._size = self.parentItem().boundingRect()
        self.show()
        self.update()

    def boundingRect(self) -> QRectF:
        return self._size

    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        if self._look is None:
            return
        painter.setFont(self._look.small)
        painter.setPen(QColor(self._look.theme.text))
        half = self._scale.pixels_per_step / 2 + 6
        middle = self._size.center().y()
        for x, text in zip(self._x.tolist(), self._texts, strict=True):
            at = QPointF(self._scale.to_pixels(x), middle)
            box = QRectF(at.x() - half, at.y() - self._look.line, 2 * half, 2 * self._look.line)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
