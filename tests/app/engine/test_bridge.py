from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from multiprocessing.connection import wait
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QSocketDescriptor, QSocketNotifier
from pytestqt.qtbot import QtBot

from app.engine.bridge import EngineBridge
from app.engine.messages import (
    Advance,
    Cancelled,
    Compare,
    Configure,
    Configured,
    DataOpened,
    Event,
    Failed,
    Open,
    Opened,
    Ready,
    Reshape,
    RunSettings,
    Save,
)
from app.engine.session_folder import SessionFolder
from lstm_viz.dataset import Dataset, Shaping
from lstm_viz.loading import load_model
from lstm_viz.recording import record
from lstm_viz.trace_opening import open_trace

_PATIENCE = 90_000


@pytest.fixture
def bridge(qtbot: QtBot, session: SessionFolder) -> Iterator[EngineBridge]:
    bridge = EngineBridge(session)
    yield bridge
    bridge.stop()
    bridge.deleteLater()


def of(kind: type) -> Callable[[Event], bool]:
    """A check for ``waitSignal``."""

    def check(event: Event) -> bool:
        return isinstance(event, kind)

    return check


def test_after_the_engine_is_killed_a_new_one_goes_on_with_the_same_numbers(
    qtbot: QtBot, bridge: EngineBridge, files: SimpleNamespace
) -> None:
    bridge.start()
    with qtbot.waitSignal(bridge.event_received, timeout=_PATIENCE, check_params_cb=of(Opened)) as first:
        bridge.send(Open(bridge.next_generation(), model=files.one, data=files.one_data))
    settings = RunSettings(batch_size=2, stateful=True, epochs=2)
    with qtbot.waitSignal(bridge.event_received, timeout=_PATIENCE, check_params_cb=of(Configured)) as second:
        bridge.send(Configure(bridge.next_generation(), settings))
    configured: Configured = second.args[0]
    trace = open_trace(configured.recording)
    bridge.send(Advance(bridge.generation, 5))
    qtbot.waitUntil(lambda: trace.count == 5, timeout=_PATIENCE)
    # The recording that nobody looks at any more is deleted.
    qtbot.waitUntil(lambda: not Path(first.args[0].recording).exists(), timeout=_PATIENCE)

    with qtbot.waitSignal(bridge.engine_died, timeout=_PATIENCE) as death:
        os.kill(bridge.pid or 0, signal.SIGKILL)
    assert "SIGKILL" in death.args[0]
    assert not bridge.alive
    assert trace.count == 5

    with qtbot.waitSignal(bridge.event_received, timeout=_PATIENCE, check_params_cb=of(Opened)) as again:
        bridge.restart()
    opened: Opened = again.args[0]
    assert opened.generation == bridge.generation
    assert opened.recording == configured.recording
    assert opened.settings == settings
    bridge.send(Advance(bridge.generation, len(opened.plan)))
    qtbot.waitUntil(lambda: trace.count == len(opened.plan), timeout=_PATIENCE)
    with np.load(files.one_data) as arrays:
        whole = record(load_model(files.one), arrays["x"], batch_size=2, stateful=True)
    np.testing.assert_allclose(trace.layers["memory"].h, whole.layers["memory"].h, atol=1e-6)


def test_an_engine_can_be_exchanged_before_it_has_opened_anything(
    qtbot: QtBot, bridge: EngineBridge, files: SimpleNamespace
) -> None:
    with qtbot.waitSignal(bridge.engine_started, timeout=_PATIENCE):
        bridge.start()
        bridge.send(Open(bridge.next_generation(), data=files.one_data))
    first = bridge.pid
    deaths: list[str] = []
    bridge.engine_died.connect(deaths.append)
    with qtbot.waitSignal(bridge.event_received, timeout=_PATIENCE, check_params_cb=is_data) as again:
        bridge.restart()
    assert again.args[0].generation == bridge.generation
    assert bridge.pid != first
    assert deaths == []  # it was ended, it did not die


def is_data(event: Event) -> bool:
    return type(event).__name__ == "DataOpened" and event.generation == 2  # type: ignore[union-attr]


