import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_viz.dataset import Dataset, Shaping
from lstm_viz.dataset.sequences import SequenceWindows
from lstm_viz.errors import DataError
from lstm_viz.interleave import interleaved_order, order_for


@st.composite
def sequences_and_shaping(draw):
    ids = [value for value, count in draw(runs()) for _ in range(count)]
    columns = draw(st.integers(1, 2))
    values = np.arange(len(ids) * columns, dtype=float).reshape(len(ids), columns)
    shaping = Shaping(
        look_back=draw(st.integers(1, 4)),
        stride=draw(st.integers(1, 4)),
        past_as=draw(st.sampled_from(["timesteps", "features"])),
        target="a",
        target_is=draw(st.sampled_from(["next", "last", "each"])),
        columns=tuple("ab"[:columns]),
        sequence_column="id",
    )
    return np.column_stack([ids, values]), shaping


@st.composite
def runs(draw):
    """Give values with how often they come in a line, one of which is long enough for a sample."""
    found = draw(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 8)), min_size=1, max_size=4))
    return [*found, (7, draw(st.integers(5, 9)))]


def cut_by_hand(table, shaping):
    """Cut each stretch of equal ids as a series of its own, by the dataset itself."""
    borders = np.flatnonzero(np.diff(table[:, 0])) + 1
    alone = np.split(table[:, 1:], borders)
    single = Shaping(
        look_back=shaping.look_back,
        stride=shaping.stride,
        past_as=shaping.past_as,
        target="a",
        target_is=shaping.target_is,
        columns=shaping.columns,
    )
    found = []
    for number, part in enumerate(alone):
        try:
            found.append((number, Dataset.from_series(part, single, names="ab"[: part.shape[1]])))
        except DataError:
            continue
    return found


@given(sequences_and_shaping())
def test_samples_are_those_of_each_sequence_cut_alone(case):
    table, shaping = case
    names = ("id", *shaping.columns)
    dataset = Dataset.from_series(table, shaping, names=names)
    alone = cut_by_hand(table, shaping)
    np.testing.assert_array_equal(dataset.inputs[0], np.concatenate([one.inputs[0] for _, one in alone]))
    np.testing.assert_array_equal(dataset.targets[0], np.concatenate([one.targets[0] for _, one in alone]))
    assert dataset.sequences.tolist() == [number for number, one in alone for _ in range(one.samples)]
    assert dataset.lengths is None
    assert dataset.feature_names == alone[0][1].feature_names
    ids = table[:, 0]
    for first, last in dataset.origin:
        assert len(set(ids[first : last + 1])) == 1


def test_without_a_look_back_each_sequence_is_a_sample_of_its_own_length():
    table = np.column_stack([[4, 4, 4, 9, 9, 4], np.arange(6.0), 10 + np.arange(6.0)])
    shaping = Shaping(sequence_column="id", target="b", target_is="each")
    dataset = Dataset.from_series(table, shaping, names=("id", "a", "b"))
    assert dataset.inputs[0][..., 0].tolist() == [[0, 1, 2], [3, 4, 0], [5, 0, 0]]
    assert dataset.targets[0][..., 0].tolist() == [[10, 11, 12], [13, 14, 0], [15, 0, 0]]
    assert dataset.lengths.tolist() == [3, 2, 1]
    assert dataset.sequences.tolist() == [0, 1, 2]  # the value 4 came back: a new sequence
    last = dataset.reshaped(Shaping(sequence_column="id", target="b", target_is="last"))
    assert last.targets[0].tolist() == [[12], [14], [15]]


def test_the_column_of_the_sequences_is_no_input_unless_it_is_asked_for():
    table = np.column_stack([[1, 1, 1, 2, 2, 2], np.arange(6.0)])
    shaping = Shaping(look_back=2, sequence_column="id")
    dataset = Dataset.from_series(table, shaping, names=("id", "a"))
    assert dataset.feature_names == ("a",)
    assert dataset.target_names == ("a",)
    assert "2 sequences by 'id'" in dataset.summary
    asked = dataset.reshaped(Shaping(look_back=2, sequence_column="id", columns=("id", "a")))
    assert asked.feature_names == ("id", "a")


