"""Timing of two things side by side, so that whatever slows the machine slows both."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Ratio:
    """How long something takes next to its peer.

    Parameters
    ----------
    what, peer : str
        In words, with sizes.
    ours_ms, peer_ms : float
        Medians, in milliseconds.
    ratio : float
        Median of the ratios of the pairs.
    low, high : float
        The ratios between which the middle half of the pairs lies.
    target : float or None
        The ratio may be at most this; None where it is only told.
    pairs : int
    """

    what: str
    peer: str
    ours_ms: float
    peer_ms: float
    ratio: float
    low: float
    high: float
    target: float | None
    pairs: int

    @property
    def holds(self) -> bool:
        """Whether the target is kept."""
        return self.target is None or self.ratio <= self.target


def compare(
    what: str,
    peer: str,
    ours: Callable[[], object],
    theirs: Callable[[], object],
    *,
    target: float | None,
    pairs: int,
    repeat_ours: int = 1,
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
    repeat_ours : int
        Calls of ours in each pair, where one alone is too short to time; the mean counts.
    warm_up : int
        Pairs before the timed ones: tracing, caches, the clock speed of the processor.
    """
    for _ in range(warm_up):
        ours()
        theirs()
    times = []
    for number in range(pairs):
        if number % 2:
            second = _seconds(theirs, 1)
            first = _seconds(ours, repeat_ours)
        else:
            first = _seconds(ours, repeat_ours)
            second = _seconds(theirs, 1)
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
