"""Reading a model file in a child process that can do nothing else.

The child imports numpy and h5py, closes its doors (``reading/limits.py``), and answers with JSON and raw
arrays. Whatever a hostile file makes of it, endless loop, crash or a hunger for memory, ends there.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np

from lstm_viz.errors import LoadError
from lstm_viz.loading.reading.contents import (
    DAMAGED,
    EXPANSION_FREE_BYTES,
    MAX_EXPANSION,
    MAX_TOTAL_BYTES,
    MEMBERS,
    VARIABLES,
)
from lstm_viz.loading.windows_job import limit_job

_BOOTSTRAP = (
    "import json,sys;a=json.loads(sys.argv[1]);sys.path[:]=[a['home'],*a['path']];"
    "import reading.child as c;del sys.path[0];c.main(a['file'],a['memory'],a['cpu'])"
)
_MAX_HEADER = 32 << 20
_DTYPES = {"<f2", "<f4", "<f8", "|b1", "|u1", "|i1", "<i2", "<i4", "<i8", "<u2", "<u4", "<u8"}


@dataclass(frozen=True)
class RawModel:
    """The plain data of a model file, its arrays still on the other side of the pipe.

    ``arrays`` maps names to (shape, dtype). ``fetch`` reads the named arrays; it may be called once,
    inside the ``with`` block of :func:`open_confined`.
    """

    path: str
    format: str
    layout: str
    config: Any
    keras_version: str | None
    backend: str | None
    groups: tuple[tuple[str, tuple[str, ...]], ...]
    arrays: dict[str, tuple[tuple[int, ...], str]]
    extra: dict[str, Any]
    confinement: tuple[str, ...]
    fetch: Callable[[list[str]], dict[str, np.ndarray]] = field(repr=False)


@contextlib.contextmanager
def open_confined(path: str | os.PathLike[str]) -> Iterator[RawModel]:
    """Open a model file in a confined child process.

    Raises
    ------
    LoadError
        The file cannot be read, takes too long, or makes the child fail.
    """
    path = os.path.abspath(os.fspath(path))
    if os.path.basename(path) == "saved_model.pb" and os.path.isfile(path):
        path = os.path.dirname(path)  # a SavedModel is the folder around this file
    name = os.path.basename(path)
    if not os.path.exists(path):
        raise LoadError(f"There is no file “{path}”.", "Check the path.")
    if not os.path.isfile(path) and not os.path.isdir(path):
        raise LoadError(f"“{name}” is neither a file nor a folder.", "Choose a model file.")
    child = _Child(path)
    try:
        yield child.header(name)
    finally:
        child.close()


class _Child:
    """One child process and its two pipes."""

    def __init__(self, path: str, program: str = _BOOTSTRAP) -> None:
        self.path = path
        self.name = os.path.basename(path)
        self.size = _size(path, self.name)
        self.seconds = 1.2 + self.size / 100e6
        arguments: dict[str, Any] = {
            "home": str(Path(__file__).parent),
            "path": [entry for entry in sys.path if os.path.isabs(entry)],
            "file": os.path.realpath(path),
            "memory": (512 << 20) + 4 * self.size,
            "cpu": self.seconds,
        }
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        try:
            self.process = subprocess.Popen(
                [_interpreter(), "-I", "-B", "-c", program, json.dumps(arguments)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise LoadError(
                f"“{self.name}” cannot be read: no reader process can be started.",
                "Close other programs and try again.",
                str(error),
            ) from None
        self.job = limit_job(self.process, (1 << 30) + int(arguments["memory"]))
        self.too_long = False

    def header(self, name: str) -> RawModel:
        with self._watch():
            header = self._message()
        try:
            return self._checked(header)
        except (KeyError, TypeError, ValueError) as error:
            raise LoadError(f"“{name}” cannot be read.", DAMAGED, repr(error)) from None

    def _checked(self, header: dict[str, Any]) -> RawModel:
        arrays: dict[str, tuple[tuple[int, ...], str]] = {}
        for array_name, shape, dtype in header["arrays"]:
            if dtype not in _DTYPES or not all(isinstance(n, int) and n >= 0 for n in shape):
                raise ValueError(f"array {array_name}: {shape} {dtype}")
            arrays[str(array_name)] = (tuple(shape), dtype)
        sizes = (math.prod(shape) * np.dtype(dtype).itemsize for shape, dtype in arrays.values())
        self._check_total(sum(sizes))
        groups = tuple((str(layer), tuple(map(str, names))) for layer, names in header["groups"])
        version, backend = header["keras_version"], header["backend"]
        return RawModel(
            path=self.path,
            format=str(header["format"])[:200],
            layout=str(header["layout"]),
            config=header["config"],
            keras_version=str(version)[:100] if version else None,
            backend=str(backend)[:100] if backend else None,
            groups=groups,
            arrays=arrays,
            extra=dict(header["extra"]),
            confinement=tuple(header["confinement"]),
            fetch=lambda names: self._fetch(names, arrays),
        )

    def _check_total(self, total: int) -> None:
        """Refuse weights beyond what is shown here, or that so small a file holds by a trick only."""
        text = f"“{self.name}” cannot be opened: its weights take {total / 2**20:,.0f} MiB"
        if total > MAX_TOTAL_BYTES:
            raise LoadError(f"{text}.", "Such a model is beyond what this program shows.")
        if total > MAX_EXPANSION * self.size + EXPANSION_FREE_BYTES:
            raise LoadError(f"{text}, far more than its {self.size:,} bytes explain.", DAMAGED)

    def _fetch(
        self, names: list[str], arrays: dict[str, tuple[tuple[int, ...], str]]
    ) -> dict[str, np.ndarray]:
        stdin = self._pipe(self.process.stdin)
        result: dict[str, np.ndarray] = {}
        with self._watch():
            try:
                stdin.write(json.dumps(names).encode() + b"\n")
                stdin.flush()
            except OSError:
                raise self._failure() from None
            for name in names:
                if self._exactly(1) != b"\x00":
                    self._message()
                    raise self._failure()
                shape, dtype = arrays[name]
                value = np.empty(shape, dtype)
                self._into(memoryview(value.reshape(-1).view(np.uint8).data))
                result[name] = value
        return result

    def _message(self) -> dict[str, Any]:
        (length,) = struct.unpack("<I", self._exactly(4))
        if length > _MAX_HEADER:
            raise self._failure()
        try:
            text = self._exactly(length).decode("ascii")  # parsing bytes would keep both
            message = json.loads(text)
        except (ValueError, RecursionError):
            raise self._failure() from None
        if not isinstance(message, dict):
            raise self._failure()
        if "error" in message:
            text, hint, place = (str(part) for part in message["error"])
            where = f" ({place})" if place else ""
            raise LoadError(
                f"“{self.name}”{where}: {text}", hint or DAMAGED, f"file: {self.path}\nplace: {place}"
            )
        return message

    def _exactly(self, count: int) -> bytes:
        data = self._pipe(self.process.stdout).read(count)
        if len(data) != count:
            raise self._failure()
        return data

    def _into(self, view: memoryview) -> None:
        stdout = self._pipe(self.process.stdout)
        filled = 0
        while filled < len(view):
            got = stdout.readinto(view[filled:])  # type: ignore[attr-defined]
            if not got:
                raise self._failure()
            filled += got

    @contextlib.contextmanager
    def _watch(self) -> Iterator[None]:
        """End the child when it does not answer: ten times what its own limit on processor time allows."""
        timer = threading.Timer(10 * self.seconds, self._give_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _give_up(self) -> None:
        self.too_long = True
        self.process.kill()

    def _failure(self) -> LoadError:
        self.process.kill()
        code = self.process.wait()
        if self.too_long or code in (-14, -24, -26, -27):  # ended by one of the clocks
            return LoadError(
                f"“{self.name}” was given up: reading it takes far longer than its size explains.", DAMAGED
            )
        return LoadError(
            f"“{self.name}” cannot be read: its content made the reader fail.", DAMAGED, f"exit code {code}"
        )

    @staticmethod
    def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
        assert pipe is not None
        return pipe

    def close(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self.process.kill()
        self.process.wait()
        self.job = None


def _interpreter() -> str:
    """Return the Python to run: on Windows that of a virtual environment would start another in turn."""
    base = getattr(sys, "_base_executable", None)
    return base if os.name == "nt" and base else sys.executable


def _size(path: str, name: str) -> int:
    """Bytes of a file, or of those members of a folder that are ever read; it may be anyone's home."""
    try:
        if not os.path.isdir(path):
            return os.stat(path).st_size
        members = [os.path.join(path, member) for member in MEMBERS]
        variables = os.path.join(path, VARIABLES)
        if os.path.isdir(variables) and not os.path.islink(variables):
            with os.scandir(variables) as entries:
                members += [entry.path for entry in entries if entry.name.startswith("variables.")]
        return sum(os.lstat(member).st_size for member in members if os.path.lexists(member))
    except OSError as error:
        raise LoadError(
            f"“{name}” cannot be read: {error.strerror or error}.", "Check the path and its permissions."
        ) from None
