"""Finds the gaps of an event loop: how long it answered nobody, and what it and the machine did then."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from paired import LONGEST_GAP, Ratio, limit

GAP_MS = 50.0
BEAT_MS = 5


@dataclass
class Gap:
    """The longest gap of a phase."""

    milliseconds: float = 0.0
    computed: float = 0.0  # of these, the window's own thread
    for_a_core: float = 0.0  # and so long it was ready to, but others had the cores
    doing: str = ""
    most_computed: float = 0.0  # in whichever gap
    computing: str = ""
    over: int = 0  # how many were over the target
    beats: int = 0
    felt: float = 0.0  # with what an idle program was held up for as well
    within: float = 0.0  # the longest one that was not over
    beyond: list[tuple[float, float, frozenset[int]]] = field(default_factory=list)  # others, with cores

    def settle(self, held_up: list[tuple[float, float, int]]) -> None:
        """Leave out when a program that does nothing was held up on the same core: that is the machine's."""
        self.felt = self.milliseconds
        own = []
        for start, end, cores in self.beyond:
            machine = [(a, b) for a, b, core in held_up if core == -1 or core in cores]
            own.append(end - start - overlap(start, end, machine))
        self.milliseconds = max(self.within, *(1000 * seconds for seconds in own), 0.0)
        self.over = sum(1000 * seconds > GAP_MS for seconds in own)


def overlap(start: float, end: float, spans: list[tuple[float, float]]) -> float:
    """Return how much of the time from start to end lies in any of the spans."""
    covered = 0.0
    for a, b in sorted(spans):
        a = max(a, start)
        covered += max(0.0, min(b, end) - a)
        start = max(start, min(b, end))
    return covered


class Idle:
    """Programs that do nothing but beat, and say when they were held up.

    Where they may run before all others there is one on each core, and what holds it up is the machine. Else
    there is a single one, which the system moves to a core that is free.
    """

    BEATING = """
import os, sys, time
core, late = int(sys.argv[1]), 0.002
try:
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    os.sched_setaffinity(0, {core})
except (AttributeError, OSError):
    core, late = -1, 0.01
last = time.perf_counter()
while True:
    time.sleep(0.003)
    now = time.perf_counter()
    if now - last > 0.003 + late:
        print(last, now, core, flush=True)
    last = now
"""

    def __init__(self) -> None:
        allowed = sys.platform == "linux" and os.geteuid() == 0
        cores = sorted(os.sched_getaffinity(0)) if allowed else [-1]
        self._said = [tempfile.TemporaryFile("w+") for _ in cores]  # noqa: SIM115 - closed in end()
        self._processes = [
            subprocess.Popen([sys.executable, "-c", self.BEATING, str(core)], stdout=said)
            for core, said in zip(cores, self._said, strict=True)
        ]
        atexit.register(self.end)

    def end(self) -> list[tuple[float, float, int]]:
        """End them; return from when to when each was held up, by ``perf_counter``, and on which core.

        The core is -1 where it may have been any.
        """
        found = []
        for process, said in zip(self._processes, self._said, strict=True):
            process.terminate()
            process.wait()
            with said:
                said.seek(0)
                for line in said:
                    start, end, core = line.split()
                    found.append((float(start), float(end), int(core)))
        self._processes.clear()
        self._said.clear()
        return found


