"""Read CSV, TSV and plain text tables, in one pass and with flat memory."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np

from lstm_viz.dataset.table import Table
from lstm_viz.errors import DataError

Progress = Callable[[float], None]

CHUNK_ROWS = 20_000
SAMPLE_ROWS = 200
SAMPLE_CHARACTERS = 1 << 20
_MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "none", "-", "?", "."})
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")


@dataclass(frozen=True)
class Layout:
    """How a text table is written: None as delimiter stands for white space."""

    encoding: str
    delimiter: str | None
    decimal_comma: bool
    header: bool
    names: tuple[str, ...]
    notes: tuple[str, ...]


def read_text_table(path: Path, *, header: bool | None = None, progress: Progress | None = None) -> Table:
    """Read the numeric columns of a text table.

    Parameters
    ----------
    path : Path
    header : bool, optional
        Whether the first row holds names; None finds out.
    progress : callable, optional
        Called with the fraction done, 0 to 1; what it raises ends the reading.

    Returns
    -------
    Table
        Columns of text (dates, labels) are left out, with a note.

    Raises
    ------
    DataError
        Naming file, line and column of what cannot be read.
    """
    layout = find_layout(path, header)
    columns = [_Column(name) for name in layout.names]
    lines: list[np.ndarray] = []
    size = max(path.stat().st_size, 1)
    width = len(columns)
    try:
        with path.open("rb") as raw, io.TextIOWrapper(raw, layout.encoding, newline="") as text:
            rows = _rows(text, layout.delimiter)
            if layout.header:
                next(rows)
            for chunk, chunk_lines in _chunks(rows):
                if set(map(len, chunk)) != {width}:
                    k = next(k for k, row in enumerate(chunk) if len(row) != width)
                    raise DataError(
                        f"Line {chunk_lines[k]} of {path.name} has {_count(len(chunk[k]), 'field')}; "
                        f"the first line has {width}.",
                        "Check the line for a missing or an extra delimiter or quote.",
                    )
                for column, cells in zip(columns, zip(*chunk, strict=True), strict=True):
                    column.extend(cells, layout.decimal_comma)
                lines.append(np.array(chunk_lines, np.int64))
                if progress is not None:
                    progress(min(raw.tell() / size, 1.0))
    except csv.Error as error:
        raise _no_table(path, error) from error
    if not lines:
        raise DataError(
            f"{path.name} has a header and no rows." if layout.header else f"{path.name} is empty.",
            "Open a file with at least one row of numbers.",
        )
    if progress is not None:
        progress(1.0)
    return _table(path.name, columns, np.concatenate(lines), layout)


def find_layout(path: Path, header: bool | None = None) -> Layout:
    """Find encoding, delimiter, decimal sign and header of a text table from its first rows."""
    encoding, notes = _encoding(path)
    with path.open(encoding=encoding, newline="") as text:
        start = text.read(SAMPLE_CHARACTERS)
    if len(start) == SAMPLE_CHARACTERS and "\n" in start:
        start = start[: start.rindex("\n")]
    delimiter = _delimiter(start, tab_first=path.suffix.lower() == ".tsv")
    try:
        rows = _rows(io.StringIO(start, newline=""), delimiter)
        sample = [row for row, _ in itertools.islice(rows, SAMPLE_ROWS)]
    except csv.Error as error:
        raise _no_table(path, error) from error
    if not sample:
        raise DataError(f"{path.name} is empty.", "Open a file with at least one row of numbers.")
    cells = [cell for row in sample for cell in row]
    decimal_comma = (
        delimiter != ","
        and any(_DECIMAL_COMMA.fullmatch(cell) for cell in cells)
        and not any(re.fullmatch(r"\s*[+-]?\d+\.\d+\s*", cell) for cell in cells)
    )
    if decimal_comma:
        notes.append("Numbers are read with a decimal comma.")
    if header is None:
        header = _looks_like_header(sample, decimal_comma)
    names = _names(sample[0] if header else [""] * len(sample[0]), keep_unnamed=header)
    return Layout(encoding, delimiter, decimal_comma, header, names, tuple(notes))


class _Column:
    """Collects one column, chunk by chunk, and finds out whether it holds numbers."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.parts: list[np.ndarray] = []
        self.rows = self.numbers = self.bad_cells = 0
        self.first_bad: tuple[int, str] | None = None
        self.runs: list[np.ndarray] = []  # of equal text, from the first row on
        self._last: str | None = None
        self._run = -1

    @property
    def is_text(self) -> bool:
        return self.bad_cells > 0 and self.bad_cells >= self.numbers

    def extend(self, cells: Sequence[str], decimal_comma: bool) -> None:
        if self.is_text and self.rows:
            self._extend_runs(cells)
            return
        if decimal_comma:
            cells = [cell.replace(",", ".") for cell in cells]
        try:
            # float() takes "1_000"; no table writes numbers so, but identifiers look like it.
            if any("_" in cell for cell in cells):
                raise ValueError
            values = np.fromiter(map(float, cells), np.float64, len(cells))
            self.numbers += len(cells) - int(np.isnan(values).sum())
        except ValueError:
            values = self._cell_by_cell(cells)
        self.parts.append(values)
        if self.is_text and not self.rows:
            self._extend_runs(cells)
        self.rows += len(cells)

    def _extend_runs(self, cells: Sequence[str]) -> None:
        """Give the stretches of equal text numbers, in a column that is text from its first rows on."""
        text = [self._last, *(cell.strip() for cell in cells)]
        changes = np.fromiter((a != b for a, b in itertools.pairwise(text)), np.int32, len(cells))
        numbers = self._run + changes.cumsum(dtype=np.int32)
        self._last, self._run = text[-1], int(numbers[-1])
        self.runs.append(numbers)

    def _cell_by_cell(self, cells: Sequence[str]) -> np.ndarray:
        values = np.full(len(cells), np.nan)
        for row, cell in enumerate(cells):
            if is_missing(cell):
                continue
            try:
                values[row] = number(cell)
                self.numbers += 1
            except ValueError:
                self.bad_cells += 1
                if self.first_bad is None:
                    self.first_bad = (self.rows + row, cell.strip())
        return values


