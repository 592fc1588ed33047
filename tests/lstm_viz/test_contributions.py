"""The parts of the pre-activations, held against what Keras recorded and against plain numpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lstm_viz.contributions import EXPLAINED, contributions, explain, layer_input, strongest
from lstm_viz.errors import ModelError, TraceError
from lstm_viz.plan import ResetPoint, Resets
from lstm_viz.reference import ACTIVATIONS
from lstm_viz.signals import SIGNALS

UNITS, FEATURES = 4, 3


@pytest.fixture
def parts() -> dict[str, np.ndarray]:
    random = np.random.default_rng(5)
    shapes = {
        "x": (FEATURES,),
        "h": (UNITS,),
        "kernel": (FEATURES, 4 * UNITS),
        "recurrent_kernel": (UNITS, 4 * UNITS),
        "bias": (4 * UNITS,),
    }
    return {name: random.standard_normal(shape) for name, shape in shapes.items()}


def test_the_parts_add_up_to_the_pre_activation(parts: dict[str, np.ndarray]) -> None:
    z = parts["x"] @ parts["kernel"] + parts["h"] @ parts["recurrent_kernel"] + parts["bias"]
    for unit in range(UNITS):
        found = contributions(**parts, unit=unit)
        assert found.inputs.shape == (4, FEATURES)
        assert found.recurrent.shape == (4, UNITS)
        np.testing.assert_allclose(found.z, z.reshape(4, UNITS)[:, unit])


def test_a_layer_without_a_bias_adds_none(parts: dict[str, np.ndarray]) -> None:
    assert contributions(**{**parts, "bias": None}, unit=1).bias.tolist() == [0, 0, 0, 0]


def test_an_addend_is_the_feature_times_its_weight(parts: dict[str, np.ndarray]) -> None:
    found = contributions(**parts, unit=2)
    for gate in range(4):
        for feature in range(FEATURES):
            expected = parts["x"][feature] * parts["kernel"][feature, gate * UNITS + 2]
            assert found.inputs[gate, feature] == pytest.approx(expected)


def test_the_strongest_come_first_whatever_their_sign() -> None:
    assert strongest(np.array([0.1, -3.0, 0.0, 2.0]), 2).tolist() == [1, 3]


def test_what_adds_nothing_is_not_among_the_strongest() -> None:
    assert strongest(np.array([0.0, -0.0, 1.0]), 3).tolist() == [2]


# -- against a recorded run -------------------------------------------------------------------------


def equals_recorded(stepper: Any, path: str, step: int, row: int, tolerance: float) -> None:
    """The sum of the parts, through the activation, is the gate that was recorded."""
    layer = stepper.trace.layers[path]
    found = [explain(stepper, path, step, row, unit)[0].z for unit in range(layer.layer.units)]
    recorded = layer.values(step, row)
    for number, gate in enumerate(EXPLAINED):
        name = layer.layer.activation if gate == "g" else layer.layer.recurrent_activation
        through = ACTIVATIONS[name](np.array(found)[:, number])
        np.testing.assert_allclose(through, recorded[SIGNALS.index(gate)], atol=tolerance, rtol=tolerance)


@pytest.mark.shapes(lambda shape: True)
def test_the_parts_through_the_activation_are_the_recorded_gates(case: Any) -> None:
    stepper = case.stepper(resets=Resets(at=(ResetPoint(1, 3, rows=(1,)),)))
    stepper.run()
    if not stepper.trace.layers:
        return
    computed = 0
    for path, layer in stepper.trace.layers.items():
        for step in {0, layer.timesteps - 1, layer.timesteps, 3 * layer.timesteps // 2, layer.count - 2}:
            for row in range(2):
                if layer.computed(step, row):
                    equals_recorded(stepper, path, step, row, case.shape.tolerance)
                    computed += 1
    assert computed


@pytest.mark.parametrize("name", ["stacked", "masked, last step", "bidirectional, summed", "stacked cells"])
def test_in_a_stateful_run_they_are_too(named_case: Callable[[str], Any], name: str) -> None:
    case = named_case(name)
    stepper = case.stepper(stateful=True)
    stepper.run()
    for path, layer in stepper.trace.layers.items():
        for step in range(layer.timesteps, 2 * layer.timesteps):
            if layer.computed(step, 1):
                equals_recorded(stepper, path, step, 1, case.shape.tolerance)


def test_the_input_of_the_first_layer_is_that_of_the_data(named_case: Callable[[str], Any]) -> None:
    case = named_case("stacked")
    stepper = case.stepper()
    stepper.run()
    np.testing.assert_array_equal(layer_input(stepper, 0, 9, 1), case.inputs[0][3, 2])


def test_the_input_of_a_stacked_layer_is_what_the_first_one_gave(named_case: Callable[[str], Any]) -> None:
    stepper = named_case("stacked").stepper()
    stepper.run()
    first, _ = stepper.trace.layers.values()
    np.testing.assert_allclose(layer_input(stepper, 1, 9, 1), first.values(9, 1)[5], atol=1e-7)


def test_nothing_of_the_run_is_changed(named_case: Callable[[str], Any]) -> None:
    case = named_case("stacked")
    plain, asked = case.stepper(stateful=True), case.stepper(stateful=True)
    plain.run(until=12)
    asked.run(until=9)
    explain(asked, next(iter(asked.trace.layers)), 4, 0, 1)
    assert asked.trace.count == 9
    asked.run(until=12)
    for path, layer in plain.trace.layers.items():
        np.testing.assert_array_equal(asked.trace.layers[path].values(11, 0), layer.values(11, 0))


def test_samples_of_different_lengths_are_explained_each_at_its_own_time(
    named_case: Callable[[str], Any],
) -> None:
    case = named_case("any length")
    stepper = case.stepper(lengths=[7, 4, 4, 7, 3, 3])
    stepper.run()
    explained = 0
    for path, layer in stepper.trace.layers.items():
        for step in range(layer.count):
            for row in range(2):
                if layer.computed(step, row):
                    equals_recorded(stepper, path, step, row, case.shape.tolerance)
                    explained += 1
    assert explained > 20


def test_parts_that_do_not_give_what_was_recorded_are_refused(named_case: Callable[[str], Any]) -> None:
    case = named_case("stacked")
    stepper = case.stepper()
    stepper.run()
    stepper.inputs = (stepper.inputs[0] + 1,)
    with pytest.raises(ModelError, match="recorded gate"):
        explain(stepper, next(iter(stepper.trace.layers)), 4, 0, 1)


def test_what_is_not_recorded_cannot_be_explained(named_case: Callable[[str], Any]) -> None:
    stepper = named_case("stacked").stepper()
    stepper.run(until=3)
    with pytest.raises(TraceError, match="not recorded"):
        explain(stepper, next(iter(stepper.trace.layers)), 3, 0, 0)


def test_a_masked_timestep_cannot_be_explained(named_case: Callable[[str], Any]) -> None:
    stepper = named_case("masked, each step").stepper()
    stepper.run()
    with pytest.raises(TraceError, match="masked"):
        explain(stepper, next(iter(stepper.trace.layers)), 0, 0, 0)


def test_an_input_behind_a_state_that_nobody_recorded_is_not_made_up(
    named_case: Callable[[str], Any],
) -> None:
    stepper = named_case("gru before").stepper(stateful=True)
    stepper.run()
    ((path, layer),) = stepper.trace.layers.items()
    assert layer.computed(8, 0)
    with pytest.raises(ModelError, match="not recorded"):
        explain(stepper, path, 8, 0, 0)
