"""Data and their samples as a folder of .npy files and a JSON header, for another process to map."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from lstm_viz.dataset.raw import Arrays, Prepared, Raw, Series, Tokens
from lstm_viz.dataset.scaling import Scaling
from lstm_viz.dataset.shaping import Shaping
from lstm_viz.dataset.table import Table
from lstm_viz.errors import DataError

HEADER = "dataset.json"
VERSION = 3
PIECE_BYTES = 8 << 20

Progress = Callable[[float], None]


def save_folder(
    raw: Raw, shaping: Shaping, prepared: Prepared, folder: Path, progress: Progress | None = None
) -> None:
    """Write raw data and the numbers of their samples, not their windows.

    The header comes last, so that a folder with one is complete.
    """
    header, arrays = _parts(raw)
    header |= {"version": VERSION, "shaping": asdict(shaping)}
    header["prepared"], more = _prepared_parts(prepared, arrays)
    arrays |= more
    total = sum(array.nbytes for array in arrays.values())
    done = 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / HEADER).unlink(missing_ok=True)
        for name, array in arrays.items():
            for size in _write(folder / f"{name}.npy", array):
                done += size
                if progress is not None:
                    progress(done / max(1, total))
        (folder / HEADER).write_text(json.dumps(header), encoding="utf-8")
    except OSError as error:
        raise DataError(
            f"The data cannot be written to {folder}: {error.strerror or error}.",
            "Check that there is room on the disk, and that you may write there.",
            repr(error),
        ) from error


def _write(path: Path, array: np.ndarray) -> Iterator[int]:
    """Write a .npy file piece by piece; yield the bytes of each."""
    with path.open("wb") as file:
        descr = np.lib.format.dtype_to_descr(array.dtype)
        shape = {"descr": descr, "fortran_order": False, "shape": array.shape}
        np.lib.format.write_array_header_1_0(file, shape)
        piece = max(1, PIECE_BYTES * len(array) // max(1, array.nbytes))
        for start in range(0, len(array), piece):
            values = np.ascontiguousarray(array[start : start + piece])
            file.write(values.data)
            yield values.nbytes


def open_folder(folder: Path) -> tuple[Raw, Shaping, Prepared]:
    """Map what :func:`save_folder` wrote.

    Raises
    ------
    DataError
        For a folder that is incomplete or damaged, or of another version.
    """
    try:
        header = json.loads((folder / HEADER).read_text(encoding="utf-8"))
        if header["version"] != VERSION:
            raise DataError(f"{folder} was written by another version of lstm-viz.", "Open the data anew.")
        return _raw(header, folder), Shaping(**header["shaping"]), _prepared(header["prepared"], folder)
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise damaged(folder, error) from error


def damaged(folder: Path, error: Exception) -> DataError:
    """Return what to say of a folder that cannot be opened."""
    return DataError(f"{folder} holds no complete data.", "Open the data anew.", repr(error))


def _prepared_parts(
    prepared: Prepared, raw_arrays: Mapping[str, np.ndarray]
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return the header of the prepared numbers, and those of their arrays that are not raw ones."""
    names = {_memory(array): name for name, array in raw_arrays.items()}
    arrays: dict[str, np.ndarray] = {}

    def name_of(array: np.ndarray | None, name: str) -> str | None:
        if array is None:
            return None
        known = names.setdefault(_memory(array), name)
        if known == name:
            arrays[name] = array
        return known

    return {
        "inputs": [name_of(array, f"prepared_input{k}") for k, array in enumerate(prepared.inputs)],
        "targets": [name_of(array, f"prepared_target{k}") for k, array in enumerate(prepared.targets)],
        "series": name_of(prepared.series, "series"),
        "origin": name_of(prepared.origin, "origin"),
        "lengths": name_of(prepared.lengths, "prepared_lengths"),
        "scaling": asdict(prepared.scaling),
        "target_scaling": asdict(prepared.target_scaling),
        "notes": prepared.notes,
        "sequences": name_of(prepared.sequences, "sequences"),
    }, arrays


