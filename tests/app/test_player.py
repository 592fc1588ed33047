from __future__ import annotations

import pytest

from app.player import Player


class Run:
    """A player, what it asked for, and an engine that computes when it is told to."""

    def __init__(self, total: int = 100) -> None:
        self.asked: list[int] = []
        self.pauses = 0
        self.count = 0
        self.player = Player(self.asked.append, self._on_pause)
        self.player.set_run(total, 0, None)

    def _on_pause(self) -> None:
        self.pauses += 1

    def compute(self) -> None:
        """Record all that was asked for, and let a frame pass."""
        self.count = max([self.count, *self.asked])
        self.frame()

    def frame(self, seconds: float = 0.0) -> None:
        self.player.tick(seconds, self.count)

    def play(self, seconds: float, frames: int) -> None:
        """Play over frames of so many seconds with an engine that keeps up."""
        for _ in range(frames):
            self.frame(seconds)
            self.count = max([self.count, *self.asked])
        self.frame()


@pytest.fixture
def run() -> Run:
    return Run()


@pytest.fixture
def at_nine(run: Run) -> Run:
    run.player.step(10)
    run.compute()
    assert run.player.cursor == 9
    run.asked.clear()
    return run


def test_there_is_no_cursor_before_the_first_step(run: Run) -> None:
    run.frame(1.0)
    assert run.player.cursor is None
    assert not run.player.computing


def test_the_first_step_shows_timestep_zero(run: Run) -> None:
    run.player.step(1)
    assert run.asked == [1]
    assert run.player.cursor is None
    run.compute()
    assert run.player.cursor == 0


def test_stepping_back_and_on_in_what_is_recorded_computes_nothing(at_nine: Run) -> None:
    at_nine.player.step(-3)
    assert at_nine.player.cursor == 6
    at_nine.player.step(1)
    assert at_nine.player.cursor == 7
    assert at_nine.asked == []


def test_steps_that_come_faster_than_they_are_computed_add_up(at_nine: Run) -> None:
    for _ in range(5):
        at_nine.player.step(1)
    assert at_nine.asked == [11, 12, 13, 14, 15]
    assert at_nine.player.cursor == 9
    at_nine.compute()
    assert at_nine.player.cursor == 14


def test_stepping_back_while_waiting_goes_back_from_where_the_cursor_was_going(at_nine: Run) -> None:
    at_nine.player.step(10)
    at_nine.player.step(-1)
    at_nine.compute()
    assert at_nine.player.cursor == 18


def test_seeking_back_while_the_engine_computes_stops_it(at_nine: Run) -> None:
    at_nine.player.seek(90)
    assert at_nine.player.computing
    at_nine.player.seek(3)
    assert at_nine.pauses == 1
    assert not at_nine.player.computing
    at_nine.frame()
    assert at_nine.player.cursor == 3


@pytest.mark.parametrize(("wanted", "got"), [(-5, 0), (1000, 99)])
def test_the_cursor_stays_in_the_run(run: Run, wanted: int, got: int) -> None:
    run.player.seek(wanted)
    run.compute()
    assert run.player.cursor == got


def test_first_and_last_go_to_the_ends_of_what_is_recorded(at_nine: Run) -> None:
    at_nine.player.to_start()
    assert at_nine.player.cursor == 0
    at_nine.player.to_end()
    assert at_nine.player.cursor == 9
    assert at_nine.asked == []


def test_playing_goes_at_the_chosen_speed(run: Run) -> None:
    run.player.set_speed(20.0)
    run.player.play()
    run.play(0.05, 40)  # two seconds
    assert run.player.cursor is not None
    assert abs(run.player.cursor - 39) <= 1


def test_playing_never_asks_far_ahead_of_the_recording(run: Run) -> None:
    run.player.set_speed(20.0)
    run.player.play()
    for _ in range(100):  # an engine that computes nothing
        run.frame(0.1)
    assert run.asked[-1] <= 6


def test_playing_slower_than_one_step_a_frame_asks_for_one_at_a_time(run: Run) -> None:
    run.player.set_speed(1.0)
    run.player.play()
    run.play(0.1, 35)
    assert run.asked == [1, 2, 3]
    assert run.player.cursor == 2


def test_as_fast_as_it_goes_asks_for_the_whole_run_once_and_shows_its_end(run: Run) -> None:
    run.player.set_speed(None)
    run.player.play()
    run.frame(0.02)
    assert run.asked == [100]
    for run.count in (30, 60, 99):
        run.frame(0.02)
        assert run.player.cursor == run.count - 1
        assert run.player.playing
    run.count = 100
    run.frame(0.02)
    assert run.player.cursor == 99
    assert not run.player.playing
    assert run.asked == [100]


