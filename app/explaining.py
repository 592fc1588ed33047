"""Asks the engine what the gates of a unit are made of, and takes the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.engine.messages import Cancelled, Event, Explain, Explained, Failed

if TYPE_CHECKING:
    from app.engine.bridge import EngineBridge

Place = tuple[object, ...]  # path, step, row, unit, and what tells this recording from another


class Explaining(QObject):
    """Keeps one question on its way at a time, so that a run that plays does not pile them up.

    Parameters
    ----------
    bridge : EngineBridge

    Attributes
    ----------
    answer : Explained or None
        The newest answer.
    """

    answered = Signal()
    refused = Signal(str)  # why there is no answer, in words

    def __init__(self, bridge: EngineBridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._asked: Place | None = None
        self._wanted: Place | None = None
        self._on_its_way: int | None = None
        self.answer: Explained | None = None
        bridge.event_received.connect(self._on_bridge_event_received)
        bridge.engine_died.connect(self._on_bridge_engine_died)

    def ask(self, path: str, step: int, row: int, unit: int, recording: object) -> None:
        """Ask for a unit at a step of a layer; what was asked already is not asked again.

        Parameters
        ----------
        path : str
        step, row, unit : int
        recording : object
            Equal as long as the recording is the same.
        """
        self._wanted = path, step, row, unit, recording
        self._ask()

    def end(self) -> None:
        """Ask no more, and forget what was answered."""
        self._wanted = self._asked = self.answer = None
        self._on_its_way = None

    @property
    def is_waiting(self) -> bool:
        """Whether a question is on its way."""
        return self._on_its_way is not None

    def _ask(self) -> None:
        if self._on_its_way is not None or self._wanted is None or self._wanted == self._asked:
            return
        path, step, row, unit, _ = self._wanted
        self._asked, self._on_its_way = self._wanted, self._bridge.next_generation()
        self._bridge.send(Explain(self._on_its_way, path, step, row, unit))

    def _on_bridge_event_received(self, event: Event) -> None:
        if isinstance(event, Cancelled):  # it may have been given up
            self._asked = self._on_its_way = None
            return
        if not isinstance(event, (Explained, Failed)) or event.generation != self._on_its_way:
            return
        if isinstance(event, Failed) and event.command != "Explain":
            return
        self._on_its_way = None
        if isinstance(event, Explained):
            self.answer = event
            self.answered.emit()
        else:
            self.answer = None
            self.refused.emit(f"{event.message} {event.hint}".strip())
        self._ask()

    def _on_bridge_engine_died(self) -> None:
        self._asked = self._on_its_way = None
