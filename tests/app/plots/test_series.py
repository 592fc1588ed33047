import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import Qt

from app.plots.legends import spread
from app.plots.look import Look, kept_slots
from app.plots.series import MOST_LINES, Lines, LinesPlot, thinned
from app.plots.steps import RunShape, StepScale

RUN = RunShape(19, 19, 1)


def test_a_line_that_fits_keeps_every_point():
    x = np.arange(50.0)
    found = thinned(x, x**2, -0.5, 49.5, 200)
    np.testing.assert_array_equal(found[0], x)
    np.testing.assert_array_equal(found[1], x**2)


def test_a_line_is_cut_to_the_view_with_one_point_beyond_either_end():
    x = np.arange(100.0)
    assert thinned(x, x, 39.5, 49.5, 200)[0].tolist() == list(range(39, 51))


def test_a_long_line_keeps_its_extremes():
    x = np.arange(100_000.0)
    y = np.sin(x / 1000)
    y[54_321] = 9
    y[77_777] = -9
    found = thinned(x, y, -0.5, 99_999.5, 2000)
    assert len(found[0]) <= 2100
    assert (found[1].max(), found[1].min()) == (9, -9)
    assert (np.diff(found[0]) >= 0).all()


@pytest.fixture
def plot(look: Look) -> LinesPlot:
    plot = LinesPlot()
    plot.set_look(look)
    plot.set_scale(StepScale(-0.5, 9.5, 500))
    return plot


def lines(y, names=("a",), style="line"):
    y = np.asarray(y, float).reshape(-1, len(names))
    return Lines(tuple(names), np.arange(len(y)), y, style)


def test_the_range_of_values_only_grows(plot):
    plot.set_lines((lines([0, 1, 2]),))
    assert (plot.low, plot.high) == (0, 2)
    plot.set_lines((lines([0.5, 1]),))
    assert (plot.low, plot.high) == (0, 2)
    plot.set_lines((lines([5, 1]),))
    assert (plot.low, plot.high) == (0, 5)


def test_other_data_choose_the_range_anew(plot):
    plot.set_lines((lines([0, 100]),))
    plot.forget_range()
    plot.set_lines((lines([0, 1]),))
    assert (plot.low, plot.high) == (0, 1)


def test_other_data_without_values_are_not_measured_by_those_before(plot):
    plot.set_lines((lines([2800, 5800]),))
    plot.forget_values()
    plot.set_lines((lines([np.nan]),))
    assert (plot.low, plot.high) == (0, 1)
    plot.set_lines((lines([0.2, 0.4]),))
    assert (plot.low, plot.high) == (0.2, 0.4)


def test_a_constant_has_room_around_it(plot):
    plot.set_lines((lines([3, 3]),))
    assert plot.low < 3 < plot.high


def test_nothing_but_gaps_changes_no_range(plot):
    plot.set_lines((lines([np.nan, np.nan]),))
    assert (plot.low, plot.high) == (0, 1)


def test_curves_are_made_once_and_hidden_when_they_are_not_needed(plot):
    plot.set_lines((lines([[0, 1], [1, 0]], ("a", "b")),))
    children = len(plot.box.addedItems)
    assert len(plot.curves) == 2
    plot.set_lines((lines([1, 2]),))
    assert len(plot.curves) == 1
    plot.set_lines((lines([[0, 1], [1, 0]], ("a", "b")),))
    assert len(plot.box.addedItems) == children


def test_of_many_lines_eight_are_drawn_and_the_rest_is_counted(plot):
    names = tuple(f"x {k}" for k in range(20))
    plot.set_lines((lines(np.random.default_rng(0).normal(size=(5, 20)), names),))
    assert len(plot.curves) == 8
    assert len(plot.entries) == 8
    assert plot.left_out == 12


def test_a_line_has_dots_only_while_its_points_stand_apart(plot):
    many = lines(np.arange(2000.0).reshape(-1, 2), ("a", "b"))
    plot.set_lines((many,))
    assert plot.dotted == [0, 1]
    plot.set_scale(StepScale(-0.5, 999.5, 500))
    assert plot.dotted == []
    plot.set_scale(StepScale(-0.5, 9.5, 500))
    plot.set_lines((lines(np.arange(1000.0)),))
    assert plot.dotted == [0]