def is_missing(cell: str) -> bool:
    """Whether a cell says that there is no value: empty, NA, NaN, null, a dash, …."""
    return cell.strip().lower() in _MISSING


def number(cell: str) -> float:
    """Read the number in a cell; ValueError when it is none."""
    if "_" in cell:
        raise ValueError(cell)
    return float(cell)


def _table(source: str, columns: list[_Column], lines: np.ndarray, layout: Layout) -> Table:
    kept: list[_Column] = []
    left_out: dict[str, str] = {}
    for position, column in enumerate(columns):
        if column.is_text:
            left_out[column.name] = "text"
        elif not column.numbers:
            left_out[column.name] = "empty"
        elif position == 0 and len(columns) > 1 and layout.header and column.name == "column 1":
            # Some programs write the row numbers as a first column without a name.
            values = np.concatenate(column.parts)
            if np.array_equal(values, values[0] + np.arange(len(values))):
                left_out[column.name] = "row numbers without a name"
            else:
                kept.append(column)
        else:
            kept.append(column)
    if not kept:
        raise DataError(
            f"{source} has no column of numbers.",
            "Open a table of numbers with one row per timestep, separated by commas, semicolons or tabs.",
            f"Left out: {left_out}",
        )
    values = np.empty((len(lines), len(kept)))
    for k, column in enumerate(kept):
        values[:, k] = np.concatenate(column.parts)
        column.parts.clear()
    notes = list(layout.notes)
    notes += [f"Column '{name}' is left out ({why})." for name, why in left_out.items()]
    return Table(
        values,
        tuple(column.name for column in kept),
        source,
        tuple(notes),
        lines,
        {column.name: column.first_bad for column in kept if column.first_bad is not None},
        tuple(left_out),
        {
            column.name: np.concatenate(column.runs)
            for column in columns
            if column.is_text and sum(map(len, column.runs)) == len(lines)
        },
    )


