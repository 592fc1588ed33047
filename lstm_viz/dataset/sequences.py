"""A series that is cut at the borders of its sequences: no sample reaches from one into the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from lstm_viz.dataset.array_files import MAX_BYTES
from lstm_viz.dataset.raw import Arrays
from lstm_viz.dataset.shaping import Shaping, TargetIs
from lstm_viz.dataset.table import Table
from lstm_viz.dataset.windows import count_windows
from lstm_viz.errors import DataError


@dataclass(frozen=True, eq=False)
class SequenceWindows:
    """Where the samples of a series lie.

    Parameters
    ----------
    target_is : {"next", "last", "each"}
    origin : ndarray of int64, shape (samples, 2)
        First and last row of each.
    sequences : ndarray of int64, shape (samples,)
        Number of the sequence of each.
    notes : tuple of str
    """

    target_is: TargetIs
    origin: np.ndarray
    sequences: np.ndarray
    notes: tuple[str, ...] = ()

    @property
    def lengths(self) -> np.ndarray:
        """Rows of each sample, (samples,)."""
        lengths: np.ndarray = self.origin[:, 1] - self.origin[:, 0] + 1
        return lengths

    @property
    def own_lengths(self) -> np.ndarray | None:
        """The same, or None where all are of one length."""
        return None if (self.lengths == self.lengths[0]).all() else self.lengths

    def gathered(self, columns: np.ndarray) -> np.ndarray:
        """Return the samples of columns over time, (samples, longest, columns), 0 past the end of each.

        Raises
        ------
        DataError
            They would not fit into an ordinary machine's memory.
        """
        lengths, longest = self.lengths, int(self.lengths.max())
        size = len(lengths) * longest * columns[:1].nbytes
        if size > MAX_BYTES:
            raise DataError(
                f"{len(lengths)} samples of {longest} timesteps, each within one sequence, need "
                f"{size / 2**30:.1f} GiB; the limit is {MAX_BYTES >> 30} GiB.",
                "Choose a larger stride or a shorter look-back.",
            )
        if self.own_lengths is None:
            windows = sliding_window_view(columns, longest, axis=0)[self.origin[:, 0]]
            return np.ascontiguousarray(windows.transpose(0, 2, 1))
        found = np.zeros((len(lengths), longest, columns.shape[1]), columns.dtype)
        for sample, (first, last) in enumerate(self.origin.tolist()):
            found[sample, : last + 1 - first] = columns[first : last + 1]
        return found

    def targets(self, values: np.ndarray, one_timestep: bool) -> np.ndarray:
        """Return the targets out of a column over time.

        Parameters
        ----------
        values : ndarray, shape (time, columns)
        one_timestep : bool
            The samples have one timestep each, so that there is one target for it.
        """
        if self.target_is == "each" and not one_timestep:
            return self.gathered(values)
        targets: np.ndarray = values[self.origin[:, 1] + (self.target_is == "next")]
        return targets


def sequence_windows(table: Table, shaping: Shaping, has_target: bool) -> SequenceWindows:
    """Find the samples that lie within one sequence each.

    Parameters
    ----------
    table : Table
    shaping : Shaping
        With a sequence column.
    has_target : bool

    Raises
    ------
    DataError
        There is no such column, or there is no sequence that is long enough.
    """
    assert shaping.sequence_column is not None
    numbers = table.run_numbers(shaping.sequence_column)
    begins = np.flatnonzero(np.diff(numbers, prepend=-1))
    rows = np.diff(begins, append=len(numbers))
    look_back, target_is = shaping.look_back, shaping.target_is
    if look_back is None:
        if target_is == "next" and has_target:
            raise DataError(
                "A sample of a whole sequence has no next value to predict.",
                "Set a look-back, or take the target at every timestep.",
            )
        if shaping.past_as == "features" and rows.min() != rows.max():
            raise DataError(
                f"The {len(rows)} sequences of {table.source} have {rows.min()} to {rows.max()} rows, which "
                "cannot be as many features.",
                "Set a look-back, or take the past as timesteps.",
            )
        kind: TargetIs = "each" if target_is == "next" else target_is
        origin = np.stack([begins, begins + rows - 1], axis=1)
        return SequenceWindows(kind, origin, np.arange(len(rows)))
    counts = np.array(
        [count_windows(n, look_back, shaping.stride, target_is) for n in rows.tolist()], np.int64
    )
    if not counts.any():
        followed = " and the value after it" if target_is == "next" else ""
        fits = int(rows.max()) - int(target_is == "next")
        raise DataError(
            f"A look-back of {look_back}{followed} fits into no sequence of {table.source}: the longest of "
            f"{len(rows)} has {rows.max()} row{'s' * bool(rows.max() > 1)}.",
            f"Set the look-back to {fits} or less, or choose another column for the sequences."
            if fits
            else "Choose another column for the sequences.",
        )
    inside = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    starts = np.repeat(begins, counts) + inside * shaping.stride
    short = int((counts == 0).sum())
    notes: tuple[str, ...] = ()
    if short:
        are = "sequence is" if short == 1 else "sequences are"
        notes = (f"{short} of {len(rows)} {are} too short for a sample.",)
    origin = np.stack([starts, starts + look_back - 1], axis=1)
    return SequenceWindows(target_is, origin, np.repeat(np.arange(len(rows)), counts), notes)


def numbered(raw: Arrays, samples: int) -> np.ndarray | None:
    """Return the number of each ready-made sample's sequence, where ids are known: equal ones are one.

    Raises
    ------
    DataError
        They are not one number or text for each sample.
    """
    ids = raw.sequences
    if ids is None:
        return None
    if ids.shape != (samples,) or ids.dtype.kind not in "biufU":
        raise DataError(
            f"The sequence ids of {raw.source} are {ids.dtype} of shape {ids.shape}; there are "
            f"{samples} samples.",
            "Give one number or text for each sample.",
        )
    if ids.dtype.kind == "f" and not np.isfinite(ids).all():
        raise DataError(f"A sequence id of {raw.source} is no number.", "Give one for each sample.")
    return np.unique(ids, return_inverse=True)[1].astype(np.int64)
