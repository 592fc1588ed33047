"""Just enough of Protocol Buffers' wire format to read known fields as data."""

from __future__ import annotations

from collections.abc import Iterator

from .contents import ReadProblem

Value = int | memoryview


def varint(data: memoryview, at: int) -> tuple[int, int]:
    """Read a variable-length integer at ``at``; return it and the position behind it."""
    result = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise ReadProblem("A number in it never ends.", "The file is damaged.")
        byte = data[at]
        at += 1
        result |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return result & 0xFFFFFFFFFFFFFFFF, at
        shift += 7


def fields(data: memoryview) -> Iterator[tuple[int, Value]]:
    """Yield (field number, value): an integer, or the bytes of text and inner messages."""
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        number, kind = tag >> 3, tag & 7
        if kind == 0:
            value, at = varint(data, at)
            yield number, value
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
            yield number, int.from_bytes(data[at : at + size], "little")
            at += size
        elif kind == 2:
            length, at = varint(data, at)
            if length > len(data) - at:
                raise ReadProblem("A field is longer than the file.", "The file is damaged.")
            yield number, data[at : at + length]
            at += length
        else:
            raise ReadProblem(f"It has a field of unknown kind {kind}.", "The file is damaged.")


def messages(data: memoryview, wanted: int) -> Iterator[memoryview]:
    """Yield the inner messages (or texts) of one field."""
    for number, value in fields(data):
        if number == wanted and isinstance(value, memoryview):
            yield value


def first(data: memoryview, wanted: int) -> memoryview:
    """Return the inner message of one field, empty if it is absent."""
    return next(messages(data, wanted), memoryview(b""))


def number(data: memoryview, wanted: int) -> int:
    """Return the integer of one field, 0 if it is absent."""
    found = 0
    for field_number, value in fields(data):
        if field_number == wanted and isinstance(value, int):
            found = value
    return found


def text(data: memoryview, wanted: int) -> str:
    """Return the text of one field, empty if it is absent."""
    return bytes(first(data, wanted)).decode("utf-8", "replace")
