from __future__ import annotations

import keras
import numpy as np
import pytest

from app.engine.describe import change_text, fitting, stand_in_data
from app.run_plan import RunSettings, plan_of
from lstm_viz.dataset import Dataset
from lstm_viz.plan import ResetPoint, Resets
from lstm_viz.stepper import probe_of

POINT = ResetPoint(1, 0)


def dataset(samples: int) -> Dataset:
    return Dataset.from_arrays(np.zeros((samples, 3, 1), np.float32))


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (RunSettings(), "Nothing changed: so."),
        (RunSettings(stateful=True), "Stateful on: so."),
        (RunSettings(batch_size=5, stateful=True), "Batch size 5, stateful on: so."),
        (RunSettings(epochs=3), "3 epochs: so."),
        (RunSettings(interleaved=True), "Samples interleaved: so."),
        (RunSettings(resets=Resets(at=(POINT,))), "Reset point added: so."),
        (RunSettings(resets=Resets(each_batch=True)), "Reset each batch and each epoch: so."),
        (RunSettings(resets=Resets(each_sequence=True)), "Reset each epoch and each sequence: so."),
        (RunSettings(resets=Resets(each_epoch=False, every=7)), "Reset every 7 timesteps: so."),
        (RunSettings(resets=Resets(each_epoch=False)), "Reset never: so."),
        (RunSettings(resets=Resets(each_epoch=False, at=(POINT,))), "Reset only at chosen points: so."),
        (
            RunSettings(batch_size=4, drop_remainder=True),
            "Batch size 4, the last 2 samples left out: so.",
        ),
    ],
)
def test_a_change_of_settings_is_said_in_words(after: RunSettings, words: str) -> None:
    assert change_text(RunSettings(), after, dataset(10), "so") == words


def test_a_change_that_means_nothing_for_the_recording_is_said_alone() -> None:
    assert change_text(RunSettings(), RunSettings(stateful=True), dataset(10), "") == "Stateful on."


def test_taking_a_change_back_is_said_in_words() -> None:
    before = RunSettings(batch_size=4, drop_remainder=True, resets=Resets(at=(POINT,)), stateful=True)
    assert change_text(before, RunSettings(), dataset(10), "so") == (
        "Batch size 1, stateful off, reset point removed, all samples: so."
    )


@pytest.mark.parametrize(
    ("wanted", "samples", "size"), [(4, 10, 2), (4, 8, 4), (7, 5, 5), (3, 7, 1), (64, 100, 50)]
)
def test_a_batch_size_is_made_to_divide(wanted: int, samples: int, size: int) -> None:
    settings = fitting(RunSettings(batch_size=wanted, stateful=True), dataset(samples))
    assert settings.batch_size == size
    plan_of(dataset(samples), 3, settings)


def test_reset_points_of_other_data_are_left_behind() -> None:
    resets = Resets(every=5, at=(ResetPoint(99, 0),))
    assert fitting(RunSettings(resets=resets), dataset(10)).resets == Resets(every=5)


def test_sequences_are_reset_where_the_data_know_them() -> None:
    settings = RunSettings(resets=Resets(each_sequence=True))
    named = Dataset.from_arrays(np.zeros((4, 3, 1), np.float32), sequences=[0, 0, 1, 1])
    assert fitting(settings, named) == settings
    assert fitting(settings, dataset(4)) == RunSettings()


def test_random_numbers_suit_every_kind_of_input() -> None:
    tokens, values = keras.Input((None,), dtype="int32"), keras.Input((None, 3))
    both = keras.layers.Concatenate()([keras.layers.Embedding(11, 2)(tokens), values])
    model = keras.Model([tokens, values], keras.layers.LSTM(2)(both))
    dataset = stand_in_data(probe_of(model))
    words, numbers = dataset.inputs
    assert words.dtype.kind == "i"
    assert words.max() < 11
    assert words.shape == numbers.shape[:2]
    assert numbers.shape[2] == 3
    assert np.isfinite(numbers).all()
    dataset.check([(None, None), (None, None, 3)], None, [0])


def test_sequences_of_different_lengths_run_at_their_own_where_the_model_takes_them() -> None:
    sequences = Dataset.from_arrays(np.zeros((7, 3, 1), np.float32), lengths=(3, 3, 2, 2, 2, 2, 3))
    asked = RunSettings(4, True, interleaved=True)
    assert fitting(asked, sequences) == RunSettings(1, True)  # 3 and 4 samples have no other divisor
    assert fitting(asked, sequences, one_length=True) == RunSettings(1, True, padded=True)
    assert fitting(RunSettings(padded=True), dataset(7)) == RunSettings()
    assert change_text(RunSettings(), RunSettings(padded=True), sequences, "so") == "Sequences padded: so."
    assert change_text(RunSettings(padded=True), RunSettings(), sequences, "so") == (
        "Each sequence at its own length: so."
    )
