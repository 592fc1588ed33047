"""What a picture of data shows: one sample of a dataset, and how much of it can be drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter

from app.theme import Theme
from app.token_words import token_text
from lstm_viz.dataset import Dataset
from lstm_viz.dataset.block import Tokens

MOST_CURVES = 4
_MOST_LOOKED_AT = 1_000_000  # values, for their range
MOST_CELLS = (60, 24)  # timesteps, features of a card; more are thinned out


@dataclass(frozen=True)
class ShownSample:
    """A sample of a dataset as it is drawn.

    Parameters
    ----------
    dataset : Dataset
    sample : int
    theme : Theme
    """

    dataset: Dataset
    sample: int
    theme: Theme

    @property
    def window(self) -> tuple[int, int] | None:
        """First and last time index of the series that the sample covers; None for separate sequences."""
        if self.dataset.origin is None:
            return None
        first, last = self.dataset.origin[self.sample]
        return int(first), int(last)

    @property
    def length(self) -> int:
        """Timesteps of the sample, without its padding."""
        if self.dataset.lengths is None:
            return self.dataset.timesteps or 1
        return int(self.dataset.lengths[self.sample])

    @property
    def has_tokens(self) -> bool:
        """Whether it is made of tokens, not of numbers."""
        return self.dataset.inputs[0].dtype.kind in "iu" or isinstance(self.dataset.raw, Tokens)

    @property
    def card(self) -> np.ndarray:
        """The sample as (features, timesteps)."""
        return card_of(self.dataset, self.sample)

    def curves(self, columns: int) -> list[np.ndarray]:
        """Return the lines to draw above, of at most two points for each pixel column."""
        dataset = self.dataset
        if self.has_tokens:
            return []
        if dataset.series is not None:
            names = _input_columns(dataset)
            lines = [dataset.series[:, dataset.column_names.index(name)] for name in names]
        elif dataset.inputs[0].ndim >= 3:
            lines = list(self.card[:MOST_CURVES, : self.length])
        else:
            return []
        thin = [thinned(np.asarray(values), columns) for values in lines]
        return [points for points in thin if np.isfinite(points).all()]


def value_range(dataset: Dataset) -> tuple[float, float]:
    """Return values between which cells and bars are drawn, from a part of the data."""
    block = dataset.inputs[0]
    part = block[:: max(1, len(block) // 500)]
    if part.ndim > 2:
        part = part[:, :: max(1, part.size // _MOST_LOOKED_AT)]
    if not part.size:
        return 0.0, 1.0
    low, high = float(part.min()), float(part.max())
    return low, high if high > low else low + 1.0


def thinned(values: np.ndarray, columns: int) -> np.ndarray:
    """Reduce a curve to points that can be drawn, keeping its extremes.

    Parameters
    ----------
    values : array, shape (time,)
    columns : int
        Pixels across.

    Returns
    -------
    array, shape (points, 2)
        Position in time and value; minimum and maximum for each column where there are more.
    """
    rows = len(values)
    if rows <= 2 * columns:
        return np.column_stack([np.arange(rows, dtype=float), values])
    edges = np.linspace(0, rows, columns, endpoint=False).astype(np.intp)
    low, high = np.minimum.reduceat(values, edges), np.maximum.reduceat(values, edges)
    points = np.empty((2 * columns, 2))
    points[0::2, 0] = points[1::2, 0] = edges
    points[0::2, 1], points[1::2, 1] = low, high
    return points


def card_of(dataset: Dataset, sample: int) -> np.ndarray:
    """Return a sample as (features, timesteps): one row for tokens, one column without a time axis."""
    block = dataset.inputs[0][sample]
    if block.dtype.kind in "iu":
        return block.reshape(1, -1)
    if block.ndim == 1:
        return block.reshape(-1, 1)
    return block.reshape(len(block), -1).T


def cells_across(shown: ShownSample, width: float, metrics: QFontMetricsF) -> list[int | None]:
    """Return which timesteps of a card have a cell: of tokens those that fit, then None for dots.

    Parameters
    ----------
    shown : ShownSample
    width : float
        Of the card, in pixels.
    metrics : QFontMetricsF
    """
    first = shown.card[0]
    if not shown.has_tokens:
        return list(picked(len(first), MOST_CELLS[0]))
    texts = [token_text(shown.dataset, int(token)) for token in first[: MOST_CELLS[0]]]
    widest = max(metrics.horizontalAdvance(text) for text in texts) + 5
    fit = max(int(width / min(widest, metrics.averageCharWidth() * 7)), 2)
    return list(range(len(first))) if len(first) <= fit else [*range(fit - 1), None]


def picked(count: int, most: int) -> Sequence[int]:
    """Return indices that are spread evenly where there are more than can be drawn."""
    return range(count) if count <= most else np.linspace(0, count - 1, most).round().astype(int).tolist()


def hatch(painter: QPainter, box: QRectF, share: float, theme: Theme) -> None:
    """Hatch what lies past this share of a box: it is padding."""
    padding = QRectF(box)
    padding.setLeft(box.left() + share * box.width())
    painter.fillRect(padding, QBrush(QColor(theme.border), Qt.BrushStyle.BDiagPattern))


def _input_columns(dataset: Dataset) -> Sequence[str]:
    """Names of the columns to draw: those that the samples are made of, then the target."""
    names = dataset.shaping.columns or dataset.column_names
    chosen = [name for name in (*names, *dataset.target_names) if name in dataset.column_names]
    return tuple(dict.fromkeys(chosen))[:MOST_CURVES]
