"""The model panel: the layers in order, their shapes, and how their parameters are counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QBrush, QColor, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.elided_label import ElidedLabel
from app.panels.fields import wrapped
from app.theme import LIGHT, Theme
from lstm_viz.layers import LSTMLayer

_PATH = Qt.ItemDataRole.UserRole
_REASON = Qt.ItemDataRole.UserRole + 1
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_MIDDLE = Qt.TextElideMode.ElideMiddle
_AXES = ("batch", "timesteps", "features")


class Row(Protocol):
    """One layer of a model."""

    @property
    def name(self) -> str: ...
    @property
    def class_name(self) -> str: ...
    @property
    def depth(self) -> int: ...
    @property
    def output_shape(self) -> tuple[int | None, ...] | None: ...
    @property
    def parameters(self) -> int: ...
    @property
    def path(self) -> str | None: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def tokens(self) -> bool: ...


class Model(Protocol):
    """What is shown of a model."""

    @property
    def title(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def format(self) -> str: ...
    @property
    def keras_version(self) -> str | None: ...
    @property
    def rows(self) -> Sequence[Row]: ...
    @property
    def lstm_layers(self) -> Sequence[LSTMLayer]: ...
    @property
    def notes(self) -> Sequence[str]: ...
    @property
    def stepwise_reason(self) -> str: ...
    @property
    def saved_stateful(self) -> bool: ...
    @property
    def saved_batch_size(self) -> int | None: ...


def shape_in_words(shape: tuple[int | None, ...] | None, tokens: bool = False) -> str:
    """Write a shape as ``[batch, timesteps, 4]``: sizes where they are known, else the axes' names.

    Parameters
    ----------
    shape : tuple or None
    tokens : bool
        Each timestep is one token: there is no axis of features.
    """
    if shape is None:
        return ""
    if len(shape) == 3:
        names: tuple[str, ...] = _AXES
    elif len(shape) == 2:
        names = ("batch", "timesteps" if tokens else "features")
    else:
        names = ("batch", *["?"] * (len(shape) - 1))
    return "[" + ", ".join(n if s is None else str(s) for s, n in zip(shape, names, strict=True)) + "]"


def count_in_words(layer: LSTMLayer) -> str:
    """Say how the number of parameters of an LSTM comes about, with its own numbers."""
    features, units = layer.input_dim, layer.units
    formula, numbers = "features·units + units²", f"{features}·{units} + {units}²"
    if layer.use_bias:
        formula, numbers = f"{formula} + units", f"{numbers} + {units}"
    return (
        f"4·({formula})\n= 4·({numbers}) = {layer.parameter_count:,}\n"
        "Neither timesteps nor batch size appear in it."
    )


def kind_in_words(layer: LSTMLayer) -> str:
    """Say what sort of an LSTM it is: units, what it returns, where it reads from."""
    words = [f"{layer.units} unit{'s' * (layer.units != 1)}"]
    words.append("a value at every timestep" if layer.return_sequences else "its last value only")
    if layer.go_backwards:
        words.append("reads from the end")
    if layer.parent:
        words.append(f"inside {layer.parent}")
    if (layer.activation, layer.recurrent_activation) != ("tanh", "sigmoid"):
        words.append(f"activations {layer.activation} and {layer.recurrent_activation}")
    return ", ".join(words)


class LayerTree(QTreeWidget):
    """Three columns that always fill the width: names, shapes, numbers of parameters."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.share_width()

    def share_width(self) -> None:
        """Give the shapes what they need, and the names the rest, but never less than a part of it."""
        header = self.header()
        needed = [max(self.sizeHintForColumn(k), header.sectionSizeHint(k)) for k in range(3)]
        room = self.viewport().width()
        rest = room - needed[1] - needed[2]
        header.resizeSection(0, max(round(room * 0.24), min(needed[0], rest)))

    def keep_to_rows(self) -> None:
        """Become no higher than the rows take, so that what is said below them has the room."""
        rows, below = 0, self.topLevelItem(0)
        while below is not None:
            rows, below = rows + 1, self.itemBelow(below)
        high = self.header().sizeHint().height() + rows * self.sizeHintForRow(0) + 2 * self.frameWidth() + 2
        self.setMaximumHeight(max(high, self.minimumHeight()))


