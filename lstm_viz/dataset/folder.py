"""Raw data and their shaping as a folder of .npy files and a JSON header, for another process to open."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from lstm_viz.dataset.block import Arrays, Raw, Series, Tokens
from lstm_viz.dataset.shaping import Shaping
from lstm_viz.dataset.table import Table
from lstm_viz.errors import DataError

HEADER = "dataset.json"
VERSION = 1


def save_folder(raw: Raw, shaping: Shaping, folder: Path) -> None:
    """Write raw data, not their windows; the header comes last, so that a folder with one is complete."""
    header, arrays = _parts(raw)
    header |= {"version": VERSION, "shaping": asdict(shaping)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / HEADER).unlink(missing_ok=True)
        for name, array in arrays.items():
            np.save(folder / f"{name}.npy", array, allow_pickle=False)
        (folder / HEADER).write_text(json.dumps(header), encoding="utf-8")
    except OSError as error:
        raise DataError(
            f"The data cannot be written to {folder}: {error.strerror or error}.",
            "Check that there is room on the disk, and that you may write there.",
            repr(error),
        ) from error


def open_folder(folder: Path) -> tuple[Raw, Shaping]:
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
        return _raw(header, folder), Shaping(**header["shaping"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{folder} holds no complete data.", "Open the data anew.", repr(error)) from error


def _parts(raw: Raw) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    if isinstance(raw, Series):
        table = raw.table
        arrays = {"values": table.values}
        if table.lines is not None:
            arrays["lines"] = table.lines
        return {
            "kind": "series",
            "missing": raw.missing,
            "names": table.names,
            "source": table.source,
            "notes": table.notes,
            "bad": dict(table.bad),
            "left_out": table.left_out,
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
    }
    # Numbered: the name of an array may hold signs that a file name may not.
    arrays = {f"input{k}": array for k, array in enumerate(raw.inputs.values())}
    return header, arrays | {f"target{k}": array for k, array in enumerate(raw.targets.values())}


def _raw(header: Mapping[str, Any], folder: Path) -> Raw:
    def array(name: str) -> np.ndarray:
        return np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False))

    if header["kind"] == "series":
        table = Table(
            array("values"),
            tuple(header["names"]),
            header["source"],
            tuple(header["notes"]),
            array("lines") if (folder / "lines.npy").exists() else None,
            {name: (row, text) for name, (row, text) in header["bad"].items()},
            tuple(header["left_out"]),
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
    )
