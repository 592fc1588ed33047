"""How trouble is told: one dialog for each cause, and a bar for what one click can mend."""

from __future__ import annotations

import logging

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.theme import LIGHT, Theme, icon

_log = logging.getLogger(__name__)
_MOST_OPEN = 5


class ErrorDialog(QDialog):
    """One error: what is wrong, what to do, and on demand the details for a report.

    Parameters
    ----------
    title : str
        What was being done: ``"Opening the model"``.
    message, hint, details : str
        As in :class:`lstm_viz.errors.LstmVizError`.
    theme : Theme
    """

    def __init__(
        self,
        title: str,
        message: str,
        hint: str = "",
        details: str = "",
        theme: Theme = LIGHT,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setAccessibleDescription(f"{message} {hint}".strip())
        self._parts = (title, message, hint, details)
        self._times = 1

        line = self.fontMetrics().height()
        sign = QLabel()
        sign.setPixmap(icon("error", theme, colour=theme.error).pixmap(line * 2, line * 2))
        sign.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.message = _text(message)
        self.message.setProperty("role", "heading")
        self.hint = _text(hint)
        self.hint.setVisible(bool(hint))
        self.times = QLabel()
        self.times.setProperty("role", "muted")
        self.times.hide()
        self.details = QPlainTextEdit(details)
        self.details.setReadOnly(True)
        self.details.setAccessibleName("Details")
        self.details.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.details.setMinimumHeight(line * 10)
        self.details.hide()

        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.details_button = QPushButton("Details")
        self.details_button.setCheckable(True)
        self.details_button.setAutoDefault(False)
        self.details_button.setToolTip("What a report of the error should contain")
        self.copy_button = QPushButton("Copy")
        self.copy_button.setAutoDefault(False)
        self.copy_button.setToolTip("Copy message and details")
        buttons.addButton(self.details_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.copy_button, QDialogButtonBox.ButtonRole.ActionRole)
        self.details_button.setVisible(bool(details))  # the box shows what it is given
        buttons.button(QDialogButtonBox.StandardButton.Close).setDefault(True)

        words = QVBoxLayout()
        words.setSpacing(6)
        for widget in (self.message, self.hint, self.times):
            words.addWidget(widget)
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(sign)
        top.addLayout(words, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 14, 14, 12)
        layout.setSpacing(10)
        layout.addLayout(top)
        layout.addWidget(self.details, 1)
        layout.addWidget(buttons)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 64)

        buttons.rejected.connect(self.reject)
        self.details_button.toggled.connect(self._on_details_toggled)
        self.copy_button.clicked.connect(self._on_copy_clicked)

    @property
    def text(self) -> str:
        """Everything, as it is copied."""
        return "\n\n".join(part for part in self._parts if part)

    def came_again(self) -> None:
        """Count the same error once more."""
        self._times += 1
        self.times.setText(f"It has come {self._times} times.")
        self.times.show()

    def _on_details_toggled(self, shown: bool) -> None:
        self.details.setVisible(shown)
        self.adjustSize()

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self.text)


