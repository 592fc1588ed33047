import numpy as np
import pytest

from app import output_reader
from app.output_reader import OutputReader
from lstm_viz.plan import Plan
from lstm_viz.trace import OutputSpec, Trace

TIMESTEPS, BATCHES, ROWS = 50, 100, 2


def recording(each_step):
    """A recording of outputs alone, with three values each."""
    plan = Plan(BATCHES * ROWS, TIMESTEPS, ROWS)
    trace = Trace(plan, [], [], [OutputSpec((3,), each_step)])
    count = TIMESTEPS if each_step else 1
    values = np.random.default_rng(3).normal(size=(BATCHES, ROWS, count, 3)).astype("float32")
    for batch in range(BATCHES):
        out = values[batch] if each_step else values[batch][:, 0]
        trace.write_output(0, batch * TIMESTEPS, out)
    trace.publish(len(plan))
    return trace, values


def whole(reader, start, stop, columns=500):
    """Ask until nothing is missing, as the frames of a view do."""
    for _ in range(1000):
        found = reader.window(start, stop, columns)
        if not reader.behind:
            return found
    raise AssertionError("it never catches up")


@pytest.fixture(params=[True, False], ids=["each step", "each batch"])
def trace_and_values(request):
    return recording(request.param)


def test_a_short_range_is_read_as_it_is(trace_and_values):
    trace, values = trace_and_values
    steps, found = OutputReader(trace, 1).window(0, 400, 500)
    by_step = values[:, 1].reshape(-1, 3)
    np.testing.assert_array_equal(found, by_step[: len(steps)])
    assert steps[-1] <= 399


def test_a_long_range_keeps_the_extremes_and_no_more_points_than_columns_allow(trace_and_values):
    trace, values = trace_and_values
    steps, found = whole(OutputReader(trace, 1), 0, len(trace.plan))
    assert len(steps) <= 2 * 500 + 2
    assert (np.diff(steps) > 0).all()
    np.testing.assert_array_equal(found.max(axis=0), values[:, 1].max(axis=(0, 1)))
    np.testing.assert_array_equal(found.min(axis=0), values[:, 1].min(axis=(0, 1)))


def test_each_group_holds_the_extremes_of_its_own_steps():
    trace, values = recording(each_step=True)
    steps, found = whole(OutputReader(trace, 0), 0, len(trace.plan))
    factor = int(steps[2] - steps[0])
    by_step = values[:, 0].reshape(-1, 3)
    for group in (0, 7, 100):
        part = by_step[group * factor : (group + 1) * factor]
        np.testing.assert_array_equal(found[2 * group], part.min(axis=0))
        np.testing.assert_array_equal(found[2 * group + 1], part.max(axis=0))


def test_no_call_reads_more_than_a_frame_may_and_it_says_that_it_is_behind(monkeypatch):
    trace, _ = recording(each_step=True)
    monkeypatch.setattr(output_reader, "_VALUES_A_FRAME", 3000)
    read = []
    original = trace.output_window
    monkeypatch.setattr(trace, "output_window", lambda *at: read.append(at[3] - at[2]) or original(*at))
    reader = OutputReader(trace, 0)
    reader.window(0, len(trace.plan), 500)
    assert reader.behind
    whole(reader, 0, len(trace.plan))
    assert max(read) <= 1000
    assert sum(read) <= len(trace.plan) + 1000  # nothing was read twice


def test_what_is_dropped_and_computed_again_is_read_again():
    trace, _ = recording(each_step=True)
    reader = OutputReader(trace, 0)
    whole(reader, 0, len(trace.plan))
    trace.truncate(0)
    trace.write_output(0, 0, np.full((ROWS, TIMESTEPS, 3), 9.0, "float32"))
    trace.publish(TIMESTEPS)
    steps, found = whole(reader, 0, len(trace.plan))
    assert (found == 9.0).all()
    assert steps[-2] < TIMESTEPS  # its group begins there


def test_a_range_that_moves_on_goes_on_where_it_was():
    trace, values = recording(each_step=True)
    reader = OutputReader(trace, 0)
    whole(reader, 0, 2000)
    steps, found = whole(reader, 1000, 3000)
    assert steps[0] == 1000
    np.testing.assert_array_equal(found.max(axis=0), values[:, 0].reshape(-1, 3)[1000:3000].max(axis=0))


def test_what_an_output_would_be_earlier_is_read_at_every_step():
    plan = Plan(4, TIMESTEPS, ROWS)
    trace = Trace(plan, [], [], [OutputSpec((3,), False, endings=True)])
    values = np.random.default_rng(4).normal(size=(ROWS, TIMESTEPS, 3)).astype("float32")
    trace.write_output(0, 0, values[:, -1])
    trace.write_endings(0, 0, values)
    trace.publish(TIMESTEPS)
    steps, found = OutputReader(trace, 1, endings=True).window(5, 99, 500)
    np.testing.assert_array_equal(steps, np.arange(5, TIMESTEPS))
    np.testing.assert_array_equal(found, values[1, 5:])
