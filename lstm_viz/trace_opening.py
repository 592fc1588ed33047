"""Recordings on the disk: telling, opening, unpacking and removing them."""

from __future__ import annotations

import io
import json
import math
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from lstm_viz.errors import TraceError
from lstm_viz.trace import Trace
from lstm_viz.trace_folder import HEADER, read_header
from lstm_viz.trace_header import DAMAGE, from_header, generation_of, not_a_recording

FOLDER_FILES = (HEADER, ".zgroup")  # each tells that the folder around it is a recording
_PIECE_BYTES = 8 * 2**20


def is_recording(path: Path) -> bool:
    """Whether a folder or an ``.npz`` file is a recording by its looks; it may be damaged all the same.

    A Zarr folder counts as one. HDF5 files are not looked into.
    """
    if path.is_dir():
        return any((path / name).is_file() for name in FOLDER_FILES)
    if path.suffix.lower() != ".npz":
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            stored = io.BytesIO(archive.read("header.npy"))
            header = json.loads(str(np.lib.format.read_array(stored, allow_pickle=False)))
            return isinstance(header, dict) and {"format", "plan", "layers"} <= set(header)
    except (*DAMAGE, zipfile.BadZipFile):
        return False


def open_trace(path: str | Path) -> Trace:
    """Open a recording: a file written by :meth:`Trace.save`, or a folder that a run writes to.

    Arrays written by :meth:`Trace.export` from the first step on open as well (NPZ, HDF5, Zarr); what was
    not exported is not in the recording.

    Parameters
    ----------
    path : path

    Returns
    -------
    Trace
        Read-only. That of a folder grows as the run goes on.

    Raises
    ------
    TraceError
        It is not a recording, or it is damaged.
    """
    from lstm_viz.trace_file import load_trace

    path = Path(path)
    if (path / ".zgroup").exists():
        from lstm_viz.export.opening import open_zarr

        return open_zarr(path)
    return open_folder(path, writable=False) if path.is_dir() else load_trace(path)


def open_folder(folder: Path, writable: bool) -> Trace:
    """Open the folder of a recording, to read it or to go on with it.

    Raises
    ------
    TraceError
        It is not a recording, or it is damaged.
    """
    try:
        header = read_header(folder)
        return Trace(
            *from_header(header),
            folder=folder,
            writable=writable,
            digest=str(header.get("digest", "")),
            generation=generation_of(header),
        )
    except TraceError:
        raise
    except DAMAGE as error:
        raise not_a_recording(folder, error) from error


def unpack(trace: Trace, folder: Path, progress: Callable[[float], None] | None = None) -> None:
    """Write a recording to a folder, where it can be mapped.

    Parameters
    ----------
    trace : Trace
    folder : Path
        A new one.
    progress : callable, optional
        Called with the fraction done; what it raises ends the writing.

    Raises
    ------
    TraceError
        The folder cannot be written.
    """
    count = trace.count  # once: another process may be recording
    copy = trace.empty_copy(folder)
    pairs = [
        (array, other, length, max(1, array.dtype.itemsize * math.prod(array.item_shape)))
        for (_, array, length), (_, other, _) in zip(trace.arrays(count), copy.arrays(count), strict=True)
    ]
    # The minima and maxima that are merged for views come after the numbers, and count as much again.
    total = 2 * sum(length * item for _, _, length, item in pairs) or 1
    done = 0.0
    for array, other, length, item in pairs:
        piece = max(1, _PIECE_BYTES // item)
        for start in range(0, length, piece):
            stop = min(length, start + piece)
            other.write(start, array.read(start, stop))
            done += (stop - start) * item
            if progress is not None:
                progress(done / total)
    piece = max(1, round(count * _PIECE_BYTES / total))
    for step in range(0, count, piece):
        for layer in copy.layers.values():
            layer.catch_up(min(count, step + piece))
        if progress is not None:
            progress(0.5 + 0.5 * min(1.0, (step + piece) / count))
    for layer in copy.layers.values():
        layer.end_at(count)
    copy.publish(count)


def remove_recording(folder: Path) -> None:
    """Delete the folder of a recording that nobody needs any more."""
    shutil.rmtree(folder, ignore_errors=True)
