"""What can be done about resets at a place of the run: part of the context menus of plots and timeline."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from app.row_words import rows_words
from app.rows_dialog import RowsDialog
from app.run_text import place_words
from app.session import Session
from lstm_viz.plan import Plan

_CHOOSE = "choose"


class ResetMenu(QObject):
    """Fills context menus, and asks for rows.

    Parameters
    ----------
    session : Session
    window : QWidget
        Parent of the dialog.

    Signals
    -------
    refused(str)
        Why nothing was done.
    """

    refused = Signal(str)

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._window = session, window
        self._dialog: RowsDialog | None = None
        self._asked: tuple[Plan, int] | None = None  # what the dialog is about: a step of this run
        session.run_changed.connect(self._on_session_run_changed)

    def fill(self, menu: QMenu, step: int) -> None:
        """Add what can be done at a step of the run, before what is in the menu already."""
        plan = self._session.plan
        if plan is None or not 0 <= step < len(plan) or self._session.recording is not None:
            return
        row, count = self._session.row, plan.rows(plan.position(step).batch)
        point = self._session.reset_points.at(step)
        offered: list[tuple[str, object]] = []
        if point is None or point.rows is not None:
            offered.append(("Reset all rows here" if count > 1 else "Reset here", None))
        if row < count > 1:
            if point is None or point.rows != (row,):
                offered.append((f"Reset row {row} only here", (row,)))
            if point is not None and point.rows is not None and row not in point.rows:
                offered.append((f"Reset row {row} here as well", (*point.rows, row)))
        if count > 1:
            offered.append(("Choose the rows…", _CHOOSE))
        if point is not None:
            of = f" of {rows_words(point.rows)}" if count > 1 else ""
            offered.append((f"Remove the reset point{of}", ()))
        first = next(iter(menu.actions()), None)
        for text, what in offered:
            action = QAction(text, menu)
            action.setData((plan, step, what))
            action.triggered.connect(self._on_action_triggered)
            menu.insertAction(first, action)
        if first is not None:
            menu.insertSeparator(first)

    def _on_action_triggered(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        plan, step, what = action.data()
        if not self._holds(plan):
            return
        if what == _CHOOSE:
            self.ask(step)
        else:
            self._session.reset_points.set_rows(step, what)

    def _holds(self, plan: Plan) -> bool:
        """Whether the run is still the one that was asked about: else a step is another place of the data."""
        if plan == self._session.plan:
            return True
        self.refused.emit("The run has changed meanwhile: nothing was reset.")
        return False

    def put_row(self, step: int) -> None:
        """Reset the row that is looked at, beside those that are reset here already."""
        plan, row = self._session.plan, self._session.row
        if plan is None or not 0 <= step < len(plan):
            return
        point = self._session.reset_points.at(step)
        if row >= plan.rows(plan.position(step).batch):
            self.refused.emit(f"This batch has no row {row}.")
        elif point is not None and (point.rows is None or row in point.rows):
            self.refused.emit(f"Row {row} is reset here already.")
        else:
            self._session.reset_points.put(step, (row,))

    def remove(self, step: int) -> None:
        """Take away the reset point at the cursor, where it resets the row that is looked at."""
        point = self._session.reset_points.at(step)
        if point is None:
            self.refused.emit("There is no reset point at the cursor.")
        elif point.rows is not None and self._session.row not in point.rows:
            self.refused.emit(f"The reset point here is for {rows_words(point.rows)}: click it to select it.")
        else:
            self._session.reset_points.remove(step)

    def ask(self, step: int) -> None:
        """Ask which rows are reset at a step of the run."""
        plan = self._session.plan
        if plan is None or not 0 <= step < len(plan):
            return
        point = self._session.reset_points.at(step)
        at = plan.position(step)
        rows = (min(self._session.row, plan.rows(at.batch) - 1),) if point is None else point.rows
        place = place_words(plan, step, 0).rpartition(" · ")[0]  # without a row
        dialog = RowsDialog(place, rows, plan.rows(at.batch), self._window)
        dialog.rows_chosen.connect(self._on_rows_chosen)
        dialog.finished.connect(self._on_dialog_finished)
        self._dialog, self._asked = dialog, (plan, step)
        dialog.setWindowModality(Qt.WindowModality.WindowModal)
        dialog.open()

    def _on_rows_chosen(self, rows: tuple[int, ...] | None) -> None:
        if self._asked is not None and self._holds(self._asked[0]):
            self._session.reset_points.set_rows(self._asked[1], rows)

    def _on_dialog_finished(self) -> None:
        self._dialog = self._asked = None

    def _on_session_run_changed(self) -> None:
        """Close a question about a place of a run that is no more."""
        if self._dialog is not None and self._asked is not None and self._asked[0] != self._session.plan:
            self._dialog.reject()
