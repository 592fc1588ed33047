"""A million timesteps of 128 units in the real program: memory while it records and scrolls, and frames.

    uv run python benchmarks/long_run.py                      # about four minutes, and 4 GB of disk
    uv run python benchmarks/long_run.py --timesteps 100000

Memory is what a process has for itself and the system cannot take back: anonymous pages. Pages of the mapped
recording are the disk's cache, and told beside it: as many as were private to the process at most.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from paired import PASSES, Ratio, limit, of_passes, tell_rows
from program import Program, private_memory  # which puts the project on the path
from watchdog import Watchdog

from app.unit_sorter import UnitSorter
from lstm_viz.plan import Resets

TIMESTEPS, UNITS, SAMPLES, MANY_UNITS = 1_000_000, 128, 100_000, 4096
MOST_MIB, FRAME_MS = 1000.0, 33.0
FRAMES = 60  # of each of the passes
VIEWS = ("Gates", "Units", "State flow", "Boxes")

FILES = """
import sys, keras, numpy as np
from keras import layers
folder, timesteps, samples, units = sys.argv[1], *map(int, sys.argv[2:])
keras.utils.set_random_seed(0)
x = np.random.default_rng(0).standard_normal(timesteps).astype("float32")
np.savez(folder + "/long.npz", x=x.reshape(1, -1, 1))
np.savez(folder + "/many.npz", x=np.resize(x, (samples, 2, 1)))
keras.Sequential(
    [layers.Input((None, 1)), layers.LSTM(units, return_sequences=True), layers.Dense(1)]
).save(folder + "/model.keras")
"""


def ratios(timesteps: int = TIMESTEPS) -> Iterator[Ratio]:
    """Yield the memory and the frames."""
    with tempfile.TemporaryDirectory() as folder:
        sizes = [str(size) for size in (timesteps, SAMPLES, UNITS)]
        subprocess.run([sys.executable, "-c", FILES, folder, *sizes], check=True)
        with Program(Path(folder)) as program:
            yield from _recorded(program, Path(folder), timesteps)
            passes = [list(_gaps(program, timesteps, every=24 + number)) for number in range(PASSES)]
            yield from of_passes(passes)
            program.open(data=str(Path(folder) / "many.npz"))
            program.session.seek(1)
            program.wait(lambda: program.session.trace.count > 1)
            program.show("State flow")
            yield from _frames(program, f"State flow of {SAMPLES:,} samples")


def _recorded(program: Program, folder: Path, timesteps: int) -> Iterator[Ratio]:
    session, window = program.session, program.window
    program.open(model=str(folder / "model.keras"), data=str(folder / "long.npz"))
    program.wait(lambda: len(session.plan) == timesteps)
    pids = {"window": os.getpid(), "engine": program.engine}
    start = {name: private_memory(pid) for name, pid in pids.items()}
    above: dict[str, list[list[float]]] = {name: [] for name in pids}

    def look() -> None:
        for name, pid in pids.items():
            pairs = zip(private_memory(pid), start[name], strict=True)
            above[name].append([now - before for now, before in pairs])

    begun = time.monotonic()
    session.player.set_speed(None)
    session.player.play()
    window.wake()
    while session.trace.count < timesteps:
        program.wait_seconds(1.0)
        look()
        if not session.player.playing and session.trace.count < timesteps:
            raise RuntimeError("The program stopped playing.")
    seconds = time.monotonic() - begun
    yield limit(f"recording {timesteps:,} timesteps", timesteps / seconds, None, "timesteps a second")
    program.wait(lambda: not session.player.playing)
    found = []
    for view in VIEWS:
        program.show(view)
        found += _frames(program, f"{view} at {timesteps:,} timesteps", look)
    for name in pids:
        anonymous, mapped = map(max, zip(*above[name], strict=True))
        what = f"{name}: recording and scrolling {timesteps:,} steps"
        yield limit(what, anonymous, MOST_MIB, "MiB above the start")
        yield limit(f"{name}: pages of the recording beside it", mapped, None, "MiB")
    yield from found


def _gaps(program: Program, timesteps: int, every: int) -> Iterator[Ratio]:
    """Yield how long the window answered nobody while all of a long sample is looked at, and changed."""
    session, window, watchdog = program.session, program.window, Watchdog()
    program.show("Gates")
    window.gates.show_steps(0, 200)
    program.wait_seconds(0.5)
    watchdog.start()
    watchdog.begin(f"all of {timesteps:,} timesteps are shown")
    window.gates.show_all()
    program.wait_seconds(1.0)
    watchdog.begin(f"{MANY_UNITS:,} units are sorted by similarity")
    _sort(program)
    watchdog.begin("a reset each 24 timesteps or so, seen whole")
    session.configure(replace(session.settings, resets=Resets(every=every)))
    program.wait(lambda: session.plan.resets.every == every)
    window.transport.slider.setValue(window.transport.slider.maximum())
    window.actions_by_id["play"].trigger()
    program.wait_seconds(3.0)
    if not (session.player.playing and session.trace.count > 1000):
        raise RuntimeError("The program did not play.")
    window.actions_by_id["play"].trigger()
    watchdog.stop()
    yield from watchdog.rows()


def _sort(program: Program) -> None:
    """Put the units of a wide layer in order beside the window, as the program does."""
    values = np.random.default_rng(0).standard_normal((MANY_UNITS, 64))  # as many of each as it takes
    sorter, found = UnitSorter(), []
    sorter.ordered.connect(lambda *order: found.append(order))
    sorter.sort(values, "similarity", None)
    program.wait(lambda: bool(found))
    sorter.stop()


def _frames(program: Program, what: str, look: Callable[[], None] = lambda: None) -> Iterator[Ratio]:
    """Yield what 95 of 100 frames take at most, while the cursor jumps anywhere, with the Cell in sight."""
    yield from of_passes([_pass(program, what, look, number)] for number in range(PASSES))


def _pass(program: Program, what: str, look: Callable[[], None], seed: int) -> Ratio:
    chosen, times = random.Random(seed), []
    gates, units = program.window.gates, program.window.units
    last = program.session.trace.count - 1
    for number in range(FRAMES + 10):
        step = chosen.randint(0, last)
        width = 10 ** chosen.uniform(2, 6)
        for view in (gates, units):
            view.show_steps(max(0, round(step - width / 2)), min(last + 1, round(step + width / 2)))
        started = time.perf_counter()
        program.session.seek(step)
        program.frame()
        if number >= 10:
            times.append(1e3 * (time.perf_counter() - started))
        if number % 20 == 0:
            look()
    worst = statistics.quantiles(times, n=20)[-1]
    return limit(f"{what}, 95 of 100", worst, FRAME_MS, "ms a frame", min(times), max(times))


def main() -> int:
    """Measure, and print the rows; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--timesteps", type=int, default=TIMESTEPS)
    parser.add_argument("--rows", action="store_true", help=argparse.SUPPRESS)
    given: Any = parser.parse_args()
    return tell_rows(ratios(given.timesteps), given.rows)


if __name__ == "__main__":
    sys.exit(main())
