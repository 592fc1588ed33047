import pickle

import numpy as np
import pytest

from lstm_viz.dataset import Dataset, Shaping
from lstm_viz.errors import DataError

LENGTHS = (3, 1, 4)


def padded(padding=0.0):
    x = np.arange(24, dtype=np.float32).reshape(3, 4, 2)
    for sample, length in enumerate(LENGTHS):
        x[sample, length:] = padding
    return x


def test_sequences_of_different_lengths_become_one_array_and_their_lengths():
    sequences = [padded()[sample, :length] for sample, length in enumerate(LENGTHS)]
    dataset = Dataset.from_sequences(sequences, padding=-1.0, names=["speed", "height"])
    np.testing.assert_array_equal(dataset.inputs[0], padded(-1.0))
    assert dataset.lengths.tolist() == list(LENGTHS)
    assert dataset.feature_names == ("speed", "height")
    assert (dataset.samples, dataset.timesteps, dataset.features) == (3, 4, 2)
    assert dataset.length_words == "1 … 4"
    assert dataset.summary == "3 samples × 1 … 4 timesteps × 2 features, from sequences"


def test_sequences_of_numbers_have_one_feature_and_those_of_whole_numbers_are_tokens():
    assert Dataset.from_sequences([[0.5, 1.0], [2.0]]).inputs[0].shape == (2, 2, 1)
    tokens = Dataset.from_sequences([[1, 2, 3], [4]]).inputs[0]
    assert tokens.dtype == np.int32
    assert tokens.tolist() == [[1, 2, 3], [4, 0, 0]]


def test_a_target_for_each_timestep_is_padded_like_its_input():
    dataset = Dataset.from_sequences([[0.5, 1.0], [2.0]], [[1, 0], [1]])
    assert dataset.targets[0].tolist() == [[[1], [0]], [[1], [0]]]
    assert Dataset.from_sequences([[0.5, 1.0], [2.0]], [3, 4]).targets[0].tolist() == [3, 4]


@pytest.mark.parametrize(
    ("sequences", "words"),
    [
        ([], "no sequence"),
        ([[1.0], []], "Sequence 1 of sequences is empty"),
        ([np.zeros((2, 3)), np.zeros((2, 4))], "Sequence 1 of sequences is float64"),
        ([[[1.0, 2.0], [3.0]]], "several numbers of features"),
    ],
)
def test_sequences_that_are_no_sequences_are_refused(sequences, words):
    with pytest.raises(DataError, match=words):
        Dataset.from_sequences(sequences)


@pytest.mark.parametrize(
    ("lengths", "words"),
    [
        ([3, 1], "of shape \\(2,\\)"),
        ([3.0, 1.0, 4.0], "are float64"),
        ([3, 0, 4], "Sample 1 of arrays is said to have 0"),
        ([3, 1, 5], "Sample 2 of arrays is said to have 5"),
    ],
)
def test_lengths_that_do_not_fit_are_refused(lengths, words):
    with pytest.raises(DataError, match=words):
        Dataset.from_arrays(padded(), lengths=lengths)


def test_samples_without_a_time_axis_have_no_lengths():
    with pytest.raises(DataError, match="no time axis"):
        Dataset.from_arrays(np.zeros((3, 4)), lengths=LENGTHS)


def test_lengths_of_the_whole_arrays_are_none():
    assert Dataset.from_arrays(padded(), lengths=(4, 4, 4)).lengths is None


def test_padding_that_is_nan_becomes_zero_and_other_nan_is_refused():
    targets = padded(np.nan)[:, :, :1]
    dataset = Dataset.from_arrays(padded(np.nan), targets, lengths=LENGTHS)
    np.testing.assert_array_equal(dataset.inputs[0], padded())
    np.testing.assert_array_equal(dataset.targets[0], padded()[:, :, :1])
    x = padded(np.nan)
    x[0, 1, 1] = np.nan
    with pytest.raises(DataError, match="sample 0, timestep 1, feature 1"):
        Dataset.from_arrays(x, lengths=LENGTHS)


def test_scaling_is_fitted_on_what_is_no_padding_and_leaves_the_padding_as_it_is():
    dataset = Dataset.from_arrays(padded(-99.0), lengths=LENGTHS, shaping=Shaping(scaling="min-max"))
    known = np.concatenate([padded()[sample, :length] for sample, length in enumerate(LENGTHS)])
    found = dataset.inputs[0]
    for sample, length in enumerate(LENGTHS):
        assert (found[sample, length:] == -99).all()
        wanted = (padded()[sample, :length] - known.min(axis=0)) / np.ptp(known, axis=0)
        np.testing.assert_allclose(found[sample, :length], wanted, rtol=0, atol=1e-6)


def test_an_npz_file_may_hold_lengths(tmp_path):
    path = tmp_path / "sequences.npz"
    np.savez(path, x=padded(), y=np.array([0, 1, 1]), lengths=np.array(LENGTHS))
    dataset = Dataset.from_file(path)
    assert dataset.lengths.tolist() == list(LENGTHS)
    assert (dataset.input_names, dataset.target_names, dataset.notes) == (("x",), ("y",), ())


def test_lengths_are_kept_when_data_are_saved_sent_and_shaped_anew(tmp_path):
    dataset = Dataset.from_arrays(padded(), lengths=LENGTHS)
    dataset.save(tmp_path / "data")
    scaled = dataset.reshaped(Shaping(scaling="standard"))
    opened = Dataset.open(tmp_path / "data")
    for other in (opened, pickle.loads(pickle.dumps(dataset)), scaled, opened.reshaped()):
        assert other.lengths.tolist() == list(LENGTHS)
    assert Dataset.from_arrays(padded()).lengths is None


def test_a_folder_of_data_without_lengths_is_not_taken_for_one_with(tmp_path):
    Dataset.from_arrays(padded(), lengths=LENGTHS).save(tmp_path)
    Dataset.from_arrays(padded()).save(tmp_path)
    assert Dataset.open(tmp_path).lengths is None


def test_targets_that_may_be_a_row_or_a_value_for_each_timestep_have_to_be_said_to_be_one():
    sequences, targets = [[0.5, 1.0], [2.0, 3.0]], [[1, 2], [3, 4]]
    with pytest.raises(DataError, match="a row of 2 values, or a value for each of 2 timesteps") as caught:
        Dataset.from_sequences(sequences, targets)
    assert "each_timestep" in caught.value.hint
    rows = Dataset.from_sequences(sequences, targets, each_timestep=False).targets[0]
    assert rows.tolist() == targets
    series = Dataset.from_sequences(sequences, targets, each_timestep=True).targets[0]
    assert series.tolist() == [[[1], [2]], [[3], [4]]]
    clear = Dataset.from_sequences(sequences, [[[1], [2]], [[3], [4]]]).targets[0]
    assert clear.tolist() == series.tolist()
