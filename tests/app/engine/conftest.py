"""Small models and data of known sizes, and an engine loop that runs in the test's own process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from app.engine.loop import EngineLoop
from app.engine.messages import Command, Event, Open, Opened, RunSettings
from app.engine.session_folder import SessionFolder

SAMPLES, TIMESTEPS = 6, 3


@pytest.fixture
def session(tmp_path: Path) -> Iterator[SessionFolder]:
    folder = SessionFolder.create(tmp_path / "cache")
    yield folder
    folder.remove()


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A model for sequences of 3 timesteps with 1 feature, one of any length with 2, and data for each."""
    import keras

    folder = tmp_path_factory.mktemp("files")
    keras.utils.set_random_seed(1)
    one = keras.Sequential(
        [
            keras.layers.Input((TIMESTEPS, 1)),
            keras.layers.LSTM(4, name="memory"),
            keras.layers.Dense(1, name="next"),
        ]
    )
    one.save(folder / "one.keras")
    two = keras.Sequential(
        [keras.layers.Input((None, 2)), keras.layers.LSTM(3, return_sequences=True, name="tags")]
    )
    two.save(folder / "two.keras")
    none = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)])
    none.save(folder / "none.keras")
    random = np.random.default_rng(3)
    np.savez(folder / "one.npz", x=random.standard_normal((SAMPLES, TIMESTEPS, 1)).astype(np.float32))
    np.savez(folder / "two.npz", x=random.standard_normal((5, 7, 2)).astype(np.float32))
    series = "\n".join(f"{value:.4f}" for value in random.standard_normal(20))
    (folder / "series.csv").write_text(f"value\n{series}\n", encoding="utf-8")
    np.savez(folder / "other.npz", x=random.standard_normal((4, TIMESTEPS, 1)).astype(np.float32))
    rows = "\n".join(f"{a:.4f},{b:.4f}" for a, b in random.standard_normal((20, 2)))
    (folder / "table.csv").write_text(f"a,b\n{rows}\n", encoding="utf-8")
    (folder / "broken.keras").write_bytes(b"this is no model")
    return SimpleNamespace(
        one=str(folder / "one.keras"),
        two=str(folder / "two.keras"),
        none=str(folder / "none.keras"),
        broken=str(folder / "broken.keras"),
        one_data=str(folder / "one.npz"),
        two_data=str(folder / "two.npz"),
        other_data=str(folder / "other.npz"),
        table=str(folder / "table.csv"),
        samples=SAMPLES,
        series=str(folder / "series.csv"),
    )


class Engine:
    """An engine loop, and what it said."""

    def __init__(self, session: SessionFolder) -> None:
        self.session = session
        self.said: list[Event] = []
        self.newer: Callable[[Command], bool] = lambda command: False
        self.loop = EngineLoop(session, self.said.append, lambda command: self.newer(command))

    def ask(self, command: Command) -> Event:
        """Give a command; return the last thing that was said about it."""
        before = len(self.said)
        self.loop.handle(command)
        assert len(self.said) > before, f"no answer to {command}"
        return self.said[-1]

    def ask_nothing(self, command: Command) -> None:
        """Give a command that has no answer unless it fails."""
        answers = self.tell(command)
        assert answers == []

    def tell(self, command: Command) -> list[Event]:
        """Give a command; return all that was said about it."""
        before = len(self.said)
        self.loop.handle(command)
        return self.said[before:]

    def compute(self) -> list[Event]:
        """Compute all that was asked for; return what was said meanwhile."""
        before = len(self.said)
        while self.loop.work():
            pass
        return self.said[before:]


@pytest.fixture
def engine(session: SessionFolder) -> Engine:
    return Engine(session)


@pytest.fixture(scope="module")
def _lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    session = SessionFolder.create(tmp_path_factory.mktemp("cache"))
    yield Engine(session)
    session.remove()


@pytest.fixture
def opened(_lasting: Engine, files: SimpleNamespace) -> Engine:
    """An engine that stands before the first step of the first model: 6 samples of 3 timesteps.

    It is the same one from test to test: opening a model takes long.
    """
    known = next((e.model.path for e in reversed(_lasting.said) if isinstance(e, Opened)), None)
    _lasting.newer = lambda command: False
    model = None if known == files.one else files.one
    _lasting.ask(Open(1, model=model, data=files.one_data, settings=RunSettings()))
    del _lasting.said[:-1]
    return _lasting


@pytest.fixture
def another_engine(opened: Engine) -> Engine:
    return Engine(opened.session)
