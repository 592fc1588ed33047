"""Windows of what a layer did: merged so far that a view can draw them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_viz.errors import TraceError
from lstm_viz.layer_trace import columns_last
from lstm_viz.layers import LSTMLayer
from lstm_viz.plan import Plan
from lstm_viz.trace import Trace
from tests.lstm_viz.recordings import LONG, new_trace, recorded, write


@pytest.fixture(scope="module")
def long_trace():
    trace, numbers = new_trace(plan=LONG), recorded(LONG)
    write(trace, numbers, 0, 1333)
    return trace, numbers[0][0][0][:, 0]


@given(st.integers(-5, 1400), st.integers(-5, 1500), st.integers(4, 400))
def test_a_window_holds_the_extremes_of_every_step_and_no_more_columns_than_asked_for(
    long_trace, start, stop, columns
):
    trace, signals = long_trace
    window = trace.layers["one"].window(0, start, stop, columns)
    assert window.values.shape[:2] == (6, 3)
    assert window.values.shape[2] <= columns
    first, last = max(start, 0), min(stop, 1333)
    if last <= first:
        assert window.values.shape[2] == 0
        return
    assert window.start <= first
    assert window.stop >= last
    if window.factor == 1:
        assert (window.start, window.stop) == (first, last)
        np.testing.assert_array_equal(window.values, np.moveaxis(signals[first:last], 0, -1))
        return
    assert window.start % window.factor == window.stop % window.factor == 0
    for k, at in enumerate(range(window.start, window.stop, window.factor)):
        group = signals[at : min(at + window.factor, 1333)]
        np.testing.assert_array_equal(window.values[..., 2 * k], np.fmin.reduce(group))
        np.testing.assert_array_equal(window.values[..., 2 * k + 1], np.fmax.reduce(group))


@pytest.mark.parametrize("lengths", [(), (1,), (16, 16), (5, 0, 40, 3)])
def test_columns_are_those_of_all_pieces_in_their_order(lengths):
    rng = np.random.default_rng(0)
    steps = [rng.normal(size=(length, 6, 5)).astype("f4") for length in lengths]
    whole = np.concatenate([np.zeros((0, 6, 5), np.float32), *steps])
    np.testing.assert_array_equal(columns_last(steps, 6, 5), np.moveaxis(whole, 0, -1))
    pairs = [rng.normal(size=(length, 2, 6, 5)).astype("f4") for length in lengths]
    whole = np.concatenate([np.zeros((0, 2, 6, 5), np.float32), *pairs]).reshape(-1, 6, 5)
    np.testing.assert_array_equal(columns_last(pairs, 6, 5), np.moveaxis(whole, 0, -1))


@given(st.integers(0, 600), st.integers(1, 50), st.integers(4, 200))
def test_a_window_that_scrolls_keeps_its_groups(long_trace, start, by, columns):
    trace, _ = long_trace
    one = trace.layers["one"].window(0, start, start + 500, columns)
    other = trace.layers["one"].window(0, start + by, start + by + 500, columns)
    assert one.factor == other.factor


@pytest.mark.parametrize("count", [1, 5, 300, 1332])
def test_what_is_recorded_of_a_range_has_its_share_of_the_columns_alone(long_trace, tmp_path, count):
    whole, signals = long_trace
    trace = new_trace(tmp_path / "part", LONG)
    write(trace, recorded(LONG), 0, count)
    layer = trace.layers["one"]
    window = layer.window(0, 0, 1400, 100)
    assert window.factor == whole.layers["one"].window(0, 0, 1400, 100).factor > 1
    assert window.values.shape[2] == 2 * -(-count // window.factor)
    for k in range(window.values.shape[2] // 2):
        group = signals[k * window.factor : min((k + 1) * window.factor, count)]
        np.testing.assert_array_equal(window.values[..., 2 * k], np.fmin.reduce(group))
        np.testing.assert_array_equal(window.values[..., 2 * k + 1], np.fmax.reduce(group))


@given(st.integers(1, 4))
def test_few_columns_are_as_good_as_four(long_trace, columns):
    window = long_trace[0].layers["one"].window(0, 0, 1333, columns)
    assert window.values.shape[2] <= 4


@pytest.mark.parametrize("columns", [10, 1000])
def test_a_window_past_what_is_recorded_is_empty(columns):
    trace = Trace(Plan(1, 5000), [LSTMLayer("lstm", 2, 1)], [5000], [])
    trace.layers["lstm"].write(0, np.zeros((40, 1, 6, 2), "float32"), np.ones((40, 1), bool))
    trace.publish(40)
    for start, stop in ((48, 60), (4096, 4990), (4999, 5000)):
        window = trace.layers["lstm"].window(0, start, stop, columns)
        assert window.values.shape == (6, 2, 0)
        assert window.start == window.stop
    assert trace.layers["lstm"].window(0, 39, 60, columns).values.shape[-1] in (1, 2)


def test_a_window_past_the_end_of_the_run_is_empty(long_trace):
    layer = long_trace[0].layers["one"]
    for start in (layer.steps, layer.steps + 1, 10**9):
        assert layer.window(0, start, start + 5, 10).values.shape == (6, 3, 0)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((-1, 0, 9, 10), "The row is -1"),
        ((LONG.batch_size, 0, 9, 10), f"The row is {LONG.batch_size}"),
        ((True, 0, 9, 10), "The row is True"),
        ((0, 0.5, 9, 10), "The range of steps is 0.5"),
        ((0, 0, None, 10), "The range of steps is None"),
        ((0, 0, 9, 2.5), "The number of columns is 2.5"),
    ],
)
def test_a_window_of_what_is_no_row_or_no_step_is_refused(long_trace, given, said):
    with pytest.raises(TraceError, match=said):
        long_trace[0].layers["one"].window(*given)


def test_a_signal_is_named_by_its_letter(long_trace):
    layer = long_trace[0].layers["one"]
    np.testing.assert_array_equal(layer.signal("g"), layer.g)
    for name in ("x", "", 0):
        with pytest.raises(TraceError, match="no signal"):
            layer.signal(name)


def test_in_a_folder_windows_are_the_same_as_in_memory(long_trace, tmp_path):
    trace = new_trace(tmp_path, LONG)
    write(trace, recorded(LONG), 0, 1333)
    for start, stop, columns in [(0, 1333, 50), (100, 900, 7), (640, 1400, 300), (5, 9, 10)]:
        found = trace.layers["two"].window(0, start, stop, columns)
        wanted = long_trace[0].layers["two"].window(0, start, stop, columns)
        assert (found.start, found.stop, found.factor) == (wanted.start, wanted.stop, wanted.factor)
        np.testing.assert_array_equal(found.values, wanted.values)
