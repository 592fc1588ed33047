from __future__ import annotations

import gc
import multiprocessing
import os
import select
import signal
import subprocess
import sys
import weakref
from collections.abc import Iterator
from multiprocessing.connection import wait
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from app.engine.loop import EngineLoop
from app.engine.messages import (
    Cancel,
    Command,
    Compare,
    Configure,
    DataOpened,
    Discard,
    Event,
    Open,
    Opened,
    Reshape,
    RunSettings,
    Save,
    Started,
    Stop,
)
from app.engine.process import EngineProcess, _give_way, _Inbox, _serve, supersedes
from app.engine.session_folder import SessionFolder
from lstm_viz.dataset import Shaping
from lstm_viz.plan import ResetPoint, Resets

_PATIENCE = 60.0


@pytest.fixture
def process(session: SessionFolder) -> Iterator[EngineProcess]:
    engine = EngineProcess(session)
    engine.start()
    yield engine
    engine.kill()


@pytest.fixture
def data(tmp_path: Path) -> str:
    np.save(tmp_path / "x.npy", np.zeros((2, 3, 1), np.float32))
    return str(tmp_path / "x.npy")


def until(process: EngineProcess, kind: type) -> list[Event]:
    """Return all events up to one of this kind, or up to the engine's death."""
    events: list[Event] = []
    while not process.died and not any(isinstance(event, kind) for event in events):
        assert wait([process.fileno()], _PATIENCE), f"{kind.__name__} did not come, only {events}"
        events += process.receive()
    return events


def test_data_are_read_by_an_engine_that_has_just_started(process: EngineProcess, data: str) -> None:
    process.send(Open(1, data=data))
    started, *_, opened = until(process, DataOpened)
    assert started == Started(process.pid)
    assert isinstance(opened, DataOpened)
    assert process.session.holds(Path(opened.folder))


def test_an_engine_that_is_asked_to_ends_by_itself(process: EngineProcess) -> None:
    process.send(Stop())
    until(process, type(None))
    assert process.died
    assert "exit code 0" in process.exit_reason()


def test_the_death_of_the_engine_is_seen(process: EngineProcess) -> None:
    until(process, Started)
    assert process.alive
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    until(process, type(None))
    assert process.died
    assert not process.alive
    assert "SIGKILL" in process.exit_reason()


def test_commands_to_a_dead_engine_harm_nobody(process: EngineProcess) -> None:
    until(process, Started)
    os.kill(process.pid or 0, signal.SIGKILL)
    until(process, type(None))
    for generation in range(3):
        process.send(Open(generation, example="tagger"))
    assert process.receive() == []
    process.stop()
    process.kill()


def test_a_large_command_does_not_wait_for_a_busy_engine(process: EngineProcess) -> None:
    until(process, Started)
    os.kill(process.pid or 0, signal.SIGSTOP)  # as busy as can be
    points = tuple(ResetPoint(batch, 0) for batch in range(100_000))
    process.send(Configure(1, RunSettings(resets=Resets(at=points))))
    process.kill()
    assert not process.alive


def test_ctrl_c_in_the_terminal_does_not_end_the_engine(process: EngineProcess, data: str) -> None:
    until(process, Started)
    os.kill(process.pid or 0, signal.SIGINT)
    process.send(Open(1, data=data))
    assert isinstance(until(process, DataOpened)[-1], DataOpened)


def test_what_the_engine_says_goes_to_its_log(process: EngineProcess) -> None:
    until(process, Started)
    os.kill(process.pid or 0, signal.SIGSEGV)  # faulthandler writes where it happened
    until(process, type(None))
    assert "Segmentation fault" in process.session.log_tail(100)


def test_a_closed_model_is_gone_when_the_next_one_is_open(session: SessionFolder) -> None:
    window, engine = multiprocessing.Pipe()
    models: list[weakref.ref[object]] = []

    def take(event: Event) -> None:
        if isinstance(event, Opened):
            assert loop._model is not None
            models.append(weakref.ref(loop._model.loaded.keras_model))

    loop = EngineLoop(session, take)
    for generation in range(3):
        window.send(Open(generation, example="next_value"))
    window.send(Stop())
    thresholds = gc.get_threshold()
    gc.set_threshold(0)  # nobody else shall clear away
    try:
        _serve(loop, _Inbox(engine))
        gone = [model() is None for model in models]
    finally:
        gc.set_threshold(*thresholds)
        window.close()
        engine.close()
    assert gone == [True, True, False]


