import numpy as np

from app.plots.marks import Resets, borders
from app.plots.steps import StepScale
from lstm_viz.timetable import Timetable

SCALE = StepScale(-0.5, 99.5, 1000)


def test_a_reset_lies_on_the_left_edge_of_its_step():
    resets = Resets.of([(10, "point"), (0, "start")])
    assert resets.steps.tolist() == [0, 10]
    assert resets.shown(SCALE, 3) == [(0.0, False), (100.0, True)]


def test_resets_out_of_view_are_not_drawn():
    resets = Resets.of([(s, "each batch") for s in range(0, 1000, 10)])
    shown = resets.shown(StepScale(199.5, 299.5, 1000), 3)
    assert [x for x, _ in shown] == [100.0 * k for k in range(11)]


def test_no_resets_is_no_trouble():
    resets = Resets.of([])
    assert resets.shown(SCALE, 3) == []
    assert not resets.crowded(SCALE, 4)
    assert resets.cause_near(3, 100) is None


def test_a_hundred_thousand_resets_are_thinned_to_the_pixels_but_none_put_by_hand_is_lost():
    every = [(s, "stateless") for s in range(0, 300_000, 3)] + [(100_000, "point"), (100_001, "point")]
    resets = Resets.of(every)
    scale = StepScale(-0.5, 299_999.5, 900)
    shown = resets.shown(scale, 3)
    assert len(shown) <= 303
    assert sum(by_hand for _, by_hand in shown) == 2
    assert resets.crowded(scale, 4)


def test_the_cause_of_the_nearest_reset_is_told():
    resets = Resets.of([(10, "point"), (20, "each epoch")])
    assert resets.cause_near(18.9, within=1) == (20, "each epoch")
    assert resets.cause_near(15, within=1) is None


def test_borders_between_batches_leave_out_the_start_and_the_end_of_the_run():
    assert borders(Timetable(4, 25), SCALE, 100, 4) == [250.0, 500.0, 750.0]


def test_borders_that_would_touch_are_not_drawn():
    assert borders(Timetable(5000, 2), StepScale(-0.5, 9999.5, 1000), 10_000, 4) == []


def test_borders_are_those_in_view():
    found = borders(Timetable(334, 3), StepScale(29.5, 39.5, 100), 1000, 4)
    np.testing.assert_allclose(found, [0, 30, 60, 90])


def test_borders_of_batches_of_different_lengths_lie_where_each_begins():
    table = Timetable(3, [20, 50, 30])
    assert borders(table, SCALE, 100, 4) == [200.0, 700.0]
    assert borders(table, StepScale(49.5, 149.5, 1000), 200, 4) == [200.0, 500.0, 700.0]
    assert borders(table, StepScale(-0.5, 199.5, 6), 200, 4) == []
