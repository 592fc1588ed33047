"""Generating in the window: on a real engine, and back to the data."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.run_plan import GenerationSettings
from app.run_series import generated_inputs
from lstm_viz import Dataset, Seed, generate, load_model
from lstm_viz.dataset import Shaping
from lstm_viz.examples import example
from lstm_viz.plan import ResetPoint

LEFT = Qt.MouseButton.LeftButton


def go_on(program, **wanted) -> None:
    """Ask for a generated run, and have it computed to its end."""
    generating = program.session.generating
    program.wait_opened(lambda: generating.start(GenerationSettings(**wanted)))
    assert generating.generated is not None
    program.session.player.pause()
    program.step_to(len(program.session.plan))


def back(program) -> None:
    program.wait_opened(program.session.generating.end)
    assert program.session.generating.generated is None


@pytest.fixture(scope="module")
def visitors() -> np.ndarray:
    """The first example's series."""
    return np.loadtxt(example("next_value").data_path, delimiter=",", skiprows=1, usecols=1)


def test_what_is_made_is_drawn_as_input_and_set_apart(program, visitors) -> None:
    go_on(program, sample=9, steps=6)
    gates, trace = program.window.gates, program.trace
    x, y = gates.curves_of("x")[0]
    sequence = program.session.dataset.unscale_inputs(trace.sequence)[0, :, 0]
    np.testing.assert_allclose(y, [sequence[s // 3 + s % 3] for s in x.astype(int)])
    np.testing.assert_allclose(sequence[:12], visitors[:12])
    assert gates.shades.spans == tuple(trace.generation.spans(0, len(trace.plan)))
    assert gates.shades.label == "generated"
    assert program.window.units.shades == gates.shades
    assert program.window.status.place.text().endswith("generated")
    program.session.seek(3)
    program.goes_to(3)
    assert "generated" not in program.window.status.place.text()
    # What the data say comes next stays beside it.
    x, y = gates.curves_of("y")[1]
    np.testing.assert_allclose(y, visitors[3 : 3 + len(x)], rtol=1e-5)
    back(program)
    program.frame()
    assert gates.shades.spans == ()


def test_it_equals_what_the_library_makes(program) -> None:
    go_on(program, sample=9, steps=6)
    chosen = example("next_value")
    data = Dataset.from_file(chosen.data_path, Shaping(**chosen.shaping))
    seed = Seed.from_dataset(data, 9, before=range(9))
    wanted = generate(load_model(chosen.model_path), seed, 6, stateful=True)
    np.testing.assert_allclose(program.trace.sequence, wanted.sequence, atol=1e-6)
    for signal in "ifgoch":
        np.testing.assert_allclose(
            program.trace.layers["lstm"].signal(signal), wanted.layers["lstm"].signal(signal), atol=1e-6
        )


def test_back_at_the_data_everything_is_as_it_was_left(program) -> None:
    session = program.session
    program.step_to(12)
    session.seek(7)
    program.goes_to(7)
    session.pin(2)
    recording = str(program.trace.folder)
    go_on(program, sample=9, steps=3)
    assert session.pinned == (0, 2)
    assert str(program.trace.folder) != recording
    assert program.window.data_panel.source.text() == "visitors.csv"
    back(program)
    assert str(program.trace.folder) == recording
    assert program.trace.count == 12
    program.goes_to(7)
    assert session.pinned == (0, 2)


def test_a_reset_point_changes_what_is_made_after_it(program) -> None:
    go_on(program, sample=9, steps=6)
    before = program.trace.sequence.copy()
    batch = 12  # the window at timestep 12 of the sequence, of which 12 are given
    program.wait_configured(lambda: program.session.reset_points.put(batch * 3))
    program.step_to(len(program.session.plan))
    after = program.trace.sequence
    assert program.session.plan.resets.at == (ResetPoint(batch, 0),)
    np.testing.assert_array_equal(after[:, : batch + 3], before[:, : batch + 3])
    assert not np.allclose(after[:, batch + 3 :], before[:, batch + 3 :])


def test_text_is_shown_as_text_while_it_is_made(program, qtbot) -> None:
    program.wait_opened(lambda: program.session.open_example("text"))
    window = program.window
    window.actions_by_id["generate"].trigger()
    dialog = window.generate
    proposed = example("text").generate
    assert dialog.settings().temperature == proposed["temperature"]
    assert dialog.steps.value() == proposed["steps"]
    dialog.steps.set_silently(30)
    program.player.set_speed(None)
    program.wait_opened(lambda: qtbot.mouseClick(dialog.go, LEFT))
    program.wait(lambda: program.trace.count == len(program.session.plan))  # it plays by itself
    program.wait(lambda: len(dialog.text.toPlainText()) == proposed["timesteps"] + 30)
    data = program.session.generating.source
    said = "".join(data.token_names[k] for k in program.trace.sequence[0])
    assert dialog.text.toPlainText() == said
    assert window.windowTitle().startswith("A text, character by character, generated")
    qtbot.mouseClick(dialog.back, LEFT)
    program.wait(lambda: program.session.generating.generated is None)
    program.frame()
    assert dialog.text.toPlainText() == ""
    dialog.close()


def test_what_cannot_be_done_with_a_generated_run_is_refused(program) -> None:
    go_on(program, sample=9, steps=3)
    assert not program.window.actions_by_id["compare_stateless"].isEnabled()
    assert "generated run" in program.window.compare._choices.words.text()  # and says why
    program.window.run_settings.epochs.setValue(2)
    program.wait(lambda: bool(program.cause_of_every_error()))
    assert "one row and one epoch" in program.cause_of_every_error()[0]
    assert program.session.settings.epochs == 1


def test_a_model_that_cannot_go_on_says_why_in_the_dialog(program) -> None:
    program.wait_opened(lambda: program.session.open_example("classifier"))
    program.window.actions_by_id["generate"].trigger()
    dialog = program.window.generate
    assert "4 values" in dialog.words.text()
    assert not dialog.go.isEnabled()
    dialog.close()


def test_a_lost_engine_goes_on_with_what_was_being_made(start) -> None:
    program = start()
    program.wait_opened()
    session, bridge = program.session, program.application.bridge
    program.wait_opened(lambda: session.generating.start(GenerationSettings(sample=9, steps=8)))
    session.player.pause()
    program.step_to(40)
    count, made = program.trace.count, program.trace.sequence.copy()
    program.wait_opened(bridge.restart)
    assert session.generating.generated is not None
    assert program.trace.count == count
    np.testing.assert_array_equal(program.trace.sequence, made)
    program.step_to(len(session.plan))
    whole = program.trace.sequence.copy()
    go_on(program, sample=9, steps=8)
    np.testing.assert_allclose(program.trace.sequence, whole, atol=1e-6)


def test_what_is_not_made_yet_is_nan(program) -> None:
    program.wait_opened(lambda: program.session.generating.start(GenerationSettings(sample=0, steps=40)))
    program.session.player.pause()
    program.step_to(4)
    trace, steps = program.trace, np.arange(len(program.session.plan))
    known = trace.generation.known(trace.count)
    found = generated_inputs(trace, steps)[0, :, 0]
    there = steps // 3 + steps % 3 < known
    assert not there.all()
    assert np.isfinite(found[there]).all()
    assert np.isnan(found[~there]).all()


def test_what_is_made_is_drawn_also_where_the_view_is_moved_to_afterwards(program) -> None:
    go_on(program, sample=9, steps=20)
    gates = program.window.gates
    program.window.set_following(False)
    for steps in ((0, 12), (30, 60), (3, 70)):
        gates.show_steps(*steps)
        program.frame()
        x, y = gates.curves_of("x")[0]
        seen = (x >= steps[0]) & (x < steps[1])
        assert seen.sum() == steps[1] - steps[0]
        assert np.isfinite(y[seen]).all()
