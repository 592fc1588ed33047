import errno
import io
import json
import os
import shutil
import stat
import sys
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_viz import storage, trace_file
from lstm_viz.errors import TraceError
from lstm_viz.layers import LSTMLayer
from lstm_viz.plan import Plan, ResetPoint, Resets
from lstm_viz.signals import SIGNALS
from lstm_viz.trace import OutputSpec, Trace
from lstm_viz.trace_opening import open_trace

PLAN = Plan(
    6,
    5,
    2,
    stateful=True,
    resets=Resets(each_batch=True, every=3, at=(ResetPoint(1, 2, (0,), 1), ResetPoint(2, 0))),
    epochs=2,
    order=(1, 0, 3, 2, 5, 4),
)
LAYERS = (
    LSTMLayer("both/forward_lstm", 3, 2, parent="Bidirectional"),
    LSTMLayer("both/backward_lstm", 3, 2, go_backwards=True, recurrent_activation="hard_sigmoid (Keras 2)"),
)


@pytest.fixture(autouse=True, scope="module", params=[2**20, 1], ids=["read", "mapped"])
def _mapped(request):
    """Open what is saved here as small files are opened, and as large ones are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trace_file, "MAPPED_BYTES", request.param)
        yield


def make_trace(count=23, folder=None, plan=PLAN):
    trace = Trace(
        plan,
        LAYERS,
        [plan.timesteps] * 2,
        [OutputSpec((2,), True), OutputSpec((3, 2), False, "int64")],
        folder,
    )
    rng = np.random.default_rng(0)
    for layer in trace.layers.values():
        layer.write(0, rng.normal(size=(count, 2, 6, 3)), rng.random((count, 2)) < 0.8)
        for batch in range(-(-count // plan.timesteps)):
            layer.write_initial(batch, rng.normal(size=(2, 2, 3)))
    trace.write_output(0, 0, rng.normal(size=(2, count, 2)))
    for batch in range(count // plan.timesteps):
        trace.write_output(1, batch * plan.timesteps, rng.integers(0, 9, (2, 3, 2)))
    trace.publish(count)
    return trace


def assert_same(found, wanted):
    assert found.plan == wanted.plan
    assert found.count == wanted.count
    assert [layer.layer for layer in found.layers.values()] == [
        layer.layer for layer in wanted.layers.values()
    ]
    for layer, other in zip(found.layers.values(), wanted.layers.values(), strict=True):
        for name in (*SIGNALS, "mask", "initial_h", "initial_c"):
            np.testing.assert_array_equal(getattr(layer, name), getattr(other, name), err_msg=name)
        window, other_window = layer.window(1, 0, 30, 4), other.window(1, 0, 30, 4)
        np.testing.assert_array_equal(window.values, other_window.values)
    for output, other in zip(found.outputs, wanted.outputs, strict=True):
        assert output.dtype == other.dtype
        np.testing.assert_array_equal(output, other)


@pytest.mark.parametrize("in_folder", [False, True], ids=["from memory", "from a folder"])
@pytest.mark.parametrize("count", [0, 1, 5, 23, 30])
def test_what_is_saved_is_what_is_opened(tmp_path, count, in_folder):
    trace = make_trace(count, tmp_path / "recording" if in_folder else None)
    trace.save(tmp_path / "run.npz")
    assert_same(open_trace(tmp_path / "run.npz"), trace)


def test_what_is_not_in_the_file_is_nan_for_a_layer_that_reads_backwards(tmp_path):
    trace = make_trace(23)  # five timesteps a batch: the last batch has two of them to come
    trace.save(tmp_path / "run.npz")
    found, recorded = (one.layers["both/backward_lstm"] for one in (open_trace(tmp_path / "run.npz"), trace))
    assert np.isnan(found.state_before_row(22, 1)).all()
    np.testing.assert_array_equal(found.state_before_row(21, 1), recorded.state_before_row(21, 1))


def test_the_file_is_an_ordinary_npz_as_documented(tmp_path):
    trace = make_trace()
    trace.save(tmp_path / "run.npz")
    with np.load(tmp_path / "run.npz") as file:
        assert set(file.files) == {
            "header",
            *(f"layer{k}/{part}" for k in (0, 1) for part in ("signals", "mask", "initial")),
            "output0",
            "output1",
        }
        assert file["layer0/signals"].shape == (23, 2, 6, 3)
        np.testing.assert_array_equal(
            file["layer1/signals"][7], trace.layers["both/backward_lstm"].all_rows(7)
        )
        assert json.loads(str(file["header"]))["count"] == 23


def test_a_recording_that_was_opened_can_be_saved_again(tmp_path):
    make_trace().save(tmp_path / "run.npz")
    open_trace(tmp_path / "run.npz").save(str(tmp_path / "again.npz"))
    assert (tmp_path / "again.npz").read_bytes()[30:] != b""
    assert_same(open_trace(str(tmp_path / "again.npz")), make_trace())


@pytest.mark.skipif(sys.platform == "win32", reason="nothing is mapped there")
def test_a_large_file_is_read_where_it_is_looked_at(tmp_path, monkeypatch):
    monkeypatch.setattr(trace_file, "MAPPED_BYTES", 1)
    monkeypatch.setattr(storage, "MEMORY_BLOCK_BYTES", 5 * 2 * 6 * 3 * 4)
    make_trace().save(tmp_path / "run.npz")
    trace = open_trace(tmp_path / "run.npz")
    ((_, signals, count), *_) = trace.layers["both/forward_lstm"].arrays(trace.count)
    blocks = [signals.read(start, min(count, start + 5)) for start in range(0, count, 5)]
    assert all(isinstance(block, np.memmap) for block in blocks[:-1])
    assert_same(trace, make_trace())
    trace.save(tmp_path / "run.npz")  # over the file that it reads
    assert_same(trace, open_trace(tmp_path / "run.npz"))


def test_saving_over_an_earlier_file_replaces_it(tmp_path):
    make_trace(5).save(tmp_path / "run.npz")
    make_trace(23).save(tmp_path / "run.npz")
    assert open_trace(tmp_path / "run.npz").count == 23
    assert [path.name for path in tmp_path.iterdir()] == ["run.npz"]


def test_a_saved_file_may_be_read_by_whoever_may_read_a_new_file_there(tmp_path):
    (tmp_path / "plain").write_text("")
    make_trace().save(tmp_path / "run.npz")
    wanted = stat.S_IMODE((tmp_path / "plain").stat().st_mode)
    assert stat.S_IMODE((tmp_path / "run.npz").stat().st_mode) == wanted


def test_progress_grows_to_one(tmp_path):
    told = []
    make_trace().save(tmp_path / "run.npz", told.append)
    assert told == sorted(told)
    assert told[-1] == 1


def test_what_is_recorded_while_it_is_saved_is_not_saved_by_half(tmp_path):
    writer = make_trace(10, tmp_path / "recording")
    reader = open_trace(tmp_path / "recording")

    def record_more(done):
        for layer in writer.layers.values():
            layer.write(10, np.ones((5, 2, 6, 3)), np.ones((5, 2), bool))
            layer.write_initial(2, np.ones((2, 2, 3)))
        writer.write_output(0, 10, np.ones((2, 5, 2)))
        writer.write_output(1, 10, np.ones((2, 3, 2)))
        writer.publish(15)

    reader.save(tmp_path / "run.npz", record_more)
    assert reader.count == 15
    assert_same(open_trace(tmp_path / "run.npz"), make_trace(10))


# -- saving that goes wrong ------------------------------------------------------------------------


class Cancelled(Exception):  # noqa: N818 - it is no error
    pass


def cancel(done):
    raise Cancelled


def test_saving_that_is_cancelled_leaves_the_earlier_file_and_no_other(tmp_path):
    make_trace(5).save(tmp_path / "run.npz")
    with pytest.raises(Cancelled):
        make_trace(23).save(tmp_path / "run.npz", cancel)
    assert open_trace(tmp_path / "run.npz").count == 5
    assert [path.name for path in tmp_path.iterdir()] == ["run.npz"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_leaves_the_earlier_file_and_says_so(tmp_path, monkeypatch, call):
    make_trace(5).save(tmp_path / "run.npz")

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, call, full)  # nobody may fill a disk for a test
        with pytest.raises(TraceError, match="disk is full") as refused:
            make_trace(23).save(tmp_path / "run.npz")
    assert "What is recorded so far stays" in refused.value.hint
    assert open_trace(tmp_path / "run.npz").count == 5
    assert [path.name for path in tmp_path.iterdir()] == ["run.npz"]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(TraceError, match="nowhere"):
        make_trace().save(tmp_path / "nowhere" / "run.npz")


# -- files that are something else -----------------------------------------------------------------


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "run.npz"
    make_trace().save(path)
    return path.read_bytes()


def repacked(saved, change):
    """Return the file with its members changed."""
    given, taken = zipfile.ZipFile(io.BytesIO(saved)), io.BytesIO()
    members = {name: given.read(name) for name in given.namelist()}
    change(members)
    with zipfile.ZipFile(taken, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return taken.getvalue()


def npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def with_header(**changes):
    def change(members):
        header = json.loads(str(np.load(io.BytesIO(members["header.npy"]))))
        for key, value in changes.items():
            where, _, last = key.rpartition("__")
            (header[where] if where else header)[last] = value
        members["header.npy"] = npy(np.array(json.dumps(header)))

    return change


@pytest.mark.parametrize(
    "change",
    [
        lambda members: members.pop("header.npy"),
        lambda members: members.pop("layer1/mask.npy"),
        lambda members: members.update({"header.npy": npy(np.array("{}"))}),
        lambda members: members.update({"header.npy": npy(np.array("no json"))}),
        lambda members: members.update({"header.npy": npy(np.array([{}]))}),
        lambda members: members.update({"output0.npy": npy(np.zeros((23, 2, 9), "f4"))}),
        lambda members: members.update({"output0.npy": npy(np.zeros((22, 2, 2), "f4"))}),
        lambda members: members.update({"layer0/signals.npy": npy(np.zeros((23, 2, 6, 3), "f8"))}),
        lambda members: members.update({"layer0/signals.npy": b""}),
        with_header(count=-1),
        with_header(count=10**9),
        with_header(count="many"),
        with_header(count=24),
        with_header(plan__samples=0),
        with_header(plan__samples=10**18),
        with_header(plan__batch_size=4),
        with_header(plan__order=[0, 0]),
        with_header(plan__nonsense=1),
        with_header(plan__resets=None),
        with_header(timesteps=[5]),
        with_header(timesteps=[5, 0]),
        with_header(timesteps=[5, -5]),
        with_header(timesteps=["5", "5"]),
        with_header(layers=[]),
        with_header(layers=[{"path": "x", "units": -1, "input_dim": 1}] * 2),
        with_header(layers=[{"path": "x", "units": 10**15, "input_dim": 1}] * 2),
        with_header(outputs=[{"shape": [2], "each_step": True, "dtype": "object"}]),
        with_header(outputs=[{"shape": [2], "each_step": True, "dtype": "no such type"}]),
    ],
)
def test_a_file_with_something_else_inside_is_refused(tmp_path, saved, change):
    path = tmp_path / "run.npz"
    path.write_bytes(repacked(saved, change))
    with pytest.raises(TraceError, match=r"run\.npz is not a recording"):
        open_trace(path)


def test_a_file_of_another_version_is_said_to_be_one(tmp_path, saved):
    path = tmp_path / "run.npz"
    path.write_bytes(repacked(saved, with_header(format=1)))
    with pytest.raises(TraceError, match="another version"):
        open_trace(path)


@pytest.mark.parametrize(
    "content", [b"", b"PK", b"\x93NUMPY\x01\x00", b"\x89HDF\r\n\x1a\n" + bytes(500)], ids=repr
)
def test_a_file_of_another_kind_is_refused(tmp_path, content):
    (tmp_path / "run.npz").write_bytes(content)
    with pytest.raises(TraceError, match=r"run\.npz is not a recording"):
        open_trace(tmp_path / "run.npz")


@pytest.mark.parametrize("name", ["run.npz", "run.h5", "run.zarr", "run"])
def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path, name):
    with pytest.raises(TraceError, match="There is no file") as refused:
        open_trace(tmp_path / name)
    assert refused.value.hint


def test_a_file_that_was_cut_short_is_refused(tmp_path_factory, saved):
    path = tmp_path_factory.mktemp("cut") / "run.npz"
    for length in range(0, len(saved) - 1, 997):
        path.write_bytes(saved[:length])
        with pytest.raises(TraceError):
            open_trace(path)


@given(st.lists(st.tuples(st.integers(0), st.integers(0, 255)), min_size=1, max_size=20))
def test_a_file_with_wrong_bytes_is_refused_or_opens_never_anything_else(saved, tmp_path_factory, changes):
    damaged = bytearray(saved)
    for at, value in changes:
        damaged[at % len(damaged)] = value
    path = tmp_path_factory.getbasetemp() / "damaged.npz"
    path.write_bytes(damaged)
    try:
        trace = open_trace(path)
    except TraceError:
        return
    assert trace.count <= len(trace.plan)
    assert all(layer.c.shape[0] == trace.plan.samples for layer in trace.layers.values())


def test_the_folder_of_a_recording_can_be_copied_and_opened_elsewhere(tmp_path):
    trace = make_trace(folder=tmp_path / "recording")
    shutil.copytree(tmp_path / "recording", tmp_path / "copy")
    assert_same(open_trace(tmp_path / "copy"), trace)
