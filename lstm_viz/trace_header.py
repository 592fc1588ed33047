"""What a recording says of itself besides its numbers: as JSON, written and read again."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from lstm_viz.errors import LstmVizError, TraceError
from lstm_viz.generation.recipe import Generation
from lstm_viz.layers import LSTMLayer
from lstm_viz.plan import Plan, ResetPoint, Resets
from lstm_viz.timetable import Timetable

# Timesteps of a layer's own sequence: always as many, or for each number of timesteps of the input.
Timesteps = int | Mapping[int, int]
FORMAT = 2
# The parts of a plan that are as long as the data. In a folder, where the header is written anew with every
# plan, they are in files beside it, and it has their names.
LONG_PARTS = ("order", "lengths", "sequences")

# What reading a damaged file, or one of something else, may raise besides TraceError.
DAMAGE = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    LstmVizError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True)
class OutputSpec:
    """One output of the model.

    Parameters
    ----------
    shape : tuple of int
        Without the rows.
    each_step : bool
        Each step has its own; otherwise there is one for each batch, at its end.
    dtype : str
    endings : bool
        Recorded as well is what it would be if the sequence ended at each timestep.
    name : str
        Of the Keras layer that gives it; empty where nobody says so.
    """

    shape: tuple[int, ...]
    each_step: bool
    dtype: str = "float32"
    endings: bool = False
    name: str = ""


def header_of(
    plan: Plan,
    layers: Sequence[LSTMLayer],
    timesteps: Sequence[Timesteps],
    outputs: Sequence[OutputSpec],
    generation: Generation | None,
    beside: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return what :func:`from_header` and :func:`generation_of` read, as plain JSON data.

    ``beside`` is what stands for the long parts of the plan; they themselves by default.
    """
    beside = _long_parts(plan) if beside is None else beside
    # Not asdict of the whole: it would look into every sample of the order.
    found = asdict(replace(plan, order=None, lengths=None, sequences=None, resets=Resets()))
    found |= {"resets": asdict(plan.resets), "timesteps": plan.timesteps}
    found |= {name: None if getattr(plan, name) is None else beside[name] for name in LONG_PARTS}
    return {
        "format": FORMAT,
        "plan": found,
        "layers": [asdict(layer) for layer in layers],
        "timesteps": [own if isinstance(own, int) else dict(own) for own in timesteps],
        "outputs": [asdict(spec) for spec in outputs],
        "generation": None if generation is None else asdict(generation),
    }


def _long_parts(plan: Plan) -> dict[str, Any]:
    """Return the parts of a plan that are as long as the data."""
    order = plan.order_array
    return {
        "order": None if order is None else order.tolist(),
        "lengths": None if plan.lengths is None else list(plan.lengths),
        "sequences": None if plan.sequences is None else list(plan.sequences),
    }


def from_header(header: dict[str, Any]) -> tuple[Plan, list[LSTMLayer], list[Timesteps], list[OutputSpec]]:
    """Return the plan, layers, their timesteps and the outputs out of a header."""
    if header["format"] != FORMAT:
        raise TraceError(
            "The recording was made by another version of this program, and cannot be read by this one.",
            "Record the run again.",
            f"format {header['format']!r:.20}; this program reads {FORMAT}",
        )
    plan = dict(header["plan"])
    resets = dict(plan.pop("resets"))
    points = [
        ResetPoint(**{**point, "rows": point["rows"] and tuple(point["rows"])}) for point in resets.pop("at")
    ]
    timesteps = [_timesteps(own) for own in header["timesteps"]]
    outputs = [OutputSpec(**{**output, "shape": tuple(output["shape"])}) for output in header["outputs"]]
    return (
        Plan(**plan, resets=Resets(**resets, at=tuple(points))),
        [LSTMLayer(**layer) for layer in header["layers"]],
        timesteps,
        outputs,
    )


def _timesteps(own: Any) -> Timesteps:
    found = {
        int(run): operator.index(length) for run, length in (own.items() if isinstance(own, dict) else ())
    }
    lengths = list(found.values()) if isinstance(own, dict) else [operator.index(own)]
    if not lengths or min(lengths) < 1:
        raise ValueError(f"a layer of {own} timesteps")
    return found or lengths[0]


def own_timetable(plan: Plan, own: Timesteps) -> Timetable:
    """Return the timetable of a layer; the run's itself where it shares the input's time."""
    if isinstance(own, int):
        shared = own == plan.timesteps and plan.lengths is None
        return plan.timetable if shared else Timetable(plan.batches, own)
    if all(run == length for run, length in own.items()):
        return plan.timetable
    of_batches = plan.timetable.length(np.arange(plan.batches))
    return Timetable(plan.batches, [own[length] for length in of_batches.tolist()])


def generation_of(header: dict[str, Any]) -> Generation | None:
    """Return how a run made its own inputs out of a header; None where it read data."""
    found = header.get("generation")
    if found is None:
        return None
    lists = {name: tuple(found[name]) for name in ("columns", "factor", "offset")}
    return Generation(**{**found, **lists})


def not_a_recording(path: Path, error: Exception) -> TraceError:
    """Return what to tell the user when something is no recording."""
    return TraceError(
        f"{path.name} is not a recording of this program, or it is damaged.",
        "Choose a file that was saved with Save recording, or record the run again.",
        f"{type(error).__name__}: {error}",
    )
