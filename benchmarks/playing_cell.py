"""Measures the cell diagram: what painting it costs, and how smoothly the program plays with it in sight.

    uv run python benchmarks/playing_cell.py

The program plays the first example for ten seconds as fast as the clock of frames allows, first with the
diagram alone, then asking at every frame why the forget gate is what it is. The exit code is 1 if a target is
missed.
"""

from __future__ import annotations

import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import program  # noqa: F401 - puts the project on the path, and says how to run it

PAINT_MS, FRAMES_PER_SECOND = 5.0, 30.0
SIZES = ((290, 240), (500, 400), (1200, 800))
PAINTS = 200
PLAY_SECONDS = 10.0
STEPS_PER_SECOND = 60.0


def paint_costs() -> dict[tuple[int, int], float]:
    """Return the milliseconds that new numbers and a whole painting take, the median, for each size."""
    import numpy as np
    from PySide6.QtWidgets import QApplication

    from app.plots.cell_diagram import CellDiagram
    from app.plots.cell_numbers import cell_numbers
    from app.theme import LIGHT

    QApplication.instance() or QApplication(sys.argv)
    random = np.random.default_rng(0)
    found = {}
    for size in SIZES:
        diagram = CellDiagram()
        diagram.set_theme(LIGHT)
        diagram.resize(*size)
        diagram.show()
        QApplication.processEvents()  # nothing is painted before it is on the screen
        took = []
        for _ in range(PAINTS):
            i, f, o = random.uniform(0, 1, 3)
            g, before = random.uniform(-1, 1, 2)
            c = f * before + i * g
            values = (i, f, g, o, c, o * np.tanh(c))
            start = time.perf_counter()
            diagram.set_numbers(cell_numbers((before, 0.1), values, "tanh", "sigmoid"))
            diagram.repaint()
            took.append(1000 * (time.perf_counter() - start))
        found[size] = statistics.median(took)
        diagram.close()
    return found


class Playing:
    """The program, playing its first example."""

    def __init__(self) -> None:
        from PySide6.QtCore import QSettings

        from app.application import Application
        from app.command_line import Options
        from app.settings import Settings

        self._folder = tempfile.TemporaryDirectory()
        store = QSettings(str(Path(self._folder.name, "settings.ini")), QSettings.Format.IniFormat)
        self.application = Application(Options(theme="light", size=(1440, 900)), Settings(store))
        self.window, self.session = self.application.window, self.application.session
        self._frames: list[float] = []
        self.window.presenter.presented.connect(self._on_presented)
        self.application.start()
        self.wait(lambda: self.session.plan is not None and self.session.path is not None)

    def _on_presented(self) -> None:
        self._frames.append(time.perf_counter())

    def wait(self, done: Callable[[], bool], seconds: float = 180.0) -> None:
        """Let the program run until something is so."""
        end = time.monotonic() + seconds
        while not done() and time.monotonic() < end:
            self.application.qt.processEvents()

    def frames(self) -> tuple[float, float]:
        """Play for a while; return frames that showed something new per second, and the longest gap in ms."""
        self.session.seek(0)
        self.session.player.set_speed(STEPS_PER_SECOND)
        self.session.player.play()
        self.window.wake()
        self.wait(lambda: bool(self.session.player.cursor), 10)
        self._frames.clear()
        end = time.monotonic() + PLAY_SECONDS
        self.wait(lambda: time.monotonic() > end, PLAY_SECONDS + 5)
        self.session.player.pause()
        times = self._frames
        gaps = [b - a for a, b in itertools.pairwise(times)]
        return (len(times) - 1) / (times[-1] - times[0]), 1000 * max(gaps)

    def end(self) -> None:
        """Close the program."""
        self.window.close()
        self.application.stop()
        self._folder.cleanup()


def main() -> int:
    """Measure everything; return the exit code."""
    missed = 0
    for (width, height), milliseconds in paint_costs().items():
        missed += milliseconds > PAINT_MS
        print(f"new numbers and painting, {width} × {height}: {milliseconds:5.2f} ms of {PAINT_MS:.0f}")
    playing = Playing()
    try:
        for words, gate in (("the diagram in sight", ""), ("asking why at every frame", "f")):
            playing.window.cell.why.choose(gate)
            rate, gap = playing.frames()
            missed += rate < FRAMES_PER_SECOND
            wanted = f"{rate:.0f} frames/s, at least {FRAMES_PER_SECOND:.0f}"
            print(f"playing with {words}: {wanted}; longest gap {gap:.0f} ms")
    finally:
        playing.end()
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
