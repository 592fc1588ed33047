"""The equations against numbers worked out by hand, so that the oracle itself stands on something."""

import math

import numpy as np
import pytest

from lstm_viz.reference import ACTIVATIONS, lstm
from lstm_viz.signals import SIGNALS


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


# One unit, one feature: Wi, Wf, Wg, Wo = 1, 2, 3, 4; Ui … = 0.1 … 0.4; bi … = 0.01 … 0.04.
KERNEL = np.array([[1.0, 2, 3, 4]])
RECURRENT = np.array([[0.1, 0.2, 0.3, 0.4]])
BIAS = np.array([0.01, 0.02, 0.03, 0.04])


def one_step(x, h, c):
    i = sigmoid(x * 1 + h * 0.1 + 0.01)
    f = sigmoid(x * 2 + h * 0.2 + 0.02)
    g = math.tanh(x * 3 + h * 0.3 + 0.03)
    o = sigmoid(x * 4 + h * 0.4 + 0.04)
    c = f * c + i * g
    return i, f, g, o, c, o * math.tanh(c)


def test_one_step_is_the_equations_in_the_order_i_f_g_o():
    found = lstm([[[0.5]]], KERNEL, RECURRENT, BIAS, h0=[[0.2]], c0=[[-0.7]])
    wanted = one_step(0.5, 0.2, -0.7)
    assert list(found) == list(SIGNALS)
    for name, value in zip(SIGNALS, wanted, strict=True):
        assert found[name].shape == (1, 1, 1)
        assert found[name].item() == pytest.approx(value, rel=1e-14)


def test_the_next_step_starts_from_the_state_before():
    found = lstm([[[0.5], [-1.0]]], KERNEL, RECURRENT, BIAS)
    *_, c, h = one_step(0.5, 0, 0)
    for name, value in zip(SIGNALS, one_step(-1.0, h, c), strict=True):
        assert found[name][0, 1, 0] == pytest.approx(value, rel=1e-14)


def test_without_a_bias_it_is_zeros():
    found = lstm([[[0.5]]], KERNEL, RECURRENT)
    assert found["i"].item() == pytest.approx(sigmoid(0.5), rel=1e-14)


def test_going_backwards_is_going_forwards_through_the_reversed_sequence():
    x = np.array([[[0.5], [-1.0], [2.0]]])
    backwards = lstm(x, KERNEL, RECURRENT, BIAS, go_backwards=True)
    forwards = lstm(x[:, ::-1], KERNEL, RECURRENT, BIAS)
    for name in SIGNALS:
        np.testing.assert_array_equal(backwards[name], forwards[name][:, ::-1])


def test_a_masked_timestep_keeps_the_state_and_has_no_gates():
    x = np.array([[[0.5], [9.0], [2.0]]])
    found = lstm(x, KERNEL, RECURRENT, BIAS, mask=[[True, False, True]])
    short = lstm(x[:, [0, 2]], KERNEL, RECURRENT, BIAS)
    for name in SIGNALS:
        np.testing.assert_array_equal(found[name][:, [0, 2]], short[name])
    assert all(np.isnan(found[name][0, 1, 0]) for name in "ifgo")
    assert found["c"][0, 1] == found["c"][0, 0]
    assert found["h"][0, 1] == found["h"][0, 0]


def test_a_reset_makes_the_state_zero_just_before_its_timestep_and_in_its_sample_only():
    x = np.array([[[0.5], [-1.0], [2.0]]] * 2)
    found = lstm(x, KERNEL, RECURRENT, BIAS, resets=[[False, True, False], [False] * 3])
    tail = lstm(x[:1, 1:], KERNEL, RECURRENT, BIAS)
    whole = lstm(x, KERNEL, RECURRENT, BIAS)
    for name in SIGNALS:
        np.testing.assert_array_equal(found[name][0, 1:], tail[name][0])
        np.testing.assert_array_equal(found[name][1], whole[name][1])


def test_the_given_states_are_not_written_to():
    h, c = np.ones((1, 1)), np.ones((1, 1))
    lstm([[[0.5]]], KERNEL, RECURRENT, BIAS, h0=h, c0=c, resets=[[True]])
    assert h.item() == c.item() == 1


@pytest.mark.parametrize(
    ("name", "x", "value"),
    [
        ("elu", -1.0, math.exp(-1) - 1),
        ("exponential", 1.0, math.e),
        ("hard_sigmoid", 1.0, 4 / 6),
        ("hard_sigmoid", -3.5, 0.0),
        ("hard_sigmoid (Keras 2)", 1.0, 0.7),
        ("hard_sigmoid (Keras 2)", 2.6, 1.0),
        ("linear", -2.5, -2.5),
        ("relu", -2.5, 0.0),
        ("relu6", 7.0, 6.0),
        ("selu", 2.0, 2 * 1.0507009873554805),
        ("selu", -1e9, -1.0507009873554805 * 1.6732632423543772),
        ("sigmoid", 2.0, 1 / (1 + math.exp(-2))),
        ("sigmoid", -1e9, 0.0),
        ("silu", 2.0, 2 / (1 + math.exp(-2))),
        ("softplus", 0.0, math.log(2)),
        ("softplus", 1e9, 1e9),
        ("softsign", -3.0, -0.75),
        ("tanh", 0.5, math.tanh(0.5)),
    ],
)
def test_an_activation_is_its_formula(name, x, value):
    assert ACTIVATIONS[name](np.array([x])).item() == pytest.approx(value, rel=1e-14)


def test_the_two_hard_sigmoids_are_a_twelfth_apart_at_most():
    x = np.linspace(-5, 5, 10_001)
    gap = np.abs(ACTIVATIONS["hard_sigmoid"](x) - ACTIVATIONS["hard_sigmoid (Keras 2)"](x))
    assert gap.max() == pytest.approx(1 / 12, abs=1e-3)


def test_softmax_is_taken_over_the_units():
    found = ACTIVATIONS["softmax"](np.array([[0.0, math.log(3)], [1000.0, 1000.0]]))
    np.testing.assert_allclose(found, [[0.25, 0.75], [0.5, 0.5]], rtol=1e-14)


def test_an_activation_of_another_name_is_refused():
    with pytest.raises(KeyError, match="swoosh"):
        lstm([[[0.5]]], KERNEL, RECURRENT, activation="swoosh")
