import errno
import os
import sys

import h5py
import numpy as np
import pandas
import pytest
import xarray

from lstm_viz.errors import LstmVizError, TraceError
from lstm_viz.export import FORMATS, arrays, format_of, tables
from lstm_viz.plan import Resets
from lstm_viz.signals import SIGNALS
from lstm_viz.trace_opening import open_trace

ARRAYS = ("npz", "h5", "zarr")
TABLES = ("csv", "parquet")
EVERY = (*ARRAYS, *TABLES)


def arrays_in(path, group):
    """Read a group of arrays with the tool that the format is for."""
    if path.suffix == ".npz":
        with np.load(path) as file:
            names = [name for name in file.files if name.rpartition("/")[0] == group]
            return {name.rpartition("/")[2]: file[name] for name in names}
    if path.suffix == ".h5":
        with h5py.File(path) as file:
            return {name: dataset[()] for name, dataset in file[group].items()}
    with xarray.open_zarr(path, group=group) as dataset:
        found = {str(name): values.to_numpy() for name, values in dataset.variables.items()}
    stacked = found.pop("signals", None)
    if stacked is not None:
        names = found.pop("signal").tolist()
        found |= {name: stacked[..., k, :] for k, name in enumerate(names)}
    return found


def table_in(path):
    if path.suffix == ".csv":
        return pandas.read_csv(path)
    return pandas.read_parquet(path)


def assert_arrays_equal(path, trace):
    plan = trace.plan
    for name, layer in trace.layers.items():
        found = arrays_in(path, name)
        for one in (*SIGNALS, "mask", "initial_h", "initial_c"):
            np.testing.assert_array_equal(found[one], getattr(layer, one), err_msg=f"{name}/{one}")
        np.testing.assert_array_equal(found["sample"], np.arange(plan.samples))
        np.testing.assert_array_equal(found["timestep"], np.arange(layer.timesteps))
        np.testing.assert_array_equal(found["unit"], np.arange(layer.layer.units))
    found = arrays_in(path, "outputs")
    for number, wanted in enumerate(trace.outputs):
        np.testing.assert_array_equal(found[f"output{number}"], wanted)
    np.testing.assert_array_equal(found["endings2"], trace.endings[2])


def assert_tables_equal(path, trace):
    table, plan = table_in(path), trace.plan
    for name, layer in trace.layers.items():
        part = table[table["layer"] == name]
        at = (part["sample"], part["timestep"], part["unit"])
        for one in SIGNALS:
            wanted = getattr(layer, one)
            found = part[one].to_numpy().astype(wanted.dtype)
            # Some versions of pandas read the last digit of a double otherwise than Python does.
            np.testing.assert_allclose(found, wanted[at], rtol=1e-15 if wanted.dtype == np.float64 else 0)
            # Each line is there once, and all that is recorded has one.
            assert len(part) == np.count_nonzero(~np.isnan(wanted)), one
        assert not part.duplicated(["sample", "timestep", "unit"]).any()
        np.testing.assert_array_equal(part["computed"].astype(bool), layer.mask[at[:2]])
        batches, rows = plan.places(part["sample"].to_numpy())
        np.testing.assert_array_equal(part["batch"], batches)
        np.testing.assert_array_equal(part["row"], rows)
        assert (part["epoch"] == 0).all()


# -- what is in the files ---------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", EVERY)
@pytest.mark.parametrize(("count", "large"), [(30, False), (23, True), (1, True)])
def test_what_is_exported_is_what_was_recorded(tmp_path, recording, suffix, count, large):
    trace = recording(count, large)
    assert (trace.layers["both/forward_lstm"].c.dtype == np.float64) == large
    trace.export(tmp_path / f"run.{suffix}")
    (assert_arrays_equal if suffix in ARRAYS else assert_tables_equal)(tmp_path / f"run.{suffix}", trace)


