"""Models damaged at random open or end in LoadError; ``benchmarks/fuzz_loading.py`` is the long run."""

from __future__ import annotations

import random
import runpy
from pathlib import Path
from typing import Any

import pytest

FUZZ: dict[str, Any] = runpy.run_path(str(Path(__file__).parents[3] / "benchmarks/fuzz_loading.py"))


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return FUZZ["example_files"](tmp_path_factory.mktemp("examples"))


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_mutated_bytes_end_in_nothing_but_load_error(examples: list[Path]) -> None:
    tally = FUZZ["fuzz_bytes"](examples, 20, seed=11)
    assert not tally.failures, tally.failures[0]
    assert tally.counts["refused"]


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_mutated_configurations_end_in_nothing_but_load_error(examples: list[Path]) -> None:
    tally = FUZZ["fuzz_configs"](examples, 80, seed=11)
    assert not tally.failures, tally.failures[0]
    assert tally.counts["refused"]
    assert tally.counts["opened"]


def test_a_mutation_changes_something_and_leaves_the_original_alone() -> None:
    original = {"class_name": "LSTM", "config": {"units": 4, "name": "l"}}
    kept = str(original)
    changed = [FUZZ["mutated_config"](original, random.Random(seed)) for seed in range(20)]
    assert str(original) == kept
    assert sum(str(one) != kept for one in changed) > 10
    assert FUZZ["mutated_bytes"](b"abcdefgh" * 9, random.Random(1)) != b"abcdefgh" * 9
