"""What holds for every test: no accelerator, no screen, no user's settings, and nothing left behind."""

from __future__ import annotations

import contextlib
import gc
import logging
import multiprocessing
import os
import shutil
import sys
import tempfile
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

# How long what is just ending may take to end. Nobody waits for it when nothing is left.
_GRACE_S = 5.0

_home = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """Make an environment without accelerator, screen and user, before anything reads it."""
    home = config.stash[_home] = tempfile.mkdtemp(prefix="lstm-viz-tests-")
    for name, folder in {
        "HOME": "",
        "APPDATA": "config",
        "LOCALAPPDATA": "data",
        "KERAS_HOME": "keras",
        "XDG_CACHE_HOME": "cache",
        "XDG_CONFIG_HOME": "config",
        "XDG_DATA_HOME": "data",
        "XDG_RUNTIME_DIR": "runtime",
        "XDG_STATE_HOME": "state",
    }.items():
        path = Path(home, folder)
        path.mkdir(mode=0o700, exist_ok=True)
        os.environ[name] = str(path)
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    # The first call of a compiled model takes longer than any deadline that would mean something, and
    # what fails once must fail again.
    hypothesis.settings.register_profile("lstm_viz", deadline=None, derandomize=True, database=None)
    hypothesis.settings.load_profile("lstm_viz")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the user that there never was."""
    shutil.rmtree(config.stash[_home], ignore_errors=True)


@pytest.fixture(autouse=True)
def _nothing_left_behind(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail a test that logs an error, or leaves a thread, a process, a timer or a widget behind.

    A test that asks for an error in the log asserts it and then calls ``caplog.clear()``. The settings
    that a test stored are removed.
    """
    threads = set(threading.enumerate())
    with _qt_leftovers() if "qapp" in request.fixturenames else contextlib.nullcontext([]) as of_qt:
        yield
    for parent in Path(os.environ["XDG_CONFIG_HOME"]).iterdir():
        shutil.rmtree(parent) if parent.is_dir() else parent.unlink()
    errors = [
        record.getMessage()
        for phase in ("setup", "call")
        for record in caplog.get_records(phase)
        if record.levelno >= logging.ERROR
    ]
    assert not errors, f"The test logged errors: {errors}"
    assert not _processes_left(), "The test left processes running, which were ended."
    left = [thread for thread in threading.enumerate() if thread not in threads and _outlives(thread)]
    assert not left, f"The test left threads running: {left}"
    assert not of_qt, f"The test left behind: {of_qt}"


def _outlives(thread: threading.Thread) -> bool:
    """Whether a thread goes on although nobody needs it.

    One that TensorFlow made is not ours to end, and Zarr keeps those of its event loop for good.
    """
    if isinstance(thread, threading._DummyThread) or thread.name.startswith(("zarr_", "asyncio_")):
        return False
    thread.join(_GRACE_S)
    return thread.is_alive()


def _processes_left() -> list[str]:
    left = []
    for process in multiprocessing.active_children():
        process.join(_GRACE_S)
        if process.is_alive():
            left.append(process.name)
            process.kill()
            process.join()
    return left


@contextlib.contextmanager
def _qt_leftovers() -> Iterator[list[str]]:
    """Yield a list that afterwards names the timers still active and the top-level widgets still there."""
    from PySide6.QtCore import QTimer

    start, started = QTimer.start, weakref.WeakSet()

    def noted_start(self: QTimer, *interval: int) -> None:
        started.add(self)
        start(self, *interval)

    before = set(_top_level_widgets())
    left: list[str] = []
    QTimer.start = noted_start
    try:
        yield left
    finally:
        QTimer.start = start
    _let_go()
    if set(_top_level_widgets()) - before or _active(started):
        gc.collect()  # a plot's menus and its view hold one another
        _let_go()
    left += [repr(widget) for widget in set(_top_level_widgets()) - before]
    for timer in _active(started):
        left.append(f"{timer!r} of {timer.parent()!r}")
        timer.stop()


def _top_level_widgets() -> list[object]:
    if "PySide6.QtWidgets" not in sys.modules:
        return []
    from PySide6.QtWidgets import QApplication

    return QApplication.topLevelWidgets()


def _active(timers: weakref.WeakSet) -> list[object]:
    from shiboken6 import isValid

    return [timer for timer in timers if isValid(timer) and timer.isActive()]


def _let_go() -> None:
    """Delete what was asked to be deleted later: no event loop runs here that would."""
    from PySide6.QtCore import QCoreApplication, QEvent

    if QCoreApplication.instance() is not None:
        QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
