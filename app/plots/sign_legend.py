"""A legend of signs below a view, in as many lines as they need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.plots.look import Look

if TYPE_CHECKING:
    from app.theme import Theme

_APART = 14.0
_MARGIN = 10.0
_GAP = 4.0  # between a sign and its words


class SignLegend(QWidget):
    """Signs with their words. What they are, and how each is drawn, its kinds say.

    Parameters
    ----------
    sign_width : float
        Room for a sign, in pixels.
    """

    def __init__(self, sign_width: float) -> None:
        super().__init__()
        self._sign_width = sign_width
        self._look: Look | None = None
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName("Legend")
        self.words_changed()

    def words(self) -> tuple[str, ...]:
        """Return the words of each sign, in their order."""
        raise NotImplementedError  # its kinds know them

    def paint_sign(self, painter: QPainter, look: Look, index: int, area: QRectF) -> None:
        """Draw one of the signs."""
        raise NotImplementedError  # its kinds know how

    def words_changed(self) -> None:
        """Lay out the words anew, and say them to screen readers."""
        self.setAccessibleDescription(", ".join(self.words()))
        self.updateGeometry()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self._look = Look(theme, self.font())
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        places = self._places(width)
        return round(places[-1].bottom() + 6) if places else 0

    def sizeHint(self) -> QSize:
        return QSize(300, self.heightForWidth(max(self.width(), 300)))

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self.heightForWidth(max(self.width(), 200)))

    def _places(self, width: float) -> list[QRectF]:
        if self._look is None:
            return []
        look, found = self._look, []
        x, y = _MARGIN, 3.0
        for words in self.words():
            needed = self._sign_width + _GAP + look.width(words)
            if x > _MARGIN and x + needed > width - _MARGIN:
                x, y = _MARGIN, y + look.line + 3
            found.append(QRectF(x, y, needed, look.line))
            x += needed + _APART
        return found

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._look is None:
            return
        look, places = self._look, self._places(self.width())
        with QPainter(self) as painter:
            painter.setFont(look.small)
            for index, (words, place) in enumerate(zip(self.words(), places, strict=True)):
                sign = QRectF(place.left(), place.top(), self._sign_width, place.height())
                self.paint_sign(painter, look, index, sign)
                painter.setPen(QColor(look.theme.muted))
                painter.drawText(
                    place.adjusted(self._sign_width + _GAP, 0, 2, 0),
                    Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
                    words,
                )

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self._look is not None:
            self.set_theme(self._look.theme)
