from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from app.run_axis import Axis
from app.run_series import RowSeries
from app.series_reader import Series, SeriesReader
from lstm_viz.dataset import Dataset
from lstm_viz.generation.recipe import Generation
from lstm_viz.layers import LSTMLayer
from lstm_viz.plan import Plan
from lstm_viz.timetable import Timetable
from lstm_viz.trace import OutputSpec, Trace

TIMESTEPS, OWN = 2000, 4


def recording(plan: Plan, spec: OutputSpec) -> Trace:
    """Outputs alone, each the number of its step and what it would be earlier the negative of that."""
    trace = Trace(plan, [], [], [spec])
    for step in range(0, len(plan), plan.timesteps):
        steps = np.arange(step, step + plan.timesteps, dtype=np.float32)
        values = np.broadcast_to(steps[None, :, None], (plan.batch_size, plan.timesteps, 1))
        trace.write_output(0, step, values if spec.each_step else values[:, -1])
        if spec.endings:
            trace.write_endings(0, step, -values)
    trace.publish(len(plan))
    return trace


@pytest.fixture
def plan() -> Plan:
    return Plan(4, TIMESTEPS, 2)


@pytest.fixture
def data() -> Dataset:
    """Inputs and targets that tell sample and timestep."""
    x = np.arange(4 * TIMESTEPS, dtype=np.float32).reshape(4, TIMESTEPS, 1)
    return Dataset.from_arrays(x, -x)


def whole(reader: SeriesReader, first: int, last: int, **more: bool | int) -> Series:
    for _ in range(1000):
        found = reader.read(first, last, 500, **more)
        if not reader.behind:
            return found
    raise AssertionError("it never catches up")


def reader_of(data: Dataset, trace: Trace, row: int = 1) -> SeriesReader:
    axis = Axis(trace.plan.timetable, trace.plan.timetable)
    return SeriesReader(RowSeries(data, trace.plan, row, trace), trace, row, axis)


def test_lines_keep_their_extremes_in_a_run_seen_whole(data: Dataset, plan: Plan) -> None:
    found = whole(reader_of(data, recording(plan, OutputSpec((1,), True))), 0, len(plan))
    of_row = data.inputs[0][[1, 3]]  # the samples of this row
    for lines, values in (
        (found.inputs, of_row),
        (found.targets, -of_row),
        (found.outputs, np.arange(len(plan))),
    ):
        assert lines is not None
        assert len(lines.x) <= 2 * 500 + 2
        assert (lines.y.min(), lines.y.max()) == (values.min(), values.max())
    assert found.endings is None


def test_what_has_not_changed_is_the_same_object(data: Dataset, plan: Plan) -> None:
    reader = reader_of(data, recording(plan, OutputSpec((1,), False, endings=True)))
    found = whole(reader, 0, len(plan))
    assert all(lines is not None for lines in found)
    assert all(a is b for a, b in zip(found, reader.read(0, len(plan), 500), strict=True))


def test_what_the_output_would_be_earlier_is_there_when_it_is_asked_for(data: Dataset, plan: Plan) -> None:
    reader = reader_of(data, recording(plan, OutputSpec((1,), False, endings=True)))
    found = whole(reader, 5, 300)
    assert found.endings is not None
    np.testing.assert_array_equal(found.endings.y[:, 0], -np.arange(5, 300))
    assert found.endings.style == "trail"
    assert whole(reader, 5, 300, endings=False).endings is None


def test_outputs_end_where_they_are_asked_to_and_inputs_go_on(data: Dataset, plan: Plan) -> None:
    reader = reader_of(data, recording(plan, OutputSpec((1,), True)))
    for until in (120, 100):
        found = whole(reader, 0, 300, until=until)
        assert found.outputs is not None
        assert found.inputs is not None
        assert found.outputs.x[-1] == until - 1
        assert found.inputs.x[-1] == 299


@pytest.fixture
def decoder() -> SimpleNamespace:
    """A run of 3,000 batches whose output has a time of its own, as the layer that is looked at."""
    batches, row = 3000, 1
    plan, own = Plan(2 * batches, 7, 2), Timetable(batches, OWN)
    y = np.random.default_rng(0).normal(size=(2 * batches, OWN, 1)).astype(np.float32)
    x = np.arange(2 * batches * 7, dtype=np.float32).reshape(-1, 7, 1)
    spec = OutputSpec((OWN, 1), False)
    trace = Trace(plan, [LSTMLayer("decoder", 2, OWN)], [OWN * batches], [spec])
    for batch in range(batches):
        trace.write_output(0, 7 * batch, y[2 * batch : 2 * batch + 2])
    trace.publish(len(plan) - 3)  # the last batch has not come to its output
    axis = Axis(plan.timetable, own)
    series = RowSeries(Dataset.from_arrays(x, y), plan, row, trace)
    return SimpleNamespace(
        axis=axis, plan=plan, y=y[row::2].reshape(-1), reader=SeriesReader(series, trace, row, axis)
    )


