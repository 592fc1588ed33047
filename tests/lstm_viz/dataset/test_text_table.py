from pathlib import Path

import numpy as np
import pytest

from lstm_viz.dataset import Dataset, Shaping
from lstm_viz.dataset.text_table import CHUNK_ROWS, read_text_table
from lstm_viz.errors import DataError


def write(folder: Path, text: str, name: str = "data.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a,b\n1,2.5\n3,4\n", "data.csv"),
        ("a;b\n1;2.5\n3;4\n", "data.csv"),
        ("a;b\r\n1,0;2,5\r\n3,0;4,0\r\n", "data.csv"),
        ("a\tb\n1\t2.5\n3\t4\n", "data.tsv"),
        ("  a   b\n  1 2.5\n  3   4\n", "data.txt"),
        ('"a","b"\n"1","2.5"\n3, 4\n', "data.csv"),
        ("a,b\n\n1,2.5\n\n3,4", "data.csv"),
        ("\ufeffa,b\n1,2.5\n3,4\n", "data.csv"),
    ],
    ids=["comma", "semicolon", "decimal comma", "tab", "spaces", "quotes", "blank lines", "byte order mark"],
)
def test_tables_are_read_however_they_are_written(tmp_path, text, name):
    table = read_text_table(write(tmp_path, text, name))
    assert table.names == ("a", "b")
    np.testing.assert_array_equal(table.values, [[1, 2.5], [3, 4]])


def test_a_utf_16_table_is_read(tmp_path):
    table = read_text_table(write(tmp_path, "a\tb\n1\t2\n3\t4\n", encoding="utf-16"))
    np.testing.assert_array_equal(table.values, [[1, 2], [3, 4]])


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("1,2\n3,4\n", ("column 1", "column 2")),
        ("1\n2\n", ("value",)),
        ("x,x\n1,2\n", ("x", "x (2)")),
        ("x,\n1,2\n", ("x", "column 2")),
    ],
    ids=["no header", "one column", "twice the same", "no name"],
)
def test_every_column_gets_a_name_of_its_own(tmp_path, text, names):
    assert read_text_table(write(tmp_path, text)).names == names


def test_a_header_of_numbers_is_one_when_said_so(tmp_path):
    path = write(tmp_path, "2019,2020\n1,2\n3,4\n")
    assert len(read_text_table(path).values) == 3
    forced = read_text_table(path, header=True)
    assert forced.names == ("2019", "2020")
    assert len(forced.values) == 2


def test_columns_of_text_are_left_out_with_a_note(tmp_path):
    dataset = Dataset.from_file(write(tmp_path, "day,place,value\n2020-01-01,Köln,1\n2020-01-02,Bonn,2\n"))
    assert dataset.column_names == ("value",)
    assert any("'day'" in note for note in dataset.notes)
    assert any("'place'" in note for note in dataset.notes)


def test_choosing_a_column_of_text_is_refused(tmp_path):
    path = write(tmp_path, "day,value\nMonday,1\nTuesday,2\n")
    with pytest.raises(DataError, match=r"'day' of data\.csv holds no numbers"):
        Dataset.from_file(path, Shaping(columns=("day",)))


def test_row_numbers_without_a_name_are_left_out(tmp_path):
    table = read_text_table(write(tmp_path, ",a\n0,5\n1,7\n2,6\n"))
    assert table.names == ("a",)


def test_identifiers_with_underscores_are_text(tmp_path):
    table = read_text_table(write(tmp_path, "id,a\n2020_1,5\n2020_2,7\n"))
    assert table.names == ("a",)


def test_latin_1_is_read_and_said(tmp_path):
    path = write(tmp_path, "Größe,b\n1,2\n", encoding="latin-1")
    dataset = Dataset.from_file(path)
    assert dataset.column_names == ("Größe", "b")
    assert any("Latin-1" in note for note in dataset.notes)


def test_a_missing_value_is_refused_by_row_line_and_column(tmp_path):
    path = write(tmp_path, "a,b\n1,2\n\n3,\n5,NA\n")
    with pytest.raises(DataError, match=r"Row 2 \(line 4\), column 'b' of data.csv has no value. 1 more"):
        Dataset.from_file(path)


