"""Changing the input of one row of the batch, to see what else changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.errors import PlanError
from lstm_viz.plan import Plan

Array = NDArray[Any]

NOISE = 0.1  # standard deviation of the noise, as a share of each feature's own
_SEED = 0


def perturbed(
    arrays: Sequence[Array], plan: Plan, row: int, masked: Sequence[float] = ()
) -> tuple[Array, ...]:
    """Return inputs of which one row of every batch is changed; the same change every time.

    Numbers get noise of a tenth of the standard deviation of their feature. Tokens are exchanged for
    others that occur, except 0, which often means that there is none.

    Parameters
    ----------
    arrays : sequence of ndarray, each (samples, …)
    plan : Plan
        Which sample is in which row.
    row : int
    masked : sequence of float
        Timesteps of which all features have one of these values stay as they are.

    Raises
    ------
    PlanError
        A batch has no such row.
    """
    if not 0 <= row < plan.batch_size:
        raise PlanError(f"There is no row {row} in batches of {plan.batch_size}.", "Rows are counted from 0.")
    samples = np.array([plan.sample(batch, row) for batch in range(plan.batches) if row < plan.rows(batch)])
    random = np.random.default_rng(_SEED)
    return tuple(_changed(array, samples, masked, random) for array in arrays)


def mask_values(model: Any) -> tuple[float, ...]:
    """Return the values that the Masking layers of a Keras model skip."""
    from keras.layers import Masking

    return tuple(layer.mask_value for layer in model._flatten_layers() if isinstance(layer, Masking))


def _changed(array: Array, samples: Array, masked: Sequence[float], random: np.random.Generator) -> Array:
    changed = np.array(array)
    part = changed[samples]
    if array.dtype.kind in "iu":
        tokens = np.unique(array)
        tokens = tokens[tokens != 0]
        if len(tokens) > 1:
            shift = random.integers(1, len(tokens), part.shape)
            others = tokens[(np.searchsorted(tokens, part) + shift) % len(tokens)]
            changed[samples] = np.where(part == 0, part, others)
        return changed
    sizes = array.std(axis=tuple(range(array.ndim - 1)), dtype=np.float64)
    sizes = np.where(sizes > 0, sizes, 1.0)
    noise = random.standard_normal(part.shape) * NOISE * sizes
    for value in masked:
        noise[(part == value).all(axis=-1)] = 0
    changed[samples] = part + noise
    return changed
