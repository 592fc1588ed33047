"""What was recorded, as a few lines of text."""

from __future__ import annotations

import numpy as np

from lstm_viz.signals import NAMES, SIGNALS
from lstm_viz.trace import Trace

_MOST_VALUES = 1_000_000


def report_words(trace: Trace) -> str:
    """Describe a recording: its size, and the range of each signal of each layer."""
    plan = trace.plan
    carried = "state carried from batch to batch" if plan.stateful else "each batch starts from zeros"
    lines = [
        f"Recorded {trace.count:,} of {len(plan):,} steps: {plan.samples:,} samples × {plan.timesteps:,} "
        f"timesteps, batch size {plan.batch_size}, {carried}."
    ]
    for path, layer in trace.layers.items():
        lines.append(f"{path}: {layer.layer.units} units      minimum     mean  maximum")
        steps = max(1, _MOST_VALUES // (plan.batch_size * layer.layer.units))
        window = layer.window(0, 0, layer.count, steps)
        for letter, values in zip(SIGNALS, window.values, strict=True):
            known = values[np.isfinite(values)]
            if known.size:
                numbers = " ".join(f"{n:8.3f}" for n in (known.min(), known.mean(), known.max()))
                lines.append(f"  {letter}  {NAMES[letter]:<15} {numbers}")
    return "\n".join(lines)
