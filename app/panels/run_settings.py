"""The run settings: stateful, batch size, resets, epochs; and which layer and sample are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.panels.batch_preview import BatchPreview, SizeSpin
from app.panels.fields import Combo, Spin, label_for
from app.panels.refusal_bar import RefusalBar
from app.panels.reset_policy import EACH_SEQUENCE, EPOCH_AND_EVERY, EVERY, POLICIES, policy_of, with_policy
from app.run_plan import RunSettings
from app.theme import Theme, icon
from app.wanted_run import WantedRun
from lstm_viz.dataset import Dataset
from lstm_viz.errors import PlanError
from lstm_viz.layers import LSTMLayer
from lstm_viz.plan import batch_sizes

_MANY = 1_000_000_000
_SIZES_IN_MENU = 40
_MOST_ORDERED = 50_000  # samples, whose interleaved order is found within a keystroke


class RunSettingsBar(QWidget):
    """One row of settings, and below it, where they cannot be followed, why and what to do instead.

    A change is sent at once when a run is possible under it. Otherwise nothing is sent and the run goes on
    as it was, while the refused settings stay in the fields until they are mended or taken back.

    Parameters
    ----------
    stateful_action : QAction, optional
        Of the menu; it is kept ticked as the box is. Its own slot should call :meth:`set_stateful`.
    """

    settings_changed = Signal(object)  # a changed copy of what set_run was given
    layer_chosen = Signal(str)  # path of an LSTM layer
    sample_chosen = Signal(int)
    row_chosen = Signal(int)

    def __init__(self, stateful_action: QAction | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Run settings")
        self._settings = RunSettings()  # what holds
        self._pending = self._settings  # what is refused, else the same
        self._dataset: Dataset | None = None
        self._timesteps = 1
        self._make_fields(stateful_action)
        self.refusal = RefusalBar()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(self._row())
        layout.addWidget(self.refusal)
        self._connect()
        self.setEnabled(False)

    # -- what the window tells ----------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.sizes_button.setIcon(icon("sizes", theme))
        self.preview.set_theme(theme)

    def set_run(self, settings: RunSettings, dataset: Dataset, timesteps: int) -> None:
        """Show what holds now.

        Parameters
        ----------
        settings : RunSettings
        dataset : Dataset
            The whole data, before a remainder is dropped.
        timesteps : int
            Of the run.
        """
        self._dataset, self._timesteps = dataset, timesteps
        self._offer_sequences(dataset.sequences is not None)
        self._hold(settings, dataset.samples)

    def set_recorded(self, settings: RunSettings, samples: int, reason: str) -> None:
        """Show how something was run that cannot be run otherwise, for a reason that the fields say."""
        self._dataset = None
        self._hold(settings, samples, reason)

    def _hold(self, settings: RunSettings, samples: int, reason: str = "") -> None:
        """Show settings that hold, and why they cannot be changed where that is so."""
        self._settings = self._pending = settings
        self.batch_size.withdraw()
        self.setEnabled(True)
        for field, tip in self._tips.items():
            field.setEnabled(not reason)
            field.setToolTip(reason or tip)
        blocker = QSignalBlocker(self.sample)  # a smaller run is no wish to go to its last sample
        self.sample.setMaximum(max(samples - 1, 0))
        blocker.unblock()
        self._show(settings)
        self._accept()

    def set_layers(self, layers: Sequence[LSTMLayer], chosen: str | None = None) -> None:
        """Offer these LSTM layers."""
        blocker = QSignalBlocker(self.layer)
        self.layer.clear()
        for layer in layers:
            self.layer.addItem(layer.path, layer.path)
            units = f"{layer.units} unit{'s' * (layer.units != 1)}"
            direction = ", reads from the end" if layer.go_backwards else ""
            self.layer.setItemData(
                self.layer.count() - 1, f"{layer.path}: {units}{direction}", Qt.ItemDataRole.ToolTipRole
            )
        blocker.unblock()
        self.layer.setEnabled(bool(layers))
        if chosen is not None:
            self.set_layer(chosen)

    def set_layer(self, path: str) -> None:
        """Show which layer is looked at."""
        blocker = QSignalBlocker(self.layer)
        self.layer.setCurrentIndex(self.layer.findData(path))
        blocker.unblock()
        self.layer.setToolTip(f"The LSTM layer that the plots show: {path}")

    def set_sample(self, sample: int, row: int, rows: int) -> None:
        """Show which sample and which row of how many in the batch are looked at."""
        self.row.setEnabled(rows > 1)
        blockers = QSignalBlocker(self.sample), QSignalBlocker(self.row)
        if self.row.maximum() != max(rows - 1, 0):  # each time it is told, all of the window is laid out anew
            self.row.setMaximum(max(rows - 1, 0))
        for field, value in ((self.sample, sample), (self.row, row)):
            if not field.is_being_typed:
                field.setValue(value)
                field.fit()
        for blocker in blockers:
            blocker.unblock()

    @property
    def _samples(self) -> int:
        return 1 if self._dataset is None else self._dataset.samples

    def _offer_sequences(self, known: bool) -> None:
        item = self.policy.model().item(EACH_SEQUENCE)
        item.setEnabled(known)
        item.setToolTip(
            "Each row where a sample of another sequence begins"
            if known
            else "The data name no sequences: choose a column in the data panel"
        )

    # -- what the user does -------------------------------------------------------------------------

    def set_stateful(self, checked: bool) -> None:
        """Do as if the user had ticked the box: the slot of the menu's action."""
        if self.stateful.isEnabled():
            self.stateful.setChecked(checked)

    def _on_stateful_toggled(self, checked: bool) -> None:
        self._mark_action(checked)
        self._try(replace(self._pending, stateful=checked))

    def _on_batch_size_changed(self, size: int) -> None:
        self._try(self._wanted().with_size(size).wanted)

    def _on_size_chosen(self, action: QAction) -> None:
        self.batch_size.setValue(action.data())

    # -- a batch size that is not taken yet ---------------------------------------------------------

    def _on_size_proposed(self, size: int) -> None:
        self._preview(size)
        below = QPoint(0, self.batch_size.height() + 2)
        self.preview.place(self.batch_size.mapToGlobal(below))

    def _on_size_pointed_at(self, action: QAction) -> None:
        """Show beside the menu what the size would be like that is pointed at."""
        if action.data() is not None:
            self._preview(action.data())
            self.preview.place(self.sizes_menu.geometry().topRight() + QPoint(4, 0), with_buttons=False)

    def _preview(self, size: int) -> None:
        wanted = self._wanted().with_size(size)
        try:
            # An order of very many samples takes longer than a keystroke may.
            ordered = self._samples <= _MOST_ORDERED
            plan = wanted.plan(ordered=ordered)
        except PlanError as error:
            self.preview.show_refusal(size, error.message, wanted.ways_to_divide())
        else:
            self.preview.show_plan(plan, self._dataset if ordered or not self._pending.interleaved else None)

    def _on_size_taken(self, size: int) -> None:
        self.preview.hide()
        self._on_batch_size_changed(size)

    def _on_mend_chosen(self, change: dict[str, Any]) -> None:
        self.batch_size.withdraw()
        mended = replace(self._pending, **change)
        self._show(mended)
        self._try(mended)

    def _on_resets_changed(self) -> None:
        policy = self.policy.currentIndex()
        self.every.setVisible(policy in (EVERY, EPOCH_AND_EVERY))
        resets = with_policy(self._pending.resets, policy, self.every.value())
        self._try(replace(self._pending, resets=resets))

    def _on_epochs_changed(self, epochs: int) -> None:
        self._try(replace(self._pending, epochs=epochs))

    def _on_layer_activated(self, index: int) -> None:
        self.layer_chosen.emit(self.layer.itemData(index))

    def _on_sizes_about_to_show(self) -> None:
        menu = self.sizes_menu
        menu.clear()
        divided = self._wanted().divided
        sizes = batch_sizes(divided)
        of_each = divided != self._samples
        menu.addSection(
            "Sizes that divide the samples of each length"
            if of_each
            else f"Sizes that divide {divided} samples"
        )
        for size in sizes[:_SIZES_IN_MENU]:
            action = menu.addAction(str(size))
            action.setData(size)
            action.setCheckable(True)
            action.setChecked(size == self.batch_size.value())

    # -- whether it can be followed -----------------------------------------------------------------

    def _try(self, settings: RunSettings) -> None:
        self._pending = settings
        self._set_steps(settings)
        try:
            self._wanted().plan()
        except PlanError as error:
            self._refuse(error)
            return
        self._accept()
        if settings != self._settings:
            self._settings = settings
            self.settings_changed.emit(settings)

    def _wanted(self) -> WantedRun:
        assert self._dataset is not None
        return WantedRun(self._settings, self._pending, self._dataset, self._timesteps)

    def _accept(self) -> None:
        self.refusal.hide()
        for field in (self.batch_size, self.epochs):
            field.set_refused(False)
            field.setAccessibleDescription("")

    def _refuse(self, error: PlanError) -> None:
        self._accept()
        epochs = {"epochs": self._settings.epochs}
        wanted = self._wanted()
        wrong = self.epochs if wanted.possible(epochs) else self.batch_size
        wrong.set_refused(True)
        wrong.setAccessibleDescription(str(error))
        words = f"{error.message} The run goes on as it was."
        self.refusal.refuse(words, error.hint, wanted.ways_out(wrong is self.batch_size))

    def _show(self, settings: RunSettings) -> None:
        fields = (self.stateful, self.batch_size, self.policy, self.every, self.epochs)
        blockers = [QSignalBlocker(field) for field in fields]
        self.stateful.setChecked(settings.stateful)
        self._mark_action(settings.stateful)
        self.batch_size.setValue(settings.batch_size)
        policy = policy_of(settings.resets)
        self.policy.setCurrentIndex(policy)
        if settings.resets.every is not None:
            self.every.setValue(settings.resets.every)
        self.every.setVisible(policy in (EVERY, EPOCH_AND_EVERY))
        self.epochs.setValue(settings.epochs)
        for spin in (self.batch_size, self.every, self.epochs):
            spin.fit()
        self._set_steps(settings)
        for blocker in blockers:
            blocker.unblock()

    def _mark_action(self, checked: bool) -> None:
        if self._stateful_action is not None:
            self._stateful_action.setChecked(checked)  # tells nobody: the action's slot is on `triggered`

    def _set_steps(self, settings: RunSettings) -> None:
        divide = (settings.stateful or settings.interleaved) and not settings.drop_remainder
        known = divide and self._dataset is not None
        self.batch_size.set_steps(batch_sizes(self._wanted().divided) if known else ())

    # -- how it is made -----------------------------------------------------------------------------

    def _make_fields(self, stateful_action: QAction | None) -> None:
        self.stateful = QCheckBox("Stateful")
        self.stateful.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.stateful.setAccessibleName("Stateful")
        self.stateful.setToolTip(
            "Row r starts each batch from the state that it had after the batch before; "
            "without it every batch starts from zeros (S)"
        )
        self._stateful_action = stateful_action
        self.preview = BatchPreview(self)
        self.batch_size = SizeSpin(
            1,
            _MANY,
            "Batch size",
            "Samples that run side by side, each in its own row with its own state. "
            "When stateful it must divide the number of samples. What it would be like is shown first.",
        )
        self.sizes_menu = QMenu(self)
        self.sizes_button = QToolButton()
        self.sizes_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.sizes_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.sizes_button.setMenu(self.sizes_menu)
        self.sizes_button.setAccessibleName("Batch sizes that divide the samples")
        self.sizes_button.setToolTip("Batch sizes that divide the number of samples")
        self.policy = Combo(
            "Reset",
            "When h and c become zero, besides the reset points on the timeline. "
            "Without Stateful every batch starts from zeros anyway.",
            letters=13,
        )
        self.policy.addItems(POLICIES)
        self.every = Spin(1, _MANY, "Reset every so many timesteps", "h and c become zero every n timesteps")
        self.epochs = Spin(1, 1_000_000, "Epochs", "How often the run goes through all samples")
        self.layer = Combo("LSTM layer", "The LSTM layer that the plots show", letters=7)
        self.sample = Spin(0, 0, "Sample", "Go to this sample of the data, counted from 0")
        self.row = Spin(
            0, 0, "Row", "The row of the batch that the plots show, counted from 0. Rows never share state."
        )
        changed = (self.stateful, self.batch_size, self.sizes_button, self.policy, self.every, self.epochs)
        self._tips: dict[QWidget, str] = {field: field.toolTip() for field in changed}
        for spin, digits in (
            (self.batch_size, 5),
            (self.every, 5),
            (self.epochs, 3),
            (self.sample, 6),
            (self.row, 4),
        ):
            spin.set_digits(digits)

    def _row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(5)
        row.addWidget(self.stateful)
        groups: tuple[tuple[str, tuple[QWidget, ...]], ...] = (
            ("Batch size", (self.batch_size, self.sizes_button)),
            ("Reset", (self.policy, self.every)),
            ("Epochs", (self.epochs,)),
            ("LSTM", (self.layer,)),
            ("Sample", (self.sample,)),
            ("Row", (self.row,)),
        )
        for text, fields in groups:
            row.addSpacing(5)
            row.addWidget(label_for(text, fields[0]))
            for field in fields:
                row.addWidget(field, 20 if field in (self.policy, self.layer) else 0)
        for field, longest in ((self.policy, 26), (self.layer, 40)):
            field.setMaximumWidth(self.fontMetrics().averageCharWidth() * longest)
        row.addStretch(1)
        return row

    def _connect(self) -> None:
        self.stateful.toggled.connect(self._on_stateful_toggled)
        self.batch_size.valueChanged.connect(self._on_batch_size_changed)
        self.sizes_menu.aboutToShow.connect(self._on_sizes_about_to_show)
        self.sizes_menu.triggered.connect(self._on_size_chosen)
        self.sizes_menu.hovered.connect(self._on_size_pointed_at)
        self.sizes_menu.aboutToHide.connect(self.preview.hide)
        self.batch_size.proposed.connect(self._on_size_proposed)
        self.batch_size.taken.connect(self._on_size_taken)
        self.batch_size.withdrawn.connect(self.preview.hide)
        self.preview.applied.connect(self.batch_size.take)
        self.preview.cancelled.connect(self.batch_size.withdraw)
        self.preview.chosen.connect(self._on_mend_chosen)
        self.policy.activated.connect(self._on_resets_changed)
        self.every.valueChanged.connect(self._on_resets_changed)
        self.epochs.valueChanged.connect(self._on_epochs_changed)
        self.layer.activated.connect(self._on_layer_activated)
        self.sample.valueChanged.connect(self.sample_chosen)
        self.row.valueChanged.connect(self.row_chosen)
        self.refusal.mend_chosen.connect(self._on_mend_chosen)
