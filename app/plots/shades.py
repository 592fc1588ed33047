"""Stretches of the axis that are set apart, such as steps that read what the model made itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.plots.look import Look, pen
from app.plots.steps import StepScale

_TINT, _BAR = 0.10, 0.22  # opacity on the plots and in the bar above them
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class Shades:
    """Stretches of steps, as first and one past the last, and what they are called."""

    spans: tuple[tuple[int, int], ...] = ()
    label: str = ""

    def shown(self, scale: StepScale) -> list[tuple[float, float]]:
        """Return the pixels of each stretch in view; what touches on the screen is one."""
        found: list[tuple[float, float]] = []
        for start, stop in self.spans:
            left = max(scale.to_pixels(start - 0.5), 0.0)
            right = min(scale.to_pixels(stop - 0.5), scale.width)
            if right <= left:
                continue
            if found and left - found[-1][1] < 1.0:
                found[-1] = found[-1][0], right
            else:
                found.append((left, right))
        return found


class ShadesItem(QGraphicsItem):
    """A bar with a name above the plots, a tint over those of lines, and a line where it begins.

    Heatmaps keep their colours: these are numbers.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setZValue(5)
        self._bounds = QRectF()
        self._bar = QRectF()
        self._tinted: tuple[QRectF, ...] = ()
        self._plots: tuple[QRectF, ...] = ()
        self._scale = StepScale(0, 1, 1)
        self._shades = Shades()
        self._look: Look | None = None

    @property
    def shades(self) -> Shades:
        """What is set apart."""
        return self._shades

    def place(self, bar: QRectF, plots: Iterable[QRectF], tinted: Iterable[QRectF]) -> None:
        """Take the rectangles of the bar, of all plots, and of those of lines."""
        self.prepareGeometryChange()
        self._bar, self._plots, self._tinted = bar, tuple(plots), tuple(tinted)
        self._bounds = QRectF(bar)
        for rect in self._plots:
            self._bounds = self._bounds.united(rect)

    def show_shades(self, look: Look, scale: StepScale, shades: Shades) -> None:
        """Take what is set apart."""
        self._look, self._scale, self._shades = look, scale, shades
        self.setVisible(bool(shades.spans))
        self.update()

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        if self._look is None:
            return
        tint, bar = QColor(self._look.theme.accent), QColor(self._look.theme.accent)
        tint.setAlphaF(_TINT)
        bar.setAlphaF(_BAR)
        spans = self._shades.shown(self._scale)
        for left, right in spans:
            for rect in self._tinted:
                painter.fillRect(QRectF(rect.left() + left, rect.top(), right - left, rect.height()), tint)
            box = QRectF(self._bar.left() + left, self._bar.top(), right - left, self._bar.height())
            painter.fillRect(box, bar)
        painter.setPen(pen(self._look.theme.accent))
        for left, _ in spans:
            if left > 0 and (left, self._scale.width) != spans[0]:
                x = round(self._bar.left() + left) + 0.5
                painter.drawLines([QLineF(x, r.top() + 1, x, r.bottom() - 1) for r in self._tinted])
        self._name(painter, self._look, spans)

    def _name(self, painter: QPainter, look: Look, spans: list[tuple[float, float]]) -> None:
        """Write the name into the first stretch that has room for it."""
        width = look.width(self._shades.label) + 6
        painter.setFont(look.small)
        painter.setPen(QColor(look.theme.text))
        for left, right in spans:
            if right - left >= width:
                box = QRectF(self._bar.left() + left + 4, self._bar.top(), width, self._bar.height())
                painter.drawText(box, _LEFT, self._shades.label)
                return
