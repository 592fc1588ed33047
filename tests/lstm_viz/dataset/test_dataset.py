import mmap
import pickle
import subprocess
import sys

import numpy as np
import pytest

from lstm_viz.dataset import Dataset, Shaping
from lstm_viz.errors import DataError


def test_float32_samples_are_taken_without_a_copy_and_the_array_stays_writable():
    x = np.zeros((4, 3, 2), np.float32)
    dataset = Dataset.from_arrays(x)
    assert np.shares_memory(dataset.inputs[0], x)
    x[0, 0, 0] = 1


@pytest.mark.parametrize("several", [list, tuple])
def test_a_list_or_tuple_holds_several_inputs(several):
    dataset = Dataset.from_arrays(several([np.zeros((4, 3, 2)), np.zeros((4, 5))]), np.zeros(4))
    assert [array.shape for array in dataset.inputs] == [(4, 3, 2), (4, 5)]
    assert dataset.input_names == ("x0", "x1")
    assert (dataset.samples, dataset.timesteps, dataset.features) == (4, 3, 2)


def test_inputs_of_a_dict_go_to_the_model_s_inputs_of_the_same_names():
    dataset = Dataset.from_arrays({"decoder": np.zeros((4, 2, 1)), "encoder": np.ones((4, 3, 1))})
    shapes = [(None, 3, 1), (None, 2, 1)]
    dataset.check(shapes, ["encoder", "decoder"])
    assert dataset.inputs_for(["encoder", "decoder"])[0].shape == (4, 3, 1)
    with pytest.raises(DataError, match="For its input 'other'"):
        dataset.check(shapes, ["other", "names"])


def test_nested_lists_of_numbers_are_one_array():
    assert Dataset.from_arrays([[[1.0], [2.0]], [[3.0], [4.0]]]).inputs[0].shape == (2, 2, 1)


def test_sequences_of_several_lengths_are_refused():
    with pytest.raises(DataError, match="several lengths"):
        Dataset.from_arrays([[[1.0], [2.0]], [[3.0]]])


def test_numbers_of_samples_that_differ_are_refused():
    with pytest.raises(DataError, match="'y' has 3, 'x' has 4"):
        Dataset.from_arrays(np.zeros((4, 3, 1)), np.zeros(3))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused_with_their_position(value):
    x = np.zeros((4, 3, 2))
    x[2, 1, 0] = value
    with pytest.raises(DataError, match=r"'x' in arrays is .* at sample 2, timestep 1, feature 0"):
        Dataset.from_arrays(x)


def test_values_beyond_float32_are_refused():
    with pytest.raises(DataError, match="1e\\+39 at sample 1"):
        Dataset.from_arrays(np.array([[[1.0]], [[1e39]]]))


@pytest.mark.parametrize("array", [np.array([["a"]]), np.zeros((2, 2, 1), complex), np.zeros((0, 3, 1))])
def test_text_complex_numbers_and_nothing_are_refused(array):
    with pytest.raises(DataError):
        Dataset.from_arrays(array)


@pytest.mark.parametrize(
    "shaping",
    [Shaping(look_back=3), Shaping(past_as="features"), Shaping(columns=("a",)), Shaping(target="a")],
)
def test_cutting_ready_made_samples_is_refused(shaping):
    with pytest.raises(DataError, match="ready-made samples"):
        Dataset.from_arrays(np.zeros((4, 3, 1)), shaping=shaping)


def test_what_the_target_is_makes_no_difference_to_ready_made_samples():
    x, y = np.ones((4, 3, 1)), np.zeros((4, 3))
    dataset = Dataset.from_arrays(x, y, shaping=Shaping(target_is="each"))
    np.testing.assert_array_equal(dataset.targets[0], y)


@pytest.mark.parametrize(
    "wrong",
    [
        {"look_back": 0},
        {"look_back": 2.5},
        {"stride": None},
        {"stride": 0},
        {"fit_on": 0.0},
        {"fit_on": 1.5},
        {"past_as": "rows"},
        {"target_is": "first"},
        {"scaling": "log"},
        {"columns": ()},
        {"columns": ("a", "a")},
        {"tokens": True, "scaling": "standard"},
    ],
)
def test_a_shaping_that_makes_no_sense_is_refused_with_a_hint(wrong):
    with pytest.raises(DataError) as caught:
        Shaping(**wrong)
    assert caught.value.hint


def test_a_shaping_read_from_json_is_the_same_as_one_made_of_tuples():
    assert Shaping(columns=["a", "b"]) == Shaping(columns=("a", "b"))
    assert hash(Shaping(columns=["a", "b"])) == hash(Shaping(columns=("a", "b")))


