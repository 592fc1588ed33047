"""Animations that a process of their own draws."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from app.animating import Animating
from lstm_viz import LSTMLayer, Plan, Trace

LINE = ["--size", "400x300", "--steps", "0:4"]


@pytest.fixture
def recording(tmp_path: Path) -> str:
    trace = Trace(Plan(1, 200), [LSTMLayer("lstm", 2, 1)], [200], [], tmp_path / "recording")
    trace.layers["lstm"].write(0, np.zeros((200, 1, 6, 2)), np.ones((200, 1), bool))
    trace.layers["lstm"].write_initial(0, np.zeros((1, 2, 2)))
    trace.publish(200)
    return str(tmp_path / "recording")


@pytest.fixture
def animating(qtbot: QtBot) -> Iterator[Animating]:
    made = Animating()
    yield made
    made.stop()


def test_an_animation_is_drawn_while_the_window_goes_on(
    qtbot: QtBot, animating: Animating, recording: str, tmp_path: Path
) -> None:
    told: list[tuple[str, object]] = []
    animating.told.connect(lambda text, fraction: told.append((text, fraction)))
    with qtbot.waitSignal(animating.done, timeout=60_000) as done:
        animating.start(recording, str(tmp_path / "run.gif"), LINE)
    assert done.args == [str(tmp_path / "run.gif")]
    with Image.open(tmp_path / "run.gif") as film:
        assert film.n_frames >= 1
    assert told[0] == ("Drawing run.gif…", None)
    assert ("Drawing run.gif…", 1.0) in told
    assert told[-1] == ("", None)
    assert not animating.running


def test_an_animation_that_is_cancelled_leaves_the_earlier_file_and_no_other(
    qtbot: QtBot, animating: Animating, recording: str, tmp_path: Path
) -> None:
    path = tmp_path / "run.apng"
    path.write_text("earlier")
    animating.start(recording, str(path), ["--size", "900x700", "--steps", "0:200"])
    qtbot.waitUntil(lambda: len(list(tmp_path.glob(".run.apng.*"))) == 1, timeout=60_000)
    animating.cancel()
    qtbot.waitUntil(lambda: not animating.running, timeout=60_000)
    assert path.read_text() == "earlier"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["recording", "run.apng"]


def test_why_there_is_no_animation_is_told(
    qtbot: QtBot, animating: Animating, recording: str, tmp_path: Path
) -> None:
    with qtbot.waitSignal(animating.failed, timeout=60_000) as failed:
        animating.start(recording, str(tmp_path / "run.gif"), [*LINE, "--row", "7"])
    assert failed.args[0].startswith("There is no row 7.")
    assert not (tmp_path / "run.gif").exists()
