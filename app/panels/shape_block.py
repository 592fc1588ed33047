"""Draws the lower half of the picture of data: the block of samples, one of them in front."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPen

from app.panels.shape_parts import MOST_CELLS, ShownSample, cells_across, hatch, picked
from app.theme import mixed
from app.token_words import token_text

_CARDS_BEHIND = 3
_SHADES = 200


def draw_block(painter: QPainter, area: QRectF, shown: ShownSample, low_high: tuple[float, float]) -> QRectF:
    """Draw the stack of samples, the one that is looked at in front; return the front card."""
    theme, dataset = shown.theme, shown.dataset
    metrics = painter.fontMetrics()
    line = metrics.height()
    values = shown.card
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
    across = cells_across(shown, card.width(), QFontMetricsF(painter.font()))
    _draw_cells(painter, card, shown, across, low_high)
    drawn = timesteps if across[-1] is not None else len(across) - 1
    if dataset.lengths is not None and shown.length < drawn:
        hatch(painter, card, shown.length / (timesteps if drawn == timesteps else len(across)), theme)
    painter.setPen(QColor(theme.text))
    beside = QRectF(card.right() + behind * offset + 6, 0, right, line)
    beside.moveBottom(card.bottom() - max((card.height() - line) / 2, 0) - (behind * offset) / 2)
    painter.drawText(beside, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, counts)
    if dataset.timesteps is not None:
        words = f"{timesteps:,} timestep{'s' * (timesteps != 1)}"
        under = QRectF(card.left(), card.bottom() + 2, area.right() - card.left(), line)
        painter.drawText(under, Qt.AlignmentFlag.AlignLeft, words)
    if dataset.features is not None:
        _draw_upright(painter, card, f"{features:,} feature{'s' * (features != 1)}", area)
    return card


def _draw_cells(
    painter: QPainter,
    card: QRectF,
    shown: ShownSample,
    across: Sequence[int | None],
    low_high: tuple[float, float],
) -> None:
    theme, dataset = shown.theme, shown.dataset
    values, tokens = shown.card, shown.has_tokens
    down = picked(values.shape[0], MOST_CELLS[1])
    low, high = low_high
    metrics = painter.fontMetrics()
    width, height = card.width() / len(across), card.height() / len(down)
    columns = [0 if timestep is None else timestep for timestep in across]
    chosen = np.asarray(values)[np.ix_(list(down), columns)].astype(np.float64)
    shares = np.zeros(chosen.shape) if tokens else np.nan_to_num((chosen - low) / (high - low))
    shares[:, [timestep is None for timestep in across]] = 0.0 if tokens else max(-low / (high - low), 0.0)
    # One picture of them all, as a frame of playing may move to another sample.
    colours = _shades(theme.plot_background, theme.accent)[(shares.clip(0, 1) * _SHADES).round().astype(int)]
    cells = QImage(colours.data, len(across), len(down), 4 * len(across), QImage.Format.Format_RGB32)
    painter.drawImage(card, cells)
    numbered = width >= metrics.horizontalAdvance("0" if tokens else "−0.00") + 2
    if numbered and height >= metrics.height() * 0.95:
        painter.setPen(QColor(theme.text))
        for row in range(len(down)):
            for column, timestep in enumerate(across):
                box = QRectF(card.left() + column * width, card.top() + row * height, width, height)
                value = chosen[row, column]
                text = token_text(dataset, int(value)) if tokens else _short(float(value))
                text = "⋯" if timestep is None else text
                text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, round(width) - 1)
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    if width >= 7:
        painter.setPen(QPen(QColor(theme.border), 1))
        xs = [card.left() + column * width for column in range(1, len(across))]
        ys = [card.top() + row * height for row in range(1, len(down))]
        painter.drawLines(
            [QLineF(x, card.top(), x, card.bottom()) for x in xs]
            + [QLineF(card.left(), y, card.right(), y) for y in ys]
        )
    painter.setPen(QPen(QColor(theme.accent), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(card)


@functools.cache
def _shades(ground: str, accent: str) -> NDArray[np.uint32]:
    """Return the colours of cells from the least value to the largest."""
    shares = np.linspace(0.06, 0.5, _SHADES + 1)
    return np.array([QColor(mixed(ground, accent, float(share))).rgb() for share in shares], np.uint32)


def _draw_upright(painter: QPainter, card: QRectF, text: str, area: QRectF) -> None:
    metrics = painter.fontMetrics()
    length = metrics.horizontalAdvance(text)
    # Centred on the card, moved up where it would leave the picture.
    bottom = min(card.center().y() + length / 2, area.bottom())
    painter.save()
    painter.translate(card.left() - metrics.height() - 2, bottom)
    painter.rotate(-90)
    painter.drawText(QRectF(0, 0, length + 2, metrics.height()), Qt.AlignmentFlag.AlignLeft, text)
    painter.restore()


def _short(value: float) -> str:
    if value == 0 or 0.01 <= abs(value) < 100:
        return f"{value:.2f}".replace("-", "−")
    return f"{value:.2g}".replace("-", "−")
