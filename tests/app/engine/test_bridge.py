from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.engine.bridge import EngineBridge
from app.engine.messages import Advance, Configure, Configured, Event, Open, Opened, RunSettings
from app.engine.session_folder import SessionFolder
from lstm_viz.loading import load_model
from lstm_viz.stepper import record
from lstm_viz.trace import open_trace

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


def test_commands_without_an_engine_are_lost_quietly(bridge: EngineBridge) -> None:
    bridge.send(Advance(1, 5))
    assert bridge.pid is None
    assert not bridge.alive
