"""Where two plans of the same sizes begin to differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from lstm_viz.plan import Plan

_AT_ONCE = 2**16  # batches that are compared at once


def first_difference(a: Plan, b: Plan) -> int | None:
    """Return the first step at which two plans of the same sizes and order reset differently, or None.

    Parameters
    ----------
    a, b : Plan
        They may differ in epochs: only the steps that both have are compared.
    """
    if (a.stateful, a.resets) == (b.stateful, b.resets) and (
        a.sequences == b.sequences or not a.resets.each_sequence
    ):
        return None
    other_points = _batches_with_other_points(a, b)
    stop = min(a.epochs, b.epochs) * a.batches
    for first in range(0, stop, _AT_ONCE):
        numbers = np.arange(first, min(stop, first + _AT_ONCE))
        suspects = (_policy(a, numbers) != _policy(b, numbers)).any(axis=0)
        suspects |= np.isin(numbers % a.batches, other_points)
        suspects |= (_new_sequences(a, numbers) != _new_sequences(b, numbers)).any(axis=1)
        for number in numbers[suspects].tolist():
            at = divmod(number, a.batches)
            differs = (a.reset_mask(*at) != b.reset_mask(*at)).any(axis=1)
            if differs.any():
                return int(a.timetable.first(number) + differs.argmax())
    return None


def _batches_with_other_points(a: Plan, b: Plan) -> list[int]:
    """Return the batches of an epoch for which the plans have other reset points, whatever the epoch."""
    found = set(a.resets.at) ^ set(b.resets.at)
    return sorted({point.batch for point in found})


def _new_sequences(plan: Plan, numbers: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return which rows of batches, counted through the epochs, are reset for a new sequence, (n, rows)."""
    changes = plan.sequence_changes
    if changes is None:
        return np.zeros((len(numbers), 1), bool)
    return changes.begins(numbers % plan.batches)


def _policy(plan: Plan, numbers: NDArray[np.intp]) -> NDArray[np.int64]:
    """Describe what resets batches apart from reset points, so that what differs in it may reset otherwise.

    Parameters
    ----------
    plan : Plan
    numbers : ndarray of int, shape (n,)
        Batches, counted through the epochs.

    Returns
    -------
    ndarray of int, shape (3, n)
        Whether timestep 0 is reset; and the first two later timesteps that are, or the number of
        timesteps where there are none. Those at which "every n timesteps" resets are an equal distance
        apart, so that two of them tell all.
    """
    resets, timetable = plan.resets, plan.timetable
    timesteps = timetable.length(numbers)
    epoch, batch = np.divmod(numbers, plan.batches)
    if not plan.stateful or resets.each_batch:
        at_start = np.ones(len(numbers), bool)
    else:
        at_start = (batch == 0) if resets.each_epoch else (numbers == 0)
    if resets.every is None:
        return np.stack([at_start, timesteps, timesteps])
    every = min(resets.every, len(plan) + plan.timesteps)  # a larger one never comes
    batches_run = batch if resets.each_epoch else epoch * plan.batches + batch
    run = 0 * batch if not plan.stateful or resets.each_batch else timetable.first(batches_run)
    first = -run % every
    at_start |= first == 0
    first = np.minimum(np.where(first == 0, every, first), timesteps)
    return np.stack([at_start, first, np.minimum(first + every, timesteps)])
