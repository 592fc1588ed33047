"""Prints one table of ratios: this program next to the plain thing it is compared with.

    uv run python benchmarks/run.py             # all of it, under ten minutes
    uv run python benchmarks/run.py frames      # one part

The parts are recording, stepping, frames, growing, window, long and leaks; the last three run the program.

The exit code is 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from importlib.metadata import version

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")  # the program computes on the processor
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# That platform has no window manager, and warns so whenever it is told a size.
os.environ.setdefault("QT_LOGGING_RULES", "default.warning=false")

import frames
import growing
import recording
import stepping
from paired import HEADING, rows_of, table_line

PARTS = {
    "recording": recording.ratios,
    "stepping": stepping.ratios,
    "frames": frames.ratios,
    "growing": growing.ratios,
    # The real program, in a process of its own for each.
    "window": lambda: rows_of("window_gaps.py", "--minutes", "0.2"),
    "long": lambda: rows_of("long_run.py"),
    "leaks": lambda: rows_of("leaks.py"),
}


def main() -> int:
    """Run the parts asked for; return the exit code."""
    parser = argparse.ArgumentParser(description="Ratios of medians of paired, interleaved runs.")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=[], help="only these")
    chosen = parser.parse_args().parts or list(PARTS)
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("keras", "tensorflow", "pyqtgraph", "PySide6-Essentials")
    )
    print(f"Python {platform.python_version()}, {packages}, {os.cpu_count()} cores\n")
    print(HEADING)
    missed = 0
    for part in chosen:
        for row in PARTS[part]():
            missed += not row.holds
            print(table_line(row), flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