class ModelPanel(QWidget):
    """Shows a model; a click on an LSTM layer chooses it."""

    layer_chosen = Signal(str)  # path of an LSTM layer

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._model: Model | None = None
        self._items: dict[str, QTreeWidgetItem] = {}
        self._grey: list[QTreeWidgetItem] = []
        self.notes_dialog: NotesDialog | None = None

        self.title = ElidedLabel("No model", "heading", _MIDDLE)
        self.notes_button = QPushButton()
        self.notes_button.setProperty("compact", True)
        self.notes_button.setAutoDefault(False)
        self.notes_button.setAccessibleName("Notes on opening")
        self.notes_button.setToolTip("What was changed or assumed when the model was opened")
        self.notes_button.hide()
        self.source = ElidedLabel("", "muted", _MIDDLE)
        self.feeding = wrapped()
        self.tree = LayerTree()
        self.tree.setAccessibleName("Layers of the model")
        self.tree.setToolTip("The layers in the order in which they run; click on an LSTM to see it")
        self.tree.setHeaderLabels(["Layer", "Output", "Params"])
        self.tree.headerItem().setToolTip(1, "Shape of the output: [batch, timesteps, features]")
        self.tree.headerItem().setToolTip(2, "Number of parameters (weights)")
        self.tree.headerItem().setTextAlignment(2, _RIGHT)
        self.tree.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        # A click leaves the focus where it was, so that Space and the arrows go on to play and step.
        self.tree.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.tree.setMinimumHeight(round(self.fontMetrics().height() * 6))
        self.tree.setIndentation(12)
        self.tree.setRootIsDecorated(False)
        self.tree.setUniformRowHeights(True)
        self.tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(self.fontMetrics().averageCharWidth() * 6)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.ResizeToContents)
        self.about = wrapped()
        self.about.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

        top = QHBoxLayout()
        top.addWidget(self.title, 1)
        top.addWidget(self.notes_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 8)
        layout.setSpacing(5)
        layout.addLayout(top)
        layout.addWidget(self.source)
        layout.addWidget(self.tree, 3)
        layout.addWidget(self._scrolled_words(), 2)

        self.notes_button.clicked.connect(self._on_notes_clicked)
        self.tree.itemClicked.connect(self._on_item_activated)
        self.tree.itemActivated.connect(self._on_item_activated)
        self.tree.currentItemChanged.connect(self._on_current_changed)

    def _scrolled_words(self) -> QScrollArea:
        """Return what is said below the layers: in a low panel it scrolls, and is never drawn over them."""
        words = QWidget()
        layout = QVBoxLayout(words)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(5)
        layout.addWidget(self.about)
        layout.addWidget(self.feeding)
        layout.addStretch(1)
        area = QScrollArea()
        area.setWidget(words)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        return area

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self._paint_grey()

    def set_model(self, model: Model | None, runs: bool = True) -> None:
        """Show a model, or that there is none; how it is fed is said where it runs."""
        self._model = model
        self._items.clear()
        self._grey.clear()
        self.tree.clear()
        self.about.setText("")
        notes = model.notes if model else ()
        self.notes_button.setVisible(bool(notes))
        self.notes_button.setText(f"{len(notes)} note{'s' * (len(notes) != 1)}")
        if model is None:
            self.title.setText("No model")
            self.source.setText("")
            self.feeding.setText("")
            return
        self.title.setText(model.title)
        self.title.setToolTip(model.path)
        self.source.setText(_source(model))
        self.source.setToolTip(f"{_source(model)}\n{model.path}")
        self.feeding.setText(_feeding(model) if runs else "")
        self._fill(model)

    def set_coming(self, text: str) -> None:
        """Say what is being done until there is a model; empty for nothing."""
        if self._model is None:
            self.title.setText(text or "No model")

    def set_layer(self, path: str) -> None:
        """Mark the LSTM layer that is looked at."""
        item = self._items.get(path)
        if item is not None:
            self.tree.setCurrentItem(item)

    def _fill(self, model: Model) -> None:
        above: list[QTreeWidgetItem] = []
        for row in model.rows:
            parent = above[min(row.depth, len(above)) - 1] if row.depth and above else None
            texts = [row.name, shape_in_words(row.output_shape, row.tokens), f"{row.parameters:,}"]
            item = QTreeWidgetItem(texts)
            if parent is None:
                self.tree.addTopLevelItem(item)
            else:
                parent.addChild(item)
            above[row.depth :] = [item]
            item.setTextAlignment(2, _RIGHT)
            tip = f"{row.name} ({row.class_name})"
            if row.reason:
                tip += f": {row.reason}"
                item.setData(0, _REASON, row.reason)
                self._grey.append(item)
                font = item.font(0)
                font.setItalic(True)
                for column in range(3):
                    item.setFont(column, font)
            for column in range(3):
                item.setToolTip(column, tip)
            if row.path is not None:
                item.setData(0, _PATH, row.path)
                self._items[row.path] = item
                font = item.font(0)
                font.setBold(True)
                item.setFont(0, font)
        self.tree.expandAll()
        self.tree.share_width()
        self.tree.keep_to_rows()
        self._paint_grey()

    def _paint_grey(self) -> None:
        for item in self._grey:
            for column in range(3):
                item.setForeground(column, QBrush(QColor(self._theme.muted)))

    def _on_item_activated(self, item: QTreeWidgetItem) -> None:
        path = item.data(0, _PATH)
        if path is not None and not item.data(0, _REASON):
            self.layer_chosen.emit(path)

    def _on_current_changed(self, item: QTreeWidgetItem | None) -> None:
        self.about.setText(self._about(item))

    def _about(self, item: QTreeWidgetItem | None) -> str:
        if item is None or self._model is None:
            return ""
        if reason := item.data(0, _REASON):
            return f"{item.text(0)} cannot run: {reason}"
        path = item.data(0, _PATH)
        layer = next((x for x in self._model.lstm_layers if x.path == path), None)
        return f"{path}: {kind_in_words(layer)}.\n{count_in_words(layer)}" if layer else ""

    def _on_notes_clicked(self) -> None:
        if self._model is None:
            return
        if self.notes_dialog is None:
            self.notes_dialog = NotesDialog(self._model.title, self._model.notes, self)
            self.notes_dialog.finished.connect(self._on_notes_finished)
        self.notes_dialog.open()

    def _on_notes_finished(self) -> None:
        self.notes_dialog = None


class NotesDialog(QDialog):
    """What was changed or assumed when a model was opened, in plain words."""

    def __init__(self, title: str, notes: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"Notes on {title}")
        heading = QLabel("What was changed or assumed when the model was opened:")
        self.text = QPlainTextEdit("\n\n".join(f"• {note}" for note in notes))
        self.text.setReadOnly(True)
        self.text.setAccessibleName("Notes")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(heading)
        layout.addWidget(self.text)
        layout.addWidget(buttons)
        self.resize(self.fontMetrics().averageCharWidth() * 76, self.fontMetrics().height() * 18)


def _source(model: Model) -> str:
    version = f", saved by Keras {model.keras_version}" if model.keras_version else ""
    stateful = ""
    if model.saved_stateful:
        size = f" with batch size {model.saved_batch_size}" if model.saved_batch_size else ""
        stateful = f", saved as stateful{size}"
    return f"{model.format}{version}{stateful}"


def _feeding(model: Model) -> str:
    if not model.lstm_layers:
        return "There is no LSTM layer in it: nothing to step."
    if model.stepwise_reason:
        return f"Each batch is computed as a whole, then shown timestep by timestep: {model.stepwise_reason}."
    return "Fed one timestep at a time."
