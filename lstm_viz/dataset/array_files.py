"""Read .npy and .npz files: numbers only, never a pickle."""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from lstm_viz.errors import DataError

# More would not fit into an ordinary machine's memory, and a small file can claim any size.
MAX_BYTES = 8 << 30
SEQUENCE_NAMES = ("sequence", "sequences", "sequence_id", "sequence_ids")
_PICKLED = "Save it as arrays of numbers: numpy.savez(path, x=x, y=y)."


@dataclass(frozen=True, eq=False)
class ArrayFile:
    """What an array file holds, sorted by part."""

    inputs: dict[str, np.ndarray]
    targets: dict[str, np.ndarray] = field(default_factory=dict)
    texts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    lengths: np.ndarray | None = None
    notes: tuple[str, ...] = ()
    sequences: np.ndarray | None = None  # an id for each sample or row


def read_npy(path: Path) -> np.ndarray:
    """Read a .npy file.

    Raises
    ------
    DataError
        For a damaged file, one that is too large, and one that holds Python objects.
    """
    if path.stat().st_size > MAX_BYTES:
        raise DataError(_too_large(path.name, path.stat().st_size), "Save a part of it.")
    with _refusing_damage(path.name):
        array = np.load(path, allow_pickle=False)
    if not isinstance(array, np.ndarray):
        array.close()
        raise DataError(f"{path.name} is an .npz file by its content.", "Give it the ending .npz.")
    return array


def read_npz(path: Path) -> ArrayFile:
    """Read a .npz file: inputs x, X, inputs or x0, x1, …; targets y, Y, targets or y0, y1, …; lengths.

    Arrays of other names are taken where only one reading is possible, and the notes say so.

    Raises
    ------
    DataError
        For a damaged file, for Python objects, and where it is unclear which array is the input.
    """
    with _refusing_damage(path.name):
        with zipfile.ZipFile(path) as archive:
            claimed = sum(entry.file_size for entry in archive.infolist())
        if claimed > MAX_BYTES:
            raise DataError(_too_large(path.name, claimed), "Save a part of it.")
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: _member(file, name, path.name) for name in file.files}
    return sort_arrays(arrays, path.name)


def sort_arrays(arrays: dict[str, np.ndarray], source: str) -> ArrayFile:
    """Tell inputs, targets, ids of sequences and lists of names apart, by the arrays' own names."""
    named = [name for name in arrays if name.lower() in SEQUENCE_NAMES]
    sequences = arrays[named[0]] if len(named) == 1 and len(arrays) > 1 else None
    if sequences is not None:
        arrays = {name: array for name, array in arrays.items() if name != named[0]}
    texts = {
        name: tuple(str(text) for text in array.reshape(-1))
        for name, array in arrays.items()
        if array.dtype.kind == "U"
    }
    numeric = {name: array for name, array in arrays.items() if name not in texts}
    lengths_of_samples = numeric.pop("lengths", None) if len(numeric) > 1 else None
    if not numeric:
        raise DataError(f"{source} holds no array of numbers.", _PICKLED)
    inputs = _named(numeric, ("x", "inputs", "input"), "x", source)
    targets = _named(numeric, ("y", "targets", "target"), "y", source)
    notes: list[str] = []
    for part in ("test", "val", "train"):
        if not inputs and f"x_{part}" in numeric:
            inputs = {f"x_{part}": numeric[f"x_{part}"]}
            targets = {k: v for k, v in numeric.items() if k == f"y_{part}"}
            notes.append(f"Taken: {_listed([*inputs, *targets])} of {_listed(list(numeric))}.")
    if not inputs:
        rest = {name: array for name, array in numeric.items() if name not in targets and array.ndim > 0}
        lengths = {len(array) for array in rest.values()}
        if len(rest) > 1 and (len(lengths) > 1 or any(array.ndim < 2 for array in rest.values())):
            shapes = ", ".join(f"'{name}' {array.shape}" for name, array in numeric.items())
            raise DataError(
                f"It is unclear which array of {source} is the input: {shapes}.",
                "Name the inputs x (or x0, x1, …) and the targets y (or y0, y1, …).",
            )
        if not rest:
            raise DataError(f"{source} has targets and no inputs.", "Name the inputs x, or x0, x1, …")
        inputs = rest
        notes.append(f"Taken as input: {_listed(list(rest))}.")
    unused = [name for name in numeric if name not in inputs and name not in targets]
    if unused and len(notes) == 0:
        notes.append(f"Not used: {_listed(unused)}.")
    return ArrayFile(inputs, targets, texts, lengths_of_samples, tuple(notes), sequences)


def _named(
    arrays: dict[str, np.ndarray], words: tuple[str, ...], letter: str, source: str
) -> dict[str, np.ndarray]:
    single = [name for name in arrays if name.lower() in words]
    numbered = [name for name in arrays if re.fullmatch(rf"{letter}_?\d+", name.lower())]
    if len(single) > 1 or (single and numbered):
        raise DataError(
            f"It is unclear which array of {source} to take: {_listed(single + numbered)}.",
            f"Keep one of them, or name several {letter}0, {letter}1, …",
        )
    numbered.sort(key=lambda name: int(re.sub(r"\D", "", name)))
    return {name: arrays[name] for name in single or numbered}


def _member(file: np.lib.npyio.NpzFile, name: str, source: str) -> np.ndarray:
    array = file[name]
    if not isinstance(array, np.ndarray):  # a member that is no .npy file comes as bytes
        raise DataError(f"'{name}' in {source} is no array.", _PICKLED)
    return array


@contextmanager
def _refusing_damage(source: str) -> Iterator[None]:
    """Turn whatever a damaged file makes the readers raise into a DataError."""
    try:
        with warnings.catch_warnings():
            # "Additional header parsing" concerns files from Python 2, which are read all the same.
            warnings.simplefilter("ignore", UserWarning)
            yield
    except DataError:
        raise
    except Exception as error:
        # NumPy, zipfile, zlib and tokenize raise a dozen classes on damaged bytes.
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise _unreadable(source, error) from error


def _unreadable(source: str, error: Exception) -> DataError:
    if "allow_pickle" in str(error) or "Object arrays" in str(error) or "pickle" in str(error).lower():
        return DataError(
            f"{source} holds Python objects (a pickle), which are never opened: they can run code.",
            _PICKLED,
            repr(error),
        )
    if isinstance(error, MemoryError):
        return DataError(f"{source} does not fit into memory.", "Save a part of it.", repr(error))
    return DataError(
        f"{source} cannot be read: it is damaged or no NumPy file.", "Save it again with NumPy.", repr(error)
    )


def _too_large(source: str, size: int) -> str:
    return f"{source} holds {size / 2**30:.1f} GiB; the limit is {MAX_BYTES >> 30} GiB."


def _listed(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
