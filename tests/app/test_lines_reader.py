from __future__ import annotations

from itertools import count, pairwise

import numpy as np
import pytest

from app import lines_reader
from app.lines_reader import LinesReader
from app.plots.series import Lines

STEPS, EVERY = 5000, 50


class Source:
    """Three values at each step, or at every fiftieth, of which some are there by now."""

    def __init__(self, every: int = 1, known: int = STEPS) -> None:
        self.every, self.known, self.revision = every, known, 0
        self.values = np.random.default_rng(3).normal(size=(STEPS, 3))
        self.asked: list[tuple[int, int]] = []

    def read(self, start: int, stop: int) -> Lines:
        self.asked.append((start, stop))
        steps = np.arange(start, stop)
        steps = steps[(steps + 1) % self.every == 0]
        return Lines(("a", "b", "c"), steps, self.values[steps], tokens=("?",))

    def reader(self) -> LinesReader:
        return LinesReader(self.read, lambda: self.known, lambda: self.revision)


def whole(reader: LinesReader, start: int, stop: int, columns: int = 500) -> Lines:
    """Ask until nothing is missing, as the frames of a view do."""
    for _ in range(1000):
        found = reader.lines(start, stop, columns)
        if not reader.behind:
            return found
    raise AssertionError("it never catches up")


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look at the clock is a second after the one before, and little is read between two of them."""
    ticks = count()
    monkeypatch.setattr(lines_reader.time, "perf_counter", lambda: float(next(ticks)))
    monkeypatch.setattr(lines_reader, "_MOST_READ", 1000)


@pytest.mark.parametrize("every", [1, EVERY])
def test_a_short_range_is_read_as_it_is(every: int) -> None:
    source = Source(every)
    found = source.reader().lines(20, 420, 500)
    steps = np.arange(20, 420)
    steps = steps[(steps + 1) % every == 0]
    np.testing.assert_array_equal(found.x, steps)
    np.testing.assert_array_equal(found.y, source.values[steps])
    assert (found.names, found.tokens, found.merged) == (("a", "b", "c"), ("?",), 1)


@pytest.mark.parametrize("every", [1, EVERY])
def test_a_long_range_keeps_the_extremes_and_no_more_points_than_columns_allow(every: int) -> None:
    source = Source(every)
    found = whole(source.reader(), 0, STEPS)
    there = source.values[every - 1 :: every]
    assert len(found.x) <= 2 * 500 + 2
    assert (np.diff(found.x) > 0).all()
    np.testing.assert_array_equal(found.y.max(axis=0), there.max(axis=0))
    np.testing.assert_array_equal(found.y.min(axis=0), there.min(axis=0))


def test_each_group_holds_the_extremes_of_its_own_steps(source: Source) -> None:
    found = whole(source.reader(), 0, STEPS)
    assert found.merged == 16
    for group in (0, 7, 100, STEPS // 16):
        part = source.values[group * 16 : (group + 1) * 16]
        assert found.x[2 * group] == group * 16
        np.testing.assert_array_equal(found.y[2 * group], part.min(axis=0))
        np.testing.assert_array_equal(found.y[2 * group + 1], part.max(axis=0))
        _, low, high = found.at(group * 16 + 5) or (None, None, None)
        np.testing.assert_array_equal(low, part.min(axis=0))
        np.testing.assert_array_equal(high, part.max(axis=0))


@pytest.mark.usefixtures("slow")
def test_no_call_reads_longer_than_a_frame_may_and_it_says_that_it_is_behind(source: Source) -> None:
    reader = source.reader()
    first = reader.lines(0, STEPS, 500)
    assert reader.behind
    assert 0 < len(first.x) < 1000
    whole(reader, 0, STEPS)
    read = source.asked[1:]  # the first time for the names
    assert max(stop - start for start, stop in read) <= 1000 // 3
    assert read[0][0] == 0
    assert all(before[1] == after[0] for before, after in pairwise(read))  # nothing twice
    assert read[-1][1] == STEPS


@pytest.mark.usefixtures("slow")
def test_what_is_not_there_yet_is_read_when_it_is(source: Source) -> None:
    source.known, reader = 1003, source.reader()
    found = whole(reader, 0, STEPS)
    assert found.x[-2] == 1003 // 16 * 16
    np.testing.assert_array_equal(found.y[-1], source.values[992:1003].max(axis=0))
    source.asked.clear()
    source.known = 1100
    found = whole(reader, 0, STEPS)
    assert source.asked[0][0] == 1003
    np.testing.assert_array_equal(found.at(1003)[2], source.values[992:1008].max(axis=0))
    np.testing.assert_array_equal(found.at(1099)[2], source.values[1088:1100].max(axis=0))


def test_what_has_changed_is_read_again(source: Source) -> None:
    reader = source.reader()
    whole(reader, 0, STEPS)
    source.values[:] = 9.0
    source.known, source.revision = EVERY, 1
    found = whole(reader, 0, STEPS)
    assert (found.y == 9.0).all()
    assert found.x[-2] < EVERY  # its group begins there


@pytest.mark.parametrize("start", [1200, 3000, 800], ids=["to the right", "away", "to the left"])
@pytest.mark.parametrize("span", [2000, 400], ids=["merged", "step by step"])
def test_a_range_that_moves_reads_what_it_has_not_read(source: Source, start: int, span: int) -> None:
    reader = source.reader()
    whole(reader, 1000, 1000 + span)
    source.asked.clear()
    found = whole(reader, start, start + span)
    read = {step for first, last in source.asked for step in range(first, last)}
    new = set(range(start, start + span)) - set(range(1000, 1000 + span))
    assert new <= read
    assert len(read) < len(new) + 2 * found.merged  # and the rest of a group
    again = whole(source.reader(), start, start + span)
    np.testing.assert_array_equal(found.x, again.x)
    np.testing.assert_array_equal(found.y, again.y)


def test_what_has_not_changed_is_the_same_object(source: Source) -> None:
    reader = source.reader()
    found = whole(reader, 0, STEPS)
    assert reader.lines(0, STEPS, 500) is found
    assert reader.lines(0, STEPS - 500, 500) is not found


def test_what_comes_after_an_end_is_left_out_when_it_goes_back_as_well(source: Source) -> None:
    reader = source.reader()
    for until in (3000, 4000, 2000):
        found = reader.lines(0, STEPS, 500, until)
        assert not reader.behind
        np.testing.assert_array_equal(found.y[-1], source.values[(until - 1) // 16 * 16 : until].max(axis=0))


class Scattered(Source):
    """Of each tenth step the value is there early, that of the others in their turn."""

    def read(self, start: int, stop: int) -> Lines:
        lines = super().read(start, stop)
        unknown = (lines.x >= self.known) & ((lines.x % 10 != 0) | (lines.x >= self.known + 300))
        values = lines.y.copy()
        values[unknown] = np.nan
        return Lines(lines.names, lines.x, values)


def test_values_that_are_there_before_their_turn_are_shown_as_long_as_no_steps_are_merged() -> None:
    source = Scattered(known=20)
    reader = LinesReader(source.read, lambda: source.known, ahead=lambda: source.known)
    for known in (20, 150, 151, 399):
        source.known = known
        found = whole(reader, 0, 400)
        there = np.isfinite(found.y[:, 0])
        expected = [k < known or (k % 10 == 0 and k < known + 300) for k in range(400)]
        assert there.tolist() == expected
        np.testing.assert_array_equal(found.y[there], source.values[:400][there])
    source.asked.clear()
    assert whole(reader, 0, 400) is found
    assert not source.asked
    source.known = 1000
    assert whole(reader, 0, STEPS).x[-2] < 1000


@pytest.mark.usefixtures("slow")
def test_a_group_larger_than_what_is_read_at_once_has_the_extremes_of_all_of_it(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines_reader, "_MOST_READ", 30)
    found = whole(source.reader(), 0, STEPS, columns=2)  # there are never so few
    assert found.merged == 64
    assert max(stop - start for start, stop in source.asked) <= 10
    np.testing.assert_array_equal(found.y[0], source.values[:64].min(axis=0))
    np.testing.assert_array_equal(found.y[1], source.values[:64].max(axis=0))


def test_without_names_nothing_is_read() -> None:
    reader = LinesReader(lambda _start, _stop: Lines((), np.empty(0), np.empty((0, 0))), lambda: STEPS)
    assert not len(reader.lines(0, STEPS, 500).x)
    assert not reader.behind
