from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.unit_sorter import UnitSorter
from lstm_viz.ordering import unit_order


@pytest.fixture
def sorter(qtbot: QtBot) -> Iterator[UnitSorter]:
    sorter = UnitSorter()
    yield sorter
    sorter.stop()
    sorter.deleteLater()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Sorting says that it has ``begun``, and waits until it may ``go`` on."""
    held = SimpleNamespace(begun=threading.Event(), go=threading.Event())

    def wait_and_sort(values, by):
        held.begun.set()
        assert held.go.wait(60)
        return unit_order(values, by)

    monkeypatch.setattr("app.unit_sorter.unit_order", wait_and_sort)
    return held


VALUES = np.random.default_rng(4).normal(size=(5, 40))


def test_the_order_comes_on_the_windows_thread_with_what_was_asked(qtbot: QtBot, sorter: UnitSorter) -> None:
    threads: list[threading.Thread] = []
    sorter.ordered.connect(lambda *_: threads.append(threading.current_thread()))
    with qtbot.waitSignal(sorter.ordered) as found:
        sorter.sort(VALUES, "similarity", "this")
    assert found.args[0] == "this"
    assert found.args[1].tolist() == unit_order(VALUES, "similarity").tolist()
    assert threads == [threading.main_thread()]


def test_of_those_that_wait_the_newest_is_found(
    qtbot: QtBot, sorter: UnitSorter, held: SimpleNamespace
) -> None:
    found: list[int] = []
    sorter.ordered.connect(lambda asked, _: found.append(asked))
    sorter.sort(VALUES, "activity", 0)
    assert held.begun.wait(60)
    for number in (1, 2, 3):
        sorter.sort(VALUES, "activity", number)
    held.go.set()
    qtbot.waitUntil(lambda: len(found) == 2)
    assert found == [0, 3]


def test_what_waits_is_forgotten_when_it_is_stopped(sorter: UnitSorter, held: SimpleNamespace) -> None:
    found: list[int] = []
    sorter.ordered.connect(lambda asked, _: found.append(asked))
    sorter.sort(VALUES, "activity", 0)
    assert held.begun.wait(60)
    sorter.sort(VALUES, "activity", 1)

    def let_go_when_that_is_forgotten() -> None:
        while sorter._wanted is not None:
            time.sleep(0.001)
        held.go.set()

    other = threading.Thread(target=let_go_when_that_is_forgotten)
    other.start()
    sorter.stop()
    other.join()
    QApplication.processEvents()
    assert found == [0]
    assert "unit sorter" not in [thread.name for thread in threading.enumerate()]
