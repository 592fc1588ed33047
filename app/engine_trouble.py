"""What is said and asked where the engine could not do what was asked, or has ended."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QMessageBox

if TYPE_CHECKING:
    from app.engine.messages import Failed
    from app.main_window import MainWindow

ENGINE_LOST = "engine lost"  # the key of that notice
ARCHITECTURE_FILTER = "Architectures (*.json *.keras *.h5);;All files (*)"
WEIGHTS_FILTER = "Weights (*.h5 *.hdf5);;All files (*)"
_TITLES = {
    "Open": "Not opened",
    "Show": "The recording cannot be read any more",
    "Configure": "These settings cannot be used",
    "Save": "Not saved",
    "Export": "Not exported",
    "Advance": "The run has stopped",
    "Compare": "These runs cannot be compared",
    "Generate": "Nothing is generated",
}


class EngineTrouble(QObject):
    """Tells of each failure where it was asked for, or in a dialog; asks where an answer can mend it.

    Parameters
    ----------
    window : MainWindow
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._session = window, window.session
        self._loss = "", ""  # of the engine: in short, and the last lines of its log
        session = self._session
        session.opened.connect(self._on_session_opened)
        session.busy.connect(self._on_session_busy)
        session.failed.connect(self._on_session_failed)
        session.engine_lost.connect(self._on_session_engine_lost)
        window.animating.failed.connect(self._on_animating_failed)
        window.notice.button_clicked.connect(self._on_notice_button_clicked)
        window.notice.second_clicked.connect(self._on_notice_second_clicked)

    # -- a command that failed ----------------------------------------------------------------------

    def _on_session_failed(self, failure: Failed) -> None:
        window = self._window
        words = f"{failure.message} {failure.hint}"
        if failure.command == "Reshape":  # said where it was asked for
            window.data_panel.set_refusal(words)
        elif failure.command == "Generate" and window.generate.isVisible():
            window.generate.set_refusal(words)
        elif failure.command == "Advance" and failure.missing == "room":
            window.disk_room.pause(failure)
        elif not self._asked_for_what_is_missing(failure):
            title = _TITLES.get(failure.command, "Something went wrong")
            window.errors.show_error(title, failure.message, failure.hint, failure.details)
        window.wake()

    def _asked_for_what_is_missing(self, failure: Failed) -> bool:
        if failure.command != "Open":
            return False
        if failure.missing == "values":
            self._ask_about_values(failure)
            return True
        return failure.missing in ("architecture", "weights") and self._ask_for_half(failure)

    def _ask_about_values(self, failure: Failed) -> None:
        """Ask what to do about values that data lack, and open them so."""
        box = QMessageBox(self._window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Values are missing")
        box.setText(failure.message)
        box.setInformativeText(
            "Fill them in between their neighbours, leave their rows out, or open other data?"
        )
        for text, missing in (("Interpolate", "interpolate"), ("Drop the rows", "drop")):
            box.addButton(text, QMessageBox.ButtonRole.AcceptRole).setProperty("missing", missing)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.buttonClicked.connect(self._on_values_answered)
        box.open()

    def _on_values_answered(self, button: QAbstractButton) -> None:
        missing = button.property("missing")
        if missing:
            self._session.open_again(missing=missing)

    def _ask_for_half(self, failure: Failed) -> bool:
        """Ask for the half of a model that a file lacks, and open both; return whether it was given."""
        model = self._session.asked["model"]
        name = Path(model or "").name
        if failure.missing == "architecture":
            title, kinds = f"{name} holds weights alone: choose its architecture", ARCHITECTURE_FILTER
        else:
            title, kinds = f"{name} holds an architecture alone: choose its weights", WEIGHTS_FILTER
        other, _ = QFileDialog.getOpenFileName(self._window, title, self._window.settings.folder, kinds)
        if not other:
            return False
        if failure.missing == "architecture":
            self._session.open_again(architecture=other)
        else:
            self._session.open_again(model=other, architecture=model)
        return True

    def _on_animating_failed(self, why: str) -> None:
        self._window.errors.show_error("The animation is not saved", why, "", "")

    # -- an engine that has ended -------------------------------------------------------------------

    def _on_session_opened(self) -> None:
        self._window.notice.clear(ENGINE_LOST)

    def _on_session_busy(self, text: str) -> None:
        if text:  # another engine has been started
            self._window.notice.clear(ENGINE_LOST)

    def _on_session_engine_lost(self, reason: str) -> None:
        summary, _, details = reason.partition("\n")
        self._loss = summary, details
        words, log = f"{summary} What is recorded is kept.", "Engine log" if details else ""
        self._window.notice.notify(ENGINE_LOST, words, "Start it again", "error", log)
        self._window.status.say(summary)
        self._window.wake()

    def _on_notice_button_clicked(self, key: str) -> None:
        if key == ENGINE_LOST:
            self._window.notice.clear(key)
            self._session.restart_engine()

    def _on_notice_second_clicked(self, key: str) -> None:
        if key == ENGINE_LOST:
            hint = "Start it again to go on. If it ends again, copy the details into a report."
            self._window.errors.show_error("The engine has ended", self._loss[0], hint, self._loss[1])
