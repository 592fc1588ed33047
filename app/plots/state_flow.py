"""Which sample hands its state to which: the grid of batches and rows, and what it means, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.elided_label import ElidedLabel
from app.plots import export
from app.plots.entering_states import EnteringStates, EnteringStrip
from app.plots.look import Look
from app.plots.sight import out_of_sight
from app.plots.state_flow_canvas import StateFlowCanvas
from app.plots.state_flow_layout import Flow, Status
from app.plots.state_flow_legend import StateFlowLegend
from app.plots.state_flow_words import advice, cell_words, run_words
from app.theme import icon
from lstm_viz.errors import PlanError
from lstm_viz.interleave import order_for

if TYPE_CHECKING:
    from app.theme import Theme
    from lstm_viz.dataset import Dataset
    from lstm_viz.plan import Plan

_RESTING = "Point to read where a state comes from · click to go there · Ctrl+wheel to zoom"
_SCAN_S = 0.006  # how long the run is looked through at once, so that no frame is late


class StateFlowView(QWidget):
    """Batches × rows with the sample in each cell, arrows where state is handed on, 0 where it is reset.

    Signals
    -------
    seek_requested(int, int)
        A cell was clicked or entered: its first step in the run, and its row.
    interleave_requested()
        The samples are to be put in the order of :func:`lstm_viz.interleave.order_for`.
    """

    seek_requested = Signal(int, int)
    interleave_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._flow: Flow | None = None
        self._look: Look | None = None
        self._sign_drawn: tuple[object, ...] | None = None
        self._cure: bool | None = None  # None while it is not known
        self._canvas = StateFlowCanvas()
        self._canvas.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._readout = ElidedLabel(_RESTING)
        self._readout.setAccessibleName("Cell under the mouse")
        self._badge = QLabel()
        self._badge.setAccessibleName("Merged batches")
        self._badge.setToolTip(
            "The worst that there is among merged batches is shown: zoom in to tell them apart"
        )
        self._badge.hide()
        self._closer = self._button("+", "Zoom in (Ctrl and the wheel)", "Zoom in")
        self._further = self._button("−", "Zoom out (Ctrl and the wheel); 0 shows the whole run", "Zoom out")
        self._sign = QLabel()
        self._explanation = QLabel()
        self._explanation.setAccessibleName("Explanation")
        self._explanation.setWordWrap(True)
        self._explanation.setTextFormat(Qt.TextFormat.PlainText)
        self._explanation.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._interleave = QPushButton("Interleave the samples")
        self._interleave.setAccessibleName("Interleave the samples")
        self._interleave.setToolTip(
            "Visit the samples in an order in which each row reads its own stretch of the series,\n"
            "so that the state that is handed on belongs to the data that come next"
        )
        self._interleave.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._interleave.hide()
        self._entering = EnteringStrip()
        self._legend = StateFlowLegend()
        self._scanner = QTimer(self)
        self._scanner.setInterval(0)
        self._lay_out()
        self._connect()
        self.setFocusProxy(self._canvas)
        self.setAccessibleName("State flow")
        self._explain()

    def _button(self, text: str, tip: str, name: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setProperty("outlined", True)
        button.setToolTip(tip)
        button.setAccessibleName(name)
        button.setAutoRepeat(True)
        return button

    def _lay_out(self) -> None:
        header = QHBoxLayout()
        header.setContentsMargins(8, 4, 8, 2)
        header.setSpacing(4)
        header.addWidget(self._readout, 1)
        for widget in (self._badge, self._further, self._closer):
            header.addWidget(widget)
        said = QHBoxLayout()
        said.setContentsMargins(10, 6, 10, 4)
        said.setSpacing(8)
        said.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        said.addWidget(self._explanation, 1)
        said.addWidget(self._interleave, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(header)
        layout.addWidget(self._canvas, 1)
        layout.addWidget(self._entering)
        layout.addLayout(said)
        layout.addWidget(self._legend)
        for before, after in (
            (self._canvas, self._further),
            (self._further, self._closer),
            (self._closer, self._interleave),
        ):
            QWidget.setTabOrder(before, after)

    def _connect(self) -> None:
        canvas = self._canvas
        canvas.chosen.connect(self._on_chosen)
        canvas.selection_changed.connect(self._explain)
        canvas.zoom_changed.connect(self._show_zoom)
        canvas.hovered.connect(self._on_hovered)
        canvas.customContextMenuRequested.connect(self._show_menu)
        self._closer.clicked.connect(self._on_closer)
        self._further.clicked.connect(self._on_further)
        self._interleave.clicked.connect(self.interleave_requested)
        self._scanner.timeout.connect(self._on_scan)

    # -- setters ------------------------------------------------------------------------------------

    def set_plan(self, plan: Plan | None, dataset: Dataset | None) -> None:
        """Take the run and the data; without data nothing is said about whether they continue."""
        flow = self._flow
        if flow is not None and plan is not None and dataset is flow.dataset and plan == flow.plan:
            return
        if plan is not None and dataset is not None and dataset.samples < plan.samples:
            dataset = None  # the data of another run
        self._flow = None if plan is None else Flow(plan, dataset, flow)
        self._cure = None
        self._canvas.set_flow(self._flow)
        self._look_through()
        self._show_zoom()
        self._explain()

    def settle(self) -> None:
        """Look through the whole run at once, and hide what a picture has no use for."""
        if self._flow is not None:
            while not self._flow.scan(_SCAN_S):
                pass
        self._scanner.stop()
        self._explain()
        for button in (self._closer, self._further, self._interleave):
            button.hide()
        self._canvas.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._canvas.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def set_resting_text(self, text: str) -> None:
        """Say this where nothing is pointed at."""
        self._readout.setText(text)

    def set_row(self, row: int) -> None:
        """Take the row of the batch that is looked at."""
        self._canvas.set_row(row)

    def set_cursor(self, step: int | None) -> None:
        """Move the cursor."""
        self._canvas.set_cursor(step)

    def set_count(self, count: int) -> None:
        """Take how many steps are recorded."""
        self._canvas.set_count(count)

    def set_entering(self, states: EnteringStates, cursor: int | None) -> None:
        """Take what the row starts some batches from, and the number of the batch of the cursor."""
        self._entering.set_states(states, cursor)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self._look = Look(theme, self.font())
        self._canvas.set_theme(theme)
        self._entering.set_theme(theme)
        self._legend.set_theme(theme)
        self._badge.setStyleSheet(
            f"color: {theme.warning}; border: 1px solid {theme.warning}; border-radius: 3px; padding: 0 5px;"
        )
        self._show_zoom()
        self._explain()

    @property
    def theme(self) -> Theme | None:
        """The colours that it is drawn in; None before the first."""
        return None if self._look is None else self._look.theme

    # -- what others read ---------------------------------------------------------------------------

    @property
    def entering(self) -> EnteringStrip:
        """What the row starts each batch from."""
        return self._entering

    @property
    def canvas(self) -> StateFlowCanvas:
        """The grid."""
        return self._canvas

    @property
    def readout(self) -> str:
        """The line at the top."""
        return self._readout.text()

    @property
    def badge(self) -> str:
        """What the badge about merged batches says; empty while each has a column of its own."""
        return "" if self._badge.isHidden() else self._badge.text()

    @property
    def explanation(self) -> str:
        """The sentence under the grid."""
        return self._explanation.text()

    @property
    def interleave_button(self) -> QPushButton:
        """Shown where interleaving the samples makes it better."""
        return self._interleave

    # -- moving the view ----------------------------------------------------------------------------

    def zoom(self, factor: float) -> None:
        """Go further away for a factor above 1, closer for one below: one level a call."""
        self._canvas.zoom_by(-1 if factor > 1 else 1)

    def show_all(self) -> None:
        """Show the whole run."""
        self._canvas.show_all()

    def _on_closer(self) -> None:
        self._canvas.zoom_by(1)

    def _on_further(self) -> None:
        self._canvas.zoom_by(-1)

    def _show_zoom(self) -> None:
        zoom = self._canvas.zoom
        self._badge.setVisible(zoom.merge > 1 and self._flow is not None)
        self._badge.setText(f"1 column = {zoom.merge} batches (worst kept)")
        closer, further = self._canvas.can_zoom
        self._closer.setEnabled(closer)
        self._further.setEnabled(further)
        self._legend.set_cells(zoom.cells)

    # -- looking through the run --------------------------------------------------------------------

    def _look_through(self) -> None:
        """Begin or go on to look for the worst; a short run is looked through at once.

        Not while nobody sees it: that would take time from the frames of what is seen.
        """
        if self._flow is None or out_of_sight(self) or self._flow.scan(_SCAN_S) or not self.isVisible():
            self._scanner.stop()
        else:
            self._scanner.start()

    def _on_scan(self) -> None:
        if self._flow is None or self._flow.scan(_SCAN_S):
            self._scanner.stop()
            self._explain()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look_through()
        self._explain()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._scanner.stop()

    def _has_cure(self, flow: Flow) -> bool:
        """Whether interleaving leaves fewer breaks, or as many and fewer overlaps."""
        if flow.dataset is None or flow.dataset.extents is None or not flow.scanned:
            return False
        plan = flow.plan
        if plan.lengths is not None:  # what continues what is another question where lengths differ
            return False
        if not flow.summary.count(Status.BREAKS, Status.OVERLAPS):
            return False
        try:
            order = order_for(flow.dataset, plan.batch_size, plan.samples)
        except PlanError:
            return False
        now = flow.hand_overs_under(tuple(range(plan.samples)) if plan.order is None else plan.order)
        then = flow.hand_overs_under(order)
        worst = [Status.BREAKS, Status.OVERLAPS]
        return then[worst].tolist() < now[worst].tolist()

    # -- words --------------------------------------------------------------------------------------

    def _explain(self) -> None:
        """Say what is selected, or the worst that there is."""
        flow, place = self._flow, self._canvas.selected
        cell = flow.cell(*place) if flow is not None and place is not None else None
        status = Status.CARRIED
        if flow is None:
            text = "No run."
        else:
            if self._cure is None and flow.scanned:
                self._cure = self._has_cure(flow)
            if cell is not None:
                status, text = cell.status, cell_words(flow, cell)
            else:
                text = run_words(flow)
                found = flow.summary.first
                status = next((s for s in (Status.BREAKS, Status.OVERLAPS) if s in found), status)
                cell = flow.cell(*found[status]) if status in found else None
            if cell is not None and not self._cure and (more := advice(cell, flow.dataset)):
                text = f"{text} {more}"
        self._explanation.setText(text)
        self._canvas.setAccessibleDescription(text)
        offered = bool(self._cure) and status in (Status.BREAKS, Status.OVERLAPS)
        if not offered and self._interleave.hasFocus():
            # Not as if Tab had been pressed, which would select a cell.
            self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)
        self._interleave.setVisible(offered)
        self._show_sign(status)

    def _show_sign(self, status: Status) -> None:
        if self._look is None:
            return
        theme, warns = self._look.theme, status == Status.BREAKS
        size, ratio = round(self._look.line * 1.2), self.devicePixelRatioF()
        before, self._sign_drawn = self._sign_drawn, (theme, size, ratio, warns)
        if self._sign_drawn == before:  # drawing an icon takes a while
            return
        drawn = icon("warning" if warns else "info", theme, colour=theme.warning if warns else theme.muted)
        self._sign.setPixmap(drawn.pixmap(QSize(size, size), ratio))
        self._sign.setAccessibleName("Warning" if warns else "Note")

    # -- what the user does -------------------------------------------------------------------------

    def _on_chosen(self, column: int, row: int) -> None:
        if self._flow is not None:
            self.seek_requested.emit(self._flow.first_step(column), row)

    def _on_hovered(self, text: str) -> None:
        self._readout.setText(text or _RESTING)

    def _show_menu(self, position: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Show the whole run", self.show_all)
        menu.addSeparator()
        export.add_actions(menu, self, "state flow")
        menu.popup(self._canvas.viewport().mapToGlobal(position))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self._look is not None:
            self.set_theme(self._look.theme)
