"""Memory of the real program after many frames and many opened models, next to that after warming up.

uv run python benchmarks/leaks.py                                   # 40 models and 4,000 frames: two minutes
uv run python benchmarks/leaks.py --models 200 --frames 100000      # half an hour or more
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
from pathlib import Path
from typing import Any

from paired import Ratio, limit, tell_rows
from program import Program, private_memory
from window_gaps import MODEL

MODELS, FRAMES = 40, 4_000
WARM_MODELS, WARM_FRAMES = 10, 1_000
MOST_MIB = 20.0
STEPS = 500
VIEWS = ("Gates", "Units", "State flow", "Boxes", "Compare")
Memory = dict[str, list[float]]


def ratios(models: int = MODELS, frames: int = FRAMES) -> Iterator[Ratio]:
    """Yield how much the memory of either process has grown."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-c", MODEL, folder], check=True)
        with Program(Path(folder)) as program:
            program.open(model=f"{folder}/one.keras", data=f"{folder}/data.npz")
            pids = {"window": os.getpid(), "engine": program.engine}
            yield from _grown(f"{models} opened models", _models(program, Path(folder), models, pids))
            yield from _grown(f"{frames:,} frames", _frames(program, frames, pids))


def _models(program: Program, folder: Path, models: int, pids: dict[str, int]) -> Memory:
    found: Memory = {name: [] for name in pids}
    for number in range(WARM_MODELS + models):
        program.open(model=str(folder / ("one.keras", "two.keras")[number % 2]))
        program.session.seek(20)
        program.wait(lambda: program.session.trace.count > 20)
        program.frame()
        if number >= WARM_MODELS:
            _look(found, pids)
    return found


def _frames(program: Program, frames: int, pids: dict[str, int]) -> Memory:
    found: Memory = {name: [] for name in pids}
    program.session.seek(STEPS - 1)
    program.wait(lambda: program.session.trace.count >= STEPS)
    for number in range(WARM_FRAMES + frames):
        if number % 100 == 0:
            program.show(VIEWS[number // 100 % len(VIEWS)])
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
