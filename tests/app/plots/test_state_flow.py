from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QToolButton

from app.plots.export import save_svg
from app.plots.look import Look
from app.plots.state_flow import StateFlowView
from app.plots.state_flow_grid import Zoom
from app.plots.state_flow_layout import Status
from app.plots.state_flow_painting import strip_image
from app.theme import DARK, LIGHT
from lstm_viz.dataset import Dataset
from lstm_viz.dataset.shaping import Shaping
from lstm_viz.interleave import order_for
from lstm_viz.plan import Plan, ResetPoint, Resets

LEFT, CONTROL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier
WHEEL_AT = QPoint(400, 60)
PLAN = Plan(24, 3, 2, True, Resets(at=(ResetPoint(4, 0, rows=(1,)), ResetPoint(6, 1))))
DATA = Dataset.from_series(np.arange(73.0), Shaping(3, 3))


@pytest.fixture
def view(qtbot):
    """A run of 12 batches of 2 rows of 3 timesteps, no row of which continues from batch to batch."""
    made = StateFlowView()
    qtbot.addWidget(made)
    made.resize(900, 500)
    made.set_theme(LIGHT)
    made.set_plan(PLAN, DATA)
    made.show()
    return made


def middle_of(view, column, row):
    return view.canvas.rect_of(column, row).center()


def click(view, column, row):
    QTest.mouseClick(view.canvas.viewport(), LEFT, pos=middle_of(view, column, row))


def turn_wheel(view, notches, modifiers=Qt.KeyboardModifier.NoModifier):
    target, at = view.canvas.viewport(), WHEEL_AT
    event = QWheelEvent(
        QPointF(at), QPointF(target.mapToGlobal(at)), QPoint(), QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton, modifiers, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(target, event)


def press(view, *keys):
    for key in keys:
        QTest.keyClick(view.canvas, key)


# -- going to a cell --------------------------------------------------------------------------------


def test_a_click_on_a_cell_asks_to_go_to_its_first_step_and_row(view, heard):
    said = heard(view.seek_requested)
    click(view, 3, 1)
    click(view, 0, 0)
    assert said == [(9, 1), (0, 0)]
    assert view.canvas.selected == (0, 0)


def test_a_click_beside_the_cells_takes_the_selection_away(view, heard):
    click(view, 3, 1)
    said = heard(view.seek_requested)
    viewport = view.canvas.viewport()
    QTest.mouseClick(viewport, LEFT, pos=QPoint(viewport.width() - 20, viewport.height() - 20))
    assert view.canvas.selected is None
    assert said == []


def test_every_cell_can_be_clicked_where_the_columns_are_broken_into_bands(view, heard):
    view.resize(420, 500)
    assert view.canvas.grid.bands > 1
    said = heard(view.seek_requested)
    for column in range(12):
        for row in range(2):
            view.canvas.show_place((column, row))
            click(view, column, row)
    assert said == [(3 * column, row) for column in range(12) for row in range(2)]


def test_arrow_keys_move_the_selection_and_enter_goes_there(view, heard):
    said = heard(view.seek_requested)
    view.set_cursor(7)
    keys = Qt.Key
    press(view, keys.Key_Right)
    assert view.canvas.selected == (2, 0)  # the selection begins at the cursor
    press(view, keys.Key_Right, keys.Key_Right, keys.Key_Down, keys.Key_Left)
    assert view.canvas.selected == (3, 1)
    assert said == []
    press(view, keys.Key_Return)
    assert said == [(9, 1)]
    press(view, keys.Key_Escape)
    assert view.canvas.selected is None


def test_the_selection_stays_in_the_run(view):
    view.canvas.select((0, 0))
    press(view, Qt.Key.Key_Left, Qt.Key.Key_Up)
    assert view.canvas.selected == (0, 0)
    view.canvas.select((11, 1))
    press(view, Qt.Key.Key_Right, Qt.Key.Key_Down)
    assert view.canvas.selected == (11, 1)


def test_down_from_the_last_row_goes_on_in_the_band_below(view):
    view.resize(420, 500)
    per_band = view.canvas.grid.per_band
    view.canvas.select((1, 1))
    press(view, Qt.Key.Key_Down)
    assert view.canvas.selected == (1 + per_band, 0)
    press(view, Qt.Key.Key_Up)
    assert view.canvas.selected == (1, 1)


def test_tab_brings_the_keyboard_and_selects_where_the_cursor_stands(view, qtbot):
    view.set_cursor(10)
    view.set_row(1)
    view.activateWindow()
    closer = next(b for b in view.findChildren(QToolButton) if b.accessibleName() == "Zoom in")
    assert closer.isEnabled()
    closer.setFocus()
    qtbot.waitUntil(closer.hasFocus)
    assert view.canvas.selected is None
    while QApplication.focusWidget() is not view.canvas:
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Backtab)
    assert view.canvas.selected == (3, 1)


