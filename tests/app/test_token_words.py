from __future__ import annotations

import numpy as np
import pytest

from app.token_words import token_text, visible_name
from lstm_viz.dataset import Dataset


@pytest.mark.parametrize(
    ("name", "seen"),
    [("a", "a"), (" ", "␣"), ("  ", "␣␣"), ("\n", "⏎"), ("\t", "⇥"), ("", "∅"), ("two words", "two words")],
)
def test_a_name_is_one_that_can_be_seen(name: str, seen: str) -> None:
    assert visible_name(name) == seen


def test_a_token_is_its_name_or_where_it_has_none_its_number() -> None:
    dataset = Dataset.from_text("ab ab", look_back=2)
    names = [token_text(dataset, k) for k in range(len(dataset.token_names))]
    assert sorted(names) == sorted(map(visible_name, dataset.token_names))
    assert "␣" in names
    assert token_text(dataset, 99) == "99"
    assert token_text(Dataset.from_arrays([np.zeros((2, 3), np.int32)]), 1) == "1"
