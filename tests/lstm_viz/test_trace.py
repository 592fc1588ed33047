import gc
import multiprocessing
import subprocess
import sys
import weakref
from dataclasses import replace

import numpy as np
import pytest

from lstm_viz import storage
from lstm_viz.errors import TraceError
from lstm_viz.plan import Plan, ResetPoint, Resets
from lstm_viz.signals import SIGNALS
from lstm_viz.storage import GrowingArray
from lstm_viz.trace import Trace
from lstm_viz.trace_opening import open_folder, open_trace, remove_recording
from tests.lstm_viz.recordings import LAYERS, LONG, PLAN, new_trace, recorded, write


def assert_same(found, wanted):
    assert found.count == wanted.count
    assert list(found.layers) == list(wanted.layers)
    for layer, other in zip(found.layers.values(), wanted.layers.values(), strict=True):
        assert layer.layer == other.layer
        assert layer.count == other.count
        for name in (*SIGNALS, "mask", "initial_h", "initial_c"):
            np.testing.assert_array_equal(getattr(layer, name), getattr(other, name), err_msg=name)
    for output, other in zip(found.outputs, wanted.outputs, strict=True):
        assert output.dtype == other.dtype
        np.testing.assert_array_equal(output, other)


@pytest.fixture(params=["memory", "folder"])
def folder(request, tmp_path):
    return tmp_path / "recording" if request.param == "folder" else None


def test_it_says_how_much_of_which_layers_it_holds():
    trace = new_trace()
    write(trace, recorded(), 0, 5)
    assert repr(trace) == "<Trace: 5 of 30 steps recorded, one (3 units), two (2 units)>"
    assert repr(trace.layers["one"]) == "<LayerTrace: one, 6 samples × 5 timesteps × 3 units>"


# -- arrays ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 3, 5, 13, 15, 16, 23, 30])
def test_arrays_are_by_sample_and_show_the_last_epoch_begun(folder, count):
    trace, numbers = new_trace(folder), recorded()
    write(trace, numbers, 0, count)
    epoch = max(0, count - 1) // 15
    layer, (signals, mask, initial) = trace.layers["one"], numbers[0][0]
    assert layer.c.shape == (6, 5, 3)
    for sample in range(6):
        batch, row = PLAN.place(sample)
        for timestep in range(5):
            step = epoch * 15 + batch * 5 + timestep
            known = step < count
            for k, name in enumerate(SIGNALS):
                wanted = signals[step, row, k] if known else np.full(3, np.nan)
                np.testing.assert_array_equal(layer.signal(name)[sample, timestep], wanted)
            assert layer.mask[sample, timestep] == (known and mask[step, row])
            wanted = numbers[1][0][row, step] if known else np.full(4, np.nan)
            np.testing.assert_array_equal(trace.outputs[0][sample, timestep], wanted)
        first = epoch * 15 + batch * 5
        started, ended = first < count, first + 5 <= count
        h, c = initial[epoch * 3 + batch, row] if started else np.full((2, 3), np.nan)
        np.testing.assert_array_equal(layer.initial_h[sample], h)
        np.testing.assert_array_equal(layer.initial_c[sample], c)
        assert trace.outputs[1][sample] == (numbers[1][1][epoch * 3 + batch, row] if ended else 0)


def test_a_smaller_last_batch_leaves_no_trace_of_the_rows_it_lacks(folder):
    plan = Plan(5, 4, 2)
    trace, numbers = new_trace(folder, plan), recorded(plan)
    write(trace, numbers, 0, 8)
    last_row = [tuple(a[:, :1] for a in layer) for layer in numbers[0]]
    write(trace, (last_row, (numbers[1][0][:1], numbers[1][1][:, :1])), 8, 12)
    layer = trace.layers["one"]
    np.testing.assert_array_equal(layer.h[4], numbers[0][0][0][8:12, 0, 5])
    assert layer.h.shape == (5, 4, 3)
    assert np.isnan(layer.all_rows(9)[1]).all()
    assert not layer.computed(9, 1)


def test_a_layer_with_a_time_of_its_own_has_arrays_of_its_own_length(folder):
    trace = Trace(Plan(2, 6, 1), LAYERS[:1], [4], [], folder)
    layer = trace.layers["one"]
    signals = np.random.default_rng(0).normal(size=(8, 1, 6, 3)).astype("f4")
    layer.write(0, signals, np.ones((8, 1), bool))
    for count, have in [(0, 0), (3, 2), (6, 4), (9, 6), (12, 8)]:
        trace.publish(count)
        assert layer.count == have
        flat = layer.f.reshape(8, 3)
        np.testing.assert_array_equal(flat[:have], signals[:have, 0, 1])
        assert np.isnan(flat[have:]).all()


def test_single_steps_can_be_read(folder):
    trace, numbers = new_trace(folder), recorded()
    write(trace, numbers, 0, 12)
    layer, (signals, mask, _) = trace.layers["two"], numbers[0][1]
    np.testing.assert_array_equal(layer.values(7, 1), signals[7, 1])
    np.testing.assert_array_equal(layer.all_rows(7), signals[7])
    assert [layer.computed(step, 1) for step in range(12)] == mask[:12, 1].tolist()
    np.testing.assert_array_equal(layer.any_computed(3, 6), mask[3:6].any(axis=0))


