from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.compare_words import (
    difference_words,
    lengths_words,
    output_words,
    progress_words,
    rows_words,
    settings_words,
)
from app.engine.messages import RunSettings
from lstm_viz.differences import Difference, Place
from lstm_viz.plan import Plan, ResetPoint, Resets

PLAN = Plan(12, 3, 4)
FOUND = Difference(360, 0.43, 0.0213, Place(0, 12, 2, 3), Place(0, 1, 0), np.array([0.43, 0.1, 0, 0]))
EQUAL = Difference(1360, 0.0, 0.0, None, None, np.zeros(4))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (RunSettings(1, True), "stateful, batch size 1, reset each epoch"),
        (RunSettings(4), "stateless, batch size 4"),
        (RunSettings(4, resets=Resets(every=7)), "stateless, batch size 4, reset every 7 timesteps"),
        (
            RunSettings(2, True, Resets(each_batch=True, every=5)),
            "stateful, batch size 2, reset each batch and each epoch and every 5 timesteps",
        ),
        (RunSettings(2, True, Resets(each_epoch=False)), "stateful, batch size 2, never reset"),
        (
            RunSettings(2, True, Resets(each_epoch=False, at=(ResetPoint(1, 1),))),
            "stateful, batch size 2, reset at 1 point",
        ),
        (
            RunSettings(2, True, Resets(at=(ResetPoint(1, 1), ResetPoint(2, 0)))),
            "stateful, batch size 2, reset each epoch and at 2 points",
        ),
        (RunSettings(1, epochs=3), "stateless, batch size 1, 3 epochs"),
        (RunSettings(2, interleaved=True), "stateless, batch size 2, samples interleaved"),
        (RunSettings(2, drop_remainder=True), "stateless, batch size 2, only full batches"),
        (
            RunSettings(2, perturbed_row=1),
            "stateless, batch size 2, noise on row 1's input (a tenth of its spread)",
        ),
    ],
)
def test_a_run_is_named_by_its_settings(settings: RunSettings, words: str) -> None:
    assert settings_words(settings) == words


def test_a_difference_is_said_with_its_place_and_where_it_begins() -> None:
    assert difference_words("c", FOUND, PLAN) == (
        "Largest difference 0.43 in c, at sample 12, timestep 2, unit 3 · mean 0.0213 · "
        "they differ from sample 1, timestep 0 on"
    )


def test_epochs_are_named_where_there_are_several() -> None:
    words = difference_words("c", FOUND, replace(PLAN, epochs=2))
    assert "at epoch 0, sample 12" in words


def test_no_difference_and_nothing_to_compare_are_not_the_same() -> None:
    assert difference_words("h", EQUAL, PLAN) == "No difference in h: 0.0 exactly in all 1,360 values."
    nothing = replace(EQUAL, compared=0)
    assert difference_words("h", nothing, PLAN) == "Nothing is recorded in both runs yet."
    assert output_words(nothing, PLAN, None) == ""


def test_a_difference_by_rounding_is_called_so() -> None:
    words = difference_words("c", replace(FOUND, largest=5e-8, since=None), PLAN)
    assert words.endswith("never more than a millionth apart")


def test_the_output_is_said_in_the_units_of_the_data() -> None:
    assert output_words(FOUND, PLAN, 100.0) == (
        "Output: largest difference 43, at sample 12, timestep 2 · mean 2.13"
    )
    assert "0.43" in output_words(FOUND, PLAN, None)
    assert output_words(EQUAL, PLAN, 100.0) == "Output: no difference, 0.0 exactly."
    assert "shape" in output_words(None, PLAN, None)


def test_rows_that_changed_and_rows_that_did_not_are_named() -> None:
    found = replace(FOUND, rows=np.array([0.31, 0, 0, 0]))
    assert rows_words("c", found, 0) == (
        "Row 0 changed by up to 0.31 in c; rows 1, 2 and 3 not at all (0.0 exactly)."
    )
    assert rows_words("c", replace(found, rows=np.array([0, 0.31])), 1) == (
        "Row 1 changed by up to 0.31 in c; row 0 not at all (0.0 exactly)."
    )


def test_many_rows_are_counted() -> None:
    rows = np.zeros(32)
    rows[5] = 0.2
    assert rows_words("c", replace(FOUND, rows=rows), 5) == (
        "Row 5 changed by up to 0.2 in c; the 31 other rows not at all (0.0 exactly)."
    )


def test_rounding_in_other_rows_is_not_hidden() -> None:
    words = rows_words("c", replace(FOUND, rows=np.array([0.31, 3e-8, 0])), 0)
    assert words == (
        "Row 0 changed by up to 0.31 in c; row 2 not at all (0.0 exactly); row 1 by up to 3e−08 (rounding)."
    )


def test_a_row_that_is_alone_proves_nothing() -> None:
    words = rows_words("c", replace(FOUND, rows=np.array([0.31])), 0)
    assert "the only one" in words


def test_rows_that_are_not_recorded_are_not_spoken_of() -> None:
    assert rows_words("c", replace(FOUND, rows=np.full(3, np.nan)), 0) == ""
    words = rows_words("c", replace(FOUND, rows=np.array([0.2, 0, np.nan])), 0)
    assert words == "Row 0 changed by up to 0.2 in c; row 1 not at all (0.0 exactly)."


def test_a_second_run_that_comes_after_says_how_far_it_is() -> None:
    assert progress_words(1200, 3000, True, True) == "Run B: 1,200 of 3,000 steps computed"
    assert progress_words(1200, 3000, False, False) == "Comparing what is recorded …"
    assert progress_words(1200, 3000, False, True) == ""


def test_it_is_said_how_far_samples_are_compared_where_one_run_is_padded():
    own, padded = Plan(2, 3, lengths=(1, 3)), Plan(2, 3)
    assert lengths_words(own, padded).endswith("run B goes on over the padding.")
    assert lengths_words(padded, own).endswith("run A goes on over the padding.")
    assert lengths_words(own, own) == lengths_words(padded, padded) == ""
