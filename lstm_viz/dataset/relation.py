"""How samples lie to one another in the series or sequences that they were cut from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from lstm_viz.checking import whole
from lstm_viz.errors import DataError

if TYPE_CHECKING:
    from lstm_viz.dataset.dataset import Dataset

Relation = Literal["continues", "overlaps", "skips", "goes back"]


def extents(data: Dataset) -> np.ndarray | None:
    """Return first and last place of each sample in its series or sequence, (samples, 2).

    Of ready-made samples it is their place among those of their sequence. None for separate sequences.
    """
    if data.origin is not None or data.sequences is None:
        return data.origin
    by_sequence = np.argsort(data.sequences, kind="stable")
    together = data.sequences[by_sequence]
    place = np.empty(len(together), np.int64)
    place[by_sequence] = np.arange(len(together)) - np.searchsorted(together, together)
    return np.stack([place, place], axis=1)


def relation(data: Dataset, a: int, b: int) -> Relation | None:
    """Return how sample `b` lies to sample `a`: see :meth:`Dataset.relation`."""
    for sample in (a, b):
        whole(sample, "The sample", DataError, least=0, most=data.samples - 1)
    places = data.extents
    if places is None or (data.sequences is not None and data.sequences[a] != data.sequences[b]):
        return None
    (start_a, end_a), start_b = places[a], places[b, 0]
    if start_b <= start_a:
        return "goes back"
    if start_b > end_a + 1:
        return "skips"
    if start_b == end_a + 1:
        return "continues"
    one_timestep = data.shaping.past_as == "features" and start_b - start_a == data.shaping.stride
    return "continues" if one_timestep else "overlaps"