def _memory(array: np.ndarray) -> tuple[Any, ...]:
    """Return what tells one array's memory, and the way it is read, from another's."""
    return array.__array_interface__["data"][0], array.shape, array.strides, array.dtype.str


def _prepared(header: Mapping[str, Any], folder: Path) -> Prepared:
    def several(names: list[str]) -> tuple[np.ndarray, ...]:
        return tuple(_mapped(folder, name) for name in names)

    return Prepared(
        several(header["inputs"]),
        several(header["targets"]),
        header["series"] and _mapped(folder, header["series"]),
        header["origin"] and _mapped(folder, header["origin"]),
        _scaling(header["scaling"]),
        _scaling(header["target_scaling"]),
        tuple(header["notes"]),
        header.get("lengths") and _mapped(folder, header["lengths"]),
        header["sequences"] and _mapped(folder, header["sequences"]),
    )


def _scaling(header: Mapping[str, Any]) -> Scaling:
    return Scaling(header["kind"], tuple(header["offset"]), tuple(header["factor"]), header["fitted_rows"])


def _mapped(folder: Path, name: str) -> np.ndarray:
    return np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False))


def _parts(raw: Raw) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    if isinstance(raw, Series):
        table = raw.table
        arrays = {"values": table.values}
        if table.lines is not None:
            arrays["lines"] = table.lines
        arrays |= {f"run{k}": run for k, run in enumerate(table.runs.values())}
        return {
            "kind": "series",
            "missing": raw.missing,
            "names": table.names,
            "source": table.source,
            "notes": table.notes,
            "bad": dict(table.bad),
            "left_out": table.left_out,
            "runs": list(table.runs),
        }, arrays
    if isinstance(raw, Tokens):
        return {
            "kind": "tokens",
            "token_names": raw.token_names,
            "source": raw.source,
            "one_hot": raw.one_hot,
        }, {"ids": raw.ids}
    header = {
        "kind": "arrays",
        "inputs": list(raw.inputs),
        "targets": list(raw.targets),
        "source": raw.source,
        "feature_names": raw.feature_names,
        "target_names": raw.target_names,
        "token_names": raw.token_names,
        "class_names": raw.class_names,
        "notes": raw.notes,
        "lengths": raw.lengths is not None,
        "ids": raw.sequences is not None,
    }
    # Numbered: the name of an array may hold signs that a file name may not.
    arrays = {f"input{k}": array for k, array in enumerate(raw.inputs.values())}
    if raw.lengths is not None:
        arrays["lengths"] = raw.lengths
    if raw.sequences is not None:
        arrays["ids"] = raw.sequences
    return header, arrays | {f"target{k}": array for k, array in enumerate(raw.targets.values())}


def _raw(header: Mapping[str, Any], folder: Path) -> Raw:
    def array(name: str) -> np.ndarray:
        return _mapped(folder, name)

    if header["kind"] == "series":
        table = Table(
            array("values"),
            tuple(header["names"]),
            header["source"],
            tuple(header["notes"]),
            array("lines") if (folder / "lines.npy").exists() else None,
            {name: (row, text) for name, (row, text) in header["bad"].items()},
            tuple(header["left_out"]),
            {name: array(f"run{k}") for k, name in enumerate(header["runs"])},
        )
        return Series(table, header["missing"])
    if header["kind"] == "tokens":
        return Tokens(array("ids"), tuple(header["token_names"]), header["source"], header["one_hot"])
    names, targets = header["feature_names"], header["target_names"]
    return Arrays(
        {name: array(f"input{k}") for k, name in enumerate(header["inputs"])},
        {name: array(f"target{k}") for k, name in enumerate(header["targets"])},
        header["source"],
        None if names is None else tuple(names),
        None if targets is None else tuple(targets),
        tuple(header["token_names"]),
        tuple(header["class_names"]),
        tuple(header["notes"]),
        array("lengths") if header.get("lengths") else None,
        array("ids") if header["ids"] else None,
    )
