"""A series in memory: numeric columns over time, and what is known about the places where it is not clean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from lstm_viz.checking import listed
from lstm_viz.dataset.shaping import Missing
from lstm_viz.errors import DataError, MissingValuesError

FLOAT32_MAX = float(np.finfo(np.float32).max)


@dataclass(frozen=True, eq=False)
class Table:
    """Numeric columns over time, as read.

    Parameters
    ----------
    values : array
        float64 (rows, columns); NaN where a value is missing.
    names : tuple of str
        One per column, all different.
    source : str
        File name, or another name for messages.
    notes : tuple of str
    lines : array, optional
        Line of each row in the file, counted from 1.
    bad : mapping
        Column name → (row, what the cell holds) of its first cell that is no number.
    left_out : tuple of str
        Columns that hold no numbers.
    runs : mapping
        Name of a column of text → int32 (rows,), a number for each stretch of equal text.
    """

    values: np.ndarray
    names: tuple[str, ...]
    source: str
    notes: tuple[str, ...] = ()
    lines: np.ndarray | None = None
    bad: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    runs: Mapping[str, np.ndarray] = field(default_factory=dict)

    def run_numbers(self, name: str) -> np.ndarray:
        """Give the stretches of equal values of a column, numbers or text, a number each: int64 (rows,).

        Raises
        ------
        DataError
            Listing the columns there are; naming the first row without a value.
        """
        if name in self.runs:
            values = self.runs[name]
        else:
            values = self.values[:, self.index(name, also=tuple(self.runs))]
            if np.isnan(values).any():
                row = int(np.argmax(np.isnan(values)))
                raise DataError(
                    f"{_first_up(self.place(row, name))} has no value, so that it belongs to no sequence.",
                    "Fill it in, or drop its row.",
                )
        changes: np.ndarray = np.concatenate([[False], values[1:] != values[:-1]])
        return changes.cumsum()

    def place(self, row: int, column: str) -> str:
        """Where a cell is, in words; rows and lines counted from 1."""
        line = f" (line {self.lines[row]})" if self.lines is not None else ""
        return f"row {row + 1}{line}, column '{column}' of {self.source}"

    def index(self, name: str, also: tuple[str, ...] = ()) -> int:
        """Position of a column; `also` are names that could be given as well.

        Raises
        ------
        DataError
            Listing the columns there are.
        """
        if name in self.names:
            return self.names.index(name)
        if name in self.left_out:
            raise DataError(
                f"Column '{name}' of {self.source} holds no numbers.", f"Choose from {_listed(self.names)}."
            )
        known = (*self.names, *also)
        raise DataError(f"{self.source} has no column '{name}'.", f"Choose from {_listed(known)}.")


def table_of(
    values: object, names: Sequence[str] | None = None, source: str = "a series", notes: Sequence[str] = ()
) -> Table:
    """Make a table of an array (time,) or (time, columns).

    Raises
    ------
    DataError
        For another number of axes, for text or Python objects, for no rows or columns.
    """
    try:
        array = np.asarray(values)
    except ValueError as error:  # rows of different lengths
        raise DataError(
            f"The rows of {source} differ in length.", "Give every row all its columns."
        ) from error
    if array.ndim == 1:
        array = array[:, np.newaxis]
    if array.ndim != 2:
        raise DataError(
            f"A series has the axes (time, columns); {source} has the shape {array.shape}.",
            "Give sequences [samples, timesteps, features] as arrays.",
        )
    if array.dtype.kind not in "biuf":
        raise DataError(
            f"There is {array.dtype} instead of numbers in {source}.", "Give an array of real numbers."
        )
    if array.size == 0:
        raise DataError(
            f"There is nothing in {source}: its shape is {array.shape}.", "Give at least one row."
        )
    columns = array.shape[1]
    if names is None:
        names = ("value",) if columns == 1 else tuple(f"column {k + 1}" for k in range(columns))
    names = text_names(names, "names")
    if len(names) != columns or len(set(names)) != columns:
        raise DataError(
            f"The names given for the {columns} columns of {source} are {_listed(names)}.",
            "Give each column a name of its own.",
        )
    return Table(array.astype(np.float64), names, source, tuple(notes))


def text_names(names: Any, what: str) -> tuple[str, ...]:
    """Return names as texts; those of a text are its characters.

    Raises
    ------
    DataError
        They are no list of names.
    """
    hint = "Give a list of names."
    return tuple(map(str, names if isinstance(names, str) else listed(names, what, DataError, hint)))


def settle(
    table: Table, columns: Sequence[int], missing: Missing, sequences: np.ndarray | None = None
) -> Table:
    """Make the chosen `columns` of a table finite, or refuse.

    Where `sequences` numbers the sequence of each row, nothing is interpolated from one into another.

    Raises
    ------
    DataError
        Naming row and column of the first cell that holds no number, an infinite or huge number, or, with
        `missing` "refuse", nothing.
    """
    for k in columns:
        if table.names[k] in table.bad:
            row, text = table.bad[table.names[k]]
            raise DataError(
                f"{_first_up(table.place(row, table.names[k]))} holds '{text[:40]}', which is no number.",
                "Correct it in the file, or leave the column out.",
            )
    values = table.values
    for k in columns:
        column = values[:, k]
        too_large = np.abs(column) > FLOAT32_MAX  # False for NaN
        if too_large.any():
            row = int(np.argmax(too_large))
            raise DataError(
                f"{_first_up(table.place(row, table.names[k]))} holds {column[row]}, "
                "more than a model can compute with.",
                "Correct it, or leave the column out.",
            )
    gaps = np.isnan(values[:, list(columns)])
    if not gaps.any():
        return table
    if missing == "refuse":
        row, which = divmod(int(np.argmax(gaps)), gaps.shape[1])
        others = int(gaps.sum()) - 1
        more = f" {others} more {'is' if others == 1 else 'are'} missing." if others else ""
        raise MissingValuesError(
            f"{_first_up(table.place(row, table.names[columns[which]]))} has no value.{more}",
            "Fill it in, or have missing values interpolated or their rows dropped.",
        )
    if missing == "drop":
        keep = ~gaps.any(axis=1)
        dropped = int((~keep).sum())
        if dropped == len(values):
            raise DataError(f"Every row of {table.source} has a missing value.", "Choose fewer columns.")
        rows = "1 row" if dropped == 1 else f"{dropped} rows"
        note = f"Dropped {rows} with missing values; windows run across the gaps."
        lines = table.lines[keep] if table.lines is not None else np.flatnonzero(keep) + 1
        runs = {name: run[keep] for name, run in table.runs.items()}
        return replace(table, values=values[keep], lines=lines, notes=(*table.notes, note), runs=runs)
    filled = values.copy()
    notes = list(table.notes)
    for which, k in enumerate(columns):
        gap = gaps[:, which]
        if gap.all():
            raise DataError(f"Column '{table.names[k]}' of {table.source} is empty.", "Leave it out.")
        if gap.any():
            filled[gap, k] = _interpolated(table, k, gap, sequences)
            count = int(gap.sum())
            notes.append(
                f"Interpolated {count} missing value{'s' if count > 1 else ''} of column '{table.names[k]}'."
            )
    return replace(table, values=filled, notes=tuple(notes))


def _interpolated(table: Table, k: int, gap: np.ndarray, sequences: np.ndarray | None) -> np.ndarray:
    """Return what the gaps of a column are filled with, out of the rows of the same sequence alone."""
    column, rows = table.values[:, k], np.arange(len(gap))
    if sequences is None:
        sequences = np.zeros(len(gap), np.int64)
    found = []
    for number in np.unique(sequences[gap]).tolist():
        own = slice(*np.searchsorted(sequences, [number, number + 1]).tolist())
        inside, there = rows[own][gap[own]], rows[own][~gap[own]]
        if not len(there):
            raise DataError(
                f"{_first_up(table.place(own.start, table.names[k]))} begins a sequence without any value.",
                "Leave the column out, or the sequence.",
            )
        found.append(np.interp(inside, there, column[there]))
    return np.concatenate(found)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:12])
    return shown + (f" and {len(names) - 12} more" if len(names) > 12 else "")


def _first_up(text: str) -> str:
    return text[:1].upper() + text[1:]
