"""HDF5 files: whole models (``.h5``, and many ``.keras``) and weights alone.

Only plain hard links and plain datasets are followed. External storage, external and soft links,
virtual datasets and references would let a file name other files; they are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import h5py
import numpy as np

from .contents import (
    DAMAGED,
    EXPANSION_FREE_BYTES,
    MAX_ARRAYS,
    MAX_CONFIG_BYTES,
    MAX_EXPANSION,
    MAX_NAME_LENGTH,
    Contents,
    ReadProblem,
    StoredArray,
    checked_dtype,
    parse_json,
)

MAX_DEPTH = 40


def read_hdf5(file: str | BinaryIO) -> Contents:
    """Read a model, or weights alone, from an HDF5 file."""
    try:
        root = h5py.File(file, "r")
    except (OSError, RuntimeError, ValueError) as error:
        raise ReadProblem(f"The HDF5 file cannot be opened: {_short(error)}", DAMAGED) from None
    with guarded("/"):
        if "lstm_viz" in root.attrs:
            raise ReadProblem(
                "This is an exported recording, which holds what a model did and not the model.",
                "Open it in the window, by File → Open recording, or with lstm_viz.open_trace.",
            )
        if "model_config" in root.attrs or "model_weights" in root:
            return _whole_model(root)
        if "layer_names" in root.attrs:
            contents = _layer_groups(root)
            contents.format = "HDF5 weights"
            return contents
        contents = _paths(root)
        if not contents.arrays:
            raise ReadProblem(
                "This HDF5 file holds neither a Keras model nor Keras weights.",
                "Open the file that model.save() wrote.",
            )
        return contents


class guarded:  # noqa: N801 - reads as a statement: with guarded(place)
    """Turn whatever h5py raises on a damaged file into a :class:`ReadProblem` at ``place``."""

    def __init__(self, place: str) -> None:
        self.place = place

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, Exception) and not isinstance(error, ReadProblem):
            raise ReadProblem(f"The HDF5 file cannot be read: {_short(error)}", DAMAGED, self.place) from None


def _short(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return (text or type(error).__name__)[:200]


def _whole_model(root: h5py.File) -> Contents:
    config = root.attrs.get("model_config")
    weights = member(root, "model_weights")
    contents = _layer_groups(weights) if isinstance(weights, h5py.Group) else Contents("", "layers")
    contents.keras_version = _text(root.attrs.get("keras_version")) or contents.keras_version
    contents.backend = _text(root.attrs.get("backend")) or contents.backend
    if config is not None:
        text = _text(config)
        if text is None:
            raise ReadProblem("The configuration is not text.", DAMAGED, "attribute model_config")
        contents.config = parse_json(text, "attribute model_config")
    version = f" (Keras {contents.keras_version})" if contents.keras_version else ""
    contents.format = f"HDF5{version}" if config is not None else "HDF5 weights"
    return contents


def _layer_groups(group: h5py.Group) -> Contents:
    contents = Contents(format="HDF5", layout="layers", size=group.file.id.get_filesize())
    contents.keras_version = _text(group.attrs.get("keras_version"))
    contents.backend = _text(group.attrs.get("backend"))
    names = split_attribute(group, "layer_names")
    if names is None:
        # Some converters leave the attribute out; the groups themselves then say which layers there are.
        names = [name for name in group if isinstance(member(group, name), h5py.Group)]
    for layer_name in names:
        layer = member(group, layer_name)
        if not isinstance(layer, h5py.Group):
            raise ReadProblem(f"The weights of layer “{layer_name}” are missing.", DAMAGED, layer_name)
        weight_names = split_attribute(layer, "weight_names") or []
        full_names = []
        for weight_name in weight_names:
            place = f"{layer_name}/{weight_name}"
            with guarded(place):
                dataset = member(layer, weight_name)
                if not isinstance(dataset, h5py.Dataset):
                    raise ReadProblem(f"The array “{weight_name}” is missing.", DAMAGED, place)
                contents.add(place, stored_array(dataset, place))
            full_names.append(place)
        contents.groups.append((layer_name, full_names))
    return contents


def split_attribute(group: h5py.Group, name: str) -> list[str] | None:
    """Read a list of names; attributes end at 64 KiB, so Keras splits long ones over name0, name1, …."""
    if name in group.attrs:
        parts = [group.attrs[name]]
    else:
        parts = []
        while f"{name}{len(parts)}" in group.attrs:
            parts.append(group.attrs[f"{name}{len(parts)}"])
        if not parts:
            return None
    names = [_text(item) for part in parts for item in np.ravel(part)]
    if len(names) > MAX_ARRAYS:
        raise ReadProblem(f"“{name}” lists {len(names):,} entries, more than any model needs.")
    if any(text is None or len(text) > MAX_NAME_LENGTH for text in names):
        raise ReadProblem(f"“{name}” is not a list of names.", DAMAGED)
    return [text for text in names if text is not None]


def member(group: h5py.Group, path: str) -> Any:
    """Follow ``path`` from ``group`` through hard links only; None if there is nothing."""
    here: Any = group
    for part in [p for p in path.split("/") if p]:
        if part in (".", ".."):
            raise ReadProblem(f"The name “{path}” is not a plain path.", DAMAGED, path)
        if not isinstance(here, h5py.Group):
            return None
        link = here.get(part, getlink=True)
        if link is None:
            return None
        if not isinstance(link, h5py.HardLink):
            kind = "another file" if isinstance(link, h5py.ExternalLink) else "another name"
            raise ReadProblem(
                f"“{path}” is a link to {kind}; a Keras model holds its own arrays.",
                "The file was not written by Keras as it is; save the model again.",
                path,
            )
        here = here[part]
    return here


def _paths(root: h5py.File) -> Contents:
    """Every dataset of the file outside optimizers and metrics, by path with ``/`` between names.

    On Windows, TensorFlow 2.13 to 2.15 wrote backslashes inside the names of groups.
    """
    contents = Contents(format="HDF5 weights", layout="paths", size=root.id.get_filesize())
    for path, dataset in _datasets(root, "", 0, set()):
        name = path.replace("\\", "/")
        with guarded(name):
            contents.add(name, stored_array(dataset, name))
    return contents


def _datasets(
    group: h5py.Group, prefix: str, depth: int, visited: set[Any]
) -> Iterator[tuple[str, h5py.Dataset]]:
    if depth > MAX_DEPTH:
        raise ReadProblem(f"Groups are nested more than {MAX_DEPTH} deep.", DAMAGED, prefix)
    address = h5py.h5o.get_info(group.id).addr
    if address in visited:  # a hard link back to a group above would never end
        raise ReadProblem("A group contains itself.", DAMAGED, prefix or "/")
    visited.add(address)
    for name in group:
        path = f"{prefix}/{name}" if prefix else name
        if not prefix and name.split("\\")[0] in ("optimizer", "metrics", "_metrics", "loss_tracker"):
            continue
        if len(path) > MAX_NAME_LENGTH or len(visited) > 4 * MAX_ARRAYS:
            raise ReadProblem("The file has more groups than any model needs.", DAMAGED, prefix)
        item = member(group, name)
        if isinstance(item, h5py.Group):
            yield from _datasets(item, path, depth + 1, visited)
        elif isinstance(item, h5py.Dataset):
            yield path, item


def stored_array(dataset: h5py.Dataset, place: str) -> StoredArray:
    """Describe a dataset, refusing storage outside the file and sizes that the file cannot hold."""
    plist = dataset.id.get_create_plist()
    if plist.get_external_count() or dataset.is_virtual:
        raise ReadProblem(
            "The array is stored in another file; a Keras model holds its own arrays.", DAMAGED, place
        )
    if dataset.shape is None:
        raise ReadProblem("The array is empty.", DAMAGED, place)
    shape = tuple(int(size) for size in dataset.shape)
    if len(shape) > 8:
        raise ReadProblem(f"The array has {len(shape)} dimensions.", DAMAGED, place)
    bfloat = dataset.dtype.kind == "V" and dataset.dtype.itemsize == 2 and dataset.dtype.names is None
    dtype = "<f4" if bfloat else checked_dtype(dataset.dtype, place)
    count = 1
    for size in shape:
        count *= size
    nbytes = count * dataset.dtype.itemsize
    held = dataset.id.get_storage_size()
    compressed = plist.get_nfilters() > 0
    allowed = max(held * MAX_EXPANSION, EXPANSION_FREE_BYTES) if compressed and held else held
    if nbytes > allowed:
        raise ReadProblem(
            f"The array declares {nbytes:,} bytes, but the file holds {held:,} of them.", DAMAGED, place
        )

    def read() -> np.ndarray:
        with guarded(place):
            value = dataset[()]
        value = np.asarray(value)
        if bfloat:
            bits = value.view("<u2").astype("<u4") << 16
            return bits.view("<f4").reshape(shape)
        return np.ascontiguousarray(value.astype(dtype, copy=False)).reshape(shape)

    return StoredArray(shape, dtype, held, read)


def _text(value: Any) -> str | None:
    """Text of an attribute, which may be str, bytes, a numpy scalar or an array of one of these."""
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.reshape(-1)[0]
    if isinstance(value, h5py.Empty):
        return ""
    if isinstance(value, (bytes, np.bytes_)):
        if len(value) > MAX_CONFIG_BYTES:
            raise ReadProblem("An attribute is longer than any model needs.")
        return bytes(value).decode("utf-8", "replace")
    return str(value) if isinstance(value, (str, np.str_)) else None
