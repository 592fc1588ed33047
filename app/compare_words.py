"""Two runs in words: what each of them is, and how far apart they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.engine.messages import RunSettings
from app.plots.look import number
from app.row_words import rows_words as named_rows
from lstm_viz.differences import Difference, Place
from lstm_viz.plan import Plan


def settings_words(settings: RunSettings) -> str:
    """Name a run by its settings: ``"stateful, batch size 1, reset each epoch"``."""
    parts = ["stateful" if settings.stateful else "stateless", f"batch size {settings.batch_size}"]
    resets = settings.resets
    points = len(resets.at)
    when = [
        words
        for words, on in (
            ("each batch", resets.each_batch and settings.stateful),
            ("each epoch", resets.each_epoch and settings.stateful),
            ("each sequence", resets.each_sequence and settings.stateful),
            (f"every {resets.every} timesteps", resets.every),
            (f"at {points} point{'s' * (points > 1)}", points),
        )
        if on
    ]
    if when:
        parts.append("reset " + " and ".join(when))
    elif settings.stateful:
        parts.append("never reset")
    if settings.interleaved:
        parts.append("samples interleaved")
    if settings.epochs > 1:
        parts.append(f"{settings.epochs} epochs")
    if settings.padded:
        parts.append("padded")
    if settings.drop_remainder:
        parts.append("only full batches")
    if settings.perturbed_row is not None:
        parts.append(f"noise on row {settings.perturbed_row}'s input (a tenth of its spread)")
    return ", ".join(parts)


def difference_words(signal: str, found: Difference, plan: Plan) -> str:
    """Say how far apart one signal of two runs is, and from where on."""
    if not found.compared:
        return "Nothing is recorded in both runs yet."
    if found.at is None:
        return f"No difference in {signal}: 0.0 exactly in all {found.compared:,} values."
    parts = [
        f"Largest difference {number(found.largest)} in {signal}, at {_place(found.at, plan)}",
        f"mean {number(found.mean)}",
    ]
    if found.since is None:
        parts.append("never more than a millionth apart")
    else:
        parts.append(f"they differ from {_place(found.since, plan)} on")
    return " · ".join(parts)


def lengths_words(a: Plan, b: Plan) -> str:
    """Say how far samples are compared where one run alone goes on over their padding."""
    if (a.lengths is None) == (b.lengths is None):
        return ""
    padded = "B" if b.lengths is None else "A"
    return f"Each sample is compared up to its own end; run {padded} goes on over the padding."


def output_words(found: Difference | None, plan: Plan, scale: float | None) -> str:
    """Say how far apart the first output is; ``scale`` brings it to the units of the data.

    Without a scale the numbers are those that the model gives.
    """
    if found is None:
        return "The outputs differ in shape: they are not compared."
    if not found.compared:
        return ""
    if found.at is None:
        return "Output: no difference, 0.0 exactly."
    factor = 1.0 if scale is None else scale
    return (
        f"Output: largest difference {number(found.largest * factor)}, at {_place(found.at, plan, False)} · "
        f"mean {number(found.mean * factor)}"
    )


def rows_words(signal: str, found: Difference, changed: int) -> str:
    """Say what the change of one row's input did to each row."""
    rows = found.rows
    if np.isnan(rows).all():
        return ""
    own = rows[changed]
    start = f"Row {changed} changed by up to {number(float(own))} in {signal}" if own > 0 else ""
    start = start or f"Row {changed} has not changed in {signal} yet"
    if len(rows) == 1:
        return f"{start}. It is the only one: with a larger batch size, the other rows are seen to stay."
    others = np.array([row for row in range(len(rows)) if row != changed])
    still = others[rows[others] == 0]
    moved = others[rows[others] > 0]
    parts = [start]
    if len(still):
        parts.append(f"{_rows(still, len(others))} not at all (0.0 exactly)")
    if len(moved):
        most = float(rows[moved].max())
        rounding = " (rounding)" if most < 1e-6 else ""
        parts.append(f"{_rows(moved, len(others))} by up to {number(most)}{rounding}")
    return "; ".join(parts) + "."


def progress_words(count: int, total: int, behind: bool, compared: bool) -> str:
    """Say how far the second run is while it comes after the first, or that numbers are not complete."""
    if behind:
        return f"Run B: {count:,} of {total:,} steps computed"
    return "" if compared else "Comparing what is recorded …"


def _place(place: Place, plan: Plan, with_unit: bool = True) -> str:
    parts = [f"epoch {place.epoch}"] if plan.epochs > 1 else []
    parts += [f"sample {place.sample}", f"timestep {place.timestep}"]
    if place.unit is not None and with_unit:
        parts.append(f"unit {place.unit}")
    return ", ".join(parts)


def _rows(rows: NDArray[np.intp], of: int) -> str:
    """List rows: ``"row 1"``, ``"rows 1, 2 and 4"``, ``"the 31 other rows"``."""
    words = named_rows(rows.tolist())
    if len(rows) > 4 and len(rows) == of:
        return f"the {len(rows)} other rows"
    return words if words.startswith("row") else f"{len(rows)} other rows"
