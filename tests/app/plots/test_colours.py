import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.plots.colours import (
    COLOURS,
    Range,
    extremes,
    indices,
    lookup_table,
    round_limits,
    round_up,
    usual_ranges,
)


def test_the_ends_and_the_middle_of_a_range_have_their_own_colours():
    found = indices(np.array([-1, 0, 1, -5, 5, np.nan, np.inf, -np.inf], np.float32), -1.0, 1.0)
    assert found.tolist() == [1, 128, 255, 1, 255, 0, 255, 1]


@given(st.floats(-10, 10), st.floats(0.1, 1e3))
def test_colours_never_run_against_the_values(low, span):
    values = np.linspace(low, low + span, 50, dtype=np.float32)
    found = indices(values, low, low + span).astype(int)
    assert (np.diff(found) >= 0).all()
    assert found[0] <= 2
    assert found[-1] >= COLOURS - 1


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["sequential", "diverging"])
def test_only_what_has_no_value_is_transparent(kind, theme):
    table = lookup_table(kind, theme)
    assert table.shape == (256,)
    assert table[0] == 0
    assert (table[1:] >> 24 == 255).all()
    assert len(set(table.tolist())) > 200


def test_zero_is_the_lightest_colour_on_light_ground_and_the_darkest_on_dark():
    def brightness(theme):
        table = lookup_table("diverging", theme)[[1, 128, 255]]
        return [int((c >> 16 & 255) + (c >> 8 & 255) + (c & 255)) for c in table]

    low, zero, high = brightness("light")
    assert zero > max(low, high)
    low, zero, high = brightness("dark")
    assert zero < min(low, high)


@given(st.floats(1e-6, 1e9))
def test_rounding_up_gives_a_round_number_that_is_not_much_larger(value):
    found = round_up(value)
    assert value * (1 - 1e-5) <= found <= 1.7 * value


def test_gates_span_0_to_1_and_states_are_symmetric():
    ranges = usual_ranges()
    assert {(ranges[s].low, ranges[s].high) for s in "ifo"} == {(0.0, 1.0)}
    assert {(ranges[s].low, ranges[s].high) for s in "gch"} == {(-1.0, 1.0)}


def test_a_symmetric_range_stays_symmetric_when_it_widens():
    wider = Range(-1.0, 1.0, "diverging").widened(-0.2, 2.7)
    assert (wider.low, wider.high) == (-3.0, 3.0)


def test_a_range_never_narrows():
    range_ = Range(-3.0, 3.0, "diverging")
    assert range_.widened(-0.1, 0.1) is range_


def test_an_unbounded_gate_widens_only_the_end_that_it_passes():
    assert Range(0.0, 1.0).widened(0.2, 3.4) == Range(0.0, 4.0)
    assert Range(0.0, 1.0).widened(-0.4, 0.9) == Range(-0.4, 1.0)


def test_extremes_look_past_what_is_not_a_number():
    assert extremes(np.array([np.nan, 2, -1], np.float32)) == (-1, 2)
    assert extremes(np.array([np.inf, 2, -1], np.float32)) == (-1, 2)
    assert extremes(np.full(3, np.nan, np.float32)) is None
    assert extremes(np.zeros((6, 0), np.float32)) is None


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_limits_of_curves_are_round_and_hold_the_curves(low, span):
    bottom, top = round_limits(low, low + span)
    slack = 1e-8 * max(abs(bottom), abs(top))
    assert bottom <= low + slack
    assert top >= low + span - slack
    assert top > bottom


def test_limits_of_curves_are_what_a_person_would_choose():
    assert round_limits(-0.993, 0.104) == (-1.0, 0.2)
    assert round_limits(104, 622) == (100, 640)
    assert round_limits(3, 3) == (2.4, 3.6)
