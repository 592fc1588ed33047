"""Samples of different lengths in the window."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from lstm_viz.dataset import Dataset
from lstm_viz.examples import example
from lstm_viz.loading import load_model


def test_samples_of_different_lengths_run_padded_at_a_choice_and_are_compared(program, qtbot: QtBot) -> None:
    session, window = program.session, program.window
    program.wait_opened(lambda: session.open_example("lengths"))
    data, form = Dataset.from_file(example("lengths").data_path), window.data_panel.form
    assert session.plan.lengths == tuple(data.lengths)
    assert form.lengths.isVisible()
    assert form.padding.currentText() == "each at its own length"

    # The cursor stays on its sample and timestep.
    program.step_to(session.plan.first_step(0, 3) + 2)
    sample, timestep = session.sample, session.plan.position(program.player.wanted).timestep
    form.padding.setFocus()
    program.wait_configured(lambda: qtbot.keyClick(form.padding, Qt.Key.Key_Down))
    assert session.plan.lengths is None
    assert session.sample == sample
    assert session.plan.position(program.player.wanted).timestep == timestep
    assert form.padding.currentText() == f"padded to {data.timesteps} timesteps"

    model = load_model(example("lengths").model_path).keras_model
    batch = session.plan.samples_of(0)
    program.wait(lambda: session.trace.count >= session.plan.first_step(0, 1))
    np.testing.assert_allclose(
        session.trace.outputs[0][batch], model.predict(data.inputs[0][batch], verbose=0), rtol=0, atol=1e-5
    )

    actions = window.actions_by_id
    assert actions["compare_own_lengths"].isEnabled()
    assert not actions["compare_padded"].isEnabled()
    actions["compare_own_lengths"].trigger()
    program.wait(lambda: session.comparing.trace is not None)
    program.wait(lambda: "run A goes on over the padding" in window.compare.words)
    assert window.compare.names[1].endswith(f"batch size {session.plan.batch_size}")
    session.comparing.end()
    program.wait(lambda: session.comparing.trace is None)
