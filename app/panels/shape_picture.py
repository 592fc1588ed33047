"""A small picture of data becoming samples: the series, the window sliding over it, and the block."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import LIGHT, Theme, mixed
from app.token_words import token_text
from lstm_viz.dataset import Dataset
from lstm_viz.dataset.block import Tokens

_CARDS_BEHIND = 3
_MOST_CURVES = 4
_MOST_CELLS = (60, 24)  # timesteps, features of a card; more are thinned out


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
        if self._dataset is None or self._dataset.origin is None:
            return None
        first, last = self._dataset.origin[self._sample]
        return int(first), int(last)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.update()

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Draw another dataset."""
        self._dataset = dataset
        self._sample = min(self._sample, dataset.samples - 1) if dataset else 0
        self._find_range()
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
        return QSize(self.fontMetrics().averageCharWidth() * 40, line * 13)

    def minimumSizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        return QSize(self.fontMetrics().averageCharWidth() * 24, line * 11)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._find_curves()

    # -- what there is to draw ----------------------------------------------------------------------

    def _find_range(self) -> None:
        """Values between which the cells of the card are shaded, from a part of the data."""
        self._low_high = (0.0, 1.0)
        if self._dataset is None:
            return
        block = self._dataset.inputs[0]
        part = block[:: max(1, len(block) // 500)]
        if part.size:
            low, high = float(part.min()), float(part.max())
            self._low_high = (low, high if high > low else low + 1.0)

    def _find_curves(self) -> None:
        self._curves = []
        dataset = self._dataset
        if dataset is None or _is_tokens(dataset):
            return
        if dataset.series is not None:
            names = _input_columns(dataset)
            lines = [dataset.series[:, dataset.column_names.index(name)] for name in names]
        elif dataset.inputs[0].ndim >= 3:
            lines = list(card_of(dataset, self._sample)[:_MOST_CURVES, : self._length])
        else:
            return
        for values in lines:
            points = thinned(np.asarray(values, float), max(self.width(), 16))
            if np.isfinite(points).all():
                self._curves.append(points)

    @property
    def _length(self) -> int:
        """Timesteps of the sample that is looked at, without its padding."""
        dataset = self._dataset
        if dataset is None or dataset.lengths is None:
            return 0 if dataset is None else (dataset.timesteps or 1)
        return int(dataset.lengths[self._sample])

    # -- drawing ------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(self._small_font())
            if self._dataset is None:
                painter.setPen(QColor(self._theme.muted))
                painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "No data")
                return
            line = painter.fontMetrics().height()
            area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
            upper = QRectF(area.left(), area.top(), area.width(), (area.height() - line) * 0.46)
            lower = QRectF(area.left(), upper.bottom() + line * 0.9, area.width(), 0)
            lower.setBottom(area.bottom())
            tokens = _is_tokens(self._dataset)
            source = self._draw_tokens(painter, upper) if tokens else self._draw_curves(painter, upper)
            card = self._draw_block(painter, lower)
            if source is not None:
                self._draw_arrow(painter, source, card)

    def _small_font(self) -> QFont:
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 0.88)
        return font

    def _draw_curves(self, painter: QPainter, area: QRectF) -> QPointF | None:
        """Draw the series, or the one sequence; return where the window hands down its part."""
        theme, dataset = self._theme, self._dataset
        assert dataset is not None
        line = painter.fontMetrics().height()
        plot = area.adjusted(0, 0, 0, -line)
        painter.setPen(QPen(QColor(theme.border), 1))
        painter.setBrush(QColor(theme.plot_background))
        painter.drawRect(plot)
        inner = plot.adjusted(4, 4, -4, -4)
        sequence = dataset.series is None
        rows = (dataset.timesteps or 1) if dataset.series is None else len(dataset.series)
        scale = inner.width() / max(rows, 1)
        handed = None
        if self.window is not None:
            first, last = self.window
            left, width = inner.left() + first * scale, max((last + 1 - first) * scale, 3.0)
            box = QRectF(left, plot.top() + 1, width, plot.height() - 2)
            painter.fillRect(box, QColor(mixed(theme.plot_background, theme.accent, 0.3)))
            handed = QPointF(box.center().x(), plot.bottom())
        elif dataset.inputs[0].ndim >= 3:
            handed = QPointF(plot.center().x(), area.bottom() + 2)
            self._hatch(painter, plot, (4 + self._length * scale) / plot.width())
        if dataset.inputs[0].ndim == 2 and sequence:
            self._draw_bars(painter, inner)
        self._draw_lines(painter, inner, scale)
        self._draw_target(painter, inner, scale)
        painter.setPen(QColor(theme.muted))
        below = QRectF(area.left(), plot.bottom(), area.width(), line)
        if sequence:
            kind = "a sequence of its own" if dataset.timesteps is not None else "without timesteps"
            where = f"sample {self._sample} of {dataset.samples}, {kind}"
            if dataset.lengths is not None:
                then = ", then padding" if self._length < rows else ""
                where = f"sample {self._sample} of {dataset.samples}: {self._length:,} timesteps{then}"
            painter.drawText(below, Qt.AlignmentFlag.AlignLeft, where)
        else:
            painter.drawText(below, Qt.AlignmentFlag.AlignLeft, "0")
            painter.drawText(below, Qt.AlignmentFlag.AlignRight, f"{rows - 1:,}")
        return handed

    def _hatch(self, painter: QPainter, box: QRectF, share: float) -> None:
        """Hatch what lies past the end of the sample: it is padding."""
        if self._dataset is None or self._dataset.lengths is None or share >= 1:
            return
        padding = QRectF(box)
        padding.setLeft(box.left() + share * box.width())
        painter.fillRect(padding, QBrush(QColor(self._theme.border), Qt.BrushStyle.BDiagPattern))

    def _draw_lines(self, painter: QPainter, inner: QRectF, scale: float) -> None:
        for index, points in enumerate(self._curves):
            colour = QColor(self._theme.curves[index % len(self._theme.curves)])
            low, high = points[:, 1].min(), points[:, 1].max()
            span = (high - low) or 1.0
            x = inner.left() + (points[:, 0] + 0.5) * scale
            y = inner.bottom() - (points[:, 1] - low) / span * inner.height()
            painter.setPen(QPen(colour, 1))
            polygon = QPolygonF([QPointF(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)])
            painter.drawPolyline(polygon)

    def _draw_bars(self, painter: QPainter, inner: QRectF) -> None:
        """Draw the features of a sample that has no timesteps, each as a bar from zero."""
        assert self._dataset is not None
        values = thinned(np.asarray(self._dataset.inputs[0][self._sample], float), max(self.width() // 6, 16))
        low, high = min(self._low_high[0], 0.0), max(self._low_high[1], 0.0)
        width = inner.width() / len(values)
        zero = inner.bottom() + low / (high - low) * inner.height()
        painter.setPen(QPen(QColor(self._theme.muted), 1))
        painter.drawLine(QPointF(inner.left(), zero), QPointF(inner.right(), zero))
        for k, value in enumerate(values[:, 1].tolist()):
            if math.isfinite(value):
                tall = value / (high - low) * inner.height()
                bar = QRectF(inner.left() + (k + 0.2) * width, zero, width * 0.6, -tall).normalized()
                painter.fillRect(bar, QColor(self._theme.curves[0]))

    def _draw_target(self, painter: QPainter, inner: QRectF, scale: float) -> None:
        """Mark the value to predict, where it is one row of the series."""
        dataset, window = self._dataset, self.window
        if dataset is None or dataset.series is None or window is None or not dataset.target_names:
            return
        if dataset.shaping.target_is == "each":
            return
        row = window[1] + (dataset.shaping.target_is == "next")
        if row >= len(dataset.series) or dataset.target_names[0] not in dataset.column_names:
            return
        column = dataset.series[:, dataset.column_names.index(dataset.target_names[0])]
        low, high = float(column.min()), float(column.max())
        share = (float(column[row]) - low) / ((high - low) or 1.0)
        centre = QPointF(inner.left() + (row + 0.5) * scale, inner.bottom() - share * inner.height())
        painter.setPen(QPen(QColor(self._theme.plot_background), 1))
        painter.setBrush(QColor(self._theme.reset))
        painter.drawEllipse(centre, 3.5, 3.5)

    def _draw_tokens(self, painter: QPainter, area: QRectF) -> QPointF:
        """Draw the tokens around the window, each in its box."""
        theme, dataset = self._theme, self._dataset
        assert dataset is not None
        metrics = painter.fontMetrics()
        if dataset.series is not None and self.window is not None:
            ids, (first, last) = dataset.series[:, 0].astype(int), self.window
        else:
            ids = card_of(dataset, self._sample)[0]
            first, last = 0, len(ids) - 1
        shown = range(max(0, first - 3), min(len(ids), first + 40))
        texts = {k: token_text(dataset, int(ids[k])) for k in shown}
        widths = {k: max(metrics.horizontalAdvance(t) + 8, metrics.height()) for k, t in texts.items()}
        box = QRectF(area.left(), area.center().y() - metrics.height(), 0, metrics.height() + 6)
        begin: float | None = None
        for k in shown:
            box.setWidth(min(widths[k], metrics.averageCharWidth() * 14))
            if box.right() > area.right():
                break
            inside = first <= k <= last
            painter.setPen(QPen(QColor(theme.accent if inside else theme.border), 1))
            painter.setBrush(
                QColor(mixed(theme.plot_background, theme.accent, 0.25) if inside else theme.plot_background)
            )
            painter.drawRect(box)
            painter.setPen(QColor(theme.text if inside else theme.muted))
            text = metrics.elidedText(texts[k], Qt.TextElideMode.ElideRight, round(box.width()) - 4)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
            if inside:
                begin = box.left() if begin is None else begin
                end = box.right()
            box.moveLeft(box.right())
        painter.setPen(QColor(theme.muted))
        under = QRectF(area.left(), box.bottom() + 2, area.width(), metrics.height())
        where = (
            f"tokens {first} to {last} of {len(ids)}"
            if dataset.origin is not None
            else "a sequence of its own"
        )
        painter.drawText(under, Qt.AlignmentFlag.AlignLeft, f"sample {self._sample}: {where}")
        middle = area.center().x() if begin is None else (begin + end) / 2
        return QPointF(middle, under.bottom())

    def _draw_block(self, painter: QPainter, area: QRectF) -> QRectF:
        """Draw the stack of samples, the one that is looked at in front; return the front card."""
        theme, dataset = self._theme, self._dataset
        assert dataset is not None
        metrics = painter.fontMetrics()
        line = metrics.height()
        values = card_of(dataset, self._sample)
        features, timesteps = values.shape
        behind = min(_CARDS_BEHIND, dataset.samples - 1)
        offset = max(3.0, line * 0.3)
        counts = f"{dataset.samples:,} sample{'s' * (dataset.samples != 1)}"
        right = metrics.horizontalAdvance(counts) + 6
        room = QRectF(
            area.left() + line * 1.2,
            area.top() + behind * offset,
            area.width() - line * 1.2 - right - behind * offset,
            area.height() - behind * offset - line * 1.15,
        )
        cell = min(room.width() / timesteps, line * 2.9), min(room.height() / features, line * 1.6)
        card = QRectF(0, 0, max(cell[0] * timesteps, line), max(cell[1] * features, line * 0.7))
        card.moveTopLeft(QPointF(room.left(), room.bottom() - card.height()))
        for index in range(behind, 0, -1):
            shifted = card.translated(index * offset, -index * offset)
            painter.setPen(QPen(QColor(theme.border), 1))
            painter.setBrush(QColor(mixed(theme.plot_background, theme.text, 0.05)))
            painter.drawRect(shifted)
        across = self.cells_across(values[0], card.width())
        self._draw_cells(painter, card, values, across)
        shown = timesteps if across[-1] is not None else len(across) - 1
        if self._length < shown:
            self._hatch(painter, card, self._length / (timesteps if shown == timesteps else len(across)))
        painter.setPen(QColor(theme.text))
        beside = QRectF(card.right() + behind * offset + 6, 0, right, line)
        beside.moveBottom(card.bottom() - max((card.height() - line) / 2, 0) - (behind * offset) / 2)
        painter.drawText(beside, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, counts)
        if dataset.timesteps is not None:
            words = f"{timesteps:,} timestep{'s' * (timesteps != 1)}"
            under = QRectF(card.left(), card.bottom() + 2, area.right() - card.left(), line)
            painter.drawText(under, Qt.AlignmentFlag.AlignLeft, words)
        if dataset.features is not None:
            self._draw_upright(painter, card, f"{features:,} feature{'s' * (features != 1)}", area)
        return card

    def cells_across(self, first: np.ndarray, width: float) -> list[int | None]:
        """Return which timesteps of a card have a cell: of tokens those that fit, then None for dots.

        Parameters
        ----------
        first : array, shape (timesteps,)
            The upper row of the card.
        width : float
            Of the card, in pixels.
        """
        dataset = self._dataset
        if dataset is None or not _is_tokens(dataset):
            return list(_picked(len(first), _MOST_CELLS[0]))
        metrics = QFontMetricsF(self._small_font())
        texts = [token_text(dataset, int(token)) for token in first[: _MOST_CELLS[0]]]
        widest = max(metrics.horizontalAdvance(text) for text in texts) + 5
        fit = max(int(width / min(widest, metrics.averageCharWidth() * 7)), 2)
        return list(range(len(first))) if len(first) <= fit else [*range(fit - 1), None]

    def _draw_cells(
        self, painter: QPainter, card: QRectF, values: np.ndarray, across: Sequence[int | None]
    ) -> None:
        theme, dataset = self._theme, self._dataset
        assert dataset is not None
        down = _picked(values.shape[0], _MOST_CELLS[1])
        low, high = self._low_high
        tokens = _is_tokens(dataset)
        metrics = painter.fontMetrics()
        width, height = card.width() / len(across), card.height() / len(down)
        numbered = width >= metrics.horizontalAdvance("0" if tokens else "−0.00") + 2
        numbered = numbered and height >= metrics.height() * 0.95
        for row, feature in enumerate(down):
            for column, timestep in enumerate(across):
                value = 0 if timestep is None else values[feature, timestep]
                box = QRectF(card.left() + column * width, card.top() + row * height, width, height)
                share = 0.0 if tokens else min(max((float(value) - low) / (high - low), 0.0), 1.0)
                if not math.isfinite(share):
                    share = 0.0
                painter.fillRect(box, QColor(mixed(theme.plot_background, theme.accent, 0.06 + 0.44 * share)))
                if numbered:
                    text = token_text(dataset, int(value)) if tokens else _short(float(value))
                    if timestep is None:
                        text = "⋯"
                    text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, round(width) - 1)
                    painter.setPen(QColor(theme.text))
                    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
                if width >= 7:
                    painter.setPen(QPen(QColor(theme.border), 1))
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                    painter.drawRect(box)
        painter.setPen(QPen(QColor(theme.accent), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(card)

    def _draw_upright(self, painter: QPainter, card: QRectF, text: str, area: QRectF) -> None:
        metrics = painter.fontMetrics()
        length = metrics.horizontalAdvance(text)
        # Centred on the card, moved up where it would leave the picture.
        bottom = min(card.center().y() + length / 2, area.bottom())
        painter.save()
        painter.translate(card.left() - metrics.height() - 2, bottom)
        painter.rotate(-90)
        painter.drawText(QRectF(0, 0, length + 2, metrics.height()), Qt.AlignmentFlag.AlignLeft, text)
        painter.restore()

    def _draw_arrow(self, painter: QPainter, source: QPointF, card: QRectF) -> None:
        tip = QPointF(min(max(source.x(), card.left() + 5), card.right() - 5), card.top() - 2)
        painter.setPen(QPen(QColor(self._theme.accent), 1))
        painter.drawLine(source, tip)
        painter.drawLine(tip, tip + QPointF(-3.5, -4.5))
        painter.drawLine(tip, tip + QPointF(3.5, -4.5))


def _is_tokens(dataset: Dataset) -> bool:
    return dataset.inputs[0].dtype.kind in "iu" or isinstance(dataset.raw, Tokens)


def _input_columns(dataset: Dataset) -> Sequence[str]:
    """Names of the columns to draw: those that the samples are made of, then the target."""
    names = dataset.shaping.columns or dataset.column_names
    chosen = [name for name in (*names, *dataset.target_names) if name in dataset.column_names]
    return tuple(dict.fromkeys(chosen))[:_MOST_CURVES]


def _picked(count: int, most: int) -> Sequence[int]:
    return range(count) if count <= most else np.linspace(0, count - 1, most).round().astype(int).tolist()


def _short(value: float) -> str:
    if value == 0 or 0.01 <= abs(value) < 100:
        return f"{value:.2f}".replace("-", "−")
    return f"{value:.2g}".replace("-", "−")
