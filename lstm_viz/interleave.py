"""Orders of samples under which a stateful run goes through the data without a break.

A stateful run carries the state of row r from batch to batch. For that state to belong to the data that
come next, each row has to read its own stretch of the series from batch to batch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lstm_viz.errors import PlanError
from lstm_viz.plan import nearest_batch_sizes

if TYPE_CHECKING:
    from lstm_viz.dataset import Dataset


def interleaved_order(
    samples: int,
    batch_size: int,
    origin: NDArray[np.integer] | None = None,
    sequences: NDArray[np.integer] | None = None,
) -> tuple[int, ...]:
    """Return the order in which row r of each batch goes on where row r of the batch before ended.

    The samples are put in one line, the line is cut into as many stretches as a batch has rows, and row r
    takes the r-th stretch.

    Parameters
    ----------
    samples : int
    batch_size : int
    origin : ndarray of int, shape (samples, 2), optional
        First and last time index that each sample covers. In the line each sample is followed by the one
        that begins right after it ends, as long as there is one: overlapping windows make several such
        chains, and the line goes from the end of one to the start of the next. Without it, and where no
        sample begins right after another ends, the line is their natural order.
    sequences : ndarray of int, shape (samples,), optional
        Number of the sequence of each sample: a chain stays within one sequence, and without an origin the
        samples of one sequence follow one another in the line.

    Returns
    -------
    tuple of int
        For ``Plan(order=…)``.

    Raises
    ------
    PlanError
        Sizes below 1, an origin of fewer samples, and a batch size that does not divide the samples.
    """
    if samples < 1 or batch_size < 1:
        raise PlanError(
            f"{samples} samples cannot be put in batches of {batch_size}.", "Both must be 1 or more."
        )
    if samples % batch_size:
        sizes = " or ".join(map(str, nearest_batch_sizes(samples, batch_size)))
        raise PlanError(
            f"{samples} samples cannot be interleaved in batches of {batch_size}: the rows would get "
            "stretches of different lengths.",
            f"Choose a batch size of {sizes}, or drop the last {samples % batch_size}.",
        )
    if origin is not None and len(origin) < samples:
        raise PlanError(
            f"It is known of {len(origin)} samples only where they lie in the series, not of all {samples}.",
            "Give the origin of every sample.",
        )
    of = None if sequences is None else np.asarray(sequences)[:samples]
    if origin is not None:
        line = _chained(np.asarray(origin)[:samples], of)
    else:
        line = np.arange(samples) if of is None else _by_sequence(of)
    return tuple(line.reshape(batch_size, -1).T.ravel().tolist())


def order_for(dataset: Dataset, batch_size: int, samples: int | None = None) -> tuple[int, ...]:
    """Return the interleaved order of a dataset.

    Parameters
    ----------
    dataset : Dataset
    batch_size : int
    samples : int, optional
        How many of them, from the first; None takes all.

    Raises
    ------
    PlanError
        As for :func:`interleaved_order`.
    """
    # With the past taken as features a sample is one timestep, continued by its neighbour.
    origin = None if dataset.shaping.past_as == "features" else dataset.origin
    count = dataset.samples if samples is None else samples
    return interleaved_order(count, batch_size, origin, dataset.sequences)


def _by_sequence(sequences: NDArray[np.integer]) -> NDArray[np.intp]:
    """Return the samples sequence by sequence, in the order in which the sequences begin."""
    _, first, which = np.unique(sequences, return_index=True, return_inverse=True)
    return np.argsort(first[which], kind="stable")


def _chained(origin: NDArray[np.integer], sequences: NDArray[np.integer] | None = None) -> NDArray[np.intp]:
    """Return the samples chain by chain, each followed by the one that begins right after it ends."""
    starts, ends = origin[:, 0], origin[:, 1]
    by_start = np.argsort(starts, kind="stable")
    place = np.searchsorted(starts[by_start], ends + 1)
    candidate = by_start[np.minimum(place, len(starts) - 1)]
    follows = starts[candidate] == ends + 1
    if sequences is not None:
        follows &= sequences[candidate] == sequences
    successor = np.where(follows, candidate, -1).tolist()
    continued = np.zeros(len(starts), bool)
    continued[candidate[follows]] = True
    line: list[int] = []
    taken = bytearray(len(starts))
    for head in by_start[~continued[by_start]].tolist():
        sample = head
        while sample >= 0 and not taken[sample]:
            taken[sample] = 1
            line.append(sample)
            sample = successor[sample]
    return np.array(line, np.intp)