def test_keys_of_the_grid_are_its_own_and_others_the_windows(view):
    def taken(key, modifiers=Qt.KeyboardModifier.NoModifier):
        event = QKeyEvent(QEvent.Type.ShortcutOverride, key, modifiers)
        event.ignore()
        QApplication.sendEvent(view.canvas, event)
        return event.isAccepted()

    assert taken(Qt.Key.Key_Right)
    assert taken(Qt.Key.Key_Return)
    assert not taken(Qt.Key.Key_Space)
    assert not taken(Qt.Key.Key_Right, CONTROL)
    assert not taken(Qt.Key.Key_Escape)  # there is no selection to take away
    view.set_plan(None, None)
    assert not taken(Qt.Key.Key_Right)


# -- words ------------------------------------------------------------------------------------------


def test_the_worst_is_explained_until_a_cell_is_selected(view):
    assert view.explanation.startswith(
        "All 21 arrows hand state to data that do not continue. The first: row 0"
    )
    click(view, 4, 1)
    assert view.explanation == "Row 1 starts batch 4 (sample 9) from zeros: reset point put by hand."
    click(view, 6, 0)
    assert view.explanation == (
        "Row 0 starts batch 6 (sample 12) from sample 10's last state; 3 timesteps between the two are left "
        "out. Inside it, h and c become zero before timestep 1 (reset by hand)."
    )
    assert view.canvas.accessibleDescription() == view.explanation


def test_hovering_says_everything_about_a_cell_and_leaving_rests(view):
    resting = view.readout
    QTest.mouseMove(view.canvas.viewport(), middle_of(view, 2, 1))
    assert view.readout.startswith("t = 6 · Row 1 starts batch 2 (sample 5) from sample 3's last state;")
    assert view.readout.endswith("Sample 5 is timesteps 15 to 17 of the series")
    QTest.mouseMove(view.canvas.viewport(), QPoint(5, 5))
    assert view.readout == resting


def test_the_explanation_follows_the_plan(view):
    view.set_plan(replace(PLAN, stateful=False), DATA)
    assert view.explanation.startswith("Not stateful")
    view.set_plan(None, None)
    assert view.explanation == "No run."
    view.canvas.grab()
    assert view.canvas.grid is None


def test_data_of_fewer_samples_are_those_of_another_run(view):
    view.set_plan(Plan(50, 3, 1, True), DATA)
    assert "without data" in view.explanation


# -- interleaving -----------------------------------------------------------------------------------


def test_interleaving_is_offered_where_it_cures_and_no_longer_after_it(view, heard):
    said = heard(view.interleave_requested)
    assert view.interleave_button.isVisible()
    QTest.mouseClick(view.interleave_button, LEFT)
    view.interleave_button.setFocus()
    QTest.keyClick(view.interleave_button, Qt.Key.Key_Space)
    assert said == [(), ()]
    view.set_plan(replace(PLAN, order=order_for(DATA, 2)), DATA)
    assert not view.interleave_button.isVisible()
    assert view.explanation.startswith("Each sample that is handed a state begins right after")


def test_interleaving_is_not_offered_for_a_cell_that_is_right(view):
    click(view, 4, 1)
    assert not view.interleave_button.isVisible()
    click(view, 3, 1)
    assert view.interleave_button.isVisible()


@pytest.mark.parametrize(
    ("plan", "data"),
    [
        (Plan(24, 3, 2, True), Dataset.from_arrays(np.zeros((24, 3, 1)))),
        (Plan(24, 3, 1, True), Dataset.from_series(np.arange(27.0), Shaping(3))),
        (Plan(24, 3, 2), DATA),
        (Plan(24, 3, 2, True), None),
    ],
)
def test_interleaving_is_not_offered_where_it_cures_nothing(view, plan, data):
    view.set_plan(plan, data)
    assert not view.interleave_button.isVisible()


# -- zoom and scrolling -----------------------------------------------------------------------------


@pytest.fixture
def long_view(view):
    """The same look at 3,000 batches of 32 rows."""
    view.set_plan(Plan(96_000, 3, 32, True), Dataset.from_series(np.arange(96_003.0), Shaping(3)))
    return view