@dataclass
class Watchdog:
    """Beats in the event loop; a thread looks at what the window does while no beat comes.

    The longest gap of each phase is in ``gaps``, and settled when the watchdog has stopped.
    """

    gaps: dict[str, Gap] = field(default_factory=dict)
    gap: Gap = field(default_factory=Gap)
    last: float = field(default_factory=time.perf_counter)
    cpu: float = 0.0
    waited: float = 0.0
    core: int = -1
    seen: str = ""
    stopped: bool = False

    def start(self) -> None:
        """Begin; to be called on the window's thread."""
        from PySide6.QtCore import Qt, QTimer

        self._thread = threading.main_thread().ident
        self.timer = QTimer()
        self.timer.setTimerType(Qt.TimerType.PreciseTimer)
        self.timer.timeout.connect(self.beat)
        self.timer.start(BEAT_MS)
        self.idle = Idle()
        threading.Thread(target=self._look, daemon=True).start()

    def begin(self, phase: str) -> None:
        """Begin another phase."""
        self.gap = self.gaps[phase] = Gap()
        self.last, self.cpu = time.perf_counter(), time.thread_time()
        self.waited, self.core = waited_for_a_core(), core_of_this_thread()

    def stop(self) -> None:
        """End, and leave out of the gaps what was the machine's."""
        self.stopped = True
        self.timer.stop()
        held_up = self.idle.end()
        for gap in self.gaps.values():
            gap.settle(held_up)

    def rows(self) -> Iterator[Ratio]:
        """Yield the longest gap of each phase next to what it may be at most."""
        for phase, gap in self.gaps.items():
            yield limit(f"{LONGEST_GAP}{phase}", gap.milliseconds, GAP_MS, "ms", high=gap.felt)

    def beat(self) -> None:
        """Note the gap since the last beat."""
        now, cpu, waited = time.perf_counter(), time.thread_time(), waited_for_a_core()
        gap, core = 1000 * (now - self.last), core_of_this_thread()
        self.gap.beats += 1
        if gap > GAP_MS:
            self.gap.beyond.append((self.last, now, frozenset((self.core, core))))
        else:
            self.gap.within = max(self.gap.within, gap)
        computed = 1000 * (cpu - self.cpu)
        if gap > self.gap.milliseconds:
            self.gap.milliseconds, self.gap.computed, self.gap.doing = gap, computed, self.seen
            self.gap.for_a_core = 1000 * (waited - self.waited)
        if computed > self.gap.most_computed:
            self.gap.most_computed, self.gap.computing = computed, self.seen
        self.last, self.cpu, self.waited, self.core, self.seen = now, cpu, waited, core, ""

    def _look(self) -> None:
        while not self.stopped:
            time.sleep(0.02)
            if time.perf_counter() - self.last > GAP_MS / 2000 and not self.seen:
                self.seen = _doing(sys._current_frames().get(self._thread or 0))


def _doing(frame: FrameType | None) -> str:
    """Return what a thread does, innermost first. No file is read for that: the thread would wait for it."""
    calls = []
    while frame is not None and len(calls) < 7:
        code = frame.f_code
        calls.append(f"{Path(code.co_filename).stem}.{code.co_name}:{frame.f_lineno}")
        frame = frame.f_back
    return " < ".join(calls)


def waited_for_a_core() -> float:
    """Return the seconds that this thread was ready and did not run; NaN where the system does not tell."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_bytes().split()[1]) / 1e9
    except OSError:
        return float("nan")


def core_of_this_thread() -> int:
    """Return the number of the core that this thread runs on; -1 where the system does not tell."""
    try:
        return int(Path("/proc/thread-self/stat").read_bytes().rpartition(b")")[2].split()[36])
    except OSError:
        return -1


def show_gaps(gaps: dict[str, Gap]) -> bool:
    """Print the gaps; return whether none is too long."""
    heading = f"{'longest gap while':36} {'ms':>6} {'felt':>6} {'computing':>10} {'for a core':>10}"
    print(f"\n{heading} {'over':>5} {'beats':>6} {'most computing':>15}   {GAP_MS:.0f} ms")
    for name, gap in gaps.items():
        print(
            f"{name:36} {gap.milliseconds:6.1f} {gap.felt:6.1f} {gap.computed:10.1f} {gap.for_a_core:10.1f} "
            f"{gap.over:5} {gap.beats:6} {gap.most_computed:15.1f}   "
            f"{'holds' if gap.milliseconds <= GAP_MS else 'MISSED'}"
        )
        if gap.milliseconds > GAP_MS:
            print(f"    longest: {gap.doing}")
        if gap.most_computed > GAP_MS / 2:
            print(f"    computed most: {gap.computing}")
    return all(gap.milliseconds <= GAP_MS for gap in gaps.values())
