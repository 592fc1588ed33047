"""The reset points that are put by hand: put, moved, taken away, undone and done again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from lstm_viz.plan import Plan, Position, ResetPoint

if TYPE_CHECKING:
    from app.session import Session

Points = tuple[ResetPoint, ...]
Rows = tuple[int, ...] | None  # None for all


class ResetPoints:
    """Those of a session's run. At one place of the run there is one point, for some rows or for all.

    Parameters
    ----------
    session : Session
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._undo: list[Points] = []
        self._redo: list[Points] = []
        self._accepted: tuple[tuple[Points, ...], tuple[Points, ...]] = (), ()

    @property
    def all(self) -> Points:
        """Every reset point."""
        return self._session.settings.resets.at

    def at(self, step: int) -> ResetPoint | None:
        """Return the reset point at a step of the run, whatever its rows."""
        plan = self._session.plan
        if plan is None or not 0 <= step < len(plan):
            return None
        return _joined(_found(self.all, plan.position(step)), plan)

    # -- changing them ------------------------------------------------------------------------------

    def put(self, step: int, rows: Rows = None) -> None:
        """Reset all rows, or these rows as well, at a step of the run."""
        point = self.at(step)
        if point is None or rows is None:
            self.set_rows(step, rows)
        elif point.rows is not None:
            self.set_rows(step, (*point.rows, *rows))

    def set_rows(self, step: int, rows: Rows) -> None:
        """Let these rows and no others be reset by hand at a step of the run.

        Parameters
        ----------
        step : int
        rows : tuple of int or None
            None for all of the batch, empty for none. Those that the batch lacks are left out.
        """
        plan = self._session.plan
        if plan is None or not 0 <= step < len(plan):
            return
        at = plan.position(step)
        before = _found(self.all, at)
        wanted = _point(plan, at, rows, before)
        if wanted == _joined(before, plan):
            return
        self._edit((*_without(self.all, before), *(() if wanted is None else (wanted,))))

    def move(self, old: int, new: int) -> None:
        """Move a reset point to another step of the run; with one that is there it becomes one."""
        plan, point = self._session.plan, self.at(old)
        if plan is None or point is None or not 0 <= new < len(plan) or new == old:
            return
        at = plan.position(new)
        there = _found(self.all, at)
        rest = _without(self.all, [*_found(self.all, plan.position(old)), *there])
        moved = _point(plan, at, _rows([point, *there]), there)
        if moved is not None:  # a last batch may lack its rows
            self._edit((*rest, moved))

    def remove(self, step: int) -> bool:
        """Take a reset point away; return whether there was one."""
        there = self.at(step) is not None
        if there:
            self.set_rows(step, ())
        return there

    # -- taking changes back ------------------------------------------------------------------------

    def undo(self) -> None:
        """Take back the last change."""
        self._take_back(self._undo, self._redo)

    def redo(self) -> None:
        """Do again what was taken back."""
        self._take_back(self._redo, self._undo)

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        """Whether there is a change to do again."""
        return bool(self._redo)

    def forget_changes(self) -> None:
        """Keep no change to be taken back: points of the past would lie elsewhere in the data."""
        self._undo.clear()
        self._redo.clear()

    def accept(self) -> None:
        """Take what holds now as what is gone back to when a change is refused."""
        self._accepted = tuple(self._undo), tuple(self._redo)

    def put_back(self) -> None:
        """Go back to what was accepted last."""
        self._undo, self._redo = map(list, self._accepted)

    def _edit(self, points: Points) -> None:
        if self._session.refuse_change():
            return
        self._undo.append(self.all)
        self._redo.clear()
        self._set(points)

    def _take_back(self, from_stack: list[Points], to_stack: list[Points]) -> None:
        if from_stack and not self._session.refuse_change():
            to_stack.append(self.all)
            self._set(from_stack.pop())

    def _set(self, points: Points) -> None:
        settings = self._session.settings
        self._session.configure(replace(settings, resets=replace(settings.resets, at=points)))


def _found(points: Points, at: Position) -> list[ResetPoint]:
    """Return the points that hold at a place: a script may have given several."""
    place = at.batch, at.timestep
    return [p for p in points if (p.batch, p.timestep) == place and p.epoch in (None, at.epoch)]


def _without(points: Points, some: Iterable[ResetPoint]) -> Points:
    taken = set(some)
    return tuple(point for point in points if point not in taken)


def _joined(points: list[ResetPoint], plan: Plan) -> ResetPoint | None:
    """Return points at one place as one point."""
    if len(points) < 2:
        return points[0] if points else None
    at = Position(points[0].epoch or 0, points[0].batch, points[0].timestep)
    return _point(plan, at, _rows(points), points)


def _rows(points: list[ResetPoint]) -> Rows:
    if any(point.rows is None for point in points):
        return None
    return tuple(row for point in points for row in point.rows or ())


def _point(plan: Plan, at: Position, rows: Rows, before: list[ResetPoint]) -> ResetPoint | None:
    """Return a point for these rows at a place, in the epochs of those before it; None for no row."""
    if rows is not None:
        there = range(plan.rows(at.batch))
        rows = tuple(sorted({row for row in rows if row in there}))
        if not rows:
            return None
        rows = None if len(rows) == len(there) else rows
    of_one_epoch = plan.epochs > 1 and all(point.epoch is not None for point in before)
    return ResetPoint(at.batch, at.timestep, rows, at.epoch if of_one_epoch else None)