@pytest.mark.parametrize("suffix", EVERY)
@pytest.mark.parametrize("large", [False, True], ids=["", "large cell states"])
def test_a_recording_that_is_read_in_small_pieces_gives_the_same_file(
    tmp_path, recording, monkeypatch, suffix, large
):
    monkeypatch.setattr(arrays, "PIECE_BYTES", 200)
    monkeypatch.setattr(tables, "LINES", 10)
    trace = recording(28, large)
    trace.export(tmp_path / f"run.{suffix}")
    (assert_arrays_equal if suffix in ARRAYS else assert_tables_equal)(tmp_path / f"run.{suffix}", trace)


def test_no_piece_is_larger_than_asked_for_unless_one_timestep_is(recording, monkeypatch):
    from lstm_viz.export.choice import choose

    monkeypatch.setattr(arrays, "PIECE_BYTES", 64)
    sizes = {
        (group.name, one.name): [values.nbytes for _, values in one.pieces()]
        for group in arrays.groups(choose(recording()))
        for one in group.variables
    }
    assert all(max(found) <= 64 for found in sizes.values())
    assert any(len(found) > 10 for found in sizes.values())


@pytest.mark.parametrize("suffix", ARRAYS)
def test_a_run_of_several_epochs_has_an_axis_for_them(tmp_path, recording, suffix):
    trace = recording(53, epochs=2)  # the second one is not finished
    trace.export(tmp_path / f"run.{suffix}")
    found = arrays_in(tmp_path / f"run.{suffix}", "both/forward_lstm")
    layer = trace.layers["both/forward_lstm"]
    np.testing.assert_array_equal(found["epoch"], [0, 1])
    assert found["f"].shape == (2, 12, 5, 3)
    np.testing.assert_array_equal(found["f"][1], layer.f)  # a recording shows the last epoch
    np.testing.assert_array_equal(found["f"][0], recording(30, epochs=2).layers["both/forward_lstm"].f)


@pytest.mark.parametrize("suffix", ARRAYS)
def test_what_is_not_exported_is_nan_for_a_layer_that_reads_backwards(tmp_path, recording, suffix):
    recording().export(tmp_path / f"run.{suffix}", steps=(0, 8))  # five timesteps a batch
    found = open_trace(tmp_path / f"run.{suffix}").layers["both/backward_lstm"]
    assert np.isnan(found.state_before_row(7, 1)).all()
    wanted = recording().layers["both/backward_lstm"]
    for step in (0, 4, 5, 6):
        np.testing.assert_array_equal(found.state_before_row(step, 1), wanted.state_before_row(step, 1))


@pytest.mark.parametrize("suffix", TABLES)
def test_a_table_names_the_epoch_of_each_line(tmp_path, recording, suffix):
    trace = recording(60, epochs=2)
    trace.export(tmp_path / f"run.{suffix}", layers=["both/backward_lstm"], signals=["o"])
    table = table_in(tmp_path / f"run.{suffix}")
    assert table.columns.tolist() == [*tables.PLACE, "o"]
    for epoch, count in ((0, 30), (1, 60)):
        part = table[table["epoch"] == epoch]
        wanted = recording(count, epochs=2).layers["both/backward_lstm"].o
        np.testing.assert_array_equal(part["o"].to_numpy(np.float32), wanted.ravel())


def test_masked_timesteps_have_no_gates_and_keep_their_line(tmp_path, recording):
    trace = recording(10)
    layer = trace.layers["both/forward_lstm"]
    values = np.full((1, 2, 6, 3), np.nan, np.float32)
    values[:, :, 4:] = 0.5
    layer.write(3, values, np.zeros((1, 2), bool))
    trace.export(tmp_path / "run.csv", layers=["both/forward_lstm"])
    table = table_in(tmp_path / "run.csv")
    masked = table[(table["timestep"] == 3) & (table["batch"] == 0)]
    assert len(masked) == 6
    assert not masked["computed"].any()
    assert masked[["i", "f", "g", "o"]].isna().to_numpy().all()
    assert (masked[["c", "h"]] == 0.5).to_numpy().all()


# -- part of a recording ----------------------------------------------------------------------------