class ErrorDialogs:
    """Shows errors one dialog for each cause, without ever waiting for an answer.

    Parameters
    ----------
    parent : QWidget
        The window that the dialogs belong to.
    """

    def __init__(self, parent: QWidget) -> None:
        self._parent = parent
        self._theme = LIGHT
        self._open: dict[tuple[str, str], ErrorDialog] = {}

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme, for the dialogs to come."""
        self._theme = theme

    @property
    def dialogs(self) -> tuple[ErrorDialog, ...]:
        """The dialogs that are open."""
        self._forget_closed()
        return tuple(self._open.values())

    def show_error(self, title: str, message: str, hint: str = "", details: str = "") -> ErrorDialog | None:
        """Show an error; while the same one is open it is only counted there.

        Parameters
        ----------
        title : str
            What was being done.
        message, hint, details : str
            As in :class:`lstm_viz.errors.LstmVizError`.

        Returns
        -------
        ErrorDialog or None
            None when so many are open that another one helps nobody: it is logged.
        """
        _log.warning("%s: %s %s\n%s", title, message, hint, details)
        self._forget_closed()
        cause = (title, message)
        if cause in self._open:
            self._open[cause].came_again()
            return self._open[cause]
        if len(self._open) >= _MOST_OPEN:
            return None
        dialog = ErrorDialog(title, message, hint, details, self._theme, self._parent)
        self._open[cause] = dialog
        dialog.open()
        return dialog

    def close_all(self) -> None:
        """Close every dialog, as the window closes."""
        for dialog in self.dialogs:
            dialog.close()
        self._open.clear()

    def _forget_closed(self) -> None:
        # A dialog deletes itself as it closes; asking it later would fail.
        self._open = {cause: dialog for cause, dialog in self._open.items() if _is_open(dialog)}


def _is_open(dialog: ErrorDialog) -> bool:
    from shiboken6 import isValid

    return isValid(dialog) and dialog.isVisible()


def _text(text: str) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    # A message names files and may quote them: it is never read as rich text.
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


class NotificationBar(QFrame):
    """A slim bar with one message and at most two buttons; hidden while there is none."""

    button_clicked = Signal(str)  # the key that `notify` was given
    second_clicked = Signal(str)
    dismissed = Signal(str)  # its cross was clicked
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._kind = "info"
        self._key = ""
        self.sign = QLabel()
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.button, self.second = QPushButton(), QPushButton()
        for button in (self.button, self.second):
            button.setProperty("compact", True)
            button.setAutoDefault(False)
        self.close_button = QToolButton()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 4, 6, 4)
        layout.setSpacing(8)
        layout.addWidget(self.sign)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.button)
        layout.addWidget(self.second)
        layout.addWidget(self.close_button)
        self.button.clicked.connect(self._on_button_clicked)
        self.second.clicked.connect(self._on_second_clicked)
        self.close_button.clicked.connect(self._on_close_clicked)
        self.hide()

    @property
    def key(self) -> str:
        """Of the message that is shown; empty when there is none."""
        return self._key

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.close_button.setIcon(icon("close", theme))
        self._draw_sign()

    def notify(
        self,
        key: str,
        text: str,
        button: str = "",
        kind: str = "info",
        second: str = "",
        closing: str = "Close the message",
    ) -> None:
        """Show a message in place of the one before.

        Parameters
        ----------
        key : str
            Says which message it is, to `button_clicked` and to :meth:`clear`.
        text : str
        button, second : str
            Texts of its buttons; none when empty.
        kind : {"info", "warning", "error"}
        closing : str
            What closing it does.
        """
        self._key = key
        self._kind = kind
        self.text.setText(text)
        for shown, words in ((self.button, button), (self.second, second)):
            shown.setText(words)
            shown.setVisible(bool(words))
            shown.setAccessibleName(words)
        self.close_button.setAccessibleName(closing)
        self.close_button.setToolTip(closing)
        self.setAccessibleName(text)
        self.setProperty("notice", kind)
        self.style().unpolish(self)
        self.style().polish(self)
        self._draw_sign()
        self.show()

    def clear(self, key: str = "") -> None:
        """Take the message away; with a key only if it is that one."""
        if key and key != self._key:
            return
        was_shown = bool(self._key)
        self._key = ""
        self.hide()
        if was_shown:
            self.closed.emit()

    def _draw_sign(self) -> None:
        colours = {"info": self._theme.accent, "warning": self._theme.warning, "error": self._theme.error}
        size = round(self.fontMetrics().height() * 1.2)
        drawn = icon(self._kind, self._theme, colour=colours[self._kind])
        self.sign.setPixmap(drawn.pixmap(size, size))

    def _on_button_clicked(self) -> None:
        self.button_clicked.emit(self._key)

    def _on_second_clicked(self) -> None:
        self.second_clicked.emit(self._key)

    def _on_close_clicked(self) -> None:
        key = self._key
        self.clear()
        self.dismissed.emit(key)
