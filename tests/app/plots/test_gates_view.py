import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTabWidget, QWidget

from app.plots.colours import indices, lookup_table
from app.plots.series import Lines
from app.theme import DARK
from lstm_viz.layer_trace import Window
from lstm_viz.signals import SIGNALS

LEFT = Qt.MouseButton.LeftButton


def cell(view, signal, step, unit):
    """Return the middle of a cell on the canvas."""
    row = next(row for row in view._rows if row.key == signal)
    x = row.rect.left() + view._scale().to_pixels(step)
    y = row.rect.top() + (unit + 0.5) * row.rect.height() / view._units
    return QPoint(round(x), round(y))


def canvas(view):
    return view._canvas.viewport()


def point_at(view, place):
    QTest.mouseMove(canvas(view), place)


def drag(view, place, by):
    QTest.mousePress(canvas(view), LEFT, pos=place)
    QTest.mouseMove(canvas(view), place + QPoint(by // 2, 0))
    QTest.mouseMove(canvas(view), place + QPoint(by, 0))
    QTest.mouseRelease(canvas(view), LEFT, pos=place + QPoint(by, 0))


def turn_wheel(view, place, notches, modifiers=Qt.KeyboardModifier.NoModifier):
    event = QWheelEvent(
        QPointF(place),
        QPointF(canvas(view).mapToGlobal(place)),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas(view), event)


@pytest.fixture
def long_run(gates):
    """The same view, of a run of 1000 steps of which it shows some."""
    gates.set_run("lstm", 6, 1000, 10, 100)
    gates.show_steps(100, 200)
    gates.set_following(True)
    return gates


def test_a_view_at_the_back_is_laid_out_when_it_comes_to_the_front(long_run, qtbot):
    tabs = QTabWidget()
    qtbot.addWidget(tabs)
    tabs.addTab(long_run, "front")
    tabs.addTab(QWidget(), "other")
    tabs.show()
    axis = long_run._frame.step_axis
    tabs.setCurrentIndex(1)
    at_the_back = axis.ticks(long_run._look)
    long_run.set_cursor(700)
    assert long_run.visible_steps()[1] > 700  # it knows where it is
    assert axis.ticks(long_run._look) == at_the_back
    tabs.setCurrentIndex(0)
    assert axis.ticks(long_run._look)[-1] >= 700
    long_run.setParent(None)  # it is closed by whoever made it


# -- what is drawn ----------------------------------------------------------------------------------


@pytest.mark.parametrize("signal", SIGNALS)
def test_each_value_has_the_colour_of_its_place_on_the_scale(gates, window, signal):
    gates.set_signals(window)
    low, high = gates.levels(signal)
    kind = "sequential" if signal in "ifo" else "diverging"
    expected = lookup_table(kind, "light")[indices(window.values[SIGNALS.index(signal)], low, high)]
    np.testing.assert_array_equal(gates.image_of(signal), expected)


def test_what_has_no_value_is_transparent_and_zero_is_not(gates, values):
    values[:, :, 20:30] = np.nan
    values[:, :, 30:] = 0
    gates.set_signals(Window(0, 60, 1, values))
    for signal in SIGNALS:
        assert (gates.image_of(signal)[:, 20:30] == 0).all()
        assert (gates.image_of(signal)[:, 30:] != 0).all()


def test_a_recording_of_nothing_is_drawn_as_nothing(gates):
    gates.set_signals(Window(0, 0, 1, np.zeros((6, 6, 0), np.float32)))
    gates.grab()
    assert gates.image_of("c").size == 0


def test_another_run_forgets_the_picture(gates, window):
    gates.set_signals(window)
    gates.set_run("other", 3, 20, 10, 2)
    assert gates.image_of("c").size == 0


def test_the_scale_of_the_cell_state_widens_to_a_round_number_and_never_back(gates, values):
    large = values.copy()
    large[4, 2, 5] = -2.6
    gates.set_signals(Window(0, 60, 1, large))
    assert gates.levels("c") == (-3, 3)
    gates.set_signals(Window(0, 60, 1, values))
    assert gates.levels("c") == (-3, 3)
    gates.set_run("lstm", 6, 60, 10, 3)
    assert gates.levels("c") == (-3, 3)
    gates.set_run("another", 6, 60, 10, 3)
    assert gates.levels("c") == (-1, 1)


def test_an_unbounded_gate_can_be_given_more_room(gates):
    gates.set_levels("f", 0.0, 3.7)
    assert gates.levels("f") == (0, 4)
    assert gates.levels("i") == (0, 1)


def test_units_stand_in_the_order_that_was_asked_for(gates, window):
    gates.set_signals(window)
    before = gates.image_of("h").copy()
    gates.set_unit_order([3, 1, 0, 2, 5, 4])
    np.testing.assert_array_equal(gates.image_of("h"), before[[3, 1, 0, 2, 5, 4]])


def test_an_order_that_forgets_a_unit_is_refused(gates):
    with pytest.raises(ValueError, match="6 units"):
        gates.set_unit_order([0, 1, 2, 3, 4, 4])


def test_more_units_than_pixels_are_merged_to_the_pixels(gates):
    gates.set_run("wide", 512, 60, 10, 3)
    values = np.zeros((6, 512, 60), np.float32)
    values[4, 300, 30] = 0.9
    gates.set_signals(Window(0, 60, 1, values))
    image = gates.image_of("c")
    assert image.shape[0] <= gates._row("c").rect.height()
    assert (image[:, 30] != image[0, 0]).sum() == 1


def test_merged_timesteps_are_announced(gates, values):
    gates.set_signals(Window(0, 60, 2, values))
    assert gates.badge == "2 timesteps merged (min and max kept)"
    gates.set_signals(Window(0, 60, 1, values))
    assert gates.badge == ""


def test_input_output_and_target_are_drawn_as_lines_and_points(gates):
    x = np.arange(60)
    inputs = Lines(("price",), x, np.sin(x)[:, None])
    ends = np.array([9, 19, 29])
    outputs = Lines(("next",), ends, np.array([[0.1], [0.2], [0.3]]), "points")
    gates.set_series(inputs, outputs, None)
    np.testing.assert_allclose(gates.curves_of("x")[0][1], np.sin(x))
    assert gates.curves_of("y")[0][0].tolist() == ends.tolist()


def test_what_is_not_known_has_no_plot_and_leaves_its_room_to_the_others(gates):
    x = np.arange(60)
    nothing = Lines((), np.empty(0), np.empty((0, 0)))
    gates.set_series(Lines(("price",), x, np.sin(x)[:, None]), nothing, None)
    shown = [row.key for row in gates._rows if row.shown]
    assert shown == ["x", *SIGNALS]
    height = gates._row("c").rect.height()
    gates.set_series(None, None, None)
    assert gates._row("c").rect.height() > height


def test_another_theme_repaints_with_its_own_colours(gates, window):
    gates.set_signals(window)
    light = gates.image_of("c").copy()
    gates.set_theme(DARK)
    assert (gates.image_of("c") != light).any()
    np.testing.assert_array_equal(
        gates.image_of("c"), lookup_table("diverging", "dark")[indices(window.values[4], -1, 1)]
    )


# -- pointing, clicking, pinning --------------------------------------------------------------------


def test_pointing_at_a_cell_reads_its_value(gates, window):
    gates.set_signals(window)
    point_at(gates, cell(gates, "f", 41, 2))
    value = window.values[1, 2, 41]
    expected = f"t = 41 · epoch 1 · batch 1, timestep 1 · unit 2 · f forget gate {value:.3f}"
    assert gates.readout == expected


def test_the_value_under_a_resting_mouse_follows_what_is_recorded(gates, values):
    point_at(gates, cell(gates, "c", 3, 0))
    assert gates.readout.endswith("not recorded yet")
    gates.set_signals(Window(0, 60, 1, values))
    assert gates.readout.endswith(f"{values[4, 0, 3]:.3f}")


def test_a_masked_cell_says_so(gates, values):
    values[:4, :, 5] = np.nan
    gates.set_signals(Window(0, 60, 1, values))
    point_at(gates, cell(gates, "i", 5, 0))
    assert gates.readout.endswith("masked: not computed")


def test_merged_cells_tell_their_minimum_and_maximum(gates, values):
    merged = np.zeros((6, 6, 12), np.float32)
    merged[:, :, 0::2], merged[:, :, 1::2] = -0.5, 0.25
    gates.set_signals(Window(0, 60, 10, merged))
    point_at(gates, cell(gates, "h", 34, 4))
    assert gates.readout == "t = 30 … 39 · unit 4 · h hidden state −0.500 … 0.250"


def test_a_sorted_view_reads_the_unit_that_stands_there(gates, window):
    gates.set_signals(window)
    gates.set_unit_order([5, 4, 3, 2, 1, 0])
    point_at(gates, cell(gates, "o", 10, 0))
    assert "unit 5 ·" in gates.readout
    assert gates.readout.endswith(f"{window.values[3, 5, 10]:.3f}")


def test_pointing_at_a_reset_tells_its_cause(gates):
    gates.set_marks([(0, "start"), (30, "each epoch")])
    bar = gates._frame.mark_bar.geometry()
    point_at(gates, QPoint(round(bar.left() + gates._scale().to_pixels(29.5)), round(bar.center().y())))
    assert "t = 30" in gates.readout
    assert gates.readout.endswith("reset at the start of each epoch")


def test_a_click_asks_to_go_to_its_step(gates, heard):
    said = heard(gates.seek_requested)
    QTest.mouseClick(canvas(gates), LEFT, pos=cell(gates, "g", 23, 3))
    QTest.mouseClick(canvas(gates), LEFT, pos=cell(gates, "i", 0, 0))
    QTest.mouseClick(canvas(gates), LEFT, pos=cell(gates, "h", 59, 5))
    assert said == [(23,), (0,), (59,)]


def test_a_double_click_pins_the_unit_of_its_row(gates, heard):
    said = heard(gates.unit_pinned)
    QTest.mouseDClick(canvas(gates), LEFT, pos=cell(gates, "c", 23, 3))
    assert said == [(3,)]


def test_a_click_on_a_units_number_pins_it_and_goes_nowhere(gates, heard):
    pinned, sought = heard(gates.unit_pinned), heard(gates.seek_requested)
    place = cell(gates, "c", 0, 4)
    place.setX(round(gates._row("c").rect.left()) - 12)
    QTest.mouseClick(canvas(gates), LEFT, pos=place)
    assert pinned == [(4,)]
    assert sought == []


def test_pinned_units_are_marked_at_every_heatmap(gates):
    gates.set_pinned((4, 1))
    for signal in SIGNALS:
        assert [(pin.unit, pin.curve) for pin in gates._row(signal).left._pins] == [(4, 0), (1, 1)]
    gates.grab()


# -- moving the view --------------------------------------------------------------------------------


def test_a_short_run_is_seen_as_a_whole(gates):
    assert gates.visible_steps() == (0, 60)
    assert 400 < gates.columns() < 900 * gates.devicePixelRatioF()


def test_dragging_pans_and_stops_following(long_run, heard):
    stopped, sought = heard(long_run.following_stopped), heard(long_run.seek_requested)
    ten_steps = round(10 * long_run._scale().pixels_per_step)
    drag(long_run, cell(long_run, "c", 150, 2), ten_steps)
    assert long_run.visible_steps()[0] in (89, 90, 91)
    assert not long_run.following
    assert stopped == [()]
    assert sought == []


def test_the_view_follows_the_cursor_until_it_is_told_otherwise(long_run):
    long_run.set_cursor(500)
    start, stop = long_run.visible_steps()
    assert start <= 500 < stop
    long_run.set_following(False)
    long_run.set_cursor(900)
    assert long_run.visible_steps() == (start, stop)
    long_run.set_following(True)
    assert long_run.visible_steps()[0] <= 900 < long_run.visible_steps()[1]


def test_the_wheel_zooms_around_the_mouse(long_run):
    place = cell(long_run, "c", 150, 2)
    before = long_run._scale().to_axis(place.x() - long_run._row("c").rect.left())
    turn_wheel(long_run, place, 2)
    start, stop = long_run.visible_steps()
    assert 60 <= stop - start <= 68
    after = long_run._scale().to_axis(place.x() - long_run._row("c").rect.left())
    assert after == pytest.approx(before)


def test_nobody_zooms_out_of_the_run_or_closer_than_a_few_steps(long_run):
    place = cell(long_run, "c", 150, 2)
    turn_wheel(long_run, place, 60)
    start, stop = long_run.visible_steps()
    assert 8 <= stop - start <= 9
    turn_wheel(long_run, place, -90)
    assert long_run.visible_steps() == (0, 1000)


def test_the_wheel_with_shift_pans(long_run):
    turn_wheel(long_run, cell(long_run, "c", 150, 2), -1, Qt.KeyboardModifier.ShiftModifier)
    start, stop = long_run.visible_steps()
    assert start > 100
    assert stop - start in (100, 101)


def test_keys_zoom_and_show_everything(long_run):
    long_run._canvas.setFocus()
    QTest.keyClick(long_run._canvas, Qt.Key.Key_Plus)
    assert long_run.visible_steps()[1] - long_run.visible_steps()[0] in (80, 81)
    QTest.keyClick(long_run._canvas, Qt.Key.Key_0)
    assert long_run.visible_steps() == (0, 1000)


def test_whoever_owns_the_view_is_told_when_other_steps_or_sizes_are_seen(long_run, heard):
    said = heard(long_run.view_changed)
    long_run.show_steps(300, 400)
    assert len(said) == 1
    long_run.show_steps(300, 400)
    assert len(said) == 1
    long_run.resize(700, 640)
    QApplication.processEvents()
    assert len(said) >= 2


def test_the_cursor_alone_asks_for_no_new_reading(gates, heard):
    said = heard(gates.view_changed)
    gates.set_cursor(30)
    assert gates.cursor_step == 30
    assert said == []


def test_a_narrow_view_keeps_room_for_its_plots(gates):
    gates.resize(430, 380)
    QApplication.processEvents()
    row = gates._row("c")
    assert row.rect.width() > 250
    assert row.rect.height() > 20
    gates.grab()


def test_a_target_has_the_colour_of_the_output_of_its_name_and_is_named_once(gates):
    x = np.arange(60)
    outputs = Lines(("idle", "busy"), x, np.random.default_rng(0).random((60, 2)))
    targets = Lines(("target idle", "target busy"), x, np.ones((60, 2)))
    gates.set_series(None, outputs, targets)
    entries = gates._row("y").right.entries
    assert [entry.name for entry in entries] == ["idle", "busy", "target"]
    assert len(gates.curves_of("y")) == 4
    assert gates._lines["y"].entries[0].colour == gates._lines["y"].entries[2].colour
    assert gates._lines["y"].entries[0].dashes != gates._lines["y"].entries[2].dashes


def test_what_an_output_would_be_earlier_has_its_colour_and_is_named_and_read_as_such(gates):
    ends, x = np.arange(9, 60, 10), np.arange(60)
    values = np.random.default_rng(0).random((60, 2))
    outputs = Lines(("idle", "busy"), ends, values[ends], "points")
    targets = Lines(("target idle", "target busy"), ends, np.ones((6, 2)), "points")
    endings = Lines(("idle", "busy"), x, values, "trail", "if it ended here")
    for given in (targets, None):
        gates.set_series(None, outputs, given, endings)
        drawn, entries = gates._lines["y"].entries, gates._row("y").right.entries
        assert [entry.colour for entry in drawn[-2:]] == [entry.colour for entry in drawn[:2]]
        assert all(last.dashes != first.dashes for first, last in zip(drawn[:2], drawn[-2:], strict=True))
        assert entries[-1].name == "if it ended here"
        assert len(entries) == (4 if given else 3)
    text = gates._lines["y"].text_at(4, gates._run)
    assert " · if it ended here: idle " in text
    assert "busy" in text


def test_one_output_with_a_target_keeps_a_colour_for_each_beside_what_it_would_be(gates):
    ends, x = np.arange(9, 60, 10), np.arange(60)
    outputs, targets = (Lines((name,), ends, np.ones((6, 1)), "points") for name in ("output", "target"))
    gates.set_series(None, outputs, targets)
    before = gates._lines["y"].entries
    gates.set_series(None, outputs, targets, Lines(("output",), x, np.ones((60, 1)), "trail", "earlier"))
    assert gates._lines["y"].entries[:2] == before
    assert [entry.name for entry in gates._row("y").right.entries] == ["output", "target", "earlier"]


def test_another_model_begins_with_fresh_ranges_even_where_its_layer_has_the_same_name(gates, window):
    values = window.values.copy()
    values[4] *= 1000
    gates.set_signals(Window(window.start, window.stop, window.factor, values))
    wide = gates.levels("c")
    gates.set_run("lstm", 6, 60, 10, 6)
    assert gates.levels("c") == wide
    gates.forget_layer()
    gates.set_run("lstm", 6, 60, 10, 6)
    assert gates.levels("c")[1] < wide[1]


def test_a_time_axis_of_its_own_is_said_beside_the_plots_and_below_them(gates):
    assert gates.own_time == ""
    gates.set_run("lstm", 6, 30, 5, 6, "5 timesteps to the run's 8")
    assert gates.own_time == "5 timesteps to the run's 8"
    assert gates._frame.step_axis.captions[0] == "own step"
    gates.set_run("lstm", 6, 60, 10, 3)
    assert not gates.own_time
    assert gates._frame.step_axis.captions[0] == "step"