def test_stopping_ends_the_engine_and_is_silent(qtbot: QtBot, bridge: EngineBridge) -> None:
    with qtbot.waitSignal(bridge.engine_started, timeout=_PATIENCE):
        bridge.start()
    with qtbot.assertNotEmitted(bridge.engine_died):
        bridge.stop()
        assert not bridge.alive
        bridge.stop()


def test_what_is_asked_for_before_the_engine_starts_is_answered_by_it(
    qtbot: QtBot, bridge: EngineBridge, files: SimpleNamespace
) -> None:
    first = bridge.next_generation()
    bridge.send(Open(first, model=files.one, data=files.one_data))
    bridge.cancel()
    last = bridge.next_generation()
    bridge.send(Open(last, model=files.two, data=files.two_data))
    assert bridge.pid is None
    assert not bridge.alive
    with qtbot.waitSignal(bridge.event_received, timeout=_PATIENCE, check_params_cb=of(Opened)) as opened:
        bridge.start()
    assert opened.args[0].generation == last
    assert opened.args[0].model.path == files.two


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe there is looked at on a timer")
def test_an_answer_is_told_of_before_it_is_received_in_a_turn_of_its_own(
    qtbot: QtBot, bridge: EngineBridge
) -> None:
    told: list[str] = []
    bridge.event_received.connect(lambda _: told.append("received"))
    bridge.start()
    notifier = bridge.findChild(QSocketNotifier)
    assert wait([notifier.socket()], _PATIENCE / 1000)  # without an event loop
    bridge.event_coming.connect(lambda: told.append("coming"))
    notifier.activated.emit(QSocketDescriptor(notifier.socket()), QSocketNotifier.Type.Read)
    assert told == ["coming"]
    qtbot.waitUntil(lambda: "received" in told, timeout=_PATIENCE)


def test_what_was_taken_over_before_the_first_engine_starts_is_kept(
    qtbot: QtBot, bridge: EngineBridge, session: SessionFolder, files: SimpleNamespace, tmp_path: Path
) -> None:
    taken = session.new_recording()
    taken.mkdir(parents=True)
    assert str(taken) in session.folders()
    bridge.send(Open(bridge.next_generation(), model=files.one, data=files.one_data))
    with qtbot.waitSignal(bridge.event_received, timeout=_PATIENCE, check_params_cb=of(Failed)):
        bridge.start()
        bridge.send(Save(bridge.generation, str(tmp_path / "run.npz")))  # nothing is recorded; answered last
    assert taken.exists()


def test_commands_to_an_engine_that_was_stopped_are_lost_quietly(bridge: EngineBridge) -> None:
    bridge.stop()
    bridge.send(Advance(1, 5))
    assert bridge.pid is None
    assert not bridge.alive


class Asked:
    """What a bridge says, and waits for it."""

    def __init__(self, qtbot: QtBot, bridge: EngineBridge) -> None:
        self.qtbot, self.bridge = qtbot, bridge
        self.events: list[Event] = []
        bridge.event_received.connect(self.events.append)

    def wait(self, kind: type, number: int = 1) -> Event:
        """Wait until so many of a kind have come; return the last."""
        self.qtbot.waitUntil(lambda: len(self.of(kind)) >= number, timeout=_PATIENCE)
        return self.of(kind)[-1]

    def of(self, kind: type) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]

    def open(self, **what: str) -> int:
        generation = self.bridge.next_generation()
        self.bridge.send(Open(generation, **what))
        return generation

    def lose(self) -> None:
        """Kill the engine and wait until that is known."""
        with self.qtbot.waitSignal(self.bridge.engine_died, timeout=_PATIENCE):
            os.kill(self.bridge.pid or 0, signal.SIGKILL)
        assert self.bridge.lost


@pytest.fixture
def asked(qtbot: QtBot, bridge: EngineBridge) -> Asked:
    return Asked(qtbot, bridge)


