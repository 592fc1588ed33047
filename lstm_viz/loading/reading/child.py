"""The confined child: reads one model file, writes its plain data to standard output.

Protocol: four bytes of length, then a JSON header; then a JSON line with the wanted names is read from
standard input and each array follows as raw little-endian bytes. Never a pickle.
"""

from __future__ import annotations

import io
import json
import struct
import sys
import zipfile
from typing import Any

import h5py
import numpy as np

from . import saved_model  # noqa: F401 - loaded before no more files may be opened
from .contents import ReadProblem
from .detect import read
from .keras_zip import read_keras_zip
from .limits import confine


def main(path: str, memory_bytes: int, cpu_seconds: float) -> None:
    """Read ``path`` and serve it over the pipes."""
    out = sys.stdout.buffer
    _rehearse()
    confinement = confine(path, memory_bytes, cpu_seconds)
    try:
        contents = read(path)
    except ReadProblem as problem:
        _send(out, {"error": [problem.message, problem.hint, problem.place]})
        return
    except MemoryError:
        _send(out, {"error": ["Reading it needs more memory than its size explains.", "", ""]})
        return
    except Exception as error:  # a damaged file finds ways that no list foresees; all end in the same message
        _send(out, {"error": [f"It cannot be read: {type(error).__name__}: {str(error)[:200]}.", "", ""]})
        return
    _send(out, {**contents.header(), "confinement": confinement})
    wanted = sys.stdin.buffer.readline()
    if not wanted.strip():
        return
    for name in json.loads(wanted):
        try:
            value = contents.arrays[name].read()
        except (ReadProblem, MemoryError) as error:
            out.write(b"\x01")
            _send(out, {"error": [getattr(error, "message", str(error)), "", name]})
            return
        out.write(b"\x00")
        out.write(value.data if value.size else b"")
    out.flush()


def _rehearse() -> None:
    """Read a tiny model from memory: Python and h5py load some modules late, when none may be opened."""
    weights, archive = io.BytesIO(), io.BytesIO()
    with h5py.File(weights, "w") as file:
        file.attrs["layer_names"] = np.array([b"a"])
        file.create_dataset("a/vars/0", data=np.zeros((2, 2), np.float32), compression="gzip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as members:
        members.writestr("config.json", '{"a": 1}')
        members.writestr("model.weights.h5", weights.getvalue())
    contents = read_keras_zip(archive)
    for array in contents.arrays.values():
        array.read()
    for codec in ("ascii", "cp437", "latin-1", "utf-8"):
        b"a".decode(codec)


def _send(out: Any, message: dict[str, Any]) -> None:
    data = json.dumps(message).encode()
    out.write(struct.pack("<I", len(data)) + data)
    out.flush()