def test_a_missing_value_in_a_column_that_is_not_used_does_not_matter(tmp_path):
    path = write(tmp_path, "a,b\n1,2\n3,\n5,6\n")
    np.testing.assert_array_equal(
        Dataset.from_file(path, Shaping(columns=("a",))).inputs[0][0, :, 0], [1, 3, 5]
    )


def test_missing_values_are_interpolated_when_asked(tmp_path):
    path = write(tmp_path, 'a\n""\n1\nNA\n""\n4\nnan\n')
    dataset = Dataset.from_file(path, missing="interpolate")
    np.testing.assert_allclose(dataset.series[:, 0], [1, 1, 2, 3, 4, 4])
    assert any("Interpolated 4 missing values" in note for note in dataset.notes)


def test_rows_with_missing_values_are_dropped_when_asked(tmp_path):
    path = write(tmp_path, "a,b\n1,2\n3,\n5,6\n")
    dataset = Dataset.from_file(path, missing="drop")
    np.testing.assert_array_equal(dataset.series, [[1, 2], [5, 6]])
    assert any("Dropped 1 row" in note for note in dataset.notes)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n3,x7\n5,6\n", r"Row 2 \(line 3\), column 'b' of data.csv holds 'x7'"),
        ("a,b\n1,2\n3,inf\n", r"Row 2 \(line 3\), column 'b' of data.csv holds inf"),
        ("a,b\n1,2\n3,4,5\n", "Line 3 of data.csv has 3 fields; the first line has 2"),
        ("a,b\n1,2\n3\n", "Line 3 of data.csv has 1 field; the first line has 2"),
        ("a,b\n", "header and no rows"),
        ("", "data.csv is empty"),
        ("  \n\n", "data.csv is empty"),
        ("Monday\nTuesday\n", "no column of numbers"),
        ("a\0b", "no text file"),
        ('a,b\n1,"' + "x" * 200_000, "data.csv is no table"),
    ],
    ids=["word", "infinite", "wide", "narrow", "header", "empty", "blank", "text", "binary", "open quote"],
)
def test_what_cannot_be_read_is_refused_with_its_place(tmp_path, text, message):
    with pytest.raises(DataError, match=message) as caught:
        Dataset.from_file(write(tmp_path, text))
    assert caught.value.hint


def test_a_bad_cell_beyond_the_first_chunk_is_found(tmp_path):
    rows = [str(k) for k in range(CHUNK_ROWS + 10)]
    rows[CHUNK_ROWS + 5] = "?!"
    with pytest.raises(DataError, match=rf"Row {CHUNK_ROWS + 6} \(line {CHUNK_ROWS + 7}\)"):
        Dataset.from_file(write(tmp_path, "a\n" + "\n".join(rows)))


def test_values_are_in_order_over_several_chunks(tmp_path):
    count = 2 * CHUNK_ROWS + 3
    table = read_text_table(write(tmp_path, "a,b\n" + "".join(f"{k},{-k}\n" for k in range(count))))
    np.testing.assert_array_equal(table.values, np.stack([np.arange(count), -np.arange(count)], axis=1))


def test_progress_rises_to_one_and_can_cancel(tmp_path):
    path = write(tmp_path, "a\n" + "1\n" * (3 * CHUNK_ROWS))
    fractions: list[float] = []
    Dataset.from_file(path, progress=fractions.append)
    assert fractions == sorted(fractions)
    assert len(fractions) > 2
    assert fractions[-1] == 1.0

    class CancelledError(Exception):
        pass

    def cancel(fraction: float) -> None:
        raise CancelledError

    with pytest.raises(CancelledError):
        Dataset.from_file(path, progress=cancel)


def test_a_missing_file_and_an_unknown_kind_are_refused(tmp_path):
    with pytest.raises(DataError, match="There is no file"):
        Dataset.from_file(tmp_path / "nowhere.csv")
    with pytest.raises(DataError, match="is no file"):
        Dataset.from_file(tmp_path)
    with pytest.raises(DataError, match="no kind of data file"):
        Dataset.from_file(write(tmp_path, "1,2", "data.xlsx"))
