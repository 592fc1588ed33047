"""Which sequence each sample belongs to, and where a row of the batch goes from one sequence to another."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.checking import whole_numbers
from lstm_viz.errors import PlanError

Indices = NDArray[np.intp]


class SampleSequences(tuple[int, ...]):
    """A tuple of the number of each sample's sequence, with the same as an array that is made once."""

    @functools.cached_property
    def array(self) -> Indices:
        """The number of each sample's sequence, read-only."""
        array = np.array(self, np.intp)
        array.flags.writeable = False
        return array

    def __reduce__(self) -> tuple[Any, ...]:
        return SampleSequences, (tuple(self),)  # without the array


def sample_sequences(sequences: Sequence[int] | NDArray[np.integer], samples: int) -> SampleSequences:
    """Return the sequences of so many samples.

    Raises
    ------
    PlanError
        They are not one whole number for each sample.
    """
    if isinstance(sequences, SampleSequences) and len(sequences) == samples:
        return sequences
    array = whole_numbers(sequences)
    if array is None or array.shape != (samples,):
        raise PlanError(
            f"The sequences are not one whole number for each of the {samples} samples.",
            "Give the number of every sample's sequence.",
        )
    return SampleSequences(array.tolist())


class SequenceChanges:
    """Where each row of the batches of an epoch begins a new sequence.

    Parameters
    ----------
    sequences : SampleSequences
    samples : ndarray of int, shape (batches, rows)
        The sample in each row of each batch; -1 where there is none.
    """

    def __init__(self, sequences: SampleSequences, samples: Indices) -> None:
        numbers = np.where(samples < 0, -1, sequences.array[samples])
        # In a circle: the first batch of an epoch comes after the last one of the epoch before.
        self._begins = numbers != np.roll(numbers, 1, axis=0)
        batches = np.arange(len(samples))[:, None]
        self._latest = np.maximum.accumulate(np.where(self._begins, batches, -1), axis=0)

    def begins(self, batches: int | Indices) -> NDArray[np.bool_]:
        """Return for each row whether these batches begin a new sequence, shape (…, rows)."""
        found: NDArray[np.bool_] = self._begins[batches]
        return found

    def latest(self, batch: int, row: int) -> tuple[int, int] | None:
        """Return where the sequence of a row began that it is in.

        Returns
        -------
        tuple of (int, int) or None
            How many epochs ago, 0 or 1, and in which batch; None where the row never changes.
        """
        here = int(self._latest[batch, row])
        if here >= 0:
            return 0, here
        before = int(self._latest[-1, row])
        return (1, before) if before >= 0 else None
