"""Recorded windows of known numbers, and views that show them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from pytestqt.qtbot import QtBot

from app.plots.gates_view import GatesView
from app.plots.look import Look
from app.plots.units_view import UnitsView
from app.theme import LIGHT
from lstm_viz.layer_trace import Window
from lstm_viz.signals import SIGNALS

UNITS, STEPS, TIMESTEPS, BATCHES = 6, 60, 10, 3  # two epochs of three batches of ten timesteps


@pytest.fixture
def values() -> NDArray[np.float32]:
    """Signals (6, units, steps) of the run, no two alike: they grow with signal, unit and step."""
    signal = np.arange(len(SIGNALS))[:, None, None] * 0.1
    unit = np.arange(UNITS)[:, None] * 0.01
    return (0.01 + signal + unit + np.arange(STEPS) * 0.001).astype(np.float32)


@pytest.fixture
def window(values: NDArray[np.float32]) -> Window:
    """All steps of the run, recorded and not merged."""
    return Window(0, STEPS, 1, values)


@pytest.fixture
def look(qapp: object) -> Look:
    from PySide6.QtWidgets import QApplication

    return Look(LIGHT, QApplication.font())


@pytest.fixture
def gates(qtbot: QtBot) -> GatesView:
    """A view of a run of 60 steps, all of it visible, nothing recorded."""
    view = GatesView()
    qtbot.addWidget(view)
    view.resize(900, 640)
    view.set_theme(LIGHT)
    view.set_run("lstm", UNITS, STEPS, TIMESTEPS, BATCHES)
    view.show()
    return view


@pytest.fixture
def units_view(qtbot: QtBot) -> UnitsView:
    """A view of the same run without any pinned unit."""
    view = UnitsView()
    qtbot.addWidget(view)
    view.resize(900, 640)
    view.set_theme(LIGHT)
    view.set_run("lstm", UNITS, STEPS, TIMESTEPS, BATCHES)
    view.show()
    return view


@pytest.fixture
def heard() -> Callable[[object], list[tuple[object, ...]]]:
    """Collect what a signal says from now on."""

    def listen(signal: object) -> list[tuple[object, ...]]:
        said: list[tuple[object, ...]] = []
        signal.connect(lambda *values: said.append(values))  # type: ignore[attr-defined]
        return said

    return listen
