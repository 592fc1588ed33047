"""What a session file (``.lstmviz``) holds, and how it is written and read: JSON, no Qt, nothing is run.

A session is what is open, how it is run and what is looked at. The recording is no part of it: it is
computed again. Paths are kept relative to the file where both lie below one folder.
"""

from __future__ import annotations

import json
import math
import os
import types
from dataclasses import MISSING, asdict, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import lstm_viz
from app.run_plan import GenerationSettings, RunSettings
from lstm_viz.dataset import Missing, Shaping
from lstm_viz.errors import LstmVizError
from lstm_viz.examples import EXAMPLES, example

SUFFIX = ".lstmviz"
VERSION = 1
_FORMAT = "lstm-viz session"
_MOST_BYTES = 4 * 2**20
_MOST_CHARACTERS = 4096  # of one path or name
_LARGEST = 2**53  # a whole number that every reader of JSON keeps


class SessionFileError(LstmVizError):
    """A session file that cannot be written or read."""


@dataclass(frozen=True)
class Place:
    """Where a model or data are: a file, or a built-in example that brings them along."""

    path: str | None = None
    example: str | None = None


@dataclass(frozen=True)
class Look:
    """What is looked at: an LSTM layer, a row of the batch, units, and a step of the run."""

    layer: str | None = None
    row: int = 0
    pinned: tuple[int, ...] = (0,)
    unit: int = 0
    step: int | None = None


@dataclass(frozen=True)
class Panel:
    """Where a panel of the window is."""

    area: Literal["left", "right", "top", "bottom"]
    shown: bool = True
    floating: bool = False
    size: tuple[int, ...] = ()  # width and height in pixels


@dataclass(frozen=True)
class Layout:
    """The view in front and the panels, by name."""

    view: str = ""
    panels: dict[str, Panel] = field(default_factory=dict)


@dataclass(frozen=True)
class SavedSession:
    """All that a session file holds.

    Parameters
    ----------
    model : Place
    architecture : Place or None
        For a model file that holds weights alone.
    data : Place or None
        None for the random numbers that a model runs on without data.
    missing : {"refuse", "interpolate", "drop"}
        What to do about values that the data lack.
    shaping : Shaping or None
    settings : RunSettings
        With the reset points.
    look : Look
    layout : Layout
    generate : GenerationSettings or None
        How the model goes on by itself; None where the run reads data.
    recording : Place or None
        The folder in which it was recorded so far. Only in what the program keeps for itself.
    """

    model: Place
    architecture: Place | None = None
    data: Place | None = None
    missing: Missing = "refuse"
    shaping: Shaping | None = None
    settings: RunSettings = field(default_factory=RunSettings)
    look: Look = field(default_factory=Look)
    layout: Layout = field(default_factory=Layout)
    generate: GenerationSettings | None = None
    recording: Place | None = None

    @property
    def title(self) -> str:
        """Return what it is called: its model."""
        if self.model.example is not None:
            return example(self.model.example).title
        return shown(Path(self.model.path or "").name)

    def lost(self) -> tuple[str, ...]:
        """Return which of ``model``, ``architecture`` and ``data`` are no files any more."""
        return tuple(
            name
            for name in ("model", "architecture", "data")
            if (place := getattr(self, name)) is not None and not _is_there(place)
        )

    def found(self, name: str, path: Path) -> SavedSession:
        """Return the same session with another file for one of those."""
        return replace(self, **{name: Place(str(path.absolute()))})

    def to_open(self) -> dict[str, Any]:
        """Return the arguments of the engine's ``Open`` for it."""
        own_data = self.model.example is not None and self.data == Place(example=self.model.example)
        return {
            "example": self.model.example,
            "model": self.model.path,
            "architecture": None if self.architecture is None else self.architecture.path,
            "data": None if self.data is None or own_data else _path_of(self.data, "data_path"),
            "missing": self.missing,
            "shaping": self.shaping,
            "settings": self.settings,
            "recording": None if self.recording is None else self.recording.path,
        }


