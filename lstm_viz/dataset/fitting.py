"""What to change of data that do not fit a model."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from lstm_viz.dataset.fit import InputShape, axes_hint, candidates, change_words, mismatch
from lstm_viz.dataset.prepare import chosen_columns
from lstm_viz.dataset.raw import Series
from lstm_viz.dataset.shaping import Shaping
from lstm_viz.errors import DataError

if TYPE_CHECKING:
    from lstm_viz.dataset.dataset import Dataset


def fitting_hint(
    data: Dataset,
    input_shapes: Sequence[InputShape],
    input_names: Sequence[str] | None,
    integer_inputs: Collection[int],
) -> str:
    """Say what to change of data that do not fit a model. Parameters as for :meth:`Dataset.check`."""
    better = fitting_shaping(data, input_shapes, input_names, integer_inputs)
    if better is not None:
        return change_words(data.shaping, better)
    if turned := axes_hint(data.inputs, input_shapes):
        return turned
    if isinstance(data.raw, Series):
        columns = ", ".join(map(repr, data.column_names))
        return f"The data have the columns {columns}; choose as many as the model needs."
    return "Open data of the model's shape, or another model."


def fitting_shaping(
    data: Dataset,
    input_shapes: Sequence[InputShape],
    input_names: Sequence[str] | None,
    integer_inputs: Collection[int],
) -> Shaping | None:
    """Return the smallest change of a shaping that fits a model: see :meth:`Dataset.suggest`."""
    if not isinstance(data.raw, Series) or len(input_shapes) != 1:
        return None
    table = data.raw.table
    used = [table.names[k] for k in chosen_columns(table, data.shaping)[0]]
    integer = 0 in integer_inputs
    for candidate in candidates(data.shaping, table.names, used, input_shapes[0], integer):
        try:
            other = data.reshaped(candidate)
        except DataError:
            continue
        if mismatch(other.inputs, input_shapes, input_names, integer_inputs) is None:
            return candidate
    return None
