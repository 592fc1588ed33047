"""The built-in examples: small trained models, each with data to step it over.

Each is made by the module of its name, for instance ``python -m lstm_viz.examples.next_value``.
Importing this package reads three small JSON files and never imports Keras.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lstm_viz.errors import DataError
from lstm_viz.examples._folder import examples_folder

NAMES = ("next_value", "tagger", "classifier")

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
    score : str
        How good the model is, in words.
    scores : dict
        The numbers in ``score``, unrounded.
    parameters : int
        Number of weights of the whole model.
    output_names : tuple of str
        What each value of the model's last axis means: a column, or the classes in order.
    """

    name: str
    title: str
    description: str
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


def example(name: str) -> Example:
    """Return the built-in example of that name.

    Parameters
    ----------
    name : str
        One of ``NAMES``.

    Returns
    -------
    Example

    Raises
    ------
    DataError
        There is no such example, or its files are missing.
    """
    if name not in NAMES:
        raise DataError(
            f"There is no built-in example called {name!r}.", f"The examples are {', '.join(NAMES)}."
        )
    return read_example(examples_folder() / name)


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
        found = json.loads(path.read_text(encoding="utf-8"))
        shaping = dict(found.pop("shaping"))
        if shaping.get("columns") is not None:
            shaping["columns"] = tuple(shaping["columns"])
        return Example(
            name=folder.name,
            folder=folder,
            model_path=folder / found.pop("model"),
            data_path=folder / found.pop("data"),
            shaping=shaping,
            output_names=tuple(found.pop("output_names")),
            **found,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"The built-in example {folder.name!r} cannot be read from {path}.",
            "Install the program again, or in a checkout make the example again with "
            f"'python -m lstm_viz.examples.{folder.name}'.",
            repr(error),
        ) from error


def __getattr__(name: str) -> Any:
    # EXAMPLES is read when first asked for: the scripts that make the examples import this package
    # before any of the files exist.
    if name == "EXAMPLES":
        value = tuple(example(each) for each in NAMES)
        globals()["EXAMPLES"] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
