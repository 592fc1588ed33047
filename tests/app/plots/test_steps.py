import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.plots import steps
from app.plots.steps import FEWEST_STEPS, RunShape, StepScale
from lstm_viz.timetable import Timetable

TOTALS = st.integers(1, 10**7)
PLACES = st.floats(-1e6, 1e7)


def is_in_the_run(start: float, stop: float, total: int) -> bool:
    return start >= -0.5 - 1e-6 and stop <= total - 0.5 + 1e-6 * total and stop > start


def test_a_step_has_an_epoch_a_batch_and_a_timestep():
    run = RunShape(total_steps=60, timesteps=10, batches=3)
    assert run.epochs == 2
    assert run.place(0) == (0, 0, 0)
    assert run.place(29) == (0, 2, 9)
    assert run.place(41) == (1, 1, 1)


def test_a_step_is_described_without_what_there_is_one_of():
    assert RunShape(60, 10, 3).describe(41) == "t = 41 · epoch 1 · batch 1, timestep 1"
    assert RunShape(30, 10, 3).describe(29) == "t = 29 · batch 2, timestep 9"
    assert RunShape(10, 10, 1).describe(4) == "t = 4"


@given(PLACES, PLACES, TOTALS)
def test_a_limited_range_lies_in_the_run_and_is_not_too_close(start, stop, total):
    found = steps.limited(min(start, stop), max(start, stop), total)
    assert is_in_the_run(*found, total)
    assert found[1] - found[0] >= min(FEWEST_STEPS, total) - 1e-6 * total


@given(st.floats(0.01, 100), st.floats(0, 1), TOTALS)
def test_zooming_stays_in_the_run(factor, share, total):
    start, stop = steps.first_range(total)
    found = steps.zoomed(start, stop, factor, start + share * (stop - start), total)
    assert is_in_the_run(*found, total)


def test_zooming_keeps_the_place_under_the_mouse():
    start, stop = steps.zoomed(99.5, 199.5, 0.5, 120.0, 1000)
    assert stop - start == pytest.approx(50)
    assert (120 - start) / 50 == pytest.approx((120 - 99.5) / 100)


def test_panning_stops_at_the_ends_of_the_run():
    assert steps.panned(-0.5, 99.5, -10, 1000) == (-0.5, 99.5)
    assert steps.panned(-0.5, 99.5, 10, 1000) == (9.5, 109.5)
    assert steps.panned(-0.5, 99.5, 5000, 1000) == (899.5, 999.5)


@given(st.integers(0, 999), st.floats(-0.5, 899.5))
def test_a_followed_cursor_is_in_view_with_room_ahead(cursor, start):
    found = steps.followed(start, start + 100, cursor, 1000)
    assert found[0] - 1e-6 <= cursor - 0.5
    assert cursor + 0.5 <= found[1] + 1e-6
    assert found[1] - found[0] == pytest.approx(100)
    assert cursor <= found[0] + 80 or found[1] == pytest.approx(999.5)


def test_following_does_not_move_a_view_whose_cursor_is_well_inside():
    assert steps.followed(99.5, 199.5, 150, 1000) == (99.5, 199.5)


def test_a_short_run_is_shown_as_a_whole_at_first():
    assert steps.first_range(9) == (-0.5, 8.5)
    assert steps.first_range(5000) == (-0.5, 199.5)


def test_the_visible_steps_are_those_that_the_range_touches():
    assert steps.visible(-0.5, 8.5, 9) == (0, 9)
    assert steps.visible(9.6, 19.4, 100) == (10, 20)
    assert steps.visible(9.4, 19.6, 100) == (9, 21)


def test_the_centre_of_a_cell_is_its_number():
    scale = StepScale(-0.5, 9.5, 100)
    assert scale.pixels_per_step == 10
    assert scale.to_pixels(3) == 35
    assert [scale.step_at(x) for x in (0, 9.9, 10, 99.9)] == [0, 0, 1, 9]


@pytest.mark.parametrize(
    ("pixels", "spacing"), [(100, 1), (30, 1), (29, 2), (14, 5), (5, 10), (2.9, 20), (0.01, 5000)]
)
def test_ticks_stand_at_round_distances(pixels, spacing):
    assert steps.tick_spacing(pixels, 30) == spacing


def test_batches_of_different_lengths_begin_where_the_one_before_ends():
    run = RunShape(20, Timetable(3, [4, 1, 5]), 3)
    assert (run.steps_per_epoch, run.epochs) == (10, 2)
    assert [run.place(step) for step in (0, 3, 4, 5, 9, 10, 14)] == [
        (0, 0, 0),
        (0, 0, 3),
        (0, 1, 0),
        (0, 2, 0),
        (0, 2, 4),
        (1, 0, 0),
        (1, 1, 0),
    ]
    assert run.describe(14) == "t = 14 · epoch 1 · batch 1, timestep 0"


def test_a_layers_own_steps_are_called_so() -> None:
    assert RunShape(30, 5, 6, own=True).describe(12) == "own t = 12 · batch 2, own timestep 2"