def test_dots_lie_above_every_curve_whichever_was_made_first(plot):
    plot.set_lines((lines(np.arange(10.0)),))
    plot.set_lines((lines(np.arange(20.0).reshape(-1, 2), ("a", "b")),))
    drawn = plot.box.childGroup.childItems()
    dots = [item for item in drawn if isinstance(item, pg.ScatterPlotItem)]
    curves = [item for item in drawn if isinstance(item, pg.PlotCurveItem)]
    assert len(dots) == 2
    assert min(item.zValue() for item in dots) > max(item.zValue() for item in curves)


def test_the_same_lines_are_drawn_again_in_other_colours_and_not_in_the_same_ones(plot, monkeypatch):
    sets = (lines([0, 1, 2]),)
    plot.set_lines(sets, ((0, 0),))
    first = plot._curves[0].opts["pen"].color()
    plot.set_lines(sets, ((3, 0),))
    assert plot._curves[0].opts["pen"].color() != first
    drawn = []
    monkeypatch.setattr(plot, "_draw", lambda: drawn.append(1))
    plot.set_lines(sets, ((3, 0),))
    assert drawn == []


def test_points_without_a_value_are_not_drawn(plot):
    plot.set_lines((lines([1, np.nan, 3], style="points"),))
    x, y = plot.curves[0]
    assert x.tolist() == [0, 2]
    assert y.tolist() == [1, 3]


def test_the_text_names_every_line_that_has_a_value(plot):
    plot.set_lines((lines([[0.25, 1], [np.nan, -2]], ("price", "volume")),))
    assert plot.text_at(0, RUN) == "t = 0 · price 0.25 · volume 1"
    assert plot.text_at(1, RUN) == "t = 1 · volume −2"
    assert plot.text_at(7, RUN) == "t = 7 · no value here"


def merged(x, y, **more):
    return Lines(("price",), np.array(x), np.array(y, float)[:, None], merged=4, **more)


def test_the_text_tells_both_extremes_where_steps_are_merged(plot):
    plot.set_lines((merged([8, 10, 16, 18], [1, 2, 3, 4.5]),))
    for step in (8, 11):
        assert plot.text_at(step, RUN) == "t = 8 … 11 · price 1 … 2"
    assert plot.text_at(17, RUN) == "t = 16 … 18 · price 3 … 4.5"  # where the run ends
    assert plot.text_at(12, RUN) == "t = 12 · no value here"
    assert plot.text_at(3, RUN) == "t = 3 · no value here"


def test_the_text_of_merged_steps_names_those_of_the_axis_they_lie_on(plot):
    plot.set_lines((merged([4, 5, 6, 7], [1, 2, 3, 4]),))  # of a layer with half as many timesteps
    assert plot.text_at(5, RUN) == "t = 4 … 5 · price 1 … 2"
    assert plot.text_at(6, RUN) == "t = 6 … 7 · price 3 … 4"


def test_the_text_finds_merged_steps_beside_a_gap(plot):
    plot.set_lines((merged([8, 10, 11.5, 11.5, 12, 14], [1, 2, np.nan, np.nan, 3, 4]),))
    assert plot.text_at(11, RUN) == "t = 8 … 11 · price 1 … 2"
    assert plot.text_at(12, RUN) == "t = 12 … 15 · price 3 … 4"


def test_merged_steps_are_drawn_up_and_down_between_their_extremes(plot):
    plot.set_lines((merged([0, 2, 4, 6], [1, 2, 3, 4]),))
    x, y = plot.curves[0]
    assert x.tolist() == [0, 0, 2, 2, 4, 4, 6, 6]
    assert y.tolist() == [1, 2, 2, 1, 3, 4, 4, 3]


