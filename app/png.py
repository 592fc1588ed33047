"""PNG files from plain pixels: one picture, or several after one another (APNG)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MILLISECONDS = 1000


def png(pixels: NDArray[np.uint8]) -> bytes:
    """Return RGB pixels, shape (height, width, 3), as the bytes of a PNG file."""
    return (
        _SIGNATURE
        + _header(pixels)
        + _chunk(b"IDAT", zlib.compress(_scan_lines(pixels)))
        + _chunk(b"IEND", b"")
    )


def write_apng(frames: Iterator[NDArray[np.uint8]], count: int, file: BinaryIO, milliseconds: int) -> None:
    """Write pictures of one size, one by one, as an animation that begins again at its end.

    Parameters
    ----------
    frames : iterator of ndarray, each (height, width, 3)
    count : int
        How many they are.
    file : binary file
    milliseconds : int
        That each is shown.
    """
    number = 0  # of control and data chunks together
    for index, pixels in enumerate(frames):
        height, width, _ = pixels.shape
        if index == 0:
            file.write(_SIGNATURE + _header(pixels) + _chunk(b"acTL", struct.pack(">II", count, 0)))
        control = struct.pack(">IIIIIHHBB", number, width, height, 0, 0, milliseconds, _MILLISECONDS, 0, 0)
        file.write(_chunk(b"fcTL", control))
        number += 1
        content = zlib.compress(_scan_lines(pixels))
        if index == 0:  # what a reader shows that knows no animations
            file.write(_chunk(b"IDAT", content))
        else:
            file.write(_chunk(b"fdAT", struct.pack(">I", number) + content))
            number += 1
    file.write(_chunk(b"IEND", b""))


def _header(pixels: NDArray[np.uint8]) -> bytes:
    height, width, _ = pixels.shape
    return _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))


def _scan_lines(pixels: NDArray[np.uint8]) -> bytes:
    """Return the rows of pixels, each after the mark of no filter."""
    height, width, _ = pixels.shape
    lines = np.zeros((height, 1 + 3 * width), np.uint8)
    lines[:, 1:] = pixels.reshape(height, 3 * width)
    return lines.tobytes()


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
