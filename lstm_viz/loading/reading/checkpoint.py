"""TensorFlow checkpoints: ``variables.index``, a sorted table of entries, and the ``variables.data`` shards.

Formats: ``tensorflow/core/lib/io/format.h`` and ``tensorflow/core/protobuf/tensor_bundle.proto``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from . import protobuf
from .contents import MAX_ARRAYS, MAX_NAME_LENGTH, ReadProblem, StoredArray, check_member

_MAGIC = 0xDB4775248B80FB57
_DTYPES = {
    1: "<f4",
    2: "<f8",
    3: "<i4",
    4: "|u1",
    5: "<i2",
    6: "|i1",
    9: "<i8",
    10: "|b1",
    14: "<u2",
    19: "<f2",
}
_STRING, _BFLOAT16 = 7, 14
DAMAGED = "The folder is damaged or incomplete; save the model again or get another copy."


@dataclass(frozen=True)
class _Entry:
    dtype: int
    shape: tuple[int, ...]
    shard: int
    offset: int
    size: int


class Checkpoint:
    """The tensors of a checkpoint by key."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.shards = 1
        self.entries: dict[str, _Entry] = {}
        self._read_index()

    def _read_index(self) -> None:
        index = whole_file(f"{self.prefix}.index", 64 << 20)
        if len(index) < 48 or int.from_bytes(index[-8:], "little") != _MAGIC:
            raise ReadProblem("It does not end as a checkpoint index does.", DAMAGED, "variables.index")
        _, at = protobuf.varint(index, len(index) - 48)
        _, at = protobuf.varint(index, at)
        for _, handle in _block(index, *_handle(index, at)):
            for key, value in _block(index, *_handle(handle, 0)):
                if not key:
                    self.shards = protobuf.number(value, 1) or 1
                elif len(key) <= MAX_NAME_LENGTH:
                    self.entries[key.decode("utf-8", "replace")] = _entry(value)
                if len(self.entries) > 10 * MAX_ARRAYS:
                    raise ReadProblem("It lists more tensors than any model has.", DAMAGED, "variables.index")

    def array(self, key: str) -> StoredArray | None:
        """Describe the numeric tensor called ``key``; None if it is text or absent."""
        entry = self.entries.get(key)
        if entry is None or entry.dtype not in _DTYPES:
            return None
        dtype = np.dtype(_DTYPES[entry.dtype])
        count = 1
        for size in entry.shape:
            count *= size
        if count * dtype.itemsize != entry.size or entry.offset + entry.size > self._shard_size(entry.shard):
            raise ReadProblem(f"It declares shape {entry.shape} but not as many bytes.", DAMAGED, key)

        def read() -> np.ndarray:
            value = np.frombuffer(self._bytes(entry), dtype).reshape(entry.shape)
            if entry.dtype == _BFLOAT16:
                return (value.astype("<u4") << 16).view("<f4").reshape(entry.shape)
            return value

        dtype_name = "<f4" if entry.dtype == _BFLOAT16 else dtype.str
        return StoredArray(entry.shape, dtype_name, entry.size, read)

    @property
    def size(self) -> int:
        """Bytes of the shards that the entries lie in."""
        shards = {entry.shard for entry in self.entries.values()}
        return sum(max(self._shard_size(shard), 0) for shard in shards)

    def text(self, key: str) -> memoryview:
        """Return the bytes of a scalar text tensor."""
        entry = self.entries.get(key)
        if entry is None or entry.dtype != _STRING or entry.size > 64 << 20:
            raise ReadProblem("It does not say which object each tensor belongs to.", DAMAGED, key)
        data = memoryview(self._bytes(entry))
        length, at = protobuf.varint(data, 0)
        return data[at + 4 : at + 4 + length]  # four bytes of checksum stand between

    def _shard_path(self, shard: int) -> str:
        return f"{self.prefix}.data-{shard:05d}-of-{self.shards:05d}"

    def _shard_size(self, shard: int) -> int:
        path = self._shard_path(shard)
        return os.path.getsize(path) if os.path.isfile(path) else -1

    def _bytes(self, entry: _Entry) -> bytes:
        path = self._shard_path(entry.shard)
        name = os.path.basename(path)
        check_member(path, DAMAGED)
        with open(path, "rb") as stream:
            stream.seek(entry.offset)
            data = stream.read(entry.size)
        if len(data) != entry.size:
            raise ReadProblem("It is shorter than the index says.", DAMAGED, name)
        return data


def whole_file(path: str, limit: int) -> memoryview:
    """Return the bytes of a file of at most ``limit`` bytes."""
    name = os.path.basename(path)
    check_member(path, DAMAGED)
    if os.path.getsize(path) > limit:
        raise ReadProblem("It is larger than that of any model.", DAMAGED, name)
    with open(path, "rb") as stream:
        return memoryview(stream.read())


def _handle(data: memoryview, at: int) -> tuple[int, int]:
    offset, at = protobuf.varint(data, at)
    size, _ = protobuf.varint(data, at)
    return offset, size


def _block(file: memoryview, offset: int, size: int) -> Iterator[tuple[bytes, memoryview]]:
    """Yield the keys and values of one block of the table; a key shares its beginning with the one before."""
    if offset + size + 5 > len(file) or size < 4:
        raise ReadProblem("A block lies outside the file.", DAMAGED, "variables.index")
    if file[offset + size] != 0:
        raise ReadProblem("It is compressed, which TensorFlow never does.", DAMAGED, "variables.index")
    block = file[offset : offset + size]
    restarts = int.from_bytes(block[-4:], "little")
    end = size - 4 - 4 * restarts
    at, key = 0, b""
    while at < end:
        shared, at = protobuf.varint(block, at)
        own, at = protobuf.varint(block, at)
        length, at = protobuf.varint(block, at)
        if at + own + length > end or shared > len(key):
            raise ReadProblem("An entry lies outside its block.", DAMAGED, "variables.index")
        key = key[:shared] + bytes(block[at : at + own])
        at += own
        yield key, block[at : at + length]
        at += length


def _entry(data: memoryview) -> _Entry:
    shape = tuple(protobuf.number(dim, 1) for dim in protobuf.messages(protobuf.first(data, 2), 2))
    if len(shape) > 8 or any(size > 1 << 40 for size in shape):
        raise ReadProblem(f"A tensor has shape {shape}.", DAMAGED, "variables.index")
    return _Entry(
        protobuf.number(data, 1),
        shape,
        protobuf.number(data, 3),
        protobuf.number(data, 4),
        protobuf.number(data, 5),
    )
