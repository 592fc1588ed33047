"""The built-in examples: small trained models, each with data to step it over.

Each is made by the module of its name, for instance ``python -m lstm_viz.examples.next_value``.
``EXAMPLES`` holds them in the order in which they are shown. Reading them reads small JSON files, and never
imports Keras.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lstm_viz.errors import DataError
from lstm_viz.examples._folder import examples_folder

NAMES = (
    "next_value",
    "tagger",
    "classifier",
    "curve",
    "wave",
    "text",
    "memory",
    "anomaly",
    "reshaping",
    "greenhouse",
    "interleaved",
    "parts",
    "lengths",
    "padding",
)

EXAMPLES: tuple[Example, ...]


@dataclass(frozen=True)
class Example:
    """One built-in example: a model, its data, and the settings to step it with.

    Parameters
    ----------
    name : str
        As the command line takes it, such as ``"next_value"``.
    title, description : str
        A heading, and two sentences.
    kind : str
        What goes in and what comes out: "many-to-one", "many-to-many" or "one-to-many".
    shows : str
        What is to be learnt from it, in a line.
    folder, model_path, data_path : pathlib.Path
        The model is a ``.keras`` file, the data a ``.csv`` or ``.npz`` file, both inside the folder.
    shaping : dict
        Keyword arguments of :class:`lstm_viz.dataset.Shaping`; empty where the arrays are samples already.
    batch_size : int
    stateful : bool
    resets : dict
        ``each_batch``, ``each_epoch`` and ``every`` of :class:`lstm_viz.Resets`.
    epochs : int
        Passes over the data.
    interleaved : bool
        Whether each row of a batch reads its own stretch of the samples.
    padded : bool
        Whether samples of different lengths are run over their padding, too.
    score : str
        How good the model is, in words.
    scores : dict
        The numbers in ``score``, unrounded.
    parameters : int
        Number of weights of the whole model.
    output_names : tuple of str
        What each value of the model's last axis means: a column, or the classes in order.
    generate : dict
        Settings to let the model go on by itself with, fed with its own outputs: the ``sample`` to begin
        with, how many of its ``timesteps`` are read, how many ``steps`` follow, and the ``temperature`` (None
        takes the most probable token). Empty where it makes no sense.
    alternatives : tuple of Example
        The same with another model, other data or settings, to compare with. Their names hold the name of the
        example, such as ``"padding/without_mask"``, and are known to :func:`example`.
    """

    name: str
    title: str
    description: str
    kind: str
    shows: str
    folder: Path
    model_path: Path
    data_path: Path
    shaping: dict[str, Any]
    batch_size: int
    stateful: bool
    resets: dict[str, Any]
    epochs: int
    score: str
    scores: dict[str, float]
    parameters: int
    output_names: tuple[str, ...]
    interleaved: bool = False
    padded: bool = False
    generate: dict[str, Any] = field(default_factory=dict)
    alternatives: tuple[Example, ...] = ()


def example(name: str) -> Example:
    """Return the built-in example of that name.

    Parameters
    ----------
    name : str
        One of ``NAMES``, or the name of one of its alternatives.

    Returns
    -------
    Example

    Raises
    ------
    DataError
        There is no such example, or its files are missing.
    """
    family = name.partition("/")[0]
    if family in NAMES:
        found = read_example(examples_folder() / family)
        for each in (found, *found.alternatives):
            if each.name == name:
                return each
    raise DataError(f"There is no built-in example called {name!r}.", f"The examples are {', '.join(NAMES)}.")


def read_example(folder: Path) -> Example:
    """Read the metadata of one example.

    Parameters
    ----------
    folder : pathlib.Path
        With ``example.json`` in it; its name is the example's name.

    Returns
    -------
    Example

    Raises
    ------
    DataError
        ``example.json`` is missing or incomplete.
    """
    path = folder / "example.json"
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        alternatives = tuple(
            _example(folder, f"{folder.name}/{name}", {**fields, **changed, "alternatives": ()})
            for name, changed in fields.get("alternatives", {}).items()
        )
        return _example(folder, folder.name, {**fields, "alternatives": alternatives})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"The built-in example {folder.name!r} cannot be read from {path}.",
            "Install the program again, or in a checkout make the example again with "
            f"'python -m lstm_viz.examples.{folder.name}'.",
            repr(error),
        ) from error


def _example(folder: Path, name: str, fields: dict[str, Any]) -> Example:
    shaping = dict(fields.pop("shaping"))
    if shaping.get("columns") is not None:
        shaping["columns"] = tuple(shaping["columns"])
    return Example(
        name=name,
        folder=folder,
        model_path=folder / fields.pop("model"),
        data_path=folder / fields.pop("data"),
        shaping=shaping,
        output_names=tuple(fields.pop("output_names")),
        **fields,
    )


def __getattr__(name: str) -> Any:
    # EXAMPLES is read when first asked for: the scripts that make the examples import this package
    # before any of the files exist.
    if name == "EXAMPLES":
        value = tuple(example(each) for each in NAMES)
        globals()["EXAMPLES"] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