def test_the_wheel_with_control_zooms_around_the_mouse(long_view):
    canvas = long_view.canvas
    canvas.horizontalScrollBar().setValue(50_000)
    place = canvas.place_at(QPointF(WHEEL_AT))
    pitch = canvas.zoom.pitch
    turn_wheel(long_view, 1, CONTROL)
    assert canvas.zoom.pitch > pitch
    assert canvas.place_at(QPointF(WHEEL_AT)) == place
    for _ in range(3):
        turn_wheel(long_view, -1, CONTROL)
    assert canvas.zoom.pitch < pitch
    assert abs(canvas.place_at(QPointF(WHEEL_AT))[0] - place[0]) <= 1


def test_the_wheel_alone_scrolls_down_or_where_there_is_nothing_below_along_the_run(long_view):
    canvas = long_view.canvas
    turn_wheel(long_view, -1)
    assert canvas.verticalScrollBar().value() > 0
    assert canvas.horizontalScrollBar().value() == 0
    long_view.set_plan(Plan(300, 3, 10, True), DATA)
    long_view.resize(500, 500)
    assert canvas.verticalScrollBar().maximum() == 0
    turn_wheel(long_view, -1)
    assert canvas.horizontalScrollBar().value() > 0


def test_zooming_out_ends_with_the_whole_run_and_says_that_batches_are_merged(long_view):
    assert long_view.badge == ""
    long_view.show_all()
    merge = long_view.canvas.zoom.merge
    assert long_view.canvas.grid.fits
    assert long_view.badge == f"1 column = {merge} batches (worst kept)"
    assert long_view.canvas.can_zoom == (True, False)
    press(long_view, Qt.Key.Key_Plus)
    assert long_view.canvas.zoom.merge < merge
    press(long_view, Qt.Key.Key_Minus, Qt.Key.Key_Minus)
    assert long_view.canvas.zoom == Zoom(1, merge)
    for _ in range(30):
        long_view.zoom(0.5)
    assert long_view.canvas.zoom == Zoom(84)
    press(long_view, Qt.Key.Key_0)
    assert long_view.canvas.zoom == Zoom(1, merge)


def test_a_merged_column_stands_for_its_worst_batch(view, heard):
    order = [*range(3000)]
    order[1234], order[1235] = 1235, 1234
    data = Dataset.from_series(np.arange(3001.0), Shaping(1, 1))
    view.set_plan(Plan(3000, 1, 1, True, order=tuple(order)), data)
    view.resize(300, 260)
    view.show_all()
    merge = view.canvas.zoom.merge
    assert merge > 1
    said = heard(view.seek_requested)
    click(view, 1234 // merge * merge, 0)
    assert said == [(1234, 0)]
    # A move to the place where the mouse was left is none.
    QTest.mouseMove(view.canvas.viewport(), middle_of(view, 1234, 0) + QPoint(0, 2))
    QTest.mouseMove(view.canvas.viewport(), middle_of(view, 1234, 0))
    assert view.readout.startswith(f"The worst of {merge} batches: t = 1234 · Row 0 starts batch 1234")


def test_a_short_run_is_shown_whole_until_the_user_zooms(view):
    assert view.canvas.grid.fits
    view.resize(1300, 700)
    assert view.canvas.grid.fits
    view.zoom(0.5)
    chosen = view.canvas.zoom
    view.resize(1250, 700)
    assert view.canvas.zoom == chosen


def test_the_view_comes_with_the_cursor_unless_it_was_scrolled_away(long_view):
    canvas = long_view.canvas
    long_view.set_cursor(0)
    long_view.set_cursor(3000)
    assert canvas.viewport().rect().contains(canvas.rect_of(1000, 0))
    canvas.horizontalScrollBar().setValue(0)
    long_view.set_cursor(3003)
    assert canvas.horizontalScrollBar().value() == 0


def test_a_change_of_reset_points_leaves_the_view_where_it_is(long_view):
    canvas = long_view.canvas
    canvas.horizontalScrollBar().setValue(20_000)
    canvas.verticalScrollBar().setValue(100)
    canvas.select((400, 10))
    before = canvas.horizontalScrollBar().value(), canvas.verticalScrollBar().value()
    flow = canvas._flow
    long_view.set_plan(flow.plan.with_reset(ResetPoint(400, 0)), flow.dataset)
    assert (canvas.horizontalScrollBar().value(), canvas.verticalScrollBar().value()) == before
    assert canvas.selected == (400, 10)
    assert long_view.explanation.endswith("from zeros: reset point put by hand.")


def test_a_hundred_thousand_batches_are_looked_through_bit_by_bit(view, qtbot):
    order = (*range(99_998), 99_999, 99_998)
    data = Dataset.from_series(np.arange(100_001.0), Shaping(1, 1))
    view.set_plan(Plan(100_000, 1, 1, True, order=order), data)
    qtbot.waitUntil(lambda: view.explanation.startswith("2 of 99999 arrows"))
    view.canvas.grab()
    assert view.canvas.verticalScrollBar().maximum() > 10_000


def test_a_hidden_view_looks_through_nothing(view):
    view.hide()
    view.set_plan(Plan(100_000, 1, 1, True), Dataset.from_series(np.arange(100_001.0), Shaping(1, 1)))
    assert not view._scanner.isActive()


# -- pictures ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
@pytest.mark.parametrize("zooms_out", [0, 3, 8])
def test_every_zoom_is_drawn_in_every_theme(view, theme, zooms_out):
    view.set_plan(replace(PLAN, resets=replace(PLAN.resets, every=2, each_epoch=False), epochs=30), DATA)
    view.set_theme(theme)
    view.set_count(40)
    view.set_cursor(31)
    view.canvas.select((12, 1))
    for _ in range(zooms_out):
        view.zoom(2)
    image = view.canvas.grab().toImage()
    colours = {image.pixel(x, y) for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)}
    assert QColor(theme.window).rgb() in colours
    assert len(colours) > 4


