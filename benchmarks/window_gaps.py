"""Measures the real program: the longest gaps of the window's event loop, the first step, and memory.

    uv run python benchmarks/window_gaps.py                 # about two minutes
    uv run python benchmarks/window_gaps.py --minutes 10    # ten of them at full speed, for the memory

A gap is the time between two beats of a 5 ms timer: so long the window answered nobody. On each core runs a
program that does nothing but beat, before all others where that is allowed: while that one is held up on the
window's core as well, the machine stands still, and the time counts for "felt" alone. Beside it stands how
much of it the window's own thread computed, and how much it waited for a core that others had, where the
system tells (Linux). The table of run.py has the shortest longest gap of three passes, each with a new
program; before each pass the program's first paint is measured. The exit code is 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import first_paint
from paired import PASSES, Ratio, limit, of_passes, rows_of, table_line, tell_rows
from program import wait, wait_seconds  # which puts the project on the path
from watchdog import GAP_MS, Watchdog, show_gaps

from app.frame_stack import with_room
from lstm_viz.examples import NAMES, example

if TYPE_CHECKING:
    from app.application import Application

FIRST_STEP_S, GROWTH_MIB = 4.0, 20.0
PLAY_SECONDS = 12.0
UNITS, SAMPLES, TIMESTEPS, FEATURES = 128, 200, 100, 8

MODEL = f"""
import sys, keras, numpy as np
from keras import layers
keras.utils.set_random_seed(0)
x = np.random.default_rng(0).standard_normal(({SAMPLES}, {TIMESTEPS}, {FEATURES})).astype("float32")
np.savez(sys.argv[1] + "/data.npz", x=x)
for name in ("one", "two"):
    keras.Sequential(
        [layers.Input((None, {FEATURES})), layers.LSTM({UNITS}, return_sequences=True), layers.Dense(1)]
    ).save(f"{{sys.argv[1]}}/{{name}}.keras")
