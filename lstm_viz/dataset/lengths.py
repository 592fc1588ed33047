"""Sequences of different lengths in one array: each begins at timestep 0, and is followed by padding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lstm_viz.checking import listed, whole, yes_or_no
from lstm_viz.dataset.raw import Arrays
from lstm_viz.errors import DataError


def checked_lengths(raw: Arrays) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Return the timesteps of each sample as int64, and where the samples are padding.

    Returns
    -------
    lengths : ndarray, shape (samples,), or None
        None where all samples are as long as the arrays.
    padding : ndarray of bool, shape (samples, timesteps), or None

    Raises
    ------
    DataError
        They are not one whole number for each sample, from 1 to the timesteps of the arrays.
    """
    if raw.lengths is None:
        return None, None
    lengths = np.asarray(raw.lengths)
    samples = next((len(array) for array in raw.inputs.values() if array.ndim), 0)
    if lengths.shape != (samples,) or lengths.dtype.kind not in "iu":
        raise DataError(
            f"The lengths in {raw.source} are {lengths.dtype} of shape {lengths.shape}.",
            f"Give one whole number for each of the {samples} samples.",
        )
    longest = next((array.shape[1] for array in raw.inputs.values() if has_time(array)), 0)
    if not longest:
        raise DataError(
            f"The samples in {raw.source} have lengths and no time axis.",
            "Give [samples, timesteps, features], or tokens [samples, timesteps].",
        )
    wrong = np.flatnonzero((lengths < 1) | (lengths > longest))
    if len(wrong):
        raise DataError(
            f"Sample {wrong[0]} of {raw.source} is said to have {lengths[wrong[0]]} timesteps.",
            f"The arrays have {longest}; every sample has 1 or more of them.",
        )
    if (lengths == longest).all():
        return None, None
    return lengths.astype(np.int64, copy=False), np.arange(longest) >= lengths[:, np.newaxis]


def has_time(array: np.ndarray) -> bool:
    """Whether an input has a time axis: (samples, timesteps, features), or tokens (samples, timesteps)."""
    return array.ndim > 2 or (array.ndim == 2 and array.dtype.kind in "iu")


def without_nan_in_padding(array: np.ndarray, padding: np.ndarray | None) -> np.ndarray:
    """Return an array with 0 where its padding is NaN: many mark padding so, and no model can read it.

    An array on another time axis, for example of one value for each sample, has no padding.
    """
    if padding is None or array.shape[:2] != padding.shape or array.dtype.kind != "f":
        return array
    unknown = np.isnan(array)
    unknown[~padding] = False
    return np.where(unknown, array.dtype.type(0), array) if unknown.any() else array


def padded(sequences: Sequence[Any], padding: float, source: str) -> tuple[np.ndarray, np.ndarray]:
    """Put sequences of different lengths in one array, and return it with their lengths.

    Parameters
    ----------
    sequences : sequence of array
        (timesteps, features), or (timesteps,): numbers as one feature, whole numbers as tokens.
    padding : float
        What follows the end of each.
    source : str

    Raises
    ------
    DataError
        There is none, one is empty, or they differ in more than their length.
    """
    what, hint = f"The sequences of {source}", "Give a list of arrays (timesteps, features)."
    try:
        arrays = [np.asarray(sequence) for sequence in listed(sequences, what, DataError, hint)]
    except ValueError as error:  # NumPy's own words for it are "inhomogeneous shape"
        raise DataError(
            f"The timesteps of a sequence of {source} have several numbers of features.",
            "Give every sequence as (timesteps, features).",
        ) from error
    if not arrays:
        raise DataError(f"There is no sequence in {source}.", "Give at least one.")
    tokens = all(array.ndim == 1 and array.dtype.kind in "iu" for array in arrays)
    if not tokens:
        arrays = [array[:, np.newaxis] if array.ndim == 1 else array for array in arrays]
    first = arrays[0]
    for number, array in enumerate(arrays):
        if array.ndim < 1 or array.size == 0:
            raise DataError(f"Sequence {number} of {source} is empty.", "Leave it out.")
        if array.shape[1:] != first.shape[1:] or array.dtype.kind not in "biuf":
            raise DataError(
                f"Sequence {number} of {source} is {array.dtype} {array.shape}, "
                f"and sequence 0 is {first.dtype} {first.shape}.",
                "Give every sequence as numbers of shape (timesteps, features), with the same features.",
            )
    lengths = np.array([len(array) for array in arrays], np.int64)
    dtype = np.int32 if tokens else np.float32
    if tokens:
        padding = whole(padding, "The padding of tokens", DataError) if padding != 0.0 else 0
        if any(np.abs(array).max() > np.iinfo(np.int32).max for array in arrays):
            raise DataError(
                f"A token of {source} is larger than 2,147,483,647.", "Number the tokens from 0 on."
            )
    elif np.ndim(padding) or np.asarray(padding).dtype.kind not in "iuf":
        raise DataError(f"The padding is {padding!r}.", "It must be a number.")
    together = np.full((len(arrays), int(lengths.max()), *first.shape[1:]), padding, dtype)
    for sample, array in enumerate(arrays):
        together[sample, : len(array)] = array
    return together, lengths


def padded_targets(targets: Any, lengths: np.ndarray, each_timestep: bool | None, source: str) -> Any:
    """Return the targets of sequences: in one array where they are sequences themselves, else as they are.

    Parameters
    ----------
    targets : sequence
        One for each sample.
    lengths : ndarray of int, shape (samples,)
    each_timestep : bool or None
        Whether there is one for each timestep; None finds out.
    source : str

    Raises
    ------
    DataError
        They are no numbers, not as long as they are said to be, or could be either.
    """
    what = f"the targets of {source}"
    given = listed(targets, what, DataError, "Give one for each sequence.")
    of_each = [real_numbers(target, what) for target in given]
    found = [len(one) if one.ndim else 0 for one in of_each]
    as_long = found == lengths.tolist()
    if each_timestep is None:
        rows = as_long and lengths[0] > 1 and all(one.shape == of_each[0].shape for one in of_each)
        if rows and of_each[0].ndim == 1:
            raise DataError(
                f"Each of {what} may be a row of {lengths[0]} values, or a value for each of {lengths[0]} "
                "timesteps.",
                "Say each_timestep=True or each_timestep=False.",
            )
    elif not yes_or_no(each_timestep, "each_timestep", DataError):
        return targets
    elif not as_long:
        raise DataError(f"Not every one of {what} is as long as its sequence.", "Give one for each timestep.")
    return padded([one.reshape(len(one), -1) for one in of_each], 0.0, what)[0] if as_long else targets


def one_each(values: Any, what: str) -> np.ndarray:
    """Return what is given for each sample as an array.

    Raises
    ------
    DataError
        It is something else, such as rows of different lengths.
    """
    try:
        return np.asarray(values)
    except ValueError as error:
        raise DataError(f"{what} is no array.", "Give one for each sample.", str(error)) from error


def real_numbers(values: Any, what: str = "What is given") -> np.ndarray:
    """Return an array of real numbers.

    Raises
    ------
    DataError
        It is something else.
    """
    array = one_each(values, what)
    if array.dtype.kind not in "biuf":
        raise DataError(f"{what} holds {array.dtype} instead of numbers.", "Give real numbers.")
    return array