def test_pausing_stays_where_the_cursor_stands_and_stops_the_engine(run: Run) -> None:
    run.player.set_speed(None)
    run.player.play()
    run.frame(0.02)
    run.count = 40
    run.frame(0.02)
    run.player.pause()
    assert run.pauses == 1
    run.count = 47  # what was on its way
    run.frame(1.0)
    assert run.player.cursor == 39


def test_playing_from_the_end_starts_over(run: Run) -> None:
    run.player.seek(99)
    run.compute()
    run.asked.clear()
    run.player.play()
    assert run.player.playing
    run.frame(0.1)
    assert run.player.cursor == 1
    assert run.asked == []


def test_stepping_while_playing_pauses(run: Run) -> None:
    run.player.play()
    run.play(0.1, 10)
    before = run.player.cursor
    assert before is not None
    run.player.step(1)
    assert not run.player.playing
    run.compute()
    assert run.player.cursor == before + 1


def test_a_slower_speed_while_playing_recalls_what_was_asked_for(run: Run) -> None:
    run.player.set_speed(None)
    run.player.play()
    run.frame(0.02)
    run.player.set_speed(5.0)
    assert run.pauses == 1
    run.count = 10
    run.asked.clear()
    run.play(0.1, 30)  # three seconds
    assert run.player.playing
    assert run.player.cursor is not None
    assert 13 <= run.player.cursor <= 15
    assert run.asked[-1] < 20


def test_a_new_run_asks_for_what_the_cursor_needs(at_nine: Run) -> None:
    at_nine.player.set_run(50, 0, 7)
    assert at_nine.asked == [8]
    assert at_nine.player.cursor is None
    at_nine.count = 0
    at_nine.frame()
    assert at_nine.player.cursor is None
    at_nine.count = 8
    at_nine.frame()
    assert at_nine.player.cursor == 7


def test_a_shorter_run_keeps_the_cursor_inside(at_nine: Run) -> None:
    at_nine.player.set_run(5, 0, 9)
    assert at_nine.asked == [5]


def test_when_recorded_steps_are_dropped_the_cursor_comes_back_with_them(at_nine: Run) -> None:
    at_nine.count = 4
    at_nine.frame()
    assert at_nine.player.cursor == 3
    at_nine.count = 10
    at_nine.frame()
    assert at_nine.player.cursor == 9


def test_without_a_run_nothing_happens() -> None:
    run = Run(0)
    run.player.play()
    run.player.step(1)
    run.player.seek(5)
    run.frame(1.0)
    assert not run.player.playing
    assert run.asked == []


# -- a recording of which no more can be had --------------------------------------------------------


@pytest.fixture
def recorded(run: Run) -> Run:
    run.count = 60
    run.player.set_run(100, 60, 59, computes=False)
    return run


def test_a_recording_is_gone_through_to_its_end_and_nothing_is_asked_for(recorded: Run) -> None:
    player = recorded.player
    assert player.cursor == 59
    player.step(1)
    player.seek(80)
    recorded.frame()
    assert player.cursor == 59
    player.play()
    assert player.cursor == 0  # it stood at the end
    recorded.play(1.0, frames=3)
    assert player.cursor == 30
    player.set_speed(None)
    recorded.play(1.0, frames=2)
    assert player.cursor == 59
    assert not player.playing
    assert recorded.asked == []
    assert not player.computing


def test_a_recording_that_grows_can_be_gone_through_further(recorded: Run) -> None:
    recorded.count = 70
    recorded.frame()
    recorded.player.seek(80)
    assert recorded.player.cursor == 69


def test_nothing_can_be_played_where_nothing_is_recorded(run: Run) -> None:
    run.player.set_run(100, 0, None, computes=False)
    run.player.play()
    run.player.step(1)
    assert not run.player.playing
    assert run.player.cursor is None


# -- what is recorded again behind the cursor -------------------------------------------------------


def test_what_had_been_recorded_is_recorded_again_and_the_cursor_stays(run: Run) -> None:
    run.player.set_run(100, 20, 19, goal=60)
    assert run.asked == [60]
    assert run.player.computing
    assert run.player.goal == 60
    run.compute()
    assert run.player.cursor == 19
    assert not run.player.computing


def test_going_somewhere_gives_up_recording_again(run: Run) -> None:
    run.player.set_run(100, 20, 19, goal=60)
    run.player.seek(5)
    assert run.pauses == 1
    assert run.player.goal == 20


def test_a_step_further_is_on_the_way_already(run: Run) -> None:
    run.player.set_run(100, 20, 19, goal=60)
    run.player.step(1)
    assert run.asked == [60]
    run.compute()
    assert run.player.cursor == 20
