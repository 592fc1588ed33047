"""A chosen part of a recording as a table: a line for each unit at each timestep."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.export.choice import Choice, LayerPart

Array = NDArray[Any]

LINES = 2**17  # of a piece, at most, unless a timestep has more units
PLACE = ("layer", "epoch", "batch", "row", "sample", "timestep", "unit", "computed")


def pieces(
    choice: Choice, progress: Callable[[float], None], lines: int = LINES
) -> Iterator[tuple[str, dict[str, Array]]]:
    """Yield parts of the table: the layer, and the other columns by name.

    They go through the epochs, the samples in their own order, their timesteps and the units.
    """
    done, parts = 0, [LayerPart(choice, path) for path in choice.layers]
    total = sum(len(choice.epochs) * len(choice.samples) * len(part.timesteps) for part in parts)
    for part in parts:
        units = part.trace.layer.units
        most = max(1, lines // units)  # timesteps
        times = len(part.timesteps)
        of_time = times if part.large_c else min(times, most)
        of_samples = max(1, most // max(1, of_time))
        for epoch in choice.epochs:
            for first in range(0, len(choice.samples), of_samples):
                samples = choice.samples[first : first + of_samples]
                for start in range(0, times, of_time):
                    chosen = part.timesteps[start : start + of_time]
                    yield part.trace.layer.path, _columns(part, epoch, samples, chosen)
                    done += len(samples) * len(chosen)
                    progress(done / total)


def dtypes(choice: Choice) -> dict[str, np.dtype[Any]]:
    """Return the type of each column but the layer."""
    found = {name: np.dtype(np.int64) for name in PLACE[1:]} | {"computed": np.dtype(np.bool_)}
    large = any(LayerPart(choice, path).large_c for path in choice.layers)
    return found | {
        name: np.dtype(np.float64 if name == "c" and large else np.float32) for name in choice.signals
    }


def _columns(part: LayerPart, epoch: int, samples: Array, times: range) -> dict[str, Array]:
    choice, units = part.choice, part.trace.layer.units
    where = part.places(epoch, samples, times)
    steps = np.count_nonzero(where.there)

    def per_step(values: Array) -> Array:
        return np.repeat(np.broadcast_to(values, where.there.shape)[where.there], units)

    columns = {
        "epoch": np.full(steps * units, epoch),
        "batch": per_step((where.numbers % choice.plan.batches)[:, None]),
        "row": per_step(where.rows[:, None]),
        "sample": per_step(samples[:, None]),
        "timestep": per_step(np.asarray(times)),
        "unit": np.tile(np.arange(units), steps),
        "computed": per_step(part.computed(epoch, samples, times)),
    }
    for name in choice.signals:
        columns[name] = part.signal(name, epoch, samples, times)[where.there].ravel()
    return columns
