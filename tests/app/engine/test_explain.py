"""What the engine answers to Explain."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from app.engine.messages import Advance, Explain, Explained, Failed, Open, RunSettings
from lstm_viz.contributions import contributions
from lstm_viz.loading import load_model
from lstm_viz.reference import ACTIVATIONS
from lstm_viz.trace_opening import open_trace


@pytest.fixture(scope="module")
def stacked(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Two LSTMs, one behind the other, and data of two named features."""
    import keras
    from keras import layers

    folder = tmp_path_factory.mktemp("stacked")
    keras.utils.set_random_seed(2)
    parts = [
        layers.Input((4, 2)),
        layers.Masking(),
        layers.LSTM(3, return_sequences=True, name="lower"),
        layers.LSTM(2, return_sequences=True, name="upper"),
        layers.Dense(2),
        layers.LSTM(2, name="top"),
    ]
    keras.Sequential(parts).save(folder / "model.keras")
    x = np.random.default_rng(1).standard_normal((3, 4, 2)).astype(np.float32)
    x[0, 0] = 0
    np.savez(folder / "data.npz", x=x, feature_names=np.array(["wind", "rain"]))
    return SimpleNamespace(model=str(folder / "model.keras"), data=str(folder / "data.npz"), x=x)


@pytest.fixture
def ran(engine: Any, stacked: SimpleNamespace) -> Any:
    engine.opened = engine.ask(Open(1, model=stacked.model, data=stacked.data, settings=RunSettings(2)))
    engine.ask_nothing(Advance(1, 8))
    engine.compute()
    return engine


def asked(engine: Any, path: str, step: int, row: int = 0, unit: int = 1) -> Explained:
    answer = engine.ask(Explain(7, path, step, row, unit))
    assert isinstance(answer, Explained), answer
    assert answer.generation == 7
    return answer


def test_the_parts_are_those_of_the_layers_weights(ran: Any, stacked: SimpleNamespace) -> None:
    lower = load_model(stacked.model).keras_model.get_layer("lower")
    layer = open_trace(ran.opened.recording).layers["lower"]
    expected = contributions(
        stacked.x[1, 2], layer.values(1, 1)[5], *(np.asarray(w) for w in lower.get_weights()), unit=1
    )
    answer = asked(ran, "lower", 2, row=1)
    np.testing.assert_allclose(answer.inputs, expected.inputs, atol=1e-6)
    np.testing.assert_allclose(answer.recurrent, expected.recurrent, atol=1e-6)
    np.testing.assert_allclose(answer.bias, expected.bias, atol=1e-6)


@pytest.mark.parametrize("path", ["lower", "upper", "top"])
def test_the_parts_give_the_gates_that_the_window_sees(ran: Any, path: str) -> None:
    layer = open_trace(ran.opened.recording).layers[path]
    for step in (1, 3, 6):
        answer = asked(ran, path, step)
        z = answer.inputs.sum(1) + answer.recurrent.sum(1) + answer.bias
        gates = [ACTIVATIONS[name](z[k]) for k, name in enumerate(("sigmoid", "sigmoid", "tanh", "sigmoid"))]
        np.testing.assert_allclose(gates, layer.values(step, 0)[:4, 1], atol=1e-6)


def test_features_of_the_data_have_their_names_also_behind_a_mask(ran: Any) -> None:
    answer = asked(ran, "lower", 1)
    assert (answer.names, answer.source) == (("wind", "rain"), "input")


def test_units_of_another_lstm_are_known_as_such(ran: Any) -> None:
    answer = asked(ran, "upper", 1)
    assert (answer.names, answer.source) == ((), "lower")


def test_what_another_layer_made_has_no_names(ran: Any) -> None:
    answer = asked(ran, "top", 1)
    assert (answer.names, answer.source) == ((), "")


@pytest.mark.parametrize(
    ("path", "step", "words"),
    [("lower", 0, "masked"), ("lower", 8, "not recorded"), ("none", 1, "no record")],
)
def test_what_cannot_be_explained_is_refused_in_words(ran: Any, path: str, step: int, words: str) -> None:
    answer = ran.ask(Explain(7, path, step, 0, 0))
    assert isinstance(answer, Failed)
    assert (answer.command, answer.generation) == ("Explain", 7)
    assert words in answer.message
    assert answer.hint


def test_nothing_is_explained_before_anything_is_open(engine: Any) -> None:
    assert isinstance(engine.ask(Explain(1, "lower", 0, 0, 0)), Failed)


def test_the_run_goes_on_as_if_nobody_had_asked(ran: Any, tmp_path: Path) -> None:
    asked(ran, "upper", 2)
    ran.ask_nothing(Advance(1, 12))
    ran.compute()
    trace = open_trace(ran.opened.recording)
    assert trace.count == 8  # two batches of two samples, the last one smaller
