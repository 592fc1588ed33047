"""The Cell panel: unit, diagram, equations, and why."""

from __future__ import annotations

import math

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextDocument

from app.panels.cell_panel import CellPanel
from app.panels.why_panel import WhyPanel
from app.plots.contribution_bars import BarRow
from app.theme import DARK, LIGHT


@pytest.fixture
def panel(qtbot):
    panel = CellPanel()
    qtbot.addWidget(panel)
    panel.set_theme(LIGHT)
    panel.set_layer(8, "tanh", "sigmoid")
    panel.resize(300, 640)
    panel.show()
    return panel


def cell(i, f, g, o, c_before):
    c = f * c_before + i * g
    return i, f, g, o, c, o * math.tanh(c)


def link_place(panel, term):
    """A point on a term of the equations."""
    label = panel.equations
    for y in range(2, label.height(), 3):
        for x in range(2, label.width(), 3):
            if _anchor_at(label, QPoint(x, y)) == term:
                return QPoint(x, y)
    raise AssertionError(f"{term} is nowhere")


def _anchor_at(label, point):
    document = QTextDocument()
    document.setDefaultFont(label.font())
    document.setDocumentMargin(0)
    document.setHtml(label.text())
    return document.documentLayout().anchorAt(point.toPointF())


def test_the_diagram_and_the_equations_write_the_same(panel):
    panel.set_cell(3, "t = 42", (0.411, 0.3), cell(0.5, 0.9, -0.4, 0.4, 0.411))
    assert panel.unit.value() == 3
    assert panel.position.text() == "t = 42"
    assert panel.diagram.shown("f") == "0.9000"
    assert panel.equations.lines[1] == "  = 0.9000·0.4110"
    assert not panel.remark.isVisible()


def test_the_equations_name_the_activation_of_the_layer(panel):
    panel.set_layer(4, "softsign", "sigmoid")
    panel.set_cell(0, "", (0.0, 0.0), (1.0, 1.0, 0.5, 0.5, 0.5, 1 / 6))
    assert "h = o·softsign(c)" in panel.equations.lines
    assert "  = 0.5000·softsign(0.500)" in panel.equations.lines


def test_a_masked_timestep_has_no_gates_and_says_so(panel):
    panel.set_cell(0, "t = 9", (0.4, 0.3), (math.nan,) * 4 + (0.4, 0.3), computed=False)
    assert panel.diagram.shown("i") == "–"
    assert panel.diagram.shown("c") == "0.4000"
    assert "Masked" in panel.remark.text()
    assert panel.remark.isVisible()


def test_a_row_that_a_batch_lacks_is_not_called_masked(panel):
    panel.set_cell(0, "t = 9 · no row 3 in this batch of 1", (0.4, 0.3), (math.nan,) * 6, computed=False)
    assert "no row 3" in panel.position.text()
    assert panel.diagram.shown("c") == "–"
    assert not panel.remark.isVisible()


def test_numbers_that_overflow_are_said_to(panel):
    inf = math.inf
    panel.set_cell(0, "t = 9", (0.4, 0.3), (1.0, 2e30, 0.0, inf, 3e15, inf))
    assert panel.diagram.shown("h") == panel.diagram.shown("o") == "∞"
    assert "too large" in panel.remark.text()
    panel.set_cell(0, "t = 10", (0.4, 0.3), (math.nan,) * 6)
    assert "too large" in panel.remark.text()


def test_numbers_of_a_lower_precision_are_said_to_be_near(panel):
    panel.set_cell(0, "", (0.5, 0.0), (0.5, 0.5, 0.5, 1.0, 0.6, 0.5))
    assert "near, not equal" in panel.remark.text()


def test_clearing_leaves_no_number(panel):
    panel.set_cell(3, "t = 42", (0.411, 0.3), cell(0.5, 0.9, -0.4, 0.4, 0.411))
    panel.clear()
    assert {panel.diagram.shown(term) for term in "ifgoch"} == {"–"}
    assert not any(sign.isdigit() for line in panel.equations.lines for sign in line)


def test_choosing_a_unit_tells_it_and_showing_one_does_not(panel, qtbot):
    with qtbot.assertNotEmitted(panel.unit_changed):
        panel.set_cell(3, "", (0.0, 0.0), (0.0,) * 6)
    with qtbot.waitSignal(panel.unit_changed) as told:
        qtbot.keyClick(panel.unit, Qt.Key.Key_Up)
    assert told.args == [4]


def test_the_unit_stays_within_the_layer(panel):
    panel.set_layer(4, "tanh", "sigmoid")
    assert panel.unit.maximum() == 3


def test_a_term_of_the_diagram_that_is_pointed_at_is_marked_in_both(panel, qtbot):
    panel.set_cell(3, "", (0.411, 0.3), cell(0.5, 0.9, -0.4, 0.4, 0.411))
    place = panel.diagram.places.gates["g"].center().toPoint()
    with qtbot.waitSignal(panel.term_pointed) as told:
        qtbot.mouseMove(panel.diagram, place + QPoint(round(panel.diagram._left), 0))
    assert told.args == ["g"]
    assert panel.diagram.highlight == "g"
    assert panel.equations.text().count("background:") == 2  # in letters and in numbers


