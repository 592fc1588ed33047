"""Recordings are told from other files, and unpacked to a folder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from lstm_viz.errors import TraceError
from lstm_viz.generation.recipe import Generation
from lstm_viz.layers import LSTMLayer
from lstm_viz.plan import Plan
from lstm_viz.signals import SIGNALS
from lstm_viz.trace import OutputSpec, Trace
from lstm_viz.trace_opening import is_recording, open_trace, unpack

PLAN = Plan(12, 50, 4, stateful=True, order=tuple(range(11, -1, -1)), lengths=(50,) * 8 + (30,) * 4)
LAYERS = (LSTMLayer("one", 3, 2), LSTMLayer("back", 2, 3, go_backwards=True))


def recorded(count: int, plan: Plan = PLAN) -> Trace:
    """Make a recording that has come so far."""
    rng = np.random.default_rng(1)
    own = {length: length for length in set(plan.lengths or (plan.timesteps,))}
    outputs = (OutputSpec((2,), each_step=True), OutputSpec((), each_step=False))
    trace = Trace(plan, LAYERS, [own, own], outputs, digest="something")
    steps, rows = len(plan), plan.batch_size
    for layer in trace.layers.values():
        signals = rng.normal(size=(steps, rows, 6, layer.layer.units)).astype(np.float32)
        layer.write(0, signals, np.ones((steps, rows), bool))
        for batch in range(plan.batches):
            layer.write_initial(batch, rng.normal(size=(rows, 2, layer.layer.units)).astype(np.float32))
    trace.write_output(0, 0, rng.normal(size=(rows, steps, 2)).astype(np.float32))
    for batch in range(plan.batches):
        trace.write_output(1, plan.first_step(0, batch), rng.normal(size=rows).astype(np.float32))
    for layer in trace.layers.values():
        layer.end_at(count)
    trace.publish(count)
    return trace


def assert_same(found: Trace, wanted: Trace) -> None:
    assert found.count == wanted.count
    assert found.plan == wanted.plan
    for layer, other in zip(found.layers.values(), wanted.layers.values(), strict=True):
        assert layer.layer == other.layer
        for name in (*SIGNALS, "mask", "initial_h", "initial_c"):
            np.testing.assert_array_equal(getattr(layer, name), getattr(other, name), err_msg=name)
        for columns in (12, 1000):
            one, two = layer.window(1, 0, 10**9, columns), other.window(1, 0, 10**9, columns)
            assert (one.start, one.stop, one.factor) == (two.start, two.stop, two.factor)
            np.testing.assert_array_equal(one.values, two.values)
    for one, two in zip(found.outputs, wanted.outputs, strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("count", [0, 1, 77, len(PLAN)])
def test_what_is_unpacked_is_the_same_recording(tmp_path: Path, count: int) -> None:
    trace = recorded(count)
    unpack(trace, tmp_path / "there")
    found = open_trace(tmp_path / "there")
    assert found.folder == tmp_path / "there"
    assert found.digest == "something"
    assert_same(found, trace)


@pytest.mark.parametrize("suffix", ["saved.npz", "exported.npz", "h5"])
def test_a_file_is_unpacked_as_it_opens(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"run.{suffix}"
    trace = recorded(len(PLAN))
    trace.save(path) if suffix == "saved.npz" else trace.export(path)
    opened = open_trace(path)
    unpack(opened, tmp_path / "there")
    assert_same(open_trace(tmp_path / "there"), opened)


def test_the_sequence_of_a_generated_run_is_unpacked_with_it(tmp_path: Path) -> None:
    generation = Generation(3, 4, "timesteps", 1, "values", 1)
    plan = Plan(1, 6, 1)
    trace = Trace(plan, [], [], (OutputSpec((1,), each_step=True),), generation=generation)
    trace.write_sequence(0, np.arange(7, dtype=np.float32).reshape(1, 7, 1)[:, : generation.length])
    trace.write_output(0, 0, np.zeros((1, 6, 1), np.float32))
    trace.publish(4)
    unpack(trace, tmp_path / "there")
    found = open_trace(tmp_path / "there")
    assert found.generation == generation
    np.testing.assert_array_equal(found.sequence, trace.sequence)


def test_unpacking_says_how_far_it_is_and_can_be_given_up(tmp_path: Path) -> None:
    told: list[float] = []
    unpack(recorded(120), tmp_path / "there", told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert min(told) < 0.5

    def give_up(fraction: float) -> None:
        if fraction > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        unpack(recorded(120), tmp_path / "other", give_up)
    assert open_trace(tmp_path / "other").count == 0  # nothing is published before everything is there


def test_recordings_are_told_from_other_files(tmp_path: Path) -> None:
    trace = recorded(60)
    trace.save(tmp_path / "saved.npz")
    trace.export(tmp_path / "exported.npz")
    trace.export(tmp_path / "exported.h5")
    unpack(trace, tmp_path / "folder")
    np.savez(tmp_path / "data.npz", x=np.zeros((3, 2, 1)))
    np.savez(tmp_path / "header.npz", header=np.array(json.dumps({"x": 1})), x=np.zeros(3))
    np.savez(tmp_path / "numbers.npz", header=np.zeros(3))
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04")
    (tmp_path / "empty").mkdir()
    (tmp_path / "zarr").mkdir()
    (tmp_path / "zarr" / ".zgroup").write_text("{}")
    found = {path.name for path in tmp_path.iterdir() if is_recording(path)}
    assert found == {"saved.npz", "exported.npz", "folder", "zarr"}
    assert not is_recording(tmp_path / "nowhere.npz")


def test_a_recording_that_is_no_more_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="There is no file"):
        open_trace(tmp_path / "nowhere.npz")
