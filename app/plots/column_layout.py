"""Where the plots of a column and what stands beside them go: whole pixels, all plots equally wide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize
from PySide6.QtWidgets import QGraphicsWidget

from app.plots.axes import NameAxis
from app.plots.legends import ColourScale, CurveEnds, Legend
from app.plots.look import Look

COMPACT_BELOW = 560  # pixels of width below which names are reduced to their letters
_GAP = 5.0  # pixels between plots
_MARGIN = 6.0


@dataclass
class Row:
    """One plot of a column with what stands at its sides.

    Parameters
    ----------
    key : str
    middle : QGraphicsWidget
        The plot.
    left : NameAxis
    right : ColourScale, Legend or CurveEnds
    weight : float
        Share of the height.
    shown : bool
    """

    key: str
    middle: QGraphicsWidget
    left: NameAxis
    right: ColourScale | Legend | CurveEnds
    weight: float = 1.0
    shown: bool = True

    @property
    def is_heatmap(self) -> bool:
        """Whether it shows numbers as colours."""
        return isinstance(self.right, ColourScale)

    @property
    def rect(self) -> QRectF:
        """Where the plot is on the canvas."""
        return self.middle.geometry()


@dataclass(frozen=True)
class Places:
    """Rectangles on the canvas.

    Parameters
    ----------
    bar, axis : QRectF
        The row of marks above all plots and the axis below them, as wide as the plots.
    plots : tuple of QRectF
        From the top.
    right : float
        Width beside the plots for scales and legends.
    """

    bar: QRectF
    plots: tuple[QRectF, ...]
    axis: QRectF
    right: float

    @property
    def all_plots(self) -> QRectF:
        """From the first plot's top to the last one's bottom."""
        return QRectF(
            self.bar.left(), self.bar.bottom() + 2, self.bar.width(), self.axis.top() - self.bar.bottom() - 2
        )

    def left_of(self, rect: QRectF) -> QRectF:
        """Return what is beside a rectangle on the left."""
        return QRectF(_MARGIN, rect.top(), rect.left() - _MARGIN, rect.height())

    def right_of(self, rect: QRectF) -> QRectF:
        """Return what is beside a rectangle on the right."""
        return QRectF(rect.right(), rect.top(), self.right, rect.height())


def arrange(
    size: QSize, look: Look, rows: Sequence[Row], captions: float, axis_height: float, compact: bool
) -> Places:
    """Share the canvas among the rows that are shown.

    Parameters
    ----------
    size : QSize
        Of the canvas.
    look : Look
    rows : sequence of Row
    captions : float
        Width that the captions of the axis need.
    axis_height : float
    compact : bool
        Names are reduced to their letters.
    """
    sides = [row.left.name_width(look, not compact) + row.left.tick_width(look) for row in rows]
    left = round(max([captions, *sides])) + _MARGIN
    widest = 70.0 if compact else 120.0
    right = round(min(widest, max([40.0, *(row.right.width_needed(look) for row in rows)])))
    width = max(20.0, size.width() - left - right - 2)
    bar, axis = round(look.line), round(axis_height)
    free = max(10.0, size.height() - bar - axis - 6 - _GAP * max(len(rows) - 1, 0))
    weights = sum(row.weight for row in rows) or 1.0
    plots = []
    y = bar + 2.0
    for row in rows:
        height = float(int(free * row.weight / weights))
        plots.append(QRectF(left, y, width, height))
        y += height + _GAP
    bottom = plots[-1].bottom() if plots else y
    return Places(QRectF(left, 0, width, bar), tuple(plots), QRectF(left, bottom, width, axis), right)
