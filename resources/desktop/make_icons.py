"""Draws the program's icon in the sizes that desktops ask for.

uv run python resources/desktop/make_icons.py
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

FOLDER = Path(__file__).resolve().parent
DRAWING = FOLDER.parent / "icons" / "lstm-viz.svg"
SIZES = (16, 24, 32, 48, 64, 128, 256, 512)


def drawn(size: int) -> QImage:
    """Return the icon as a picture of so many pixels."""
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(str(DRAWING)).render(painter)
    painter.end()
    return image


if __name__ == "__main__":
    for size in SIZES:
        drawn(size).save(str(FOLDER / f"lstm-viz-{size}.png"), "PNG")
