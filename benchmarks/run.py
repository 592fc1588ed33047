"""Prints one table of ratios: this program next to the plain thing it is compared with.

    uv run python benchmarks/run.py             # all of it, under ten minutes
    uv run python benchmarks/run.py frames      # one part: recording, stepping, frames or growing

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

PARTS = {
    "recording": recording.ratios,
    "stepping": stepping.ratios,
    "frames": frames.ratios,
    "growing": growing.ratios,
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
    print(f"{'what':42} {'next to':28} {'ms':>8} {'ms':>8} {'ratio':>6} {'middle half':>13} {'target':>7}")
    missed = 0
    for part in chosen:
        for row in PARTS[part]():
            missed += not row.holds
            spread = f"{row.low:.3f}–{row.high:.3f}"
            target = "" if row.target is None else f"{row.target:.3f}"
            verdict = "" if row.target is None else ("holds" if row.holds else "MISSED")
            print(
                f"{row.what:42} {row.peer:28} {row.ours_ms:8.2f} {row.peer_ms:8.2f} {row.ratio:6.3f} "
                f"{spread:>13} {target:>7} {verdict}",
                flush=True,
            )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
