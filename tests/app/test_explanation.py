"""The words and rows that say why a gate is what it is."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.messages import Explain, Explained
from app.explanation import explanation
from app.plots.cell_numbers import cell_numbers, decimal, number
from lstm_viz.reference import ACTIVATIONS

addend = st.floats(-6, 6)


def answer(inputs, recurrent, bias=0.0, names=(), source=""):
    every = np.ones((4, 1))
    return Explained(
        Explain(1, "lstm", 3, 0, 1), every * inputs, every * recurrent, np.full(4, bias), names, source
    )


def numbers_of(found, activation="tanh", gate="sigmoid"):
    z = float(found.inputs[0].sum() + found.recurrent[0].sum() + found.bias[0])
    i = f = o = float(ACTIVATIONS[gate](np.float64(z)))
    g = float(ACTIVATIONS[activation](np.float64(z)))
    c = f * 0.5 + i * g
    return cell_numbers((0.5, 0.1), (i, f, g, o, c, o * math.tanh(c)), activation, gate)


@given(addend, addend, addend)
def test_the_parts_shown_add_up_and_give_the_gate_shown(x, h, b):
    found = answer([x], [h, 0.0], b)
    for gate, name in (("f", "sigmoid"), ("g", "tanh")):
        numbers = numbers_of(found)
        shown = explanation(found, gate, numbers)
        *parts, total = [decimal(row.text.lstrip("+")) for row in shown.rows[:4]]
        z = shown.rows[3].text
        places = len(z.partition(".")[2])
        assert number(sum(parts), places) == z
        text = numbers.texts[gate]
        through = float(ACTIVATIONS[name](np.float64(float(total))))
        assert number(through, len(text.partition(".")[2])) == text
        assert shown.words.endswith(f"({z}) = {text}")


def test_it_reads_as_a_question_and_its_answer():
    found = answer([1.5], [0.5], 0.25)
    shown = explanation(found, "f", numbers_of(found))
    assert shown.heading == "Why is f 0.9047?"
    assert shown.words == "f = σ(2.2500) = 0.9047"
    assert [(row.name, row.text) for row in shown.rows] == [
        ("x·W", "+1.50000"),
        ("h′·U", "+0.50000"),
        ("b", "+0.25000"),
        ("z", "2.2500"),
    ]


def names(shown):
    return [row.name for row in shown.rows[4:]]


def test_the_strongest_come_first_and_the_rest_is_one_row():
    inputs = [0.1, -3.0, 0.2, 2.0, 0.3, -0.4]
    found = answer(inputs, [0.5], names=("a", "b", "c", "d", "e", "f"), source="input")
    shown = explanation(found, "f", numbers_of(found))
    assert names(shown) == ["Strongest of 6 inputs", "b", "d", "f", "3 others"]
    assert shown.rows[-1].value == pytest.approx(0.6)
    assert shown.rows[5].text == "−3.000"


@pytest.mark.parametrize(
    ("source", "expected"), [("lstm_1", "lstm_1 unit 1"), ("input", "feature 1"), ("", "feature 1")]
)
def test_what_has_no_name_is_called_by_its_number(source, expected):
    found = answer([0.1, 0.9], [0.5], source=source)
    assert names(explanation(found, "f", numbers_of(found)))[1] == expected


def test_units_are_listed_by_their_numbers():
    found = answer([0.1], [0.0, 0.5, -0.7])
    assert names(explanation(found, "f", numbers_of(found)))[1:] == ["h′ of unit 2", "h′ of unit 1"]


def test_what_is_all_zero_is_not_listed():
    found = answer([0.0, 0.0], [0.0, 0.0], 1.0)
    assert names(explanation(found, "f", numbers_of(found))) == []


def test_a_gate_that_looks_at_all_units_is_shown_with_its_sum():
    found = answer([1.0], [0.5])
    numbers = cell_numbers((0.5, 0.1), (0.2, 0.2, 0.3, 0.2, 0.16, 0.0317), "tanh", "softmax")
    assert explanation(found, "f", numbers).words == "f = softmax(1.5000) = 0.2000"
