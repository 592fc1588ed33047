"""What a caller gives, checked at once: nothing fails later in words that do not say what is wrong."""

from __future__ import annotations

import math
import numbers
import operator
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from lstm_viz.errors import LstmVizError

Kind = TypeVar("Kind")
Error = type[LstmVizError]


def whole(value: Any, what: str, error: Error, least: int | None = None, most: int | None = None) -> int:
    """Return a whole number as an int, those of NumPy too; True and False are none.

    Parameters
    ----------
    value : object
    what : str
        What it is, to begin a sentence with: "The batch size".
    error : type of LstmVizError
        Raised when it is no whole number, or one outside ``least`` to ``most``.
    least, most : int or None
    """
    try:
        number = None if isinstance(value, (bool, np.bool_)) else operator.index(value)
    except TypeError:
        number = None
    if number is None or (least is not None and number < least) or (most is not None and number > most):
        span = "" if least is None else f", {least} or more"
        if most is not None:
            span = f", {most} or less" if least is None else f", {least} to {most}"
        raise error(f"{what} is {shown(value)}.", f"It must be a whole number{span}.")
    return number


def whole_numbers(values: Any) -> NDArray[Any] | None:
    """Return an array of whole numbers; None where it is something else, such as rows of several lengths."""
    try:
        array = np.asarray(values)
    except ValueError:
        return None
    return array if array.dtype.kind in "iu" else None


def number(value: Any, what: str, error: Error) -> float:
    """Return a real number that is not NaN and not infinite; parameters as for :func:`whole`."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (numbers.Real, np.number)):
        raise error(f"{what} is {shown(value)}.", "It must be a number.")
    if not math.isfinite(value):
        raise error(f"{what} is {value}.", "It must be a finite number.")
    return float(value)


def yes_or_no(value: Any, what: str, error: Error) -> bool:
    """Return True or False as a bool, those of NumPy too; parameters as for :func:`whole`."""
    if not isinstance(value, (bool, np.bool_)):
        raise error(f"{what} is {shown(value)}.", "It must be True or False.")
    return bool(value)


def listed(value: Any, what: str, error: Error, hint: str) -> tuple[Any, ...]:
    """Return a list, an array, or whatever else holds several things but no text, as a tuple."""
    try:
        if isinstance(value, (str, bytes)):
            raise TypeError("text would fall apart into its characters")
        return tuple(value)
    except TypeError as reason:
        raise error(f"{what} cannot be {shown(value)}.", hint, str(reason)) from reason


def of_kind(value: Any, kind: type[Kind], what: str, error: Error, hint: str) -> Kind:
    """Return what is of a kind; ``hint`` says how to make one."""
    if not isinstance(value, kind):
        raise error(f"{what} cannot be {shown(value)}.", hint)
    return value


def shown(value: Any) -> str:
    """Show a value in a message, shortened where it is long."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
