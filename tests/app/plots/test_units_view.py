import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.plots.series import Lines
from lstm_viz.layer_trace import Window


def test_without_units_it_says_how_to_pin_one(units_view):
    assert units_view._empty.isVisible()
    assert "click a unit's number" in units_view._empty.text()
    assert not units_view._canvas.isVisible()
    assert not units_view._pinned.isVisible()


def test_each_pinned_unit_has_a_curve_in_each_shown_signal(units_view, window):
    units_view.set_units((2, 5))
    units_view.set_signals(window)
    assert units_view.shown_signals == ("c", "h")
    for signal, number in (("c", 4), ("h", 5)):
        curves = units_view.curves_of(signal)
        assert len(curves) == 2
        for (x, y), unit in zip(curves, (2, 5), strict=True):
            np.testing.assert_array_equal(x, np.arange(60))
            np.testing.assert_allclose(y, window.values[number, unit], rtol=1e-6)


def test_signals_can_be_chosen(units_view, window):
    units_view.set_units((0,))
    units_view.set_signals(window)
    QTest.mouseClick(units_view._buttons["f"], Qt.MouseButton.LeftButton)
    QTest.mouseClick(units_view._buttons["c"], Qt.MouseButton.LeftButton)
    assert units_view.shown_signals == ("f", "h")
    np.testing.assert_allclose(units_view.curves_of("f")[0][1], window.values[1, 0], rtol=1e-6)
    assert [row.key for row in units_view._rows if row.shown] == ["f", "h"]


def test_pressing_a_units_button_asks_to_unpin_it(units_view, heard):
    said = heard(units_view.unit_unpinned)
    units_view.set_units((2, 5))
    assert units_view._chips[5].accessibleName() == "Unpin unit 5"
    QTest.mouseClick(units_view._chips[5], Qt.MouseButton.LeftButton)
    assert said == [(5,)]
    units_view.set_units((2,))
    assert list(units_view._chips) == [2]


def test_a_unit_keeps_its_colour_when_another_is_unpinned(units_view, window):
    units_view.set_signals(window)
    units_view.set_units((2, 5))
    before = {end.name: end.colour for end in units_view._rows[-1].right.ends}
    units_view.set_units((5,))
    units_view.set_signals(window)
    after = {end.name: end.colour for end in units_view._rows[-1].right.ends}
    assert before == {"2": 0, "5": 1}
    assert after == {"5": 1}


def test_names_stand_where_the_curves_end(units_view, values):
    values[:, :, 40:] = np.nan
    units_view.set_units((3,))
    units_view.set_signals(Window(0, 60, 1, values))
    (end,) = units_view._rows[-1].right.ends
    assert (end.name, end.value) == ("3", pytest.approx(float(values[5, 3, 39])))


def test_masked_steps_leave_a_gap(units_view, values):
    values[:4, :, 10:20] = np.nan
    units_view.set_shown_signals(("i",))
    units_view.set_units((0,))
    units_view.set_signals(Window(0, 60, 1, values))
    _, y = units_view.curves_of("i")[0]
    assert np.isnan(y[10:20]).all()
    assert np.isfinite(y[:10]).all()


def test_of_merged_steps_the_envelope_is_drawn(units_view):
    merged = np.zeros((6, 6, 12), np.float32)
    merged[:, :, 0::2], merged[:, :, 1::2] = -0.5, 0.25
    units_view.set_units((1,))
    units_view.set_signals(Window(0, 60, 10, merged))
    x, y = units_view.curves_of("c")[0]
    assert (y.min(), y.max()) == (-0.5, 0.25)
    assert -0.5 < x[0] < x[1] < 9.5
    assert units_view.badge == "10 timesteps merged (min and max kept)"


def test_a_unit_that_the_layer_does_not_have_is_left_out(units_view, window):
    units_view.set_units((2, 77))
    units_view.set_signals(window)
    assert len(units_view.curves_of("c")) == 1


def test_the_range_is_that_of_the_layer_and_never_narrows(units_view, values):
    values[4, 0, 0] = 4.2
    units_view.set_units((3,))
    units_view.set_signals(Window(0, 60, 1, values))
    assert units_view.levels("c") == (-5, 5)
    assert units_view.levels("h") == (-1, 1)


def test_pointing_tells_the_value_of_every_unit(units_view, window):
    units_view.set_units((2, 5))
    units_view.set_signals(window)
    QApplication.processEvents()
    row = next(row for row in units_view._rows if row.key == "c")
    place = QPoint(round(row.rect.left() + units_view._scale().to_pixels(7)), round(row.rect.center().y()))
    QTest.mouseMove(units_view._canvas.viewport(), place)
    two, five = (f"{window.values[4, unit, 7]:.3f}" for unit in (2, 5))
    expected = f"t = 7 · epoch 0 · batch 0, timestep 7 · cell state · unit 2 {two} · unit 5 {five}"
    assert units_view.readout == expected


def test_the_input_stands_above_the_units(units_view):
    x = np.arange(60)
    units_view.set_units((0,))
    units_view.set_series(Lines(("price",), x, np.sin(x)[:, None]))
    assert [row.key for row in units_view._rows if row.shown] == ["x", "c", "h"]
    units_view.set_series(None)
    assert [row.key for row in units_view._rows if row.shown] == ["c", "h"]


def test_pinned_units_ask_for_no_more_width_than_the_curves(units_view):
    units_view.set_units((0,))
    QApplication.processEvents()
    before = units_view.minimumSizeHint().width()
    units_view.set_units(tuple(range(8)))
    QApplication.processEvents()
    assert units_view._chips[7].isVisible()
    assert units_view.minimumSizeHint().width() == before
