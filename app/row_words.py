"""Rows of a batch in words, and words as rows. No Qt."""

from __future__ import annotations

import re
from collections.abc import Sequence

_MOST_LISTED = 4  # rows that are named one by one


def rows_words(rows: Sequence[int] | None) -> str:
    """Name rows: ``"all rows"`` for None, ``"row 1"``, ``"rows 1, 2 and 3"``, ``"rows 0-15 and 20"``."""
    if rows is None:
        return "all rows"
    parts = _spans(rows)
    if len(parts) > _MOST_LISTED:
        return f"{len(rows)} rows"
    if len(rows) == 1:
        return f"row {parts[0]}"
    return f"rows {', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else f"rows {parts[0]}"


def rows_text(rows: Sequence[int] | None) -> str:
    """Write rows as :func:`read_rows` reads them: ``"all"``, ``"0-3, 7"``."""
    return "all" if rows is None else ", ".join(_spans(rows))


def read_rows(text: str, count: int) -> tuple[int, ...] | None:
    """Read rows of a batch of so many.

    Parameters
    ----------
    text : str
        Numbers and ranges, counted from 0, such as ``"0, 2-5"``; ``"all"``; or nothing, for no row.
    count : int

    Returns
    -------
    tuple of int or None
        In order, each once; None for all of them.

    Raises
    ------
    ValueError
        Saying what cannot be read, or which row there is not.
    """
    if text.strip().lower() == "all":
        return None
    rows: set[int] = set()
    for part in filter(None, re.split(r"[,;\s]+", re.sub(r"\s*[-–]\s*", "-", text.strip()))):
        found = re.fullmatch(r"(\d{1,9})(?:-(\d{1,9}))?", part)
        if found is None:
            raise ValueError(f"“{part}” is no row: write numbers and ranges such as 0, 2-5, or all.")
        first, last = int(found[1]), int(found[2] or found[1])
        if last < first:
            raise ValueError(f"“{part}” runs backwards.")
        if last >= count:
            there = f"rows 0 to {count - 1}" if count > 1 else "row 0 alone"
            raise ValueError(f"There is no row {last}: this batch has {there}.")
        rows.update(range(first, last + 1))
    return None if len(rows) == count else tuple(sorted(rows))


def _spans(rows: Sequence[int]) -> list[str]:
    """Return rows with four or more in a line as ranges."""
    parts: list[list[int]] = []
    for row in sorted(rows):
        if parts and row == parts[-1][-1] + 1:
            parts[-1].append(row)
        else:
            parts.append([row])
    found: list[str] = []
    for part in parts:
        found += [f"{part[0]}-{part[-1]}"] if len(part) > 3 else map(str, part)
    return found
