"""The Cell panel in the program, on a real engine: hovering, and asking why."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from app.plots.cell_numbers import decimal, number
from app.plots.export import save_svg
from lstm_viz.reference import ACTIVATIONS
from lstm_viz.signals import SIGNALS


@pytest.fixture
def cell(program, files):
    program.wait_opened(lambda: program.session.open_files(files.both, files.both_data))
    program.step_to(12)
    yield program.window.cell
    program.window.cell.why.choose("")


def place_of(cell, letter):
    diagram = cell.diagram
    return diagram.places.gates[letter].center().toPoint() + QPoint(round(diagram._left), 0)


def explained(program, gate, step):
    """Wait until the bars are those of this gate at this step of the layer."""
    explaining, why = program.session.explaining, program.window.cell.why
    program.wait(
        lambda: (
            why.bars.isVisible()
            and why.heading.text().startswith(f"Why is {gate} ")
            and not explaining.is_waiting
            and explaining.answer.command.step == step
        )
    )
    return {row.name: row for row in why.bars.rows}


def test_the_panel_shows_the_recording_at_the_cursor(program, cell):
    session = program.session
    session.set_unit(1)
    program.frame()
    values = session.layer.values(11, 0)[:, 1]
    for signal, value in zip(SIGNALS, values, strict=True):
        text = cell.diagram.shown(signal)
        assert text == number(float(value), len(text.partition(".")[2]))
    assert cell.equations.lines[4] == f"  = {cell.diagram.shown('c')}"


@pytest.mark.parametrize("term", ["f", "i", "g", "o"])
def test_a_gate_that_is_pointed_at_is_marked_in_the_plots(program, cell, qtbot, term):
    gates, units = program.window.gates, program.window.units
    qtbot.mouseMove(cell.diagram, place_of(cell, term))
    assert [row.key for row in gates._rows if row.left.marked] == [term]
    assert [row.key for row in units._rows if row.left.marked] == [term]
    assert gates._row(term).middle._marked
    assert units._plots[term]._marked == 0
    qtbot.mouseMove(cell.diagram, QPoint(2, 2))
    assert not any(row.left.marked for view in (gates, units) for row in view._rows)
    assert units._plots[term]._marked is None


def test_the_curve_of_the_unit_is_wider_while_it_is_pointed_at(program, cell, qtbot):
    window, session = program.window, program.session
    window.views.setCurrentWidget(window.units)
    session.pin(1)
    session.pin(2)
    session.set_unit(1)
    program.frame()
    cell.diagram.hovered.emit("c")
    widths = [curve.opts["pen"].widthF() for curve in window.units._plots["c"]._curves[:3]]
    assert widths[1] > 2 * widths[0] == 2 * widths[2]
    cell.diagram.hovered.emit("")
    assert window.units._plots["c"]._curves[1].opts["pen"].widthF() == widths[0]


@pytest.mark.parametrize("path", ["plain", "both/forward_lstm", "both/backward_lstm"])
def test_a_click_on_a_gate_says_what_it_is_made_of(program, cell, qtbot, path):
    session = program.session
    session.set_layer(path)
    session.seek(11)
    program.goes_to(11)
    for gate in ("f", "g"):
        program.frame()
        program.frame()  # the bars of the gate before have moved the diagram by now
        place = place_of(cell, gate)
        qtbot.mouseMove(cell.diagram, place)
        qtbot.mouseClick(cell.diagram, Qt.MouseButton.LeftButton, pos=place)
        rows = explained(program, gate, 11)
        z = decimal(rows["z"].text)
        parts = sum(decimal(rows[name].text.lstrip("+")) for name in ("x·W", "h′·U", "b"))
        assert float(parts) == pytest.approx(float(z), abs=1e-4)
        function = ACTIVATIONS["tanh" if gate == "g" else "sigmoid"]
        recorded = session.layer.values(11, 0)[SIGNALS.index(gate), session.unit]
        assert float(function(np.float64(rows["z"].value))) == pytest.approx(recorded, abs=1e-6)
        assert cell.diagram.shown(gate) in cell.why.heading.text()


def test_the_explanation_goes_with_the_cursor_and_the_unit(program, cell):
    program.window.actions_by_id["why_o"].trigger()
    explained(program, "o", 11)
    program.key(Qt.Key.Key_Left)
    explained(program, "o", 10)
    cell.unit.setValue(2)
    program.wait(lambda: program.session.explaining.answer.command.unit == 2)
    assert cell.why.gate == "o"


def test_explaining_nothing_asks_nothing(program, cell):
    program.window.actions_by_id["why_f"].trigger()
    explained(program, "f", 11)
    program.window.actions_by_id["why_nothing"].trigger()
    assert not cell.why.bars.isVisible()
    program.key(Qt.Key.Key_Left)
    program.goes_to(10)
    assert program.session.explaining.answer is None


def test_a_hidden_panel_asks_nothing_until_it_is_seen_again(program, cell):
    program.window.actions_by_id["why_f"].trigger()
    explained(program, "f", 11)
    dock = program.window.docks["cell"]
    dock.hide()
    program.key(Qt.Key.Key_Left)
    program.goes_to(10)
    assert program.session.explaining.answer.command.step == 11
    dock.show()
    explained(program, "f", 10)


def test_why_there_is_no_answer_is_said_and_stays_said(program, cell):
    window, session = program.window, program.session
    window.actions_by_id["why_f"].trigger()
    explained(program, "f", 11)
    session.explaining.ask("no such layer", 10, 0, 0, "")
    program.wait(lambda: "no recording of no such layer" in cell.why.words.text())
    assert not cell.why.bars.isVisible()


def test_what_is_explained_survives_another_run(program, cell):
    program.window.actions_by_id["why_f"].trigger()
    explained(program, "f", 11)
    program.wait_configured(lambda: program.window.run_settings.batch_size.setValue(5))
    program.session.seek(3)
    program.goes_to(3)
    rows = explained(program, "f", 3)
    recorded = program.session.layer.values(3, program.session.row)[1, program.session.unit]
    assert float(ACTIVATIONS["sigmoid"](np.float64(rows["z"].value))) == pytest.approx(recorded, abs=1e-6)


def test_the_panel_can_be_made_large_and_goes_back(program, cell, qtbot):
    window = program.window
    dock, action = window.docks["cell"], window.actions_by_id["cell_large"]
    before, place = cell.diagram.width(), dock.geometry()
    action.trigger()
    assert dock.isFloating()
    qtbot.waitUntil(lambda: cell.diagram.width() > 1.5 * before)
    action.trigger()
    assert not dock.isFloating()
    qtbot.waitUntil(lambda: dock.x() >= window.centralWidget().geometry().right())  # and not over the plots
    qtbot.waitUntil(lambda: cell.diagram.width() == before)
    assert dock.geometry() == place
    dock.setFloating(True)  # as by its title bar
    assert action.isChecked()
    dock.setFloating(False)


def test_a_picture_of_the_diagram_is_one_of_shapes_and_text(program, cell, tmp_path):
    save_svg(cell.diagram, tmp_path / "cell.svg")
    assert cell.diagram.shown("f") in (tmp_path / "cell.svg").read_text("utf-8")
