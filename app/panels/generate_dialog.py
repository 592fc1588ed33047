"""Asks what a model is to go on with, and shows the text that it makes."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import (
    QDialog,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.panels.fields import Combo, Spin, label_for, wrapped
from app.run_plan import Feedback, GenerationSettings

_MOST_STEPS = 10_000
_LIKELIEST, _DRAWN = "likeliest", "drawn"


class GenerateDialog(QDialog):
    """Stays beside the window, so that one sees what is made.

    Signals
    -------
    asked(object)
        GenerationSettings: let the model go on so.
    ended()
        Back to the data.
    """

    asked = Signal(object)
    ended = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Generate")
        self.setModal(False)
        self._feedback = Feedback()
        self._timesteps = 1
        self._said: tuple[str, str] = "", ""
        self.words = wrapped()
        self._make_fields()
        self.refusal = wrapped(role="error")
        self.refusal.hide()
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName("Text that is made")
        self.text.setToolTip("The seed is underlined; what follows was made by the model")
        self.text.setMinimumHeight(self.fontMetrics().height() * 5)
        self._make_buttons()
        layout = QVBoxLayout(self)
        layout.addWidget(self.words)
        layout.addLayout(self._grid())
        layout.addWidget(self.refusal)
        layout.addWidget(self.text, 1)
        layout.addLayout(self._button_row)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 58)

    # -- what the window tells ----------------------------------------------------------------------

    def set_feedback(self, feedback: Feedback, samples: int, timesteps: int, stateful: bool) -> None:
        """Offer what the model can do with the data that are open.

        Parameters
        ----------
        feedback : Feedback
        samples, timesteps : int
            Of the data.
        stateful : bool
            What was read before the sample counts as well.
        """
        self._feedback, self._timesteps = feedback, max(1, timesteps)
        possible = not feedback.reason
        self.refusal.hide()
        if possible:
            self.words.setText(_words(feedback, stateful))
        else:
            self.words.setText(f"This model cannot go on by itself with these data. {feedback.reason}")
        self.sample.setRange(0, max(0, samples - 1))
        self.after.setRange(0, self._timesteps - 1)
        whole = feedback.look_back > 1
        if whole:
            self.after.set_silently(self._timesteps - 1)
        for field in (self.sample, self.steps, self.choice, self.temperature, self.seed, self.others):
            field.setEnabled(possible)
        self.after.setEnabled(possible and not whole and self._timesteps > 1)
        for widget in self._token_widgets:
            widget.setVisible(feedback.tokens)
        for widget in self._other_widgets:
            widget.setVisible(feedback.others)
        self.text.setVisible(feedback.tokens)
        self.go.setEnabled(possible)
        self._show_temperature()

    def set_settings(self, settings: GenerationSettings) -> None:
        """Show what is asked for at first, or was asked for last."""
        self.sample.set_silently(settings.sample)
        if self.after.isEnabled() and settings.timesteps is not None:
            self.after.set_silently(settings.timesteps - 1)
        else:
            self.after.set_silently(self._timesteps - 1)
        self.steps.set_silently(settings.steps)
        drawn = settings.temperature is not None
        self.choice.setCurrentIndex(self.choice.findData(_DRAWN if drawn else _LIKELIEST))
        if settings.temperature is not None:
            self.temperature.setValue(settings.temperature)
        self.seed.set_silently(settings.seed_number)
        if settings.others is not None:
            self.others.setCurrentIndex(self.others.findData(settings.others))
        self._show_temperature()

    def set_generated(self, generated: bool) -> None:
        """Say whether the run that is seen is a generated one."""
        self.back.setEnabled(generated)

    def set_text(self, seed: str, made: str) -> None:
        """Show the text of the seed, and what was made of it so far."""
        before, self._said = self._said, (seed, made)
        if (seed, made) == before:
            return
        bar = self.text.verticalScrollBar()
        at_end = bar.value() >= bar.maximum()
        if seed == before[0] and made.startswith(before[1]):
            end = QTextCursor(self.text.document())
            end.movePosition(QTextCursor.MoveOperation.End)
            end.insertText(made[len(before[1]) :])
        else:
            self._show_whole_text(seed, made)
        bar.setValue(bar.maximum() if at_end else min(bar.value(), bar.maximum()))

    def _show_whole_text(self, seed: str, made: str) -> None:
        self.text.setPlainText(seed + made)
        given = QTextEdit.ExtraSelection()
        given.cursor = self.text.textCursor()
        given.cursor.setPosition(len(seed), QTextCursor.MoveMode.KeepAnchor)
        given.cursor.setKeepPositionOnInsert(True)  # or what is put behind it would be underlined as well
        given.format.setFontUnderline(True)
        self.text.setExtraSelections([given])

    def set_refusal(self, text: str) -> None:
        """Say in place why it was not done."""
        self.refusal.setText(text)
        self.refusal.setVisible(bool(text))

    # -- what the user does -------------------------------------------------------------------------

    def settings(self) -> GenerationSettings:
        """Return what the fields say."""
        drawn = self._feedback.tokens and self.choice.currentData() == _DRAWN
        timesteps = self.after.value() + 1
        others: Any = self.others.currentData() if self._feedback.others else None
        return GenerationSettings(
            self.sample.value(),
            timesteps if self.after.isEnabled() else None,
            self.steps.value(),
            round(self.temperature.value(), 2) if drawn else None,
            self.seed.value(),
            others,
        )

    def _on_go_clicked(self) -> None:
        self.refusal.hide()
        self.asked.emit(self.settings())

    def _on_choice_activated(self) -> None:
        self._show_temperature()

    def _show_temperature(self) -> None:
        drawn = self.choice.currentData() == _DRAWN and not self._feedback.reason
        self.temperature.setEnabled(drawn)
        self.seed.setEnabled(drawn)

    # -- how it is made -----------------------------------------------------------------------------

    def _make_fields(self) -> None:
        self.sample = Spin(0, 0, "Sample", "The sample of the data that the model goes on with")
        self.after = Spin(0, 0, "After timestep", "The last timestep of the sample that is read as it is")
        self.steps = Spin(1, _MOST_STEPS, "Timesteps to generate", "How many timesteps the model makes")
        self.choice = Combo("Next token", "How the next token is chosen from the scores", letters=14)
        self.choice.addItem("the likeliest", _LIKELIEST)
        self.choice.addItem("drawn by chance", _DRAWN)
        self.choice.activated.connect(self._on_choice_activated)
        self.temperature = QDoubleSpinBox()
        self.temperature.setRange(0.01, 20.0)
        self.temperature.setSingleStep(0.1)
        self.temperature.setValue(1.0)
        self.temperature.setAccessibleName("Temperature")
        self.temperature.setToolTip("1 draws as likely as the model says; less prefers what is likely")
        self.seed = Spin(0, 2**31 - 1, "Seed", "The same seed draws the same tokens")
        self.others = Combo("Other features", "What features are that the model does not predict", letters=14)
        self.others.addItem("stay as they are", "hold")
        self.others.addItem("as in the data", "given")

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(4, 1)
        temperature, seed = label_for("temperature", self.temperature), label_for("seed", self.seed)
        choice, others = label_for("Next token", self.choice), label_for("Other features", self.others)
        rows: tuple[tuple[QWidget, ...], ...] = (
            (
                label_for("Go on with sample", self.sample),
                self.sample,
                label_for("after timestep", self.after),
                self.after,
            ),
            (label_for("Generate", self.steps), self.steps, QLabel("timesteps")),
            (choice, self.choice, temperature, self.temperature),
            (QLabel(), QLabel(), seed, self.seed),
            (others, self.others),
        )
        for row, widgets in enumerate(rows):
            for column, widget in enumerate(widgets):
                grid.addWidget(widget, row, column)
        self._token_widgets = (*rows[2], *rows[3])
        self._other_widgets = rows[4]
        return grid

    def _make_buttons(self) -> None:
        self.go, self.back, close = (
            QPushButton("Generate"),
            QPushButton("Back to the data"),
            QPushButton("Close"),
        )
        self.go.setDefault(True)
        self.go.setToolTip("Let the model go on, from the end of the seed on")
        self.back.setToolTip("See the data again, and what is recorded of them")
        close.setToolTip("Close this dialog; what is generated stays")
        self.back.setEnabled(False)
        self.go.clicked.connect(self._on_go_clicked)
        self.back.clicked.connect(self.ended)
        close.clicked.connect(self.close)
        self._button_row = QHBoxLayout()
        self._button_row.addWidget(self.back)
        self._button_row.addStretch(1)
        self._button_row.addWidget(close)
        self._button_row.addWidget(self.go)
        for button in (self.go, self.back, close):
            button.setAccessibleName(button.text())
            button.setAutoDefault(button is self.go)
        self.back.setFocusPolicy(Qt.FocusPolicy.StrongFocus)


def _words(feedback: Feedback, stateful: bool) -> str:
    fed = "token" if feedback.tokens else "value"
    if feedback.look_back > 1:
        said = (
            f"The model reads {feedback.look_back} timesteps and gives the next {fed}. It is put at their "
            "end, the window moves on by one, and so on."
        )
        return f"{said} The state is carried from window to window." if stateful else said
    said = f"The model gives the next {fed} at each timestep. It is read as the next timestep, and so on."
    return f"{said} What comes before the sample is read first: its state counts." if stateful else said
