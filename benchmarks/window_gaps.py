"""Measures the real program: first paint, the longest gaps of the window's event loop, and memory.

    uv run python benchmarks/window_gaps.py                 # about two minutes
    uv run python benchmarks/window_gaps.py --minutes 10    # ten of them at full speed, for the memory

A gap is the time between two beats of a 5 ms timer: so long the window answered nobody. On each core runs a
program that does nothing but beat, before all others where that is allowed: while that one is held up on the
window's core as well, the machine stands still, and the time counts for "felt" alone. Beside it stands how
much of it the window's own thread computed, and how much it waited for a core that others had, where the
system tells (Linux). The table of run.py has the middle one of three passes, each with a new program.
The exit code is 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import atexit
import gc
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from paired import Ratio, limit, rows_of, tell_rows

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from app.frame_stack import with_room  # noqa: E402 - app is found by the path above

if TYPE_CHECKING:
    from app.application import Application

FIRST_PAINT_S, FIRST_STEP_S, GAP_MS, GROWTH_MIB = 0.6, 4.0, 50.0, 20.0
STARTS = 5
BEAT_MS = 5
PASSES = 3
PLAY_SECONDS = 12.0
PATIENCE_SECONDS = 180.0
UNITS, SAMPLES, TIMESTEPS, FEATURES = 128, 200, 100, 8

MODEL = f"""
import sys, keras, numpy as np
from keras import layers
keras.utils.set_random_seed(0)
x = np.random.default_rng(0).standard_normal(({SAMPLES}, {TIMESTEPS}, {FEATURES})).astype("float32")
np.savez(sys.argv[1] + "/data.npz", x=x)
for name in ("one", "two"):
    keras.Sequential(
        [layers.Input((None, {FEATURES})), layers.LSTM({UNITS}, return_sequences=True), layers.Dense(1)]
    ).save(f"{{sys.argv[1]}}/{{name}}.keras")
"""


# -- first paint ------------------------------------------------------------------------------------


def first_paints() -> list[float]:
    """Return the seconds from the start of the process to the window's first paint, of several starts."""
    found = []
    # As on a user's machine, where Python keeps what it compiled; the first start, left out, compiles it.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    for _ in range(STARTS + 1):
        with tempfile.TemporaryDirectory() as home:
            before = time.monotonic()
            done = subprocess.run(
                [sys.executable, __file__, "--first-paint"],
                env={**environment, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home},
                capture_output=True,
                text=True,
                check=True,
            )
            found.append(float(done.stdout.split()[-1]) - before)
    return found[1:]  # the first one reads the files from the disk


@with_room  # as the program is
def tell_first_paint() -> None:
    """Start the program as ``main.py`` does, print when it has painted itself, and end."""
    gc.disable()
    from app.command_line import parse
    from app.system_libraries import missing_libraries

    options = parse([])
    missing_libraries(window=True)
    from PySide6.QtCore import QEvent, QObject, QTimer

    from app.application import Application

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
            if event.type() == QEvent.Type.Paint:
                watched.removeEventFilter(self)
                QTimer.singleShot(0, painted)  # what is below the window is painted in the same event
            return False

    def painted() -> None:
        print(time.monotonic(), flush=True)
        application.window.close()

    application = Application(options)
    watch = Watch()
    application.window.installEventFilter(watch)
    application.start()
    application.qt.exec()
    application.stop()


# -- gaps -------------------------------------------------------------------------------------------


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
    """Beats in the event loop; a thread looks at what the window does while no beat comes."""

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
        self.begin()
        threading.Thread(target=self._look, daemon=True).start()

    def begin(self) -> Gap:
        """Begin another phase and return its gap, which is filled in as it goes on."""
        self.gap, self.last, self.cpu = Gap(), time.perf_counter(), time.thread_time()
        self.waited, self.core = waited_for_a_core(), core_of_this_thread()
        return self.gap

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
                frame = sys._current_frames().get(self._thread or 0)
                stack = traceback.extract_stack(frame)[-7:]
                self.seen = " < ".join(
                    f"{Path(f.filename).stem}.{f.name}:{f.lineno}" for f in reversed(stack)
                )


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


