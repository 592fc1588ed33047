"""A generated run as a dataset: names, scaling, and what the data say beside what is made."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from lstm_viz.dataset import Dataset, Shaping
from lstm_viz.dataset.block import Arrays, Prepared, cut
from lstm_viz.generation.recipe import Generation
from lstm_viz.generation.seed import Array, Seed


def dataset_of(source: Dataset, seed: Seed, generation: Generation) -> Dataset:
    """Return the samples of a generated run of one row, as far as they are known beforehand.

    Parameters
    ----------
    source : Dataset
        That the seed is of: names and scaling are its.
    seed : Seed
    generation : Generation

    Returns
    -------
    Dataset
        The inputs that are to be generated are NaN (-1 for tokens): see :attr:`lstm_viz.Trace.sequence`. The
        targets are what the data say comes next, as far as they do.
    """
    known = seed.values[0] if seed.future is None else np.concatenate([seed.values[0], seed.future[0]])
    actual = _padded(known, generation.length + 1)
    inputs = _padded(seed.values[0], generation.length)
    windows = generation.samples
    targets = _targets(actual, generation)[generation.look_back - 1 :][: generation.length]
    if generation.layout == "timesteps":
        inputs, targets = inputs[None], targets[None]
    else:
        inputs = sliding_window_view(inputs, generation.look_back, axis=0)
        inputs = inputs.transpose(0, 2, 1) if inputs.ndim == 3 else inputs
        if generation.layout == "features":
            inputs = inputs.reshape(windows, 1, -1)
        targets = targets[:windows]
    starts = np.arange(windows, dtype=np.int64)
    origin = np.stack([starts, starts + generation.look_back - 1], axis=1) if windows > 1 else None
    tokens = generation.kind != "values"
    raw = Arrays(
        {"x": inputs},
        {"y": targets},
        source.source,
        source.feature_names or None,
        source.target_names or None,
        source.token_names,
        source.class_names or (source.token_names if tokens else ()),
    )
    prepared = Prepared(
        (inputs,),
        (targets,),
        origin=origin,
        scaling=source.scaling,
        target_scaling=source.target_scaling,
    )
    shaping = replace(Shaping(), past_as="features" if generation.layout == "features" else "timesteps")
    return Dataset(**vars(cut(raw, shaping, prepared)))


def _padded(values: Array, length: int) -> Array:
    """Return the first of the values, followed by as many unknown ones as are missing."""
    unknown = -1 if values.dtype.kind in "iu" else np.nan
    whole = np.full((length, *values.shape[1:]), unknown, values.dtype)
    found = values[:length]
    whole[: len(found)] = found
    return whole


def _targets(actual: Array, generation: Generation) -> Array:
    """Return what comes after each timestep as the model would have to give it; NaN where unknown."""
    following = actual[1:]
    if generation.kind == "values":
        columns = list(generation.columns)
        return np.asarray((following[:, columns] - generation.offset) / generation.factor, np.float32)
    if generation.kind == "one-hot":
        tokens = np.where(np.isfinite(following).all(-1), following.argmax(-1), -1)
    else:
        tokens = following
    return np.where(tokens >= 0, tokens, np.nan).astype(np.float32)[:, None]
