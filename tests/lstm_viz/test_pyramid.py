import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_viz import storage
from lstm_viz.layer_trace import group_size
from lstm_viz.pyramid import GROUP, NEXT_GROUP, Pyramid, level_size
from lstm_viz.storage import GrowingArray

STEPS = 5 * GROUP**2 + 3 * GROUP + 5
SIZES = [GROUP * NEXT_GROUP**level for level in range(4)]


def values_of(steps=STEPS, seed=0):
    """Make (steps, 2 rows, 6 signals, 2 units), with steps that have no value."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(steps, 2, 6, 2)).astype("f4")
    values[rng.random(steps) < 0.3, 0, :4] = np.nan
    values[16:32, 1, :4] = np.nan  # groups without any
    return values


def brute_force(values, start, stop, factor, row):
    found = []
    for first in range(start, stop, factor):
        group = values[first : min(first + factor, stop), row]
        found.append([np.fmin.reduce(group), np.fmax.reduce(group)])
    return np.array(found)


def filled(values, folder=None):
    data = GrowingArray(values.shape[1:], np.float32, len(values), folder and folder / "data")
    data.write(0, values)
    return data


@given(st.data())
def test_extremes_are_those_of_a_scan_at_every_factor(data):
    values = values_of()
    pyramid = Pyramid(filled(values))
    count = data.draw(st.integers(1, STEPS))
    pyramid.catch_up(count)
    factor = data.draw(st.integers(1, 9)) * data.draw(st.sampled_from([1, *SIZES]))
    start = factor * data.draw(st.integers(0, (count - 1) // factor))
    stop = data.draw(st.integers(start + 1, STEPS + 20))
    row = data.draw(st.integers(0, 1))
    found = pyramid.extremes(start, stop, factor, count, row)
    np.testing.assert_array_equal(found, brute_force(values, start, min(stop, count), factor, row))


def test_catching_up_step_by_step_gives_what_catching_up_at_once_gives():
    values = values_of()
    at_once, growing = Pyramid(filled(values)), Pyramid(filled(values))
    at_once.catch_up(STEPS)
    for count in range(STEPS + 1):
        growing.catch_up(count)
    for factor in (8, 24, 32, 64, 96, 128):
        np.testing.assert_array_equal(
            growing.extremes(0, STEPS, factor, STEPS, 0), at_once.extremes(0, STEPS, factor, STEPS, 0)
        )


@pytest.mark.parametrize("at", [0, 1, 7, 8, 63, 64, 65, 200])
def test_what_is_dropped_and_written_anew_replaces_what_was_merged(at):
    old, new = values_of(), values_of(seed=1)
    data = filled(old)
    pyramid = Pyramid(data)
    pyramid.catch_up(STEPS)
    pyramid.truncate(at)
    data.write(at, new[at:])
    pyramid.catch_up(STEPS)
    wanted = np.concatenate([old[:at], new[at:]])
    for factor in (8, 64, 192):
        np.testing.assert_array_equal(
            pyramid.extremes(0, STEPS, factor, STEPS, 1), brute_force(wanted, 0, STEPS, factor, 1)
        )


def test_a_reader_of_the_folder_finds_what_the_writer_merged(tmp_path):
    values = values_of()
    Pyramid(filled(values, tmp_path), tmp_path).catch_up(STEPS)
    data = GrowingArray(values.shape[1:], np.float32, STEPS, tmp_path / "data", writable=False)
    reader = Pyramid(data, tmp_path, writable=False)
    found = reader.extremes(0, STEPS, 64, STEPS, 0)
    np.testing.assert_array_equal(found, brute_force(values, 0, STEPS, 64, 0))


@pytest.mark.parametrize("count", [0, 7, 64, 65, 200])
def test_a_writer_that_goes_on_merges_only_what_is_new(tmp_path, monkeypatch, count):
    values = values_of()
    data = filled(values, tmp_path)
    Pyramid(data, tmp_path).catch_up(count)
    read = []
    of_storage = data.read
    monkeypatch.setattr(data, "read", lambda start, *args: read.append(start) or of_storage(start, *args))
    second = Pyramid(data, tmp_path, count=count)
    second.catch_up(STEPS)
    assert min(read) == count // GROUP * GROUP
    for factor in (8, 64, 192):
        np.testing.assert_array_equal(
            second.extremes(0, STEPS, factor, STEPS, 1), brute_force(values, 0, STEPS, factor, 1)
        )


def test_blocks_of_a_size_that_groups_do_not_divide_make_no_difference(tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "MEMORY_BLOCK_BYTES", 11 * 2 * 6 * 2 * 4)
    values = values_of()
    pyramid = Pyramid(filled(values))
    pyramid.catch_up(STEPS)
    np.testing.assert_array_equal(
        pyramid.extremes(64, STEPS, 64, STEPS, 0), brute_force(values, 64, STEPS, 64, 0)
    )


@pytest.mark.parametrize("steps", [1, 7, 8, 9, 64])
def test_short_recordings_have_extremes_as_well(steps):
    values = values_of()[:steps]
    pyramid = Pyramid(filled(values))
    pyramid.catch_up(steps)
    found = pyramid.extremes(0, steps, 8, steps, 0)
    np.testing.assert_array_equal(found, brute_force(values, 0, steps, 8, 0))


@pytest.mark.parametrize("steps", [1, 8, 20, 1000, 4095, 10**6, 10**9])
def test_a_view_reads_at_most_four_times_what_it_shows(steps):
    factor = group_size(steps, 1000)
    assert factor == 1 or factor // level_size(factor) <= NEXT_GROUP or factor <= GROUP


def test_the_last_steps_of_a_long_group_are_read_from_the_groups_below_it(monkeypatch):
    values = values_of(steps=2 * SIZES[2] - 1)
    data = filled(values)
    pyramid = Pyramid(data)
    pyramid.catch_up(len(values))
    read = []
    of_storage = data.read
    monkeypatch.setattr(
        data, "read", lambda start, stop, *args: read.append(stop - start) or of_storage(start, stop, *args)
    )
    found = pyramid.extremes(0, len(values), SIZES[2], len(values), 1)
    np.testing.assert_array_equal(found, brute_force(values, 0, len(values), SIZES[2], 1))
    assert read == [GROUP - 1]


def test_nothing_recorded_has_no_extremes():
    assert Pyramid(filled(values_of())).extremes(0, 100, 8, 0, 0).shape == (0, 2, 6, 2)
