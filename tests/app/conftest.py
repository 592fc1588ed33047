"""The whole program on a real engine, small models and data for it, and what a person does with it."""

from __future__ import annotations

import multiprocessing.process
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QSettings, Qt, qInstallMessageHandler
from PySide6.QtWidgets import QApplication
from pytestqt.exceptions import TimeoutError
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from app.application import Application
from app.command_line import Options
from app.settings import Settings
from lstm_viz import Dataset, Resets, Stepper, load_model, record
from lstm_viz.dataset import Shaping
from lstm_viz.examples import example

PATIENCE_MS = 90_000  # TensorFlow is imported, perhaps while other programs have the cores


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Small models and data.

    ``one``: 4 units, sequences of 3 timesteps of 1 feature; ``one_data``: 6 such sequences; ``series``: 20
    values. ``both``: a Bidirectional layer behind a plain one, 2 features; ``pooled``: an LSTM behind a
    pooling layer, so that it has half the timesteps; ``both_data``: 5 sequences of 8 timesteps for them.
    """
    import keras
    from keras import layers

    folder = tmp_path_factory.mktemp("files")
    keras.utils.set_random_seed(1)
    models = {
        "one": [layers.Input((3, 1)), layers.LSTM(4, name="memory"), layers.Dense(1)],
        "both": [
            layers.Input((8, 2)),
            layers.LSTM(3, return_sequences=True, name="plain"),
            layers.Bidirectional(layers.LSTM(2, return_sequences=True, name="lstm"), name="both"),
        ],
        "pooled": [
            layers.Input((8, 2)),
            layers.MaxPooling1D(2),
            layers.LSTM(3, return_sequences=True, name="slow"),
        ],
        "none": [layers.Input((2,)), layers.Dense(1)],
    }
    for name, parts in models.items():
        keras.Sequential(parts).save(folder / f"{name}.keras")
    random = np.random.default_rng(3)
    np.savez(folder / "one_data.npz", x=random.standard_normal((6, 3, 1)).astype(np.float32))
    np.savez(folder / "both_data.npz", x=random.standard_normal((5, 8, 2)).astype(np.float32))
    values = "\n".join(f"{value:.4f}" for value in random.standard_normal(20))
    (folder / "series.csv").write_text(f"value\n{values}\n", encoding="utf-8")
    (folder / "broken.keras").write_bytes(b"this is no model")
    return SimpleNamespace(**{path.stem: str(path) for path in folder.iterdir()})


@pytest.fixture(scope="session")
def recordings(files: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A recording of 14 steps of 18 of the first model, in two rows; in a folder, saved and exported."""
    folder = tmp_path_factory.mktemp("recordings")
    with np.load(files.one_data) as arrays:
        stepper = Stepper(
            load_model(files.one),
            np.repeat(arrays["x"], 2, axis=0),
            batch_size=2,
            stateful=True,
            resets=Resets(every=7),
            folder=folder / "run",
        )
    stepper.run(until=14)
    stepper.trace.save(folder / "run.npz")
    stepper.trace.export(folder / "run.h5")
    return SimpleNamespace(
        folder=folder / "run", npz=folder / "run.npz", h5=folder / "run.h5", trace=stepper.trace
    )


@pytest.fixture(scope="session")
def recorded_alone() -> Callable[..., np.ndarray]:
    """Record the first example without any window: the six signals, (steps, 6, units) of row 0."""

    def recorded(**settings: Any) -> np.ndarray:
        chosen = example("next_value")
        data = Dataset.from_file(chosen.data_path, Shaping(**chosen.shaping))
        asked = {"batch_size": 1, "stateful": True, "resets": Resets(), **settings}
        layer = record(load_model(chosen.model_path), data, **asked).layers["lstm"]
        return np.stack([layer.values(step, 0) for step in range(layer.count)])

    return recorded