def test_the_state_before_a_step_is_that_after_the_step_processed_before(folder):
    trace, numbers = new_trace(folder), recorded()
    write(trace, numbers, 0, 30)
    forwards, backwards = trace.layers["one"], trace.layers["two"]
    assert not forwards.state_before(0).any()
    np.testing.assert_array_equal(forwards.state_before(7), numbers[0][0][0][6][:, [5, 4]])
    np.testing.assert_array_equal(forwards.state_before(10), numbers[0][0][0][9][:, [5, 4]])
    np.testing.assert_array_equal(backwards.state_before(10), numbers[0][1][0][5][:, [5, 4]])


def test_outputs_of_a_range_of_steps_come_with_the_steps_they_belong_to(folder):
    trace, (_, (each_step, last)) = new_trace(folder), recorded()
    write(trace, recorded(), 0, 23)
    for start in range(25):
        for stop in range(start, 31):
            steps, values = trace.output_window(0, 1, start, stop)
            assert steps.tolist() == list(range(start, min(stop, 23)))
            np.testing.assert_array_equal(values, each_step[1, steps])
            steps, values = trace.output_window(1, 1, start, stop)
            assert steps.tolist() == [s for s in range(4, 23, 5) if start <= s < stop]
            np.testing.assert_array_equal(values, last[steps // 5, 1])


# -- growing and going back ------------------------------------------------------------------------


def test_growing_step_by_step_gives_what_writing_the_whole_gives(folder):
    numbers = recorded()
    growing, whole = new_trace(folder), new_trace()
    for step in range(30):
        write(growing, numbers, step, step + 1)
    write(whole, numbers, 0, 30)
    assert_same(growing, whole)


@pytest.mark.parametrize("at", [0, 7, 10, 15, 22])
def test_what_is_dropped_is_gone_and_can_be_written_anew(folder, at):
    first, second = recorded(), recorded(seed=1)
    trace, wanted = new_trace(folder), new_trace()
    write(trace, first, 0, 30)
    trace.truncate(at)
    write(wanted, first, 0, at)
    assert_same(trace, wanted)
    assert trace.revision == 1
    write(trace, second, at, 30)
    write(wanted, second, at, 30)
    assert_same(trace, wanted)


def test_dropping_nothing_is_no_new_revision(folder):
    trace = new_trace(folder)
    write(trace, recorded(), 0, 12)
    trace.truncate(12)
    assert (trace.count, trace.revision) == (12, 0)


def test_after_dropping_windows_show_only_what_is_there(folder):
    trace, numbers, other = new_trace(folder, LONG), recorded(LONG), recorded(LONG, seed=1)
    write(trace, numbers, 0, 1333)
    layer = trace.layers["one"]
    layer.window(0, 0, 1333, 20)  # merges what is there
    trace.truncate(601)
    write(trace, other, 601, 1300)
    signals = np.concatenate([numbers[0][0][0][:601], other[0][0][0][601:1300]])[:, 0]
    window = layer.window(0, 0, 1333, 20)
    groups = [signals[at : at + window.factor] for at in range(0, 1300, window.factor)]
    np.testing.assert_array_equal(window.values[..., 0::2], np.stack([np.fmin.reduce(g) for g in groups], -1))
    np.testing.assert_array_equal(window.values[..., 1::2], np.stack([np.fmax.reduce(g) for g in groups], -1))


def test_a_recording_that_is_gone_on_with_is_not_merged_again(tmp_path, monkeypatch):
    numbers = recorded(LONG)
    write(new_trace(tmp_path, LONG), numbers, 0, 1200)
    again = open_folder(tmp_path, writable=True)
    read = []
    of_storage = GrowingArray.read

    def reading(array, start, stop, *index):
        read.append((array.folder.name, stop - start))
        return of_storage(array, start, stop, *index)

    with monkeypatch.context() as patched:
        patched.setattr(GrowingArray, "read", reading)
        write(again, numbers, 1200, 1216)
    assert sum(count for name, count in read if name == "signals") == 2 * 16  # of both layers
    again.truncate(601)
    write(again, numbers, 601, 1300)
    whole = new_trace(plan=LONG)
    write(whole, numbers, 0, 1300)
    for layer, other in zip(again.layers.values(), whole.layers.values(), strict=True):
        for columns in (20, 200):
            found, wanted = layer.window(0, 0, 1300, columns), other.window(0, 0, 1300, columns)
            np.testing.assert_array_equal(found.values, wanted.values)


def test_a_recording_may_be_cut_into_blocks_of_any_size(tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "FILE_BLOCK_BYTES", 700)
    trace, wanted, numbers = new_trace(tmp_path), new_trace(), recorded()
    for start in range(0, 30, 4):
        write(trace, numbers, start, min(30, start + 4))
    write(wanted, numbers, 0, 30)
    assert_same(trace, wanted)
    assert len(list((tmp_path / "layer0" / "signals").glob("*.npy"))) > 1


# -- read by others --------------------------------------------------------------------------------


def test_a_reader_of_the_folder_sees_only_steps_that_are_published(tmp_path):
    writer, numbers = new_trace(tmp_path), recorded()
    write(writer, numbers, 0, 7)
    reader = open_trace(tmp_path)
    assert_same(reader, writer)
    layer = writer.layers["one"]
    layer.write(7, *(array[7:12] for array in numbers[0][0][:2]))
    assert reader.count == 7
    assert np.isnan(reader.layers["one"].c[PLAN.sample(1, 0), 2:]).all()
    assert reader.layers["one"].window(0, 0, 30, 100).stop == 7
    write(writer, numbers, 7, 12)
    assert_same(reader, writer)
    writer.truncate(3)
    assert_same(reader, writer)
    assert reader.revision == 1


def test_a_reader_finds_the_plan_that_the_run_went_on_under(tmp_path):
    writer = new_trace(tmp_path)
    write(writer, recorded(), 0, 12)
    plan = replace(
        PLAN, resets=Resets(each_epoch=False, every=7, at=(ResetPoint(1, 2, (0,), 1), ResetPoint(0, 1)))
    )
    writer.truncate(6, plan)
    assert open_trace(tmp_path).plan == plan


def test_the_header_that_every_new_plan_writes_is_short_however_many_samples_there_are(tmp_path):
    order = np.random.default_rng(0).permutation(10_000)
    trace = Trace(Plan(10_000, 5, 2, order=order), LAYERS[:1], [5], [], tmp_path)
    assert (tmp_path / "header.json").stat().st_size < 2000
    plan = replace(trace.plan, stateful=True)
    trace.truncate(0, plan)
    assert (tmp_path / "header.json").stat().st_size < 2000
    assert open_trace(tmp_path).plan == plan
    assert open_trace(tmp_path).plan.order == tuple(order)


def test_a_reader_cannot_write(tmp_path):
    write(new_trace(tmp_path), recorded(), 0, 3)
    reader = open_trace(tmp_path)
    with pytest.raises(ValueError, match="read-only"):
        reader.publish(5)


def _write_elsewhere(folder, start, stop):
    from lstm_viz.trace_opening import open_folder

    write(open_folder(folder, writable=True), recorded(), start, stop)


def test_another_process_sees_what_this_one_writes(tmp_path):
    writer, numbers = new_trace(tmp_path), recorded()
    write(writer, numbers, 0, 23)
    code = f"""
from lstm_viz.trace_opening import open_trace
trace = open_trace({str(tmp_path)!r})
layer = trace.layers["two"]
print(trace.count, float(layer.values(22, 1)[5, 0]), layer.window(0, 0, 99, 9).stop)
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    count, value, stop = told.stdout.split()
    assert int(count) == 23
    assert float(value) == numbers[0][1][0][22, 1, 5, 0]
    assert int(stop) >= 23


def test_this_process_sees_what_another_one_writes(tmp_path):
    new_trace(tmp_path)
    reader, wanted = open_trace(tmp_path), new_trace()
    for start, stop in [(0, 8), (8, 30)]:
        process = multiprocessing.get_context("spawn").Process(
            target=_write_elsewhere, args=(tmp_path, start, stop)
        )
        process.start()
        process.join()
        assert process.exitcode == 0
        write(wanted, recorded(), start, stop)
        assert_same(reader, wanted)


def test_a_removed_recording_is_gone(tmp_path):
    write(new_trace(tmp_path / "recording"), recorded(), 0, 3)
    remove_recording(tmp_path / "recording")
    assert list(tmp_path.iterdir()) == []


# -- damaged folders -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("header.json", None),
        ("header.json", b""),
        ("header.json", b"[]"),
        ("header.json", b"[" * 100_000),
        ("header.json", b'{"plan": []}'),
        ("header.json", b"\xff\xfe"),
        ("order-*.npy", None),
        ("order-*.npy", b"\x93NUMPY"),
        ("order-*.npy", b"x"),
        ("state.npy", None),
        ("state.npy", b""),
        ("state.npy", b"\x93NUMPY"),
    ],
)
def test_a_folder_that_is_no_recording_is_refused(tmp_path, name, content):
    write(new_trace(tmp_path), recorded(), 0, 3)
    (file,) = tmp_path.glob(name)
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(TraceError, match="not a recording"):
        open_trace(tmp_path)


def test_a_folder_without_a_recording_is_refused(tmp_path):
    (tmp_path / "somewhere").mkdir()
    with pytest.raises(TraceError, match="somewhere is not a recording"):
        open_trace(tmp_path / "somewhere")


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(TraceError, match="cannot be written"):
        new_trace(tmp_path / "file" / "recording")


def test_a_recording_is_freed_as_soon_as_nobody_uses_it_and_its_layers_may_outlive_it():
    trace = new_trace()
    trace.publish(3)
    freed, layer = weakref.ref(trace), trace.layers["one"]
    gc.disable()
    try:
        del trace
        assert freed() is None
    finally:
        gc.enable()
    assert layer.count == 3