@pytest.mark.parametrize("term", ["f", "c′", "i·g", "c", "o", "h"])
def test_a_term_of_the_equations_that_is_pointed_at_is_marked_in_both(panel, qtbot, term):
    panel.set_cell(3, "", (0.411, 0.3), cell(0.5, 0.9, -0.4, 0.4, 0.411))
    told = []
    panel.term_pointed.connect(told.append)
    qtbot.mouseMove(panel.equations, link_place(panel, term))
    assert told[-1] == term
    assert panel.diagram.highlight == term
    assert "background:" in panel.equations.text()


def test_the_mark_goes_when_the_mouse_does(panel, qtbot):
    panel.set_cell(3, "", (0.411, 0.3), cell(0.5, 0.9, -0.4, 0.4, 0.411))
    qtbot.mouseMove(panel.equations, link_place(panel, "f"))
    assert panel.diagram.highlight == "f"
    qtbot.mouseMove(panel.diagram, QPoint(2, 2))
    qtbot.waitUntil(lambda: panel.diagram.highlight == "")


def test_the_equations_stand_beside_the_diagram_where_there_is_room(panel, qtbot):
    panel.set_cell(3, "", (0.411, 0.3), cell(0.5, 0.9, -0.4, 0.4, 0.411))
    assert panel.equations.y() + panel.equations.parentWidget().y() > panel.diagram.geometry().bottom()
    panel.resize(1000, 600)
    qtbot.waitUntil(lambda: panel.equations.parentWidget().x() > panel.diagram.geometry().right())


def test_nothing_is_cut_off_in_the_narrowest_dock(panel, qtbot):
    panel.set_cell(3, "", (-0.411, -0.3), cell(0.5801, 0.9312, -0.4003, 0.4321, -0.411))
    narrowest = panel.minimumSizeHint().width()
    assert narrowest <= 270
    panel.resize(narrowest, 640)
    for part in (panel.diagram, panel.equations, panel.why):
        right = part.mapTo(panel, part.rect().topRight()).x()
        assert right < narrowest
    assert panel.equations.sizeHint().width() <= panel.equations.width()


# -- why --------------------------------------------------------------------------------------------


@pytest.fixture
def why(qtbot):
    why = WhyPanel()
    qtbot.addWidget(why)
    why.set_theme(DARK)
    why.show()
    return why


def test_a_click_on_a_gate_asks_why_and_another_click_no_more(panel, qtbot):
    panel.set_cell(3, "", (0.411, 0.3), cell(0.5, 0.9, -0.4, 0.4, 0.411))
    place = panel.diagram.places.gates["i"].center().toPoint() + QPoint(round(panel.diagram._left), 0)
    told = []
    panel.why.gate_chosen.connect(told.append)
    for _ in range(2):
        qtbot.mouseMove(panel.diagram, place)
        qtbot.mouseClick(panel.diagram, Qt.MouseButton.LeftButton, pos=place)
    assert told == ["i", ""]


def test_a_gate_is_chosen_by_its_button(why, qtbot):
    told = []
    why.gate_chosen.connect(told.append)
    qtbot.mouseClick(why.buttons["f"], Qt.MouseButton.LeftButton)
    qtbot.mouseClick(why.buttons["o"], Qt.MouseButton.LeftButton)
    assert [letter for letter, button in why.buttons.items() if button.isChecked()] == ["o"]
    qtbot.mouseClick(why.buttons["o"], Qt.MouseButton.LeftButton)
    assert told == ["f", "o", ""]


def test_a_gate_is_chosen_by_the_keyboard(why, qtbot):
    why.buttons["g"].setFocus()
    qtbot.keyClick(why.buttons["g"], Qt.Key.Key_Space)
    assert why.gate == "g"


def test_the_bars_give_way_to_words_and_come_back(why):
    rows = (BarRow("x·W", 0.5, "+0.5000"), BarRow("z", 0.5, "0.500", "sum"))
    why.show_rows("Why is f 0.6225?", "f = σ(0.500)", rows, "why")
    assert why.bars.isVisible()
    assert why.heading.text() == "Why is f 0.6225?"
    why.say("Calculating…")
    assert not why.bars.isVisible()
    assert why.words.text() == "Calculating…"


def test_a_bar_goes_to_its_side_and_is_as_long_as_its_value(why):
    rows = (BarRow("a", 1.0, "+1"), BarRow("b", -0.5, "−0.5"), BarRow("c", 0.0, "0"))
    why.show_rows("", "", rows, "why")
    why.resize(300, 200)
    image = why.bars.grab().toImage()
    each = why.bars.height() / 3

    def length(row, colour):
        y = round((row + 0.5) * each)
        return sum(image.pixelColor(x, y).name() == colour for x in range(image.width()))

    longest = length(0, DARK.accent)
    assert longest > 10
    assert length(1, DARK.reset) == pytest.approx(longest / 2, abs=2)
    assert length(2, DARK.accent) == length(2, DARK.reset) == 0


def test_the_bars_are_told_to_those_who_cannot_see_them(why):
    why.show_rows("", "", (BarRow("x·W", 0.5, "+0.5000"), BarRow("z", 0.5, "0.500", "sum")), "why")
    assert why.bars.accessibleDescription() == "x·W +0.5000, z 0.500"
