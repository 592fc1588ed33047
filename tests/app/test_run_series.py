from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.run_series import RowSeries
from lstm_viz.dataset import Dataset, Shaping
from lstm_viz.layers import LSTMLayer
from lstm_viz.plan import Plan
from lstm_viz.timetable import Timetable
from lstm_viz.trace import OutputSpec, Trace

PLANS = [
    Plan(6, 3, 2),
    Plan(5, 3, 2),  # the last batch has one row
    Plan(6, 3, 3, epochs=2),
    Plan(6, 3, 2, order=(4, 2, 0, 1, 5, 3)),
]


@pytest.fixture
def series(tmp_path: Path) -> Dataset:
    """Rows of two columns, of which the second is to be predicted one row ahead; scaled."""
    rows = "\n".join(f"{k / 4:.2f},{(k * k) % 7}" for k in range(9))
    (tmp_path / "series.csv").write_text(f"level,flow\n{rows}\n", encoding="utf-8")
    shaping = Shaping(look_back=3, target="flow", scaling="standard")
    return Dataset.from_file(tmp_path / "series.csv", shaping)


def by_hand(plan: Plan, row: int, value: Callable[[int, int], np.ndarray]) -> dict[int, np.ndarray]:
    """The value of each step of the run at which the row exists, found by walking through the run."""
    found = {}
    for step in range(len(plan)):
        at = plan.position(step)
        if row < plan.rows(at.batch):
            found[step] = value(plan.sample(at.batch, row), at.timestep)
    return found


def as_dict(lines) -> dict[int, np.ndarray]:
    return {int(x): y for x, y in zip(lines.x, lines.y, strict=True) if np.isfinite(y).all()}


