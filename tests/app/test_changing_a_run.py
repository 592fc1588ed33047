"""Reset points and run settings, put and changed in the window."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.panels.reset_policy import EACH_BATCH
from lstm_viz import Resets
from lstm_viz.plan import ResetPoint
from lstm_viz.signals import C, F, G, I

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
Key = Qt.Key


# -- resets -----------------------------------------------------------------------------------------


def is_zeroed(program, step: int) -> None:
    """The state before a step was zero: c is i·g, whatever the forget gate says."""
    values = program.session.layer.values(step, program.session.row)
    np.testing.assert_allclose(values[C], values[I] * values[G], atol=1e-6)
    assert (values[F] > 0).all()
    assert (program.session.layer.state_before_row(step, program.session.row) == 0).all()


def test_a_double_click_on_the_timeline_puts_a_reset_point(program, recorded_alone, qtbot: QtBot) -> None:
    program.step_to(30)
    at = program.pixel_of(14)
    step = program.window.timeline.step_at(at.x())
    before = program.session.layer.values(step, 0)
    assert not np.allclose(before[C], before[I] * before[G], atol=1e-4)

    def double_click() -> None:
        timeline = program.window.timeline
        qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=at)
        qtbot.mouseDClick(timeline, Qt.MouseButton.LeftButton, pos=at)

    program.wait_configured(double_click)
    program.step_to(30)
    assert program.window.timeline.points == (step,)
    is_zeroed(program, step)
    plan = program.session.plan
    where = plan.position(step)
    alone = recorded_alone(resets=Resets(at=(ResetPoint(where.batch, where.timestep),)))
    np.testing.assert_allclose(program.recorded(30), alone[:30], atol=1e-6)


def test_r_and_delete_and_undo_and_redo_change_the_reset_points(program) -> None:
    program.step_to(12)
    program.session.seek(7)
    program.goes_to(7)
    program.wait_configured(lambda: program.key(Key.Key_R))
    assert program.cursor == 7
    is_zeroed(program, 7)
    assert program.window.timeline.points == (7,)
    for keys, points in (
        ((Key.Key_Delete, Qt.KeyboardModifier.NoModifier), ()),
        ((Key.Key_Z, CTRL), (7,)),
        ((Key.Key_Z, CTRL), ()),
        ((Key.Key_Z, CTRL | SHIFT), (7,)),
    ):
        program.wait_configured(lambda keys=keys: program.key(*keys))
        assert program.window.timeline.points == points
        assert program.cursor == 7
    assert program.window.actions_by_id["undo"].isEnabled()
    is_zeroed(program, 7)


def test_delete_where_there_is_no_reset_point_says_so(program) -> None:
    program.step_to(3)
    program.key(Key.Key_Delete)
    assert "no reset point" in program.window.status.news.text()


def test_a_reset_point_holds_in_one_epoch_when_there_are_several(program) -> None:
    program.step_to(2)
    program.wait_configured(lambda: program.key(Key.Key_R))
    (point,) = program.session.reset_points.all
    assert point == ResetPoint(0, 1, epoch=0)


def test_a_row_is_reset_where_a_column_says_that_a_new_sequence_begins(program, tmp_path, files) -> None:
    path = tmp_path / "sites.csv"
    rows = "".join(f"{'north' if k < 9 else 'south'},{np.sin(k):.4f}\n" for k in range(20))
    path.write_text(f"site,value\n{rows}", encoding="utf-8")
    program.wait_opened(lambda: program.session.open_files(files.one, str(path)))
    form, bar = program.window.data_panel.form, program.window.run_settings
    index = form.sequences.findData("site")
    form.sequences.setCurrentIndex(index)
    program.wait_opened(lambda: form.sequences.activated.emit(index))
    dataset = program.session.dataset
    assert dataset.sequences.tolist() == [0] * 6 + [1] * 8
    program.wait_configured(lambda: program.key(Key.Key_S))
    program.step_to(24)
    bar.policy.setCurrentIndex(1)
    program.wait_configured(lambda: bar.policy.activated.emit(1))
    is_zeroed(program, 18)
    assert not (program.session.layer.state_before_row(15, 0) == 0).all()
    program.session.seek(18)
    program.goes_to(18)
    assert "a new sequence begins" in program.window.status.state.text()
    assert (18, "sequence") in zip(
        program.window.gates.resets.steps.tolist(), program.window.gates.resets.causes, strict=True
    )


# -- run settings -----------------------------------------------------------------------------------


def test_s_drops_what_differs_and_computes_it_again(program, recorded_alone) -> None:
    program.step_to(20)
    program.wait_configured(lambda: program.key(Key.Key_S))
    assert not program.session.settings.stateful
    assert not program.window.run_settings.stateful.isChecked()
    assert program.cursor == 19
    assert "from 3 on" in program.window.status.news.text()
    np.testing.assert_allclose(program.recorded(20), recorded_alone(stateful=False)[:20], atol=1e-6)
    program.wait_configured(lambda: program.key(Key.Key_S))
    np.testing.assert_allclose(program.recorded(20), recorded_alone()[:20], atol=1e-6)


def test_the_batch_size_can_change_while_it_plays(program, recorded_alone) -> None:
    program.window.transport.slider.setValue(program.window.transport.slider.maximum())
    samples = program.session.dataset.samples
    size = next(n for n in range(2, samples) if samples % n == 0)
    program.key(Key.Key_Space)
    program.wait(lambda: program.trace.count > 20)
    program.window.run_settings.batch_size.setValue(size)
    program.wait(lambda: program.session.plan.batch_size == size)
    program.wait(lambda: program.trace.count == len(program.session.plan))
    expected = recorded_alone(batch_size=size)
    steps = program.session.plan.steps_per_epoch
    np.testing.assert_allclose(program.recorded(steps), expected, atol=1e-6)


def test_the_cursor_stays_on_its_sample_when_the_batch_size_changes(program) -> None:
    samples = program.session.dataset.samples
    size = next(n for n in range(2, samples) if samples % n == 0)
    program.step_to(23)
    sample = program.session.sample
    program.wait_configured(lambda: program.window.run_settings.batch_size.setValue(size))
    assert program.session.sample == sample
    assert program.session.plan.position(program.cursor).timestep == 22 % 3


def test_a_batch_size_that_does_not_divide_is_refused_in_place(program, qtbot: QtBot) -> None:
    bar, session = program.window.run_settings, program.session
    samples = session.dataset.samples
    size = next(n for n in range(2, samples) if samples % n)
    program.step_to(5)
    bar.batch_size.setValue(size)
    assert bar.refusal.isVisible()
    assert str(samples) in bar.refusal.text.text()
    assert str(size) in bar.refusal.text.text()
    assert session.plan.batch_size == 1
    assert program.cause_of_every_error() == []
    program.key(Key.Key_Right)
    program.goes_to(5)

    near = [button for button in bar.refusal.buttons if button.text().startswith("Use ")][-1]
    assert samples % int(near.text().split()[1]) == 0
    program.wait_configured(lambda: qtbot.mouseClick(near, Qt.MouseButton.LeftButton))
    assert not bar.refusal.isVisible()
    assert session.plan.batch_size == int(near.text().split()[1])

    bar.batch_size.setValue(size)
    drop = next(button for button in bar.refusal.buttons if button.text().startswith("Drop"))
    program.wait_configured(lambda: qtbot.mouseClick(drop, Qt.MouseButton.LeftButton))
    assert session.plan.batch_size == size
    assert session.plan.samples == samples - samples % size


def test_the_reset_policy_applies_at_once(program) -> None:
    program.step_to(10)
    policy = program.window.run_settings.policy

    def choose() -> None:
        policy.setCurrentIndex(EACH_BATCH)
        policy.activated.emit(EACH_BATCH)

    program.wait_configured(choose)
    assert program.session.plan.resets.each_batch
    for step in (3, 6, 9):
        is_zeroed(program, step)


def test_what_was_recorded_comes_back_behind_a_cursor_that_stays(program, recorded_alone) -> None:
    program.step_to(30)
    program.session.seek(5)
    program.goes_to(5)
    program.session.reset_points.put(3)
    program.wait(lambda: program.trace.revision > 0 and program.trace.count == 30)
    program.frame()
    assert program.cursor == 5
    assert not program.player.playing
    # Three timesteps a batch: step 3 is the start of the second one.
    alone = recorded_alone(resets=Resets(at=(ResetPoint(1, 0),)))
    np.testing.assert_allclose(program.recorded(30), alone[:30], atol=1e-6)


def test_what_had_been_recorded_is_not_forgotten_when_changes_follow_each_other(program) -> None:
    program.step_to(30)
    program.session.seek(2)
    program.goes_to(2)
    for step in (1, 2, 4):
        program.session.reset_points.put(step)
    program.wait(lambda: len(program.session.plan.resets.at) == 3 and program.trace.count == 30)
    assert program.cursor == 2
