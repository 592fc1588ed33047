"""Measures how long it is from the start of the program until its window is painted, next to a bare window.

    uv run python benchmarks/first_paint.py

The bare one is an empty pyqtgraph plot: Python, numpy, PySide6 and pyqtgraph, and nothing of this program. It
is started in turns with the program. The program may take 0.6 s or, where that window takes longer than on
the machine that these are meant for, `BARE_WINDOWS` times as long as the window.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from paired import Ratio, tell_rows
from program import ROOT

STARTS = 5
FIRST_PAINT_S, BARE_WINDOWS = 0.6, 1.6  # the same where a bare window takes 0.375 s

# As app.command_line.run() does, which then stays until the window is closed.
PROGRAM = f"""
import gc, sys, time
sys.path.insert(0, {str(ROOT)!r})
from app.command_line import parse
from app.frame_stack import with_room
from app.system_libraries import missing_libraries

@with_room
def start():
    gc.disable()
    options = parse([])
    missing_libraries(window=True)
    from PySide6.QtCore import QTimer
    from app.application import Application

    application = Application(options)
    application.window.painted.connect(lambda: QTimer.singleShot(0, painted))

    def painted():  # all that is in it as well: that is the same event
        print(time.monotonic(), flush=True)
        application.window.close()

    application.start()
    application.qt.exec()
    application.stop()

start()
"""

BARE = """
import time
import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QTimer

application = pg.mkQApp()

class Window(pg.PlotWidget):
    def paintEvent(self, event):
        super().paintEvent(event)
        QTimer.singleShot(0, painted)

def painted():
    print(time.monotonic(), flush=True)
    application.quit()

window = Window()
window.plot(np.arange(100.0))
window.resize(1440, 900)
window.show()
application.exec()
"""


def rows() -> Iterator[Ratio]:
    """Start the program and the bare window in turns, and yield how long they took."""
    found: dict[str, list[float]] = {PROGRAM: [], BARE: []}
    for number in range(STARTS + 1):
        for code in (PROGRAM, BARE) if number % 2 else (BARE, PROGRAM):
            found[code].append(seconds_to_paint(code))
    # The first start reads the files from the disk, and may compile them.
    ours, bare = found[PROGRAM][1:], found[BARE][1:]
    most = [max(FIRST_PAINT_S, BARE_WINDOWS * seconds) for seconds in bare]
    yield _row(f"{FIRST_PAINT_S} s or {BARE_WINDOWS} bare windows", ours, most, 1.0)
    yield _row("a bare pyqtgraph window", ours, bare, None)


def _row(peer: str, ours: list[float], theirs: list[float], target: float | None) -> Ratio:
    """Return how long the starts took, each next to what stood beside it."""
    low, ratio, high = statistics.quantiles([a / b for a, b in zip(ours, theirs, strict=True)], n=4)
    medians = statistics.median(ours), statistics.median(theirs)
    return Ratio("window painted", peer, *medians, ratio, low, high, target, STARTS, "s")


def seconds_to_paint(code: str) -> float:
    """Start Python with this; return the seconds until it says that its window is painted."""
    # As on a user's machine, where Python keeps what it compiled.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as home:
        environment |= {f"XDG_{kind}_HOME": home for kind in ("CONFIG", "CACHE", "STATE")}
        before = time.monotonic()
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"The start failed.\n{done.stderr}")
    return float(done.stdout.split()[0]) - before


if __name__ == "__main__":
    sys.exit(tell_rows(rows(), as_json=False))
