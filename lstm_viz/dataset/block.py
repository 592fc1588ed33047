"""Raw data and a shaping → the block of samples: pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np

from lstm_viz.dataset.scaling import NOT_SCALED, Scaling
from lstm_viz.dataset.shaping import Missing, Shaping
from lstm_viz.dataset.table import FLOAT32_MAX, Table, settle
from lstm_viz.dataset.windows import require_windows, window_features, window_targets, window_timesteps
from lstm_viz.errors import DataError


@dataclass(frozen=True, eq=False)
class Series:
    """A series that is still to be cut into samples."""

    table: Table
    missing: Missing = "refuse"


@dataclass(frozen=True, eq=False)
class Arrays:
    """Ready-made sequences; a scaling may still be applied."""

    inputs: Mapping[str, np.ndarray]
    targets: Mapping[str, np.ndarray]
    source: str
    feature_names: tuple[str, ...] | None = None
    target_names: tuple[str, ...] | None = None
    token_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Tokens:
    """A text as token numbers, still to be cut into samples."""

    ids: np.ndarray
    token_names: tuple[str, ...]
    source: str
    one_hot: bool = False


Raw = Series | Arrays | Tokens


@dataclass(frozen=True, eq=False)
class Block:
    """Samples ready for a model, and where they come from. See :class:`lstm_viz.dataset.Dataset`."""

    inputs: tuple[np.ndarray, ...]
    targets: tuple[np.ndarray, ...]
    input_names: tuple[str, ...]
    feature_names: tuple[str, ...]
    target_names: tuple[str, ...]
    shaping: Shaping
    source: str
    raw: Raw
    token_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    series: np.ndarray | None = None
    column_names: tuple[str, ...] = ()
    origin: np.ndarray | None = None
    scaling: Scaling = NOT_SCALED
    target_scaling: Scaling = NOT_SCALED
    notes: tuple[str, ...] = ()


def shape(raw: Raw, shaping: Shaping) -> Block:
    """Cut, scale and name the samples.

    Raises
    ------
    DataError
        When the data cannot be shaped so.
    """
    if isinstance(raw, Series):
        return _shape_series(raw, shaping)
    if isinstance(raw, Tokens):
        return _shape_tokens(raw, shaping)
    return _shape_arrays(raw, shaping)


def chosen_columns(table: Table, shaping: Shaping) -> tuple[list[int], int | None]:
    """Positions of the input columns and of the target, as :class:`Shaping` says."""
    target = table.index(shaping.target) if shaping.target is not None else None
    if shaping.columns is not None:
        inputs = [table.index(name) for name in shaping.columns]
    else:
        inputs = list(range(len(table.names)))
        if target is not None and shaping.target_is != "next" and len(inputs) > 1:
            inputs.remove(target)
    followed = shaping.look_back is not None and shaping.target_is == "next"
    if target is None and len(inputs) == 1 and followed:
        target = inputs[0]
    return inputs, target


def _shape_series(raw: Series, shaping: Shaping) -> Block:
    if raw.missing not in get_args(Missing):
        raise DataError(
            f"missing cannot be {raw.missing!r}.", f"It is one of {', '.join(get_args(Missing))}."
        )
    inputs, target = chosen_columns(raw.table, shaping)
    used = inputs if target is None or target in inputs else [*inputs, target]
    table = settle(raw.table, used, raw.missing)
    rows = len(table.values)
    look_back, target_is = shaping.look_back, shaping.target_is
    if look_back is None:
        if target is not None and target_is == "next":
            raise DataError(
                "One sample of the whole series has no next value to predict.",
                "Set a look-back, or take the target at every timestep.",
            )
        look_back = rows
        target_is = "each" if target_is == "next" else target_is
    count = require_windows(rows, look_back, shaping.stride, target_is, table.source)

    fitted = max(1, round(rows * shaping.fit_on))
    scaling = Scaling.fit(table.values[:fitted, used], shaping.scaling)
    input_scaling = scaling.pick([used.index(k) for k in inputs])
    values = _finite32(input_scaling.apply(table.values[:, inputs]), table, inputs)
    names = tuple(table.names[k] for k in inputs)
    notes = list(table.notes)
    if shaping.tokens:
        block, names = _token_windows(table, inputs, look_back, shaping.stride, count), ()
    elif shaping.past_as == "features":
        block = window_features(values, look_back, shaping.stride, count)
        names = tuple(
            f"{name} t-{back}" if back else f"{name} t"
            for back in range(look_back - 1, -1, -1)
            for name in names
        )
        input_scaling = input_scaling.pick(list(range(len(inputs))) * look_back)
        if target_is == "each" and target is not None and look_back > 1:
            target_is = "last"  # the samples have one timestep
    else:
        block = window_timesteps(values, look_back, shaping.stride, count)

    targets: tuple[np.ndarray, ...] = ()
    target_scaling = NOT_SCALED
    if target is not None:
        target_scaling = scaling.pick([used.index(target)])
        column = _finite32(target_scaling.apply(table.values[:, [target]]), table, [target])
        targets = (window_targets(column, look_back, shaping.stride, count, target_is),)
    starts = np.arange(count, dtype=np.int64) * shaping.stride
    return Block(
        inputs=(_locked(block),),
        targets=tuple(map(_locked, targets)),
        input_names=("x",),
        feature_names=names,
        target_names=() if target is None else (table.names[target],),
        shaping=shaping,
        source=table.source,
        raw=raw,
        series=_locked(table.values),
        column_names=table.names,
        origin=_locked(np.stack([starts, starts + look_back - 1], axis=1)),
        scaling=input_scaling,
        target_scaling=target_scaling,
        notes=tuple(notes),
    )


def _token_windows(
    table: Table, inputs: Sequence[int], look_back: int, stride: int, count: int
) -> np.ndarray:
    if len(inputs) != 1:
        raise DataError(
            f"Tokens come from one column; {len(inputs)} are chosen.", "Choose the column of token numbers."
        )
    column = table.values[:, inputs[0]]
    odd = (column != np.round(column)) | (column < 0) | (column > np.iinfo(np.int32).max)
    if odd.any():
        row = int(np.argmax(odd))
        raise DataError(
            f"In {table.place(row, table.names[inputs[0]])}, {column[row]:g} is no token number.",
            "Tokens are whole numbers from 0.",
        )
    return window_timesteps(column.astype(np.int32)[:, np.newaxis], look_back, stride, count)[..., 0]


def _shape_tokens(raw: Tokens, shaping: Shaping) -> Block:
    if shaping.scaling != "none" or shaping.past_as != "timesteps":
        raise DataError("Tokens can be neither scaled nor taken as features.", "Take scaling off.")
    rows = len(raw.ids)
    look_back, target_is = shaping.look_back, shaping.target_is
    if look_back is None:
        look_back, target_is = rows, "last"
    count = require_windows(rows, look_back, shaping.stride, target_is, raw.source)
    column = raw.ids[:, np.newaxis]
    if raw.one_hot:
        series = np.zeros((rows, len(raw.token_names)), np.float32)
        series[np.arange(rows), raw.ids] = 1.0
        block = window_timesteps(series, look_back, shaping.stride, count)
    else:
        block = window_timesteps(column, look_back, shaping.stride, count)[..., 0]
    # A text predicts its own next token; the token that is read is no target of itself.
    asked = shaping.look_back is not None and target_is == "next"
    targets = (window_targets(column, look_back, shaping.stride, count, target_is),) if asked else ()
    starts = np.arange(count, dtype=np.int64) * shaping.stride
    return Block(
        inputs=(_locked(block),),
        targets=tuple(map(_locked, targets)),
        input_names=("x",),
        feature_names=raw.token_names if raw.one_hot else (),
        target_names=("token",) if asked else (),
        shaping=shaping,
        source=raw.source,
        raw=raw,
        token_names=raw.token_names,
        series=_locked(raw.ids[:, np.newaxis]),
        column_names=("token",),
        origin=_locked(np.stack([starts, starts + look_back - 1], axis=1)),
    )


def _shape_arrays(raw: Arrays, shaping: Shaping) -> Block:
    cuts = shaping.look_back is not None or shaping.past_as == "features" or shaping.tokens
    if cuts or shaping.columns is not None or shaping.target is not None:
        raise DataError(
            f"Look-back, columns and target are for a series; {raw.source} are ready-made samples.",
            "Leave them at their defaults, or give a series shaped (time, columns).",
        )
    inputs = {name: clean(array, f"'{name}'", raw.source) for name, array in raw.inputs.items()}
    targets = {name: clean(array, f"'{name}'", raw.source) for name, array in raw.targets.items()}
    if not inputs:
        raise DataError(f"There is no input in {raw.source}.", "Give at least one array.")
    if any(array.ndim == 0 for array in {**targets, **inputs}.values()):
        raise DataError(f"There is a single number in {raw.source}.", "Give arrays, samples first.")
    sizes = {name: len(array) for name, array in {**targets, **inputs}.items()}
    if len(set(sizes.values())) > 1:
        listed = ", ".join(f"'{name}' has {size}" for name, size in sizes.items())
        raise DataError(
            f"The arrays of {raw.source} differ in their number of samples: {listed}.",
            "Every array needs one entry per sample, along its first axis.",
        )
    for name, array in inputs.items():
        if array.ndim < 2:
            raise DataError(
                f"The input '{name}' of {raw.source} has the shape {array.shape}; samples need two axes.",
                "Give [samples, timesteps, features], or open it as a series.",
            )
    first = next(iter(inputs))
    scaling = NOT_SCALED
    if shaping.scaling != "none" and inputs[first].dtype.kind == "f":
        array = inputs[first]
        fitted = max(1, round(len(array) * shaping.fit_on))
        scaling = Scaling.fit(array[:fitted].reshape(-1, array.shape[-1]), shaping.scaling)
        inputs[first] = clean(scaling.apply(array), f"'{first}', scaled,", raw.source)
    features = inputs[first].shape[-1] if inputs[first].dtype.kind == "f" else 0
    names = raw.feature_names or tuple(f"feature {k + 1}" for k in range(features))
    if len(names) != features:
        raise DataError(
            f"There are {len(names)} names for the {features} features of {raw.source}.",
            "Name every feature once.",
        )
    return Block(
        inputs=tuple(map(_locked, inputs.values())),
        targets=tuple(map(_locked, targets.values())),
        input_names=tuple(inputs),
        feature_names=names,
        target_names=raw.target_names or tuple(targets),
        shaping=shaping,
        source=raw.source,
        raw=raw,
        token_names=raw.token_names,
        class_names=raw.class_names,
        scaling=scaling,
        notes=raw.notes,
    )


def clean(array: np.ndarray, name: str, source: str) -> np.ndarray:
    """Make an array float32, or int32 where it holds whole numbers on two axes or fewer.

    Raises
    ------
    DataError
        For text, objects and complex numbers, no entries, and for the first NaN, infinite or huge value.
    """
    if array.dtype.kind not in "biuf":
        raise DataError(f"{name} in {source} holds {array.dtype} instead of numbers.", "Give real numbers.")
    if array.size == 0:
        raise DataError(
            f"{name} in {source} is empty: its shape is {array.shape}.", "Give at least one sample."
        )
    if array.dtype.kind in "iu" and array.ndim <= 2:
        lowest, highest = int(array.min()), int(array.max())
        if lowest < np.iinfo(np.int32).min or highest > np.iinfo(np.int32).max:
            raise DataError(
                f"{name} in {source} holds whole numbers from {lowest} to {highest}.", "Use 32 bits."
            )
        return np.asarray(array, np.int32)
    # Minimum and maximum carry NaN and infinity along, without a mask as large as the array.
    low, high = float(array.min()), float(array.max())
    if not (low >= -FLOAT32_MAX and high <= FLOAT32_MAX):
        at = np.unravel_index(int(np.argmax(~(np.abs(array) <= FLOAT32_MAX))), array.shape)
        axes = ("sample", "timestep", "feature") if array.ndim == 3 else ("sample", "feature")
        words = ", ".join(
            f"{axes[k] if k < len(axes) else f'axis {k}'} {index}" for k, index in enumerate(at)
        )
        value = array[at]
        said = "NaN" if np.isnan(value) else f"{value}"
        raise DataError(
            f"{name} in {source} is {said} at {words} (counted from 0).",
            "Fill missing values in, or set padding to the value that the model masks.",
        )
    return np.asarray(array, np.float32)


def _finite32(values: np.ndarray, table: Table, columns: Sequence[int]) -> np.ndarray:
    """Refuse what scaling made too large for float32."""
    if not (np.isfinite(values.min()) and np.isfinite(values.max())):
        row, k = divmod(int(np.argmax(~np.isfinite(values))), values.shape[1])
        raise DataError(
            f"Scaling makes the value in {table.place(row, table.names[columns[k]])} too large.",
            "Fit the scaling on more of the series, or take it off.",
        )
    return values


def _locked(array: np.ndarray) -> np.ndarray:
    view = array.view()
    view.flags.writeable = False
    return view
