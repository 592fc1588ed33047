"""Timing of two things side by side, so that whatever slows the machine slows both."""

from __future__ import annotations

import gc
import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

PASSES = 3  # of what one moment of the machine would decide: the longest gap, a start
LONGEST_GAP = "longest gap: "  # begins what is judged by the least of several passes
Call = Callable[[], object]


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


_NAMES = "what", "next to", "this", "that", "in", "ratio", "between", "target"
HEADING = "{:6} {:48} {:28} {:>8} {:>8} {:9} {:>7} {:>13} {:>6}".format("", *_NAMES)
LEGEND = """\
The ratio is this to that, and a target what it may be at most. Between: the middle half of the pairs that
were timed; next to a limit, the least and the most. 95 of 100: what so many of the frames take at most."""


def table_line(row: Ratio) -> str:
    """Return a row as a line of the table, whether its target holds first."""
    verdict = "" if row.target is None else ("holds" if row.holds else "MISSED")
    numbers = [
        f"{'' if math.isnan(value) else format(value, f'.{digits}f'):>{width}}"
        for value, digits, width in ((row.ours, 2, 8), (row.theirs, 2, 8), (row.ratio, 3, 7))
    ]
    numbers.insert(2, f"{row.unit.split()[0]:9}")  # "MiB above the start" is told beside it
    spread = f"{row.low:.3f}–{row.high:.3f}" if row.low < row.high else ""
    target = "" if row.target is None else f"{row.target:.3f}"
    return f"{verdict:6} {row.what:48} {row.peer:28} {' '.join(numbers)} {spread:>13} {target:>6}".rstrip()


def limit(
    what: str,
    value: float,
    most: float | None,
    unit: str,
    low: float | None = None,
    high: float | None = None,
) -> Ratio:
    """Return something measured next to what it may be at most; None where it is only told.

    NaN is what cannot be measured on this system: no target of it holds or is missed.

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
    if math.isnan(value):
        most = None
    by = most or 1.0
    spread = (value if low is None else low) / by, (value if high is None else high) / by
    that = float("nan") if most is None else most
    peer = unit if most is None else f"at most {most:g} {unit}"
    ratio = float("nan") if most is None else value / most
    return Ratio(what, peer, value, that, ratio, *spread, None if most is None else 1.0, 1, unit)


def of_passes(passes: Iterable[Iterable[Ratio]]) -> Iterator[Ratio]:
    """Yield of each row the middle one of several passes, of a gap the shortest.

    The longest gap of a pass is a single moment, in which the machine may have done something else. What the
    program does that nobody is answered for it does in each pass. Beside it stand the least and the most that
    any of them had, of a gap the longest that was felt.
    """
    for rows in zip(*[list(rows) for rows in passes], strict=True):  # one pass after the other
        place = 0 if rows[0].what.startswith(LONGEST_GAP) else len(rows) // 2
        chosen = sorted(rows, key=_measured)[place]
        least, most = min(row.low for row in rows), max(row.high for row in rows)
        yield replace(chosen, low=least, high=most, pairs=len(rows))


def _measured(row: Ratio) -> float:
    """Return what is compared: the ratio, or where there is none what was measured."""
    return row.ours if math.isnan(row.ratio) else row.ratio


def compare(
    what: str,
    peer: str,
    ours: Call,
    theirs: Call,
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
    gc.collect()
    gc.freeze()  # what is there by now stays, and is looked through no more between two calls
    try:
        times = [_pair(number, ours, theirs, repeat_ours, repeat_theirs) for number in range(pairs)]
    finally:
        gc.unfreeze()
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


def _pair(number: int, ours: Call, theirs: Call, repeat_ours: int, repeat_theirs: int) -> tuple[float, float]:
    """Return the seconds of both; which is timed first depends on the number."""
    if number % 2:
        second = _seconds(theirs, repeat_theirs)
        return _seconds(ours, repeat_ours), second
    return _seconds(ours, repeat_ours), _seconds(theirs, repeat_theirs)


def _seconds(call: Call, times: int) -> float:
    gc.collect()  # what an earlier call left is not this one's to clear away
    started = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - started) / times


def tell_rows(rows: Iterator[Ratio], as_json: bool = True) -> int:
    """Print rows as a table or, for :func:`rows_of`, as JSON; return the exit code.

    That is 1 where a target of the table is missed. Of JSON it says only whether all rows came.
    """
    missed = 0
    for row in rows:
        missed += not row.holds
        print(json.dumps(asdict(row)) if as_json else table_line(row), flush=True)
    return 1 if missed and not as_json else 0


def rows_of(script: str, *arguments: str) -> Iterator[Ratio]:
    """Yield the rows of a script that is run in a process of its own.

    Raises
    ------
    RuntimeError
        It failed; with the last of what it and the libraries said, which nobody sees otherwise.
    """
    command = [sys.executable, str(Path(__file__).with_name(script)), "--rows", *arguments]
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True) as running:
            assert running.stdout is not None
            for line in running.stdout:
                values: dict[str, Any] = json.loads(line)
                yield Ratio(**values)
        if running.returncode:
            said.seek(0)
            words = f"{script} ended with exit code {running.returncode}.\n{said.read()[-4000:]}"
            raise RuntimeError(words)
