"""Raw data and a shaping → the block of samples: pure functions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstm_viz.dataset.prepare import chosen_columns, prepare, series_extent, tokens_extent
from lstm_viz.dataset.raw import Arrays, Prepared, Raw, Series, Tokens
from lstm_viz.dataset.scaling import NOT_SCALED, Scaling
from lstm_viz.dataset.shaping import Shaping
from lstm_viz.dataset.windows import window_features, window_targets, window_timesteps
from lstm_viz.errors import DataError

__all__ = ["Arrays", "Block", "Prepared", "Raw", "Series", "Tokens", "cut", "shape"]


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
    prepared: Prepared
    token_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    series: np.ndarray | None = None
    column_names: tuple[str, ...] = ()
    origin: np.ndarray | None = None
    lengths: np.ndarray | None = None
    scaling: Scaling = NOT_SCALED
    target_scaling: Scaling = NOT_SCALED
    notes: tuple[str, ...] = ()
    sequences: np.ndarray | None = None


def shape(raw: Raw, shaping: Shaping) -> Block:
    """Cut, scale and name the samples.

    Raises
    ------
    DataError
        When the data cannot be shaped so.
    """
    return cut(raw, shaping, prepare(raw, shaping))


def cut(raw: Raw, shaping: Shaping, prepared: Prepared) -> Block:
    """Make a block of numbers that were prepared for this shaping, reading none of them."""
    if isinstance(raw, Series):
        return _cut_series(raw, shaping, prepared)
    if isinstance(raw, Tokens):
        return _cut_tokens(raw, shaping, prepared)
    return _cut_arrays(raw, shaping, prepared)


def _cut_series(raw: Series, shaping: Shaping, prepared: Prepared) -> Block:
    assert prepared.series is not None
    table, columns, input_scaling = raw.table, prepared.inputs[0], prepared.scaling
    inputs, target = chosen_columns(table, shaping)
    names = tuple(table.names[k] for k in inputs)
    if prepared.sequences is not None:
        block, targets = columns, prepared.targets
        look_back = block.shape[1]
        if shaping.past_as == "features":
            block = block.reshape(len(block), 1, -1)
    else:
        block, targets, look_back = _windows(shaping, prepared, table.source)
    if shaping.tokens:
        block, names = block[..., 0], ()
    elif shaping.past_as == "features":
        names = tuple(
            f"{name} t-{back}" if back else f"{name} t"
            for back in range(look_back - 1, -1, -1)
            for name in names
        )
        input_scaling = input_scaling.pick(list(range(len(inputs))) * look_back)
    return Block(
        inputs=(_locked(block),),
        targets=tuple(map(_locked, targets)),
        input_names=("x",),
        feature_names=names,
        target_names=() if target is None else (table.names[target],),
        shaping=shaping,
        source=table.source,
        raw=raw,
        prepared=prepared,
        series=_locked(prepared.series),
        column_names=table.names,
        origin=_locked_or_none(prepared.origin),
        scaling=input_scaling,
        target_scaling=prepared.target_scaling,
        lengths=_locked_or_none(prepared.lengths),
        notes=prepared.notes,
        sequences=_locked_or_none(prepared.sequences),
    )


def _windows(
    shaping: Shaping, prepared: Prepared, source: str
) -> tuple[np.ndarray, tuple[np.ndarray, ...], int]:
    """Return the samples and the targets of a series as views, and the look-back."""
    assert prepared.series is not None
    columns, stride = prepared.inputs[0], shaping.stride
    extent = series_extent(len(prepared.series), shaping, bool(prepared.targets), source)
    look_back, target_is, count = extent.look_back, extent.target_is, extent.count
    cut_as = window_timesteps
    if shaping.past_as == "features" and not shaping.tokens:
        cut_as = window_features
        if target_is == "each" and look_back > 1:
            target_is = "last"  # the samples have one timestep
    targets = (window_targets(one, look_back, stride, count, target_is) for one in prepared.targets)
    return cut_as(columns, look_back, stride, count), tuple(targets), look_back


def _cut_tokens(raw: Tokens, shaping: Shaping, prepared: Prepared) -> Block:
    extent = tokens_extent(raw, shaping)
    look_back, target_is, count = extent.look_back, extent.target_is, extent.count
    block = window_timesteps(prepared.inputs[0], look_back, shaping.stride, count)
    # A text predicts its own next token; the token that is read is no target of itself.
    asked = shaping.look_back is not None and target_is == "next"
    ids = raw.ids[:, np.newaxis]
    targets = (window_targets(ids, look_back, shaping.stride, count, target_is),) if asked else ()
    return Block(
        inputs=(_locked(block if raw.one_hot else block[..., 0]),),
        targets=tuple(map(_locked, targets)),
        input_names=("x",),
        feature_names=raw.token_names if raw.one_hot else (),
        target_names=("token",) if asked else (),
        shaping=shaping,
        source=raw.source,
        raw=raw,
        prepared=prepared,
        token_names=raw.token_names,
        series=_locked(ids),
        column_names=("token",),
        origin=_locked_or_none(prepared.origin),
    )


def _cut_arrays(raw: Arrays, shaping: Shaping, prepared: Prepared) -> Block:
    first = prepared.inputs[0]
    features = first.shape[-1] if first.dtype.kind == "f" else 0
    names = raw.feature_names or tuple(f"feature {k + 1}" for k in range(features))
    if len(names) != features:
        raise DataError(
            f"There are {len(names)} names for the {features} features of {raw.source}.",
            "Name every feature once.",
        )
    return Block(
        inputs=tuple(map(_locked, prepared.inputs)),
        targets=tuple(map(_locked, prepared.targets)),
        input_names=tuple(raw.inputs),
        feature_names=names,
        target_names=raw.target_names or tuple(raw.targets),
        shaping=shaping,
        source=raw.source,
        raw=raw,
        prepared=prepared,
        token_names=raw.token_names,
        class_names=raw.class_names,
        lengths=_locked_or_none(prepared.lengths),
        origin=_locked_or_none(prepared.origin),
        scaling=prepared.scaling,
        target_scaling=prepared.target_scaling,
        notes=raw.notes,
        sequences=_locked_or_none(prepared.sequences),
    )


def _locked(array: np.ndarray) -> np.ndarray:
    view = array.view()
    view.flags.writeable = False
    return view


def _locked_or_none(array: np.ndarray | None) -> np.ndarray | None:
    return None if array is None else _locked(array)
