"""A batch size that is being chosen: the grid that it makes is seen before the run is changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.panels.fields import Spin, wrapped
from app.plots.state_flow_canvas import StateFlowCanvas
from app.plots.state_flow_layout import Flow
from app.plots.state_flow_words import run_words
from app.theme import Theme
from lstm_viz.dataset import Dataset
from lstm_viz.plan import Plan

_SCAN_S = 0.005  # how long the run is looked through for the worst in it
_MOST_OFFERED = 3


class SizeSpin(Spin):
    """A spin box whose number is proposed first: Enter takes it, Escape and leaving let it go.

    Signals
    -------
    proposed(int)
        Typed, or reached by the arrows or the wheel.
    taken(int)
    withdrawn()
    """

    proposed = Signal(int)
    taken = Signal(int)
    withdrawn = Signal()

    def __init__(self, low: int, high: int, name: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(low, high, name, tip, parent)
        self._held: int | None = None  # what holds while another number is proposed
        self.lineEdit().textEdited.connect(self._on_text_edited)

    @property
    def proposing(self) -> bool:
        """Whether a number is proposed."""
        return self._held is not None

    def propose(self, size: int) -> None:
        """Show a number without taking it."""
        if self._held is None:
            self._held = self.value()
        self.set_silently(size)
        self.proposed.emit(size)

    def take(self) -> None:
        """Take what is proposed."""
        if self._held is not None:
            self._held = None
            self.interpretText()
            self.taken.emit(self.value())

    def withdraw(self) -> None:
        """Go back to what holds."""
        held, self._held = self._held, None
        if held is not None:
            self.set_silently(held)
            self.withdrawn.emit()

    def stepBy(self, steps: int) -> None:
        self.propose(self.stepped(steps))
        self.selectAll()

    def _on_text_edited(self, text: str) -> None:
        if self._held is None:
            self._held = self.value()
        if text.isdigit() and self.minimum() <= int(text) <= self.maximum():
            self.proposed.emit(int(text))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.proposing and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.take()
            self.clearFocus()
        elif self.proposing and event.key() == Qt.Key.Key_Escape:
            self.withdraw()
            self.clearFocus()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.withdraw()
        super().focusOutEvent(event)


class BatchPreview(QFrame):
    """The grid of batches and rows under a batch size that is not taken yet.

    It lies over the window below its field and never takes the focus: the keys stay the field's.

    Signals
    -------
    applied(), cancelled()
        A button was pressed.
    chosen(object)
        One of the changes that were offered, as the fields of the settings.
    """

    applied = Signal()
    cancelled = Signal()
    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("notice", "preview")
        self.setAutoFillBackground(True)
        self.setAccessibleName("Preview of the batch size")
        self.heading = QLabel()
        self.heading.setProperty("role", "heading")
        self.grid = StateFlowCanvas()
        self.grid.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.grid.setAccessibleName("Preview of the grid of batches and rows")
        self.words = wrapped()
        self.offers = [self._button("", "") for _ in range(_MOST_OFFERED)]
        self.cancel = self._button("Cancel (Esc)", "Leave the batch size as it was")
        self.apply = self._button("Apply (Enter)", "Run with this batch size")
        buttons = QHBoxLayout()
        for button in self.offers:
            buttons.addWidget(button)
            button.clicked.connect(self._on_offer_clicked)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.apply)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.addWidget(self.heading)
        layout.addWidget(self.grid, 1)
        layout.addWidget(self.words)
        layout.addLayout(buttons)
        self.apply.clicked.connect(self.applied)
        self.cancel.clicked.connect(self.cancelled)
        self.hide()

    def _button(self, text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setProperty("compact", True)
        button.setToolTip(tip)
        button.setAccessibleName(text)
        return button

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.grid.set_theme(theme)

    def show_plan(self, plan: Plan, dataset: Dataset | None) -> None:
        """Show the grid of a run.

        Parameters
        ----------
        plan : Plan
        dataset : Dataset or None
            None leaves open whether the data continue.
        """
        flow = Flow(plan, dataset)
        flow.scan(_SCAN_S)
        self.grid.set_flow(flow)
        batches = "1 batch" if plan.batches == 1 else f"{plan.batches:,} batches"
        rows = "1 row" if plan.batch_size == 1 else f"{plan.batch_size:,} rows"
        self.heading.setText(f"Batch size {plan.batch_size:,}: {batches} of {rows}")
        self.words.setText(run_words(flow) if flow.scanned else "")
        self._show(True, ())

    def show_refusal(self, size: int, message: str, offers: Sequence[tuple[str, dict[str, Any]]]) -> None:
        """Say why there is no run of this batch size, and what there could be instead."""
        self.heading.setText(f"Batch size {size:,} is not possible")
        self.words.setText(message)
        self._show(False, offers)

    def _show(self, possible: bool, offers: Sequence[tuple[str, dict[str, Any]]]) -> None:
        self.grid.setVisible(possible)
        self.apply.setVisible(possible)
        for index, button in enumerate(self.offers):
            button.setVisible(index < len(offers))
            if index < len(offers):
                text, change = offers[index]
                button.setText(text)
                button.setAccessibleName(text)
                button.setProperty("change", change)
        self.setAccessibleDescription(f"{self.heading.text()}. {self.words.text()}")

    def place(self, at: QPoint, with_buttons: bool = True) -> None:
        """Come to the front at a place on the screen, inside the window.

        Without buttons it only shows what a menu would do.
        """
        window = self.parentWidget().window()
        if self.parentWidget() is not window:
            self.setParent(window)
        self.cancel.setVisible(with_buttons)
        self.apply.setVisible(with_buttons and not self.grid.isHidden())
        letters = self.fontMetrics().averageCharWidth()
        width = min(letters * 76, window.width() - 16)
        wanted = self.fontMetrics().height() * (17 if not self.grid.isHidden() else 8)
        corner = window.mapFromGlobal(at)
        left = max(8, min(corner.x(), window.width() - width - 8))
        self.setGeometry(left, corner.y(), width, min(wanted, window.height() - corner.y() - 8))
        self.show()
        self.raise_()

    def _on_offer_clicked(self) -> None:
        sender = self.sender()
        if isinstance(sender, QPushButton):
            self.chosen.emit(sender.property("change"))
