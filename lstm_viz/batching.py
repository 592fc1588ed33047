"""Which samples lie together in a batch, and into which batches they can be cut."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.checking import whole_numbers
from lstm_viz.errors import PlanError

Indices = NDArray[np.intp]


class SampleLengths(tuple[int, ...]):
    """A tuple of the timesteps of each sample, with the same as an array that is made once."""

    @functools.cached_property
    def array(self) -> Indices:
        """The timesteps of each sample, read-only."""
        array = np.array(self, np.intp)
        array.flags.writeable = False
        return array

    def __reduce__(self) -> tuple[Any, ...]:
        return SampleLengths, (tuple(self),)  # without the array


def sample_lengths(lengths: Sequence[int] | NDArray[np.integer], samples: int, longest: int) -> SampleLengths:
    """Return the lengths of so many samples.

    Raises
    ------
    PlanError
        There are more or fewer of them, or one is below 1 or above the longest that there is.
    """
    if isinstance(lengths, SampleLengths) and len(lengths) == samples and max(lengths) <= longest:
        return lengths
    array = whole_numbers(lengths)
    if array is None or array.shape != (samples,):
        raise PlanError(
            f"The lengths are not one whole number for each of the {samples} samples.",
            "Give the number of timesteps of every sample.",
        )
    wrong = np.flatnonzero((array < 1) | (array > longest))
    if len(wrong):
        raise PlanError(
            f"Sample {wrong[0]} is said to have {array[wrong[0]]} timesteps.",
            f"Every sample has 1 to {longest} timesteps.",
        )
    return SampleLengths(array.tolist())


def common_divisor(samples: int, lengths: Sequence[int] | NDArray[np.integer] | None = None) -> int:
    """Return what the batch size of a stateful run has to divide, for all batches to be full.

    It is the number of samples, or where they differ in length the greatest common divisor of how many
    there are of each length.
    """
    if lengths is None:
        return samples
    counts = np.unique(np.asarray(lengths), return_counts=True)[1]
    return math.gcd(*counts.tolist())


def batch_sizes(samples: int) -> tuple[int, ...]:
    """Batch sizes that divide the samples, smallest first."""
    small = [d for d in range(1, int(samples**0.5) + 1) if samples % d == 0]
    return tuple(sorted({*small, *(samples // d for d in small)}))


def nearest_batch_sizes(samples: int, batch_size: int) -> tuple[int, ...]:
    """Return the one or two dividing batch sizes around a size that does not divide."""
    sizes = batch_sizes(samples)
    below = [s for s in sizes if s < batch_size]
    above = [s for s in sizes if s > batch_size]
    return tuple(below[-1:] + above[:1])


def does_not_divide(samples: int, batch_size: int, lengths: Indices | None = None) -> PlanError:
    """Return the error that a batch size does not divide the samples of a stateful run, or of one length."""
    if lengths is not None:
        return _does_not_divide_lengths(samples, batch_size, lengths)
    left = samples % batch_size
    sizes = " or ".join(str(s) for s in nearest_batch_sizes(samples, batch_size))
    return PlanError(
        f"{samples} samples cannot be cut into batches of {batch_size} when stateful: "
        f"{left} would be left over, and a batch that is not full cannot take the state of all rows.",
        f"Choose a batch size of {sizes}, or drop the last {left} sample{'s' * (left > 1)}.",
    )


def _does_not_divide_lengths(samples: int, batch_size: int, lengths: Indices) -> PlanError:
    found, counts = np.unique(lengths, return_counts=True)
    first = int(np.argmax(counts % batch_size > 0))
    many = int(counts[first])
    sizes = sorted({1, *nearest_batch_sizes(common_divisor(samples, lengths), batch_size)})
    there = f"There are {many} samples" if many > 1 else "There is 1 sample"
    return PlanError(
        f"{there} of {found[first]} timesteps, "
        f"which cannot be cut into batches of {batch_size} when stateful: a batch holds samples of "
        "one length, and one that is not full cannot take the state of all rows.",
        f"Choose a batch size of {' or '.join(map(str, sizes))}, or run the sequences padded.",
    )


class Batching:
    """The batches of an epoch of samples of different lengths: each of samples of one length.

    A batch takes samples of one length in the order in which they are given, and runs when it is full.
    Those that never become full come last, in the order of their first samples. With one sample in a batch
    the order stays as it was.

    Parameters
    ----------
    order : ndarray of int
        The samples as they would be visited if all were of one length.
    lengths : ndarray of int, shape (samples,)
    batch_size : int

    Attributes
    ----------
    order : ndarray of int
        The samples in the order in which they are visited.
    starts : ndarray of int, shape (batches + 1,)
        Where in that order each batch begins, and the end.
    timesteps : ndarray of int, shape (batches,)
    """

    def __init__(self, order: Indices, lengths: Indices, batch_size: int) -> None:
        by_length = np.argsort(lengths[order], kind="stable")  # visits, those of one length together
        sorted_lengths = lengths[order][by_length]
        first_of_length = np.searchsorted(sorted_lengths, sorted_lengths)
        rank = np.arange(len(order)) - first_of_length  # of a visit among those of its length
        last_of_length = np.searchsorted(sorted_lengths, sorted_lengths, side="right")
        row = rank % batch_size
        begin = first_of_length + rank - row  # where its batch begins among the sorted visits
        end = np.minimum(begin + batch_size, last_of_length) - 1
        full = end - begin + 1 == batch_size
        # A full batch runs when its last sample has come, the others in the order of their first.
        comes = np.where(full, by_length[end], len(order) + by_length[begin])
        visits = np.lexsort((row, comes))
        self.order: Indices = order[by_length[visits]]
        first_rows = np.flatnonzero(row[visits] == 0)
        self.starts: Indices = np.append(first_rows, len(order))
        self.timesteps: Indices = sorted_lengths[visits][first_rows]
        self._starts: list[int] = self.starts.tolist()
        for array in (self.order, self.starts, self.timesteps):
            array.flags.writeable = False

    @functools.cached_property
    def places(self) -> Indices:
        """Which visit each sample is: the inverse of :attr:`order`, read-only."""
        places = np.empty(len(self.order), np.intp)
        places[self.order] = np.arange(len(self.order))
        places.flags.writeable = False
        return places

    def first(self, batch: int) -> int:
        """Return where in the order a batch begins; that of one past the last batch is the end."""
        return self._starts[batch]
