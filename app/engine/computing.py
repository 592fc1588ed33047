"""Computes towards what was asked for, a moment at a time, and pauses where the disk is full."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING

from app.engine.comparing import Comparing
from app.engine.failures import failed
from app.engine.messages import Event
from app.engine.runs import ROOM_BYTES, Run
from app.engine.session_folder import SessionFolder
from lstm_viz.errors import DiskFullError

if TYPE_CHECKING:
    from lstm_viz.stepper import Stepper

_PIECE_SECONDS = 0.02  # between two looks at the commands
_SHORT_PIECE_SECONDS = 0.005  # of the first run, while the second one is behind it
_SPACE_CHECK_SECONDS = 0.5


class Computing:
    """How far the run is to be computed, and whether there is room for it.

    Parameters
    ----------
    session : SessionFolder
    comparing : Comparing
        The second run, which follows the first one.
    emit : callable
        Called with every event.

    Attributes
    ----------
    until : int
        Steps that are to be recorded.
    """

    def __init__(self, session: SessionFolder, comparing: Comparing, emit: Callable[[Event], None]) -> None:
        self._session, self._comparing, self._emit = session, comparing, emit
        self.until = 0
        self._generation = 0  # what a failure answers
        self._space_checked = 0.0
        self._full = False  # the disk had no room left, and nobody has asked to go on since

    def aim(self, until: int, generation: int) -> None:
        """Compute until so many steps are recorded; a failure is the answer to a command."""
        self.until, self._generation, self._full = until, generation, False

    def pause(self) -> None:
        """Compute no more of the first run."""
        self.until = 0

    def require_space(self) -> None:
        """Refuse to compute where the disk has no room for it."""
        self._space_checked = time.monotonic()
        self._session.require_space(ROOM_BYTES)

    def work(self, run: Run) -> bool:
        """Compute for a moment; return whether there is more to compute."""
        stepper = run.stepper
        if not self._has_room(stepper):
            return False
        behind = self._work_on_second(stepper)
        if stepper.trace.count >= self.until:
            return behind
        try:
            stepper.run(until=self.until, seconds=_SHORT_PIECE_SECONDS if behind else _PIECE_SECONDS)
        except Exception as error:
            self.until = 0
            self._full = isinstance(error, DiskFullError)
            self._emit(failed(self._generation, "Advance", error))
            _stand_after_what_is_recorded(stepper)
        return stepper.trace.count < self.until or (not self._full and self._comparing.behind(stepper))

    def _has_room(self, stepper: Stepper) -> bool:
        """Look now and then whether the disk has room for more; both runs pause where it has not."""
        if self._full or time.monotonic() - self._space_checked < _SPACE_CHECK_SECONDS:
            return not self._full
        if stepper.trace.count < self.until or self._comparing.behind(stepper):
            try:
                self.require_space()
            except DiskFullError as error:
                self._pause_for_room(error)
        return not self._full

    def _pause_for_room(self, error: DiskFullError) -> None:
        """Compute nothing more until somebody asks for it again."""
        self._full, self.until = True, 0
        self._emit(failed(self._generation, "Advance", error))

    def _work_on_second(self, first: Stepper) -> bool:
        """Let the second run come after the first one for a moment; return whether it is still behind."""
        second = self._comparing.second
        if second is None or not second.behind(first):
            return False
        try:
            second.follow(first, _PIECE_SECONDS)
        except DiskFullError as error:
            self._pause_for_room(error)
            _stand_after_what_is_recorded(second.run.stepper)
            return False
        except Exception as error:
            self._comparing.end(second.generation, "The comparison has ended: run B could not go on.")
            self._emit(failed(second.generation, "Compare", error))
            return False
        return second.behind(first)


def _stand_after_what_is_recorded(stepper: Stepper) -> None:
    """Give the stepper the state of the last recorded step; it may have computed more than it wrote."""
    try:
        stepper.rewind(stepper.trace.count)
    except Exception:
        traceback.print_exc()
