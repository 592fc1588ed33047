"""``.keras`` archives: a zip of ``config.json``, ``metadata.json`` and ``model.weights.h5``.

Members are read into memory by name; nothing is ever extracted, so their paths cannot matter.
"""

from __future__ import annotations

import io
import os
import zipfile
import zlib
from typing import Any, BinaryIO

from .contents import (
    DAMAGED,
    EXPANSION_FREE_BYTES,
    MAX_CONFIG_BYTES,
    MAX_EXPANSION,
    MAX_TOTAL_BYTES,
    Contents,
    ReadProblem,
    check_member,
    parse_json,
)
from .hdf5 import read_hdf5


def read_keras_zip(path: str | BinaryIO) -> Contents:
    """Read a ``.keras`` archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _read(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise ReadProblem(f"The archive cannot be read: {str(error).rstrip('.')}.", DAMAGED) from None


def read_keras_folder(folder: str) -> Contents:
    """Read the folder that unpacking a ``.keras`` archive gives."""
    weights = os.path.join(folder, "model.weights.h5")
    if not os.path.isfile(weights):
        raise ReadProblem("This folder has a config.json and no model.weights.h5.", DAMAGED)
    check_member(weights)
    contents = read_hdf5(weights)
    texts = {}
    for name in ("config.json", "metadata.json"):
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            check_member(path)
            with open(path, "rb") as stream:
                texts[name] = parse_json(stream.read(MAX_CONFIG_BYTES + 1), name)
    return _complete(contents, texts["config.json"], texts.get("metadata.json"))


def _complete(contents: Contents, config: Any, metadata: Any) -> Contents:
    """Add what stands beside the weights."""
    version = metadata.get("keras_version") if isinstance(metadata, dict) else None
    version = version[:100] if isinstance(version, str) else None
    contents.config, contents.keras_version = config, version
    contents.format = f"Keras {version.split('.')[0]} .keras" if version else "Keras .keras"
    return contents


def _read(archive: zipfile.ZipFile) -> Contents:
    infos = archive.infolist()
    if len(infos) > 10_000:
        raise ReadProblem(f"The archive has {len(infos):,} members.", DAMAGED)
    by_name: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        by_name.setdefault(info.filename.replace("\\", "/"), info)
    # People also zip the unpacked folder, which puts one folder name before every member.
    configs = sorted((n for n in by_name if n.split("/")[-1] == "config.json" and n.count("/") <= 1), key=len)
    if not configs and any(name.endswith(".npy") for name in by_name):
        raise ReadProblem(
            "This file holds arrays of NumPy: data, or a recording, but no model.",
            "Open it as data or as a recording, or open the model that belongs to it.",
        )
    if not configs:
        raise ReadProblem(
            "This archive is not a Keras model: it has no config.json.",
            "Open the .keras file that model.save() wrote, or the .h5 file or folder inside this archive.",
        )
    prefix = configs[0][: -len("config.json")]
    config = parse_json(_member(archive, by_name[configs[0]], MAX_CONFIG_BYTES), "config.json")
    metadata = None
    if prefix + "metadata.json" in by_name:
        metadata = parse_json(_member(archive, by_name[prefix + "metadata.json"], 1 << 20), "metadata.json")
    weights_info = by_name.get(prefix + "model.weights.h5")
    if weights_info is None:
        raise ReadProblem("The archive has no model.weights.h5.", DAMAGED)
    contents = read_hdf5(io.BytesIO(_member(archive, weights_info, MAX_TOTAL_BYTES)))
    return _complete(contents, config, metadata)


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes:
    allowed = max(info.compress_size * MAX_EXPANSION, EXPANSION_FREE_BYTES)
    if info.file_size > min(limit, allowed):
        raise ReadProblem(
            f"It unpacks {info.compress_size:,} bytes to {info.file_size:,}.", DAMAGED, info.filename
        )
    with archive.open(info) as stream:
        data = stream.read(info.file_size + 1)
    if len(data) > info.file_size:
        raise ReadProblem("It is longer than the archive says.", DAMAGED, info.filename)
    return data