def place_of(path: str | None) -> Place | None:
    """Return where a file is: an example for one that a built-in example brings along."""
    if path is None:
        return None
    for family in EXAMPLES:
        for chosen in (family, *family.alternatives):
            if Path(path) in (chosen.model_path, chosen.data_path):
                return Place(example=chosen.name)
    return Place(os.path.abspath(path))


def shown(text: str) -> str:
    """Return a file's name as it can be shown, whatever its bytes are."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _path_of(place: Place, of_example: str) -> str:
    return str(getattr(example(place.example), of_example)) if place.example is not None else place.path or ""


def _is_there(place: Place) -> bool:
    # A folder is a SavedModel; a pipe or a device is nothing to be read.
    return place.example is not None or os.path.isfile(place.path or "") or os.path.isdir(place.path or "")


# -- writing ----------------------------------------------------------------------------------------


def session_text(saved: SavedSession, folder: Path | None = None) -> str:
    """Return a session as the text of its file.

    Parameters
    ----------
    saved : SavedSession
    folder : Path or None
        Where the file is going to be, for relative paths; None leaves them absolute.
    """
    body = {"format": _FORMAT, "version": VERSION, "program": lstm_viz.__version__, **asdict(saved)}
    if folder is not None:
        del body["recording"]
    for name in ("model", "architecture", "data", "recording"):
        if body.get(name) is not None:
            path = body[name]["path"]
            kept = {"path": path if folder is None or path is None else _relative(path, folder)}
            body[name] = kept if path is not None else {"example": body[name]["example"]}
    return json.dumps(body, indent=1) + "\n"


def _relative(path: str, folder: Path) -> str:
    """Return a path relative to a folder, with slashes, where more than the root is common to both."""
    try:
        common = os.path.commonpath([path, folder.absolute()])
    except ValueError:  # on another drive
        return path
    if Path(common) == Path(Path(common).anchor):
        return path
    return Path(os.path.relpath(path, folder.absolute())).as_posix()


# -- reading ----------------------------------------------------------------------------------------


def read_session(path: Path) -> SavedSession:
    """Read a session file.

    Raises
    ------
    SessionFileError
        It is missing, too large, no session, of another version, or holds what makes no sense.
    """
    name = shown(path.name)
    try:
        if not path.is_file():
            raise FileNotFoundError(2, "There is no such file")
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise SessionFileError(f"{name} cannot be read: {why}.", "Choose another session file.") from error
    if len(content) > _MOST_BYTES:
        raise SessionFileError(
            f"{name} is too large for a session file: more than {_MOST_BYTES // 2**20} MiB.",
            "Choose a file that was saved by File → Save session.",
        )
    return parse_session(content, path.absolute().parent, name)


def parse_session(content: bytes, folder: Path, name: str = "The session") -> SavedSession:
    """Return the session that the bytes of a file in a folder hold; errors as :func:`read_session`."""
    try:
        body = json.loads(content.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise _no_session(name, str(error)) from error
    if not isinstance(body, dict) or body.pop("format", None) != _FORMAT:
        raise _no_session(name, "")
    version, program = body.pop("version", None), body.pop("program", None)
    if version != VERSION:
        by = f" by lstm-viz {program}" if isinstance(program, str) and len(program) < 40 else ""
        raise SessionFileError(
            f"{name} was saved{shown(by)} in version {shown(str(version)[:40])} of the format; "
            f"this program reads version {VERSION}.",
            "Open it with the lstm-viz that saved it, or save it anew.",
        )
    try:
        saved: SavedSession = _taken(SavedSession, body, "")
        return _checked(saved, folder)
    except _WrongError as error:
        raise SessionFileError(
            f"{name} is damaged or was changed: {shown(str(error))}",
            "Choose another session file, or open model and data by themselves.",
        ) from error


def _no_session(name: str, details: str) -> SessionFileError:
    hint = "Choose a file that was saved by File → Save session."
    return SessionFileError(f"{name} is no session of lstm-viz.", hint, details)


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} is no number of JSON")


class _WrongError(Exception):
    """What is wrong with the content of a file, and where."""


def _checked(saved: SavedSession, folder: Path) -> SavedSession:
    """Return a session with its paths absolute, if its parts make sense together."""
    places: dict[str, Place | None] = {}
    for name in ("model", "architecture", "data", "recording"):
        place: Place | None = getattr(saved, name)
        places[name] = place and _checked_place(place, folder, name)
    look = saved.look
    if min(look.row, look.unit, *look.pinned, 0 if look.step is None else look.step) < 0:
        raise _WrongError("“look” counts from 0.")
    settings = saved.settings
    if min(settings.batch_size, settings.epochs) < 1:
        raise _WrongError("“settings” needs a batch size and a number of epochs of 1 or more.")
    for panel in saved.layout.panels.values():
        if len(panel.size) not in (0, 2) or not all(0 <= side < 2**15 for side in panel.size):
            raise _WrongError("“layout” gives a panel a size that no window has.")
    return replace(saved, **places)


def _checked_place(place: Place, folder: Path, name: str) -> Place:
    if (place.path is None) == (place.example is None):
        raise _WrongError(f"“{name}” needs either a path or an example.")
    if place.example is not None:
        known = [chosen.name for family in EXAMPLES for chosen in (family, *family.alternatives)]
        if place.example not in known or name in ("architecture", "recording"):
            raise _WrongError(f"“{name}” names an example that there is not: {place.example!r}.")
        return place
    path = place.path or ""
    try:
        os.fsencode(path)
    except UnicodeEncodeError as error:
        raise _WrongError(f"“{name}” is no path.") from error
    if not path or "\0" in path:
        raise _WrongError(f"“{name}” is no path.")
    return Place(os.path.normpath(folder / path))


def _taken(kind: Any, value: Any, where: str) -> Any:
    """Return a value of JSON as what a type says it is, strictly."""
    at = f"“{where}”" if where else "the file"
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):  # X | None
        return None if value is None else _taken(next(k for k in inner if k is not type(None)), value, where)
    if is_dataclass(kind) and isinstance(kind, type):
        return _taken_parts(kind, value, where)
    if origin is tuple and isinstance(value, list):
        return tuple(_taken(inner[0], each, where) for each in value)
    if origin is dict and isinstance(value, dict) and len(value) < 100:
        return {key: _taken(inner[1], each, f"{where}.{key[:40]}") for key, each in value.items()}
    if origin is Literal and isinstance(value, str) and value in inner:
        return value
    if kind is bool and isinstance(value, bool):
        return value
    if kind is int and type(value) is int and abs(value) <= _LARGEST:
        return value
    if kind is float and type(value) in (int, float) and abs(value) <= _LARGEST and math.isfinite(value):
        return float(value)
    # A file's name may be any bytes, as Python writes them in text; nothing else may.
    is_text = isinstance(value, str) and (where.endswith(".path") or shown(value) == value)
    if kind is str and is_text and len(value) <= _MOST_CHARACTERS:
        return value
    text = json.dumps(value)
    raise _WrongError(f"{at} cannot be {text if len(text) < 60 else text[:57] + '…'}.")


def _taken_parts(kind: type, value: Any, where: str) -> Any:
    at = f"“{where}”" if where else "the file"
    if not isinstance(value, dict):
        raise _WrongError(f"{at} is no group of values.")
    known = {each.name: each for each in fields(kind)}
    strange = next((key for key in value if key not in known), None)
    if strange is not None:
        raise _WrongError(f"{at} holds “{strange[:40]}”, which means nothing here.")
    lacking = next(
        (
            each.name
            for each in known.values()
            if each.default is MISSING and each.default_factory is MISSING and each.name not in value
        ),
        None,
    )
    if lacking is not None:
        raise _WrongError(f"{at} lacks “{lacking}”.")
    types_of = get_type_hints(kind)
    parts = {
        key: _taken(types_of[key], each, f"{where}.{key}" if where else key) for key, each in value.items()
    }
    try:
        return kind(**parts)
    except LstmVizError as error:
        raise _WrongError(error.message) from error