def test_a_decoders_output_lies_along_its_time_as_far_as_it_is_seen(decoder: SimpleNamespace) -> None:
    for start, stop in ((5, 7), (0, 4), (398, 800)):
        axis = decoder.axis
        found = whole(decoder.reader, axis.to_run(start), axis.to_run(stop - 1) + 1)
        for lines, name in ((found.outputs, "output"), (found.targets, "target")):
            assert lines is not None
            assert lines.names == (name,)
            assert lines.x[0] <= start
            assert lines.x[-1] >= stop - 1
            np.testing.assert_array_equal(lines.y[:, 0], decoder.y[lines.x])


def test_a_decoders_output_is_merged_along_its_time(decoder: SimpleNamespace) -> None:
    found = whole(decoder.reader, 0, len(decoder.plan))
    recorded = len(decoder.y) - OWN
    for lines, count in ((found.outputs, recorded), (found.targets, len(decoder.y))):
        assert lines is not None
        assert lines.merged == 32
        assert lines.style == "line"
        for step in (0, 31, 32, 7000, count - 1):
            steps, low, high = lines.at(step) or (range(0), np.nan, np.nan)
            assert step in steps
            part = decoder.y[steps.start : min(steps.stop, count)]
            assert (low[0], high[0]) == (part.min(), part.max())
    assert found.outputs is not None
    assert found.outputs.at(len(decoder.y) - 1 + 32) is None


def test_what_a_decoder_reads_is_read_out_by_the_steps_of_its_own_axis(decoder: SimpleNamespace) -> None:
    lines = whole(decoder.reader, 0, len(decoder.plan)).inputs
    assert lines is not None
    steps, low, high = lines.at(1000) or (range(0), np.nan, np.nan)
    assert 1000 in steps
    assert len(steps) in (36, 37)  # of 64 of the run
    group = decoder.axis.to_run(1000) // 64 * 64
    batches, timesteps = np.divmod([group, group + 63], 7)
    assert [low[0], high[0]] == ((2 * batches + 1) * 7 + timesteps).tolist()


def test_without_data_there_are_outputs_alone(plan: Plan) -> None:
    trace = recording(plan, OutputSpec((1,), True))
    series = RowSeries(None, plan, 0)
    found = SeriesReader(series, trace, 0, Axis(plan.timetable, plan.timetable)).read(0, 100, 500)
    assert (found.inputs, found.targets, found.endings) == (None, None, None)
    assert found.outputs is not None


def test_what_the_output_would_be_earlier_has_a_gap_between_sequences_where_steps_are_merged(
    data: Dataset, plan: Plan
) -> None:
    reader = reader_of(data, recording(plan, OutputSpec((1,), False, endings=True)))
    found = whole(reader, 0, len(plan)).endings
    assert found is not None
    gaps = np.flatnonzero(np.isnan(found.y[:, 0]))
    assert len(gaps) == 2  # a pair, as all points are
    assert gaps[0] % 2 == 0
    assert found.x[gaps].tolist() == [found.x[gaps[1] + 1] - 0.5] * 2
    assert abs(found.x[gaps[0]] - TIMESTEPS) < found.merged


SEQUENCE = np.arange(20, dtype=np.float32).reshape(10, 2)


@pytest.fixture(params=["timesteps", "window"])
def generated(request: pytest.FixtureRequest) -> Trace:
    """A run that made its own inputs, 3 of 10 timesteps of them a seed."""
    look_back = {"timesteps": 1, "window": 3}[request.param]
    recipe = Generation(3, 7, request.param, look_back, "values", 2, (0, 1), (1.0, 1.0), (0.0, 0.0))
    trace = Trace(recipe.plan(1), [], [], [OutputSpec((2,), True)], generation=recipe)
    trace.write_sequence(0, SEQUENCE[None])
    return trace


def test_what_a_run_makes_for_itself_is_read_as_far_as_it_has_come_and_after_it_went_back(
    generated: Trace,
) -> None:
    plan, recipe = generated.plan, generated.generation
    assert recipe is not None
    axis = Axis(plan.timetable, plan.timetable)
    reader = SeriesReader(RowSeries(None, plan, 0, generated), generated, 0, axis)
    places = recipe.places(np.arange(len(plan)))
    for count in (0, 4, len(plan), 2):
        if count < generated.count:
            generated.truncate(count)
        generated.publish(count)
        inputs = whole(reader, 0, len(plan)).inputs
        assert inputs is not None
        assert inputs.names == ("x[0]", "x[1]")
        known = places < recipe.known(count)
        np.testing.assert_array_equal(inputs.y[known], SEQUENCE[places[known]])
        assert np.isnan(inputs.y[~known]).all()