def test_steps_within_a_batch_give_its_samples_and_those_timesteps(tmp_path, recording):
    trace = recording()
    trace.export(tmp_path / "run.npz", steps=(6, 9))
    found, layer = arrays_in(tmp_path / "run.npz", "both/backward_lstm"), trace.layers["both/backward_lstm"]
    np.testing.assert_array_equal(found["sample"], [2, 3])
    np.testing.assert_array_equal(found["timestep"], [1, 2, 3])
    np.testing.assert_array_equal(found["h"], layer.h[2:4, 1:4])
    np.testing.assert_array_equal(found["initial_c"], layer.initial_c[2:4])


def test_steps_of_several_batches_are_nan_outside(tmp_path, recording):
    trace = recording(large=True)
    trace.export(tmp_path / "run.npz", steps=(8, 12))  # of batch 1 the last two, of batch 2 the first two
    layer = trace.layers["both/forward_lstm"]
    found = arrays_in(tmp_path / "run.npz", "both/forward_lstm")
    np.testing.assert_array_equal(found["sample"], [2, 3, 4, 5])
    for name in SIGNALS:
        wanted = getattr(layer, name)[2:6].copy()
        wanted[:2, :3] = wanted[2:, 2:] = np.nan
        np.testing.assert_array_equal(found[name], wanted, err_msg=name)
    assert found["mask"].sum() == 8
    outputs = arrays_in(tmp_path / "run.npz", "outputs")
    np.testing.assert_array_equal(outputs["output0"][0, 3:], trace.outputs[0][2, 3:])
    np.testing.assert_array_equal(outputs["output1"][:2], trace.outputs[1][2:4])  # batch 1 ends within
    assert not outputs["output1"][2:].any()  # batch 2 does not


@pytest.mark.parametrize("suffix", EVERY)
def test_only_chosen_layers_and_signals_are_exported_in_their_own_order(tmp_path, recording, suffix):
    recording().export(tmp_path / f"run.{suffix}", layers=["both/backward_lstm"], signals=["h", "f"])
    if suffix in TABLES:
        table = table_in(tmp_path / f"run.{suffix}")
        assert table.columns.tolist() == [*tables.PLACE, "f", "h"]
        assert set(table["layer"]) == {"both/backward_lstm"}
        return
    found = arrays_in(tmp_path / f"run.{suffix}", "both/backward_lstm")
    assert set(found) - {"mask", "initial_h", "initial_c", "sample", "timestep", "unit"} == {"f", "h"}
    opened = open_trace(tmp_path / f"run.{suffix}")
    assert list(opened.layers) == ["both/backward_lstm"]
    assert np.isnan(opened.layers["both/backward_lstm"].i).all()


def test_steps_may_be_whole_numbers_of_numpy(tmp_path, recording):
    recording().export(tmp_path / "run.npz", steps=(np.int64(0), np.int64(7)))
    assert open_trace(tmp_path / "run.npz").count == 7


def test_one_layer_may_be_named_alone(tmp_path, recording):
    recording().export(tmp_path / "run.npz", layers="both/backward_lstm", signals="fh")
    assert list(open_trace(tmp_path / "run.npz").layers) == ["both/backward_lstm"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"layers": ["lstm"]}, "no layer 'lstm'"),
        ({"layers": "lstm"}, "no layer 'lstm'"),
        ({"layers": 3}, "The layers cannot be 3"),
        ({"steps": 3}, "Steps to export cannot be 3"),
        ({"steps": (0, 1, 2)}, "Steps to export cannot be"),
        ({"steps": (0.5, 2)}, "A step to export is 0.5"),
        ({"signals": ["x"]}, "no signal 'x'"),
        ({"layers": []}, "No layer is chosen"),
        ({"steps": (0, 31)}, "30 are recorded"),
        ({"steps": (4, 4)}, "Steps 4 to 4"),
        ({"steps": (-1, 4)}, "Steps -1 to 4"),
        ({"format": "xlsx"}, "no format 'xlsx'"),
    ],
)
def test_what_is_not_there_is_refused_before_anything_is_written(tmp_path, recording, wrong, words):
    with pytest.raises(TraceError, match=words) as refused:
        recording().export(tmp_path / "run.npz", **wrong)
    assert refused.value.hint
    assert not list(tmp_path.iterdir())


