"""A recording as one ``.npz`` file."""

from __future__ import annotations

import io
import json
import math
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.errors import TraceError
from lstm_viz.replacing import replacing
from lstm_viz.storage import GrowingArray
from lstm_viz.trace import Trace
from lstm_viz.trace_header import DAMAGE, from_header, generation_of, not_a_recording

_PIECE_BYTES = 8 * 2**20
MAPPED_BYTES = 2**20  # what is smaller is read at once
_LOCAL_HEADER = struct.Struct(
    "<26xHH"
)  # of a member of a zip file; the lengths of its name and of what follows


def save_trace(trace: Trace, path: Path, progress: Callable[[float], None] | None) -> None:
    """Write a recording to a file beside the target, then move it into place."""
    steps = trace.count  # once: another process may be recording
    arrays = list(trace.arrays(steps))
    total = sum(count * _item_bytes(array) for _, array, count in arrays) or 1
    done = 0
    with (
        replacing(path, lambda: total - done) as temporary,
        temporary.open("xb") as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive,
    ):
        header = np.array(json.dumps({**trace.header(), "count": steps}))
        with archive.open("header.npy", "w") as member:
            np.lib.format.write_array(member, header)
        for array_name, array, count in arrays:
            with archive.open(f"{array_name}.npy", "w", force_zip64=True) as member:
                member.write(_array_header(count, array))
                piece = max(1, _PIECE_BYTES // _item_bytes(array))
                for start in range(0, count, piece):
                    values = array.read(start, min(count, start + piece))
                    member.write(np.ascontiguousarray(values).data)
                    done += values.nbytes
                    if progress is not None:
                        progress(done / total)


def _item_bytes(array: GrowingArray) -> int:
    return max(1, int(array.dtype.itemsize) * math.prod(array.item_shape))


def load_trace(path: Path) -> Trace:
    """Read a file that :func:`save_trace` wrote, or one that was exported.

    What is large is mapped, and read when it is looked at; the rest is in memory.
    """
    from lstm_viz.export.opening import check_start, open_hdf5, open_npz

    if not path.exists():
        raise TraceError(f"There is no file {path}.", "Check the path.")
    if path.suffix.lower() in (".h5", ".hdf5"):
        return open_hdf5(path)
    try:
        with zipfile.ZipFile(path) as archive:

            def read(name: str) -> NDArray[Any]:
                return np.lib.format.read_array(io.BytesIO(archive.read(f"{name}.npy")), allow_pickle=False)

            header = json.loads(str(read("header")))
            if "export" in header:
                check_start(path, header)
                return open_npz(archive, header)
            trace = Trace(*from_header(header), generation=generation_of(header))
            count = int(header["count"])
            if not 0 <= count <= len(trace.plan):
                raise ValueError(f"{count} steps in a run of {len(trace.plan)}")
            for name, array, length in trace.arrays(count):
                values = _mapped(path, archive.getinfo(f"{name}.npy"), length, array)
                values = read(name) if values is None else values
                if values.shape != (length, *array.item_shape) or values.dtype != array.dtype:
                    raise ValueError(f"{name} is {values.dtype} {values.shape}")
                array.write(0, values)
            for layer in trace.layers.values():
                layer.end_at(count)
            trace.publish(count)
            return trace
    except TraceError:
        raise
    except (*DAMAGE, zipfile.BadZipFile, zlib.error) as error:
        raise not_a_recording(path, error) from error


def _array_header(count: int, array: GrowingArray) -> bytes:
    """Return what stands before the numbers of an array in the file."""
    header = io.BytesIO()
    descr = np.lib.format.dtype_to_descr(array.dtype)
    shape = (count, *array.item_shape)
    np.lib.format.write_array_header_2_0(header, {"descr": descr, "fortran_order": False, "shape": shape})
    return header.getvalue()


def _mapped(path: Path, member: zipfile.ZipInfo, count: int, array: GrowingArray) -> NDArray[Any] | None:
    """Return an array of the file without reading it; None where it is small or written otherwise."""
    header, size = _array_header(count, array), count * _item_bytes(array)
    stored = member.compress_type == zipfile.ZIP_STORED and member.file_size == len(header) + size
    # Windows lets nobody put a new file in the place of one that is mapped.
    if not stored or size < MAPPED_BYTES or sys.platform == "win32":
        return None
    with path.open("rb") as file:
        file.seek(member.header_offset)
        local = file.read(_LOCAL_HEADER.size)
        if len(local) < _LOCAL_HEADER.size:
            return None
        file.seek(sum(_LOCAL_HEADER.unpack(local)), 1)
        if file.read(len(header)) != header:
            return None
        return np.memmap(path, array.dtype, "r", file.tell(), (count, *array.item_shape))
