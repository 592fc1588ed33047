"""The data panel: where the data come from, and how they become samples."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from app.elided_label import ElidedLabel
from app.panels.fields import wrapped
from app.panels.shape_picture import ShapePicture
from app.panels.shaping_form import ShapingForm
from app.theme import Theme
from lstm_viz.dataset import Dataset
from lstm_viz.errors import DataError

PAUSE_MS = 400


class DataPanel(QWidget):
    """Shows a dataset; a change of how it is cut is sent after a short pause.

    Parameters
    ----------
    pause_ms : int
        How long nothing may change before it is sent.
    """

    shaping_changed = Signal(object)  # Shaping
    padded_changed = Signal(bool)  # whether samples of different lengths run over their padding

    def __init__(self, parent: QWidget | None = None, pause_ms: int = PAUSE_MS) -> None:
        super().__init__(parent)
        self._dataset: Dataset | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(pause_ms)
        self._pause.timeout.connect(self._on_pause_over)

        self.source = ElidedLabel("No data", "heading", Qt.TextElideMode.ElideMiddle)
        self.block = wrapped()
        self.picture = ShapePicture()
        self.form = ShapingForm()
        self.form.hide()
        self.refusal = wrapped(role="error")
        self.refusal.hide()
        self.notes = wrapped()

        inner = QWidget()
        layout = QVBoxLayout(inner)
        layout.setContentsMargins(8, 6, 8, 8)
        layout.setSpacing(5)
        layout.addWidget(self.source)
        layout.addWidget(self.refusal)
        layout.addWidget(self.block)
        layout.addWidget(self.picture, 10)
        layout.addWidget(self.form)
        layout.addWidget(self.notes)
        layout.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inner)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)
        self.form.changed.connect(self._on_form_changed)
        self.form.padded_changed.connect(self.padded_changed)

    # -- what the window tells ----------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.picture.set_theme(theme)
        self.form.set_theme(theme)

    def set_dataset(self, dataset: Dataset | None, why_none: str = "") -> None:
        """Show a dataset, or say why there is none; fields that somebody is changing are left alone."""
        self._dataset = dataset
        self.picture.set_dataset(dataset)
        self.refusal.hide()
        self.source.setText(dataset.source if dataset else "No data")
        self.source.setToolTip(dataset.summary if dataset else "")
        self.block.setText(block_in_words(dataset) if dataset else why_none)
        self.picture.setVisible(dataset is not None or not why_none)
        self.form.setVisible(dataset is not None or not why_none)
        notes = dataset.notes if dataset else ()
        self.notes.setText("\n".join(notes))
        self.notes.setVisible(bool(notes))
        self.form.setVisible(dataset is not None)
        self.form.set_dataset(dataset, values=not self._pause.isActive())

    def set_sample(self, sample: int) -> None:
        """Show which sample is looked at."""
        self.picture.set_sample(sample)

    def set_padding(self, padded: bool, one_length_reason: str = "") -> None:
        """Show how samples of different lengths run, and why the model takes no other way."""
        self.form.set_padding(padded, one_length_reason)

    def set_refusal(self, text: str) -> None:
        """Say in place why the data could not be cut so; the fields stay as they are."""
        self.refusal.setText(text)
        self.refusal.setVisible(bool(text))

    # -- what the user does -------------------------------------------------------------------------

    def _on_form_changed(self) -> None:
        self._pause.start()

    def _on_pause_over(self) -> None:
        if self._dataset is None:
            return
        try:
            shaping = self.form.shaping()
        except DataError as error:
            self.set_refusal(str(error))
            return
        self.refusal.hide()
        if shaping != self._dataset.shaping:
            self.shaping_changed.emit(shaping)


def block_in_words(dataset: Dataset) -> str:
    """Write the block of the first input: ``[141, 3, 1] = [samples, timesteps, features]``."""
    shape = dataset.inputs[0].shape
    words = [f"{size:,}" for size in shape]
    if dataset.lengths is not None and shape[1] == dataset.timesteps:
        words[1] = dataset.length_words
    sizes = "[" + ", ".join(words) + "]"
    if dataset.features is None:
        axes = "[samples, timesteps] of tokens"
    else:
        axes = "[samples, timesteps, features]" if len(shape) == 3 else "[samples, features]"
    more = len(dataset.inputs) - 1
    also = f", and {more} more input{'s' * (more != 1)}" if more else ""
    return f"{sizes} = {axes}{also}"
