"""Recordings that are opened without their models: as a folder that the window can map."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from app.engine.messages import Open
from app.engine.runs import removed_on_failure
from app.engine.session_folder import SessionFolder
from lstm_viz.errors import TraceError
from lstm_viz.trace import Trace
from lstm_viz.trace_opening import FOLDER_FILES, is_recording, open_folder, open_trace, unpack

_LEVELS = 4 / 3  # what minima and maxima for views add to the numbers of a recording
_COLUMNS = 1000


def recording_asked_for(command: Open) -> str | None:
    """Return the recording that an Open names: as such, or where a model or data are expected.

    HDF5 files are recordings only where they are asked for as such: a model's file is not to be read here.

    Raises
    ------
    TraceError
        It names a recording, and something to run as well.
    """
    if command.trace is not None:
        return command.trace
    named = command.model or (command.data if command.example is None else None)
    if named is not None and Path(named).name in FOLDER_FILES and is_recording(Path(named).parent):
        named = str(Path(named).parent)
    if named is None or not is_recording(Path(named)):
        return None
    if command.model is not None and command.data is not None:
        raise TraceError(
            f"{Path(named).name} is a recording without its model: nothing can be run on data.",
            "Open the recording alone, or a model and data.",
        )
    return named


def mapped(
    path: Path, session: SessionFolder, report: Callable[[float], None], unpacked: Path | None = None
) -> Trace:
    """Open a recording in a folder: its own, or a new one of the session that it is unpacked to.

    Parameters
    ----------
    path : Path
    session : SessionFolder
    report : callable
        Called with the fraction done; what it raises gives the opening up.
    unpacked : Path or None
        The folder that it was unpacked to before.

    Raises
    ------
    TraceError
        It is no recording, or it is damaged; the disk has no room for it. No folder is left behind.
    """
    if unpacked is not None and unpacked.is_dir():
        return open_folder(unpacked, writable=False)
    found = open_trace(path)
    if found.folder is not None:
        _check(found)
        return found
    session.require_space(round(_LEVELS * _bytes(found)))
    folder = session.new_recording()
    with removed_on_failure(folder):
        unpack(found, folder, report)
    return open_folder(folder, writable=False)


def _check(trace: Trace) -> None:
    """See that the files are there: later, a part that is missing would be missed in the middle of a view.

    Raises
    ------
    TraceError
        One of them is missing or damaged.
    """
    count = trace.count
    for _, array, length in trace.arrays(count):
        for start in range(0, length, array.block_length):
            array.read(start, start + 1)
    for layer in trace.layers.values():
        layer.window(0, 0, layer.count, _COLUMNS)


def _bytes(trace: Trace) -> int:
    return sum(
        length * array.dtype.itemsize * math.prod(array.item_shape)
        for _, array, length in trace.arrays(trace.count)
    )
