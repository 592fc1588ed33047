"""Asks which rows of a batch are reset at a place."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from app.row_words import read_rows, rows_text


class RowsDialog(QDialog):
    """One field for rows, which says at once what is wrong with them.

    Parameters
    ----------
    place : str
        In words: which timestep it is.
    rows : tuple of int or None
        That are reset now; None for all.
    count : int
        Rows of the batch.

    Signals
    -------
    rows_chosen(object)
        A tuple of rows, empty for none, or None for all.
    """

    rows_chosen = Signal(object)

    def __init__(
        self, place: str, rows: tuple[int, ...] | None, count: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Rows reset here")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._count = count
        question = QLabel(f"h and c become zero just before {place}, in these rows:")
        question.setWordWrap(True)
        self.field = QLineEdit(rows_text(rows))
        self.field.setAccessibleName("Rows")
        self.field.setPlaceholderText("no row: the reset point is taken away")
        self.field.setToolTip("Numbers and ranges such as 0, 2-5; or all")
        self.field.selectAll()
        question.setBuddy(self.field)
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setProperty("role", "muted")
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.field.textChanged.connect(self._check)
        layout = QVBoxLayout(self)
        for widget in (question, self.field, self.said, self.buttons):
            layout.addWidget(widget)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 60)
        self._check()

    def accept(self) -> None:
        self.rows_chosen.emit(read_rows(self.field.text(), self._count))
        super().accept()

    def _check(self) -> None:
        wrong = ""
        try:
            read_rows(self.field.text(), self._count)
        except ValueError as error:
            wrong = str(error)
        self.said.setText(wrong or f"Rows 0 to {self._count - 1}: numbers and ranges such as 0, 2-5; or all.")
        self.field.setAccessibleDescription(wrong)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not wrong)
