"""What is recorded, held against the equations."""

import numpy as np
import pytest
from keras import layers

from lstm_viz import reference
from lstm_viz.plan import Plan, ResetPoint, Resets
from lstm_viz.probe import Probe
from lstm_viz.recording import record
from lstm_viz.signals import SIGNALS
from tests.lstm_viz.stepper.conftest import data, model_of, run_plan


def equations(chain, x, plan, masked=None):
    """Run the reference over the batches of a plan: of each layer the six signals of the last epoch.

    ``chain`` are the weights and options of layers of which each is given the h of the one before.
    """
    mask = np.ones(x.shape[:2], bool) if masked is None else ~masked
    all_units = [weights[1].shape[0] for weights, _ in chain]
    found = [{name: np.empty((*x.shape[:2], units)) for name in SIGNALS} for units in all_units]
    states = [(np.zeros((plan.batch_size, units)),) * 2 for units in all_units]
    for epoch in range(plan.epochs):
        for batch in range(plan.batches):
            samples = plan.samples_of(batch)
            resets = plan.reset_mask(epoch, batch).T.copy()
            at_start = resets[:, :1].copy()
            resets[:, 0] = False
            sequence = x[samples]
            for k, (weights, options) in enumerate(chain):
                h, c = (np.where(at_start, 0, state[: len(samples)]) for state in states[k])
                signals = reference.lstm(
                    sequence, *weights, h0=h, c0=c, mask=mask[samples], resets=resets, **options
                )
                for name in SIGNALS:
                    found[k][name][samples] = signals[name]
                last = 0 if options.get("go_backwards") else -1
                states[k] = signals["h"][:, last], signals["c"][:, last]
                sequence = signals["h"]
    return found


def assert_signals(layer, wanted, tolerance=1e-6):
    for name in SIGNALS:
        np.testing.assert_allclose(layer.signal(name), wanted[name], rtol=0, atol=tolerance, err_msg=name)


PLANS = {
    "stateless": Plan(7, 5, 3),
    "stateful": Plan(6, 5, 2, True),
    "each batch": Plan(6, 5, 2, True, Resets(each_batch=True)),
    "every 3": Plan(6, 5, 2, True, Resets(every=3)),
    "every 8": Plan(6, 5, 2, True, Resets(every=8)),
    "points": Plan(
        6, 5, 2, True, Resets(at=(ResetPoint(0, 2, (0,)), ResetPoint(1, 0, (1,)), ResetPoint(2, 4)))
    ),
    "stateless with points": Plan(7, 5, 3, False, Resets(every=2, at=(ResetPoint(2, 3, (0, 2)),))),
    "two epochs": Plan(4, 5, 2, True, Resets(), 2),
    "two epochs, carried": Plan(4, 5, 2, True, Resets(each_epoch=False), 2),
    "two epochs, a point in one": Plan(
        4, 5, 2, True, Resets(False, False, None, (ResetPoint(1, 1, epoch=1),)), 2
    ),
    "in another order": Plan(4, 5, 2, True, Resets(each_epoch=False, every=7), 2, (2, 0, 3, 1)),
}


@pytest.fixture(scope="module")
def stacked():
    return Probe(
        model_of(
            layers.Masking(),
            layers.LSTM(4, return_sequences=True),
            layers.LSTM(3, recurrent_activation="hard_sigmoid", use_bias=False),
        )
    )


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_all_six_signals_of_stacked_masked_layers_are_those_of_the_equations(stacked, plan):
    x = data(plan.samples)
    x[0, 1] = x[1, 3:] = x[2, :2] = x[3] = 0
    masked = (x == 0).all(-1)
    trace = run_plan(stacked, x, plan)
    first, second = trace.layers.values()
    weights = [layer.get_weights() for layer in stacked.model.layers[1:]]
    chain = [(weights[0], {}), (weights[1], {"recurrent_activation": "hard_sigmoid"})]
    for layer, wanted in zip((first, second), equations(chain, x, plan, masked), strict=True):
        assert_signals(layer, wanted)
        np.testing.assert_array_equal(layer.mask, ~masked)


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_all_six_signals_of_both_directions_are_those_of_the_equations(two_way, plan):
    x = data(plan.samples)
    trace = run_plan(two_way, x, plan)
    weights = two_way.model.layers[0].get_weights()
    forward, backward = trace.layers.values()
    assert_signals(forward, *equations([(weights[:3], {})], x, plan))
    assert_signals(backward, *equations([(weights[3:], {"go_backwards": True})], x, plan))
    assert backward.layer.go_backwards


def test_a_model_and_the_equations_agree_over_a_thousand_timesteps():
    model = model_of(layers.LSTM(8, return_sequences=True), timesteps=None)
    x = data(2, timesteps=1000)
    (wanted,) = equations([(model.layers[0].get_weights(), {})], x, Plan(2, 1000, 2))
    (layer,) = record(model, x).layers.values()
    assert_signals(layer, wanted, tolerance=1e-4)


def test_each_output_is_recorded_under_the_name_of_its_layer(named_case):
    case = named_case("two outputs")
    trace = record(case.model, case.given())
    assert [spec.name for spec in trace.output_specs] == case.model.output_names
