"""The diagram of boxes in the running program, held against the recording and the data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.boxes_reader import short, value_of
from tests.app.conftest import Program


@pytest.fixture
def boxes(program: Program) -> Program:
    program.window.views.setCurrentWidget(program.window.boxes)
    return program


def test_each_box_holds_the_mean_of_abs_h_that_is_recorded(boxes: Program) -> None:
    boxes.step_to(5)
    row = boxes.window.boxes.canvas.state.rows[0]
    h = boxes.trace.layers["lstm"].h[1, :2]
    np.testing.assert_allclose([row.level(0), row.level(1)], np.abs(h).mean(axis=1), rtol=1e-6)
    assert np.isnan(row.level(2))
    assert boxes.window.boxes.kind == "Many-to-one: a sequence goes in, one output comes out at its end."


def test_inputs_and_the_output_are_in_the_units_of_the_data(boxes: Program) -> None:
    boxes.step_to(6)
    state = boxes.window.boxes.canvas.state
    dataset = boxes.session.dataset
    values = dataset.unscale_inputs(np.asarray(dataset.inputs[0][1]))[:, 0]
    assert [state.inputs[0, t].lines for t in range(3)] == [(short(v),) for v in values]
    output = float(dataset.unscale_targets(boxes.trace.outputs[0][1])[0])
    assert state.outputs[2].lines == (short(output),)


def test_a_row_that_the_last_batch_lacks_is_shown_as_its_last_one_throughout(boxes: Program) -> None:
    boxes.wait_configured(boxes.window.actions_by_id["stateful"].trigger)
    boxes.wait_configured(lambda: boxes.window.run_settings.batch_size.setValue(50))
    boxes.session.set_row(45)  # the third batch has 41
    boxes.step_to(9)
    state, dataset = boxes.window.boxes.canvas.state, boxes.session.dataset
    output = float(dataset.unscale_targets(boxes.trace.outputs[0][140])[0])
    assert state.outputs[2].lines == (short(output),)
    assert state.rows[0].level(2) == pytest.approx(np.abs(boxes.trace.layers["lstm"].h[140, 2]).mean())


def test_a_click_on_a_box_moves_the_cursor_within_the_batch(boxes: Program, qtbot: QtBot) -> None:
    boxes.step_to(6)
    canvas = boxes.window.boxes.canvas
    place = canvas.rect_of(0, 0).center().toPoint()
    qtbot.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=place)
    boxes.goes_to(3)
    assert canvas.state.timestep == 0


def test_the_state_comes_from_the_sample_before_until_the_run_is_stateless(boxes: Program) -> None:
    boxes.step_to(4)
    row = boxes.window.boxes.canvas.state.rows[0]
    assert (row.start, row.end) == (0, 2)
    boxes.wait_configured(boxes.window.actions_by_id["stateful"].trigger)
    boxes.goes_to(3)
    row = boxes.window.boxes.canvas.state.rows[0]
    assert (row.start, row.end) == (None, None)
    assert row.start_words == "starts from zeros: not stateful: every batch starts from zeros"


def test_a_reset_put_by_hand_breaks_the_arrow(boxes: Program) -> None:
    boxes.step_to(5)
    boxes.wait_configured(boxes.window.actions_by_id["reset_here"].trigger)
    boxes.goes_to(4)
    assert boxes.window.boxes.canvas.state.resets == {1: "point"}


def test_both_directions_are_known_as_soon_as_a_batch_is_computed(
    boxes: Program, files: SimpleNamespace
) -> None:
    boxes.wait_opened(lambda: boxes.session.open_files(files.both, files.both_data))
    boxes.step_to(3)
    view = boxes.window.boxes
    forward, backward = view.canvas.state.rows[1:]
    assert np.isnan(forward.level(3))
    h = boxes.trace.layers["both/backward_lstm"]
    boxes.step_to(8)
    expected = np.abs(h.h[0]).mean(axis=1)
    in_sight = range(backward.first, backward.first + len(backward.levels))
    assert in_sight[-1] > 3
    np.testing.assert_allclose(backward.levels, expected[in_sight], rtol=1e-6)
    assert view.kind.startswith("Many-to-many")


def test_a_pooled_layer_is_drawn_with_the_boxes_that_it_has(boxes: Program, files: SimpleNamespace) -> None:
    boxes.wait_opened(lambda: boxes.session.open_files(files.pooled, files.both_data))
    boxes.step_to(4)
    state = boxes.window.boxes.canvas.state
    h = np.abs(boxes.trace.layers["slow"].h[0]).mean(axis=1)
    assert state.rows[0].level(1) == pytest.approx(h[1], rel=1e-6)
    assert np.isnan(state.rows[0].level(2))


@pytest.fixture(scope="module")
def decoder(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A model that repeats the last h of 6 timesteps for 4 of its own, and data for it."""
    import keras
    from keras import layers

    folder: Path = tmp_path_factory.mktemp("decoder")
    parts = [
        layers.Input((6, 1)),
        layers.LSTM(3, name="encoder"),
        layers.RepeatVector(4),
        layers.LSTM(2, return_sequences=True, name="decoder"),
        layers.Dense(1),
    ]
    keras.Sequential(parts).save(folder / "model.keras")
    x = np.random.default_rng(1).standard_normal((5, 6, 1)).astype(np.float32)
    np.savez(folder / "data.npz", x=x)
    return SimpleNamespace(model=str(folder / "model.keras"), data=str(folder / "data.npz"))


