import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from app.plots.timeline import Timeline
from app.plots.timeline_blocks import every_steps, lay_out
from app.theme import LIGHT
from lstm_viz.plan import Plan, ResetPoint, Resets

LEFT = Qt.MouseButton.LeftButton
PLAN = Plan(9, 3, 1, True, Resets(at=(ResetPoint(4, 1),)))


@pytest.fixture
def timeline(qtbot):
    """A run of 9 batches of 3 timesteps with a mark at step 13, and 40 pixels for each step."""
    view = Timeline()
    qtbot.addWidget(view)
    view.resize(27 * 40 + 20, view.sizeHint().height())
    view.set_theme(LIGHT)
    view.set_plan(PLAN, 0)
    view.show()
    return view


def block_place(view, step):
    """Return a place on the blocks, in the middle of a step's cell."""
    return QPoint(round(view.x_of(step + 0.5)), view.height() // 2)


def mark_place(view, step):
    """Return a place on the glyph of a mark."""
    return QPoint(round(view.x_of(step)), 10)


# -- blocks -----------------------------------------------------------------------------------------


def test_each_batch_is_a_block_where_there_is_room():
    layout = lay_out(PLAN, 0, 1000)
    assert [(b.start, b.stop, b.label) for b in layout.blocks] == [
        (3 * k, 3 * k + 3, str(k)) for k in range(9)
    ]
    assert layout.merged == ""


def test_blocks_tell_where_state_is_handed_on():
    stateful = lay_out(Plan(4, 3, 1, True, epochs=2), 0, 1000)
    assert [b.handed_on for b in stateful.blocks] == [False, True, True, True, False, True, True, True]
    stateless = lay_out(Plan(4, 3, 1, False), 0, 1000)
    assert not any(b.handed_on for b in stateless.blocks)


def test_a_mark_on_a_border_stops_the_state_of_its_rows_only():
    plan = Plan(6, 3, 2, True, Resets(at=(ResetPoint(1, 0, rows=(1,)),)))
    assert [b.handed_on for b in lay_out(plan, 0, 1000).blocks] == [False, True, True]
    assert [b.handed_on for b in lay_out(plan, 1, 1000).blocks] == [False, False, True]


@pytest.mark.parametrize(
    ("plan", "merged"),
    [
        (Plan(100_000, 3, 1, True), "1 block = 1000 batches"),
        (Plan(500, 3, 1, True, epochs=3), "1 block = 20 batches"),
        (Plan(100, 3, 1, True, epochs=1000), "1 block = 10 epochs"),
        (Plan(1, 3, 1, True, epochs=1000), "1 block = 10 epochs"),
    ],
)
def test_too_many_blocks_are_merged_and_say_so(plan, merged):
    layout = lay_out(plan, 0, 1000)
    assert layout.merged == merged
    assert len(layout.blocks) <= 1000 / 9 + plan.epochs
    assert layout.blocks[0].start == 0
    assert layout.blocks[-1].stop == len(plan)
    assert all(a.stop == b.start for a, b in zip(layout.blocks, layout.blocks[1:], strict=False))


def test_merged_batches_never_cross_the_border_of_an_epoch():
    plan = Plan(47, 3, 1, True, epochs=4)
    layout = lay_out(plan, 0, 400)
    assert layout.merged
    assert {e * plan.steps_per_epoch for e in range(4)} <= {b.start for b in layout.blocks}


@pytest.mark.parametrize(
    "plan",
    [
        Plan(9, 3, 1, True, Resets(every=5), epochs=2),
        Plan(9, 3, 1, True, Resets(each_epoch=False, every=5), epochs=2),
        Plan(9, 3, 1, True, Resets(each_batch=True, every=2)),
        Plan(4, 10, 2, False, Resets(every=4)),
        Plan(4, 10, 2, True, Resets(every=10)),
    ],
)
def test_the_resets_of_every_n_timesteps_are_those_of_the_plan(plan):
    expected = [
        step
        for epoch in range(plan.epochs)
        for batch in range(plan.batches)
        for step, cause in plan.reset_steps(epoch, batch, 0)
        if cause == "every"
    ]
    assert every_steps(plan, 0, 100_000, 4) == expected


def test_resets_too_dense_to_be_told_apart_are_not_drawn():
    assert every_steps(Plan(1000, 3, 1, True, Resets(every=2)), 0, 1000, 4) == []


# -- words ------------------------------------------------------------------------------------------


def test_the_position_is_said_in_words(timeline):
    timeline.set_count(14)
    timeline.set_cursor(13)
    assert timeline.accessibleDescription() == (
        "14 of 27 steps recorded. Cursor at t = 13 · batch 4, timestep 1. 1 reset mark put by hand."
    )


def test_without_a_run_it_says_so_and_takes_no_clicks(timeline, heard):
    said = heard(timeline.seek_requested)
    timeline.set_plan(None, 0)
    QTest.mouseClick(timeline, LEFT, pos=QPoint(200, 30))
    QTest.mouseDClick(timeline, LEFT, pos=QPoint(200, 30))
    timeline.grab()
    assert timeline.accessibleDescription() == "No run."
    assert said == []


# -- mouse ------------------------------------------------------------------------------------------


def test_a_click_asks_to_go_to_its_step(timeline, heard):
    said = heard(timeline.seek_requested)
    for step in (0, 5, 26):
        QTest.mouseClick(timeline, LEFT, pos=block_place(timeline, step))
    QTest.mouseClick(timeline, LEFT, pos=QPoint(timeline.width() - 1, timeline.height() // 2))
    assert said == [(0,), (5,), (26,), (26,)]


def test_dragging_goes_along(timeline, heard):
    said = heard(timeline.seek_requested)
    QTest.mousePress(timeline, LEFT, pos=block_place(timeline, 2))
    QTest.mouseMove(timeline, block_place(timeline, 6))
    QTest.mouseMove(timeline, block_place(timeline, 9))
    QTest.mouseRelease(timeline, LEFT, pos=block_place(timeline, 9))
    QTest.mouseMove(timeline, block_place(timeline, 20))
    assert said == [(2,), (6,), (9,)]


def test_a_double_click_puts_a_mark_where_there_is_none(timeline, heard):
    said = heard(timeline.reset_added)
    QTest.mouseDClick(timeline, LEFT, pos=block_place(timeline, 7))
    QTest.mouseDClick(timeline, LEFT, pos=mark_place(timeline, 13))
    QTest.mouseDClick(timeline, LEFT, pos=block_place(timeline, 13))
    assert said == [(7,)]


def test_a_double_click_where_some_rows_are_reset_asks_for_all(timeline, heard):
    said = heard(timeline.reset_added)
    timeline.set_plan(Plan(9, 3, 3, True, Resets(at=(ResetPoint(1, 1, rows=(2,)),))), 0)
    QTest.mouseDClick(timeline, LEFT, pos=block_place(timeline, 4))
    assert said == [(4,)]


def test_a_mark_of_other_rows_is_drawn_otherwise_and_can_be_taken(timeline, heard):
    of_row = [Plan(9, 3, 3, True, Resets(at=(ResetPoint(1, 1, rows=(r,)),))) for r in (0, 2)]
    pictures = []
    for plan in of_row:
        timeline.set_plan(plan, 0)
        pictures.append(timeline.grab().toImage())
    assert pictures[0] != pictures[1]
    place = mark_place(timeline, 4)
    assert timeline._tip_at(QPointF(place)).splitlines()[1] == (
        "Reset point of row 2, not of row 0 that is shown: drag it to move it, Delete takes it away"
    )
    removed = heard(timeline.reset_removed)
    QTest.mouseClick(timeline, LEFT, pos=place)
    QTest.keyClick(timeline, Qt.Key.Key_Delete)
    assert removed == [(4,)]


def test_the_menu_is_opened_at_the_mark_or_at_the_step(timeline, heard, qtbot):
    opened = heard(timeline.menu_opened)
    for place in (block_place(timeline, 7), mark_place(timeline, 13) + QPoint(3, 0)):
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, timeline.mapToGlobal(place))
        QApplication.sendEvent(timeline, event)
        menu = timeline.findChildren(QMenu)[-1]
        with qtbot.waitSignal(menu.destroyed):
            menu.close()
    assert [step for _, step in opened] == [7, 13]


def test_dragging_a_mark_moves_it_to_the_nearest_border_of_steps(timeline, heard):
    moved, sought = heard(timeline.reset_moved), heard(timeline.seek_requested)
    QTest.mousePress(timeline, LEFT, pos=mark_place(timeline, 13))
    QTest.mouseMove(timeline, mark_place(timeline, 20) + QPoint(9, 0))
    QTest.mouseRelease(timeline, LEFT, pos=mark_place(timeline, 20) + QPoint(9, 0))
    assert moved == [(13, 20)]
    assert sought == []


def test_a_mark_that_is_put_back_has_not_moved(timeline, heard):
    moved = heard(timeline.reset_moved)
    QTest.mousePress(timeline, LEFT, pos=mark_place(timeline, 13))
    QTest.mouseMove(timeline, mark_place(timeline, 20))
    QTest.mouseMove(timeline, mark_place(timeline, 13))
    QTest.mouseRelease(timeline, LEFT, pos=mark_place(timeline, 13))
    assert moved == []


def test_a_mark_can_be_dragged_no_further_than_the_run(timeline, heard):
    moved = heard(timeline.reset_moved)
    QTest.mousePress(timeline, LEFT, pos=mark_place(timeline, 13))
    QTest.mouseMove(timeline, QPoint(timeline.width() + 300, 10))
    QTest.mouseRelease(timeline, LEFT, pos=QPoint(timeline.width() + 300, 10))
    assert moved == [(13, 26)]


# -- keys -------------------------------------------------------------------------------------------


def test_delete_removes_the_selected_mark(timeline, heard):
    removed = heard(timeline.reset_removed)
    QTest.keyClick(timeline, Qt.Key.Key_Delete)
    assert removed == []
    QTest.mouseClick(timeline, LEFT, pos=mark_place(timeline, 13))
    assert timeline.selected == 13
    QTest.keyClick(timeline, Qt.Key.Key_Delete)
    assert removed == [(13,)]


def test_a_mark_that_is_gone_is_no_longer_selected(timeline):
    QTest.mouseClick(timeline, LEFT, pos=mark_place(timeline, 13))
    timeline.set_plan(Plan(9, 3, 1, True), 0)
    assert timeline.selected is None
    assert timeline.points == ()


def test_arrow_keys_go_from_mark_to_mark(timeline, heard):
    said = heard(timeline.seek_requested)
    points = tuple(ResetPoint(b, 1) for b in (1, 4, 7))
    timeline.set_plan(Plan(9, 3, 1, True, Resets(at=points)), 0)
    timeline.set_cursor(10)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left):
        QTest.keyClick(timeline, key)
    assert said == [(13,), (22,), (13,)]
    assert timeline.selected == 13


def test_arrow_keys_are_the_windows_own_while_there_is_no_mark(timeline):
    def taken():
        event = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier)
        event.ignore()
        QApplication.sendEvent(timeline, event)
        return event.isAccepted()

    assert taken()
    timeline.set_plan(Plan(9, 3, 1, True), 0)
    assert not taken()


