"""The order in which a run visits the samples."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.checking import whole_numbers
from lstm_viz.errors import PlanError


class SampleOrder(tuple[int, ...]):
    """A tuple of samples that is known to name each of them once, with the same as arrays.

    The arrays are made once: a run that reads a part of its order at every batch would otherwise spend
    most of its time on that.
    """

    @functools.cached_property
    def array(self) -> NDArray[np.intp]:
        """The samples in the order of their visits, read-only."""
        return _read_only(np.array(self, np.intp))

    @functools.cached_property
    def places(self) -> NDArray[np.intp]:
        """Which visit each sample is: the inverse of :attr:`array`, read-only."""
        places = np.empty(len(self), np.intp)
        places[self.array] = np.arange(len(self))
        return _read_only(places)

    def __reduce__(self) -> tuple[Any, ...]:
        return SampleOrder, (tuple(self),)  # without the arrays


def sample_order(order: Sequence[int] | NDArray[np.integer], samples: int) -> SampleOrder:
    """Return an order of so many samples.

    Raises
    ------
    PlanError
        It does not visit each of them once.
    """
    if isinstance(order, SampleOrder) and len(order) == samples:
        return order
    array = whole_numbers(order)
    if array is None or array.shape != (samples,) or not (np.sort(array) == np.arange(samples)).all():
        raise PlanError(
            f"The order does not visit each of the {samples} samples exactly once.",
            "Give every sample's index once.",
        )
    checked = SampleOrder(array.tolist())
    vars(checked)["array"] = _read_only(array.astype(np.intp))  # here already: no need to make it again
    return checked


def _read_only(array: NDArray[np.intp]) -> NDArray[np.intp]:
    array.flags.writeable = False
    return array