class Program:
    """The program as a person has it before them.

    Parameters
    ----------
    qtbot : QtBot
    folder : Path
        For its settings.
    options : Options
    """

    def __init__(self, qtbot: QtBot, folder: Path, options: Options | None = None) -> None:
        self._qtbot = qtbot
        # What goes wrong in a slot, and every warning of Qt, is pytest's to see.
        hook, handler = sys.excepthook, qInstallMessageHandler(None)
        store = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
        self._look = QApplication.palette(), QApplication.instance().styleSheet()
        self.application = Application(options or Options(theme="light"), Settings(store))
        self.window, self.session = self.application.window, self.application.session
        self.folder = self.application.folder.path
        self.seen: list[str] = []
        self.session.opened.connect(self._on_opened)
        self.application.start()
        sys.excepthook = hook
        qInstallMessageHandler(handler)

    def _on_opened(self) -> None:
        self.seen.append("opened")

    def activate(self) -> None:
        """Wait until it is on the screen and has the keyboard."""
        self.window.activateWindow()
        self.wait(self.window.isActiveWindow)

    def close(self) -> None:
        """Close it, as a person does, and let go of everything."""
        application, window = self.application, self.window
        if not isValid(window):
            return
        window.close()
        for thing in (window, application.themes, self.session, application.bridge, application.failures):
            if isValid(thing):
                thing.deleteLater()
        QApplication.setPalette(self._look[0])
        QApplication.instance().setStyleSheet(self._look[1])

    # -- waiting ------------------------------------------------------------------------------------

    def wait(self, condition: Callable[[], bool]) -> None:
        try:
            self._qtbot.waitUntil(condition, timeout=PATIENCE_MS)
        except TimeoutError as error:
            raise AssertionError(f"It never came. Errors shown: {self.cause_of_every_error()}") from error

    def wait_opened(self, doing: Callable[[], object] | None = None) -> None:
        """Do something that opens a model, and wait until it is open."""
        before = len(self.seen) if doing is not None else 0
        if doing is not None:
            doing()
        self.wait(lambda: len(self.seen) > before)
        self.frame()

    def wait_configured(self, doing: Callable[[], object]) -> None:
        """Do something that changes how to run, and wait until the run goes on."""
        with self._qtbot.waitSignal(self.session.run_changed, timeout=PATIENCE_MS):
            doing()
        self.wait(lambda: not self.player.computing)
        self.frame()

    def frame(self) -> None:
        """Let a frame be drawn."""
        with self._qtbot.waitSignal(self.window.clock.tick, timeout=PATIENCE_MS):
            self.window.clock.wake()

    # -- looking ------------------------------------------------------------------------------------

    @property
    def player(self):
        return self.session.player

    @property
    def trace(self):
        return self.session.trace

    @property
    def cursor(self) -> int | None:
        return self.player.cursor

    def recorded(self, stop: int, row: int = 0) -> np.ndarray:
        """The six signals of the layer that is looked at, up to a step, (steps, 6, units)."""
        return np.stack([self.session.layer.values(step, row) for step in range(stop)])

    def cause_of_every_error(self) -> list[str]:
        return [dialog.message.text() for dialog in self.window.errors.dialogs]

    # -- doing --------------------------------------------------------------------------------------

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key in the window."""
        self._qtbot.keyClick(self.window, key, modifier)

    def goes_to(self, step: int | None) -> None:
        """Wait until the cursor stands on a step, and is shown there."""
        self.wait(lambda: self.cursor == step)
        self.frame()

    def step_to(self, count: int) -> None:
        """Have so many steps recorded, with the cursor on the last one."""
        self.session.seek(count - 1)
        self.goes_to(count - 1)

    def pixel_of(self, step: int) -> QPoint:
        """A place on the timeline: the middle of a step."""
        timeline = self.window.timeline
        return QPoint(round((timeline.x_of(step) + timeline.x_of(step + 1)) / 2), timeline.height() // 2)


@pytest.fixture(scope="session")
def hide() -> Callable[[int | None], None]:
    """Keep an engine that outlives a test from being taken for one that the test left behind."""

    def hide(process_id: int | None) -> None:
        known = multiprocessing.process._children
        for process in [p for p in known if p.pid == process_id]:
            known.discard(process)

    return hide


@pytest.fixture
def start(qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """Start programs of the test's own."""
    started: list[Program] = []

    def start(options: Options | None = None, wait: bool = True) -> Program:
        program = Program(qtbot, tmp_path, options)
        started.append(program)
        if wait:
            program.activate()
        return program

    yield start
    for program in started:
        program.close()


@pytest.fixture(scope="module")
def _lasting(
    qapp: QApplication,
    request: pytest.FixtureRequest,
    hide: Callable[[int | None], None],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Program]:
    program = Program(QtBot(request), tmp_path_factory.mktemp("program"))
    program.activate()
    program.wait_opened()
    hide(program.application.bridge.pid)
    yield program
    program.close()
    # Now, before Python collects its half of the window: Qt would still ask that for its size.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def program(_lasting: Program, qtbot: QtBot) -> Iterator[Program]:
    """The program with its first example open and nothing recorded; the same one from test to test."""
    program = _lasting
    program._qtbot = qtbot
    window, session = program.window, program.session
    window.clock.start()
    program.activate()
    program.wait_opened(lambda: session.open_example("next_value"))
    window.transport.set_speed(10.0)
    session.player.set_speed(10.0)
    window.set_following(True)
    window.views.setCurrentIndex(0)
    window.actions_by_id["sort_number"].trigger()
    window.setFocus()
    program.frame()
    yield program
    session.player.pause()
    # What the engine has still to say would start these timers again: after this answer nothing comes.
    bridge = program.application.bridge
    bridge.cancel()
    program.wait(lambda: bridge.lost or bridge._cancel is None)
    window.errors.close_all()
    window.clock.stop()  # a frame may start the others
    for timer in (
        window.status._news_timer,
        window.data_panel._pause,
        window.keeper._timer,
        window.state_flow._scanner,
    ):
        timer.stop()
