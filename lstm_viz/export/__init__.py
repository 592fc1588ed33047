"""Recordings as files for other tools: NPZ, HDF5, Zarr, CSV, Parquet, and as xarray's objects."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lstm_viz.errors import TraceError
from lstm_viz.export.choice import choose
from lstm_viz.replacing import replacing
from lstm_viz.trace import Trace

Progress = Callable[[float], None]


@dataclass(frozen=True)
class Format:
    """A kind of file.

    Parameters
    ----------
    name : str
    title : str
        With what it is for.
    suffixes : tuple of str
        Of its files; the first one is given to a file that has none.
    table : bool
        A line for each unit at each timestep, without the model's outputs.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    table: bool = False


FORMATS: dict[str, Format] = {
    kind.name: kind
    for kind in (
        Format("npz", "NumPy arrays", (".npz",)),
        Format("hdf5", "HDF5", (".h5", ".hdf5")),
        Format("zarr", "Zarr, for xarray", (".zarr",)),
        Format("csv", "CSV table", (".csv",), table=True),
        Format("parquet", "Parquet table", (".parquet",), table=True),
    )
}


def format_of(path: str | Path) -> Format:
    """Return the format that the ending of a file's name stands for.

    Raises
    ------
    TraceError
        It stands for none.
    """
    suffix = Path(path).suffix.lower()
    for kind in FORMATS.values():
        if suffix in kind.suffixes:
            return kind
    known = ", ".join(suffix for kind in FORMATS.values() for suffix in kind.suffixes)
    raise TraceError(f"{Path(path).name} does not say in what format it is to be.", f"End it with {known}.")


def export(
    trace: Trace,
    path: str | Path,
    *,
    format: str | None = None,
    layers: Sequence[str] | None = None,
    signals: Sequence[str] | None = None,
    steps: tuple[int, int] | None = None,
    progress: Progress | None = None,
) -> None:
    """Write a recording, or part of it, for another tool; :meth:`Trace.export` says how.

    The file is written beside the target and moved into its place when it is whole.
    """
    if format is not None and format not in FORMATS:
        raise TraceError(f"There is no format {format!r}.", f"It is one of {', '.join(FORMATS)}.")
    kind = FORMATS[format] if format is not None else format_of(path)
    choice = choose(trace, layers, signals, steps)
    writer = importlib.import_module(f"lstm_viz.export.{kind.name}_file")
    with replacing(Path(path), may_go=_is_exported) as temporary:
        writer.write(choice, temporary, progress or _ignore)


def _is_exported(folder: Path) -> bool:
    """Whether a folder is a Zarr file, or empty."""
    return (folder / ".zgroup").exists() or not any(folder.iterdir())


def _ignore(done: float) -> None:
    """Take no notice of progress."""
