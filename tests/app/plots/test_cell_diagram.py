"""The drawing of the cell: what lies where, what is pointed at, and what pictures of it hold."""

from __future__ import annotations

import itertools
import math
import re

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QImage

from app.plots.cell_diagram import CellDiagram
from app.plots.cell_layout import GATE_ORDER, cell_layout
from app.plots.cell_numbers import cell_numbers
from app.plots.cell_painting import colour_of, short_name, text_on, width_of
from app.plots.colours import Range, usual_ranges
from app.plots.export import save_svg
from app.theme import DARK, LIGHT

NAN = math.nan
SIZES = [(250, 182), (250, 200), (290, 240), (420, 330), (1000, 640), (1800, 600)]


def numbers(i=0.58011, f=0.93124, g=-0.40005, o=0.4321, before=0.41103, recurrent="sigmoid"):
    c = f * before + i * g
    return cell_numbers((before, 0.3), (i, f, g, o, c, o * math.tanh(c)), "tanh", recurrent)


def masked():
    return cell_numbers((0.4, 0.3), (NAN, NAN, NAN, NAN, 0.4, 0.3), "tanh", "sigmoid")


@pytest.fixture
def diagram(qtbot):
    diagram = CellDiagram()
    qtbot.addWidget(diagram)
    diagram.set_theme(LIGHT)
    diagram.resize(420, 330)
    diagram.set_numbers(numbers())
    diagram.show()
    return diagram


def on_screen(diagram, point):
    return QPoint(round(point.x() + diagram._left), round(point.y()))


def middle_of_wire(diagram, term):
    wire = next(wire for wire in diagram.places.wires if wire.term == term)
    return (wire.points[0] + wire.points[1]) / 2


def pixels_of(diagram):
    image = diagram.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    found = np.unique(np.frombuffer(image.constBits(), np.uint32))
    return {f"#{colour & 0xFFFFFF:06x}" for colour in found.tolist()}


# -- geometry ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_nothing_lies_on_anything_else(width, height):
    places = cell_layout(width, height, 14)
    boxes = [*places.gates.values(), places.tanh]
    boxes += [QRectF(m.x() - places.radius, m.y() - places.radius, 2 * places.radius, 2 * places.radius)
              for _, m in places.operators]  # fmt: skip
    for one, other in itertools.combinations(boxes, 2):
        assert not one.intersects(other)
    for box in boxes:
        assert places.body.contains(box)
    frame = QRectF(0, 0, width, height)
    for label in places.labels:
        assert frame.contains(label.rect)
        assert not any(label.rect.intersects(box) for box in places.gates.values())


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_wires_run_straight_and_end_at_what_they_lead_to(width, height):
    places = cell_layout(width, height, 14)
    reach = places.radius + 1
    ends = [QRectF(m.x() - reach, m.y() - reach, 2 * reach, 2 * reach) for _, m in places.operators]
    ends += [box.adjusted(-1, -1, 1, 1) for box in (*places.gates.values(), places.tanh)]
    for wire in places.wires:
        for start, end in itertools.pairwise(wire.points):
            assert start.x() == pytest.approx(end.x()) or start.y() == pytest.approx(end.y())
        if wire.arrow and wire.points[-1].x() < width:
            assert any(box.contains(wire.points[-1]) for box in ends), wire.term


def test_the_gates_stand_in_the_order_that_people_know():
    places = cell_layout(400, 300, 14)
    assert sorted(places.gates, key=lambda letter: places.gates[letter].left()) == list(GATE_ORDER)


# -- what is drawn ----------------------------------------------------------------------------------


def test_a_box_has_the_colour_that_the_heatmap_has_for_its_value(diagram):
    box = diagram.places.gates["f"]
    corner = on_screen(diagram, box.topLeft() + QPointF(6, 4))
    shown = diagram.grab().toImage().pixelColor(corner)
    assert shown == colour_of(0.93124, usual_ranges()["f"], "light")


def test_a_wire_is_the_wider_the_larger_its_value_is():
    assert width_of(0.0, 2) == 0
    assert width_of(-1.0, 2) == width_of(1.0, 2) == 0.5
    assert width_of(9.0, 2) == 1
    assert width_of(NAN, 2) == 0


def test_the_widest_wire_is_for_the_largest_state_of_the_unit(diagram):
    assert diagram._drawing.reach_of("c") == diagram._drawing.reach_of("f·c′") == 1
    diagram.set_numbers(numbers(before=5.0))
    assert diagram._drawing.reach_of("c") == 8
    diagram.set_numbers(numbers())
    assert diagram._drawing.reach_of("c") == 8
    diagram.set_numbers(numbers(), "another unit")
    assert diagram._drawing.reach_of("c") == 1


def test_a_negative_value_is_dashed_and_a_positive_one_is_not(diagram):
    def colours_along(before):
        diagram.set_numbers(numbers(before=before))
        wire = next(wire for wire in diagram.places.wires if wire.term == "c")
        y, image = wire.points[0].y(), diagram.grab().toImage()
        start, stop = wire.points[0].x() + 4, diagram.places.tanh.left()
        return {image.pixelColor(x, round(y)).name() for x in range(round(start), round(stop))}

    assert len(colours_along(5.0)) == 1
    assert len(colours_along(-5.0)) > 1


