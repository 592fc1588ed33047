"""Questions and answers about gates, on a bridge that only notes what is sent."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal

from app.engine.messages import Cancelled, Explain, Explained, Failed
from app.explaining import Explaining


class Bridge(QObject):
    """The part of the engine bridge that is used here."""

    event_received = Signal(object)
    engine_died = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.generation = 0
        self.sent: list[Explain] = []

    def next_generation(self) -> int:
        self.generation += 1
        return self.generation

    def send(self, command: Explain) -> None:
        self.sent.append(command)

    def answer(self, command: Explain) -> Explained:
        event = Explained(command, np.ones((4, 1)), np.ones((4, 2)), np.zeros(4), (), "")
        self.event_received.emit(event)
        return event


@pytest.fixture
def bridge(qapp):
    return Bridge()


@pytest.fixture
def explaining(bridge):
    return Explaining(bridge)


def ask(explaining, step, recording="one"):
    explaining.ask("lstm", step, 0, 1, recording)


def test_one_question_is_on_its_way_at_a_time_and_the_newest_comes_next(explaining, bridge):
    for step in (1, 2, 3):
        ask(explaining, step)
    assert [command.step for command in bridge.sent] == [1]
    assert explaining.is_waiting
    bridge.answer(bridge.sent[0])
    assert [command.step for command in bridge.sent] == [1, 3]
    assert explaining.answer.command.step == 1
    assert explaining.is_waiting
    bridge.answer(bridge.sent[1])
    assert not explaining.is_waiting


def test_what_was_answered_is_not_asked_again(explaining, bridge):
    ask(explaining, 1)
    bridge.answer(bridge.sent[0])
    ask(explaining, 1)
    assert len(bridge.sent) == 1


def test_another_recording_is_asked_about_anew(explaining, bridge):
    ask(explaining, 1)
    bridge.answer(bridge.sent[0])
    ask(explaining, 1, "two")
    assert len(bridge.sent) == 2


def test_a_late_answer_is_dropped(explaining, bridge):
    ask(explaining, 1)
    explaining.end()
    ask(explaining, 2)
    bridge.answer(bridge.sent[0])
    assert explaining.answer is None
    assert bridge.answer(bridge.sent[1]) is explaining.answer


def test_a_refusal_is_said_and_does_not_stop_the_next_question(explaining, bridge):
    said = []
    explaining.refused.connect(said.append)
    ask(explaining, 1)
    ask(explaining, 2)
    bridge.event_received.emit(Failed(bridge.sent[0].generation, "Explain", "It is masked.", "Go on.", ""))
    assert said == ["It is masked. Go on."]
    assert bridge.sent[-1].step == 2
    bridge.answer(bridge.sent[-1])
    assert not explaining.is_waiting


def test_what_was_given_up_or_died_with_the_engine_is_asked_again(explaining, bridge):
    ask(explaining, 1)
    bridge.event_received.emit(Cancelled(9))
    ask(explaining, 1)
    bridge.engine_died.emit("")
    ask(explaining, 1)
    assert [command.step for command in bridge.sent] == [1, 1, 1]


def test_a_failure_of_another_command_is_none_of_its(explaining, bridge):
    said = []
    explaining.refused.connect(said.append)
    ask(explaining, 1)
    bridge.event_received.emit(Failed(bridge.sent[0].generation, "Advance", "No.", "", ""))
    assert said == []