def test_recorded_cells_are_filled(view):
    def colour(column):
        area = view.canvas.rect_of(column, 0)
        return view.canvas.grab().toImage().pixelColor(area.left() + 4, area.bottom() - 4)

    ground = QColor(LIGHT.plot_background)
    assert colour(5) == ground
    view.set_count(17)
    assert colour(4) != ground
    assert colour(5) != ground  # two of its three timesteps
    assert colour(6) == ground
    view.set_count(3)
    assert colour(5) == ground


def test_the_upper_half_of_a_strip_is_empty_where_state_is_lost_and_shows_what_is_worse_at_a_point(qapp):
    values = np.array([[Status.CARRIED, Status.POLICY, Status.BREAKS, Status.BREAKS]], np.uint8)
    points = np.array([[False, False, False, True]])
    image = strip_image(values, points, LIGHT)
    colours = [[image.pixelColor(x, y).name() for x in range(4)] for y in range(2)]
    assert colours[0][1] == LIGHT.plot_background
    assert colours[1][1] != LIGHT.plot_background
    assert colours[0][0] == colours[1][0] != LIGHT.plot_background
    assert colours[0][2] == colours[1][2] == colours[0][3] == LIGHT.warning
    assert colours[1][3] == LIGHT.reset


def test_every_control_has_a_name_and_a_tip(view):
    for button in view.findChildren(QAbstractButton):
        assert button.accessibleName()
        assert button.toolTip()
    assert view.canvas.accessibleName()


def test_names_of_many_rows_leave_room_for_themselves(view):
    view.set_plan(Plan(5000, 3, 1000, True), None)
    grid = view.canvas.grid
    assert grid.left > Look(LIGHT, view.font()).width("row 999")


def test_the_buttons_zoom_until_there_is_nothing_more_to_see(long_view):
    closer, further = (
        next(b for b in long_view.findChildren(QToolButton) if b.accessibleName() == name)
        for name in ("Zoom in", "Zoom out")
    )
    before = long_view.canvas.zoom
    QTest.mouseClick(closer, LEFT)
    assert long_view.canvas.zoom.pitch > before.pitch
    QTest.mouseClick(further, LEFT)
    assert long_view.canvas.zoom == before
    while further.isEnabled():
        QTest.mouseClick(further, LEFT)
    assert long_view.canvas.can_zoom == (True, False)
    assert closer.isEnabled()


def test_it_is_saved_as_shapes_and_text(view, tmp_path):
    save_svg(view, tmp_path / "flow.svg")
    text = (tmp_path / "flow.svg").read_text(encoding="utf-8")
    assert "<title>State flow</title>" in text
    assert ">row 1<" in text.replace("\n", "")


def test_the_sign_is_drawn_in_the_colours_of_another_theme(view):
    before = view._sign.pixmap().toImage()
    view.set_theme(DARK)
    assert view._sign.pixmap().toImage() != before
