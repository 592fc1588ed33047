from __future__ import annotations

import itertools
import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from app.frame_clock import FrameClock


@pytest.fixture
def clock(qtbot: QtBot) -> Iterator[FrameClock]:
    clock = FrameClock(50.0)
    yield clock
    clock.stop()
    clock.deleteLater()


def timer(clock: FrameClock) -> QTimer:
    return clock.findChild(QTimer)


def test_it_ticks_with_the_seconds_that_went_by(qtbot: QtBot, clock: FrameClock) -> None:
    seconds: list[float] = []
    clock.tick.connect(seconds.append)
    clock.start()
    qtbot.waitUntil(lambda: len(seconds) > 3)
    assert all(s >= 0 for s in seconds)
    assert sum(seconds) > 0
    assert clock.frames_per_second > 0


def test_it_does_not_tick_before_its_start_nor_after_its_stop(qtbot: QtBot, clock: FrameClock) -> None:
    assert not timer(clock).isActive()
    clock.wake()
    assert not timer(clock).isActive()
    clock.start()
    assert timer(clock).isActive()
    clock.stop()
    clock.wake()
    assert not timer(clock).isActive()


@pytest.mark.parametrize(("rate", "interval"), [(50.0, 20), (240.0, 17), (1.0, 50)])
def test_it_follows_the_screen_within_reason(qtbot: QtBot, rate: float, interval: int) -> None:
    clock = FrameClock(rate)
    clock.start()
    assert timer(clock).interval() == interval
    clock.stop()
    clock.deleteLater()


def test_it_slows_down_when_nothing_is_new_and_wakes_at_once(qtbot: QtBot, clock: FrameClock) -> None:
    clock.start()
    full = timer(clock).interval()
    for _ in range(59):
        clock.nothing_new()
    assert timer(clock).interval() == full
    clock.nothing_new()
    assert timer(clock).interval() > 3 * full
    clock.wake()
    assert timer(clock).interval() == full


def test_news_now_and_then_keep_it_at_the_full_rate(clock: FrameClock) -> None:
    clock.start()
    full = timer(clock).interval()
    for frame in range(300):
        if frame % 30 == 0:
            clock.wake()
        clock.nothing_new()
    assert timer(clock).interval() == full


def test_it_starts_again_at_the_full_rate(clock: FrameClock) -> None:
    clock.start()
    full = timer(clock).interval()
    for _ in range(60):
        clock.nothing_new()
    clock.stop()
    clock.start()
    assert timer(clock).interval() == full


def test_the_interval_to_the_next_frame_begins_anew_with_each(qtbot: QtBot, clock: FrameClock) -> None:
    # A timer that is started anew has another number.
    numbers: list[int] = []
    clock.tick.connect(lambda: numbers.append(timer(clock).timerId()))
    clock.start()
    numbers.append(timer(clock).timerId())
    qtbot.waitUntil(lambda: len(numbers) > 3)
    assert all(before != after for before, after in itertools.pairwise(numbers))


def test_a_frame_can_be_put_off_by_an_interval_but_three_times(qtbot: QtBot, clock: FrameClock) -> None:
    clock.start()
    numbers = [timer(clock).timerId()]
    for _ in range(4):
        clock.postpone()
        numbers.append(timer(clock).timerId())
    assert numbers[0] != numbers[1] != numbers[2] != numbers[3] == numbers[4]
    with qtbot.waitSignal(clock.tick):
        pass
    drawn = timer(clock).timerId()
    clock.postpone()
    assert timer(clock).timerId() != drawn


def test_only_a_frame_that_is_due_gives_way(qtbot: QtBot, clock: FrameClock) -> None:
    clock.start()
    while timer(clock).remainingTime() > 0:
        time.sleep(0.001)
    due, full = timer(clock).timerId(), timer(clock).interval()
    clock.give_way()
    assert timer(clock).timerId() != due
    assert timer(clock).interval() < full / 2  # it waits for one turn of the event loop
    with qtbot.waitSignal(clock.tick):
        pass
    assert timer(clock).interval() == full
    timer(clock).start(3_600_000)
    later = timer(clock).timerId()
    clock.give_way()
    assert timer(clock).timerId() == later


def test_a_clock_that_is_not_started_gives_no_way(clock: FrameClock) -> None:
    clock.give_way()
    assert not timer(clock).isActive()


def test_putting_off_wakes_a_clock_that_rests_and_starts_none(qtbot: QtBot, clock: FrameClock) -> None:
    clock.postpone()
    assert not timer(clock).isActive()
    clock.start()
    for _ in range(60):
        clock.nothing_new()
    slow = timer(clock).interval()
    clock.postpone()
    assert timer(clock).interval() < slow
