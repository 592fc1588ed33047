"""Models damaged at random open or end in LoadError; ``benchmarks/fuzz_loading.py`` is the long run."""

from __future__ import annotations

import contextlib
import random
import runpy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies

from lstm_viz.loading.config import model_spec
from lstm_viz.loading.migrate import era_of
from lstm_viz.loading.spec import ConfigError

WORDS = strategies.sampled_from(
    "class_name config name layers layer cell cells LSTM Dense Sequential Model Functional Bidirectional RNN "
    "Merge LSTMCell TimeDistributed Activation units activation inbound_nodes input_layers output_layers "
    "batch_input_shape merge_mode __keras_tensor__ keras_history args kwargs tanh x".split()
)
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


JSON = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers() | strategies.floats() | WORDS,
    lambda inner: strategies.lists(inner, max_size=4) | strategies.dictionaries(WORDS, inner, max_size=5),
    max_leaves=25,
)


@settings(max_examples=300, deadline=None)
@given(JSON, strategies.sampled_from((None, "1.2.2", "2.1.6", "3.5.0")))
def test_any_json_at_all_is_a_model_or_a_configuration_error(config: Any, version: str | None) -> None:
    with contextlib.suppress(ConfigError):
        assert model_spec(config, era_of(version, config)).layers is not None


def test_a_mutation_changes_something_and_leaves_the_original_alone() -> None:
    original = {"class_name": "LSTM", "config": {"units": 4, "name": "l"}}
    kept = str(original)
    changed = [FUZZ["mutated_config"](original, random.Random(seed)) for seed in range(20)]
    assert str(original) == kept
    assert sum(str(one) != kept for one in changed) > 10
    assert FUZZ["mutated_bytes"](b"abcdefgh" * 9, random.Random(1)) != b"abcdefgh" * 9
