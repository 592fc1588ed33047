"""Prints one table of ratios: this program next to the plain thing it is compared with.

    uv run python benchmarks/run.py             # all of it, under ten minutes
    uv run python benchmarks/run.py frames      # one part
    uv run python benchmarks/run.py --json      # the same for a program to read

The parts are recording, stepping, frames, growing, window, long and leaks; the last three run the program.

The exit code is 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")  # the program computes on the processor
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# That platform has no window manager, and warns so whenever it is told a size.
os.environ.setdefault("QT_LOGGING_RULES", "default.warning=false")

from paired import HEADING, LEGEND, Ratio, rows_of, table_line, tell_rows

# The real program, in a process of its own for each.
SCRIPTS = {
    "window": ("window_gaps.py", "--minutes", "0.1"),
    "long": ("long_run.py",),
    "leaks": ("leaks.py",),
}
PARTS = ("recording", "stepping", "frames", "growing", *SCRIPTS)
PACKAGES = ("keras", "tensorflow", "pyqtgraph", "PySide6-Essentials")


def rows_of_part(part: str) -> Iterator[Ratio]:
    """Yield the rows of a part, which has a process of its own: nothing of another part is left there."""
    return rows_of(*SCRIPTS.get(part, ("run.py", part)))


def _ratios(part: str) -> Callable[[], Iterator[Ratio]]:
    """Return what measures a part in this process."""
    match part:
        case "recording":
            from recording import ratios
        case "stepping":
            from stepping import ratios
        case "frames":
            from frames import ratios
        case _:
            from growing import ratios
    return ratios


def main() -> int:
    """Run the parts asked for; return the exit code."""
    parser = argparse.ArgumentParser(
        description="What the program takes next to the plain thing that does the core of it, or to a limit."
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"only these: {', '.join(PARTS)}")
    parser.add_argument("--json", action="store_true", help="print JSON at the end instead of the table")
    parser.add_argument("--rows", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if unknown := [part for part in given.parts if part not in PARTS]:
        parser.error(f"There is no part {unknown[0]!r}. The parts are {', '.join(PARTS)}.")
    if given.rows:
        return tell_rows(_ratios(given.parts[0])())
    machine = {
        "Python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
        "cores": str(os.cpu_count()),
    }
    found: list[Ratio] = []
    seconds: dict[str, float] = {}
    loops = [milliseconds_of_a_loop()]
    if not given.json:
        print(", ".join(f"{name} {of}" for name, of in machine.items()), end=f"\n\n{HEADING}\n")
    for part in given.parts or PARTS:
        begun = time.monotonic()
        if hasattr(os, "sync"):
            os.sync()  # the disk is to have written what the part before left it, which may be gigabytes
        for row in rows_of_part(part):
            found.append(row)
            if not given.json:
                print(table_line(row), flush=True)
        seconds[part] = time.monotonic() - begun
        loops.append(milliseconds_of_a_loop())
    if given.json:
        rows = [_without_nan(asdict(row)) | {"holds": row.holds} for row in found]
        print(json.dumps({"machine": machine, "seconds": seconds, "loops": loops, "rows": rows}, indent=1))
    else:
        print(f"\n{LEGEND}\n{_verdict(found)}\n{_times(seconds)}\n{_steadiness(loops)}")
    return 0 if all(row.holds for row in found) else 1


def _without_nan(values: dict[str, Any]) -> dict[str, Any]:
    """Return what a row says with null, which JSON has, for what it does not know."""
    return {name: None if value != value else value for name, value in values.items()}


def _verdict(rows: list[Ratio]) -> str:
    """Return in one line how many targets hold."""
    judged = [row for row in rows if row.target is not None]
    missed = [row.what for row in judged if not row.holds]
    verdict = f"{len(judged) - len(missed)} of {len(judged)} targets hold"
    return f"{verdict}; missed: {'; '.join(missed)}." if missed else f"{verdict}."


def _times(seconds: dict[str, float]) -> str:
    """Return in one line how long it took, in all and each part."""
    whole = round(sum(seconds.values()))
    parts = ", ".join(f"{part} {value:.0f} s" for part, value in seconds.items())
    return f"{whole // 60} min {whole % 60} s in all: {parts}."


def milliseconds_of_a_loop() -> float:
    """Return what a fixed loop takes now, in the middle of a second of them: how fast the machine is."""
    times = []
    end = time.perf_counter() + 1.0
    while time.perf_counter() < end:
        started = time.perf_counter()
        for _ in range(50_000):
            pass
        times.append(1e3 * (time.perf_counter() - started))
    return statistics.median(times)


def _steadiness(loops: list[float]) -> str:
    """Return in one line how steady the machine was."""
    least, most = min(loops), max(loops)
    return f"A fixed loop took {least:.2f} to {most:.2f} ms before, between and after the parts."


if __name__ == "__main__":
    sys.exit(main())
