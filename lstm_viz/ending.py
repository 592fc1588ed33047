"""What the model would give if the sequence ended at each timestep, not only at its last one.

Behind a last LSTM with ``return_sequences=False`` every layer is a function of that LSTM's h alone. Applied
to the h of every timestep they give what the model would answer there to the sequence so far.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from lstm_viz.stepwise import Stepwise

# Of an output that is kept at every timestep: so many values are always few, and beside the six signals
# that are kept of every unit as many again double the recording.
_ALWAYS_KEPT = 64
_EACH_STEP = "it gives an output at every timestep already"


def ending_reasons(
    stepwise: Stepwise, output_shapes: Sequence[tuple[int | None, ...]], units: int
) -> tuple[str, ...]:
    """Say for each output why it is not known what it would be if the sequence ended earlier.

    Parameters
    ----------
    stepwise : Stepwise
    output_shapes : sequence of tuple
        Of the model's outputs, samples first.
    units : int
        Of all LSTM layers together.

    Returns
    -------
    tuple of str
        Empty where it is known at every timestep.
    """
    if not stepwise:
        # A layer that reads backwards, for instance, would have begun at another timestep.
        return (f"the whole sequence is needed first: {stepwise.reason}",) * len(output_shapes)
    return tuple(
        _EACH_STEP if kind == "time" else _size_reason(shape[1:], units)
        for kind, shape in zip(stepwise.outputs, output_shapes, strict=True)
    )


def _size_reason(shape: tuple[int | None, ...], units: int) -> str:
    sizes = [size for size in shape if size is not None]
    values = math.prod(sizes)
    if len(sizes) < len(shape):
        return "its size is known only when it is there"
    if values > max(_ALWAYS_KEPT, 6 * units):
        return f"{values:,} values at every timestep are too many to be kept"
    return ""
