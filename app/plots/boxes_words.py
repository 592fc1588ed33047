"""What is at a place of the diagram of boxes: in words, and which timestep it stands for. No Qt."""

from __future__ import annotations

import math

from app.plots.boxes_layout import BoxesGeometry
from app.plots.boxes_state import BoxesState
from lstm_viz.plan import CAUSES


def words_at(geometry: BoxesGeometry, state: BoxesState, x: float, y: float) -> str:
    """Say what is at a place of the diagram; empty beside everything."""
    found = geometry.box_at(x, y)
    if found is not None:
        return box_words(geometry, state, *found)
    value = geometry.value_at(x, y)
    if value is None:
        return ""
    which, segment, own = value
    output = geometry.unrolled.output
    one = which == "output" and output is not None and output.timesteps is None
    values = state.inputs.get((segment, own)) if which == "input" else state.outputs.get(own)
    when = "" if one else f" · timestep {own}"
    fed = " · fed back: the output of the timestep before" if values is not None and values.fed else ""
    return f"{which}{when} · {values.words if values is not None else 'not computed yet'}{fed}"


def box_words(geometry: BoxesGeometry, state: BoxesState, number: int, own: int) -> str:
    """Say what a box of a row is, and what is recorded of it."""
    rows = geometry.unrolled.rows
    row = rows[number]
    parts = [row.path, f"timestep {own} of 0 … {row.timesteps - 1}"]
    known = state.rows[number] if number < len(state.rows) else None
    if known is None or not math.isfinite(known.level(own)):
        parts.append("not computed yet")
    elif known.is_masked(own):
        parts.append("masked: skipped, the state stays")
    else:
        parts.append(f"mean of |h| {known.level(own):.3f}")
    cause = state.resets.get(own) if row.resets_inside else None
    if cause is not None:
        parts.append("the state is zero before it: " + CAUSES[cause])
    elif own == row.first and row.handed is not None:
        names = ", ".join(rows[k].path for k in row.handed)
        parts.append(f"starts from the last h and c of {names}" if names else "its first state is handed in")
    elif own == row.first and known is not None and known.start_words:
        parts.append(known.start_words)
    return " · ".join(parts)


def timestep_at(geometry: BoxesGeometry, x: float, y: float) -> tuple[int, str | None] | None:
    """Return the timestep of the run that a place stands for, and the path of the LSTM there, if any."""
    unrolled = geometry.unrolled
    found = geometry.box_at(x, y)
    if found is not None:
        row = unrolled.rows[found[0]]
        return unrolled.run_timestep(row.timesteps, found[1]), row.path
    value = geometry.value_at(x, y)
    if value is None:
        return None
    which, segment, own = value
    timesteps = unrolled.segments[segment].timesteps
    if which == "output" and unrolled.output is not None:
        timesteps = unrolled.output.timesteps or timesteps
    return unrolled.run_timestep(timesteps, own), None