def test_a_shaping_takes_the_whole_numbers_of_numpy():
    assert Shaping(look_back=np.int64(3)) == Shaping(look_back=3)
    assert type(Shaping(look_back=np.int64(3)).look_back) is int


def test_the_summary_says_sizes_source_and_shaping():
    dataset = Dataset.from_series(
        np.arange(144.0),
        Shaping(look_back=3, scaling="min-max"),
        names=["passengers"],
        source="passengers.csv",
    )
    assert dataset.summary == (
        "141 samples × 3 timesteps × 1 feature, from passengers.csv, column 'passengers', "
        "look-back 3, stride 1, min-max scaled"
    )


def test_a_dataset_travels_as_its_series_and_not_as_its_windows():
    dataset = Dataset.from_series(np.arange(5000.0), Shaping(look_back=1000))
    sent = pickle.dumps(dataset)
    assert len(sent) < 100_000
    received = pickle.loads(sent)
    np.testing.assert_array_equal(received.inputs[0], dataset.inputs[0])
    assert received.shaping == dataset.shaping


@pytest.mark.parametrize(
    "dataset",
    [
        Dataset.from_series(
            [[1, 5], [np.nan, 6], [3, 7], [4, 8]],
            Shaping(look_back=2, columns=("b", "a"), target="a", scaling="standard"),
            names=["a", "b"],
            missing="interpolate",
        ),
        Dataset.from_text("abcab", look_back=2, one_hot=True),
        Dataset.from_arrays(
            {"in/1": np.ones((3, 2, 1)), "in/2": np.ones((3, 4), int)},
            np.zeros(3),
            names=["heat"],
            class_names=["on", "off"],
        ),
    ],
    ids=["series", "text", "arrays"],
)
def test_a_saved_dataset_opens_as_it_was(tmp_path, dataset):
    dataset.save(tmp_path / "data")
    opened = Dataset.open(tmp_path / "data")
    for before, after in zip(dataset.inputs + dataset.targets, opened.inputs + opened.targets, strict=True):
        np.testing.assert_array_equal(after, before)
        assert after.dtype == before.dtype
    for name in (
        "summary",
        "notes",
        "input_names",
        "feature_names",
        "target_names",
        "token_names",
        "class_names",
        "column_names",
        "shaping",
        "scaling",
        "target_scaling",
    ):
        assert getattr(opened, name) == getattr(dataset, name), name


def is_mapped(array: np.ndarray | None) -> bool:
    while isinstance(array, np.ndarray):
        array = array.base
    return isinstance(array, mmap.mmap)


@pytest.mark.parametrize(
    "dataset",
    [
        Dataset.from_arrays(
            np.arange(24.0).reshape(4, 3, 2), np.arange(4.0), shaping=Shaping(scaling="standard")
        ),
        Dataset.from_series(
            np.arange(40.0).reshape(20, 2),
            Shaping(look_back=4, stride=2, columns=("b",), target="a", scaling="min-max"),
            names=["a", "b"],
        ),
        Dataset.from_series(
            np.arange(40.0).reshape(20, 2),
            Shaping(look_back=4, target="b", past_as="features", scaling="min-max"),
            names=["a", "b"],
        ),
        Dataset.from_series([[1.0], [np.nan], [3.0], [4.0]], Shaping(look_back=2), missing="interpolate"),
        Dataset.from_series([0.0, 2.0, 1.0, 2.0], Shaping(look_back=2, tokens=True)),
        Dataset.from_text("abcab", look_back=2),
        Dataset.from_text("abcab", look_back=2, one_hot=True),
    ],
    ids=["arrays", "timesteps", "features", "interpolated", "tokens", "text", "one hot"],
)
def test_opening_a_dataset_reads_and_copies_no_number(tmp_path, dataset):
    dataset.save(tmp_path / "data")
    opened = Dataset.open(tmp_path / "data")
    kept = [*opened.prepared.inputs, *opened.prepared.targets, getattr(opened.raw, "ids", None)]
    mapped = [array for array in kept if is_mapped(array)]
    for samples in opened.inputs + opened.targets:
        assert any(np.may_share_memory(samples, array) for array in mapped)
    for name in ("series", "origin"):
        before, after = getattr(dataset, name), getattr(opened, name)
        assert (after is None) == (before is None)
        if before is not None:
            assert is_mapped(after), name
            np.testing.assert_array_equal(after, before)


def test_numbers_that_need_no_shaping_are_saved_once(tmp_path):
    Dataset.from_arrays(np.zeros((100, 5, 2), np.float32)).save(tmp_path)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 2 * 4000