def test_nothing_recorded_is_nothing_to_export(tmp_path, recording):
    with pytest.raises(TraceError, match="Nothing is recorded"):
        recording(0).export(tmp_path / "run.npz")


def test_the_format_follows_from_the_ending_or_is_said(tmp_path, recording):
    assert format_of("a/run.HDF5").name == "hdf5"
    with pytest.raises(TraceError, match="in what format"):
        format_of("run.txt")
    recording().export(tmp_path / "run.txt", format="csv")
    assert (tmp_path / "run.txt").read_text().startswith("layer,epoch,")


# -- axes and words ---------------------------------------------------------------------------------


def test_xarray_finds_axes_coordinates_and_words_in_a_zarr_folder(tmp_path, recording):
    trace = recording()
    trace.export(tmp_path / "run.zarr")
    with xarray.open_zarr(tmp_path / "run.zarr", group="both/backward_lstm") as dataset:
        assert dataset.signals.dims == ("sample", "timestep", "signal", "unit")
        assert dataset.signal.to_numpy().tolist() == list(SIGNALS)
        assert dataset.attrs["go_backwards"]
        assert dataset.initial_c.attrs["long_name"].startswith("cell state")
        found = dataset.signals.sel(signal="f", sample=3)
        np.testing.assert_array_equal(found, trace.layers["both/backward_lstm"].f[3])
    with xarray.open_datatree(tmp_path / "run.zarr", engine="zarr") as tree:
        assert tree.attrs["groups"] == [*trace.layers, "outputs"]
        assert tree["outputs"]["output0"].dims == ("sample", "timestep", "output0_axis0")


def test_hdf5_names_its_axes_with_dimension_scales(tmp_path, recording):
    recording(60, epochs=2).export(tmp_path / "run.h5")
    with h5py.File(tmp_path / "run.h5") as file:
        dataset = file["both/forward_lstm/f"]
        assert [dim.label for dim in dataset.dims] == ["epoch", "sample", "timestep", "unit"]
        assert dataset.dims[1][0][()].tolist() == list(range(12))
        assert dataset.attrs["long_name"] == "forget gate"
        assert file["both/forward_lstm"].attrs["parent"] == "Bidirectional"


def test_a_long_order_of_samples_fits_into_hdf5(tmp_path, recording):
    samples = 40_000
    order = tuple(reversed(range(samples)))
    plan = recording().plan.__class__(samples, 1, samples, order=order)
    from lstm_viz.trace import Trace

    trace = Trace(plan, [], [], [])
    trace.publish(1)
    trace.export(tmp_path / "run.h5")
    assert open_trace(tmp_path / "run.h5").plan == plan


def test_a_layer_may_be_called_like_what_lies_beside_the_layers(tmp_path, recording):
    from dataclasses import replace

    from lstm_viz.trace import Trace

    whole = recording()
    layers = [replace(layer.layer, path=name) for layer, name in zip(
        whole.layers.values(), ("outputs", "header", "outputs_/x"), strict=True)]  # fmt: skip
    trace = Trace(whole.plan, layers, (5, 5, 3), whole.output_specs)
    for layer, other in zip(trace.layers.values(), whole.layers.values(), strict=True):
        layer.write(0, next(other.blocks()), np.ones((layer.steps, 2), bool))
        for number in range(3):
            layer.write_initial(number, np.zeros((2, 2, layer.layer.units)))
    trace.write_output(0, 0, np.ones((2, 15, 2)))
    trace.write_endings(2, 0, np.ones((2, 15, 1)))
    for batch in range(3):
        trace.write_output(1, batch * 5, np.ones((2, 3, 2), int))
        trace.write_output(2, batch * 5, np.ones((2, 1)))
    trace.publish(15)
    for suffix in ARRAYS:
        trace.export(tmp_path / f"run.{suffix}")
        opened = open_trace(tmp_path / f"run.{suffix}")
        np.testing.assert_array_equal(opened.outputs[0], trace.outputs[0])
        np.testing.assert_array_equal(opened.layers["outputs"].f, trace.layers["outputs"].f)


