"""What commands say in a terminal: progress where somebody watches, results, and what went wrong."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

from lstm_viz.errors import LstmVizError

_BAR = 24
_SECONDS = 0.1  # between two looks of a bar


class ProgressBar:
    """A line that tells how far something is, on a terminal; nothing in a pipe or a file.

    It is written to the standard error, so that results can be piped on.
    """

    def __init__(self) -> None:
        self._watched = sys.stderr.isatty()
        self._shown = 0
        self._last = 0.0

    def tell(self, text: str, fraction: float | None = None) -> None:
        """Show what is going on, and the fraction done where it is known."""
        now = time.monotonic()
        if not self._watched or (fraction is not None and fraction < 1 and now - self._last < _SECONDS):
            return
        self._last = now
        line = text
        if fraction is not None:
            full = round(_BAR * min(1.0, fraction))
            line = f"{'█' * full}{'·' * (_BAR - full)} {fraction:4.0%}  {text}"
        self._write(line)

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            self._write("")
            sys.stderr.write("\r")
            sys.stderr.flush()
            self._shown = 0

    def _write(self, line: str) -> None:
        sys.stderr.write(f"\r{line.ljust(self._shown)}")
        sys.stderr.flush()
        self._shown = len(line)


def say(text: str) -> None:
    """Print a result; a reader such as ``head`` may have seen enough of it."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - for the interpreter's own last flush


def say_json(found: dict[str, Any]) -> None:
    """Print a result for machines."""
    say(json.dumps(found, indent=2))


def say_error(error: LstmVizError, as_json: bool) -> None:
    """Say what is wrong and what to do: for machines where the result is asked for so."""
    if as_json:
        say_json({"error": error.message, "hint": error.hint})
    else:
        print(error, file=sys.stderr)
