"""Memory of the real program after many opened models and many frames, next to that after warming up.

    uv run python benchmarks/leaks.py                       # 200 models and 12,000 frames: three minutes
    uv run python benchmarks/leaks.py --frames 100000       # fifteen minutes

The models and the frames are those of two programs, side by side: nothing is timed here.
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from paired import Ratio, limit, rows_of, tell_rows
from program import Program, private_memory
from window_gaps import MODEL

MODELS, FRAMES = 200, 12_000
MOST_MIB = 20.0
STEPS = 500
AT_A_TIME = 100  # frames of one view
VIEWS = ("Gates", "Units", "State flow", "Boxes", "Compare")
WARM_FRAMES = 2 * AT_A_TIME * len(VIEWS)
Memory = dict[str, list[float]]


def ratios(models: int = MODELS, frames: int = FRAMES) -> Iterator[Ratio]:
    """Yield how much the memory of either process has grown."""
    if not (models and frames):
        yield from _of_one_program(models, frames)
        return
    alone = [("--models", str(models), "--frames", "0"), ("--models", "0", "--frames", str(frames))]
    with ThreadPoolExecutor() as pool:
        for rows in pool.map(lambda arguments: list(rows_of("leaks.py", *arguments)), alone):
            yield from rows


def _of_one_program(models: int, frames: int) -> Iterator[Ratio]:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-c", MODEL, folder], check=True)
        with Program(Path(folder)) as program:
            program.open(model=f"{folder}/one.keras", data=f"{folder}/data.npz")
            pids = {"window": os.getpid(), "engine": program.engine}
            if models:
                yield from _grown(f"{models:,} opened models", _models(program, Path(folder), models, pids))
            if frames:
                yield from _grown(f"{frames:,} frames", _frames(program, frames, pids))


def _models(program: Program, folder: Path, models: int, pids: dict[str, int]) -> Memory:
    """Open a file and all examples in turn, look at each in every view, and return the memory after each."""
    from lstm_viz.examples import NAMES

    found: Memory = {name: [] for name in pids}
    turns = len(NAMES) + 1
    for number in range(turns + models):
        turn = number % turns
        if turn:
            program.open_example(NAMES[turn - 1])
        else:
            program.open(model=f"{folder}/two.keras", data=f"{folder}/data.npz")
        program.session.seek(20)
        program.wait(lambda: program.session.trace.count > 20)
        for view in VIEWS:
            program.show(view)
            program.frame()
        if number >= turns:
            _look(found, pids)
    return found


def _frames(program: Program, frames: int, pids: dict[str, int]) -> Memory:
    """Draw so many frames, the views in turn the cursor elsewhere in each, and return the memory."""
    found: Memory = {name: [] for name in pids}
    program.session.seek(STEPS - 1)
    program.wait(lambda: program.session.trace.count >= STEPS)
    for number in range(WARM_FRAMES + frames):
        if number % AT_A_TIME == 0:
            program.show(VIEWS[number // AT_A_TIME % len(VIEWS)])
            if number >= WARM_FRAMES:
                _look(found, pids)
        program.session.seek(number % STEPS)
        program.frame()
    _look(found, pids)
    return found


def _look(found: Memory, pids: dict[str, int]) -> None:
    gc.collect()
    for name, pid in pids.items():
        found[name].append(private_memory(pid)[0])


def _grown(what: str, memory: Memory) -> Iterator[Ratio]:
    for name, values in memory.items():
        part = max(1, len(values) // 5)
        first, last = statistics.median(values[:part]), statistics.median(values[-part:])
        grown = max(values) - first
        yield limit(f"{name}: grown by {what}", last - first, MOST_MIB, "MiB", min(values) - first, grown)


def main() -> int:
    """Measure, and print the rows; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--models", type=int, default=MODELS)
    parser.add_argument("--frames", type=int, default=FRAMES)
    parser.add_argument("--rows", action="store_true", help=argparse.SUPPRESS)
    given: Any = parser.parse_args()
    return tell_rows(ratios(given.models, given.frames), given.rows)


if __name__ == "__main__":
    sys.exit(main())