def test_without_an_engine_what_needs_one_is_refused(bridge: EngineBridge, asked: Asked) -> None:
    bridge.start()
    asked.lose()
    refused = (
        Save(1, "run.npz"),
        Configure(2, RunSettings()),
        Reshape(3, Shaping()),
        Compare(4, RunSettings()),
    )
    for command in (*refused, Advance(5, 7)):
        bridge.send(command)
    asked.wait(Failed, len(refused))
    assert [(e.generation, e.command) for e in asked.of(Failed)] == [
        (command.generation, type(command).__name__) for command in refused
    ]
    assert "Start it again" in asked.of(Failed)[0].hint
    assert not bridge.alive


def test_opening_without_an_engine_starts_one_that_has_both(
    bridge: EngineBridge, asked: Asked, files: SimpleNamespace
) -> None:
    bridge.start()
    asked.open(model=files.one, data=files.one_data)
    asked.wait(Opened)
    asked.lose()
    generation = asked.open(data=files.other_data)
    assert bridge.alive
    opened = asked.wait(Opened, 2)
    assert opened.generation == generation
    assert opened.model.path == files.one
    assert Dataset.open(Path(opened.data_folder)).samples == 4
    assert len(asked.of(Opened)) == 2  # of what was open before nothing is heard


def test_what_was_open_is_there_again_where_a_new_engine_cannot_open_what_it_was_started_for(
    bridge: EngineBridge, asked: Asked, files: SimpleNamespace
) -> None:
    bridge.start()
    asked.open(model=files.one, data=files.one_data)
    before = asked.wait(Opened)
    asked.lose()
    asked.open(model=files.broken)
    asked.wait(Failed)
    again = asked.of(Opened)[-1]
    assert (again.model.path, again.recording) == (files.one, before.recording)


def test_what_is_cancelled_is_given_up_by_the_same_engine(
    bridge: EngineBridge, asked: Asked, files: SimpleNamespace
) -> None:
    bridge.start()
    asked.open(model=files.one, data=files.one_data)
    asked.wait(Opened)
    engine = bridge.pid
    asked.open(model=files.two, data=files.two_data)
    bridge.cancel()
    asked.wait(Cancelled)
    assert bridge.pid == engine
    bridge.send(Advance(bridge.generation, 3))
    trace = open_trace(asked.of(Opened)[0].recording)
    asked.qtbot.waitUntil(lambda: trace.count == 3, timeout=_PATIENCE)
    assert len(asked.of(Opened)) == 1


def test_an_engine_that_does_not_cancel_is_exchanged_and_leaves_no_file(
    bridge: EngineBridge, asked: Asked, files: SimpleNamespace, tmp_path: Path
) -> None:
    bridge.start()
    asked.open(model=files.one, data=files.one_data)
    before = asked.wait(Opened)
    asked.wait(Ready)
    os.kill(bridge.pid or 0, signal.SIGSTOP)  # it is as busy as can be
    engine = bridge.pid
    target = tmp_path / "saved" / "run.npz"
    target.parent.mkdir()
    bridge.send(Save(bridge.next_generation(), str(target)))
    target.with_name(".run.npz.0123abcd").write_bytes(b"begun")
    target.with_name(".run.npz.notes").write_bytes(b"somebody else's")
    half_made = bridge.session.new_data()
    half_made.mkdir()
    bridge.cancel()
    settings = RunSettings(batch_size=2)
    bridge.send(Configure(bridge.next_generation(), settings))  # what is asked for afterwards is not lost
    configured = asked.wait(Configured)
    assert bridge.pid != engine
    assert configured.settings == settings
    assert [type(event) for event in asked.events if isinstance(event, (Cancelled, Opened, Configured))] == [
        Opened,
        Cancelled,
        Opened,
        Configured,
    ]
    assert asked.of(Opened)[-1].recording == before.recording
    assert [path.name for path in target.parent.iterdir()] == [".run.npz.notes"]
    assert not half_made.exists()
    assert Path(before.data_folder).exists()


def test_cancelling_while_tensorflow_is_imported_does_not_begin_the_import_again(
    bridge: EngineBridge, asked: Asked, files: SimpleNamespace
) -> None:
    bridge.start()
    asked.open(model=files.one, data=files.one_data)
    asked.wait(DataOpened)
    engine = bridge.pid
    bridge.cancel()
    asked.wait(Cancelled)
    assert bridge.pid == engine
    assert asked.of(Ready)
    assert not asked.of(Opened)
