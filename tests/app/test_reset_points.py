"""Points are put, joined, moved and taken away on a plan; what the engine makes of them is test_session's."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from app.reset_points import ResetPoints
from app.run_plan import RunSettings, plan_of
from lstm_viz.dataset import Dataset
from lstm_viz.plan import ResetPoint, Resets

TIMESTEPS = 3
DATA = Dataset.from_arrays(np.zeros((7, TIMESTEPS, 1), np.float32))


class Run:
    """What the points need of a session, without an engine: every change holds at once."""

    def __init__(self, **settings) -> None:
        self.row = 0
        self.opening = False
        self.configure(RunSettings(**{"batch_size": 3, **settings}))

    def configure(self, settings: RunSettings) -> None:
        self.settings = settings
        self.plan = plan_of(DATA, TIMESTEPS, settings)

    def refuse_change(self) -> bool:
        return self.opening


@pytest.fixture
def run() -> SimpleNamespace:
    run = Run()
    return SimpleNamespace(session=run, points=ResetPoints(run))


def test_rows_are_added_to_a_point_and_all_of_them_are_a_point_for_all(run) -> None:
    run.points.put(4, (1,))
    assert run.points.all == (ResetPoint(1, 1, rows=(1,)),)
    run.points.put(4, (0,))
    assert run.points.at(4) == ResetPoint(1, 1, rows=(0, 1))
    run.points.put(4, (2,))
    assert run.points.all == (ResetPoint(1, 1),)
    run.points.put(4, (2,))  # is reset already
    assert run.points.all == (ResetPoint(1, 1),)


def test_the_rows_of_a_point_are_chosen_anew(run) -> None:
    run.points.put(4)
    run.points.set_rows(4, (2, 0, 2))
    assert run.points.all == (ResetPoint(1, 1, rows=(0, 2)),)
    run.points.set_rows(4, ())
    assert run.points.all == ()
    for rows in ((0, 2), None):
        run.points.undo()
        assert run.points.at(4) == ResetPoint(1, 1, rows=rows)


def test_rows_that_the_last_batch_lacks_are_not_reset(run) -> None:
    run.points.put(6, (0, 2))  # batch 2 holds sample 6 alone
    assert run.points.all == (ResetPoint(2, 0),)
    run.points.put(7, (1,))
    assert run.points.all == (ResetPoint(2, 0),)


def test_a_point_that_is_moved_takes_its_rows_along(run) -> None:
    run.points.put(1, (0, 2))
    run.points.move(1, 5)
    assert run.points.all == (ResetPoint(1, 2, rows=(0, 2)),)
    run.points.move(5, 7)  # only row 0 is there
    assert run.points.all == (ResetPoint(2, 1),)
    run.points.undo()
    run.points.move(5, 5)
    run.points.move(5, 99)
    run.points.move(4, 5)
    assert run.points.all == (ResetPoint(1, 2, rows=(0, 2)),)


def test_a_point_that_is_moved_onto_another_one_becomes_one_with_it(run) -> None:
    run.points.put(1, (0,))
    run.points.put(4, (1,))
    run.points.move(1, 4)
    assert run.points.all == (ResetPoint(1, 1, rows=(0, 1)),)
    run.points.put(2)
    run.points.move(2, 4)
    assert run.points.all == (ResetPoint(1, 1),)


def test_nothing_is_moved_to_where_none_of_its_rows_is(run) -> None:
    run.points.put(1, (1,))
    run.points.move(1, 7)
    assert run.points.all == (ResetPoint(0, 1, rows=(1,)),)


def test_points_that_a_script_gave_for_one_place_are_one_point() -> None:
    at = (ResetPoint(1, 1, (0,)), ResetPoint(1, 1, (2,)), ResetPoint(0, 1))
    points = ResetPoints(Run(resets=Resets(at=at)))
    assert points.at(4) == ResetPoint(1, 1, rows=(0, 2))
    points.put(4, (1,))
    assert points.all == (ResetPoint(0, 1), ResetPoint(1, 1))
    assert points.remove(4)
    assert points.all == (ResetPoint(0, 1),)
    assert not points.remove(4)


def test_a_point_belongs_to_its_epoch_where_there_are_several() -> None:
    points = ResetPoints(Run(epochs=2, resets=Resets(at=(ResetPoint(0, 1),))))
    points.put(13)
    assert points.all == (ResetPoint(0, 1), ResetPoint(1, 1, epoch=1))
    assert points.at(4) is None
    assert points.at(10) == ResetPoint(0, 1)  # a point of every epoch
    points.set_rows(10, (0,))
    assert points.all == (ResetPoint(1, 1, epoch=1), ResetPoint(0, 1, rows=(0,)))


def test_no_change_is_made_while_something_is_opened(run) -> None:
    run.points.put(4)
    run.session.opening = True
    run.points.put(5)
    run.points.undo()
    assert run.points.all == (ResetPoint(1, 1),)
    assert run.points.can_undo


def test_a_refused_change_takes_its_undo_along(run) -> None:
    run.points.put(4)
    run.points.accept()
    run.points.put(5)
    run.points.put_back()
    run.points.undo()
    assert run.points.all == ()
    assert not run.points.can_undo


def test_outside_the_run_there_is_nothing_to_put(run) -> None:
    run.points.put(99)
    run.points.put(-1)
    assert run.points.all == ()
    assert run.points.at(99) is None
