"""What each row starts a batch from, beside what it had at the end of the batch before."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.plots.look import Look, number, pen
from app.theme import mixed

if TYPE_CHECKING:
    from app.theme import Theme

_PITCH = 22.0  # pixels from batch to batch, for text of usual size
_LEFT = 118.0  # for the words


@dataclass(frozen=True, eq=False)
class EnteringStates:
    """Sizes of h and c at the borders of some batches in a line, for one row: means of |h| and |c|.

    Parameters
    ----------
    row : int
    first : int
        Number of the first batch, counted through the epochs.
    left, entered : ndarray, shape (batches, 2)
        At the end of the batch before, and at the start of this one: h, then c. NaN where not recorded.
    why : tuple of str
        Where the state that entered came from, in words, for each batch.
    """

    row: int = 0
    first: int = 0
    left: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 2)))
    entered: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 2)))
    why: tuple[str, ...] = ()


class EnteringStrip(QWidget):
    """Two rows of bars, for c and h: an outline for what the row had, filled for what it starts from."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look: Look | None = None
        self._states = EnteringStates()
        self._cursor: int | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("State that each batch starts from")
        self.setMouseTracking(True)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self._look = Look(theme, self.font())
        self.updateGeometry()
        self.update()

    def set_states(self, states: EnteringStates, cursor: int | None) -> None:
        """Take the states, and the number of the batch in which the cursor stands."""
        self._states, self._cursor = states, cursor
        known = np.isfinite(states.entered[:, 1])
        zeros = int((states.entered[known] == 0).all(axis=1).sum())
        self.setAccessibleDescription(
            f"Row {states.row}: {zeros} of the {int(known.sum())} batches shown start from zeros."
        )
        self.update()

    @property
    def states(self) -> EnteringStates:
        """What is shown."""
        return self._states

    @property
    def room(self) -> int:
        """How many batches there is room for."""
        return max(1, int((self.width() - _LEFT - 8) / self._pitch))

    @property
    def _pitch(self) -> float:
        return _PITCH * max(1.0, (self._look.line if self._look is not None else 14.0) / 14)

    def sizeHint(self) -> QSize:
        line = self._look.line if self._look is not None else 14.0
        return QSize(400, round(5.2 * line))

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self.sizeHint().height())

    # -- painting -----------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        look = self._look
        if look is None:
            return
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(look.theme.window))
            painter.setFont(look.small)
            for number_of, (index, name) in enumerate(((1, "|c|"), (0, "|h|"))):
                top = 2 + number_of * 2.1 * look.line
                lane = QRectF(_LEFT, top, self.width() - _LEFT - 8, 1.9 * look.line)
                self._paint_lane(painter, look, lane, index, name)
            self._paint_batches(painter, look)

    def _paint_lane(self, painter: QPainter, look: Look, lane: QRectF, index: int, name: str) -> None:
        theme, states, pitch = look.theme, self._states, self._pitch
        painter.setPen(QColor(theme.muted))
        words = QRectF(8, lane.top(), _LEFT - 16, lane.height())
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(words, right, f"row {states.row} enters, {name}")
        painter.setPen(pen(theme.border))
        painter.drawLine(QPointF(lane.left(), lane.bottom()), QPointF(lane.right(), lane.bottom()))
        most = np.nanmax([*states.left[:, index], *states.entered[:, index], 1e-9])
        half = max(3.0, pitch * 0.3)
        for k in range(len(states.entered)):
            left, entered = float(states.left[k, index]), float(states.entered[k, index])
            middle = lane.left() + (k + 0.5) * pitch
            if np.isfinite(left):
                height = left / most * (lane.height() - 2)
                painter.setPen(pen(theme.muted))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(QRectF(round(middle - half) + 0.5, lane.bottom() - height, half, height))
            if not np.isfinite(entered):
                continue
            if entered == 0:
                painter.setPen(QColor(theme.reset))
                zero = QRectF(middle, lane.bottom() - look.line, half + 3, look.line)
                painter.drawText(zero, Qt.AlignmentFlag.AlignCenter, "0")
            else:
                height = entered / most * (lane.height() - 2)
                filled = QColor(mixed(theme.plot_background, theme.accent, 0.8))
                painter.fillRect(QRectF(round(middle) + 1, lane.bottom() - height, half, height), filled)

    def _paint_batches(self, painter: QPainter, look: Look) -> None:
        states, pitch = self._states, self._pitch
        top = 2 + 4.1 * look.line
        painter.setPen(QColor(look.theme.muted))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(8, top, _LEFT - 16, look.line), right, "batch")
        every = max(1, int(-(-(look.width(str(states.first + len(states.entered))) + 6) // pitch)))
        for k in range(len(states.entered)):
            batch, here = states.first + k, states.first + k == self._cursor
            if batch % every and not here:
                continue
            painter.setPen(QColor(look.theme.cursor if here else look.theme.muted))
            box = QRectF(_LEFT + k * pitch - 20, top, pitch + 40, look.line)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(batch))

    # -- pointing -----------------------------------------------------------------------------------

    def text_at(self, x: float) -> str:
        """Say what there is about the batch at a pixel."""
        states, k = self._states, int((x - _LEFT) // self._pitch)
        if x < _LEFT or not 0 <= k < len(states.entered):
            return "Means over the units: outlined what the row had, filled what it starts from"
        if not np.isfinite(states.entered[k]).all():
            return f"Batch {states.first + k} is not recorded yet"
        h, c = states.entered[k]
        had = ""
        if np.isfinite(states.left[k]).all():
            had = f", having had {number(states.left[k, 1])} and {number(states.left[k, 0])}"
        return (
            f"Row {states.row} starts batch {states.first + k} with mean |c| {number(c)} and |h| {number(h)}"
            f"{had}: {states.why[k]}"
        )

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.text_at(event.pos().x()), self)
            return True
        if event.type() == QEvent.Type.FontChange and self._look is not None:
            self.set_theme(self._look.theme)
        return super().event(event)
