"""What is written of a cell: the trace to the digits shown, and digits that add up."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.panels.equations import equation_lines
from app.plots.cell_diagram import CellDiagram
from app.plots.cell_numbers import TERMS, cell_numbers, decimal, number, written
from app.theme import LIGHT
from lstm_viz.loading.catalogue import ACTIVATIONS as KNOWN
from lstm_viz.loading.catalogue import KERAS2_HARD_SIGMOID
from lstm_viz.reference import ACTIVATIONS
from lstm_viz.signals import SIGNALS

gate = st.floats(0, 1, width=32)
around_zero = st.floats(-1, 1, width=32)


def cell(i, f, g, o, c_before, function=math.tanh):
    c = f * c_before + i * g
    return i, f, g, o, c, o * float(function(c))


def lines_of(numbers):
    return ["".join(text for text, _ in line) for line in equation_lines(numbers)]


def calculated(line):
    """Calculate a line of products and sums as the reader would."""
    line = line.strip().lstrip("=≈+ ").replace("−", "-").replace("·", "*")
    digits = "".join(f'Decimal("{part}")' if part[0].isdigit() else part for part in _tokens(line))
    return eval(digits, {"Decimal": Decimal})


def _tokens(line):
    token = ""
    for sign in line.replace(" ", ""):
        if sign in "()*+-":
            yield from filter(None, (token, sign))
            token = ""
        else:
            token += sign
    yield from filter(None, (token,))


def adds_up(numbers):
    """Whether who calculates with the digits of the equations gets the digits of the results."""
    _, kept, added, terms, c, *_, product, h = lines_of(numbers)
    shown, places = decimal(numbers.texts["c"]), len(numbers.texts["c"].partition(".")[2])
    assert decimal(c.strip("=≈ ")) == shown
    assert number(calculated(kept) + calculated(added), places) == numbers.texts["c"]
    assert number(calculated(terms), places) == numbers.texts["c"]
    factor, _, active = product.strip("=≈ ").partition("·")
    if numbers.plugged:
        inner = active[active.rindex("(") + 1 : -1]
        assert decimal(inner) == shown
        active = float(ACTIVATIONS[numbers.activation](np.float64(float(decimal(inner)))))
    elif "–" in active:
        return
    else:
        active = float(decimal(active.strip("()")))
    places = len(numbers.texts["h"].partition(".")[2])
    assert number(float(decimal(factor)) * active, places) == numbers.texts["h"]
    assert h.strip("=≈ ") == numbers.texts["h"]


@given(gate, gate, around_zero, gate, st.floats(-5, 5, width=32))
@example(0.5801, 0.9312, -0.4003, 0.4321, 0.411)
@example(0.0, 0.0, 0.0, 0.0, 0.0)
def test_the_digits_shown_add_up(i, f, g, o, c_before):
    numbers = cell_numbers((c_before, 0.0), cell(i, f, g, o, c_before), "tanh", "sigmoid")
    if numbers.exact:
        adds_up(numbers)
    else:  # only where a result lies on the border between two last digits
        assert lines_of(numbers)[1].startswith("  ≈")


@given(gate, gate, st.floats(0, 50, width=32), gate, st.floats(0, 2000, width=32))
def test_the_digits_of_large_numbers_add_up_too(i, f, g, o, c_before):
    values = cell(i, f, g, o, c_before, lambda c: c)
    numbers = cell_numbers((c_before, 0.0), values, "relu", "sigmoid")
    if numbers.exact:
        adds_up(numbers)


@given(gate, gate, around_zero, gate, st.floats(-5, 5, width=32))
def test_every_number_is_the_value_rounded(i, f, g, o, c_before):
    values = cell(i, f, g, o, c_before)
    numbers = cell_numbers((c_before, 0.25), values, "tanh", "sigmoid")
    for term, value in zip(("c′", "h′", *SIGNALS), (c_before, 0.25, *values), strict=True):
        text = numbers.texts[term]
        assert text == number(value, len(text.partition(".")[2]))
        assert len(text.partition(".")[2]) >= 3 or abs(value) >= 10


def test_almost_all_cells_can_be_written_so():
    random = np.random.default_rng(2)
    found = []
    for i, f, g, o, c in random.uniform([0, 0, -1, 0, -2], [1, 1, 1, 1, 2], (500, 5)):
        found.append(cell_numbers((c, 0), cell(i, f, g, o, c), "tanh", "sigmoid").exact)
    assert np.mean(found) > 0.99


def test_the_example_reads_as_on_paper():
    numbers = cell_numbers((0.5, 0.0), cell(0.25, 0.5, 0.5, 1.0, 0.5), "tanh", "sigmoid")
    assert lines_of(numbers) == [
        "c = f·c′ + i·g",
        "  = 0.5000·0.5000",
        "  + 0.2500·0.5000",
        "  = 0.2500 + 0.1250",
        "  = 0.375",
        "h = o·tanh(c)",
        "  = 1.0000·tanh(0.375)",
        "  = 0.358",
    ]


def test_a_negative_factor_is_bracketed_and_a_negative_term_subtracted():
    numbers = cell_numbers((0.5, 0.0), cell(0.25, 0.5, -0.5, 1.0, 0.5), "tanh", "sigmoid")
    assert lines_of(numbers)[2:4] == ["  + 0.2500·(−0.5000)", "  = 0.2500 − 0.1250"]


def test_an_activation_that_looks_at_all_units_is_shown_by_its_value():
    numbers = cell_numbers((0.5, 0.0), (1.0, 1.0, 2.0, 0.5, 2.5, 0.2), "softmax", "sigmoid")
    assert not numbers.plugged
    assert lines_of(numbers)[5:] == ["h = o·softmax(c)", "  = 0.5000·0.4000", "  = 0.200"]


def test_a_closed_output_gate_leaves_an_unknown_activation_unknown():
    numbers = cell_numbers((0.0, 0.0), (1.0, 0.0, 0.5, 0.0, 0.5, 0.0), "softmax", "sigmoid")
    assert lines_of(numbers)[6] == "  = 0.0000·–"


def test_numbers_that_do_not_add_up_are_not_said_to():
    numbers = cell_numbers((0.5, 0.0), (0.5, 0.5, 0.5, 1.0, 0.6, 0.5), "tanh", "sigmoid")
    assert not numbers.exact
    assert [line[2] for line in lines_of(numbers) if line.startswith("  ")] == list("≈+≈≈≈≈")


def test_at_a_masked_timestep_the_states_stay():
    numbers = cell_numbers((0.4, 0.3), (math.nan,) * 4 + (0.4, 0.3), "tanh", "sigmoid")
    assert not numbers.computed
    assert numbers.texts["i"] == "–"
    assert numbers.texts["c"] == "0.4000"
    assert [line for line in lines_of(numbers) if line] == ["c = c′", "  = 0.4000", "h = h′", "  = 0.3000"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "0.5000"), (-0.5, "−0.5000"), (-0.00001, "0.0000"), (12.3, "12.300"), (660.12, "660.12")],
)
def test_numbers_are_written_with_a_real_minus_and_as_many_digits_as_are_known(value, text):
    assert written(value, 4) == text


# -- every activation, recorded from Keras itself ---------------------------------------------------

NOT_OF_ONE_NUMBER = {"glu", "threshold"}  # halves its input; needs settings
NAMES = sorted((KNOWN | {KERAS2_HARD_SIGMOID}) - NOT_OF_ONE_NUMBER)


@pytest.fixture(scope="module")
def recorded():
    """A recording of one layer for each activation, for its gates and for its states."""
    import keras

    import lstm_viz
    from lstm_viz.loading.activations import activation_function

    keras.utils.set_random_seed(4)
    x = keras.Input((3, 2))
    layers = []
    for number_, name in enumerate(NAMES):
        both = {key: activation_function(name) for key in ("activation", "recurrent_activation")}
        layers.append(keras.layers.LSTM(3, name=f"lstm_{number_}", **both))
    model = keras.Model(x, [layer(x) for layer in layers])
    data = np.random.default_rng(6).standard_normal((2, 3, 2)).astype(np.float32)
    return lstm_viz.record(model, data)


@pytest.mark.parametrize("name", NAMES)
def test_diagram_and_equations_show_the_trace_for_every_activation(recorded, qtbot, name):
    layer = recorded.layers[f"lstm_{NAMES.index(name)}"]
    activations = layer.layer.activation, layer.layer.recurrent_activation
    diagram = CellDiagram()
    qtbot.addWidget(diagram)
    diagram.set_theme(LIGHT)
    diagram.resize(300, 250)
    diagram.show()
    exact = 0
    finite = 0
    for step in range(3):
        for unit in range(3):
            h, c = layer.state_before_row(step, 0)[:, unit]
            values = layer.values(step, 0)[:, unit]
            numbers = cell_numbers((c, h), values, *activations)
            diagram.set_numbers(numbers)
            shown = dict(zip(("c′", "h′", *SIGNALS), (c, h, *values), strict=True))
            for term, value in shown.items():
                text = diagram.shown(term)
                if np.isfinite(value):
                    assert text == number(float(value), len(text.partition(".")[2]))
                else:
                    assert text in ("∞", "−∞", "–")
            for line in equation_lines(numbers):
                for text, term in line:
                    if term and text.lstrip("(−")[:1].isdigit():
                        assert text.strip("()").lstrip("−") == diagram.shown(term).lstrip("−")
            finite += numbers.computed
            if numbers.computed and numbers.exact:
                adds_up(numbers)
                exact += 1
    assert exact >= finite - 2
    assert finite >= 3
    assert set(TERMS) >= set(shown)
