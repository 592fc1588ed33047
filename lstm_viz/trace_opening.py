"""Opening a recording that lies on the disk, and removing one."""

from __future__ import annotations

import shutil
from pathlib import Path

from lstm_viz.errors import TraceError
from lstm_viz.trace import Trace
from lstm_viz.trace_folder import read_header
from lstm_viz.trace_header import DAMAGE, from_header, generation_of, not_a_recording


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


def remove_recording(folder: Path) -> None:
    """Delete the folder of a recording that nobody needs any more."""
    shutil.rmtree(folder, ignore_errors=True)
