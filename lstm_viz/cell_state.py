"""Cell states that are too large for float32, unrolled from the recorded gates in double precision.

A cell state is a sum over the whole sequence, so it may reach hundreds. At 512 neighbouring float32 numbers
lie 6e-5 apart, and ``c = f·c' + i·g`` holds no better than that. The gates, between −1 and 1 for the usual
activations, keep their seven digits: from them c follows to more.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]

_LARGE = 32.0  # up to this size float32 keeps c = f·c' + i·g to 1e-5
_ROUNDING = 2.0**-24  # of one float32 operation, relative


def is_large(c: Array) -> bool:
    """Whether any cell state is too large for float32 to keep its equation to 1e-5."""
    # fmax: what is not recorded is NaN.
    return bool(np.fmax.reduce(np.abs(c), axis=None, initial=0.0) > _LARGE)


def unrolled(
    gates: tuple[Array, Array, Array],
    c: Array,
    initial_c: Array,
    mask: NDArray[np.bool_],
    resets: NDArray[np.bool_] | None = None,
    go_backwards: bool = False,
) -> Array:
    """Return the cell state in float64, as it follows from the recorded gates.

    Parameters
    ----------
    gates : tuple of ndarray, each (samples, timesteps, units)
        i, f and g as they were recorded.
    c : ndarray, shape (samples, timesteps, units)
        The cell state as it was recorded.
    initial_c : ndarray, shape (samples, units)
        What each sample's first processed timestep started from.
    mask : ndarray of bool, shape (samples, timesteps)
        True where a timestep was computed.
    resets : ndarray of bool, shape (samples, timesteps), or None
        True where the state becomes zero just before the timestep is processed.
    go_backwards : bool
        The last timestep was processed first.

    Returns
    -------
    ndarray of float64, shape (samples, timesteps, units)
        It obeys ``c = f·c' + i·g``, and differs from the recorded c by no more than the rounding of float32
        operations. Where the recorded c is farther from its gates than that, it is given as it was recorded.
    """
    found = c.astype(np.float64)
    before = initial_c.astype(np.float64)
    doubt = np.zeros_like(before)  # how far rounding may have taken the recorded c from the exact one
    timesteps = range(c.shape[1])
    for t in reversed(timesteps) if go_backwards else timesteps:
        if resets is not None:
            before[resets[:, t]] = doubt[resets[:, t]] = 0
        i, f, g = (gate[:, t].astype(np.float64) for gate in gates)
        kept, added = f * before, i * g
        exact = kept + added
        bound = np.abs(f) * doubt + _ROUNDING * (np.abs(kept) + np.abs(added) + np.abs(exact))
        agrees = (
            np.abs(exact - found[:, t]) <= 2 * bound
        )  # False for NaN, too: a masked timestep keeps its state
        doubt = np.where(agrees, bound, np.where(mask[:, t, None], 0, doubt))
        before = np.where(agrees, exact, np.where(mask[:, t, None], found[:, t], before))
        found[:, t] = np.where(np.isnan(found[:, t]), np.nan, before)
    return found
