"""What can be done now: which commands, which comparisons, and what the model can go on with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence

from app.comparing import choices
from app.recorded_model import NEEDS_MODEL

if TYPE_CHECKING:
    from app.main_window import MainWindow

_NOTHING_TO_COMPARE = (
    "A generated run makes its own inputs: another run would make others, and there is nothing to compare. "
    "Run → Back to the data shows the run over the data again."
)
_NEEDS_A_RUN_OF_A_MODEL = (
    "reset_here",
    "reset_row",
    "reset_rows",
    "remove_reset",
    "stateful",
    "interleave",
    "save_session",
    "generate",
)
_NEEDS_A_RUN = (
    *_NEEDS_A_RUN_OF_A_MODEL,
    "play",
    "step",
    "back",
    "step_ten",
    "back_ten",
    "first",
    "last",
    "save_recording",
)
_NEEDS_THE_MODEL = (
    *_NEEDS_A_RUN_OF_A_MODEL,
    "why_f",
    "why_i",
    "why_g",
    "why_o",
    "why_nothing",
)


class Offers(QObject):
    """Offers what is possible with what is open.

    Parameters
    ----------
    window : MainWindow
        With its parts, commands and presenter.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._session, self._actions = window, window.session, window.actions_by_id
        session = self._session
        session.run_changed.connect(self._on_session_run_changed)
        session.row_changed.connect(self._show_choices)
        session.comparing.changed.connect(self._show_choices)
        window.presenter.presented.connect(self._show_generated_text)
        self._show_choices()
        self._enable_actions()

    def _on_session_run_changed(self) -> None:
        self._show_choices()
        self._enable_actions()
        self._offer_generation()

    def _show_choices(self) -> None:
        """Offer what the run may be compared with, in the Compare view and in the menu."""
        session = self._session
        generated = session.generating.generated is not None
        comparable = session.path is not None and not generated
        one_length = session.model is not None and bool(session.model.one_length_reason)
        plan = session.plan if comparable and session.recording is None else None
        found = choices(session.settings, plan, session.row, session.dataset, one_length)
        why_not = _NOTHING_TO_COMPARE if generated else ""
        if session.recording is not None:
            why_not = NEEDS_MODEL
            found = tuple(replace(choice, tip=NEEDS_MODEL) for choice in found)
        self._window.compare.set_choices(found, why_not)
        offered = {f"compare_{choice.key}": choice for choice in found}
        for name, action in self._actions.items():
            if name.startswith("compare_"):
                choice = offered.get(name)
                action.setEnabled(choice is not None and choice.enabled)
                self._say_why_not(action, NEEDS_MODEL if session.recording else "")
                if choice is not None:
                    action.setText(choice.text)
        self._actions["compare_end"].setEnabled(session.comparing.trace is not None)

    def _say_why_not(self, action: QAction, reason: str) -> None:
        """Let the tip of a command say why it cannot be used, or again what it does."""
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        does = f"{action.statusTip()} ({keys})" if keys else action.statusTip()
        action.setToolTip(f"{action.statusTip()} {reason}" if reason else does)

    def show_generate(self) -> None:
        """Ask what the model is to go on with."""
        self._offer_generation(first=not self._window.generate.isVisible())
        self._window.generate.show()
        self._window.generate.raise_()
        self._window.generate.activateWindow()

    def _offer_generation(self, first: bool = False) -> None:
        """Let the dialog show what the model can go on with; with its first proposal as it opens."""
        generating = self._session.generating
        source, generated = generating.source, generating.generated
        if source is None:
            return
        settings = self._session.settings if generated is None else generated.settings
        self._window.generate.set_feedback(
            generating.feedback, source.samples, source.timesteps or 1, settings.stateful
        )
        if first:
            self._window.generate.set_settings(generating.suggested())
        self._window.generate.set_generated(generated is not None)
        self._show_generated_text()

    def _show_generated_text(self) -> None:
        if self._window.generate.isVisible():
            self._window.generate.set_text(*self._session.generating.text())

    def _enable_actions(self) -> None:
        """Enable the commands that can be used."""
        ready = self._session.plan is not None and self._session.path is not None
        for name in _NEEDS_A_RUN:
            self._actions[name].setEnabled(ready)
        reason = NEEDS_MODEL if self._session.recording is not None else ""
        for name in _NEEDS_THE_MODEL:
            self._actions[name].setEnabled(not reason and (ready or name not in _NEEDS_A_RUN))
            self._say_why_not(self._actions[name], reason)
        self._actions["interleave"].setChecked(self._session.settings.interleaved)
        self._actions["end_generation"].setEnabled(self._session.generating.generated is not None)
        self._offer_endings()
        self._actions["undo"].setEnabled(self._session.reset_points.can_undo)
        self._actions["redo"].setEnabled(self._session.reset_points.can_redo)

    def _offer_endings(self) -> None:
        """Offer what the output would be if it ended earlier, or say why that is not known."""
        model, trace, action = self._session.model, self._session.trace, self._actions["endings"]
        reason = "no model is open" if model is None else model.ending_reason
        if self._session.recording is not None and trace is not None:
            recorded = bool(trace.output_specs) and trace.output_specs[0].endings
            reason = "" if recorded else "it was not recorded"
        action.setEnabled(not reason)
        why_not = f"Not here: {reason}." if reason else f"({action.shortcut().toString()})"
        action.setToolTip(f"{action.statusTip()} {why_not}")
