"""Asks what of a recording is exported, and as what."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.panels.fields import Combo, Spin
from lstm_viz.export import FORMATS, Format
from lstm_viz.signals import NAMES, SIGNALS

_MOST_LAYERS_SEEN = 6  # without scrolling
_LETTERS = 30  # of a choice, at least


@dataclass(frozen=True)
class ExportChoice:
    """What is to be exported.

    Parameters
    ----------
    format : Format
    layers, signals : tuple of str
    steps : (int, int) or None
        The first step and the one after the last; None for all that is recorded.
    """

    format: Format
    layers: tuple[str, ...]
    signals: tuple[str, ...]
    steps: tuple[int, int] | None


class ExportDialog(QDialog):
    """Format, layers, signals and steps of an export; where it goes is asked afterwards.

    Parameters
    ----------
    layers : sequence of str
        Of the recording.
    count : int
        Steps that are recorded.
    visible : (int, int)
        The steps in view: the first and one past the last.

    Signals
    -------
    chosen(object)
        An ExportChoice.
    """

    chosen = Signal(object)

    def __init__(
        self,
        layers: tuple[str, ...],
        count: int,
        visible: tuple[int, int],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export recording")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._count = count
        first = min(visible[0], count - 1)
        self._visible = first, max(first + 1, min(visible[1], count))
        self.format = self._make_formats()
        self.steps = self._make_steps()
        self.first, self.last = self._make_step_box("First step"), self._make_step_box("Last step")
        self.last.setValue(count - 1)
        self.layers = self._make_layers(layers)
        self.signals = self._make_signals()
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setProperty("role", "muted")
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setText("Choose file…")
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._lay_out()
        self.format.currentIndexChanged.connect(self._check)
        self.steps.currentIndexChanged.connect(self._on_steps_changed)
        for box in (self.first, self.last):
            box.valueChanged.connect(self._on_range_edited)
        self.layers.itemChanged.connect(self._check)
        for button in self.signals.values():
            button.toggled.connect(self._check)
        self._check()

    # -- parts --------------------------------------------------------------------------------------

    def _make_formats(self) -> Combo:
        box = Combo("Format", "What the file is for", _LETTERS)
        for kind in FORMATS.values():
            box.addItem(f"{kind.title} ({kind.suffixes[0]})", kind)
        return box

    def _make_steps(self) -> Combo:
        box = Combo("Steps", "Which steps of the run are exported", _LETTERS)
        box.addItem(f"All that is recorded: 0 to {self._count - 1}", "all")
        box.addItem(f"What is in view: {self._visible[0]} to {self._visible[1] - 1}", "visible")
        box.addItem("From … to …", "range")
        return box

    def _make_step_box(self, name: str) -> Spin:
        return Spin(0, self._count - 1, name, f"{name} of the run that is exported, counted from 0")

    def _make_layers(self, layers: tuple[str, ...]) -> QListWidget:
        found = QListWidget()
        for path in layers:
            item = QListWidgetItem(path)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked)
            found.addItem(item)
        found.setAccessibleName("Layers")
        found.setToolTip("LSTM layers that are exported")
        height = found.sizeHintForRow(0) * min(len(layers), _MOST_LAYERS_SEEN) + 2 * found.frameWidth() + 8
        found.setFixedHeight(height)
        return found

    def _make_signals(self) -> dict[str, QCheckBox]:
        found = {}
        for letter in SIGNALS:
            found[letter] = QCheckBox(letter)
            found[letter].setChecked(True)
            found[letter].setAccessibleName(NAMES[letter])
            found[letter].setToolTip(f"Export {letter}, the {NAMES[letter]}")
        return found

    def _lay_out(self) -> None:
        between = QHBoxLayout()
        for widget in (self.first, QLabel("to"), self.last):
            between.addWidget(widget)
        between.addStretch(1)
        letters = QHBoxLayout()
        for button in self.signals.values():
            letters.addWidget(button)
        letters.addStretch(1)
        form = QFormLayout()
        form.addRow("Format", self.format)
        form.addRow("Steps", self.steps)
        form.addRow("", between)
        form.addRow("Layers", self.layers)
        form.addRow("Signals", letters)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.said)
        layout.addWidget(self.buttons)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 70)

    # -- what is chosen -----------------------------------------------------------------------------

    def choice(self) -> ExportChoice:
        """Return what is chosen now."""
        items = [self.layers.item(k) for k in range(self.layers.count())]
        steps = None if self.steps.currentData() == "all" else (self.first.value(), self.last.value() + 1)
        return ExportChoice(
            self.format.currentData(),
            tuple(item.text() for item in items if item.checkState() == Qt.CheckState.Checked),
            tuple(letter for letter, button in self.signals.items() if button.isChecked()),
            steps,
        )

    def accept(self) -> None:
        self.chosen.emit(self.choice())
        super().accept()

    def _on_steps_changed(self) -> None:
        chosen = self.steps.currentData()
        if chosen != "range":
            start, stop = self._visible if chosen == "visible" else (0, self._count)
            for box, value in ((self.first, start), (self.last, stop - 1)):
                box.set_silently(value)
        self._check()

    def _on_range_edited(self) -> None:
        self.steps.setCurrentIndex(self.steps.findData("range"))
        self._check()

    def _check(self) -> None:
        chosen, wrong = self.choice(), ""
        if self.first.value() > self.last.value():
            wrong = "The last step lies before the first one."
        elif not chosen.layers:
            wrong = "Choose at least one layer."
        elif not chosen.signals:
            wrong = "Choose at least one signal."
        what = (
            "A line for each unit at each timestep of each sample."
            if chosen.format.table
            else "Arrays by sample, timestep and unit, with the model's outputs beside them."
        )
        self.said.setText(wrong or what)
        self.said.setAccessibleDescription(wrong)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not wrong)
