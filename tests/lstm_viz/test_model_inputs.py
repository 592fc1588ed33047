import keras
import numpy as np
import pytest
from keras import layers

from lstm_viz.errors import DataError, ModelError
from lstm_viz.model_inputs import digest, inputs_for
from lstm_viz.probe import Probe
from lstm_viz.stepper import probe_of


@pytest.fixture(scope="module")
def probe():
    return Probe(keras.Sequential([keras.Input((None, 2)), layers.LSTM(3)]))


@pytest.fixture(scope="module")
def large():
    """More than is digested whole."""
    return np.random.default_rng(0).normal(size=(1000, 200, 2)).astype("f4")


@pytest.mark.parametrize("samples", [64, 1000], ids=["small", "large"])
def test_the_same_model_and_data_have_the_same_digest_however_they_lie_in_memory(probe, large, samples):
    x = large[:samples]
    wanted = digest(probe, [x])
    assert digest(probe, [x.copy()]) == wanted
    assert digest(probe, [np.asfortranarray(x)]) == wanted
    assert digest(probe, [np.repeat(x, 2, axis=1)[:, ::2]]) == wanted


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x * np.float32(1.001),
        lambda x: x[::-1],
        lambda x: x.astype("f8"),
        lambda x: x[:-1],
        lambda x: x.reshape(len(x) // 2, -1, 2),
        lambda x: np.where(np.arange(len(x))[:, None, None] % 32 == 3, 0, x),  # one row of each batch
    ],
)
@pytest.mark.parametrize("samples", [64, 1000], ids=["small", "large"])
def test_other_data_have_another_digest(probe, large, samples, change):
    x = large[:samples]
    assert digest(probe, [change(x)]) != digest(probe, [x])


def test_one_value_among_few_makes_another_digest(probe, large):
    x = large[:64].copy()
    wanted = digest(probe, [x])
    x[7, 5, 1] += 1e-3
    assert digest(probe, [x]) != wanted


def test_a_model_that_differs_only_between_its_lstm_layers_has_another_digest(probe, large):
    other = keras.Sequential([keras.Input((None, 2)), layers.Masking(), layers.LSTM(3)])
    other.set_weights(probe.model.get_weights())
    assert digest(Probe(other), [large]) != digest(probe, [large])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (np.array([[["a", "b"]]]), "instead of numbers"),
        (np.zeros((1, 2, 2), complex), "instead of numbers"),
        ([[[1.0, 2.0], [3.0]]], "no array of numbers"),
        (np.array([[[1.0, object()]]]), "no array of numbers"),
        (np.zeros((0, 3, 2)), "no samples"),
    ],
    ids=["text", "complex", "ragged", "objects", "nothing"],
)
def test_what_is_no_array_of_numbers_is_refused_with_a_hint(probe, given, words):
    with pytest.raises(DataError, match=words) as refused:
        inputs_for(probe, given)
    assert refused.value.hint


def test_numbers_that_are_python_objects_are_taken_as_numbers(probe):
    (found,) = inputs_for(probe, np.array([[[1, 2.5]]], object))
    np.testing.assert_array_equal(found, [[[1, 2.5]]])


@pytest.mark.parametrize("model", [None, "model.keras", layers.LSTM(2)], ids=["none", "path", "layer"])
def test_what_is_no_model_is_refused_with_a_hint(model):
    with pytest.raises(ModelError, match="is no model") as refused:
        probe_of(model)
    assert "load_model" in refused.value.hint
