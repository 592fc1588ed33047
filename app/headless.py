"""A run without a window: what the engine does in its process, in this one."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.engine.loop import EngineLoop
from app.engine.messages import (
    Advance,
    Command,
    Compare,
    Compared,
    Configure,
    Event,
    Failed,
    Open,
    Opened,
    Progress,
    RecordingOpened,
)
from app.engine.process import set_environment
from app.engine.session_folder import SessionFolder
from app.run_plan import RunSettings
from lstm_viz import Trace, open_trace
from lstm_viz.errors import LstmVizError, ModelError

Tell = Callable[[str, float | None], None]


def _in_silence(text: str, fraction: float | None) -> None:
    pass


class HeadlessRun:
    """Opens a model and data and runs it; its recording lies in a folder that goes with it.

    Parameters
    ----------
    session : SessionFolder
    tell : callable
        Called with what is going on and the fraction done, or None.
    """

    def __init__(self, session: SessionFolder, tell: Tell = _in_silence) -> None:
        self._events: list[Event] = []
        self._tell = tell
        self._loop = EngineLoop(session, self._take)

    def open(self, command: Open, settings: Callable[[RunSettings], RunSettings] | None = None) -> Opened:
        """Open what a command names, and let it be run under other settings than the usual ones.

        Raises
        ------
        LstmVizError
            It cannot be opened or run so, or the model has no LSTM layer.
        """
        opened = self._opened(command)
        if not opened.model.lstm_layers:
            raise ModelError(
                f"The model {opened.model.title} has no LSTM layer.", "There is nothing to step in it."
            )
        wanted = opened.settings if settings is None else settings(opened.settings)
        if wanted == opened.settings:
            return opened
        self._do(Configure(command.generation, wanted))
        changed = self._events[-1]
        return dataclasses.replace(opened, settings=wanted, plan=changed.plan, recording=changed.recording)

    def compare(self, opened: Opened, settings: RunSettings | None, model: str | None = None) -> Compared:
        """Let a second run go beside the first: under other settings, or of another model.

        Raises
        ------
        LstmVizError
            It cannot be run on these data, or not be compared.
        """
        self._do(Compare(opened.generation, settings, model))
        return next(event for event in reversed(self._events) if isinstance(event, Compared))

    def run(self, opened: Opened, steps: int | None = None) -> Trace:
        """Compute so many steps, or all, and return the recording.

        Raises
        ------
        LstmVizError
        """
        trace = open_trace(opened.recording)
        until = len(opened.plan) if steps is None else min(steps, len(opened.plan))
        self._do(Advance(opened.generation, until))
        while self._loop.work():
            self._tell(f"Recording {until:,} steps", trace.count / until)
        self._check()
        self._tell(f"Recording {until:,} steps", 1.0)
        return trace

    def _opened(self, command: Open) -> Opened:
        self._do(command)
        answer = self._events[-1]
        if isinstance(answer, RecordingOpened):
            raise ModelError(
                f"{Path(answer.path).name} is a recording without its model.", "Give the model that made it."
            )
        return next(event for event in reversed(self._events) if isinstance(event, Opened))

    def _do(self, command: Command) -> None:
        self._loop.handle(command)
        self._check()

    def _check(self) -> None:
        for event in self._events:
            if isinstance(event, Failed):
                raise LstmVizError(event.message, event.hint, event.details)

    def _take(self, event: Event) -> None:
        if isinstance(event, Progress):
            self._tell(event.text, event.fraction)
        else:
            self._events.append(event)


@contextmanager
def headless(tell: Tell = _in_silence) -> Iterator[HeadlessRun]:
    """Make a run that leaves nothing behind.

    Raises
    ------
    LstmVizError
        There is no place for recordings.
    """
    set_environment()
    session = SessionFolder.create()
    try:
        yield HeadlessRun(session, tell)
    finally:
        session.remove()
