"""The fields that say how data become samples; each kind of data has its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QMenu, QPushButton, QSizePolicy, QWidget

from app.panels.fields import Combo, Spin, label_for
from app.panels.lengths_picture import LengthsPicture
from app.theme import Theme
from lstm_viz.dataset import Dataset, Shaping
from lstm_viz.dataset.block import Arrays, Series, Tokens

_MANY = 100_000_000
_PAST = (("timesteps", "timesteps"), ("features of one timestep", "features"))
_TARGET_IS = (
    ("the value after the window", "next"),
    ("the value at its last timestep", "last"),
    ("one value per timestep", "each"),
)
_PADDING = (("each at its own length", False), ("padded", True))
_PADDING_TIP = (
    "Each at its own length: a batch holds samples of one length, and the padding is never read. "
    "Padded: every sample runs as many timesteps as the longest; unless a Masking or Embedding layer "
    "skips it, the padding is read like data."
)
_SCALING = (("none", "none"), ("min-max, 0 to 1", "min-max"), ("mean 0, deviation 1", "standard"))


class ShapingForm(QWidget):
    """Shows how a dataset is cut, and reads from its fields how it shall be."""

    changed = Signal()
    padded_changed = Signal(bool)  # whether samples of different lengths run over their padding

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dataset: Dataset | None = None
        self._make_fields()
        self._place_fields()
        self._connect()
        self._enable()

    # -- what the panel tells -----------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.lengths.set_theme(theme)

    def set_dataset(self, dataset: Dataset | None, values: bool = True) -> None:
        """Offer what a dataset has; without `values` what the fields say is left alone."""
        self._dataset = dataset
        if dataset is not None and dataset.lengths is not None:
            self.lengths.set_lengths(dataset.lengths)
            self.padding.setItemText(1, f"padded to {dataset.timesteps:,} timesteps")
        self._enable()
        if dataset is not None and values:
            self._show(dataset)

    def set_padding(self, padded: bool, one_length_reason: str = "") -> None:
        """Show how samples of different lengths run, and why the model takes no other way."""
        self.padding.setCurrentIndex(int(padded))
        self.padding.setEnabled(not one_length_reason)
        more = f" Here {one_length_reason}." if one_length_reason else ""
        self.padding.setToolTip(_PADDING_TIP + more)

    # -- what the user does -------------------------------------------------------------------------

    def shaping(self) -> Shaping:
        """Return what the fields say.

        Raises
        ------
        DataError
            No column is chosen.
        """
        before = self._dataset.shaping if self._dataset else Shaping()
        percent = self.fit_on.value()
        fit_on = before.fit_on if percent == _percent(before.fit_on) else percent / 100
        changes: dict[str, Any] = {}
        if self.look_back.isEnabled():
            changes |= {"look_back": self.look_back.value() or None, "stride": self.stride.value()}
        if self.past_as.isEnabled():
            changes |= {"past_as": self.past_as.currentData()}
        if self.columns.isEnabled():
            chosen = tuple(a.data() for a in self.columns_menu.actions() if a.isChecked())
            changes |= {"columns": self._columns(chosen, before)}
            changes |= {"target": self.target.currentData(), "target_is": self.target_is.currentData()}
            changes |= {"sequence_column": self.sequences.currentData()}
        if self.scaling.isEnabled():
            changes |= {"scaling": self.scaling.currentData(), "fit_on": fit_on}
        return replace(before, **changes)

    def _columns(self, chosen: tuple[str, ...], before: Shaping) -> tuple[str, ...] | None:
        shown = self._shown_columns()
        # "All of them" and an order that a file or a model gave stay as they were said.
        return before.columns if set(chosen) == set(shown) else chosen

    def _shown_columns(self) -> tuple[str, ...]:
        """Names of the input columns that the dataset has now."""
        dataset = self._dataset
        if dataset is None or not isinstance(dataset.raw, Series):
            return ()
        if dataset.shaping.columns is not None:
            return dataset.shaping.columns
        if dataset.shaping.past_as == "timesteps":
            return dataset.feature_names or dataset.column_names
        return tuple(name for name in dataset.column_names if name != dataset.shaping.sequence_column)

    def _on_padding_chosen(self) -> None:
        self.padded_changed.emit(bool(self.padding.currentData()))

    def _on_changed(self) -> None:
        self._show_fit_on()
        self.changed.emit()

    def _on_columns_changed(self) -> None:
        self._name_columns()
        self._on_changed()

    # -- showing ------------------------------------------------------------------------------------

    def _show(self, dataset: Dataset) -> None:
        shaping = dataset.shaping
        fields = (
            self.look_back,
            self.stride,
            self.past_as,
            self.target,
            self.target_is,
            self.sequences,
            self.scaling,
            self.fit_on,
        )
        blockers = [QSignalBlocker(field) for field in fields]
        self.look_back.setValue(shaping.look_back or 0)
        self.stride.setValue(shaping.stride)
        self.past_as.setCurrentIndex(self.past_as.findData(shaping.past_as))
        self.target_is.setCurrentIndex(self.target_is.findData(shaping.target_is))
        self.scaling.setCurrentIndex(self.scaling.findData(shaping.scaling))
        self.fit_on.setValue(_percent(shaping.fit_on))
        self._fill_columns(dataset)
        for blocker in blockers:
            blocker.unblock()
        self._show_fit_on()

    def _fill_columns(self, dataset: Dataset) -> None:
        self.columns_menu.clear()
        for combo, nothing in ((self.target, "none"), (self.sequences, "the whole is one")):
            combo.clear()
            combo.addItem(nothing, None)
        if isinstance(dataset.raw, Series):
            shown = self._shown_columns()
            for name in dataset.column_names:
                action = self.columns_menu.addAction(name)
                action.setData(name)
                action.setCheckable(True)
                action.setChecked(name in shown)
                self.target.addItem(name, name)
            target = dataset.target_names[0] if dataset.target_names else dataset.shaping.target
            self.target.setCurrentIndex(max(self.target.findData(target), 0))
            table = dataset.raw.table
            for name in (*table.names, *table.runs):
                self.sequences.addItem(f"by {name}", name)
            column = dataset.shaping.sequence_column
            self.sequences.setCurrentIndex(max(self.sequences.findData(column), 0))
        self._name_columns()

    def _name_columns(self) -> None:
        names = [a.data() for a in self.columns_menu.actions() if a.isChecked()]
        whole = ", ".join(names) or "none"
        room = self.fontMetrics().averageCharWidth() * 24
        # A style sheet's padding does not hold for a button's text on the left, hence the space.
        self.columns.setText(" " + self.fontMetrics().elidedText(whole, Qt.TextElideMode.ElideRight, room))
        self.columns.setToolTip(f"Columns that the model is given: {whole}")

    def _show_fit_on(self) -> None:
        scaled = self.scaling.isEnabled() and self.scaling.currentData() != "none"
        self.fit_on.setEnabled(scaled)
        for widget in self._fit_only:
            widget.setVisible(scaled)

    def _enable(self) -> None:
        raw = self._dataset.raw if self._dataset else None
        series, tokens = isinstance(raw, Series), isinstance(raw, Tokens)
        numbers = series and self._dataset is not None and not self._dataset.shaping.tokens
        for field in (self.look_back, self.stride):
            field.setEnabled(series or tokens)
        self.past_as.setEnabled(numbers)
        for field in (self.columns, self.target, self.target_is, self.sequences):
            field.setEnabled(series)
        self.scaling.setEnabled(numbers or isinstance(raw, Arrays))
        # What cannot apply to ready-made samples is not shown at all.
        for widget in self._series_only:
            widget.setVisible(raw is None or series)
        for widget in self._sequences_only:
            widget.setVisible(raw is None or (isinstance(raw, Series) and _could_name_sequences(raw)))
        for widget in self._cut_only:
            widget.setVisible(raw is None or series or tokens)
        for widget in self._lengths_only:
            widget.setVisible(self._dataset is not None and self._dataset.lengths is not None)
        for widget in self._scaling_only:
            widget.setVisible(raw is None or self.scaling.isEnabled())
        self._show_fit_on()

    # -- how it is made -----------------------------------------------------------------------------

    def _make_fields(self) -> None:
        self.look_back = Spin(0, _MANY, "Look-back", "Rows of the past that one sample holds")
        self.look_back.setSpecialValueText("all")
        self.stride = Spin(1, _MANY, "Stride", "Rows from the start of one sample to the start of the next")
        self.past_as = _combo(
            _PAST,
            "Past as",
            "Timesteps are read one after another, features all at once: both run, with another meaning.",
        )
        self.columns_menu = QMenu(self)
        self.columns = QPushButton()
        self.columns.setMenu(self.columns_menu)
        self.columns.setAutoDefault(False)
        self.columns.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.columns.setAccessibleName("Input columns")
        self.columns.setToolTip("Columns that the model is given")
        self.columns.setProperty("field", True)
        self.columns.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.target = _combo((("none", None),), "Target column", "The column to predict")
        self.target_is = _combo(
            _TARGET_IS, "Target is", "Which value of the target column is to be predicted"
        )
        self.sequences = _combo(
            (("the whole is one", None),),
            "Sequences",
            "A change of value in this column begins a new sequence: no sample reaches into the next",
        )
        self.scaling = _combo(_SCALING, "Scaling", "What is done to the numbers before the model reads them")
        self.fit_on = Spin(
            1, 100, "Scaling fitted on", "First part of the data that the scaling is fitted on, in percent"
        )
        self.fit_on.setSuffix(" %")
        self.lengths = LengthsPicture()
        self.padding = _combo(_PADDING, "How samples of different lengths run", _PADDING_TIP)
        width = self.fontMetrics().averageCharWidth()
        for spin in (self.look_back, self.stride, self.fit_on):
            spin.setFixedWidth(width * 7 + 26)

    def _place_fields(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        cut = QHBoxLayout()
        cut.setSpacing(8)
        look_back, stride = label_for("Look-back", self.look_back), label_for("Stride", self.stride)
        for widget in (self.look_back, stride, self.stride):
            cut.addWidget(widget)
        cut.addStretch(1)
        fit = QHBoxLayout()
        fit.setSpacing(8)
        of_rows = QLabel("of the data")
        fit.addWidget(self.fit_on)
        fit.addWidget(of_rows)
        fit.addStretch(1)
        scaling, fitted = label_for("Scaling", self.scaling), label_for("fitted on", self.fit_on)
        lengths, run = QLabel("Lengths"), label_for("Run", self.padding)
        lengths.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        rows: tuple[tuple[QLabel, QWidget | QHBoxLayout], ...] = (
            (look_back, cut),
            (label_for("Past as", self.past_as), self.past_as),
            (label_for("Columns", self.columns), self.columns),
            (label_for("Target", self.target), self.target),
            (label_for("which is", self.target_is), self.target_is),
            (label_for("Sequences", self.sequences), self.sequences),
            (scaling, self.scaling),
            (fitted, fit),
            (lengths, self.lengths),
            (run, self.padding),
        )
        for row, (label, field) in enumerate(rows):
            grid.addWidget(label, row, 0)
            if isinstance(field, QWidget):
                grid.addWidget(field, row, 1)
            else:
                grid.addLayout(field, row, 1)
        self._series_only = [w for row in rows[1:5] for w in row if isinstance(w, QWidget)]
        self._sequences_only = [w for w in rows[5] if isinstance(w, QWidget)]
        self._cut_only = (look_back, self.look_back, stride, self.stride)
        self._scaling_only = (scaling, self.scaling)
        self._lengths_only = (lengths, self.lengths, run, self.padding)
        self._fit_only = (fitted, self.fit_on, of_rows)

    def _connect(self) -> None:
        for spin in (self.look_back, self.stride, self.fit_on):
            spin.valueChanged.connect(self._on_changed)
        for combo in (self.past_as, self.target, self.target_is, self.sequences, self.scaling):
            combo.activated.connect(self._on_changed)
        self.padding.activated.connect(self._on_padding_chosen)
        self.columns_menu.triggered.connect(self._on_columns_changed)


def _combo(items: tuple[tuple[str, Any], ...], name: str, tip: str) -> Combo:
    combo = Combo(name, tip, letters=8)
    for text, value in items:
        combo.addItem(text, value)
    return combo


def _could_name_sequences(raw: Series) -> bool:
    """Whether there is a column besides the one that is read."""
    return len(raw.table.names) + len(raw.table.runs) > 1


def _percent(share: float) -> int:
    return max(1, round(share * 100))
