"""Shows what is open and where its run stands in the panels, the status line and the title."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from app.recorded_model import NEEDS_MODEL, recorded_model

if TYPE_CHECKING:
    from app.main_window import MainWindow

_NO_DATA = (
    "A recording holds what the model did, not the data that it was given. "
    "Open the model and the data to run on."
)
_NOTHING_TO_STEP = (
    "There is nothing to step: {} has no LSTM layer.\n\n"
    "The Model panel shows the layers that it has. Open a model with an LSTM layer."
)


_SAMPLE_S = 0.1  # the picture of the data takes its share of a frame


class SessionDisplay(QObject):
    """What the session says, shown in the window; the views are the presenters'.

    Parameters
    ----------
    window : MainWindow
        With its parts in their places.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._session = window, window.session
        session = self._session
        session.opened.connect(self._on_session_opened)
        session.data_opened.connect(self._on_session_data_opened)
        session.run_changed.connect(self._on_session_run_changed)
        session.layer_changed.connect(self._on_session_layer_changed)
        session.row_changed.connect(self._show_sample)
        session.busy.connect(self._on_session_busy)
        session.message.connect(window.status.say)
        session.saved.connect(self.say_saved)
        self._sample_shown = 0.0
        self._show_title()

    # -- where the run stands -----------------------------------------------------------------------

    def show_step(self) -> None:
        """Show the step that the cursor is on, and what is recorded."""
        session, plan, status = self._session, self._session.plan, self._window.status
        if plan is not None and session.path is None:
            status.show_nothing_to_step()
        elif plan is not None and session.trace is not None:
            cursor = session.player.cursor
            made = cursor is not None and session.generating.is_generated(cursor)
            status.show_run(plan, cursor, session.row, session.trace.count, made)
        self._show_sample()

    def show_rate(self) -> None:
        """Show how smoothly it plays, and whether it does; called on the frame clock."""
        window, playing = self._window, self._session.player.playing
        window.status.show_rate(window.clock.frames_per_second if playing else None)
        if window.actions_by_id["play"].isChecked() != playing:
            self.show_play()

    def show_play(self) -> None:
        """Show whether it plays, and the sample that it has come to."""
        self._window.actions_by_id["play"].setChecked(self._session.player.playing)
        self._show_sample()

    def say_saved(self, path: str) -> None:
        """Say where something was saved."""
        self._window.status.say(f"Saved {path}")

    def _show_sample(self) -> None:
        """Show which sample is looked at; while it plays, no more of them than can be told apart."""
        session, plan = self._session, self._session.plan
        sample, now = session.sample, time.perf_counter()
        if session.player.playing and now < self._sample_shown + _SAMPLE_S:
            return
        self._sample_shown = now
        if plan is not None and sample is not None:
            self._window.run_settings.set_sample(sample, session.row, plan.batch_size)
            generated = session.generating.generated
            self._window.data_panel.set_sample(sample if generated is None else generated.wanted.sample)

    # -- what the session says ----------------------------------------------------------------------

    def _on_session_busy(self, text: str, fraction: object) -> None:
        self._window.status.show_busy(text, fraction)
        self._window.model_panel.set_coming(text)

    def _on_session_data_opened(self) -> None:
        window = self._window
        window.data_panel.set_dataset(self._session.dataset)
        focused = QApplication.focusWidget()
        if focused is not None and window.transport.isAncestorOf(focused):
            window.gates.setFocus()  # a field that went away left it there: Space would press that button

    def _on_session_opened(self) -> None:
        session, window = self._session, self._window
        shown, why_no_data = session.model, ""
        if session.recording is not None and session.trace is not None:
            shown, why_no_data = recorded_model(session.trace, session.recording), _NO_DATA
            window.file_commands.remember_recording(Path(session.recording))
        window.model_panel.set_model(shown, runs=session.recording is None)
        window.data_panel.set_dataset(session.generating.source, why_no_data)
        if shown is not None:
            window.run_settings.set_layers(shown.lstm_layers, session.path)
        if session.path is not None:
            window.model_panel.set_layer(session.path)
        self._show_title()
        without = session.model is not None and not session.model.lstm_layers
        if without and session.model is not None:
            window.nothing_to_step.setText(_NOTHING_TO_STEP.format(session.model.title))
        if without != window.views.isHidden():
            window.views.setVisible(not without)
            window.nothing_to_step.setVisible(without)
            # Qt would give it to a panel.
            (window.centralWidget() if without else window.gates).setFocus()

    def _on_session_run_changed(self) -> None:
        session, window = self._session, self._window
        if session.plan is not None and session.recording is not None:
            window.run_settings.set_recorded(session.settings, session.plan.samples, NEEDS_MODEL)
        elif session.plan is not None and session.dataset is not None:
            window.run_settings.set_run(session.settings, session.dataset, session.plan.timesteps)
            reason = "" if session.model is None else session.model.one_length_reason
            window.data_panel.set_padding(session.settings.padded, reason)
        self.show_step()

    def _on_session_layer_changed(self) -> None:
        if self._session.path is not None:
            self._window.run_settings.set_layer(self._session.path)
            self._window.model_panel.set_layer(self._session.path)

    def _show_title(self) -> None:
        model, recording = self._session.model, self._session.recording
        generated = ", generated" if self._session.generating.generated is not None else ""
        if recording is not None:
            title = f"{Path(recording).name}, recorded — lstm-viz"
        else:
            title = "lstm-viz" if model is None else f"{model.title}{generated} — lstm-viz"
        self._window.setWindowTitle(title)
