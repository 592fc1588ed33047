import numpy as np
import pytest

from lstm_viz import Dataset, load_model, record
from lstm_viz.examples import example, lengths


@pytest.fixture(scope="module")
def data():
    return Dataset.from_file(example("lengths").data_path)


def test_the_shipped_calls_are_the_held_out_ones_of_the_script(data):
    calls, endings, timesteps = lengths.generate_data()
    np.testing.assert_allclose(data.inputs[0], calls[lengths.TRAINED :], atol=1e-6)
    np.testing.assert_array_equal(data.targets[0].ravel(), endings[lengths.TRAINED :])
    np.testing.assert_array_equal(data.lengths, timesteps[lengths.TRAINED :])


def test_calls_of_each_length_fill_their_batches(data):
    counts = np.unique(data.lengths, return_counts=True)
    assert tuple(counts[0]) == lengths.LENGTHS
    assert not any(counts[1] % example("lengths").batch_size)


def test_a_call_ends_as_it_is_said_to():
    rng = np.random.default_rng(0)
    for ending, direction in enumerate((1, 0, -1)):
        for timesteps in lengths.LENGTHS:
            pitch = np.mean(
                [lengths.call(timesteps, ending, rng)[-lengths.ENDING :, 0] for _ in range(50)], 0
            )
            assert np.polyfit(np.arange(lengths.ENDING), pitch, 1)[0] == pytest.approx(
                0.12 * direction, abs=0.03
            )


def test_behind_a_mask_padded_calls_get_the_answers_that_they_get_at_their_own_length(data):
    own = record(load_model(example("lengths").model_path), data)
    masked = record(load_model(example("lengths/masked").model_path), data, padded=True)
    np.testing.assert_allclose(masked.outputs[0], own.outputs[0], atol=1e-5)


def test_padding_without_a_mask_spoils_the_answers():
    shown = example("lengths")
    padded, masked = shown.alternatives
    assert (shown.padded, padded.padded, masked.padded) == (False, True, True)
    assert shown.scores["accuracy"] > 0.95
    assert masked.scores["accuracy"] == shown.scores["accuracy"]
    assert padded.scores["accuracy"] < 0.6
