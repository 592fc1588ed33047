"""Going on with the recording that lies in a folder: only with one of the same run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lstm_viz.errors import TraceError
from lstm_viz.layers import LSTMLayer
from lstm_viz.plan import Plan
from lstm_viz.trace import Trace
from lstm_viz.trace_opening import open_folder

if TYPE_CHECKING:
    from lstm_viz.generation.recipe import Generation

# What all plans that one recording goes through have in common.
_SIZES = {
    "samples": "number of samples",
    "timesteps": "number of timesteps",
    "batch_size": "batch size",
    "order": "order of the samples",
    "lengths": "lengths of the samples",
    "epochs": "number of epochs",
}


def other_sizes(plan: Plan, other: Plan) -> list[str]:
    """Return in words what two plans of one recording may not differ in, and do."""
    return [words for name, words in _SIZES.items() if getattr(plan, name) != getattr(other, name)]


def taken_up(
    folder: Path,
    layers: Sequence[LSTMLayer],
    plan: Plan,
    digest: str,
    generation: Generation | None = None,
) -> Trace:
    """Open the recording in a folder for more steps of the same run.

    Parameters
    ----------
    folder : Path
        With a recording.
    layers : sequence of LSTMLayer
        Of the model that is to be run.
    plan : Plan
        Of the run; the recording may be of one with other resets.
    digest : str
        Of model and data, see :func:`lstm_viz.model_inputs.digest`.
    generation : Generation or None
        Of a run that makes its own inputs.

    Raises
    ------
    TraceError
        It is of another model, other data, other sizes or another generated sequence.
    """
    trace = open_folder(folder, writable=False)
    if [layer.layer for layer in trace.layers.values()] != list(layers):
        what = "another model"
    elif other := other_sizes(trace.plan, plan):
        what = f"a run of another {' and '.join(other)}"
    elif trace.generation != generation:
        what = "another generated sequence"
    elif trace.digest != digest:
        what = "other data, or of a model with other weights"
    else:
        return open_folder(folder, writable=True)
    raise TraceError(f"The folder {folder} holds the recording of {what}.", "Choose an empty folder.")
