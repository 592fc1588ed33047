"""Recordings in a folder: going on with one, and not with one of something else."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from keras import layers

import lstm_viz
from lstm_viz.errors import TraceError
from lstm_viz.plan import Plan, ResetPoint, Resets
from lstm_viz.stepper import Stepper
from tests.lstm_viz.stepper.conftest import assert_same, data, finished, model_of, run_plan


@pytest.mark.parametrize("step", [3, 5, 7])
def test_a_stepper_on_the_folder_of_a_run_goes_on_where_it_ended(probe, two_way, tmp_path, step):
    plan = Plan(4, 5, 2, True, Resets(at=(ResetPoint(1, 3, rows=(0,)),)))
    for which in (probe, two_way):
        folder = tmp_path / str(id(which))
        options = {"batch_size": 2, "stateful": True, "resets": plan.resets, "probe": which}
        Stepper(which.model, data(4), folder=folder, **options).run(until=step)
        again = Stepper(which.model, data(4), folder=folder, **options)
        assert again.trace.count == (step if which is probe else step // 5 * 5)
        assert_same(finished(again), run_plan(which, data(4), plan), 0)


def test_a_stepper_on_the_folder_of_a_run_under_another_plan_keeps_what_both_share(probe, tmp_path):
    Stepper(probe.model, data(4), batch_size=2, folder=tmp_path, probe=probe).run()
    again = Stepper(probe.model, data(4), batch_size=2, stateful=True, folder=tmp_path, probe=probe)
    assert again.trace.count == 5
    assert_same(finished(again), run_plan(probe, data(4), Plan(4, 5, 2, True)), 0)


def test_a_stepper_on_the_folder_of_a_run_that_never_began_follows_its_own_plan(probe, tmp_path):
    Stepper(probe.model, data(4), batch_size=2, folder=tmp_path, probe=probe)
    again = Stepper(probe.model, data(4), batch_size=2, stateful=True, folder=tmp_path, probe=probe)
    assert again.plan.stateful
    assert lstm_viz.open_trace(tmp_path).plan.stateful


@pytest.mark.parametrize("call", ["write", "replace"])
@pytest.mark.parametrize("change", [ResetPoint(0, 3, rows=(0,)), ResetPoint(3, 0)], ids=["past", "to come"])
def test_a_plan_that_cannot_be_written_leaves_the_run_as_it_was(probe, tmp_path, monkeypatch, call, change):
    options = {"batch_size": 1, "stateful": True, "folder": tmp_path, "probe": probe}
    stepper = Stepper(probe.model, data(4), **options)
    stepper.run(until=9)
    before = stepper.plan

    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:  # nobody may fill a disk for a test
        patched.setattr(*((os, "replace") if call == "replace" else (Path, "open")), full)
        with pytest.raises(TraceError, match="disk is full"):
            stepper.reconfigure(before.with_reset(change))
    assert stepper.plan is before
    assert stepper.trace.count == 9
    assert lstm_viz.open_trace(tmp_path).plan == before
    assert_same(finished(stepper), run_plan(probe, data(4), before), 0)
    stepper.rewind(9)
    stepper.reconfigure(before.with_reset(change))
    assert_same(finished(stepper), run_plan(probe, data(4), before.with_reset(change)), 0)


def test_a_recording_that_cannot_be_read_leaves_the_run_where_it_is(probe, tmp_path, monkeypatch):
    stepper = Stepper(probe.model, data(4), batch_size=1, stateful=True, folder=tmp_path, probe=probe)
    stepper.run(until=9)
    (layer,) = stepper.trace.layers.values()

    def damaged(*_):
        raise TraceError("A part of the recording is damaged.")

    with monkeypatch.context() as patched:
        patched.setattr(layer, "state_before", damaged)
        with pytest.raises(TraceError, match="damaged"):
            stepper.rewind(4)
    assert stepper.trace.count == 9
    assert_same(finished(stepper), run_plan(probe, data(4), stepper.plan), 0)


def test_a_folder_with_the_recording_of_something_else_is_refused(probe, two_way, tmp_path):
    Stepper(probe.model, data(4), batch_size=2, folder=tmp_path, probe=probe).run()
    with pytest.raises(TraceError, match="recording of another model"):
        Stepper(two_way.model, data(4), batch_size=2, folder=tmp_path, probe=two_way)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"batch_size": 1}, "another batch size"),
        ({"epochs": 2}, "another number of epochs"),
        ({"order": (1, 0, 3, 2)}, "another order of the samples"),
        ({"inputs": data(6)}, "another number of samples"),
        ({"inputs": data(4) * 3}, "other data"),
        ({"inputs": data(4).astype("f8")}, "other data"),
    ],
)
def test_a_folder_with_a_run_of_other_sizes_or_data_is_refused_and_stays_as_it_is(
    probe, tmp_path, change, words
):
    options = {"inputs": data(4), "batch_size": 2, "folder": tmp_path, "probe": probe}
    Stepper(probe.model, **options).run(until=3)
    before = (tmp_path / "header.json").read_bytes()
    with pytest.raises(TraceError, match=f"recording of .*{words}"):
        Stepper(probe.model, **{**options, **change})
    assert (tmp_path / "header.json").read_bytes() == before
    assert Stepper(probe.model, **options).trace.count == 3


def test_a_folder_with_a_run_of_other_weights_is_refused(tmp_path):
    model = model_of(layers.LSTM(3), layers.Dense(1))
    Stepper(model, data(4), folder=tmp_path).run(until=3)
    model.layers[-1].kernel.assign_add(np.full((3, 1), 0.1))
    with pytest.raises(TraceError, match="a model with other weights"):
        Stepper(model, data(4), folder=tmp_path)
