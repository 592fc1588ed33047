"""What was recorded, as a few lines of text."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lstm_viz.layer_trace import LayerTrace
from lstm_viz.signals import NAMES, SIGNALS
from lstm_viz.trace import Trace


def report_words(trace: Trace) -> str:
    """Describe a recording: its size, and the range of each signal of each layer over all of it."""
    plan = trace.plan
    carried = "state carried from batch to batch" if plan.stateful else "each batch starts from zeros"
    shortest = min(plan.lengths or (plan.timesteps,))
    word = "timestep" if plan.timesteps == 1 else "timesteps"
    timesteps = f"{plan.timesteps:,}" if plan.lengths is None else f"{shortest:,} … {plan.timesteps:,}"
    epochs = "" if plan.epochs == 1 else f" × {plan.epochs:,} epochs"
    lines = [
        f"Recorded {trace.count:,} of {len(plan):,} steps: {plan.samples:,} samples × {timesteps} "
        f"{word}{epochs}, batch size {plan.batch_size}, {carried}."
    ]
    for path, layer in trace.layers.items():
        lines.append(f"{path}: {layer.layer.units} units      minimum     mean  maximum")
        low, mean, high = _ranges(layer)
        for k, letter in enumerate(SIGNALS):
            if np.isfinite(mean[k]):
                numbers = " ".join(f"{n:8.3f}" for n in (low[k], mean[k], high[k]))
                lines.append(f"  {letter}  {NAMES[letter]:<15} {numbers}")
    return "\n".join(lines)


def _ranges(layer: LayerTrace) -> tuple[NDArray[np.float64], ...]:
    """Return the minimum, mean and maximum of each signal, (6,) each; NaN where nothing was computed."""
    low, high = np.full(6, np.inf), np.full(6, -np.inf)
    total, count = np.zeros(6), np.zeros(6)
    over = (0, 1, 3)  # steps, rows and units
    for block in layer.blocks():
        known = np.isfinite(block)
        low = np.minimum(low, block.min(over, where=known, initial=np.inf))
        high = np.maximum(high, block.max(over, where=known, initial=-np.inf))
        total += block.sum(over, dtype=np.float64, where=known)
        count += known.sum(over)
    mean = np.divide(total, count, out=np.full(6, np.nan), where=count > 0)
    return low, mean, high
