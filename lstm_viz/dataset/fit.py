"""Whether samples fit a model's input shapes, said in words."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from lstm_viz.dataset.shaping import Shaping

InputShape = Sequence[int | None]


def count(number: int, noun: str) -> str:
    """Join a number and its noun: "1 timestep", "3 timesteps"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def shape_words(shape: InputShape, tokens: bool = False) -> str:
    """Say an input shape without its first axis in words: "sequences of 3 timesteps with 1 feature"."""
    inner = tuple(shape)[1:]
    if len(inner) == 1:
        if tokens:
            return (
                "sequences of tokens of any length"
                if inner[0] is None
                else f"sequences of {count(inner[0], 'token')}"
            )
        features = "any number of features" if inner[0] is None else count(inner[0], "feature")
        return f"{features} without a time axis"
    if len(inner) == 2:
        length = "any length" if inner[0] is None else count(inner[0], "timestep")
        features = "any number of features" if inner[1] is None else count(inner[1], "feature")
        return f"sequences of {length} with {features}"
    return f"samples of shape ({', '.join('any' if n is None else str(n) for n in inner)})"


def array_words(array: np.ndarray) -> str:
    """Say the shape of samples, like :func:`shape_words`."""
    return shape_words(array.shape, tokens=array.ndim == 2 and array.dtype.kind in "iu")


def fits(array: np.ndarray, shape: InputShape, integer: bool) -> bool:
    """Whether an array can be this input; None in the shape stands for any size."""
    inner = tuple(shape)[1:]
    sizes_fit = array.ndim == len(inner) + 1 and all(
        wanted is None or wanted == size for wanted, size in zip(inner, array.shape[1:], strict=True)
    )
    return sizes_fit and (not integer or array.dtype.kind in "iu" or _whole(array))


def _whole(array: np.ndarray) -> bool:
    return array.size > 0 and bool((array == np.round(array)).all())


def order(have: Sequence[str], want: Sequence[str] | None) -> list[int]:
    """Which of the data's inputs goes to each of the model's: by name if all agree, else in order."""
    if want is not None and len(have) > 1 and sorted(have) == sorted(want):
        return [list(have).index(name) for name in want]
    return list(range(len(have)))


def mismatch(
    inputs: Sequence[np.ndarray],
    shapes: Sequence[InputShape],
    names: Sequence[str] | None,
    integer_inputs: Collection[int],
) -> str | None:
    """Say what does not fit, both shapes in words; None when everything does."""
    if len(inputs) != len(shapes):
        return f"The model has {count(len(shapes), 'input')}, the data have {len(inputs)}."
    for k, (array, shape) in enumerate(zip(inputs, shapes, strict=True)):
        integer = k in integer_inputs
        if fits(array, shape, integer):
            continue
        wants, has = shape_words(shape, integer), array_words(array)
        if integer and array.ndim == len(tuple(shape)) and array.dtype.kind == "f":
            has += " that are no whole numbers"
        which = ""
        if len(shapes) > 1:
            which = f"For its input {repr(names[k]) if names else k + 1}, the"
            return f"{which} model wants {wants}; the data have {has}."
        return f"The model wants {wants}, the data have {has}."
    return None


def axes_hint(inputs: Sequence[np.ndarray], shapes: Sequence[InputShape]) -> str:
    """Say how a single input would fit with its axes turned, or one added; empty if neither helps."""
    if len(inputs) == len(shapes) == 1:
        array = inputs[0]
        if array.ndim == 3 and fits(np.swapaxes(array, 1, 2), shapes[0], False):
            return "Timesteps and features look swapped: give numpy.swapaxes(x, 1, 2)."
        if array.ndim == 2 and fits(array[..., np.newaxis], shapes[0], False):
            return "Its values look like timesteps: give x[..., numpy.newaxis]."
    return ""


def candidates(
    shaping: Shaping, columns: Sequence[str], used: Sequence[str], shape: InputShape, integer: bool
) -> list[Shaping]:
    """Shapings of a series that would give this input shape, the smallest change first.

    Parameters
    ----------
    shaping : Shaping
        The present one.
    columns : sequence of str
        All numeric columns.
    used : sequence of str
        The present input columns.
    shape : sequence of int or None
        What the model wants, samples first.
    integer : bool
        It wants tokens.
    """
    inner = tuple(shape)[1:]
    base = {k: getattr(shaping, k) for k in ("stride", "target", "target_is", "scaling", "fit_on")}
    if integer and len(inner) == 1:
        base["scaling"] = "none"
        return [
            Shaping(**base, look_back=inner[0] or shaping.look_back, columns=(name,), tokens=True)
            for name in used
        ]
    if len(inner) != 2:
        return []
    timesteps, features = inner
    if features is None:
        return []
    column_choices: list[tuple[str, ...] | None] = [shaping.columns]
    if len(columns) != len(used):
        column_choices.append(tuple(columns))
    without_target = tuple(name for name in used if name != shaping.target)
    if shaping.target and 0 < len(without_target) < len(used):
        column_choices.append(without_target)
    if features == 1:
        column_choices.append((shaping.target or used[0],))
    found: list[Shaping] = []
    for chosen in column_choices:
        width = len(chosen) if chosen is not None else len(used)
        if width == features:
            found.append(
                Shaping(**base, look_back=timesteps or shaping.look_back, past_as="timesteps", columns=chosen)
            )
        if timesteps in (1, None) and features % width == 0 and features > width:
            found.append(Shaping(**base, look_back=features // width, past_as="features", columns=chosen))
    return found


def change_words(before: Shaping, after: Shaping) -> str:
    """Say the difference of two shapings as an instruction: "Set the look-back to 3."."""
    parts = []
    if after.look_back != before.look_back:
        parts.append(f"set the look-back to {after.look_back}")
    if after.past_as != before.past_as:
        parts.append(f"take the past values as {after.past_as}")
    if after.columns != before.columns and after.columns is not None:
        named = ", ".join(f"'{name}'" for name in after.columns)
        parts.append(
            f"use only the column {named}" if len(after.columns) == 1 else f"use the columns {named}"
        )
    if after.tokens and not before.tokens:
        parts.append("take the values as tokens")
    if after.scaling != before.scaling:
        parts.append("take scaling off")
    text = " and ".join(parts)
    return f"{text[:1].upper()}{text[1:]}." if text else ""