"""


# What anybody writes who wants one answer of a saved model.
SCRIPT = f"""
import keras, numpy as np
model = keras.saving.load_model({str(example(NAMES[0]).model_path)!r})
model.predict(np.zeros([1, *(n or 1 for n in model.input_shape[1:])], "float32"), verbose=0)
"""


@with_room  # as the program is
def measure(minutes: float, folder: Path, rows: list[Ratio] | None = None) -> bool:
    """Run the program through every phase, print what was measured; return whether the targets hold.

    With ``rows`` that is put there, and not printed.
    """
    script = seconds_of_a_script()  # right before its peer
    begun = time.monotonic()
    from PySide6.QtCore import QSettings

    from app.application import Application
    from app.command_line import Options
    from app.settings import Settings

    store = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
    application = Application(Options(), Settings(store))
    session, player, watchdog = application.session, application.session.player, Watchdog()
    ready: list[bool] = []
    opened: list[bool] = []
    session.engine_ready.connect(lambda: ready.append(True))
    session.opened.connect(lambda: opened.append(True))
    session.failed.connect(lambda failure: print(failure.message, failure.details, file=sys.stderr))
    started: list[float] = []
    application.bridge.engine_started.connect(lambda: started.append(time.monotonic()))
    application.start()
    gc.freeze()  # as the program does when its window is there
    application.failures.uninstall()  # what goes wrong here is to be seen
    application.qt.processEvents()  # until the window is up
    watchdog.start()
    watchdog.begin("TensorFlow is imported")
    wait(lambda: bool(ready))
    imported = time.monotonic() - started[0]
    watchdog.begin("the first example opens")
    wait(lambda: bool(opened))
    session.seek(0)
    wait(lambda: session.trace is not None and session.trace.count > 0)
    first_step = time.monotonic() - begun
    watchdog.begin(f"a model of {UNITS} units opens")
    session.open_files(str(folder / "one.keras"), str(folder / "data.npz"))
    wait(lambda: len(opened) == 2)
    wait_seconds(0.5)
    make_long(application, epochs=100)

    application.window.transport.slider.setValue(application.window.transport.slider.maximum())
    painted: list[float] = []
    application.window.painted.connect(lambda: painted.append(time.perf_counter()))
    watchdog.begin("playing at full speed, Gates")
    application.window.actions_by_id["play"].trigger()
    wait_seconds(PLAY_SECONDS / 2)
    for unit in range(1, 8):
        session.pin(unit)
    watchdog.begin("playing at full speed, Units")
    application.window.views.setCurrentIndex(1)
    wait_seconds(PLAY_SECONDS / 2)
    application.window.views.setCurrentIndex(0)
    apart = [1000 * (b - a) for a, b in itertools.pairwise(painted)]
    if not (player.playing and session.trace and session.trace.count > 1000):
        raise RuntimeError("The program did not play.")
    watchdog.begin("settings change while it plays")
    change_settings(application)
    watchdog.begin("another model opens while it plays")
    session.open_files(str(folder / "two.keras"))
    wait(lambda: len(opened) == 3)

    make_long(application, epochs=100_000)
    application.window.actions_by_id["play"].trigger()
    watchdog.begin("playing on")
    memory = play_long(application, minutes)
    steps = session.trace.count if session.trace else 0
    watchdog.stop()
    application.window.close()
    application.stop()

    if rows is not None:
        rows += _first_step(first_step, script)
        rows += [limit("of which TensorFlow is imported", imported, None, "s")]
        rows += watchdog.rows()
        rows += [_painted(apart)]
        return all(row.holds for row in rows)
    judged = _first_step(first_step, script)[0]
    print(f"{table_line(judged)}; {imported:.2f} s of them the import of TensorFlow")
    painting = _painted(apart)
    holds = show_gaps(watchdog.gaps) and judged.holds and painting.holds
    print(f"\n{table_line(painting)}")
    print(f"\n{steps:,} steps in {minutes:g} min. Memory of its own, without the mapped recording, in MiB:")
    for name, values in memory.items():
        holds &= show_memory(name, values)
    return holds


def _painted(apart: list[float]) -> Ratio:
    """Return how many milliseconds lie between two paintings of the window while it plays."""
    most = statistics.quantiles(apart, n=20)[-1]
    return limit("from one painting to the next, 95 of 100", most, GAP_MS, "ms", min(apart), max(apart))


def seconds_of_a_script() -> float:
    """Return how long a script takes that loads the model of the first example and predicts with it once."""
    begun = time.monotonic()
    subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True)
    return time.monotonic() - begun


def _first_step(seconds: float, script: float) -> list[Ratio]:
    """Return the first step next to what it may take, and next to the script.

    It may take so many seconds or, on a slower machine, as many as the script.
    """
    rows = []
    for peer, theirs, target in (
        (f"{FIRST_STEP_S:g} s or a script", max(FIRST_STEP_S, script), 1.0),
        ("a script that predicts once", script, None),
    ):
        ratio = seconds / theirs
        what = "first step of the first example"
        rows.append(Ratio(what, peer, seconds, theirs, ratio, ratio, ratio, target, 1, "s"))
    return rows


def make_long(application: Application, epochs: int) -> None:
    """Run one row at a time, and so often that the run does not end."""
    application.window.run_settings.batch_size.setValue(1)
    application.window.run_settings.epochs.setValue(epochs)
    session = application.session
    wait(lambda: session.plan is not None and (session.plan.epochs, session.plan.batch_size) == (epochs, 1))


def change_settings(application: Application) -> None:
    """Change what can be changed during a run, one after another, as a person would."""
    window, session = application.window, application.session
    play = window.actions_by_id["play"]
    for size, stateful in ((4, True), (40, True), (40, False), (1, True), (8, False)):
        window.run_settings.batch_size.setValue(size)
        window.run_settings.stateful.setChecked(stateful)
        wait(lambda size=size, stateful=stateful: _runs_with(session.plan, size, stateful))
        if not play.isChecked():
            play.trigger()
        wait_seconds(1.0)
        window.commands.on_reset_here()
        session.set_row(size - 1)
        wait_seconds(0.5)


def _runs_with(plan: object, size: int, stateful: bool) -> bool:
    return (getattr(plan, "batch_size", 0), getattr(plan, "stateful", None)) == (size, stateful)


def play_long(application: Application, minutes: float) -> dict[str, list[float]]:
    """Play on and return the memory of both processes, once a second, after they have settled."""
    pids = {"window": os.getpid(), "engine": application.bridge.pid or 0}
    memory: dict[str, list[float]] = {name: [] for name in pids}
    wait_seconds(5.0)
    for _ in range(max(8, round(60 * minutes))):
        wait_seconds(1.0)
        for name, pid in pids.items():
            memory[name].append(own_memory(pid))
    if not application.session.player.playing:
        raise RuntimeError("The program stopped playing.")
    return memory


def own_memory(pid: int) -> float:
    """Return the MiB of memory that a process has for itself; pages of mapped files are not among them."""
    if sys.platform != "linux":
        return float("nan")
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon")) / 1024


def show_memory(name: str, values: list[float]) -> bool:
    """Print how the memory of a process went; return whether it stayed."""
    part = max(1, len(values) // 4)
    first, last = statistics.median(values[:part]), statistics.median(values[-part:])
    holds = not last - first > GROWTH_MIB
    verdict = "holds" if holds else "MISSED"
    print(
        f"{name:10} {first:8.1f} at first, {last:8.1f} at last, {max(values):8.1f} at most, "
        f"grown by {last - first:+.1f}  target {GROWTH_MIB:.0f} MiB  {verdict}"
    )
    return holds


def rows_of_one_pass(minutes: float) -> Iterator[Ratio]:
    """Run the program through every phase once, and yield what was measured."""
    yield from first_paint.rows()
    rows: list[Ratio] = []
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-c", MODEL, folder], check=True)
        os.environ["XDG_CACHE_HOME"] = os.environ["XDG_STATE_HOME"] = folder
        measure(minutes, Path(folder), rows)
    yield from rows


def rows_of_all_passes(minutes: float) -> Iterator[Ratio]:
    """Yield the middle one of several passes of the program, each started anew."""
    passes = (rows_of("window_gaps.py", "--one-pass", "--minutes", str(minutes)) for _ in range(PASSES))
    yield from of_passes(passes)


def main() -> int:
    """Measure everything; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=1.0, help="how long to play for the memory")
    parser.add_argument("--rows", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--one-pass", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one_pass:
        return tell_rows(rows_of_one_pass(given.minutes))
    if given.rows:
        return tell_rows(rows_of_all_passes(given.minutes))
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-c", MODEL, folder], check=True)
        os.environ["XDG_CACHE_HOME"] = os.environ["XDG_STATE_HOME"] = folder
        return 0 if measure(given.minutes, Path(folder)) else 1


if __name__ == "__main__":
    sys.exit(main())
