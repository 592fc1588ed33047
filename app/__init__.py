"""The program: a window on an engine process. Shows and commands; computes nothing about LSTMs."""

from __future__ import annotations

from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code.

    Parameters
    ----------
    argv : sequence of str or None
        Arguments without the program's name; None takes those of the process.
    """
    from app.command_line import run

    return run(argv)
