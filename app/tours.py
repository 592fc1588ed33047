"""The guided tours of the built-in examples: what each stop says, points at, and waits for. No Qt."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lstm_viz.errors import DataError
from lstm_viz.examples import NAMES, example


@dataclass(frozen=True)
class Now:
    """What a tour can ask about the program, at one moment.

    Parameters
    ----------
    example : str or None
        The one that is open.
    view : str
        The view that is in front, such as ``"gates"``.
    cursor, timestep : int or None
        The step of the run at the cursor, and its timestep within the batch.
    stateful, interleaved : bool
    batch_size : int
    every : int or None
        Reset every so many timesteps.
    points : int
        Reset points put by hand.
    layer : str or None
    row, sample : int or None
    pinned : tuple of int
    unit : int
    compared : bool
        A second run goes on beside the first.
    generated : bool
        What is looked at was generated.
    past_as : str
        How a series becomes samples: its past as "timesteps" or as "features".
    look_back : int or None
    """

    example: str | None = None
    view: str = "gates"
    cursor: int | None = None
    timestep: int | None = None
    stateful: bool = False
    interleaved: bool = False
    batch_size: int = 1
    every: int | None = None
    points: int = 0
    layer: str | None = None
    row: int = 0
    sample: int | None = None
    pinned: tuple[int, ...] = ()
    unit: int = 0
    compared: bool = False
    generated: bool = False
    past_as: str = ""
    look_back: int | None = None

    @property
    def steps(self) -> int:
        """Steps of the run up to the cursor."""
        return 0 if self.cursor is None else self.cursor + 1


Condition = Callable[[Now, Now, Any], bool]

# Each is asked with what holds now, what held as the stop began, and the value that the stop names.
CONDITIONS: dict[str, Condition] = {
    "steps": lambda now, then, n: now.steps - then.steps >= n,
    "back": lambda now, then, n: then.steps - now.steps >= n,
    "reached": lambda now, then, step: now.cursor is not None and now.cursor >= step,
    "timestep": lambda now, then, timestep: now.timestep == timestep,
    "view": lambda now, then, name: now.view == name,
    "stateful": lambda now, then, on: now.stateful == on,
    "interleaved": lambda now, then, on: now.interleaved == on,
    "batch_size": lambda now, then, size: now.batch_size == size,
    "every": lambda now, then, every: now.every == every,
    "points": lambda now, then, n: now.points >= n,
    "no_points": lambda now, then, on: (now.points == 0) == on,
    "layer": lambda now, then, path: now.layer == path,
    "row": lambda now, then, row: now.row == row,
    "sample": lambda now, then, sample: now.sample == sample,
    "pinned": lambda now, then, n: len(now.pinned) >= n,
    "unit": lambda now, then, unit: now.unit == unit,
    "compared": lambda now, then, on: now.compared == on,
    "generated": lambda now, then, on: now.generated == on,
    "past_as": lambda now, then, past: now.past_as == past,
    "look_back": lambda now, then, n: now.look_back == n,
    "example": lambda now, then, name: now.example == name,
}


@dataclass(frozen=True)
class Stop:
    """One stop of a tour.

    Parameters
    ----------
    text : str
        What to do, and at what to look while doing so.
    target : str
        The part of the window that it points at.
    done : str
        Name of the condition that says when it was done.
    value : int, bool or str
        What that is asked for.
    then : str
        What is to be seen when it was done.
    """

    text: str
    target: str
    done: str
    value: int | bool | str
    then: str = ""

    def is_done(self, now: Now, then: Now) -> bool:
        """Whether what it asks for was done since it began."""
        return CONDITIONS[self.done](now, then, self.value)


@dataclass(frozen=True)
class Picture:
    """How the picture of an example in the gallery is taken.

    Parameters
    ----------
    view : str
    step : int
        Of the cursor.
    span : tuple of int or None
        The steps that it shows; None for those that the view chooses.
    pinned : tuple of int
        Units besides unit 0.
    """

    view: str = "gates"
    step: int = 0
    span: tuple[int, int] | None = None
    pinned: tuple[int, ...] = ()


@dataclass(frozen=True)
class Tour:
    """The tour of an example.

    Parameters
    ----------
    example : str
    stops : tuple of Stop
        Six at the most.
    picture : Picture
    """

    example: str
    stops: tuple[Stop, ...]
    picture: Picture = Picture()


def family(name: str | None) -> str:
    """Return the example that an example or one of its alternatives belongs to."""
    return (name or "").partition("/")[0]


def has_tour(name: str | None) -> bool:
    """Whether there is a tour for what is open."""
    return family(name) in NAMES and _path(family(name)).is_file()


def tour_of(name: str) -> Tour:
    """Return the tour of an example, or of the example that an alternative belongs to.

    Raises
    ------
    DataError
        There is none, or its file is incomplete.
    """
    path = _path(family(name))
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        picture = dict(found.get("picture", {}))
        for key in ("span", "pinned"):
            if key in picture:
                picture[key] = tuple(picture[key])
        stops = tuple(
            Stop(stop["text"], stop["target"], *stop["done"], stop.get("then", "")) for stop in found["stops"]
        )
        return Tour(family(name), stops, Picture(**picture))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"The tour of the example {name!r} cannot be read from {path}.",
            "Install the program again.",
            repr(error),
        ) from error


def _path(name: str) -> Path:
    return example(name).folder / "tour.json"
