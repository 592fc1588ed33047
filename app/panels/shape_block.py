"""Draws the lower half of the picture of data: the block of samples, one of them in front."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from app.panels.shape_parts import MOST_CELLS, ShownSample, cells_across, hatch, picked
from app.theme import mixed
from app.token_words import token_text

_CARDS_BEHIND = 3


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
