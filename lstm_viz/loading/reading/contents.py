"""What a reader finds in a file, and the one way in which it fails."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

# Each of these costs the program that asked for the file some 40 MiB at most.
MAX_CONFIG_BYTES = 8 << 20
MAX_CONFIG_ITEMS = 200_000
MAX_CONFIG_DEPTH = 100
MAX_ARRAYS = 20_000
MAX_TOTAL_BYTES = 4 << 30
MAX_NAME_LENGTH = 1_000
# Deflate reaches about 1,000:1 on zeros; trained weights do not compress below half.
MAX_EXPANSION, EXPANSION_FREE_BYTES = 50, 16 << 20
DAMAGED = "The file is damaged; save the model again or get another copy."
# What is read of a folder: of a SavedModel and its checkpoint, and of an unpacked archive.
MEMBERS = ("saved_model.pb", "keras_metadata.pb", "config.json", "metadata.json", "model.weights.h5")
VARIABLES = "variables"


# The closing quote is optional and nothing is tried twice, so that no text makes the search slow.
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")


class ReadProblem(Exception):  # noqa: N818 - it becomes a LoadError on the other side of the pipe
    """Why a file cannot be read: ``place`` says where in it, ``hint`` what to do."""

    def __init__(self, message: str, hint: str = "", place: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.place = place


@dataclass(frozen=True)
class StoredArray:
    """One array of the file.

    ``dtype`` is as little-endian numpy spells it, ``held`` the bytes that it takes in the file.
    """

    shape: tuple[int, ...]
    dtype: str
    held: int
    read: Callable[[], np.ndarray]


@dataclass
class Contents:
    """The plain data of one model file.

    ``layout`` says how arrays find their layer: ``"layers"`` (``groups`` lists layer names with their
    array names, in order), ``"paths"`` (Keras 3 paths such as ``layers/lstm/cell/vars/0``) or
    ``"checkpoint"`` (object paths of a TensorFlow checkpoint). ``size`` is the number of bytes of what holds
    the arrays.
    """

    format: str
    layout: str
    size: int = 0
    config: Any = None
    keras_version: str | None = None
    backend: str | None = None
    arrays: dict[str, StoredArray] = field(default_factory=dict)
    groups: list[tuple[str, list[str]]] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)
    held: int = 0

    def add(self, name: str, array: StoredArray) -> None:
        """List an array; :class:`ReadProblem` if the file cannot hold all that it lists.

        Many names may stand for the same bytes of a file. Layers that share weights are saved so by some
        Keras, but a small file must not fill the memory by it.
        """
        if name in self.arrays:
            raise ReadProblem("It is listed twice.", DAMAGED, name)
        if len(self.arrays) >= MAX_ARRAYS:
            raise ReadProblem(f"It has more than {MAX_ARRAYS:,} arrays, more than any model needs.")
        self.held += array.held
        if self.held > 2 * self.size + EXPANSION_FREE_BYTES:
            raise ReadProblem(
                f"The arrays take {self.held:,} bytes of a file that has {self.size:,}: "
                "the same bytes are listed many times.",
                DAMAGED,
                name,
            )
        self.arrays[name] = array

    def header(self) -> dict[str, Any]:
        """Everything but the numbers, as JSON can carry it."""
        return {
            "format": self.format,
            "layout": self.layout,
            "config": self.config,
            "keras_version": self.keras_version,
            "backend": self.backend,
            "groups": self.groups,
            "extra": self.extra,
            "arrays": [[name, list(a.shape), a.dtype] for name, a in self.arrays.items()],
        }


def parse_json(text: str | bytes, place: str) -> Any:
    """Parse JSON of bounded size and depth; :class:`ReadProblem` says what is wrong with it."""
    if len(text) > MAX_CONFIG_BYTES:
        raise ReadProblem(
            f"The configuration is {len(text) >> 20} MiB, more than any model needs.", place=place
        )
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    _check_json_size(raw, place)
    try:
        return json.loads(raw.decode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        raise ReadProblem(
            f"The configuration is not valid JSON: {error}.",
            "The file is damaged; save the model again or get another copy.",
            place,
        ) from None


def _check_json_size(raw: bytes, place: str) -> None:
    # Counted before parsing, because parsed lists take up to forty times the bytes of their text.
    opened = raw.count(b"[") + raw.count(b"{") + raw.count(b",")
    if opened > MAX_CONFIG_ITEMS:
        raise ReadProblem(
            f"The configuration has {opened:,} entries, more than any model needs.", place=place
        )
    deepest = depth = 0
    for bracket in _BRACKETS.findall(_STRINGS.sub(b"", raw)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    if deepest > MAX_CONFIG_DEPTH:
        raise ReadProblem(f"The configuration is nested {deepest} deep.", place=place)


def check_member(path: str, hint: str = DAMAGED) -> None:
    """Refuse what is no plain file, and links: a model has its files in its own folder."""
    name = os.path.basename(path)
    if os.path.islink(path) or os.path.islink(os.path.dirname(path)):
        raise ReadProblem(
            f"{name} is a link to another place.",
            "Copy the folder with what its links point to, and open the copy.",
            name,
        )
    if not os.path.isfile(path):
        raise ReadProblem(f"The file {name} is missing.", hint, name)


def checked_dtype(dtype: np.dtype, place: str) -> str:
    """Little-endian name of a numeric dtype; anything else is a :class:`ReadProblem`."""
    if dtype.kind not in "fiub" or dtype.itemsize > 8 or dtype.hasobject or dtype.subdtype is not None:
        raise ReadProblem(f"The array holds {dtype}, not plain numbers.", place=place)
    return dtype.newbyteorder("<").str
