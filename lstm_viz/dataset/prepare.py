"""Raw data and a shaping → checked and scaled numbers: the part of the shaping that reads all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np

from lstm_viz.dataset.lengths import checked_lengths, without_nan_in_padding
from lstm_viz.dataset.raw import Arrays, Prepared, Raw, Series, Tokens
from lstm_viz.dataset.scaling import NOT_SCALED, Scaling
from lstm_viz.dataset.sequences import numbered, sequence_windows
from lstm_viz.dataset.shaping import Missing, Shaping, TargetIs
from lstm_viz.dataset.table import FLOAT32_MAX, Table, settle
from lstm_viz.dataset.windows import require_windows
from lstm_viz.errors import DataError


def prepare(raw: Raw, shaping: Shaping) -> Prepared:
    """Check and scale the numbers of a block, reading all of them.

    Raises
    ------
    DataError
        When the data cannot be shaped so.
    """
    if isinstance(raw, Series):
        return _prepare_series(raw, shaping)
    if isinstance(raw, Tokens):
        return _prepare_tokens(raw, shaping)
    return _prepare_arrays(raw, shaping)


def chosen_columns(table: Table, shaping: Shaping) -> tuple[list[int], int | None]:
    """Positions of the input columns and of the target, as :class:`Shaping` says."""
    target = table.index(shaping.target) if shaping.target is not None else None
    if shaping.columns is not None:
        inputs = [table.index(name) for name in shaping.columns]
    else:
        inputs = [k for k, name in enumerate(table.names) if name != shaping.sequence_column]
        if target is not None and shaping.target_is != "next" and len(inputs) > 1:
            inputs.remove(target)
    followed = shaping.look_back is not None and shaping.target_is == "next"
    if target is None and len(inputs) == 1 and followed:
        target = inputs[0]
    return inputs, target


@dataclass(frozen=True)
class Extent:
    """How far the samples of a series reach."""

    look_back: int
    target_is: TargetIs
    count: int


def series_extent(rows: int, shaping: Shaping, has_target: bool, source: str) -> Extent:
    """Find the extent of the samples of a series of so many rows; DataError where it is too short."""
    look_back, target_is = shaping.look_back, shaping.target_is
    if look_back is None:
        if has_target and target_is == "next":
            raise DataError(
                "One sample of the whole series has no next value to predict.",
                "Set a look-back, or take the target at every timestep.",
            )
        look_back = rows
        target_is = "each" if target_is == "next" else target_is
    return Extent(look_back, target_is, require_windows(rows, look_back, shaping.stride, target_is, source))


def _origin(extent: Extent, stride: int) -> np.ndarray:
    starts = np.arange(extent.count, dtype=np.int64) * stride
    return np.stack([starts, starts + extent.look_back - 1], axis=1)


def tokens_extent(raw: Tokens, shaping: Shaping) -> Extent:
    """Find the extent of the samples of a text; DataError where it is too short."""
    rows = len(raw.ids)
    look_back, target_is = shaping.look_back, shaping.target_is
    if look_back is None:
        look_back, target_is = rows, "last"
    return Extent(
        look_back, target_is, require_windows(rows, look_back, shaping.stride, target_is, raw.source)
    )


def _prepare_series(raw: Series, shaping: Shaping) -> Prepared:
    if raw.missing not in get_args(Missing):
        raise DataError(
            f"missing cannot be {raw.missing!r}.", f"It is one of {', '.join(get_args(Missing))}."
        )
    inputs, target = chosen_columns(raw.table, shaping)
    used = inputs if target is None or target in inputs else [*inputs, target]
    sequences = None
    if raw.missing == "interpolate" and shaping.sequence_column is not None:
        sequences = raw.table.run_numbers(shaping.sequence_column)
    table = settle(raw.table, used, raw.missing, sequences)
    if raw.missing == "drop" and shaping.sequence_column in table.names:
        table = settle(table, [table.index(shaping.sequence_column)], "drop")
    rows = len(table.values)
    windows = None
    if shaping.sequence_column is not None:
        windows = sequence_windows(table, shaping, target is not None)
        origin = windows.origin
    else:
        origin = _origin(series_extent(rows, shaping, target is not None, table.source), shaping.stride)

    fitted = max(1, round(rows * shaping.fit_on))
    scaling = Scaling.fit(table.values[:fitted, used], shaping.scaling)
    input_scaling = scaling.pick([used.index(k) for k in inputs])
    if shaping.tokens:
        columns = _token_column(table, inputs)
    else:
        columns = _finite32(input_scaling.apply(table.values[:, inputs]), table, inputs)
    targets: tuple[np.ndarray, ...] = ()
    target_scaling = NOT_SCALED
    if target is not None:
        target_scaling = scaling.pick([used.index(target)])
        targets = (_finite32(target_scaling.apply(table.values[:, [target]]), table, [target]),)
    parts = table.values, origin, input_scaling, target_scaling
    if windows is None:
        return Prepared((columns,), targets, *parts, table.notes)
    one_timestep = shaping.past_as == "features" and int(windows.lengths[0]) > 1
    return Prepared(
        (windows.gathered(columns),),
        tuple(windows.targets(column, one_timestep) for column in targets),
        *parts,
        (*table.notes, *windows.notes),
        windows.own_lengths,
        windows.sequences,
    )


def _token_column(table: Table, inputs: Sequence[int]) -> np.ndarray:
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
    return column.astype(np.int32)[:, np.newaxis]


def _prepare_tokens(raw: Tokens, shaping: Shaping) -> Prepared:
    if shaping.scaling != "none" or shaping.past_as != "timesteps":
        raise DataError("Tokens can be neither scaled nor taken as features.", "Take scaling off.")
    extent = tokens_extent(raw, shaping)
    columns = raw.ids[:, np.newaxis]
    if raw.one_hot:
        columns = np.zeros((len(raw.ids), len(raw.token_names)), np.float32)
        columns[np.arange(len(raw.ids)), raw.ids] = 1.0
    return Prepared((columns,), origin=_origin(extent, shaping.stride))


def _prepare_arrays(raw: Arrays, shaping: Shaping) -> Prepared:
    cuts = shaping.look_back is not None or shaping.past_as == "features" or shaping.tokens
    cuts = cuts or shaping.sequence_column is not None
    if cuts or shaping.columns is not None or shaping.target is not None:
        raise DataError(
            f"Look-back, columns and target are for a series; {raw.source} are ready-made samples.",
            "Leave them at their defaults, or give a series shaped (time, columns).",
        )
    lengths, padding = checked_lengths(raw)
    inputs, targets = (
        {
            name: clean(without_nan_in_padding(array, padding), f"'{name}'", raw.source)
            for name, array in arrays.items()
        }
        for arrays in (raw.inputs, raw.targets)
    )
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
        known = array[:fitted]
        padded = padding is not None and array.shape[:2] == padding.shape
        if padding is not None and padded:
            known = known[~padding[:fitted]]
        scaling = Scaling.fit(known.reshape(-1, array.shape[-1]), shaping.scaling)
        scaled = scaling.apply(array)
        if padding is not None and padded:
            scaled[padding] = array[padding]  # a model's mask looks for the value as it was given
        inputs[first] = clean(scaled, f"'{first}', scaled,", raw.source)
    return Prepared(
        tuple(inputs.values()),
        tuple(targets.values()),
        lengths=lengths,
        scaling=scaling,
        sequences=numbered(raw, len(inputs[first])),
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
