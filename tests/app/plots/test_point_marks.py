from app.plots.point_marks import PointMark, point_marks
from lstm_viz.plan import Plan, ResetPoint, Resets


def test_a_mark_without_an_epoch_stands_in_every_epoch():
    plan = Plan(9, 3, 1, True, Resets(at=(ResetPoint(4, 1), ResetPoint(0, 2, epoch=1))), epochs=2)
    assert [mark.step for mark in point_marks(plan, 0)] == [13, 29, 40]
    assert [mark.step for mark in point_marks(plan, 0, 13, 40)] == [13, 29]


def test_a_mark_says_whom_it_concerns():
    at = (
        ResetPoint(0, 1),
        ResetPoint(1, 2, rows=(2, 0)),
        ResetPoint(1, 2, rows=(1,)),
        ResetPoint(2, 0, (1,)),
    )
    plan = Plan(12, 3, 4, True, Resets(at=at))
    assert point_marks(plan, 1) == [
        PointMark(1, None, True),
        PointMark(5, (0, 1, 2), True),
        PointMark(6, (1,), True),
    ]
    assert [mark.own for mark in point_marks(plan, 3)] == [True, False, False]
    assert [mark.own for mark in point_marks(plan, 0)] == [True, True, False]
