from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from app.entering import entering_states
from app.plots.entering_states import EnteringStates, EnteringStrip
from app.theme import LIGHT
from lstm_viz.plan import Plan, ResetPoint, Resets
from lstm_viz.stepper import Stepper

POINT = ResetPoint(2, 0, rows=(1,))


def recorded(steps: int | None = None, backwards: bool = False, **settings):
    keras.utils.set_random_seed(2)
    model = keras.Sequential(
        [layers.Input((3, 1)), layers.LSTM(4, return_sequences=True, go_backwards=backwards)]
    )
    x = np.random.default_rng(0).normal(size=(8, 3, 1)).astype(np.float32)
    stepper = Stepper(model, x, batch_size=2, **settings)
    stepper.run(until=steps)
    return stepper.trace, next(iter(stepper.trace.layers.values()))


@pytest.mark.parametrize("backwards", [False, True])
def test_what_a_row_had_is_what_it_starts_from_unless_it_is_reset(backwards: bool) -> None:
    trace, layer = recorded(stateful=True, resets=Resets(at=(POINT,)), backwards=backwards)
    found = entering_states(layer, trace.plan, 1, 0, 99)
    last = 0 if backwards else -1
    ends = [[np.abs(s[sample, last]).mean() for s in (layer.h, layer.c)] for sample in (1, 3, 5)]
    np.testing.assert_allclose(found.left[1:], ends, rtol=1e-6)
    np.testing.assert_allclose(found.entered, [[0, 0], ends[0], [0, 0], ends[2]], rtol=1e-6)
    assert found.why[1:3] == ("carried over from sample 1", "reset point put by hand")


def test_without_a_state_carried_on_every_batch_starts_from_zeros_whatever_was_there() -> None:
    trace, layer = recorded(stateful=False)
    found = entering_states(layer, trace.plan, 0, 1, 2)
    assert (found.first, len(found.why)) == (1, 2)
    assert (found.entered == 0).all()
    assert (found.left > 0).all()


def test_what_is_not_recorded_is_unknown() -> None:
    trace, layer = recorded(4, stateful=True)
    found = entering_states(layer, trace.plan, 0, 0, 4)
    assert np.isfinite(found.entered[:, 0]).tolist() == [True, True, False, False]
    assert np.isfinite(found.left[:, 0]).tolist() == [False, True, False, False]


def test_a_batch_that_lacks_the_row_says_so() -> None:
    trace, layer = recorded(stateful=False)
    plan = Plan(7, 3, 2)
    found = entering_states(layer, plan, 1, 3, 1)
    assert found.why == ("this batch lacks the row",)
    assert np.isnan(found.entered).all()
    assert trace.count == 12


@pytest.fixture
def strip(qtbot) -> EnteringStrip:
    strip = EnteringStrip()
    qtbot.addWidget(strip)
    strip.resize(500, strip.sizeHint().height())
    strip.set_theme(LIGHT)
    strip.show()
    return strip


def test_the_strip_draws_zeros_and_states_otherwise_and_says_what_they_are(strip: EnteringStrip) -> None:
    left = np.array([[np.nan, np.nan], [0.2, 0.4], [0.1, 0.3]])
    why = ("the run starts here", "carried over from sample 0", "not recorded")
    pictures = []
    for entered in ([0.2, 0.4], [0.0, 0.0]):
        states = EnteringStates(1, 5, left, np.array([[0.0, 0.0], entered, [np.nan, np.nan]]), why)
        strip.set_states(states, 6)
        pictures.append(strip.grab().toImage())
    assert pictures[0] != pictures[1]
    assert strip.accessibleDescription() == "Row 1: 2 of the 2 batches shown start from zeros."
    pitch = strip._pitch
    assert strip.text_at(118 + 1.5 * pitch) == (
        "Row 1 starts batch 6 with mean |c| 0 and |h| 0, having had 0.4 and 0.2: carried over from sample 0"
    )
    assert strip.text_at(118 + 2.5 * pitch) == "Batch 7 is not recorded yet"
    assert strip.text_at(3).startswith("Means over the units")
    assert strip.room == int((500 - 126) / pitch)


def test_toggling_stateful_is_seen_in_the_strip_at_once(program) -> None:
    program.step_to(20)
    window = program.window
    window.views.setCurrentWidget(window.state_flow)
    program.frame()
    program.wait(lambda: len(window.state_flow.entering.states.entered) > 3)
    carried = window.state_flow.entering.states
    assert (carried.entered[1:6] > 0).all()
    np.testing.assert_allclose(carried.entered[1:6], carried.left[1:6], rtol=1e-6)
    program.wait_configured(lambda: window.run_settings.stateful.click())
    program.wait(lambda: np.nansum(window.state_flow.entering.states.entered) == 0)
    assert (window.state_flow.entering.states.left[1:6] > 0).all()