# -- size -------------------------------------------------------------------------------------------


def test_a_run_of_a_hundred_thousand_batches_is_a_few_hundred_blocks(timeline):
    points = tuple(ResetPoint(int(b), 1) for b in np.arange(0, 100_000, 50))
    plan = Plan(100_000, 3, 1, True, Resets(at=points))
    timeline.set_plan(plan, 0)
    timeline.set_count(150_000)
    timeline.set_cursor(149_999)
    timeline.grab()
    assert len(lay_out(plan, 0, timeline.width()).blocks) < 200
    assert len(timeline.points) == 2000


def test_blocks_are_as_wide_as_their_samples_are_long():
    plan = Plan(4, 5, 1, lengths=(5, 1, 3, 4))
    layout = lay_out(plan, 0, 1000)
    assert [(block.start, block.stop) for block in layout.blocks] == [(0, 5), (5, 6), (6, 9), (9, 13)]
    stateless = Plan(4, 5, 1, resets=Resets(every=2), lengths=(5, 1, 3, 4))
    assert every_steps(stateless, 0, 1000, 4.0) == [2, 4, 8, 11]
    running_on = Plan(4, 5, 1, True, Resets(every=4), epochs=2, lengths=(5, 1, 3, 4))
    assert every_steps(running_on, 0, 1000, 4.0) == [4, 8, 12, 17, 21, 25]