def test_a_column_of_text_names_sequences(tmp_path):
    path = tmp_path / "runs.csv"
    rows = [("ada", 1), ("ada ", 2), ("ada", 3), ("bob", 4), ("bob", 5), ("ada", 6), ("ada", 7)]
    path.write_text("who,value\n" + "".join(f"{who},{value}\n" for who, value in rows))
    dataset = Dataset.from_file(path, Shaping(look_back=2, target_is="last", sequence_column="who"))
    assert dataset.inputs[0][..., 0].tolist() == [[1, 2], [2, 3], [4, 5], [6, 7]]
    assert dataset.sequences.tolist() == [0, 0, 1, 2]
    assert dataset.notes == ("Column 'who' is left out (text).",)


def test_rows_that_are_dropped_leave_their_sequence(tmp_path):
    path = tmp_path / "gaps.csv"
    path.write_text("who,value\na,1\na,\na,3\nb,4\nb,5\n")
    shaping = Shaping(look_back=2, target_is="last", sequence_column="who")
    dataset = Dataset.from_file(path, shaping, missing="drop")
    assert dataset.inputs[0][..., 0].tolist() == [[1, 3], [4, 5]]


def test_nothing_is_interpolated_from_one_sequence_into_another():
    rows = [(0, 0), (0, np.nan), (0, 4), (0, np.nan), (1, np.nan), (1, 100), (1, np.nan), (1, 120)]
    shaping = Shaping(columns=("v",), sequence_column="s")
    data = Dataset.from_series(rows, shaping, names=("s", "v"), missing="interpolate")
    np.testing.assert_array_equal(data.inputs[0][..., 0], [[0, 2, 4, 4], [100, 100, 110, 120]])
    assert "Interpolated 4 missing values of column 'v'." in data.notes


def test_a_sequence_without_any_value_cannot_be_interpolated():
    rows = [(0, 1), (0, np.nan), (1, np.nan), (1, np.nan), (2, 5), (2, 6)]
    shaping = Shaping(columns=("v",), sequence_column="s")
    with pytest.raises(DataError, match="Row 3, column 'v' of a series begins a sequence without") as refused:
        Dataset.from_series(rows, shaping, names=("s", "v"), missing="interpolate")
    assert refused.value.hint


def test_what_was_cut_by_sequences_is_opened_again_as_it_was(tmp_path):
    path = tmp_path / "runs.csv"
    path.write_text("who,id,value\n" + "".join(f"{'ab'[k // 4]},{k // 3},{k}\n" for k in range(8)))
    for name, column in (("by text", "who"), ("by number", "id")):
        dataset = Dataset.from_file(path, Shaping(look_back=2, sequence_column=column, columns=("value",)))
        dataset.save(tmp_path / name)
        again = Dataset.open(tmp_path / name)
        for part in ("sequences", "origin"):
            np.testing.assert_array_equal(getattr(again, part), getattr(dataset, part))
        np.testing.assert_array_equal(again.inputs[0], dataset.inputs[0])
        other = again.reshaped(Shaping(look_back=1, target_is="last", sequence_column="who"))
        assert other.sequences.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("shaping", "said"),
    [
        (Shaping(look_back=2, sequence_column="nobody"), "no column 'nobody'"),
        (Shaping(look_back=9, sequence_column="id"), "fits into no sequence .* longest of 2 has 4 rows"),
        (Shaping(sequence_column="id", target="a"), "no next value"),
        (Shaping(sequence_column="id", past_as="features"), "3 to 4 rows"),
        (Shaping(look_back=1, sequence_column="gap"), "row 2, column 'gap' .* has no value"),
    ],
)
def test_what_cannot_be_cut_by_sequences_is_refused(shaping, said):
    table = np.column_stack([[0, 0, 0, 1, 1, 1, 1], np.arange(7.0), [1, np.nan, 1, 1, 2, 2, 2]])
    shaping = Shaping(**{**vars(shaping), "columns": ("a",)})
    with pytest.raises(DataError, match=f"(?i){said}"):
        Dataset.from_series(table, shaping, names=("id", "a", "gap"))