_WINDOW = """
import os, sys
from multiprocessing.connection import wait
from pathlib import Path
from app.engine.bridge import EngineBridge
from app.engine.messages import DataOpened, Open
from app.engine.process import EngineProcess
from app.engine.session_folder import SessionFolder

if __name__ == "__main__":
    session = SessionFolder.create(Path(sys.argv[1]))
    engine = EngineProcess(session)
    engine.start()
    engine.send(Open(1, data=sys.argv[2]))
    events = []
    while not any(isinstance(event, DataOpened) for event in events):
        wait([engine.fileno()], 60)
        events += engine.receive()
    print(engine.pid)
    maps = Path(f"/proc/{engine.pid}/maps")
    print("Qt" if maps.exists() and "libQt6" in maps.read_text() else "no Qt")
    print(*(name for name in ("tensorflow", "keras", "h5py") if name in sys.modules))
    sys.stdout.flush()
    os.kill(os.getpid(), 9)
"""


@pytest.fixture
def window(tmp_path: Path, data: str) -> SimpleNamespace:
    """A window that started an engine, looked around, and was killed."""
    script = tmp_path / "window.py"
    script.write_text(_WINDOW, encoding="utf-8")
    root = Path(__file__).parents[3]
    result = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "cache"), data],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    pid, qt, modules = (result.stdout + "\n\n\n").splitlines()[:3]
    return SimpleNamespace(pid=pid, qt=qt, modules=modules, errors=result.stderr)


def test_window_and_engine_keep_to_themselves(window: SimpleNamespace) -> None:
    assert window.modules == "", window.errors  # the window imports nothing of the model's side
    assert window.qt == "no Qt"  # nor the engine anything of the window's


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="waits for a process that is no child of the test")
def test_a_window_that_is_killed_takes_its_engine_with_it(window: SimpleNamespace) -> None:
    try:
        engine = os.pidfd_open(int(window.pid))
    except ProcessLookupError:
        return  # it has ended already
    try:
        assert select.select([engine], [], [], _PATIENCE)[0]
    finally:
        os.close(engine)


@pytest.mark.parametrize(
    ("newer", "older", "useless"),
    [
        (Stop(), Open(1, model="a"), True),
        (Open(2, example="tagger"), Open(1, model="a", data="b"), True),
        (Open(2, model="c"), Open(1, model="a"), True),
        (Open(2, model="c"), Open(1, model="a", data="b"), False),
        (Open(2, model="c"), Open(1, data="b"), False),
        (Open(2, model="c"), Open(1, example="tagger"), False),
        (Open(2, model="c", data="d"), Open(1, example="tagger"), True),
        (Reshape(2, Shaping()), Reshape(1, Shaping()), True),
        (Configure(2, RunSettings()), Open(1, model="a"), False),
        (Cancel(2), Open(1, model="a"), True),
        (Cancel(2), Reshape(1, Shaping()), True),
        (Cancel(2), Compare(1), True),
        (Cancel(2), Save(1, "run.npz"), True),
        (Cancel(2), Configure(1, RunSettings()), True),
        (Cancel(2), Cancel(1), False),
        (Cancel(2), Discard(("a",)), False),
        (Save(2, "run.npz"), Save(1, "run.npz"), False),
    ],
)
def test_a_command_is_useless_where_a_newer_one_leaves_nothing_of_it(
    newer: Command, older: Command, useless: bool
) -> None:
    assert supersedes(newer, older) is useless


@pytest.mark.skipif(sys.platform == "win32", reason="there the process has a priority class")
def test_an_engine_that_may_not_give_way_runs_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def refuse(*arguments: object) -> None:
        asked.append(len(arguments))
        raise PermissionError("not in this container")

    monkeypatch.setattr(os, "nice", refuse)
    _give_way()
    assert asked


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no batch processes")
def test_the_engine_is_a_batch_process_of_low_priority() -> None:
    code = (
        "import os; from app.engine.process import _give_way; _give_way(); "
        "print(os.nice(0), os.sched_getscheduler(0) == os.SCHED_BATCH)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    nice, batch = done.stdout.split()
    assert int(nice) >= 10
    assert batch == "True"
