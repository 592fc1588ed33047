"""The numbers of one cell at one timestep, written with digits that add up."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from lstm_viz.reference import ACTIVATIONS
from lstm_viz.signals import SIGNALS

MINUS = "\u2212"
UNKNOWN = "–"
H_DIGITS = C_DIGITS = 3  # at the least, of c
FEWEST_DIGITS, MOST_DIGITS = 4, 8  # of what c is made of
TERMS = ("c′", "h′", *SIGNALS, "f·c′", "i·g", "act")
"""What has a number: the states before, the six signals, what is kept and added, and the activation of c."""


@dataclass(frozen=True)
class CellNumbers:
    """The numbers of one unit at one timestep, as values and as they are written everywhere.

    Parameters
    ----------
    values : mapping of str to float
        By the terms of `TERMS`; NaN for what is not known.
    texts : mapping of str to str
        The same, rounded; "–" for what is not known.
    computed : bool
        The timestep was recorded and not masked, and every number is finite.
    masked : bool
        The timestep was skipped: there are states and no gates.
    exact : bool
        Whoever calculates with the digits gets the digits. False with numbers of a lower precision.
    plugged : bool
        h follows from the digits of c: the formula of the activation is known and looks at c alone.
    activation, recurrent_activation : str
    """

    values: Mapping[str, float]
    texts: Mapping[str, str]
    computed: bool
    masked: bool
    exact: bool
    plugged: bool
    activation: str
    recurrent_activation: str


def number(value: float | Decimal, digits: int) -> str:
    """Write a number with so many decimals, a real minus sign, and no minus before zero."""
    text = f"{value:.{digits}f}"
    if text.startswith("-"):
        text = text[1:] if float(text) == 0 else MINUS + text[1:]
    return text


def decimals(value: float | Decimal, digits: int) -> int:
    """Return with how many decimals to write a number: fewer where it has more before the point."""
    size = abs(float(value))
    return digits if size < 10 else max(0, digits - int(math.log10(size)))


def written(value: float, digits: int) -> str:
    """Write a number of about this many digits behind the point; "–" for what is none."""
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    return number(value, decimals(value, digits)) if math.isfinite(value) else UNKNOWN


def cell_numbers(
    before: Sequence[float], values: Sequence[float], activation: str, recurrent_activation: str
) -> CellNumbers:
    """Write the numbers of a cell so that the equations hold for the digits shown.

    Parameters
    ----------
    before : sequence of float
        c' and h', the states before the timestep.
    values : sequence of float
        i, f, g, o, c, h; the gates are NaN where the timestep is masked.
    activation, recurrent_activation : str
        As :class:`lstm_viz.LSTMLayer` names them.

    Notes
    -----
    h is written with 3 decimals, c with 3 or more, and what they are made of with as many as it takes for
    the rounded numbers to give them. Every number is written in one way only. A number above 10 has fewer
    decimals, because float32 knows no more.
    """
    known = dict(zip(("c′", "h′", *SIGNALS), map(float, (*before, *values)), strict=True))
    known["f·c′"] = known["f"] * known["c′"]
    known["i·g"] = known["i"] * known["g"]
    function = None if activation == "softmax" else ACTIVATIONS.get(activation)
    if function is not None:
        known["act"] = applied(function, known["c"])
    else:  # what h and o say that it is
        known["act"] = known["h"] / known["o"] if abs(known["o"]) > 1e-6 else math.nan
    needed = ("c′", "i", "f", "g", "o", "c", "h")
    if not all(math.isfinite(known[term]) for term in needed):
        texts = {term: written(value, FEWEST_DIGITS) for term, value in known.items()}
        masked = all(math.isnan(known[gate]) for gate in "ifgo") and math.isfinite(known["c"])
        plugged = function is not None
        return CellNumbers(known, texts, False, masked, True, plugged, activation, recurrent_activation)
    texts, exact = {}, False
    for digits in range(FEWEST_DIGITS, MOST_DIGITS + 1):
        for of_c in range(C_DIGITS, digits):
            texts = _texts(known, digits, of_c)
            exact = _adds_up(texts, known, function)
            if exact:
                break
        if exact:
            break
    if not exact:
        texts = _texts(known, FEWEST_DIGITS, C_DIGITS)
    plugged = function is not None
    return CellNumbers(known, texts, True, False, exact, plugged, activation, recurrent_activation)


def _texts(known: Mapping[str, float], digits: int, of_c: int) -> dict[str, str]:
    texts = {term: written(value, digits) for term, value in known.items()}
    texts["c"], texts["h"] = written(known["c"], of_c), written(known["h"], H_DIGITS)
    for term, first, second in (("f·c′", "f", "c′"), ("i·g", "i", "g")):  # what the digits shown give
        product = decimal(texts[first]) * decimal(texts[second])
        texts[term] = number(product, decimals(product, digits))
    return texts


def _adds_up(
    texts: Mapping[str, str], known: Mapping[str, float], function: Callable[[Any], Any] | None
) -> bool:
    """Calculate as the reader would, with decimals."""
    of = {term: decimal(text) for term, text in texts.items() if text != UNKNOWN}
    c_decimals, h_decimals = decimals(known["c"], C_DIGITS), decimals(known["h"], H_DIGITS)
    c_decimals = max(c_decimals, len(texts["c"].partition(".")[2]))
    exact = of["f"] * of["c′"] + of["i"] * of["g"]
    if not texts["c"] == number(exact, c_decimals) == number(of["f·c′"] + of["i·g"], c_decimals):
        return False
    if function is not None:
        active = Decimal(applied(function, float(of["c"])))
    elif "act" in of:
        active = of["act"]
    else:
        return True
    return number(of["o"] * active, h_decimals) == texts["h"]


def applied(function: Callable[[Any], Any], value: float) -> float:
    """Return the value of an activation, infinite where it is too large."""
    with np.errstate(all="ignore"):
        return float(function(np.float64(value)))


def decimal(text: str) -> Decimal:
    """Return a written number as a decimal."""
    return Decimal(text.replace(MINUS, "-"))
