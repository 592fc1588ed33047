import numpy as np
import pytest

from lstm_viz import Dataset, load_model, record
from lstm_viz.examples import example, memory


@pytest.fixture(scope="module")
def data():
    return Dataset.from_file(example("memory").data_path)


@pytest.fixture(scope="module")
def gates(data):
    """The mean of each gate over all units: where a value is kept, while it is held, where it is asked "
    "for."""
    layer = record(load_model(example("memory").model_path), data).layers["lstm"]
    keeps, asks = (data.inputs[0][:, :, k] == 1 for k in (1, 2))
    holding = (np.cumsum(keeps, axis=1) > np.cumsum(asks, axis=1)) & ~keeps
    return {
        name: [float(getattr(layer, name)[where].mean()) for where in (keeps, holding, asks)]
        for name in "ifo"
    }


def test_the_input_gate_opens_where_a_value_is_kept_and_is_shut_over_the_gap(gates):
    keeping, holding, _ = gates["i"]
    assert keeping > 0.5
    assert holding < 0.1


def test_the_forget_gate_lets_go_where_a_value_is_kept_and_holds_over_the_gap(gates):
    keeping, holding, _ = gates["f"]
    assert keeping < 0.2
    assert holding > 0.97


def test_the_output_gate_opens_only_where_the_value_is_asked_for(gates):
    keeping, holding, asking = gates["o"]
    assert max(keeping, holding) < 0.1
    assert asking > 0.6


def test_nearly_every_value_comes_back_after_gaps_of_many_timesteps():
    scores = example("memory").scores
    assert scores["recalled"] > 0.98
    assert scores["silent"] > 0.98
    assert scores["longest_gap"] > 50


def test_the_shipped_sequences_are_those_of_the_script(data):
    x, y = memory.held_out()
    np.testing.assert_allclose(data.inputs[0], x, atol=1e-6)
    np.testing.assert_allclose(data.targets[0], y, atol=1e-6)


def test_an_answer_is_the_value_that_was_kept_last():
    x, y = memory.generate_data(60, 30, 20, seed=0)
    for values, answers in zip(x, y[..., 0], strict=True):
        kept = 0.0
        for (value, keep, ask), answer in zip(values, answers, strict=True):
            kept = value if keep else kept
            assert answer == (kept if ask else 0.0)
