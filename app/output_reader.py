"""Recorded outputs of one row, merged so far that a view can draw them, read a bounded piece a frame."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.trace import OutputSpec, Trace

Array = NDArray[Any]

_VALUES_A_FRAME = 200_000
_FEWEST_COLUMNS = 500


def readers_of(trace: Trace, row: int) -> tuple[OutputSpec | None, OutputReader | None, OutputReader | None]:
    """Return what to draw of the first output: how it is, its reader, and that of what it would be earlier.

    The last is None where that is not known, and all are where there is no output.
    """
    if not trace.output_specs:
        return None, None, None
    spec, generation = trace.output_specs[0], trace.generation
    # Fed back at every timestep, what the output is there is no mere possibility.
    is_output = spec.endings and generation is not None and generation.layout == "timesteps"
    reader = OutputReader(trace, row, endings=is_output)
    earlier = spec.endings and not is_output and trace.plan.timesteps > 1
    drawn = replace(spec, each_step=True) if is_output else spec
    return drawn, reader, OutputReader(trace, row, endings=True) if earlier else None


class OutputReader:
    """Reads the first output of a recording for a view.

    A long range is cut into groups of steps, of which the minimum and the maximum are kept. A group that
    is full is read once and remembered, and no more than a bounded number of values is read in a call: a
    view that shows a whole long run fills over some frames, and none of them waits.

    Parameters
    ----------
    trace : Trace
        With at least one output; or what has a part of its properties, as the second run of a comparison.
    row : int
    endings : bool
        Read what that output would be if the sequence ended at each timestep, instead.

    Attributes
    ----------
    behind : bool
        The last window lacks something that is recorded: ask again.
    """

    def __init__(self, trace: Trace, row: int, endings: bool = False) -> None:
        self._trace, self._row = trace, row
        self._window = trace.endings_window if endings else trace.output_window
        self._width = max(1, math.prod(trace.output_specs[0].shape))
        self._revision = trace.revision
        self.behind = False
        self._forget(1, 0)

    def window(self, start: int, stop: int, columns: int) -> tuple[Array, Array]:
        """Return the steps from start to stop that have an output, and their outputs.

        Returns
        -------
        steps : ndarray, shape (n,)
        values : ndarray of float64, shape (n, values of one output)
            Where steps are merged, two of each group: its minima and its maxima.
        """
        columns = max(columns, _FEWEST_COLUMNS)
        self.behind = False
        factor = 2 ** max(0, math.ceil(math.log2(max(1, stop - start) / columns)))
        if factor == 1:
            return self._read(start, stop)
        first = start // factor * factor
        changed = self._trace.revision != self._revision
        if changed or factor != self._factor or not self._first <= first <= self._next:
            self._forget(factor, first)
        self._revision = self._trace.revision
        self._catch_up(min(stop, self._trace.count) // factor * factor)
        steps, low, high = (np.concatenate(parts) if parts else None for parts in self._parts)
        rest_steps, rest = self._read(self._next, stop) if not self.behind else (np.empty(0, int), None)
        if rest is not None and len(rest):
            tail = (
                [rest_steps[:1] // factor * factor],
                [rest.min(0, keepdims=True)],
                [rest.max(0, keepdims=True)],
            )
            steps, low, high = (
                np.concatenate([*([] if have is None else [have]), *new])
                for have, new in zip((steps, low, high), tail, strict=True)
            )
        if steps is None or low is None or high is None:
            return np.empty(0, int), np.empty((0, self._width))
        seen = steps >= first
        pairs = np.stack([low[seen], high[seen]], axis=1).reshape(-1, self._width)
        return np.stack([steps[seen], steps[seen] + factor // 2], axis=1).ravel(), pairs

    def _forget(self, factor: int, first: int) -> None:
        self._factor, self._first, self._next = factor, first, first
        self._parts: tuple[list[Array], list[Array], list[Array]] = ([], [], [])

    def _catch_up(self, until: int) -> None:
        """Merge the full groups up to a step, or as many of them as a call may."""
        most = max(1, _VALUES_A_FRAME // (self._width * self._factor)) * self._factor
        stop = min(until, self._next + most)
        self.behind = stop < until
        if stop <= self._next:
            return
        steps, values = self._read(self._next, stop)
        if len(steps):
            of = steps // self._factor
            begins = np.flatnonzero(np.diff(of, prepend=-1))
            groups = of[begins]
            for part, found in zip(
                self._parts,
                (
                    groups * self._factor,
                    np.fmin.reduceat(values, begins, axis=0),
                    np.fmax.reduceat(values, begins, axis=0),
                ),
                strict=True,
            ):
                part.append(found)
        self._next = stop

    def _read(self, start: int, stop: int) -> tuple[Array, Array]:
        steps, values = self._window(0, self._row, max(0, start), stop)
        return steps, np.asarray(values, np.float64).reshape(len(steps), self._width)