def same(left: dict[int, np.ndarray], right: dict[int, np.ndarray]) -> None:
    assert sorted(left) == sorted(right)
    for step, values in left.items():
        np.testing.assert_allclose(values, right[step], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("plan", PLANS)
def test_the_inputs_are_those_that_the_run_reads_in_the_units_of_the_file(
    series: Dataset, plan: Plan
) -> None:
    raw = np.array([[k / 4, (k * k) % 7] for k in range(9)])
    for row in range(plan.batch_size):
        lines = RowSeries(series, plan, row).inputs(0, len(plan))
        assert lines.names == ("level", "flow")
        same(as_dict(lines), by_hand(plan, row, lambda sample, t: raw[sample + t]))


@pytest.mark.parametrize("plan", PLANS)
def test_a_target_stands_at_the_last_timestep_of_its_sample(series: Dataset, plan: Plan) -> None:
    for row in range(plan.batch_size):
        lines = RowSeries(series, plan, row).targets(0, len(plan), OutputSpec((1,), False))
        expected = by_hand(plan, row, lambda sample, t: np.array([((sample + 3) ** 2) % 7]))
        ends = {step: value for step, value in expected.items() if plan.position(step).timestep == 2}
        assert lines.names == ("target",)
        assert lines.style == "points"
        same(as_dict(lines), ends)


def test_part_of_a_run_is_that_part_of_the_whole(series: Dataset) -> None:
    plan = Plan(6, 3, 2, epochs=2)
    rows = RowSeries(series, plan, 1)
    whole = as_dict(rows.inputs(0, len(plan)))
    same(as_dict(rows.inputs(4, 11)), {step: y for step, y in whole.items() if 4 <= step < 11})
    spec = OutputSpec((1,), False)
    targets = as_dict(rows.targets(0, len(plan), spec))
    same(as_dict(rows.targets(3, 9, spec)), {step: y for step, y in targets.items() if 3 <= step < 9})


@pytest.fixture
def tagged(tmp_path: Path) -> Dataset:
    """Four sequences of three timesteps with a class at each timestep."""
    random = np.random.default_rng(0)
    np.savez(
        tmp_path / "tags.npz",
        x=random.standard_normal((4, 3, 2)).astype(np.float32),
        y=np.arange(12).reshape(4, 3) % 3,
        class_names=np.array(["rest", "walk", "run"]),
    )
    return Dataset.from_file(tmp_path / "tags.npz")


def test_a_class_at_each_timestep_is_drawn_as_one_line_a_class(tagged: Dataset) -> None:
    plan = Plan(4, 3, 2)
    lines = RowSeries(tagged, plan, 1).targets(0, len(plan), OutputSpec((3,), True))
    assert lines.names == ("target rest", "target walk", "target run")
    assert lines.style == "line"
    same(as_dict(lines), by_hand(plan, 1, lambda sample, t: np.eye(3)[(sample * 3 + t) % 3]))


def recorded(plan: Plan, spec: OutputSpec, count: int) -> Trace:
    """A recording whose output is 100·sample + timestep, or 100·sample at the end of a sample."""
    trace = Trace(plan, [LSTMLayer("lstm", 2, 2)], [plan.timesteps], [spec])
    for step in range(0, count, 1 if spec.each_step else plan.timesteps):
        at = plan.position(step)
        values = np.array(
            [
                [100 * plan.sample(at.batch, r) + at.timestep] * spec.shape[0]
                for r in range(plan.rows(at.batch))
            ],
            np.float32,
        )
        trace.write_output(0, step, values[:, None] if spec.each_step else values)
    trace.publish(count)
    return trace


def test_outputs_of_each_timestep_are_those_that_are_recorded(tagged: Dataset) -> None:
    plan = Plan(4, 3, 2)
    trace = recorded(plan, OutputSpec((3,), True), 4)
    steps, values = trace.output_window(0, 1, 0, len(plan))
    lines = RowSeries(tagged, plan, 1).output_lines(trace.output_specs[0], steps, values)
    assert lines.names == ("rest", "walk", "run")
    expected = by_hand(plan, 1, lambda sample, t: np.full(3, 100.0 * sample + t))
    same(as_dict(lines), {step: value for step, value in expected.items() if step < 4})


def test_an_output_for_a_whole_sample_stands_at_its_end_in_the_units_of_the_data(series: Dataset) -> None:
    plan = Plan(6, 3, 2)
    trace = recorded(plan, OutputSpec((1,), False), 7)  # the third batch has not ended
    steps, values = trace.output_window(0, 0, 0, len(plan))
    lines = RowSeries(series, plan, 0).output_lines(trace.output_specs[0], steps, values)
    assert lines.names == ("output",)
    assert lines.style == "points"
    assert lines.x.tolist() == [2, 5]
    expected = series.unscale_targets(np.array([[0.0], [200.0]]))
    np.testing.assert_allclose(lines.y, expected)


def test_data_without_a_target_have_no_target_line(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=np.zeros((4, 3, 2), np.float32))
    rows = RowSeries(Dataset.from_file(tmp_path / "x.npz"), Plan(4, 3), 0)
    assert rows.targets(0, 12, OutputSpec((1,), False)).names == ()


def test_what_an_output_would_be_has_a_gap_between_two_sequences(series: Dataset) -> None:
    plan = Plan(6, 3, 2)
    steps, values = np.arange(1, 8), np.linspace(-1, 1, 7)[:, None]
    rows = RowSeries(series, plan, 0)
    lines = rows.as_endings(rows.output_lines(OutputSpec((1,), False), steps, values))
    assert lines.names == ("output",)
    assert lines.style == "trail"
    np.testing.assert_array_equal(lines.x, [1, 2, 2.5, 3, 4, 5, 5.5, 6, 7])
    assert np.isnan(lines.y[[2, 6]]).all()
    np.testing.assert_allclose(np.delete(lines.y, [2, 6], axis=0), series.unscale_targets(values))


def test_where_steps_are_merged_over_sequences_there_is_no_gap(series: Dataset) -> None:
    plan = Plan(6, 3, 2, epochs=9)
    steps = np.arange(0, 80, 4)
    rows = RowSeries(series, plan, 0)
    lines = rows.as_endings(rows.output_lines(OutputSpec((1,), False), steps, np.zeros((20, 1))))
    np.testing.assert_array_equal(lines.x, steps)


LENGTHS = (3, 1, 4, 1, 3)


@pytest.fixture
def sequences() -> Dataset:
    """Five sequences of 1 to 4 timesteps, with a target for each timestep."""
    x = np.arange(20, dtype=np.float32).reshape(5, 4, 1)
    return Dataset.from_arrays(x, -x, lengths=LENGTHS)


def test_samples_of_different_lengths_are_shown_as_far_as_they_go(sequences: Dataset) -> None:
    plan = Plan(5, 4, 2, lengths=LENGTHS)
    each = OutputSpec((1,), True)
    for row in range(2):
        lines = RowSeries(sequences, plan, row)
        wanted = by_hand(plan, row, lambda sample, t: np.array([4 * sample + t]))
        same(as_dict(lines.inputs(0, len(plan))), wanted)
        same(as_dict(lines.targets(0, len(plan), each)), {step: -value for step, value in wanted.items()})


def test_the_padding_of_a_padded_run_is_input_and_no_target(sequences: Dataset) -> None:
    plan = Plan(5, 4, 1)
    lines = RowSeries(sequences, plan, 0)
    assert as_dict(lines.inputs(0, 20)).keys() == set(range(20))
    real = {4 * sample + t for sample, length in enumerate(LENGTHS) for t in range(length)}
    assert as_dict(lines.targets(0, 20, OutputSpec((1,), True))).keys() == real


def test_the_target_of_a_whole_sample_stands_at_its_own_end(sequences: Dataset) -> None:
    data = Dataset.from_arrays(sequences.inputs[0], np.arange(5.0), lengths=LENGTHS)
    plan = Plan(5, 4, 1, lengths=LENGTHS)
    lines = RowSeries(data, plan, 0).targets(0, len(plan), OutputSpec((1,), False))
    assert lines.x.tolist() == [2, 3, 7, 8, 11]
    assert lines.y[:, 0].tolist() == [0, 1, 2, 3, 4]


def decoded(own: int, features: int) -> tuple[Dataset, Plan, OutputSpec]:
    """Data whose targets have a time of their own, each value telling sample, own timestep and feature."""
    sample, timestep, feature = np.ogrid[:6, :own, :features]
    y = (100 * sample + 10 * timestep + feature).astype(np.float32)
    x = np.zeros((6, 7, 1), np.float32)
    return Dataset.from_arrays(x, y), Plan(6, 7, 2), OutputSpec((own, features), each_step=False)


@pytest.mark.parametrize("features", [1, 2])
def test_a_decoders_outputs_and_targets_lie_along_its_own_time(features: int) -> None:
    dataset, plan, spec = decoded(4, features)
    series, own = RowSeries(dataset, plan, 1), Timetable(plan.batches, 4)
    targets = series.along(series.targets(0, len(plan), spec), spec, own)
    assert list(targets.x) == list(range(12))
    expected = np.concatenate([dataset.targets[0][sample] for sample in (1, 3, 5)])
    np.testing.assert_array_equal(targets.y, expected)
    assert targets.names == (("target",) if features == 1 else ("target[0]", "target[1]"))
    ends = np.array([6, 13])
    lines = series.output_lines(spec, ends, dataset.targets[0][[1, 3]])
    outputs = series.along(lines, spec, own)
    np.testing.assert_array_equal(outputs.y, expected[:8])
    assert outputs.names[0].startswith("output")
    nothing = series.along(series.targets(0, 0, spec), spec, own)
    assert (nothing.names, len(nothing.x), nothing.y.shape) == (targets.names, 0, (0, features))


def test_what_has_another_time_axis_is_not_laid_along_the_layers() -> None:
    dataset, plan, spec = decoded(4, 1)
    series = RowSeries(dataset, plan, 0)
    targets, own = series.targets(0, len(plan), spec), Timetable(plan.batches, 4)
    assert series.lies_along(targets, spec, own)
    assert not series.lies_along(targets, spec, Timetable(plan.batches, 5))
    assert not series.lies_along(targets, spec, plan.timetable)
    assert not series.lies_along(targets, OutputSpec((4,), each_step=False), own)
    assert not series.lies_along(replace(targets, names=("target",)), spec, own)  # one for each batch


def test_one_hot_vectors_are_drawn_as_the_tokens_that_they_are() -> None:
    data = Dataset.from_text("ab ba", look_back=2, one_hot=True)
    plan = Plan(3, 2, 1)
    lines = RowSeries(data, plan, 0).inputs(0, len(plan))
    assert lines.names == ("token",)
    assert lines.tokens == ("␣", "a", "b")
    np.testing.assert_array_equal(lines.y[:, 0], [1, 2, 2, 0, 0, 2])


def test_a_value_of_an_output_is_called_by_its_layer_and_its_place_in_it() -> None:
    dataset, plan, spec = decoded(3, 2)
    data = Dataset.from_arrays(dataset.inputs[0], dataset.targets[0])
    series, values = RowSeries(data, plan, 1), np.zeros((1, 3, 2))
    lines = series.output_lines(replace(spec, name="next_steps"), np.array([6]), values)
    assert lines.names[:3] == ("next_steps[0, 0]", "next_steps[0, 1]", "next_steps[1, 0]")
    assert series.output_lines(spec, np.array([6]), values).names[-1] == "output[2, 1]"
    assert series.targets(0, 7, spec).names[-1] == "target[2, 1]"