def test_samples_that_would_fill_the_memory_are_refused():
    origin = np.stack([np.arange(3000), np.arange(3000) + 1_000_000], axis=1)
    windows = SequenceWindows("last", origin, np.zeros(3000, np.int64))
    with pytest.raises(DataError, match="GiB"):
        windows.gathered(np.zeros((1, 1), np.float32))


def test_sequences_that_are_too_short_are_left_out_with_a_note():
    table = np.column_stack([[0, 1, 1, 1, 2], np.arange(5.0)])
    shaping = Shaping(look_back=2, sequence_column="id")
    dataset = Dataset.from_series(table, shaping, names=("id", "a"))
    assert dataset.samples == 1
    assert "2 of 3 sequences are too short for a sample." in dataset.notes


# -- ready-made samples -----------------------------------------------------------------------------


def test_samples_of_one_sequence_follow_one_another_in_their_order():
    x = np.zeros((6, 2, 1), np.float32)
    dataset = Dataset.from_arrays(x, sequences=np.array(["b", "a", "b", "a", "b", "c"]))
    assert dataset.sequences.tolist() == [1, 0, 1, 0, 1, 2]
    assert dataset.relation(0, 2) == "continues"
    assert dataset.relation(0, 4) == "skips"
    assert dataset.relation(4, 2) == "goes back"
    assert dataset.relation(0, 1) is None
    assert Dataset.from_arrays(x).extents is None


@pytest.mark.parametrize("ids", [np.array([3, 3, 5, 5]), np.array(["u", "u", "v", "v"])])
def test_ids_of_samples_come_from_an_array_file(tmp_path, ids):
    np.savez(tmp_path / "x.npz", x=np.zeros((4, 2, 1), np.float32), sequence=ids)
    dataset = Dataset.from_file(tmp_path / "x.npz")
    assert dataset.sequences.tolist() == [0, 0, 1, 1]
    dataset.save(tmp_path / "folder")
    assert Dataset.open(tmp_path / "folder").sequences.tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("ids", [np.array([3, 3, 5, 5]), np.array(["u", "u", "v", "v"])])
def test_ids_of_the_rows_of_a_series_in_an_array_file_are_a_column(tmp_path, ids):
    np.savez(tmp_path / "x.npz", x=np.arange(4.0), sequence_ids=ids)
    shaping = Shaping(look_back=2, target_is="last", sequence_column="sequence")
    assert Dataset.from_file(tmp_path / "x.npz", shaping).sequences.tolist() == [0, 1]


@pytest.mark.parametrize("ids", [np.zeros(3), np.zeros((4, 1)), np.array([0, 1, np.nan, 1])])
def test_ids_that_are_not_one_for_each_sample_are_refused(ids):
    with pytest.raises(DataError, match="sequence id"):
        Dataset.from_arrays(np.zeros((4, 2, 1), np.float32), sequences=ids)


# -- interleaving -----------------------------------------------------------------------------------


def test_interleaved_rows_stay_within_a_sequence_as_long_as_there_is_one():
    table = np.column_stack([np.repeat([0, 1], 6), np.arange(12.0)])
    shaping = Shaping(look_back=2, target_is="last", sequence_column="id")
    dataset = Dataset.from_series(table, shaping, names=("id", "a"))
    order = np.array(order_for(dataset, 2))
    for row in range(2):
        own = order[row::2]
        assert set(dataset.sequences[own]) == {row}
        handed = [dataset.relation(a, b) for a, b in itertools.pairwise(own)]
        assert handed.count("continues") == 3  # of two chains of windows, one after the other


def test_ready_made_samples_are_interleaved_sequence_by_sequence():
    sequences = np.array([1, 0, 1, 0])
    assert interleaved_order(4, 2, None, sequences) == (0, 1, 2, 3)
    assert interleaved_order(4, 2) == (0, 2, 1, 3)
