"""What is asked to be opened: sent to the engine, and remembered until that is answered."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.engine.bridge import EngineBridge
from app.engine.messages import (
    Command,
    DataOpened,
    Failed,
    Open,
    Opened,
    RecordingOpened,
    Reshape,
)
from app.session_file import Look, SavedSession
from app.viewed_run import ViewedRun
from lstm_viz.dataset import Missing, Shaping
from lstm_viz.errors import LstmVizError

_STARTING = "Starting the engine…"


class Opening(ViewedRun):
    """A run that is looked at until another one is open.

    Parameters
    ----------
    bridge : EngineBridge
    advance, pause : callable
        For the player.

    Attributes
    ----------
    attended : bool
        Somebody is there who can be asked for what is missing.
    opening : bool
        Something is being opened or cut anew; until then nothing else can be changed.
    asked : dict
        What was asked to be opened last.
    """

    failed = Signal(object)  # Failed
    busy = Signal(str, object)  # what is going on ("" for nothing), and the fraction done or None

    def __init__(
        self,
        bridge: EngineBridge,
        advance: Callable[[int], None],
        pause: Callable[[], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(advance, pause, parent)
        self._bridge = bridge
        self._opening: int | None = None  # the newest Open or Reshape that is not answered yet
        self.attended = True
        self.asked: dict[str, Any] = {}
        self._asked_look: Look | None = None  # how that is to be looked at, where that is known
        self._asked_session: SavedSession | None = None  # of which session file that is

    @property
    def opening(self) -> bool:
        """Whether something is being opened or cut anew."""
        return self._opening is not None

    def open_example(
        self,
        name: str,
        data: str | None = None,
        missing: Missing = "refuse",
        shaping: Shaping | None = None,
    ) -> None:
        """Open a built-in example, on its own data or on a file."""
        self._open(example=name, data=data, missing=missing, shaping=shaping)

    def open_files(
        self,
        model: str | None,
        data: str | None = None,
        architecture: str | None = None,
        missing: Missing = "refuse",
        shaping: Shaping | None = None,
    ) -> None:
        """Open a model file, a data file, or both; what is None stays.

        Parameters
        ----------
        model, data : str or None
        architecture : str or None
            For a model file that holds weights alone.
        missing : {"refuse", "interpolate", "drop"}
            What to do about missing values in the data.
        shaping : Shaping or None
            How a series becomes samples; None lets the model decide.
        """
        self._open(model=model, data=data, architecture=architecture, missing=missing, shaping=shaping)

    def open_recording(self, path: str) -> None:
        """Open a recording without its model, to be looked at."""
        self._open(trace=path)

    def open_again(self, **changes: str) -> None:
        """Open once more what was asked for last, with something changed or added."""
        self._open(self._asked_look, self._asked_session, **{**self.asked, **changes})

    def open_saved(self, saved: SavedSession, look: Look | None = None) -> None:
        """Open what a session file holds, and look at what was looked at."""
        self._open(look or saved.look, saved, **saved.to_open())

    def refuse_to_open(self, error: LstmVizError) -> None:
        """Say why something cannot be opened that the engine is not even asked for."""
        self.failed.emit(Failed(self._bridge.generation, "Open", error.message, error.hint, error.details))

    def _open(self, look: Look | None = None, saved: SavedSession | None = None, **what: Any) -> None:
        self.asked = what
        self.open_by(functools.partial(Open, **what), look)
        self._asked_session = saved

    def open_by(self, command: Callable[[int], Command], look: Look | None = None) -> int:
        """Send a command, made of its generation, that ends in something being open; return that."""
        self._asked_look, self._asked_session = look, None
        self.player.pause()
        self._opening = self._bridge.next_generation()
        self._bridge.send(command(self._opening))
        if not self._bridge.ready and not self._bridge.lost:
            self.busy.emit(_STARTING, None)  # it says nothing more of this before it is there
        self.woken.emit()
        return self._opening

    def reshape(self, shaping: Shaping) -> None:
        """Cut the data anew."""
        self.open_by(functools.partial(Reshape, shaping=shaping))

    def _opening_answered(self, event: DataOpened | Opened | RecordingOpened | Failed) -> None:
        if self._opening is not None and event.generation >= self._opening:
            self._opening = None