def _encoding(path: Path) -> tuple[str, list[str]]:
    """Find the encoding of a file, reading all of it in blocks."""
    with path.open("rb") as file:
        start = file.read(4)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16", ["The file is read as UTF-16."]
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        is_utf8 = True
        while block := file.read(1 << 20):
            if b"\0" in block:
                raise DataError(
                    f"{path.name} is no text file: it holds zero bytes.",
                    "Open a CSV or text table, a .npy or a .npz file.",
                )
            if is_utf8:
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    is_utf8 = False
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            is_utf8 = False
    if is_utf8:
        return "utf-8-sig", []
    return "latin-1", ["The file is not UTF-8; it is read as Latin-1, so accented letters may be wrong."]


def _rows(text: TextIO, delimiter: str | None) -> Iterator[tuple[list[str], int]]:
    """Rows that are not blank, with their lines in the file, counted from 1."""
    if delimiter is None:
        for line, content in enumerate(text, 1):
            if cells := content.split():
                yield cells, line
        return
    reader = csv.reader(text, delimiter=delimiter, skipinitialspace=True)
    single = False  # in a table of one column, a pair of quotes is a missing value
    for row in reader:
        if row and (single or len(row) > 1 or row[0].strip()):
            single = len(row) == 1
            yield row, reader.line_num


def _no_table(path: Path, error: csv.Error) -> DataError:
    return DataError(
        f"{path.name} is no table: {error}.", "Check it for a quote that is never closed.", repr(error)
    )


def _chunks(rows: Iterator[tuple[list[str], int]]) -> Iterator[tuple[list[list[str]], list[int]]]:
    chunk: list[list[str]] = []
    lines: list[int] = []
    for row, line in rows:
        chunk.append(row)
        lines.append(line)
        if len(chunk) == CHUNK_ROWS:
            yield chunk, lines
            chunk, lines = [], []
    if chunk:
        yield chunk, lines


def _delimiter(start: str, tab_first: bool) -> str | None:
    """Delimiter that gives every row the same number of fields, more than one; a comma if none does."""
    lines = [line for line in start.splitlines() if line.strip()][:SAMPLE_ROWS]
    # A comma comes last: between semicolons it is the decimal sign.
    for candidate in ("\t", ";", ","):
        try:
            widths = {len(row) for row in csv.reader(lines, delimiter=candidate) if row}
        except csv.Error:
            continue
        if len(widths) == 1 and widths.pop() > 1:
            return candidate
    widths = {len(line.split()) for line in lines}
    if len(widths) == 1 and widths.pop() > 1 and not any("," in line for line in lines) and not tab_first:
        numeric = lines[-1].split()
        if all(_is_number(cell) for cell in numeric):
            return None
    counts = {candidate: start.count(candidate) for candidate in ("\t", ";", ",")}
    best = max(counts, key=lambda candidate: counts[candidate])
    return best if counts[best] else ("\t" if tab_first else ",")


def _is_number(cell: str) -> bool:
    try:
        number(cell)
    except ValueError:
        return False
    return True


def _looks_like_header(sample: list[list[str]], decimal_comma: bool) -> bool:
    """Whether the first row names the columns: it has text where the rows below have numbers."""

    def kind(cell: str) -> str:
        if is_missing(cell):
            return "missing"
        return "number" if _is_number(cell.replace(",", ".") if decimal_comma else cell) else "text"

    first = [kind(cell) for cell in sample[0]]
    if "text" not in first:
        return False
    if "number" not in first:
        return True
    return any(
        top == "text" and k < len(row) and kind(row[k]) == "number"
        for row in sample[1:]
        for k, top in enumerate(first)
    )


def _names(cells: Sequence[str], keep_unnamed: bool) -> tuple[str, ...]:
    """Column names, all different; "column 3" where there is none."""
    names: list[str] = []
    for position, cell in enumerate(cells):
        name = cell.strip() or ("value" if len(cells) == 1 and not keep_unnamed else f"column {position + 1}")
        unique, copies = name, 1
        while unique in names:
            copies += 1
            unique = f"{name} ({copies})"
        names.append(unique)
    return tuple(names)


def _count(number_of: int, noun: str) -> str:
    return f"{number_of} {noun}{'' if number_of == 1 else 's'}"
