"""Orders in which to show the units of a layer."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

UnitOrder = Literal["number", "activity", "similarity"]


def unit_order(values: NDArray[np.floating], by: UnitOrder) -> NDArray[np.intp]:
    """Return the units in the order in which to show them.

    Parameters
    ----------
    values : ndarray, shape (units, timesteps)
        One signal; NaN where nothing was computed.
    by : {"number", "activity", "similarity"}
        Their own order; by how much the signal changes, most first; or so that neighbours behave alike:
        a chain that begins with the most active unit and goes on to the one that correlates most with
        the one before.

    Returns
    -------
    ndarray of int, shape (units,)
    """
    units = len(values)
    known = values[:, np.isfinite(values).all(axis=0)].astype(np.float64)
    if by == "number" or known.shape[1] < 2:
        return np.arange(units)
    spread = known.std(axis=1)
    by_activity = np.argsort(-spread, kind="stable")
    if by == "activity":
        return by_activity
    centred = known - known.mean(axis=1, keepdims=True)
    shapes = centred / np.where(spread > 0, spread, 1)[:, None]
    chain = [int(by_activity[0])]
    left = np.ones(units, bool)
    left[chain[0]] = False
    for _ in range(units - 1):
        alike = shapes @ shapes[chain[-1]]  # one row at a time: all of them would be units² values
        chain.append(int(np.argmax(np.where(left, alike, -np.inf))))
        left[chain[-1]] = False
    return np.array(chain)