# -- opening again ----------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ARRAYS)
@pytest.mark.parametrize(("count", "large"), [(60, False), (41, True), (30, True), (5, False), (1, False)])
def test_exported_arrays_open_as_the_same_recording(tmp_path, recording, suffix, count, large):
    trace = recording(count, large, epochs=4, stateful=False, batch_size=5)  # the last batch is not full
    trace.export(tmp_path / f"run.{suffix}")
    opened = open_trace(tmp_path / f"run.{suffix}")
    assert (opened.plan, opened.count) == (trace.plan, trace.count)
    for layer, other in zip(opened.layers.values(), trace.layers.values(), strict=True):
        assert layer.layer == other.layer
        for name in (*SIGNALS, "mask", "initial_h", "initial_c"):
            np.testing.assert_array_equal(getattr(layer, name), getattr(other, name), err_msg=name)
        # The step before the last one recorded comes after it where a layer reads backwards.
        for step in range(other.count - other.layer.go_backwards):
            for row in range(trace.plan.rows(step // 5 % 3) if other.timesteps == 5 else 2):
                found, wanted = layer.state_before_row(step, row), other.state_before_row(step, row)
                # What was unrolled in double precision is rounded once, what was recorded at each step.
                np.testing.assert_allclose(found, wanted, rtol=1e-6 if large else 0)
    for output, other in zip(opened.outputs, trace.outputs, strict=True):
        np.testing.assert_array_equal(output, other)
    np.testing.assert_array_equal(opened.endings[2], trace.endings[2])


@pytest.mark.parametrize("suffix", EVERY)
@pytest.mark.parametrize("count", [26, 9])
def test_samples_of_different_lengths_end_where_they_end(tmp_path, recording, suffix, count):
    lengths = (5, 3, 4, 5, 3, 4, 2, 2, 3, 4, 5, 5)
    trace = recording(count, True, lengths=lengths, stateful=False, resets=Resets())
    trace.export(tmp_path / f"run.{suffix}")
    if suffix in TABLES:
        table = table_in(tmp_path / f"run.{suffix}")
        part = table[table["layer"] == "both/forward_lstm"]
        layer = trace.layers["both/forward_lstm"]
        assert len(part) == np.count_nonzero(layer.mask) * 3
        at = (part["sample"], part["timestep"], part["unit"])
        np.testing.assert_allclose(part["c"].to_numpy(), layer.c[at], rtol=1e-15)
        return
    assert_arrays_equal(tmp_path / f"run.{suffix}", trace)
    opened = open_trace(tmp_path / f"run.{suffix}")
    assert (opened.plan, opened.count) == (trace.plan, trace.count)
    for layer, other in zip(opened.layers.values(), trace.layers.values(), strict=True):
        np.testing.assert_array_equal(layer.c, other.c)


@pytest.mark.parametrize("suffix", ARRAYS)
def test_a_part_that_does_not_begin_with_the_run_cannot_be_opened_as_one(tmp_path, recording, suffix):
    recording().export(tmp_path / f"run.{suffix}", steps=(5, 10))
    with pytest.raises(TraceError, match="holds steps 5 to 9 of a run"):
        open_trace(tmp_path / f"run.{suffix}")


@pytest.mark.parametrize("suffix", ARRAYS)
def test_a_damaged_file_is_refused(tmp_path, recording, suffix):
    path = tmp_path / f"run.{suffix}"
    recording().export(path)
    inside = path / "both" / "forward_lstm"
    for file in [path] if path.is_file() else [path / ".zmetadata", inside / "signals" / "0.0.0.0"]:
        whole = file.read_bytes()
        file.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(TraceError, match="not a recording of this program, or it is damaged"):
            open_trace(path)
        file.write_bytes(whole)


# -- xarray -----------------------------------------------------------------------------------------


def test_to_xarray_gives_the_arrays_of_a_layer_with_names(recording):
    trace = recording(large=True)
    dataset = trace.to_xarray("both/forward_lstm", signals=["f", "c"])
    layer = trace.layers["both/forward_lstm"]
    np.testing.assert_array_equal(dataset.signals.sel(signal="c"), layer.c)
    np.testing.assert_array_equal(dataset.signals.sel(signal="f"), layer.f)
    np.testing.assert_array_equal(dataset["mask"], layer.mask)


def test_to_xarray_gives_a_tree_of_all_layers(recording):
    trace = recording()
    tree = trace.to_xarray()
    for name, layer in trace.layers.items():
        np.testing.assert_array_equal(tree[name]["signals"].sel(signal="o"), layer.o)
    np.testing.assert_array_equal(tree["outputs"]["output1"], trace.outputs[1])


@pytest.mark.parametrize(
    ("module", "extra", "what"),
    [
        ("zarr", "zarr", lambda trace, path: trace.export(path / "run.zarr")),
        ("pyarrow", "parquet", lambda trace, path: trace.export(path / "run.parquet")),
        ("xarray", "xarray", lambda trace, path: trace.to_xarray()),
    ],
    ids=["zarr", "parquet", "xarray"],
)
def test_a_package_that_is_not_installed_is_named_with_the_command(
    tmp_path, recording, monkeypatch, module, extra, what
):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(LstmVizError, match=f"needs the package {module}") as refused:
        what(recording(), tmp_path)
    assert f"pip install 'lstm-viz[{extra}]'" in refused.value.hint
    assert not list(tmp_path.iterdir())


# -- writing that goes wrong ------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", EVERY)
def test_exporting_over_an_earlier_file_replaces_it_and_leaves_nothing_beside(tmp_path, recording, suffix):
    path, told = tmp_path / f"run.{suffix}", []
    recording(7).export(path)
    recording(30).export(path, progress=told.append)
    (assert_arrays_equal if suffix in ARRAYS else assert_tables_equal)(path, recording(30))
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)


@pytest.mark.parametrize("suffix", EVERY)
def test_a_folder_that_is_no_export_is_never_replaced(tmp_path, recording, suffix):
    path = tmp_path / f"thesis.{suffix}"
    path.mkdir()
    (path / "chapter").write_text("three years")
    with pytest.raises(TraceError, match="is a folder"):
        recording(7).export(path)
    assert (path / "chapter").read_text() == "three years"
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_an_empty_folder_becomes_a_zarr_file(tmp_path, recording):
    (tmp_path / "run.zarr").mkdir()
    recording(7).export(tmp_path / "run.zarr")
    assert_arrays_equal(tmp_path / "run.zarr", recording(7))


class Cancelled(Exception):  # noqa: N818 - it is no error
    pass


@pytest.mark.parametrize("suffix", EVERY)
def test_what_progress_raises_leaves_the_earlier_file_and_no_other(tmp_path, recording, suffix):
    path = tmp_path / f"run.{suffix}"
    recording(7).export(path)

    def cancel(done):
        raise Cancelled

    with pytest.raises(Cancelled):
        recording(30).export(path, progress=cancel)
    (assert_arrays_equal if suffix in ARRAYS else assert_tables_equal)(path, recording(7))
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", EVERY)
def test_a_full_disk_is_said_and_leaves_the_earlier_file_and_no_other(
    tmp_path, recording, monkeypatch, suffix
):
    path = tmp_path / f"run.{suffix}"
    recording(7).export(path)

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)  # nobody may fill a disk for a test
        with pytest.raises(TraceError, match="disk is full"):
            recording(30).export(path)
    (assert_arrays_equal if suffix in ARRAYS else assert_tables_equal)(path, recording(7))
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_every_format_has_a_test():
    assert {kind.suffixes[0][1:] for kind in FORMATS.values()} == set(EVERY)
