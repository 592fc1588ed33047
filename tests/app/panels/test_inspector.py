import math
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PySide6.QtCore import Qt

from app.panels.inspector import Inspector, filled, number
from app.theme import DARK
from lstm_viz.signals import SIGNALS

gate = st.floats(0, 1, width=32)
around_zero = st.floats(-1, 1, width=32)


@pytest.fixture
def inspector(qtbot):
    inspector = Inspector()
    qtbot.addWidget(inspector)
    inspector.set_units(8)
    inspector.show()
    return inspector


def cell(i, f, g, o, c_before):
    c = f * c_before + i * g
    return i, f, g, o, c, o * math.tanh(c)


def decimal(text):
    return Decimal(text.strip("()").replace("−", "-"))


def product(line):
    first, second = line[2:].split("·")
    return decimal(first) * decimal(second)


@given(gate, gate, around_zero, gate, st.floats(-5, 5, width=32))
@example(0.5801, 0.9312, -0.4003, 0.4321, 0.411)
@example(0.0, 0.0, 0.0, 0.0, 0.0)
def test_the_digits_shown_add_up(i, f, g, o, c_before):
    values = cell(i, f, g, o, c_before)
    shown = filled((c_before, 0.0), values, "tanh")
    if not shown.exact:  # only where a result lies on the border between two last digits
        assert shown.c[0].startswith("≈")
        return
    kept, added, terms, c = shown.c
    total = product(kept) + product(added)
    assert number(total, 3) == number(decimal(c[2:]), 3)
    first, sign, second = terms[2:].rsplit(" ", 2)
    total = decimal(first) + (decimal(second) if sign == "+" else -decimal(second))
    assert number(total, 3) == number(decimal(c[2:]), 3)
    assert decimal(c[2:]) == decimal(number(values[4], 3))
    if "?" not in shown.h[1]:
        assert number(product(shown.h[1]), 3) == number(decimal(shown.h[2][2:]), 3)


def test_the_example_reads_as_on_paper():
    shown = filled((0.5, 0.0), cell(0.25, 0.5, 0.5, 1.0, 0.5), "tanh")
    assert shown.c == ("= 0.5000·0.5000", "+ 0.2500·0.5000", "= 0.2500 + 0.1250", "= 0.375")
    assert shown.h == ("= 1.0000·tanh(0.3750)", "= 1.0000·0.3584", "= 0.358")


def test_a_negative_factor_is_bracketed_and_a_negative_term_subtracted():
    shown = filled((0.5, 0.0), cell(0.25, 0.5, -0.5, 1.0, 0.5), "tanh")
    assert shown.c[1:3] == ("+ 0.2500·(−0.5000)", "= 0.2500 − 0.1250")


def test_any_activation_is_called_by_its_name():
    i, f, g, o, c = 1.0, 1.0, 2.0, 0.5, 2.5
    shown = filled((0.5, 0.0), (i, f, g, o, c, o * c), "relu")
    assert shown.exact
    assert shown.h[0] == "= 0.5000·relu(2.5000)"
    assert shown.h[1] == "= 0.5000·2.5000"


def test_a_closed_output_gate_leaves_the_activation_unknown():
    assert filled((0.0, 0.0), (1.0, 0.0, 0.5, 0.0, 0.5, 0.0), "tanh").h[1] == "= 0.0000·?"


def test_numbers_that_do_not_add_up_are_not_said_to():
    shown = filled((0.5, 0.0), (0.5, 0.5, 0.5, 1.0, 0.6, 0.5), "tanh")
    assert not shown.exact
    assert all(line.startswith("≈") for line in (*shown.c[2:], *shown.h))


@pytest.mark.parametrize(
    ("value", "text"), [(0.5, "0.5000"), (-0.5, "−0.5000"), (-0.00001, "0.0000"), (12.3, "12.3000")]
)
def test_numbers_are_written_with_a_real_minus_and_no_negative_zero(value, text):
    assert number(value, 4) == text


def test_the_six_signals_and_the_states_before_are_shown(inspector):
    inspector.set_values(3, "t = 42", (0.411, 0.3), cell(0.5, 0.9, -0.4, 0.4, 0.411))
    assert inspector.unit.value() == 3
    assert inspector.position.text() == "t = 42"
    assert [inspector.numbers[s].text() for s in ("c′", "h′", "i", "f", "g", "o")] == [
        "0.4110", "0.3000", "0.5000", "0.9000", "−0.4000", "0.4000",
    ]  # fmt: skip
    assert "0.9000·0.4110" in inspector.c_lines.text()
    assert inspector.remark.text() == ""


def test_the_heading_names_the_activation_of_the_layer(inspector):
    inspector.set_values(0, "", (0.0, 0.0), (1.0, 1.0, 0.5, 0.5, 0.5, 0.25), "softsign")
    assert inspector.h_heading.text() == "h = o·softsign(c)"


def test_a_masked_timestep_has_no_gates_and_says_so(inspector):
    nan = math.nan
    inspector.set_values(0, "t = 9", (0.4, 0.3), (nan, nan, nan, nan, 0.4, 0.3))
    assert inspector.numbers["i"].text() == "–"
    assert inspector.numbers["c"].text() == "0.4000"
    assert inspector.c_lines.text().strip() == ""
    assert "Masked" in inspector.remark.text()


def test_what_is_not_recorded_is_not_called_masked(inspector):
    inspector.set_values(0, "t = 9", (0.4, 0.3), (math.nan,) * 6)
    assert "Nothing is recorded" in inspector.remark.text()


def test_clearing_leaves_no_number(inspector):
    inspector.set_values(3, "t = 42", (0.411, 0.3), cell(0.5, 0.9, -0.4, 0.4, 0.411))
    inspector.clear()
    assert {label.text() for label in inspector.numbers.values()} == {"–"}
    assert "Nothing" in inspector.position.text()


def test_choosing_a_unit_tells_it_and_showing_one_does_not(inspector, qtbot):
    with qtbot.assertNotEmitted(inspector.unit_changed):
        inspector.set_values(3, "", (0.0, 0.0), (0.0,) * 6)
    with qtbot.waitSignal(inspector.unit_changed) as told:
        qtbot.keyClick(inspector.unit, Qt.Key.Key_Up)
    assert told.args == [4]


def test_the_unit_stays_within_the_layer(inspector, qtbot):
    inspector.set_units(4)
    assert inspector.unit.maximum() == 3


def test_the_scale_of_a_bar_widens_and_never_shrinks(inspector, qtbot):
    bar = inspector.bars["c"]
    inspector.set_theme(DARK)

    def length_of(value):
        bar.set_value(value)
        image = bar.grab().toImage()
        row = image.height() // 2
        return sum(image.pixelColor(x, row).name() == DARK.accent for x in range(image.width()))

    half = length_of(0.5)
    assert half > 4
    length_of(3.0)
    assert length_of(0.5) < half
    bar.forget_scale()
    assert length_of(0.5) == half


def test_every_number_has_a_name(inspector):
    assert all(inspector.numbers[signal].accessibleName() for signal in ("c′", "h′", *SIGNALS))
    assert inspector.unit.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_nothing_is_cut_off_in_the_narrowest_dock(inspector):
    inspector.set_values(3, "t = 42", (0.411, 0.3), cell(0.5801, 0.9312, -0.4003, 0.4321, 0.411))
    narrowest = inspector.minimumSizeHint().width()
    assert narrowest <= 260
    inspector.resize(narrowest, 600)
    for label in (*inspector.numbers.values(), *inspector.bars.values(), inspector.c_lines):
        right = label.mapTo(inspector, label.rect().topRight()).x()
        assert right < narrowest
