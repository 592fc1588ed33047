from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.row_words import read_rows, rows_text, rows_words


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (None, "all rows"),
        ((1,), "row 1"),
        ((1, 2), "rows 1 and 2"),
        ((1, 2, 3), "rows 1, 2 and 3"),
        (tuple(range(16)), "rows 0-15"),
        ((*range(16), 20), "rows 0-15 and 20"),
        (tuple(range(0, 20, 2)), "10 rows"),
    ],
)
def test_rows_are_named(rows: tuple[int, ...] | None, words: str) -> None:
    assert rows_words(rows) == words


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("all", None),
        (" ALL ", None),
        ("0-7", None),
        ("", ()),
        ("3", (3,)),
        ("5, 0 - 2;2", (0, 1, 2, 5)),
        ("1–3 7", (1, 2, 3, 7)),
    ],
)
def test_rows_are_read_as_people_write_them(text: str, rows: tuple[int, ...] | None) -> None:
    assert read_rows(text, 8) == rows


@pytest.mark.parametrize(
    ("text", "count", "said"),
    [
        ("one", 8, "“one” is no row"),
        ("1.5", 8, "is no row"),
        ("-3", 8, "is no row"),
        ("5-2", 8, "runs backwards"),
        ("8", 8, "There is no row 8: this batch has rows 0 to 7."),
        ("0-99999999999", 8, "is no row"),
        ("1", 1, "this batch has row 0 alone"),
    ],
)
def test_what_names_no_row_of_the_batch_is_refused(text: str, count: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_rows(text, count)


@given(st.sets(st.integers(0, 30)))
def test_what_is_written_is_read_back(rows: set[int]) -> None:
    expected = tuple(sorted(rows)) if len(rows) < 31 else None
    assert read_rows(rows_text(sorted(rows)), 31) == expected
