from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app import lines_reader, series_reader
from app.plots.cell_numbers import number
from app.presenter import Axis, reset_marks
from lstm_viz.plan import Plan, ResetPoint, Resets
from lstm_viz.signals import SIGNALS
from lstm_viz.timetable import Timetable

# -- the axis and the marks, as pure functions ------------------------------------------------------


def test_a_layer_that_shares_the_inputs_time_has_its_axis() -> None:
    axis = Axis(Timetable(3, 3), Timetable(3, 3))
    assert [axis.to_run(step) for step in range(9)] == list(range(9))
    assert axis.to_layer(5) == 5


@pytest.mark.parametrize(("timesteps", "own"), [(8, 4), (9, 4), (8, 3), (4, 8), (1, 5)])
def test_a_layer_with_a_time_of_its_own_goes_there_and_back(timesteps: int, own: int) -> None:
    axis = Axis(Timetable(3, timesteps), Timetable(3, own))
    for step in range(3 * own):
        there = axis.to_run(step)
        assert there // timesteps == step // own  # the same batch
        # A step of the layer is shown once it is recorded: at the first step of the run that reaches it.
        reached = [s for s in range(timesteps) if (s + 1) * own // timesteps > step % own]
        assert there % timesteps == (reached[0] if reached else timesteps - 1)


def test_a_layer_with_a_time_of_its_own_keeps_to_the_batch_whatever_its_length() -> None:
    axis = Axis(Timetable(3, [8, 2, 5]), Timetable(3, [4, 1, 2]))
    assert [axis.to_run(step) for step in range(7)] == [1, 3, 5, 7, 9, 12, 14]
    assert [axis.to_layer(step) for step in (0, 4, 8, 9, 10, 15)] == [0, 2, 4, 4.5, 5, 7]


def test_the_marks_of_batches_of_different_lengths_are_those_that_the_plan_names() -> None:
    plan = Plan(6, 4, 2, True, Resets(every=3), epochs=2, lengths=(4, 4, 1, 1, 3, 3))
    every = [mark for b in range(6) for mark in plan.reset_steps(*divmod(b, 3), 0)]
    assert reset_marks(plan, 0, 0, len(plan)) == every
    part = reset_marks(plan, 0, 5, 11)
    assert [mark for mark in every if 5 <= mark[0] < 11] == [mark for mark in part if 5 <= mark[0] < 11]


@pytest.mark.parametrize(("timesteps", "own"), [(8, 4), (9, 4), (12, 5), (4, 8), (1, 5)])
def test_the_cursor_stands_on_a_step_of_the_layer_that_is_recorded(timesteps: int, own: int) -> None:
    axis = Axis(Timetable(3, timesteps), Timetable(3, own))
    for step in range(3 * timesteps):
        batch, timestep = divmod(step, timesteps)
        recorded = (timestep + 1) * own // timesteps  # of this batch, once the step is recorded
        assert axis.reached(step) == batch * own + max(recorded - 1, 0)


def test_a_layers_own_time_axis_is_said_in_words() -> None:
    assert Axis(Timetable(3, 8), Timetable(3, 8)).words == ""
    assert (
        Axis(Timetable(3, 8), Timetable(3, 5)).words == "a time axis of its own: 5 timesteps to the run's 8"
    )


def test_the_marks_of_a_range_are_those_that_the_plan_names() -> None:
    plan = Plan(6, 4, 2, True, Resets(at=(ResetPoint(1, 2), ResetPoint(2, 1, rows=(1,)))), epochs=2)
    for row in range(2):
        every = [mark for b in range(6) for mark in plan.reset_steps(*divmod(b, 3), row)]
        assert reset_marks(plan, row, 0, len(plan)) == every
        part = reset_marks(plan, row, 5, 14)
        assert [mark for mark in every if 5 <= mark[0] < 14] == [mark for mark in part if 5 <= mark[0] < 14]


def test_the_marks_of_a_long_sample_are_those_in_view_and_no_more_than_can_be_told_apart() -> None:
    plan = Plan(1, 1_000_000, 1, True, Resets(at=(ResetPoint(0, 123_457),), every=1))
    assert reset_marks(plan, 0, 500_000, 500_300) == [(step, "every") for step in range(500_000, 500_300)]
    whole = reset_marks(plan, 0, 0, len(plan))
    assert 1000 <= len(whole) <= 2002
    assert (123_457, "point") in whole
    assert max(b - a for (a, _), (b, _) in itertools.pairwise(whole)) <= 501


def test_where_there_are_more_marks_than_pixels_only_those_put_by_hand_are_left() -> None:
    plan = Plan(9000, 2, 1, False, Resets(at=(ResetPoint(8000, 1),)))
    assert reset_marks(plan, 0, 0, len(plan)) == [(16001, "point")]


def test_a_point_of_one_epoch_is_marked_among_any_number_of_them() -> None:
    plan = Plan(2, 4, 1, True, Resets(at=(ResetPoint(1, 2, epoch=3),)), epochs=10_000)
    assert reset_marks(plan, 0, 0, len(plan)) == [(3 * 8 + 6, "point")]


def test_of_points_in_every_batch_as_many_are_marked_wherever_the_view_is() -> None:
    points = tuple(ResetPoint(batch, 1) for batch in range(5000))
    plan = Plan(5000, 2, 1, True, Resets(at=points), epochs=6)
    seen = [len(reset_marks(plan, 0, start, start + 10_000)) for start in range(0, 50_001, 2500)]
    assert min(seen) >= 2500
    assert max(seen) - min(seen) <= 1


def test_of_more_epochs_with_a_point_than_pixels_some_are_marked_evenly() -> None:
    plan = Plan(2, 4, 1, True, Resets(at=(ResetPoint(1, 2),)), epochs=1_000_000)
    marks = reset_marks(plan, 0, 0, len(plan))
    assert 1000 <= len(marks) <= 2001
    assert {(step % 8, cause) for step, cause in marks} == {(6, "point")}
    assert {b - a for (a, _), (b, _) in itertools.pairwise(marks)} == {8 * 500}
    half = len(plan) // 2
    seen, moved_on = (reset_marks(plan, 0, start, start + half) for start in (0, 12_344))
    assert [mark for mark in seen if mark[0] >= 12_344] == [mark for mark in moved_on if mark[0] < half]


# -- the views, on a real recording -----------------------------------------------------------------


def open_files(program, model: str, data: str) -> None:
    program.wait_opened(lambda: program.session.open_files(model, data))


def shown_equals_recorded(program, path: str, row: int) -> None:
    """Every number that the views were given is that of the recording, and the images are drawn from them."""
    window, layer = program.window, program.session.trace.layers[path]
    shown = window.gates._window
    assert shown.factor == 1
    recorded = np.stack([layer.values(step, row) for step in range(shown.start, shown.stop)], axis=-1)
    np.testing.assert_array_equal(shown.values, recorded)
    for index, signal in enumerate(SIGNALS):
        image = window.gates.image_of(signal)
        # Equal numbers have equal colours, and the largest is not drawn as the smallest.
        known = recorded[index]
        low, high = (
            np.unravel_index(known.argmin(), known.shape),
            np.unravel_index(known.argmax(), known.shape),
        )
        if known[low] != known[high]:
            assert image[low] != image[high]


def test_the_gates_show_the_recording_for_every_layer_and_row(program, files) -> None:
    open_files(program, files.both, files.both_data)
    session = program.session
    program.wait_configured(lambda: program.window.run_settings.batch_size.setValue(2))
    program.step_to(12)
    for path in ("plain", "both/forward_lstm", "both/backward_lstm"):
        for row in (0, 1):
            session.set_layer(path)
            session.set_row(row)
            program.frame()
            shown_equals_recorded(program, path, row)


def test_a_layer_that_reads_backwards_shows_what_it_found_before_a_step(program, files) -> None:
    open_files(program, files.both, files.both_data)
    session, cell = program.session, program.window.cell
    program.step_to(8)
    session.set_layer("both/backward_lstm")
    session.set_unit(1)
    session.seek(3)
    program.goes_to(3)
    layer = session.layer
    h, c = layer.values(4, 0)[[5, 4], 1]  # the timestep after it was processed before it
    np.testing.assert_array_equal(layer.state_before_row(3, 0)[:, 1], [h, c])
    for term, value in (("c′", c), ("h′", h)):
        text = cell.diagram.shown(term)
        assert text == number(value, len(text.partition(".")[2]))
    assert "read backwards" in cell.position.text()


def test_a_pooled_layer_is_shown_on_its_own_time(program, files) -> None:
    open_files(program, files.pooled, files.both_data)
    session, window = program.session, program.window
    assert session.plan.timesteps == 8
    assert session.layer.timesteps == 4
    program.step_to(12)
    assert session.layer.count == 6
    shown_equals_recorded(program, "slow", 0)
    assert window.gates.cursor_step == 5
    window.gates.seek_requested.emit(1)
    program.goes_to(3)
    assert window.gates.cursor_step == 1


def test_curves_of_pinned_units_are_the_recording(program, files) -> None:
    open_files(program, files.both, files.both_data)
    session, window = program.session, program.window
    session.pin(2)
    window.views.setCurrentIndex(1)
    program.step_to(10)
    for signal in window.units.shown_signals:
        index = SIGNALS.index(signal)
        for unit, (x, y) in zip(session.pinned, window.units.curves_of(signal), strict=True):
            expected = [session.layer.values(int(step), 0)[index, unit] for step in x]
            np.testing.assert_allclose(y, expected, atol=1e-6)
            assert len(x) == 10


def test_input_and_output_are_drawn_over_the_same_steps(program, files) -> None:
    open_files(program, files.one, files.one_data)
    program.step_to(9)
    gates = program.window.gates
    x, y = gates.curves_of("x")[0]
    data = program.session.dataset.inputs[0]
    plan = program.session.plan
    for step, value in zip(x, y, strict=True):
        at = plan.position(int(step))
        assert value == pytest.approx(data[plan.sample(at.batch, 0), at.timestep, 0])
    steps, values = gates.curves_of("y")[0]
    assert steps.tolist() == [2, 5, 8]
    np.testing.assert_allclose(values, program.trace.outputs[0][:3, 0], atol=1e-6)


def test_what_the_output_would_be_is_drawn_between_the_ends_and_can_be_taken_away(program) -> None:
    program.step_to(9)
    gates, action = program.window.gates, program.window.actions_by_id["endings"]
    assert action.isEnabled()
    assert action.isChecked()
    x, y = gates.curves_of("y")[-1]
    recorded = program.session.dataset.unscale_targets(program.trace.endings[0][:3, :, 0]).ravel()
    known = np.isfinite(y)
    np.testing.assert_array_equal(x[known], np.arange(9))
    np.testing.assert_allclose(y[known], recorded)
    outputs = gates.curves_of("y")[0]
    np.testing.assert_array_equal(outputs[0], [2, 5, 8])
    np.testing.assert_allclose(outputs[1], recorded[2::3])
    count = len(gates.curves_of("y"))
    action.trigger()
    program.frame()
    assert len(gates.curves_of("y")) == count - 1
    action.trigger()
    program.frame()
    assert len(gates.curves_of("y")) == count


def test_where_it_is_not_known_what_the_output_would_be_the_menu_says_why(program) -> None:
    action = program.window.actions_by_id["endings"]
    program.wait_opened(lambda: program.session.open_example("tagger"))
    assert not action.isEnabled()
    assert action.toolTip().endswith("Not here: it gives an output at every timestep already.")
    program.wait_opened(lambda: program.session.open_example("classifier"))
    assert action.isEnabled()
    assert "Not here" not in action.toolTip()


def test_the_clock_rests_when_nothing_changes(program) -> None:
    program.step_to(3)
    clock = program.window.clock
    program.wait(lambda: clock._timer.interval() >= 100)
    program.key(Qt.Key.Key_Right)
    program.goes_to(3)
    assert clock._timer.interval() < 100


def test_lines_that_take_longer_than_a_frame_fill_over_some_and_then_the_clock_rests(
    program, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.step_to(9)
    gates, presented = program.window.gates, []
    gates.show_steps(0, 3)
    program.frame()
    monkeypatch.setattr(lines_reader, "_MOST_READ", 20)
    monkeypatch.setattr(series_reader, "READING_S", 0.0)
    gates.show_steps(0, 200)
    program.frame()
    told = program.window.presenter.presented.connect(lambda: presented.append(True))
    lengths = []
    while not lengths or len(gates.curves_of("x")[0][0]) > lengths[-1]:
        lengths.append(len(gates.curves_of("x")[0][0]))
        program.frame()
    program.window.presenter.presented.disconnect(told)
    assert len(lengths) >= 5
    assert lengths[-1] >= 200
    assert not presented  # all else was shown in the first of these frames
    program.wait(lambda: program.window.clock._timer.interval() >= 100)


def test_going_elsewhere_with_the_cursor_is_drawn_in_one_frame(program) -> None:
    program.step_to(400)
    gates, presented = program.window.gates, []
    gates.show_steps(380, 400)
    for _ in range(3):
        program.frame()
    told = program.window.presenter.presented.connect(lambda: presented.append(gates.visible_steps()))
    program.session.seek(20)
    program.goes_to(20)
    for _ in range(3):
        program.frame()
    program.window.presenter.presented.disconnect(told)
    start, stop = gates.visible_steps()
    assert start <= 20 < stop
    assert presented == [(start, stop)]
    shown_equals_recorded(program, "lstm", 0)