def test_a_decoder_shows_its_own_time_axis_and_its_outputs(boxes: Program, decoder: SimpleNamespace) -> None:
    boxes.wait_opened(lambda: boxes.session.open_files(decoder.model, decoder.data))
    boxes.step_to(6)
    view = boxes.window.boxes
    state = view.canvas.state
    h = np.abs(boxes.trace.layers["decoder"].h[0]).mean(axis=1)
    np.testing.assert_allclose([state.rows[1].level(t) for t in range(4)], h, rtol=1e-6)
    outputs = boxes.trace.outputs[0][0].ravel()
    assert [state.outputs[t].lines for t in range(4)] == [(short(float(y)),) for y in outputs]
    assert state.inputs[1, 0].lines == ("h",)
    assert "the decoder begins when the encoder has ended" in view.remark


def test_gates_show_a_decoder_and_its_outputs_on_its_own_time(
    program: Program, decoder: SimpleNamespace
) -> None:
    program.wait_opened(lambda: program.session.open_files(decoder.model, decoder.data))
    program.session.set_layer("decoder")
    program.step_to(12)
    gates = program.window.gates
    assert gates.own_time == "a time axis of its own: 4 timesteps to the run's 6"
    assert gates.cursor_step == 7
    (x, y), *_ = gates.curves_of("y")
    np.testing.assert_array_equal(x, np.arange(8))
    np.testing.assert_allclose(y, program.trace.outputs[0][:2].ravel(), rtol=1e-6)


def test_what_is_generated_is_marked_where_it_goes_in(boxes: Program) -> None:
    boxes.wait_opened(lambda: boxes.session.open_example("wave"))
    generating = boxes.session.generating
    wanted = replace(generating.suggested(), sample=30, steps=5)
    boxes.wait_opened(lambda: generating.start(wanted))
    boxes.session.player.pause()
    seed = boxes.trace.generation.seed
    boxes.step_to(seed + 3)
    view = boxes.window.boxes
    state = view.canvas.state
    seen = {t: value.fed for (_, t), value in state.inputs.items()}
    assert seen[seed - 1] is False
    assert seen[seed] is True
    assert state.inputs[0, seed + 1].lines == state.outputs[seed].lines  # each output is the next input
    assert view.remark.startswith("What is shaded below was not in the data")


# -- values in small boxes --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1234, "0.12"),
        (-0.001, "0.00"),
        (-0.5, "−0.50"),
        (12.34, "12.3"),
        (3243.4, "3243"),
        (2.5e7, "2e+07"),
    ],
)
def test_a_number_is_short(value: float, text: str) -> None:
    assert short(value) == text


def test_one_or_two_values_are_shown_and_of_more_the_first_and_how_many() -> None:
    assert value_of(np.array([0.5, 2.0])).lines == ("0.50", "2.00")
    many = value_of(np.arange(10.0))
    assert many.lines == ("0.00", "⋯ 10")
    assert many.words == "0, 1, 2, 3, 4, 5, 6, 7 and 2 more"


def test_values_are_named_where_names_are_known() -> None:
    assert value_of(np.array([0.5, 2.0]), ("rain", "sun")).words == "rain 0.5, sun 2"


def test_a_token_is_shown_by_its_name() -> None:
    assert value_of(np.asarray(np.int32(1)), ("a", "b")).lines == ("b",)
    assert value_of(np.asarray(np.int32(0)), (" ", "b")).lines == ("␣",)
    assert value_of(np.asarray(np.int32(7)), ()).lines == ("7",)


def test_the_likeliest_class_is_named() -> None:
    found = value_of(np.array([0.1, 0.7, 0.2]), ("x", "y", "z"), classes=True)
    assert found.lines == ("y", "0.70")
    assert found.words == "x 0.1, y 0.7, z 0.2"