def test_saving_says_how_far_it_is_and_can_be_ended(tmp_path):
    dataset = Dataset.from_arrays(np.zeros((3, 1 << 20, 1), np.float32), np.zeros(3))
    fractions: list[float] = []
    dataset.save(tmp_path / "data", fractions.append)
    assert len(fractions) > 2
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1

    def end(fraction: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        dataset.save(tmp_path / "data", end)
    with pytest.raises(DataError, match="no complete data"):
        Dataset.open(tmp_path / "data")


def test_an_incomplete_folder_is_refused(tmp_path):
    dataset = Dataset.from_series(np.arange(5.0))
    dataset.save(tmp_path)
    (tmp_path / "values.npy").unlink()
    with pytest.raises(DataError, match="no complete data"):
        Dataset.open(tmp_path)


def test_saving_where_a_file_is_in_the_way_is_refused(tmp_path):
    (tmp_path / "data").write_text("in the way")
    with pytest.raises(DataError, match="cannot be written"):
        Dataset.from_series(np.arange(5.0)).save(tmp_path / "data")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Dataset.from_series([]), "nothing in a series"),
        (lambda: Dataset.from_series([[1, 2], [3]]), "rows of a series differ in length"),
        (lambda: Dataset.from_series(["a", "b"]), "instead of numbers"),
        (lambda: Dataset.from_series(np.zeros((3, 2)), names=["a"]), "names given for the 2 columns"),
        (lambda: Dataset.from_series(np.zeros((3, 2, 1))), "axes \\(time, columns\\)"),
        (lambda: Dataset.from_series([1, 2], missing="guess"), "missing cannot be 'guess'"),
        (lambda: Dataset.from_arrays({}), "no input in arrays"),
        (lambda: Dataset.from_arrays(5), "single number in arrays"),
        (lambda: Dataset.from_arrays([1, 2, 3]), "shape \\(3,\\)"),
        (lambda: Dataset.from_arrays(np.zeros((3, 2, 1)), names=["a", "b"]), "2 names for the 1 features"),
        (lambda: Dataset.from_text(""), "text is empty"),
    ],
)
def test_arguments_that_make_no_dataset_are_refused_with_a_hint(make, message):
    with pytest.raises(DataError, match=message) as caught:
        make()
    assert caught.value.hint


def test_units_come_from_the_names_of_the_columns():
    dataset = Dataset.from_series(np.zeros((9, 2)), names=["speed [m/s]", "load"])
    assert dataset.units == ("m/s", "")
    features = dataset.reshaped(Shaping(look_back=2, past_as="features"))
    assert features.units == ("m/s", "", "m/s", "")


def test_importing_it_leaves_keras_tensorflow_and_qt_out():
    code = (
        "import sys, lstm_viz.dataset; "
        "sys.exit(any(m in sys.modules for m in ('keras', 'tensorflow', 'PySide6')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


class TestTokens:
    def test_a_text_becomes_windows_of_tokens_with_the_next_one_as_target(self):
        dataset = Dataset.from_text("abcab", look_back=2)
        np.testing.assert_array_equal(dataset.inputs[0], [[0, 1], [1, 2], [2, 0]])
        np.testing.assert_array_equal(dataset.targets[0][:, 0], [2, 0, 1])
        assert dataset.inputs[0].dtype == np.int32
        assert dataset.token_names == ("a", "b", "c")

    def test_a_vocabulary_may_start_at_one(self):
        dataset = Dataset.from_text("ba", {"a": 1, "b": 2})
        np.testing.assert_array_equal(dataset.inputs[0], [[2, 1]])
        assert dataset.token_names == ("", "a", "b")

    def test_one_hot_windows_have_one_feature_per_token(self):
        dataset = Dataset.from_text("abca", "abc", 2, one_hot=True)
        np.testing.assert_array_equal(dataset.inputs[0][1], [[0, 1, 0], [0, 0, 1]])
        assert dataset.feature_names == ("a", "b", "c")

    def test_an_unknown_character_is_refused_with_its_place(self):
        with pytest.raises(DataError, match="lacks 'x', in line 2, column 3"):
            Dataset.from_text("ab\nabx", "ab\n")

    def test_a_vocabulary_with_the_same_entry_twice_is_refused(self):
        with pytest.raises(DataError, match="vocabulary"):
            Dataset.from_text("ab", "aab")

    def test_a_column_of_token_numbers_becomes_tokens(self):
        dataset = Dataset.from_series([3, 1, 4, 1, 5], Shaping(look_back=2, tokens=True))
        np.testing.assert_array_equal(dataset.inputs[0], [[3, 1], [1, 4], [4, 1]])
        assert dataset.inputs[0].dtype == np.int32

    def test_a_fraction_is_no_token(self):
        with pytest.raises(DataError, match=r"row 2, column 'value' of a series, 1\.5 is no token number"):
            Dataset.from_series([3, 1.5, 4], Shaping(look_back=2, tokens=True))
