"""Comparing two runs in the program, driven by mouse and keys, on a real engine."""

from __future__ import annotations

import os
from dataclasses import replace
from signal import SIGKILL
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app.compare_reader import OutputsOfB
from app.run_series import RowSeries
from app.series_reader import output_reader
from lstm_viz import Dataset, Resets, load_model, record
from lstm_viz.dataset import Shaping
from lstm_viz.examples import example
from lstm_viz.plan import ResetPoint
from lstm_viz.signals import SIGNALS

Key = Qt.Key


@pytest.fixture
def compare(program):
    """The Compare view in front, before anything is compared."""
    program.window.views.setCurrentWidget(program.window.compare)
    program.frame()
    yield program.window.compare
    program.session.comparing.end()
    program.wait(lambda: program.session.comparing.trace is None)


def compared_with(program, key: str) -> None:
    """Trigger a command of the menu, and wait until both runs stand at the same samples."""
    before = program.session.comparing.trace
    program.window.actions_by_id[f"compare_{key}"].trigger()
    program.wait(lambda: program.session.comparing.trace not in (None, before))
    settled(program)


def settled(program) -> None:
    """Wait until all that the first run has is in the second one, and shown."""
    presenter = program.window.compare_presenter

    def done() -> bool:
        comparison = presenter.comparison
        return comparison is not None and not presenter._pending and not program.player.computing

    program.frame()
    program.wait(done)


def alone(samples: int, **settings):
    """The first example, recorded without any window."""
    chosen = example("next_value")
    data = Dataset.from_file(chosen.data_path, Shaping(**chosen.shaping))
    asked = {"batch_size": 1, "stateful": True, "resets": Resets(), **settings}
    return record(load_model(chosen.model_path), data.inputs[0][:samples], **asked).layers["lstm"]


def test_the_numbers_are_those_of_two_runs_recorded_alone(program, compare) -> None:
    program.step_to(30)
    compared_with(program, "stateless")
    both = alone(10), alone(10, stateful=False)
    comparison = program.window.compare_presenter.comparison
    for signal in SIGNALS:
        found = comparison.signal(signal)
        wanted = np.abs(both[0].signal(signal) - both[1].signal(signal))
        assert found.compared == wanted.size
        assert found.largest == pytest.approx(wanted.max(), abs=1e-6)
        assert found.mean == pytest.approx(wanted.mean(), abs=1e-6)
    assert "they differ from epoch 0, sample 1, timestep 0 on" in compare.words
    assert compare.names[0].startswith("A: stateful, batch size 1, reset each epoch")
    assert compare.names[1].startswith("B: stateless, batch size 1")


def test_a_click_compares_and_both_runs_go_on_together_by_keys(program, compare, qtbot: QtBot) -> None:
    assert not compare.comparing
    button = compare._choices.buttons["stateless"]
    button.setFocus()
    qtbot.keyClick(button, Key.Key_Space)
    program.wait(lambda: compare.comparing)
    assert compare._canvas.hasFocus()
    for step in range(5):
        program.key(Key.Key_Right)
        program.goes_to(step)
    settled(program)
    assert program.session.comparing.trace.count == 5
    assert compare.cursor_step == 4
    assert np.isfinite(compare._window.difference[:, :5]).all()
    assert np.isnan(compare._window.difference[:, 5:]).all()


def test_signals_are_chosen_with_the_mouse(program, compare, qtbot: QtBot) -> None:
    program.step_to(12)
    compared_with(program, "stateless")
    qtbot.mouseClick(compare._head.buttons["f"], Qt.MouseButton.LeftButton)
    settled(program)
    assert compare.signal == "f"
    assert " in f, at " in compare.words
    layer = program.session.layer
    wanted = np.stack([layer.values(step, 0)[SIGNALS.index("f")] for step in range(12)], axis=1)
    np.testing.assert_allclose(compare._window.a[:, :12], wanted, atol=1e-6)


def test_a_change_of_the_first_run_changes_the_second_with_it(program, compare) -> None:
    program.step_to(30)
    compared_with(program, "stateless")
    session = program.session
    program.wait_configured(lambda: session.configure(replace(session.settings, batch_size=3)))
    program.wait(lambda: session.comparing.plan.batch_size == 3)
    settled(program)
    assert (session.comparing.settings.stateful, session.settings.stateful) == (False, True)
    assert compare.names[1].startswith("B: stateless, batch size 3")


