"""Every tour is gone through in the program, by doing what its stops ask for."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.panels.tour_bubble import TourBubble, TourFrame, place_for
from app.theme import DARK, LIGHT
from app.tour_guide import VIEWS, targets
from app.tours import CONDITIONS, Now, Stop, family, has_tour, tour_of
from lstm_viz.errors import DataError
from lstm_viz.examples import EXAMPLES, NAMES
from tests.app.conftest import Program

every_example = pytest.mark.parametrize("name", NAMES)


# -- what the files say -----------------------------------------------------------------------------


@every_example
def test_every_example_has_a_tour_of_a_few_short_stops(name: str) -> None:
    tour = tour_of(name)
    assert 3 <= len(tour.stops) <= 6
    for stop in tour.stops:
        assert 0 < len(stop.text) <= 160
        assert 0 < len(stop.then) <= 200
        assert stop.done in CONDITIONS
    assert tour.picture.view in VIEWS


def test_every_part_that_a_tour_points_at_is_there(program: Program) -> None:
    there = targets(program.window)
    for name in NAMES:
        for stop in tour_of(name).stops:
            assert stop.target in there, (name, stop)


@every_example
def test_every_example_has_its_picture_in_both_themes(name: str) -> None:
    folder = next(shown.folder for shown in EXAMPLES if shown.name == name)
    for theme in (LIGHT, DARK):
        path = folder / f"picture-{theme.name}.png"
        assert path.is_file()
        assert path.stat().st_size < 100_000


def test_an_alternative_has_the_tour_of_its_example() -> None:
    other = next(other.name for shown in EXAMPLES for other in shown.alternatives)
    assert tour_of(other).example == family(other)
    assert has_tour(other)
    assert not has_tour(None)
    assert not has_tour("chess")


def test_a_tour_that_is_missing_is_said() -> None:
    with pytest.raises(DataError, match="chess"):
        tour_of("chess")


# -- when something is done -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("done", "value", "before", "after"),
    [
        ("steps", 2, Now(cursor=3), Now(cursor=5)),
        ("steps", 1, Now(cursor=None), Now(cursor=0)),
        ("back", 5, Now(cursor=9), Now(cursor=4)),
        ("reached", 40, Now(cursor=39), Now(cursor=40)),
        ("timestep", 2, Now(timestep=1), Now(timestep=2)),
        ("view", "boxes", Now(view="gates"), Now(view="boxes")),
        ("stateful", False, Now(stateful=True), Now(stateful=False)),
        ("interleaved", True, Now(), Now(interleaved=True)),
        ("batch_size", 4, Now(), Now(batch_size=4)),
        ("every", 12, Now(), Now(every=12)),
        ("points", 1, Now(), Now(points=1)),
        ("no_points", True, Now(points=1), Now()),
        ("layer", "b", Now(layer="a"), Now(layer="b")),
        ("row", 2, Now(), Now(row=2)),
        ("sample", 2, Now(sample=0), Now(sample=2)),
        ("pinned", 2, Now(pinned=(0,)), Now(pinned=(0, 3))),
        ("unit", 3, Now(), Now(unit=3)),
        ("compared", True, Now(), Now(compared=True)),
        ("generated", True, Now(), Now(generated=True)),
        ("past_as", "features", Now(past_as="timesteps"), Now(past_as="features")),
        ("look_back", 6, Now(look_back=3), Now(look_back=6)),
        ("example", "a/b", Now(example="a"), Now(example="a/b")),
    ],
)
def test_a_stop_is_done_when_what_it_asks_for_was_done(
    done: str, value: int | bool | str, before: Now, after: Now
) -> None:
    stop = Stop("Do it.", "gates", done, value)
    assert not stop.is_done(before, before)
    assert stop.is_done(after, before)


def test_every_condition_is_tried_above() -> None:
    mark = next(
        mark
        for mark in test_a_stop_is_done_when_what_it_asks_for_was_done.pytestmark
        if mark.name == "parametrize"
    )
    assert {case[0] for case in mark.args[1]} == set(CONDITIONS)


# -- doing it ---------------------------------------------------------------------------------------


class Visitor:
    """Does what a stop asks for, with mouse and keyboard."""

    def __init__(self, program: Program, qtbot: QtBot) -> None:
        self.program, self.qtbot = program, qtbot
        self.window, self.session = program.window, program.session

    def do(self, stop: Stop) -> None:
        getattr(self, f"do_{stop.done}")(stop.value, stop)

    def settled(self) -> None:
        """Wait until what was asked for is computed."""
        self.program.wait(lambda: not self.session.player.computing)
        self.program.frame()

    def do_steps(self, n: int, _stop: Stop) -> None:
        tens, ones = divmod(n, 10)
        for _ in range(tens):
            self.program.key(Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
        for _ in range(ones):
            self.program.key(Qt.Key.Key_Right)
        self.settled()

    def do_back(self, n: int, _stop: Stop) -> None:
        for _ in range(n):
            self.program.key(Qt.Key.Key_Left)
        self.settled()

    def do_reached(self, step: int, _stop: Stop) -> None:
        self.session.player.set_speed(300.0)
        self.program.key(Qt.Key.Key_Space)
        self.program.wait(lambda: (self.program.cursor or 0) >= step)
        if self.session.player.playing:
            self.program.key(Qt.Key.Key_Space)
        self.session.seek(step)  # where it was paused is a matter of chance
        self.program.goes_to(step)

    def do_timestep(self, timestep: int, stop: Stop) -> None:
        boxes = self.window.boxes
        if stop.target == "boxes":
            self.program.frame()
            place = boxes.canvas.rect_of(0, timestep).center().toPoint()
            self.qtbot.mouseClick(boxes.canvas.viewport(), Qt.MouseButton.LeftButton, pos=place)
        elif self.program.cursor is not None and self.session.trace.count > self._step(timestep):
            gates = self.window.gates
            row = next(row for row in gates._rows if row.key == "c")
            scale = gates._scale()
            x = round(row.rect.left() + scale.to_pixels(self._step(timestep)))
            y = round(row.rect.center().y())
            self.qtbot.mouseClick(gates._canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x, y))
        else:
            self.do_reached(self._step(timestep), stop)
            self.session.seek(self._step(timestep))
        self.settled()

    def _step(self, timestep: int) -> int:
        plan = self.session.plan
        at = plan.position(self.program.cursor or 0)
        return plan.first_step(at.epoch, at.batch) + timestep

    def do_view(self, name: str, _stop: Stop) -> None:
        bar = self.window.views.tabBar()
        place = bar.tabRect(self.window.views.indexOf(getattr(self.window, name))).center()
        self.qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=place)

    def do_stateful(self, _on: bool, _stop: Stop) -> None:
        self.program.wait_configured(lambda: self.program.key(Qt.Key.Key_S))

    def do_interleaved(self, _on: bool, _stop: Stop) -> None:
        self.program.wait_configured(self.window.actions_by_id["interleave"].trigger)

    def do_batch_size(self, size: int, _stop: Stop) -> None:
        def type_it() -> None:
            field = self.window.run_settings.batch_size
            field.setValue(size)
            field.editingFinished.emit()

        self.program.wait_configured(type_it)

    def do_points(self, _n: int, _stop: Stop) -> None:
        self.program.wait_configured(lambda: self.program.key(Qt.Key.Key_R))

    def do_no_points(self, _on: bool, _stop: Stop) -> None:
        control = Qt.KeyboardModifier.ControlModifier
        self.program.wait_configured(lambda: self.program.key(Qt.Key.Key_Z, control))

    def do_layer(self, path: str, stop: Stop) -> None:
        canvas, unrolled = self.window.boxes.canvas, self.window.boxes.canvas.geometry_of_boxes.unrolled
        number = next(k for k, row in enumerate(unrolled.rows) if row.path == path)
        bar = canvas.horizontalScrollBar()
        row = unrolled.rows[number]
        if row.segment:
            bar.setValue(bar.maximum())
        seen = self.window.boxes.visible_boxes(row.segment, row.timesteps)
        place = canvas.rect_of(number, seen[len(seen) // 2]).center()
        assert canvas.words_at(QPointF(place)).startswith(path)
        self.qtbot.mouseDClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=place.toPoint())

    def do_row(self, row: int, _stop: Stop) -> None:
        self.window.run_settings.row.setValue(row)
        self.settled()

    def do_sample(self, sample: int, _stop: Stop) -> None:
        self.window.run_settings.sample.setValue(sample)
        self.window.run_settings.sample.editingFinished.emit()
        self.settled()

    def do_pinned(self, n: int, _stop: Stop) -> None:
        gates = self.window.gates
        self.program.frame()
        row = next(row for row in gates._rows if row.key == "c")
        units = row.left._units if hasattr(row.left, "_units") else self.session.layer.layer.units
        for k in range(units):
            if len(self.session.pinned) >= n:
                break
            y = row.rect.top() + (k + 0.5) * row.rect.height() / units
            unit = row.left.unit_at(y - row.rect.top())
            if unit in self.session.pinned:
                continue
            place = QPoint(round(row.rect.left()) - 8, round(y))
            self.qtbot.mouseClick(gates._canvas.viewport(), Qt.MouseButton.LeftButton, pos=place)

    def do_generated(self, _on: bool, _stop: Stop) -> None:
        self.window.actions_by_id["generate"].trigger()
        dialog = self.window.generate
        button = next(each for each in dialog.findChildren(QPushButton) if each.text() == "Generate")
        self.program.wait_opened(lambda: self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton))
        dialog.close()
        self.session.player.pause()  # it plays on by itself
        self.settled()

    def do_example(self, name: str, _stop: Stop) -> None:
        self.program.wait_opened(self.window.actions_by_id[f"example_{name}"].trigger)


@every_example
def test_a_tour_is_completed_by_doing_what_it_asks_for(program: Program, qtbot: QtBot, name: str) -> None:
    visitor, guide = Visitor(program, qtbot), program.window.tour
    program.wait_opened(lambda: program.session.open_example(name))
    program.window.actions_by_id["tour"].trigger()
    for number, stop in enumerate(tour_of(name).stops):
        assert guide.stop == stop
        assert guide.bubble.text.text() == stop.text
        assert not guide.bubble.done, f"done before anything was done: {stop.text}"
        assert targets(program.window)[stop.target].isVisible()
        visitor.do(stop)
        program.wait(lambda: guide.bubble.done)
        assert guide.bubble.then.text() == stop.then
        assert guide.number == number
        qtbot.mouseClick(guide.bubble.next, Qt.MouseButton.LeftButton)
    assert guide.stop is None
    assert not guide.bubble.isVisible()
    assert program.cause_of_every_error() == []


# -- the guide --------------------------------------------------------------------------------------


def test_a_tour_goes_on_and_back_by_keys_and_can_be_ended(program: Program) -> None:
    guide, actions = program.window.tour, program.window.actions_by_id
    assert actions["tour"].isEnabled()
    assert not actions["tour_next"].isEnabled()
    program.key(Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    assert (guide.number, actions["tour"].isChecked(), actions["tour_back"].isEnabled()) == (0, True, False)
    program.key(Qt.Key.Key_N)
    program.key(Qt.Key.Key_N)
    program.key(Qt.Key.Key_N, Qt.KeyboardModifier.ShiftModifier)
    assert guide.number == 1
    program.key(Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    assert guide.stop is None
    assert not guide.frame.isVisible()
    assert not actions["tour"].isChecked()


def test_stepping_works_while_a_tour_runs_and_what_is_done_stays_done(program: Program) -> None:
    guide = program.window.tour
    guide.begin()
    assert guide.bubble.next.text() == "Skip"
    program.key(Qt.Key.Key_Right)
    program.goes_to(0)
    program.wait(lambda: guide.bubble.done)
    assert guide.bubble.next.text() == "Next"
    program.step_to(3)
    program.key(Qt.Key.Key_Home)
    program.goes_to(0)
    assert guide.bubble.done
    guide.end()


def test_a_tour_ends_when_something_else_is_opened(program: Program) -> None:
    guide = program.window.tour
    guide.begin()
    program.wait_opened(lambda: program.session.open_example("memory"))
    assert guide.stop is None


def test_the_frame_lies_around_what_the_stop_points_at(program: Program) -> None:
    guide, window = program.window.tour, program.window
    guide.begin()
    button = window.transport.buttons["step"]
    middle = button.mapTo(window, button.rect().center())
    assert guide.frame.geometry().contains(middle)
    assert not guide.frame.mask().contains(
        guide.frame.mapFrom(window, middle)
    )  # what is inside is not covered
    assert not guide.bubble.geometry().contains(middle)
    guide.next()
    guide.next()
    assert guide.frame.geometry().contains(window.gates.mapTo(window, window.gates.rect().center()))
    window.views.setCurrentWidget(window.units)
    assert not guide.frame.isVisible()
    window.views.setCurrentWidget(window.gates)
    assert guide.frame.isVisible()
    guide.end()


def test_a_closed_panel_is_opened_for_the_stop_that_needs_it(program: Program) -> None:
    program.wait_opened(lambda: program.session.open_example("reshaping"))
    window = program.window
    window.docks["data"].hide()
    window.tour.begin()
    assert tour_of("reshaping").stops[0].target == "data"
    assert window.data_panel.isVisible()
    window.tour.end()


def test_without_an_example_there_is_no_tour(program: Program, files: object) -> None:
    program.wait_opened(lambda: program.session.open_files(files.one, files.one_data))  # type: ignore[attr-defined]
    assert not program.window.actions_by_id["tour"].isEnabled()


# -- the bubble -------------------------------------------------------------------------------------


ROOM = QRect(0, 0, 1024, 700)


@pytest.mark.parametrize(
    "target",
    [QRect(320, 130, 410, 450), QRect(5, 130, 310, 220), QRect(740, 130, 280, 450), QRect(0, 600, 1024, 60)],
)
def test_the_bubble_covers_little_of_what_it_points_at(target: QRect) -> None:
    size = QSize(280, 150)
    place = QRect(place_for(size, target, ROOM), size)
    assert ROOM.contains(place)
    shared = place.intersected(target)
    assert shared.isEmpty() or shared.width() * shared.height() < 0.1 * target.width() * target.height()


def test_the_bubble_of_a_button_leaves_the_other_buttons_free() -> None:
    button = QRect(80, 30, 34, 34)
    place = place_for(QSize(280, 150), button, ROOM)
    assert place.y() > button.bottom()


@pytest.fixture
def home(qtbot: QtBot) -> QWidget:
    home = QWidget()
    qtbot.addWidget(home)
    home.resize(800, 600)
    return home


@pytest.fixture
def bubble(home: QWidget) -> TourBubble:
    made = TourBubble(home)
    made.set_theme(LIGHT)
    home.show()
    made.set_stop(0, 2, "Example", "Do it.", "It is done.")
    return made


def test_the_bubble_says_where_one_is_and_what_came_of_it(bubble: TourBubble) -> None:
    assert bubble.head.text() == "Stop 1 of 2 · Example"
    assert not bubble.then.isVisible()
    assert not bubble.back.isEnabled()
    bubble.set_done(True)
    assert bubble.then.isVisible()
    bubble.set_stop(1, 2, "Example", "Do that.", "")
    assert not bubble.done
    bubble.set_done(True)
    assert (bubble.next.text(), bubble.then.text()) == ("Finish", "Done.")


def test_the_bubble_can_be_put_out_of_the_way_and_stays_there(qtbot: QtBot, bubble: TourBubble) -> None:
    bubble.go_beside(QRect(0, 0, 100, 500), QRect(0, 0, 800, 600))
    before = bubble.pos()
    hold = QPoint(10, 10)
    qtbot.mousePress(bubble, Qt.MouseButton.LeftButton, pos=hold)
    qtbot.mouseMove(bubble, hold + QPoint(60, 40))
    qtbot.mouseRelease(bubble, Qt.MouseButton.LeftButton, pos=hold)
    moved = bubble.pos()
    assert moved != before
    bubble.go_beside(QRect(0, 0, 100, 500), QRect(0, 0, 800, 600))
    assert bubble.pos() == moved


@pytest.mark.parametrize("button", ["next", "back", "end"])
def test_the_buttons_of_the_bubble_work_by_keyboard(
    qtbot: QtBot, bubble: TourBubble, button: str, clicks: Callable[[TourBubble], list[str]]
) -> None:
    bubble.set_stop(1, 3, "Example", "Do it.", "")
    said = clicks(bubble)
    pressed = getattr(bubble, button)
    pressed.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(pressed, Qt.Key.Key_Space)
    assert said == [button]
    assert re.match(r"\w", pressed.accessibleName())


@pytest.fixture
def clicks() -> Callable[[TourBubble], list[str]]:
    def listen(bubble: TourBubble) -> list[str]:
        said: list[str] = []
        bubble.next_clicked.connect(lambda: said.append("next"))
        bubble.back_clicked.connect(lambda: said.append("back"))
        bubble.end_clicked.connect(lambda: said.append("end"))
        return said

    return listen


def test_a_frame_too_small_for_a_hole_is_drawn_whole(home: QWidget) -> None:
    frame = TourFrame(home)
    frame.set_theme(DARK)
    home.show()
    frame.show()
    frame.resize(4, 4)
    assert frame.mask().boundingRect() == QRect(0, 0, 4, 4)