def test_the_ranges_of_the_heatmaps_hold_here(diagram):
    before = pixels_of(diagram)
    wide = {**usual_ranges(), "g": Range(-10, 10, "diverging")}
    diagram.set_ranges(wide)
    colour = colour_of(-0.40005, wide["g"], "light").name()
    assert colour not in before
    assert colour in pixels_of(diagram)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("shown", [numbers(), numbers(recurrent="hard_sigmoid (Keras 2)"), masked(), None])
def test_it_can_be_drawn_at_any_size(qtbot, theme, width, height, shown):
    diagram = CellDiagram()
    qtbot.addWidget(diagram)
    diagram.set_theme(theme)
    diagram.resize(width, height)
    diagram.set_numbers(shown)
    diagram.show()
    assert len(pixels_of(diagram)) > 10


@pytest.mark.parametrize(("width", "height"), SIZES[2:])
def test_the_numbers_of_the_gates_fit_their_boxes(qtbot, width, height):
    diagram = CellDiagram()
    qtbot.addWidget(diagram)
    diagram.set_theme(LIGHT)
    diagram.resize(width, height)
    diagram.show()
    bold = diagram._drawing.look.small
    bold.setBold(True)
    for box in diagram.places.gates.values():
        assert QFontMetricsF(bold).horizontalAdvance("−0.4000") <= box.width()


def test_text_can_be_read_on_every_colour():
    for kind, limits in (("g", Range(-1, 1, "diverging")), ("f", Range(0, 1))):
        for theme in ("light", "dark"):
            for step in range(11):
                value = limits.low + step / 10 * (limits.high - limits.low)
                colour = colour_of(value, limits, theme)
                assert contrast(colour.name(), text_on(colour)) >= 4.5, (kind, theme, value)


def contrast(one, other):
    def lightness(name):
        parts = [int(name[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((lightness(one), lightness(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("name", "short"),
    [("sigmoid", "σ"), ("tanh", "tanh"), ("hard_sigmoid", "hard σ"), ("leaky_relu", "leaky relu")],
)
def test_activations_are_named_as_on_paper(name, short):
    assert short_name(name) == short


def test_those_who_cannot_see_it_are_told_the_numbers(diagram):
    assert "forget gate 0.9312" in diagram.accessibleDescription()
    diagram.set_numbers(masked())
    assert diagram.accessibleDescription() == "Skipped by the mask."


# -- pictures ---------------------------------------------------------------------------------------


def test_an_svg_holds_the_numbers_as_text(diagram, tmp_path):
    save_svg(diagram, tmp_path / "cell.svg")
    words = re.findall(r">([^<>]+)</text>", (tmp_path / "cell.svg").read_text("utf-8"))
    shown = [diagram.shown(term) for term in "ifgo"]
    assert set(shown) <= {word.strip() for word in words}
    assert any(word.strip() == f"c {diagram.shown('c')}" for word in words)
    assert "<image" not in (tmp_path / "cell.svg").read_text("utf-8")


# -- the mouse --------------------------------------------------------------------------------------


@pytest.mark.parametrize("term", ["c′", "f·c′", "c", "i·g", "act", "h", "h′", "x"])
def test_a_wire_is_pointed_at_by_the_mouse(diagram, qtbot, term):
    heard = []
    diagram.hovered.connect(heard.append)
    qtbot.mouseMove(diagram, on_screen(diagram, middle_of_wire(diagram, term)))
    assert heard[-1] == term
    assert diagram.toolTip()


@pytest.mark.parametrize("letter", GATE_ORDER)
def test_a_gate_is_pointed_at_and_clicked(diagram, qtbot, letter):
    place = on_screen(diagram, diagram.places.gates[letter].center())
    heard = []
    diagram.hovered.connect(heard.append)
    qtbot.mouseMove(diagram, place)
    assert heard[-1] == letter
    with qtbot.waitSignal(diagram.gate_clicked) as clicked:
        qtbot.mouseClick(diagram, Qt.MouseButton.LeftButton, pos=place)
    assert clicked.args == [letter]


def test_a_term_is_pointed_at_where_the_picture_is_narrower_than_the_widget(qtbot, diagram):
    diagram.resize(1800, 400)
    qtbot.waitUntil(lambda: diagram._left > 100)
    test_a_gate_is_pointed_at_and_clicked(diagram, qtbot, "i")


def test_going_off_a_term_says_so_once(diagram, qtbot):
    heard = []
    diagram.hovered.connect(heard.append)
    qtbot.mouseMove(diagram, on_screen(diagram, diagram.places.gates["f"].center()))
    qtbot.mouseMove(diagram, QPoint(3, 3))
    assert heard == ["f", ""]


def test_what_is_highlighted_is_drawn_otherwise(diagram):
    for term in ("f", "c", "act", "x", "i·g"):
        diagram.set_highlight("")
        before = diagram.grab().toImage()
        diagram.set_highlight(term)
        assert diagram.grab().toImage() != before
