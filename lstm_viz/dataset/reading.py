"""Files and texts → raw data, still to be shaped."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from lstm_viz.checking import of_kind, whole
from lstm_viz.dataset.array_files import ArrayFile, read_npy, read_npz
from lstm_viz.dataset.fit import count
from lstm_viz.dataset.raw import Arrays, Raw, Series, Tokens
from lstm_viz.dataset.shaping import Missing, Shaping
from lstm_viz.dataset.table import Table, table_of, text_names
from lstm_viz.dataset.text_table import Progress, read_text_table
from lstm_viz.errors import DataError

__all__ = ["Progress", "number_text", "read_raw", "several"]

SEQUENCE = "sequence"  # the column that ids of a .npz file become
_TEXT_SUFFIXES = (".csv", ".tsv", ".txt", ".dat")


def read_raw(
    path: Path, shaping: Shaping, missing: Missing, header: bool | None, progress: Progress | None
) -> Raw:
    """Read a file by its ending; see :meth:`lstm_viz.Dataset.from_file`."""
    suffix = path.suffix.lower()
    try:
        if not path.is_file():
            raise DataError(
                f"{path} is no file." if path.exists() else f"There is no file {path}.",
                "Check the name, or choose the file anew.",
            )
        if suffix == ".npy":
            return _raw_of_array(read_npy(path), path, shaping, missing)
        if suffix == ".npz":
            return _raw_of_file(read_npz(path), path, shaping, missing)
        if suffix in _TEXT_SUFFIXES:
            return Series(read_text_table(path, header=header, progress=progress), missing)
    except OSError as error:
        raise DataError(
            f"{path} cannot be read: {error.strerror or error}.", "Check that you may read it.", repr(error)
        ) from error
    raise DataError(
        f"{path.name} is no kind of data file that is known here.",
        "Open a .csv, .tsv, .txt, .npy or .npz file.",
    )


def number_text(
    text: str, vocabulary: Sequence[str] | Mapping[str, int] | None, one_hot: bool, source: str
) -> Tokens:
    """Give each character of a text its number; see :meth:`lstm_viz.Dataset.from_text`."""
    of_kind(text, str, "A text", DataError, "Give a str.")
    if not text:
        raise DataError(f"{source[:1].upper()}{source[1:]} is empty.", "Give at least two characters.")
    numbers, token_names = _numbering(sorted(set(text)) if vocabulary is None else vocabulary)
    unknown = set(text) - numbers.keys()
    if unknown:
        at = next(k for k, character in enumerate(text) if character in unknown)
        line = text.count("\n", 0, at) + 1
        column = at - text.rfind("\n", 0, at)
        raise DataError(
            f"The vocabulary lacks {text[at]!r}, in line {line}, column {column} of {source}.",
            "Use the vocabulary of the model's training, or replace the character.",
        )
    ids = np.fromiter(map(numbers.__getitem__, text), np.int32, len(text))
    return Tokens(ids, token_names, source, one_hot)


def several(arrays: object, letter: str) -> dict[str, np.ndarray]:
    """One array or several, by name."""
    if isinstance(arrays, Mapping):
        return {str(name): np.asarray(array) for name, array in arrays.items()}
    if isinstance(arrays, (list, tuple)) and all(isinstance(array, np.ndarray) for array in arrays):
        if len(arrays) == 1:
            return {letter: arrays[0]}
        return {f"{letter}{k}": array for k, array in enumerate(arrays)}
    try:
        return {letter: np.asarray(arrays)}
    except ValueError as error:  # NumPy's own words for it are "inhomogeneous shape"
        raise DataError(
            "The sequences have several lengths.", "Give them to Dataset.from_sequences, or pad them."
        ) from error


def _numbering(vocabulary: Sequence[str] | Mapping[str, int]) -> tuple[dict[str, int], tuple[str, ...]]:
    if isinstance(vocabulary, Mapping):
        # No more of them than there are characters: each number up to the largest one is given a name.
        numbers = {
            str(text): whole(number, f"The number of {text!r}", DataError, most=sys.maxunicode)
            for text, number in vocabulary.items()
        }
    else:
        numbers = {text: number for number, text in enumerate(text_names(vocabulary, "A vocabulary"))}
    if not numbers or min(numbers.values()) < 0 or len(set(numbers.values())) < len(vocabulary):
        raise DataError(
            "The vocabulary is empty, or two of its entries are the same.",
            "Number each character once, from 0.",
        )
    names = [""] * (max(numbers.values()) + 1)
    for text, number in numbers.items():
        names[number] = text
    return numbers, tuple(names)


def _raw_of_array(array: np.ndarray, path: Path, shaping: Shaping, missing: Missing) -> Raw:
    tokens = array.ndim == 2 and array.dtype.kind in "iu" and shaping.look_back is None
    if array.ndim >= 3 or tokens:
        return Arrays({"x": array}, {}, path.name)
    return Series(_series_table(array, None, path), missing)


def _raw_of_file(file: ArrayFile, path: Path, shaping: Shaping, missing: Missing) -> Raw:
    names = file.texts.get("feature_names")
    only = next(iter(file.inputs.values()))
    is_series = (
        len(file.inputs) == 1
        and file.lengths is None
        and (
            only.ndim == 1
            or (
                only.ndim == 2
                and (shaping.look_back is not None or (only.dtype.kind == "f" and not file.targets))
            )
        )
    )
    if is_series:
        table = _series_table(only, names, path)
        for name, column in file.targets.items():
            if column.size != len(table.values):
                raise DataError(
                    f"'{name}' in {path.name} has the shape {column.shape}; "
                    f"the series has {len(table.values)} rows.",
                    "A target of a series has one value per row.",
                )
            table = _with_column(table, name, column)
        if file.sequences is not None:
            table = _with_sequences(table, file.sequences)
        return Series(replace(table, notes=(*file.notes, *table.notes)), missing)
    return Arrays(
        file.inputs,
        file.targets,
        path.name,
        names,
        file.texts.get("target_names"),
        file.texts.get("token_names", ()),
        file.texts.get("class_names", ()),
        file.notes,
        file.lengths,
        file.sequences,
    )


def _series_table(array: np.ndarray, names: Sequence[str] | None, path: Path) -> Table:
    notes: tuple[str, ...] = ()
    if array.ndim == 2:
        notes = (f"Read as a series of {len(array)} timesteps and {count(array.shape[1], 'column')}.",)
    return table_of(array, names, path.name, notes)


def _with_sequences(table: Table, ids: np.ndarray) -> Table:
    """Add the ids of the sequences of a series as a column, for `Shaping.sequence_column`."""
    if ids.shape != (len(table.values),):
        raise DataError(
            f"The sequence ids of {table.source} have the shape {ids.shape}; the series has "
            f"{len(table.values)} rows.",
            "Give one id for each row.",
        )
    if ids.dtype.kind != "U":
        return _with_column(table, SEQUENCE, ids)
    runs = np.concatenate([[0], np.cumsum(ids[1:] != ids[:-1])]).astype(np.int32)
    return replace(table, runs={**table.runs, SEQUENCE: runs}, left_out=(*table.left_out, SEQUENCE))


def _with_column(table: Table, name: str, column: np.ndarray) -> Table:
    extra = table_of(column.reshape(-1), (name,), table.source)
    return replace(table, values=np.hstack([table.values, extra.values]), names=(*table.names, name))
