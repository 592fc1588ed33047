"""Draws the upper half of the picture of data: the series with its window, one sequence, or tokens."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from pyqtgraph.functions import arrayToQPath
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.panels.shape_parts import ShownSample, hatch, thinned
from app.theme import Theme, mixed
from app.token_words import token_text


def draw_source(
    painter: QPainter,
    area: QRectF,
    shown: ShownSample,
    curves: Sequence[np.ndarray],
    low_high: tuple[float, float],
) -> QPointF | None:
    """Draw where a sample comes from.

    Parameters
    ----------
    painter : QPainter
    area : QRectF
    shown : ShownSample
    curves : sequence of array, shape (points, 2)
        Position in time and value.
    low_high : (float, float)
        Values between which bars are drawn.

    Returns
    -------
    QPointF or None
        Where the sample is handed down; None where nothing says which part it is.
    """
    if shown.has_tokens:
        return _draw_tokens(painter, area, shown)
    return _draw_curves(painter, area, shown, curves, low_high)


def _draw_curves(
    painter: QPainter,
    area: QRectF,
    shown: ShownSample,
    curves: Sequence[np.ndarray],
    low_high: tuple[float, float],
) -> QPointF | None:
    """Draw the series, or the one sequence; return where the window hands down its part."""
    theme, dataset = shown.theme, shown.dataset
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
    if shown.window is not None:
        first, last = shown.window
        left, width = inner.left() + first * scale, max((last + 1 - first) * scale, 3.0)
        box = QRectF(left, plot.top() + 1, width, plot.height() - 2)
        painter.fillRect(box, QColor(mixed(theme.plot_background, theme.accent, 0.3)))
        handed = QPointF(box.center().x(), plot.bottom())
    elif dataset.inputs[0].ndim >= 3:
        handed = QPointF(plot.center().x(), area.bottom() + 2)
        share = (4 + shown.length * scale) / plot.width()
        if dataset.lengths is not None and share < 1:
            hatch(painter, plot, share, theme)
    if dataset.inputs[0].ndim == 2 and sequence:
        _draw_bars(painter, inner, shown, low_high)
    _draw_lines(painter, inner, scale, curves, theme)
    _draw_target(painter, inner, scale, shown)
    painter.setPen(QColor(theme.muted))
    below = QRectF(area.left(), plot.bottom(), area.width(), line)
    if sequence:
        kind = "a sequence of its own" if dataset.timesteps is not None else "without timesteps"
        where = f"sample {shown.sample} of {dataset.samples}, {kind}"
        if dataset.lengths is not None:
            then = ", then padding" if shown.length < rows else ""
            where = f"sample {shown.sample} of {dataset.samples}: {shown.length:,} timesteps{then}"
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, where)
    else:
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, "0")
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, f"{rows - 1:,}")
    return handed


def _draw_lines(
    painter: QPainter, inner: QRectF, scale: float, curves: Sequence[np.ndarray], theme: Theme
) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for index, points in enumerate(curves):
        colour = QColor(theme.curves[index % len(theme.curves)])
        low, high = points[:, 1].min(), points[:, 1].max()
        span = (high - low) or 1.0
        x = inner.left() + (points[:, 0] + 0.5) * scale
        y = inner.bottom() - (points[:, 1] - low) / span * inner.height()
        painter.setPen(QPen(colour, 1))
        painter.drawPath(arrayToQPath(x, y))


def _draw_bars(painter: QPainter, inner: QRectF, shown: ShownSample, low_high: tuple[float, float]) -> None:
    """Draw the features of a sample that has no timesteps, each as a bar from zero."""
    theme, sample = shown.theme, np.asarray(shown.dataset.inputs[0][shown.sample], float)
    values = thinned(sample, max(round(inner.width()) // 6, 16))
    low, high = min(low_high[0], 0.0), max(low_high[1], 0.0)
    width = inner.width() / len(values)
    zero = inner.bottom() + low / (high - low) * inner.height()
    painter.setPen(QPen(QColor(theme.muted), 1))
    painter.drawLine(QPointF(inner.left(), zero), QPointF(inner.right(), zero))
    for k, value in enumerate(values[:, 1].tolist()):
        if math.isfinite(value):
            tall = value / (high - low) * inner.height()
            bar = QRectF(inner.left() + (k + 0.2) * width, zero, width * 0.6, -tall).normalized()
            painter.fillRect(bar, QColor(theme.curves[0]))


def _draw_target(painter: QPainter, inner: QRectF, scale: float, shown: ShownSample) -> None:
    """Mark the value to predict, where it is one row of the series."""
    theme, dataset, window = shown.theme, shown.dataset, shown.window
    if dataset.series is None or window is None or not dataset.target_names:
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
    painter.setPen(QPen(QColor(theme.plot_background), 1))
    painter.setBrush(QColor(theme.reset))
    painter.drawEllipse(centre, 3.5, 3.5)


def _draw_tokens(painter: QPainter, area: QRectF, shown: ShownSample) -> QPointF:
    """Draw the tokens around the window, each in its box."""
    theme, dataset = shown.theme, shown.dataset
    metrics = painter.fontMetrics()
    if dataset.series is not None and shown.window is not None:
        ids, (first, last) = dataset.series[:, 0].astype(int), shown.window
    else:
        ids = shown.card[0]
        first, last = 0, len(ids) - 1
    places = range(max(0, first - 3), min(len(ids), first + 40))
    texts = {k: token_text(dataset, int(ids[k])) for k in places}
    widths = {k: max(metrics.horizontalAdvance(t) + 8, metrics.height()) for k, t in texts.items()}
    box = QRectF(area.left(), area.center().y() - metrics.height(), 0, metrics.height() + 6)
    begin: float | None = None
    for k in places:
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
        f"tokens {first} to {last} of {len(ids)}" if dataset.origin is not None else "a sequence of its own"
    )
    painter.drawText(under, Qt.AlignmentFlag.AlignLeft, f"sample {shown.sample}: {where}")
    middle = area.center().x() if begin is None else (begin + end) / 2
    return QPointF(middle, under.bottom())
