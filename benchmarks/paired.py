"""Timing of two things side by side, so that whatever slows the machine slows both."""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Ratio:
    """How long something takes next to its peer.

    Parameters
    ----------
    what, peer : str
        In words, with sizes.
    ours, theirs : float
        Medians.
    ratio : float
        Median of the ratios of the pairs.
    low, high : float
        The ratios between which the middle half of the pairs lies.
    target : float or None
        The ratio may be at most this; None where it is only told.
    pairs : int
    unit : str
        Of ours and theirs.
    """

    what: str
    peer: str
    ours: float
    theirs: float
    ratio: float
    low: float
    high: float
    target: float | None
    pairs: int
    unit: str = "ms"

    @property
    def holds(self) -> bool:
        """Whether the target is kept."""
        return self.target is None or self.ratio <= self.target


HEADING = f"{'what':46} {'next to':28} {'this':>8} {'that':>8} {'ratio':>7} {'middle half':>13} {'target':>6}"


def table_line(row: Ratio) -> str:
    """Return a row as a line of the table."""
    spread = f"{row.low:.3f}–{row.high:.3f}"
    target = "" if row.target is None else f"{row.target:.3f}"
    verdict = "" if row.target is None else ("holds" if row.holds else "MISSED")
    return (
        f"{row.what:46} {row.peer:28} {row.ours:8.2f} {row.theirs:8.2f} {row.ratio:7.3f} "
        f"{spread:>13} {target:>6} {verdict}"
    )


def limit(
    what: str,
    value: float,
    most: float | None,
    unit: str,
    low: float | None = None,
    high: float | None = None,
) -> Ratio:
    """Return something measured next to what it may be at most; None where it is only told.

    Parameters
    ----------
    what : str
    value : float
    most : float or None
    unit : str
        Of both, in words: ``"MiB above the start"``.
    low, high : float or None
        Between which it was; the value where only that is known.
    """
    by = most or 1.0
    spread = (value if low is None else low) / by, (value if high is None else high) / by
    that = float("nan") if most is None else most
    peer = unit if most is None else f"at most {most:g} {unit}"
    ratio = float("nan") if most is None else value / most
    return Ratio(what, peer, value, that, ratio, *spread, None if most is None else 1.0, 1, unit)


def compare(
    what: str,
    peer: str,
    ours: Callable[[], object],
    theirs: Callable[[], object],
    *,
    target: float | None,
    pairs: int,
    repeat_ours: int = 1,
    repeat_theirs: int = 1,
    warm_up: int = 3,
) -> Ratio:
    """Time pairs of calls, one of each right after the other and in turns which is first.

    Parameters
    ----------
    what, peer : str
        What the two are.
    ours, theirs : callable
    target : float or None
    pairs : int
        How many pairs are timed.
    repeat_ours, repeat_theirs : int
        Calls in each pair, where one alone is too short to time; the mean counts.
    warm_up : int
        Pairs before the timed ones: tracing, caches, the clock speed of the processor.
    """
    for _ in range(warm_up):
        ours()
        theirs()
    times = []
    for number in range(pairs):
        if number % 2:
            second = _seconds(theirs, repeat_theirs)
            first = _seconds(ours, repeat_ours)
        else:
            first = _seconds(ours, repeat_ours)
            second = _seconds(theirs, repeat_theirs)
        times.append((first, second))
    ratios = sorted(first / second for first, second in times)
    low, middle, high = statistics.quantiles(ratios, n=4)
    return Ratio(
        what,
        peer,
        1e3 * statistics.median(first for first, _ in times),
        1e3 * statistics.median(second for _, second in times),
        middle,
        low,
        high,
        target,
        pairs,
    )


def _seconds(call: Callable[[], object], times: int) -> float:
    gc.collect()  # what an earlier call left is not this one's to clear away
    started = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - started) / times


def tell_rows(rows: Iterator[Ratio], as_json: bool = True) -> int:
    """Print rows as a table or, for :func:`rows_of`, as JSON; return the exit code."""
    missed = 0
    for row in rows:
        missed += not row.holds
        print(json.dumps(asdict(row)) if as_json else table_line(row), flush=True)
    return 1 if missed else 0


def rows_of(script: str, *arguments: str) -> Iterator[Ratio]:
    """Yield the rows of a script that is run in a process of its own."""
    command = [sys.executable, str(Path(__file__).with_name(script)), "--rows", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        for line in running.stdout:
            values: dict[str, Any] = json.loads(line)
            yield Ratio(**values)
        if running.wait() not in (0, 1):
            raise RuntimeError(f"{script} ended with exit code {running.returncode}")
