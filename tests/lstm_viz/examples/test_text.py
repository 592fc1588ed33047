import numpy as np
import pytest

from lstm_viz import Dataset, load_model
from lstm_viz.examples import example, text


@pytest.fixture(scope="module")
def shown():
    return example("text")


@pytest.fixture(scope="module")
def data(shown):
    return Dataset.from_file(shown.data_path)


def spelt(numbers):
    return "".join(text.ALPHABET[int(number)] for number in numbers)


def test_the_shipped_passages_are_the_held_out_ones_of_the_script_and_no_other(data):
    characters, following = text.generate_data()
    np.testing.assert_array_equal(data.inputs[0], characters[text.TRAINED :])
    np.testing.assert_array_equal(data.targets[0].reshape(data.inputs[0].shape), following[text.TRAINED :])
    trained = {spelt(passage) for passage in characters[: text.TRAINED]}
    assert not any(spelt(passage) in trained for passage in data.inputs[0])


def test_every_character_is_followed_by_the_one_that_is_to_be_foretold(data):
    np.testing.assert_array_equal(
        data.targets[0].reshape(data.inputs[0].shape)[:, :-1], data.inputs[0][:, 1:]
    )


def test_a_passage_is_made_of_sentences_of_known_words(data):
    assert data.token_names == tuple(text.ALPHABET)
    for passage in data.inputs[0]:
        assert text.share_of_words(spelt(passage)) == 1.0


def test_a_word_that_no_sentence_holds_is_counted_out():
    assert text.share_of_words("the old bakker. every da") == 0.75


def test_it_writes_words_by_itself(shown):
    model = load_model(shown.model_path).keras_model
    written = text.write_on(model, spelt(text.generate_data()[0][text.TRAINED, :20]), 300, 0.6)
    assert len(written) == 300
    assert text.share_of_words(written) > 0.95
    assert len(set(written.split("."))) > 5  # not one sentence over and over


def test_it_foretells_most_characters(shown):
    assert shown.scores["accuracy"] > 0.85
    assert shown.scores["words"] > 0.95
