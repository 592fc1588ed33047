"""The diagram of boxes that people draw for many-to-one and its kin, lit as the model steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QLinearGradient, QPainter
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QVBoxLayout, QWidget

from app.elided_label import ElidedLabel
from app.plots import export
from app.plots.boxes_canvas import BoxesCanvas
from app.plots.boxes_layout import Unrolled
from app.plots.boxes_state import BoxesState, lit_colour
from app.plots.look import Look, number, pen
from app.plots.sign_legend import SignLegend

if TYPE_CHECKING:
    from app.theme import Theme

_RESTING_TEXT = "Point to read what a box is · click to go there · double-click to see its LSTM"


class BoxesView(QWidget):
    """The model unrolled over time: inputs below, a row of boxes for each LSTM, outputs above.

    Signals
    -------
    seek_requested(int)
        A box was clicked: the timestep of the run, within the batch.
    layer_chosen(str)
    view_changed()
        Another part is visible: ask :meth:`visible_boxes` anew.
    """

    seek_requested = Signal(int)
    layer_chosen = Signal(str)
    view_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._resting_text = _RESTING_TEXT
        self._canvas = BoxesCanvas()
        self._canvas.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._kind = QLabel()
        self._kind.setAccessibleName("Kind of model")
        self._kind.setProperty("role", "heading")
        self._kind.setWordWrap(True)
        self._kind.setTextFormat(Qt.TextFormat.PlainText)
        self._readout = ElidedLabel(_RESTING_TEXT)
        self._readout.setAccessibleName("Box under the mouse")
        self._remark = QLabel()
        self._remark.setAccessibleName("Remark")
        self._remark.setWordWrap(True)
        self._remark.setTextFormat(Qt.TextFormat.PlainText)
        self._remark.hide()
        self._legend = BoxesLegend()
        header = QVBoxLayout()
        header.setContentsMargins(8, 4, 8, 2)
        header.setSpacing(2)
        header.addWidget(self._kind)
        header.addWidget(self._readout)
        said = QHBoxLayout()
        said.setContentsMargins(10, 4, 10, 2)
        said.addWidget(self._remark, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(header)
        layout.addWidget(self._canvas, 1)
        layout.addLayout(said)
        layout.addWidget(self._legend)
        self._canvas.chosen.connect(self.seek_requested)
        self._canvas.layer_chosen.connect(self.layer_chosen)
        self._canvas.hovered.connect(self._on_hovered)
        self._canvas.view_changed.connect(self.view_changed)
        self._canvas.customContextMenuRequested.connect(self._show_menu)
        self.setFocusProxy(self._canvas)
        self.setAccessibleName("Boxes")

    # -- setters ------------------------------------------------------------------------------------

    def set_unrolled(self, unrolled: Unrolled | None, remark: str = "", why_none: str = "") -> None:
        """Show another model, or the same one over other timesteps.

        Parameters
        ----------
        unrolled : Unrolled or None
        remark : str
            What is to be said under the diagram.
        why_none : str
            What is to be said in its place, where there is none.
        """
        self._canvas.set_unrolled(unrolled, why_none)
        kind = "" if unrolled is None else f"{unrolled.kind}."
        self._kind.setText(kind)
        self._canvas.setAccessibleDescription(f"{kind} {remark}".strip())
        self._remark.setText(remark)
        self._remark.setVisible(bool(remark))

    def set_state(self, state: BoxesState) -> None:
        """Show what is recorded of the visible boxes, and where the cursor is."""
        self._canvas.set_state(state)
        self._legend.set_top(self._canvas.top_level)

    def set_layer(self, path: str | None) -> None:
        """Take which LSTM is looked at."""
        self._canvas.set_layer(path)

    def set_resting_text(self, text: str) -> None:
        """Say this where nothing is pointed at."""
        self._resting_text = text
        self._readout.setText(text)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self._canvas.set_theme(theme)
        self._legend.set_theme(theme)

    # -- what others read ---------------------------------------------------------------------------

    @property
    def theme(self) -> Theme | None:
        """The colours that it is drawn in; None before the first."""
        return self._canvas.theme

    @property
    def canvas(self) -> BoxesCanvas:
        """The diagram."""
        return self._canvas

    @property
    def kind(self) -> str:
        """Which of the usual kinds the model is, in words."""
        return self._kind.text()

    @property
    def remark(self) -> str:
        """What is said under the diagram."""
        return self._remark.text()

    @property
    def readout(self) -> str:
        """The line at the top."""
        return self._readout.text()

    def visible_boxes(self, segment: int, timesteps: int) -> range:
        """Return the boxes that are seen, of a row of so many timesteps."""
        return self._canvas.visible_boxes(segment, timesteps)

    # -- what the user does -------------------------------------------------------------------------

    def _on_hovered(self, text: str) -> None:
        self._readout.setText(text or self._resting_text)

    def _show_menu(self, position: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        export.add_actions(menu, self, "boxes")
        menu.popup(self._canvas.viewport().mapToGlobal(position))


class BoxesLegend(SignLegend):
    """What the fills, outlines and arrows mean."""

    _WORDS = (
        ("lit", "led to the state at the cursor"),
        ("cursor", "at the cursor"),
        ("known", "recorded, later"),
        ("unknown", "not computed yet"),
        ("masked", "masked: skipped"),
        ("state", "h and c handed on"),
        ("zero", "zero"),
    )

    def __init__(self) -> None:
        self._top = 0.5
        super().__init__(24.0)

    def set_top(self, top: float) -> None:
        """Take the mean of abs(h) that has the fullest colour."""
        if top != self._top:
            self._top = top
            self.words_changed()

    def words(self) -> tuple[str, ...]:
        (_, lit), *others = self._WORDS
        return f"{lit}; mean of |h| 0 … {number(self._top)}", *(text for _, text in others)

    def paint_sign(self, painter: QPainter, look: Look, index: int, area: QRectF) -> None:
        theme, kind = look.theme, self._WORDS[index][0]
        area = area.adjusted(0, 1, -2, -1)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if kind == "zero":
            painter.setPen(QColor(theme.text))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, "0")
            return
        if kind == "state":
            y = round(area.center().y()) + 0.5
            painter.setPen(pen(theme.text))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            for side in (-3.0, 3.0):
                painter.drawLine(QPointF(area.right() - 5, y + side), QPointF(area.right(), y))
            return
        outline = pen(theme.text if kind == "lit" else theme.muted)
        if kind == "lit":
            ramp = QLinearGradient(area.topLeft(), area.topRight())
            for place in (0.0, 1.0):
                ramp.setColorAt(place, lit_colour(theme, place, 1.0))
            painter.setBrush(ramp)
        elif kind == "cursor":
            outline = pen(theme.cursor)
        elif kind == "unknown":
            outline.setDashPattern([3, 3])
        elif kind == "masked":
            painter.setBrush(QBrush(QColor(theme.muted), Qt.BrushStyle.BDiagPattern))
        painter.setPen(outline)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(round(area.left()) + 0.5, round(area.top()) + 0.5, area.width() - 1, area.height() - 1)
        painter.drawRoundedRect(box, 3, 3)
        if kind == "cursor":
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 3, 3)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
