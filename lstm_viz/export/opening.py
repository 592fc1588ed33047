"""Exported files as recordings again."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.errors import TraceError
from lstm_viz.export.arrays import VERSION, free_name
from lstm_viz.export.extras import need
from lstm_viz.layer_trace import LayerTrace
from lstm_viz.plan import Plan
from lstm_viz.signals import SIGNALS
from lstm_viz.trace import Trace
from lstm_viz.trace_header import DAMAGE, from_header, generation_of, not_a_recording

Array = NDArray[Any]
Read = Callable[[str], Array]  # an array by the name of its group and its own


def open_npz(archive: zipfile.ZipFile, header: dict[str, Any]) -> Trace:
    """Read an exported ``.npz`` file into memory."""

    def read(name: str) -> Array:
        stored = io.BytesIO(archive.read(f"{name}.npy"))
        return np.lib.format.read_array(stored, allow_pickle=False)

    return _recording(header, read)


def open_hdf5(path: Path) -> Trace:
    """Read an exported HDF5 file into memory.

    Raises
    ------
    TraceError
        It is something else, or damaged, or begins inside the run.
    """
    import h5py

    try:
        with h5py.File(path) as file:
            header = json.loads(file[file.attrs["lstm_viz"]][()])
            check_start(path, header)
            return _recording(header, lambda name: np.asarray(file[name][()]))
    except TraceError:
        raise
    except DAMAGE as error:
        raise not_a_recording(path, error) from error


def open_zarr(path: Path) -> Trace:
    """Read an exported Zarr folder into memory.

    Raises
    ------
    TraceError
        It is something else, or damaged, or begins inside the run.
    LstmVizError
        Zarr is not installed.
    """
    zarr = need("zarr", "zarr", "A Zarr file")
    try:
        root = zarr.open_group(path, mode="r")
        header = json.loads(root.attrs["lstm_viz"])
        check_start(path, header)
        stacked: dict[str, Array] = {}

        def read(name: str) -> Array:
            group, _, own = name.rpartition("/")
            if own not in header["signals"]:
                return np.asarray(root[name][...])
            if group not in stacked:
                stacked.clear()  # of one layer at a time
                stacked[group] = np.asarray(root[f"{group}/signals"][...])
            return np.asarray(stacked[group][..., header["signals"].index(own), :])

        return _recording(header, read)
    except TraceError:
        raise
    except DAMAGE as error:
        raise not_a_recording(path, error) from error


def check_start(path: Path, header: dict[str, Any]) -> None:
    """Refuse a file that begins inside the run.

    Raises
    ------
    TraceError
        Its first step is not that of the run.
    """
    if header["export"] != VERSION:
        raise ValueError(f"export {header['export']}, this program reads {VERSION}")
    if header["start"] != 0:
        raise TraceError(
            f"{path.name} holds steps {header['start']} to {header['count'] - 1} of a run, not its start.",
            "Read its arrays with the tool that it was made for, or export the run from step 0 on.",
        )


def _recording(header: dict[str, Any], read: Read) -> Trace:
    """Make a recording of exported arrays; a signal that was not exported is NaN."""
    count, signals = int(header["count"]), list(header["signals"])
    trace = Trace(*from_header(header), generation=generation_of(header))
    plan = trace.plan
    if not 0 < count <= len(plan) or not set(signals) <= set(SIGNALS):
        raise ValueError(f"{count} steps of {signals} in a run of {len(plan)}")
    last = int(plan.timetable.place(count - 1)[0])
    numbers = range(last + 1)
    several = last >= plan.batches
    for path, layer in trace.layers.items():
        table = layer.timetable
        samples = read(f"{path}/sample")
        arrays = {name: _by_epoch(read(f"{path}/{name}"), several) for name in [*signals, "mask"]}
        initial = np.stack([_by_epoch(read(f"{path}/initial_{s}"), several) for s in "hc"], axis=-2)
        for number in numbers:
            own = min(table.length(number), layer.step_of(count) - table.first(number))
            _fill(layer, plan, number, table.first(number), own, samples, arrays, initial)
        layer.end_at(count)
    group = free_name("outputs", tuple(trace.layers))
    for k, spec in enumerate(trace.output_specs):
        samples = read(f"{group}/sample")
        values = _by_epoch(read(f"{group}/output{k}"), several)
        endings = _by_epoch(read(f"{group}/endings{k}"), several) if spec.endings else None
        for number in numbers:
            epoch, batch = divmod(number, plan.batches)
            first, length = plan.timetable.first(number), plan.timetable.length(number)
            places = np.searchsorted(samples, plan.samples_of(batch))
            chosen, steps = values[epoch, places], min(length, count - first)
            if endings is not None:
                trace.write_endings(k, first, endings[epoch, places, :steps])
            if spec.each_step:
                trace.write_output(k, first, chosen[:, :steps])
            elif first + length <= count:
                trace.write_output(k, first, chosen)
    if trace.generation is not None:
        sequence = next(array for name, array, _ in trace.arrays(count) if name == "sequence")
        sequence.write(0, np.swapaxes(read(f"{group}/sequence"), 0, 1))
    trace.publish(count)
    return trace


def _by_epoch(values: Array, several: bool) -> Array:
    return values if several else values[None]


def _fill(
    layer: LayerTrace,
    plan: Plan,
    number: int,
    first: int,
    steps: int,
    samples: Array,
    arrays: dict[str, Array],
    initial: Array,
) -> None:
    """Write the first steps of a batch."""
    epoch, batch = divmod(number, plan.batches)
    chosen = np.searchsorted(samples, plan.samples_of(batch))
    found = np.full((max(0, steps), len(chosen), len(SIGNALS), layer.layer.units), np.nan, np.float32)
    for name, values in arrays.items():
        if name != "mask":
            found[:, :, SIGNALS.index(name)] = np.swapaxes(values[epoch, chosen, :steps], 0, 1)
    layer.write(first, found, arrays["mask"][epoch, chosen, :steps].T)
    layer.write_initial(number, initial[epoch, chosen])
