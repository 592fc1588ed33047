"""What a gate is made of, in words and rows: the parts of its pre-activation, and the strongest of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from app.engine.messages import Explained
from app.plots.cell_numbers import MINUS, CellNumbers, applied, decimal, decimals, number
from app.plots.cell_painting import short_name
from app.plots.contribution_bars import BarRow
from lstm_viz.contributions import EXPLAINED, Contributions, strongest
from lstm_viz.reference import ACTIVATIONS

_MOST_LISTED = 3
_FEWEST_DIGITS, _MOST_DIGITS = 4, 9
_PARTS = ("x·W", "h′·U", "b")


@dataclass(frozen=True)
class Explanation:
    """Why a gate is what it is.

    Parameters
    ----------
    heading, words : str
        ``"Why is f 0.93124?"`` and ``"f = σ(2.60506) = 0.93124"``.
    rows : tuple of BarRow
        Input, state and bias, their sum, and the strongest features and units.
    """

    heading: str
    words: str
    rows: tuple[BarRow, ...]


def explanation(answer: Explained, gate: str, numbers: CellNumbers) -> Explanation:
    """Say why a gate is what it is.

    Parameters
    ----------
    answer : Explained
    gate : str
        ``i f g o``.
    numbers : CellNumbers
        Of the same unit and timestep.
    """
    k = EXPLAINED.index(gate)
    inputs, recurrent = answer.inputs[k], answer.recurrent[k]
    found = Contributions(answer.inputs, answer.recurrent, answer.bias)
    name = numbers.activation if gate == "g" else numbers.recurrent_activation
    parts = (float(inputs.sum()), float(recurrent.sum()), float(answer.bias[k]))
    z = float(found.z[k])
    texts, z_text = _digits(parts, z, numbers.texts[gate], name)
    rows = [BarRow(*row) for row in zip(_PARTS, parts, map(_signed, texts), strict=True)]
    rows.append(BarRow("z", z, z_text, "sum"))
    if len(inputs) > 1:
        rows += _list(f"Strongest of {len(inputs)} inputs", inputs, _feature_names(answer))
    if len(recurrent) > 1:
        units = [f"h′ of unit {unit}" for unit in range(len(recurrent))]
        rows += _list(f"Strongest of {len(recurrent)} units", recurrent, units)
    text = numbers.texts[gate]
    words = f"{gate} = {short_name(name)}({z_text}) = {text}"
    return Explanation(f"Why is {gate} {text}?", words, tuple(rows))


def _feature_names(answer: Explained) -> Sequence[str]:
    count = answer.inputs.shape[1]
    if answer.names:
        return answer.names
    if answer.source not in ("", "input"):
        return [f"{answer.source} unit {unit}" for unit in range(count)]
    return [f"feature {feature}" for feature in range(count)]


def _list(heading: str, values: NDArray[np.float64], names: Sequence[str]) -> list[BarRow]:
    """Return the strongest of some addends by their names, and all others together."""
    chosen = strongest(values, _MOST_LISTED if len(values) > _MOST_LISTED + 1 else len(values))
    rows = [BarRow(heading, kind="heading")]
    rows += [BarRow(names[n], float(values[n]), _signed(number(values[n], 3)), "item") for n in chosen]
    others = np.delete(values, chosen)
    if others.any():
        rest = float(others.sum())
        rows.append(BarRow(f"{len(others)} others", rest, _signed(number(rest, 3)), "item"))
    return rows if len(rows) > 1 else []


def _signed(text: str) -> str:
    return text if text.startswith(MINUS) or not float(text.strip("0.") or 0) else f"+{text}"


def _digits(parts: Sequence[float], z: float, gate_text: str, name: str) -> tuple[list[str], str]:
    """Write the parts and their sum so that the digits shown add up, and give the gate's digits."""
    function = None if name == "softmax" else ACTIVATIONS.get(name)
    of_gate = len(gate_text.partition(".")[2])
    for digits in range(_FEWEST_DIGITS, _MOST_DIGITS):
        z_text = number(z, decimals(z, digits))
        through = (
            gate_text if function is None else number(applied(function, float(decimal(z_text))), of_gate)
        )
        if through != gate_text:
            continue
        for more in range(digits + 1, _MOST_DIGITS + 1):
            texts = [number(part, decimals(z, more)) for part in parts]
            total = sum(map(decimal, texts), Decimal(0))
            if number(total, decimals(z, digits)) == z_text:
                return texts, z_text
    digits = _FEWEST_DIGITS
    return [number(part, decimals(z, digits + 1)) for part in parts], number(z, decimals(z, digits))