def wait(condition: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    """Let the event loop run until something holds."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop, poll, end = QEventLoop(), QTimer(), time.perf_counter() + seconds

    def look() -> None:
        if condition() or time.perf_counter() > end:
            loop.quit()

    poll.timeout.connect(look)
    poll.start(20)
    loop.exec()
    poll.stop()
    if not condition():
        raise TimeoutError("The program did not get there in time.")


def wait_seconds(seconds: float) -> None:
    """Let the event loop run so long."""
    end = time.perf_counter() + seconds
    wait(lambda: time.perf_counter() >= end, seconds + 5)


# -- the phases -------------------------------------------------------------------------------------


@with_room  # as the program is
def measure(minutes: float, folder: Path, rows: list[Ratio] | None = None) -> bool:
    """Run the program through every phase, print what was measured; return whether the targets hold.

    With ``rows`` that is put there, and not printed.
    """
    from PySide6.QtCore import QSettings

    from app.application import Application
    from app.command_line import Options
    from app.settings import Settings

    store = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
    application = Application(Options(), Settings(store))
    session, player, watchdog = application.session, application.session.player, Watchdog()
    ready: list[bool] = []
    opened: list[bool] = []
    session.engine_ready.connect(lambda: ready.append(True))
    session.opened.connect(lambda: opened.append(True))
    session.failed.connect(lambda failure: print(failure.message, failure.details, file=sys.stderr))
    started: list[float] = []
    application.bridge.engine_started.connect(lambda: started.append(time.monotonic()))
    begun = time.monotonic()
    application.start()
    gc.freeze()  # as the program does when its window is there
    application.failures.uninstall()  # what goes wrong here is to be seen
    application.qt.processEvents()  # until the window is up
    watchdog.start()
    idle = Idle()
    gaps: dict[str, Gap] = {}

    gaps["TensorFlow is imported"] = watchdog.begin()
    wait(lambda: bool(ready))
    imported = time.monotonic() - started[0]
    gaps["the first example opens"] = watchdog.begin()
    wait(lambda: bool(opened))
    session.seek(0)
    wait(lambda: session.trace is not None and session.trace.count > 0)
    first_step = time.monotonic() - begun
    gaps[f"a model of {UNITS} units opens"] = watchdog.begin()
    session.open_files(str(folder / "one.keras"), str(folder / "data.npz"))
    wait(lambda: len(opened) == 2)
    wait_seconds(0.5)
    make_long(application, epochs=100)

    application.window.transport.slider.setValue(application.window.transport.slider.maximum())
    gaps["playing at full speed, Gates"] = watchdog.begin()
    application.window.actions_by_id["play"].trigger()
    wait_seconds(PLAY_SECONDS / 2)
    for unit in range(1, 8):
        session.pin(unit)
    gaps["playing at full speed, Units"] = watchdog.begin()
    application.window.views.setCurrentIndex(1)
    wait_seconds(PLAY_SECONDS / 2)
    application.window.views.setCurrentIndex(0)
    if not (player.playing and session.trace and session.trace.count > 1000):
        raise RuntimeError("The program did not play.")
    gaps["settings change while it plays"] = watchdog.begin()
    change_settings(application)
    gaps["another model opens while it plays"] = watchdog.begin()
    session.open_files(str(folder / "two.keras"))
    wait(lambda: len(opened) == 3)

    make_long(application, epochs=100_000)
    application.window.actions_by_id["play"].trigger()
    gaps["playing on"] = watchdog.begin()
    memory = play_long(application, minutes)
    steps = session.trace.count if session.trace else 0
    watchdog.stopped = True
    watchdog.timer.stop()
    held_up = idle.end()
    for gap in gaps.values():
        gap.settle(held_up)
    application.window.close()
    application.stop()

    if rows is not None:
        rows += [limit("first step of the first example", first_step, FIRST_STEP_S, "s")]
        rows += [limit("of which TensorFlow is imported", imported, None, "s")]
        rows += [
            limit(f"longest gap: {name}", gap.milliseconds, GAP_MS, "ms", high=gap.felt)
            for name, gap in gaps.items()
        ]
        return all(row.holds for row in rows)
    verdict = "holds" if first_step <= FIRST_STEP_S else "MISSED"
    print(
        f"first step of the first example after {first_step:.2f} s, {imported:.2f} s of them the import of "
        f"TensorFlow  target {FIRST_STEP_S:.0f} s  {verdict}"
    )
    holds = show_gaps(gaps) and first_step <= FIRST_STEP_S
    print(f"\n{steps:,} steps in {minutes:g} min. Memory of its own, without the mapped recording, in MiB:")
    for name, values in memory.items():
        holds &= show_memory(name, values)
    return holds


def make_long(application: Application, epochs: int) -> None:
    """Run one row at a time, and so often that the run does not end."""
    application.window.run_settings.batch_size.setValue(1)
    application.window.run_settings.epochs.setValue(epochs)
    session = application.session
    wait(lambda: session.plan is not None and (session.plan.epochs, session.plan.batch_size) == (epochs, 1))


def change_settings(application: Application) -> None:
    """Change what can be changed during a run, one after another, as a person would."""
    window, session = application.window, application.session
    play = window.actions_by_id["play"]
    for size, stateful in ((4, True), (40, True), (40, False), (1, True), (8, False)):
        window.run_settings.batch_size.setValue(size)
        window.run_settings.stateful.setChecked(stateful)
        wait(lambda size=size, stateful=stateful: _runs_with(session.plan, size, stateful))
        if not play.isChecked():
            play.trigger()
        wait_seconds(1.0)
        window.commands.on_reset_here()
        session.set_row(size - 1)
        wait_seconds(0.5)


def _runs_with(plan: object, size: int, stateful: bool) -> bool:
    return (getattr(plan, "batch_size", 0), getattr(plan, "stateful", None)) == (size, stateful)


def play_long(application: Application, minutes: float) -> dict[str, list[float]]:
    """Play on and return the memory of both processes, once a second, after they have settled."""
    pids = {"window": os.getpid(), "engine": application.bridge.pid or 0}
    memory: dict[str, list[float]] = {name: [] for name in pids}
    wait_seconds(5.0)
    for _ in range(max(8, round(60 * minutes))):
        wait_seconds(1.0)
        for name, pid in pids.items():
            memory[name].append(own_memory(pid))
    if not application.session.player.playing:
        raise RuntimeError("The program stopped playing.")
    return memory


def own_memory(pid: int) -> float:
    """Return the MiB of memory that a process has for itself; pages of mapped files are not among them."""
    if sys.platform != "linux":
        return float("nan")
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon")) / 1024


# -- the table --------------------------------------------------------------------------------------


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


def show_memory(name: str, values: list[float]) -> bool:
    """Print how the memory of a process went; return whether it stayed."""
    part = max(1, len(values) // 4)
    first, last = statistics.median(values[:part]), statistics.median(values[-part:])
    holds = not last - first > GROWTH_MIB
    verdict = "holds" if holds else "MISSED"
    print(
        f"{name:10} {first:8.1f} at first, {last:8.1f} at last, {max(values):8.1f} at most, "
        f"grown by {last - first:+.1f}  target {GROWTH_MIB:.0f} MiB  {verdict}"
    )
    return holds


def rows_of_one_pass(minutes: float) -> Iterator[Ratio]:
    """Run the program through every phase once, and yield what was measured."""
    rows: list[Ratio] = []
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-c", MODEL, folder], check=True)
        os.environ["XDG_CACHE_HOME"] = os.environ["XDG_STATE_HOME"] = folder
        measure(minutes, Path(folder), rows)
    yield from rows


def rows_of_all_passes(minutes: float, paint: Ratio) -> Iterator[Ratio]:
    """Yield the middle one of several passes of the program, each started anew.

    Beside it stands the least of them and the longest that was felt. The longest gap of one pass is a single
    moment: what the machine did in it must not decide.
    """
    yield paint
    passes = [list(rows_of("window_gaps.py", "--one-pass", "--minutes", str(minutes))) for _ in range(PASSES)]
    for rows in zip(*passes, strict=True):
        middle = sorted(rows, key=lambda row: row.ours)[PASSES // 2]
        least, most = min(row.low for row in rows), max(row.high for row in rows)
        yield replace(middle, low=least, high=most, pairs=PASSES)


def main() -> int:
    """Measure everything; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=1.0, help="how long to play for the memory")
    parser.add_argument("--first-paint", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--rows", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--one-pass", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.first_paint:
        tell_first_paint()
        return 0
    if given.one_pass:
        return tell_rows(rows_of_one_pass(given.minutes))
    seconds = first_paints()
    if given.rows:
        paint = limit(
            "window painted", statistics.median(seconds), FIRST_PAINT_S, "s", min(seconds), max(seconds)
        )
        return tell_rows(rows_of_all_passes(given.minutes, paint))
    holds = statistics.median(seconds) <= FIRST_PAINT_S
    print(
        f"first paint after {statistics.median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f})  "
        f"target {FIRST_PAINT_S:.1f} s  {'holds' if holds else 'MISSED'}",
        flush=True,
    )
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-c", MODEL, folder], check=True)
        os.environ["XDG_CACHE_HOME"] = os.environ["XDG_STATE_HOME"] = folder
        return 0 if measure(given.minutes, Path(folder)) and holds else 1


if __name__ == "__main__":
    sys.exit(main())