def test_a_reset_point_is_in_one_run_and_not_in_the_other(program, compare) -> None:
    program.step_to(12)
    program.wait_configured(lambda: program.session.reset_points.put(7))
    compared_with(program, "no_resets")
    assert compare.resets.steps.tolist() == [0, 7, 423]
    assert compare.resets_b.steps.tolist() == [0]
    at = ResetPoint(2, 1)
    both = alone(4, resets=Resets(at=(at,))), alone(4)
    found = program.window.compare_presenter.comparison.signal("c")
    assert found.largest == pytest.approx(np.abs(both[0].c - both[1].c).max(), abs=1e-6)
    assert (found.since.sample, found.since.timestep) == (2, 1)


def test_only_the_row_whose_input_changes_changes(program, compare) -> None:
    session = program.session
    program.wait_configured(lambda: session.configure(replace(session.settings, batch_size=3)))
    program.step_to(9)
    session.set_row(1)
    action = program.window.actions_by_id["compare_row"]
    assert action.text() == "Change row 1's input"
    compared_with(program, "row")
    rows = program.window.compare_presenter.comparison.signal("c").rows
    assert rows[1] > 0
    assert rows[[0, 2]].tolist() == [0, 0]
    assert "Row 1 changed by up to " in compare.words
    assert "rows 0 and 2 not at all (0.0 exactly)." in compare.words


def test_another_model_is_laid_beside_the_first(
    program, compare, files: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.step_to(9)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (files.one, ""))
    compared_with(program, "model")
    assert compare.names[1].startswith("B: one.keras, stateful")
    chosen = example("next_value")
    data = Dataset.from_file(chosen.data_path, Shaping(**chosen.shaping))
    other = record(load_model(files.one), data.inputs[0][:3], batch_size=1, stateful=True).layers["memory"]
    found = program.window.compare_presenter.comparison.signal("h")
    assert found.largest == pytest.approx(np.abs(other.h - alone(3).h).max(), abs=1e-6)


def test_what_cannot_be_compared_is_said_and_changes_nothing(
    program, compare, files: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (files.none, ""))
    program.window.actions_by_id["compare_model"].trigger()
    program.wait(lambda: bool(program.window.errors.dialogs))
    assert not compare.comparing
    program.step_to(3)


def test_another_example_ends_the_comparison(program, compare) -> None:
    compared_with(program, "stateless")
    program.wait_opened(lambda: program.session.open_example("tagger"))
    program.wait(lambda: not compare.comparing)
    assert program.session.comparing.wish is None


def test_the_end_is_a_click(program, compare, qtbot: QtBot) -> None:
    compared_with(program, "stateless")
    qtbot.mouseClick(compare._head.end, Qt.MouseButton.LeftButton)
    program.wait(lambda: not compare.comparing)
    assert not program.window.actions_by_id["compare_end"].isEnabled()


def test_what_makes_no_difference_is_not_offered(program, compare) -> None:
    actions = program.window.actions_by_id
    assert not actions["compare_stateful"].isEnabled()
    assert actions["compare_stateless"].isEnabled()
    assert not actions["compare_batch_1"].isEnabled()
    session = program.session
    program.wait_configured(
        lambda: session.configure(replace(session.settings, stateful=False, batch_size=3))
    )
    assert actions["compare_stateful"].isEnabled()
    assert not actions["compare_stateless"].isEnabled()
    assert actions["compare_batch_1"].isEnabled()
    assert not actions["compare_no_resets"].isEnabled()


def test_the_comparison_comes_back_with_a_new_engine(start) -> None:
    program = start()
    program.wait_opened()
    program.window.views.setCurrentWidget(program.window.compare)
    program.step_to(9)
    compared_with(program, "stateless")
    first = program.session.comparing.trace
    os.kill(program.application.bridge.pid, SIGKILL)
    program.wait(program.window.notice.isVisible)
    program.window.notice.button.click()
    program.wait(lambda: program.session.comparing.trace not in (None, first))
    presenter = program.window.compare_presenter
    program.wait(
        lambda: presenter.comparison is not None and presenter.comparison.signal("c").compared == 9 * 4
    )
    assert program.window.compare.comparing


def test_outputs_of_the_second_run_are_known_as_far_as_it_has_come(program, compare) -> None:
    program.step_to(30)
    compared_with(program, "batch_1" if program.session.settings.batch_size > 1 else "stateless")
    comparison = program.window.compare_presenter.comparison
    of_b = OutputsOfB(comparison)
    assert of_b.count == 30
    data = Dataset.from_arrays(program.session.run_data.inputs[0])  # whose outputs have no units
    series = RowSeries(data, comparison.a.plan, 0)
    lines = output_reader(series, of_b, comparison.b.output_specs[0], 0).lines(0, 30, 1000)
    steps, values = comparison.output_of_b(0, 0, 0, 30)
    np.testing.assert_array_equal(lines.x, steps)
    np.testing.assert_allclose(lines.y, np.reshape(values, lines.y.shape))
    assert of_b.revision == (comparison.a.revision, comparison.b.revision)
