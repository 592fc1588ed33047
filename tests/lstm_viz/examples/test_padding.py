import numpy as np
import pytest

from lstm_viz import Dataset, load_model, record
from lstm_viz.examples import example, padding


@pytest.fixture(scope="module")
def data():
    return Dataset.from_file(example("padding").data_path)


def test_the_shipped_sequences_are_the_held_out_ones_of_the_script(data):
    readings, settles = padding.generate_data()
    np.testing.assert_allclose(data.inputs[0], readings[padding.TRAINED :], atol=1e-6)
    np.testing.assert_allclose(data.targets[0], settles[padding.TRAINED :], atol=1e-6)


def test_only_padding_is_zero_and_most_sequences_are_padded(data):
    kept = data.inputs[0][..., 0] != 0
    lengths = kept.sum(axis=1)
    assert (kept == (np.arange(padding.LONGEST) < lengths[:, np.newaxis])).all()
    assert lengths.min() >= padding.SHORTEST
    assert np.mean(lengths < padding.LONGEST) > 0.9


def test_the_two_models_have_the_same_weights():
    masked, bare = (
        load_model(example(name).model_path).keras_model for name in ("padding", "padding/without_mask")
    )
    for mine, its in zip(masked.weights, bare.weights, strict=True):
        np.testing.assert_array_equal(np.asarray(mine), np.asarray(its))


def test_the_masked_model_answers_as_the_bare_one_does_for_the_sequence_without_its_padding(data):
    masked, bare = (load_model(example(name).model_path) for name in ("padding", "padding/without_mask"))
    answers = record(masked, data).outputs[0]
    for sample in range(3):
        whole = data.inputs[0][sample : sample + 1]
        read = whole[:, : np.count_nonzero(whole)]
        np.testing.assert_allclose(record(bare, read).outputs[0][0], answers[sample], atol=1e-5)


def test_without_the_mask_the_answer_is_far_off():
    shown = example("padding")
    (bare,) = shown.alternatives
    assert bare.data_path == shown.data_path
    assert shown.scores["rmse"] < 0.5 * shown.scores["baseline_rmse"]
    assert bare.scores["rmse"] > 10 * shown.scores["rmse"]
