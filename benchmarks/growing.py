"""A recording of a million timesteps against one of a thousand: appending to it, and drawing it."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path

import numpy as np
from frames import PIXELS, painting
from paired import Ratio, compare, limit

from lstm_viz.layers import LSTMLayer
from lstm_viz.plan import Plan
from lstm_viz.trace import Trace
from lstm_viz.trace_opening import open_trace

SHORT, LONG = 1_000, 1_000_000
UNITS = 128
STRETCH = 64  # timesteps that are appended at once, about as many as the engine does
FLAT = 1.2  # how much dearer the long one may be
FRAME_MS = 33.0
PAIRS = 200
COLUMNS = 1000


def ratios() -> Iterator[Ratio]:
    """Yield the ratios; the recordings lie in a temporary folder, 3.5 GB of it."""
    with tempfile.TemporaryDirectory() as folder:
        long, short = (_recording(Path(folder) / str(steps), steps) for steps in (LONG, SHORT))
        yield compare(
            f"open a recording of {LONG:,} timesteps",
            f"one of {SHORT:,}",
            lambda: open_trace(long.folder),
            lambda: open_trace(short.folder),
            target=2.0,
            pairs=25,
        )
        yield from _drawing(long, short)
        yield compare(
            f"append {STRETCH} timesteps to {LONG:,}",
            f"to {SHORT:,}",
            _appending(long),
            _appending(short),
            target=FLAT,
            pairs=PAIRS,
        )


def _recording(folder: Path, steps: int) -> Trace:
    """Return a recording of so many timesteps with room for more."""
    room = LONG + STRETCH * (PAIRS + 100)
    trace = Trace(Plan(1, room), [LSTMLayer("lstm", UNITS, 1)], [room], [], folder)
    layer = trace.layers["lstm"]
    values, mask = _signals(8192), np.ones((8192, 1), bool)
    while trace.count < steps:
        stop = min(steps, trace.count + len(values))
        layer.write(trace.count, values[: stop - trace.count], mask[: stop - trace.count])
        trace.publish(stop)
    return trace


def _signals(steps: int) -> np.ndarray:
    values = np.random.default_rng(0).uniform(0, 1, (steps, 1, 6, UNITS)).astype("float32")
    values[:, :, [2, 4, 5]] = 2 * values[:, :, [2, 4, 5]] - 1
    return values


def _appending(trace: Trace) -> Callable[[], None]:
    layer, values, mask = trace.layers["lstm"], _signals(STRETCH), np.ones((STRETCH, 1), bool)

    def append() -> None:
        layer.write(trace.count, values, mask)
        trace.publish(trace.count + STRETCH)

    return append


def _drawing(long: Trace, short: Trace) -> Iterator[Ratio]:
    import pyqtgraph as pg

    pg.mkQApp()
    views = [_view(trace) for trace in (long, short)]
    frames = [
        painting(view, _shown(view, trace, [(0, trace.count)]))
        for view, trace in zip(views, (long, short), strict=True)
    ]
    what = f"one frame of all {LONG:,} timesteps"
    yield compare(what, f"of all {SHORT:,}", *frames, target=FLAT, pairs=60, warm_up=10)
    rng = np.random.default_rng(1)
    widths = np.exp(rng.uniform(np.log(50), np.log(LONG), 200)).astype(int)
    ranges = [
        (int(start), int(start + width)) for width in widths for start in [rng.integers(0, LONG - width)]
    ]
    frame, times = painting(views[0], _shown(views[0], long, ranges)), []
    for _ in range(len(ranges)):
        started = time.perf_counter()
        frame()
        times.append(1e3 * (time.perf_counter() - started))
    worst = statistics.quantiles(times, n=20)[-1]
    what = "zooming and panning in it, 95 of 100"
    yield limit(what, worst, FRAME_MS, "ms a frame", min(times), max(times))
    for view in views:
        view.close()


def _view(trace: Trace) -> object:
    from app.plots.gates_view import GatesView
    from app.theme import LIGHT

    view = GatesView()
    view.set_theme(LIGHT)
    view.resize(*PIXELS)
    view.set_run("lstm", UNITS, len(trace.plan), len(trace.plan), 1)
    view.show()
    return view


def _shown(view: object, trace: Trace, ranges: list[tuple[int, int]]) -> Callable[[], None]:
    """Return what reads the next range of the recording and gives it to the view, as the presenter does."""
    layer, turns = trace.layers["lstm"], cycle(ranges)

    def show() -> None:
        start, stop = next(turns)
        view.show_steps(start, stop)
        view.set_signals(layer.window(0, start, stop, COLUMNS))

    return show
