"""The cursor: stepping, playing and seeking over what is recorded, and asking for more."""

from __future__ import annotations

import math
from collections.abc import Callable

# How far the wish may run ahead of the engine, in seconds of playing; more would be a queue.
_LEAD_SECONDS = 0.25


class Player:
    """Moves the cursor over a run and asks the engine for steps that are not recorded yet.

    The cursor stands on the last step that is shown; None before any is recorded. Time is passed in, so
    that nothing here has a clock of its own.

    Parameters
    ----------
    advance : callable
        Called with a number of steps that should be recorded.
    pause : callable
        Called when no more is wanted.
    """

    def __init__(self, advance: Callable[[int], None], pause: Callable[[], None]) -> None:
        self._advance = advance
        self._pause = pause
        self.total = 0
        self.count = 0
        self.cursor: int | None = None
        self.playing = False
        self.speed: float | None = 10.0
        self._computes = True
        self._wish = -1.0  # where the cursor should be: ahead of the recording while the engine computes
        self._asked = 0

    def set_run(
        self, total: int, count: int, cursor: int | None, computes: bool = True, goal: int = 0
    ) -> None:
        """Take another run.

        Parameters
        ----------
        total, count : int
            Its steps, and how many of them are recorded.
        cursor : int or None
            Where the cursor is wanted.
        computes : bool
            Steps that are not recorded can be had; otherwise the run is what is recorded.
        goal : int
            As many steps are recorded again behind the cursor, until something else is wanted.
        """
        self.total, self.count, self._asked = total, count, 0
        self._computes = computes
        self._wish = -1.0 if cursor is None else float(min(cursor, self._end - 1))
        self.cursor = min(int(self._wish), count - 1) if cursor is not None and count else None
        self._ask(max(int(self._wish) + 1, min(goal, total)))

    def set_speed(self, speed: float | None) -> None:
        """Play at so many steps a second; None as fast as it goes."""
        self.speed = speed
        if self.playing:
            self._stop_computing()

    def play(self) -> None:
        """Play from the cursor on; from the start when it stands at the end."""
        if self._end == 0:
            return
        if self.cursor is not None and self.cursor >= self._end - 1:
            self.cursor, self._wish = 0, 0.0
        self._wish = float(-1 if self.cursor is None else self.cursor)
        self.playing = True

    def play_from(self, step: int) -> None:
        """Play from a step on, once everything up to it is recorded."""
        self.seek(step)
        self.playing = self._end > 0

    def pause(self) -> None:
        """Stop where the cursor stands."""
        self.playing = False
        self._stop_computing()
        self._wish = float(-1 if self.cursor is None else self.cursor)

    def step(self, steps: int) -> None:
        """Go so many steps on or, negative, back. Going on past the recorded end computes."""
        waiting = not self.playing and self._wish > (-1 if self.cursor is None else self.cursor)
        start = int(self._wish) if waiting else (-1 if self.cursor is None else self.cursor)
        self.seek(start + steps)

    def seek(self, step: int) -> None:
        """Put the cursor on a step; what is missing up to there is computed."""
        if self._end == 0:
            return
        if self.playing:
            self.pause()
        target = min(max(step, 0), self._end - 1)
        self._wish = float(target)
        if target >= self.count:
            self._ask(target + 1)
        else:
            self._stop_computing()
            self.cursor = target

    def to_start(self) -> None:
        """Go to the first step."""
        self.seek(0)

    def to_end(self) -> None:
        """Go to the last recorded step."""
        self.seek(max(0, self.count - 1))

    def tick(self, seconds: float, count: int) -> None:
        """Let time pass, with so many steps recorded by now."""
        self.count = count
        if self.playing:
            self._play_on(seconds)
        if count:
            self.cursor = min(int(self._wish), count - 1) if self._wish >= 0 else None
        elif self.cursor is not None:
            self.cursor = None
        if self.playing and self.cursor is not None and self.cursor >= self._end - 1:
            self.playing = False

    @property
    def _end(self) -> int:
        """Steps that there are to be gone through."""
        return self.total if self._computes else self.count

    @property
    def goal(self) -> int:
        """Steps that are recorded, or will be."""
        return max(self._asked, self.count)

    @property
    def wanted(self) -> int | None:
        """The step at which the cursor stands, or will stand once it is recorded."""
        return int(self._wish) if self._wish >= 0 else None

    @property
    def computing(self) -> bool:
        """Whether steps are asked for that are not recorded yet."""
        return self._asked > self.count

    def _play_on(self, seconds: float) -> None:
        if self.speed is None:
            self._ask(self.total)
            self._wish = max(self._wish, self.count - 1.0)
            return
        lead = max(1.0, self.speed * _LEAD_SECONDS)
        # Where steps are computed again up to the cursor, it waits for them and does not go back.
        furthest = max(self.count - 1 + lead, self._wish)
        self._wish = min(self._wish + self.speed * seconds, furthest, self._end - 1.0)
        self._ask(math.floor(self._wish) + 1)

    def _ask(self, until: int) -> None:
        if self._computes and until > max(self._asked, self.count):
            self._asked = until
            self._advance(until)

    def _stop_computing(self) -> None:
        if self.computing:
            self._pause()
        self._asked = 0