def test_extremes_that_are_equal_are_told_once_and_merged_tokens_are_not_counted(plot):
    plot.set_lines((merged([0, 2], [2, 2]),))
    assert plot.text_at(1, RUN) == "t = 0 … 3 · price 2"
    words = merged([0, 2, 4, 6], [0, 1, 1, 1], tokens=("a", "b"))
    plot.set_lines((words,))
    assert plot.text_at(1, RUN) == "t = 0 … 3 · price several"
    assert plot.text_at(5, RUN) == "t = 4 … 7 · price “b” (1)"


def test_merged_steps_are_drawn_without_dashes(plot):
    plot.set_lines((merged([0, 2, 4, 6], [1, 2, 3, 4]),), ((0, 1),))
    dashed = plot._curves[0].opts["pen"]
    assert dashed.style() == Qt.PenStyle.SolidLine
    assert dashed.color().alphaF() < 1  # told from the one below it
    plot.set_lines((lines([1, 2, 3]),), ((0, 1),))
    assert plot._curves[0].opts["pen"].style() == Qt.PenStyle.CustomDashLine


def test_merged_points_stand_as_they_are(plot):
    plot.set_lines((merged([0, 2, 4, 6], [1, 2, 3, 4], style="points"),))
    x, y = plot.curves[0]
    assert (x.tolist(), y.tolist()) == ([0, 2, 4, 6], [1, 2, 3, 4])


def test_pairs_are_thinned_out_as_pairs():
    x, y = np.arange(24.0), np.arange(24.0) % 2
    found_x, found_y = thinned(x, y, 2.5, 99, 8, together=2)
    assert len(found_x) % 2 == 0
    assert found_x[0] == 2  # the pair that the view begins in
    assert found_y.tolist() == [0, 1] * (len(found_y) // 2)
    for start in range(12):
        whole, values = thinned(x, y, start, 99, 1000, together=2)
        assert (whole[0] % 2, values[0]) == (0, 0)


def test_the_band_around_merged_lines_spans_the_extremes_of_each_group(plot):
    low = np.linspace(-3, -1, MOST_LINES + 1)
    many = np.stack([low, low + 10, low - 5, low + 2])
    names = tuple(str(k) for k in range(MOST_LINES + 1))
    plot.set_lines((Lines(names, np.array([0, 2, 4, 6]), many, merged=4),))
    _, y = plot._band.getData()
    top, bottom = y[: len(y) // 2], y[len(y) // 2 :][::-1]
    assert top.tolist() == [9, 9, 1, 1]
    assert bottom.tolist() == [-3, -3, -8, -8]


def test_names_that_would_touch_are_moved_apart_within_the_plot():
    places = spread([10, 11, 12, 95], 10, 0, 100)
    assert (np.diff(places) >= 10 - 1e-9).all()
    assert min(places) >= 0
    assert max(places) <= 100


def test_names_without_room_stand_evenly():
    assert spread([50, 50, 50], 40, 0, 40) == [0, 20, 40]


def test_a_unit_keeps_its_curve_while_it_is_pinned():
    first = kept_slots({}, (7, 3))
    assert first == {7: 0, 3: 1}
    assert kept_slots(first, (3, 9)) == {3: 1, 9: 0}
    assert kept_slots(first, ()) == {}


def tokens(numbers, texts):
    numbers = np.asarray(numbers, float)
    return Lines(("token",), np.arange(len(numbers)), numbers[:, None], tokens=texts)


def test_tokens_are_written_where_there_is_room_and_a_line_is_drawn_where_there_is_none(plot):
    plot.set_lines((tokens([0, 1, np.nan, 1, 7], ("a", "b")),))
    assert plot.token_texts == ("a", "b", "b", "7")
    plot.set_scale(StepScale(-0.5, 499.5, 500))
    assert plot.token_texts == ()
    plot.set_scale(StepScale(-0.5, 9.5, 500))
    assert len(plot.token_texts) == 4
    plot.set_lines((lines([1, 2]),))
    assert plot.token_texts == ()


def test_a_token_is_read_as_its_text(plot):
    plot.set_lines((tokens([0, 1], ("a", "b")),))
    assert plot.text_at(1, RUN) == "t = 1 · token “b” (1)"
