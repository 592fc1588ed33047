"""The status line: where the run stands, in words, and what is going on."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QStatusBar, QWidget

from app.elided_label import ElidedLabel
from app.run_text import place_words, state_words
from lstm_viz.plan import Plan

_NEWS_MS = 8000


class StatusLine(QStatusBar):
    """Place, source of the state, what is recorded; progress with Cancel; frames a second."""

    cancel_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Status")
        self.setSizeGripEnabled(False)
        self.place, self.state, self.count = QLabel(), ElidedLabel(), QLabel()
        self.busy, self.bar, self.cancel = QLabel(), QProgressBar(), QPushButton("Cancel")
        self.rate, self.news = QLabel(), QLabel()
        self._news_timer = QTimer(self)
        self._news_timer.setSingleShot(True)
        self._news_timer.timeout.connect(self.news.clear)
        self.cancel.setAccessibleName("Cancel what is going on")
        self.cancel.setToolTip("End what is going on; what is recorded is kept")
        self.cancel.clicked.connect(self.cancel_clicked)
        self.bar.setMaximumWidth(160)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress")
        for name, label in (("Place", self.place), ("State", self.state), ("Recorded", self.count)):
            label.setAccessibleName(name)
            label.setContentsMargins(6, 0, 6, 0)
        self.addWidget(self.place)
        self.addWidget(self.state, 1)
        self.rate.setContentsMargins(0, 0, 8, 0)
        for widget in (self.news, self.busy, self.bar, self.cancel, self.count, self.rate):
            self.addPermanentWidget(widget)
        self.show_busy("", None)

    def show_run(self, plan: Plan, cursor: int | None, row: int, count: int, generated: bool = False) -> None:
        """Show where the cursor stands, whether the model made what is read there, and what is recorded."""
        self.count.setText(f"recorded {count:,} of {len(plan):,}")
        if cursor is None:
            self.place.setText("Ready to step: press → or Space")
            self.state.setText("")
            self.state.setToolTip("")
        else:
            made = " · generated" if generated else ""
            self.place.setText(place_words(plan, cursor, row) + made)
            words = state_words(plan, cursor, row)
            self.state.setText(words)
            self.state.setToolTip(words)  # a narrow window shortens it

    def show_nothing_to_step(self) -> None:
        """Show that the model that is open has no LSTM."""
        self.place.setText("Nothing to step")
        self.state.setText("")
        self.count.clear()

    def show_rate(self, frames_per_second: float | None) -> None:
        """Show how often the window is redrawn; None while nothing plays."""
        self.rate.setText("" if frames_per_second is None else f"{frames_per_second:.0f} fps")

    def show_busy(self, text: str, fraction: float | None) -> None:
        """Show what is going on and how far it is; an empty text for nothing."""
        self.busy.setText(text)
        if text:
            self.news.clear()
        self.bar.setRange(0, 0 if fraction is None else 1000)
        self.bar.setValue(0 if fraction is None else round(1000 * fraction))
        for widget in (self.busy, self.bar, self.cancel):
            widget.setVisible(bool(text))

    def say(self, text: str) -> None:
        """Show a message for some seconds, beside the rest (``showMessage`` would hide it)."""
        self.news.setText(text)
        self._news_timer.start(_NEWS_MS)
