"""Scaling that can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lstm_viz.dataset.shaping import ScalingKind
from lstm_viz.errors import DataError

_LABELS: dict[ScalingKind, str] = {
    "none": "unscaled",
    "standard": "scaled to mean 0 and deviation 1",
    "min-max": "min-max scaled",
}


@dataclass(frozen=True)
class Scaling:
    """Offset and factor of each column: ``scaled = (value - offset) / factor``.

    Parameters
    ----------
    kind : {"none", "standard", "min-max"}
    offset, factor : tuple of float
        One per feature, in the order of the last axis. A constant column has factor 1.
    fitted_rows : int
        How many rows of the data the numbers were taken from.
    """

    kind: ScalingKind = "none"
    offset: tuple[float, ...] = ()
    factor: tuple[float, ...] = ()
    fitted_rows: int = 0

    @classmethod
    def fit(cls, rows: np.ndarray, kind: ScalingKind) -> Scaling:
        """Take offset and factor of each column from `rows`, shaped (rows, columns)."""
        if kind == "none":
            return cls()
        values = np.asarray(rows, np.float64)
        low, high = values.min(axis=0), values.max(axis=0)
        if kind == "min-max":
            offset, factor = low, high - low
        else:
            offset, factor = values.mean(axis=0), values.std(axis=0)
        # Compared by value: the deviation of a constant column may come out as 1e-17 instead of 0.
        constant = (low == high) | (factor == 0)
        offset = np.where(constant, low, offset)
        factor = np.where(constant, 1.0, factor)
        return cls(kind, tuple(offset.tolist()), tuple(factor.tolist()), len(values))

    @property
    def words(self) -> str:
        """What was done, for a summary: "min-max scaled"."""
        return _LABELS[self.kind]

    def pick(self, columns: Sequence[int]) -> Scaling:
        """Take the scaling of some of the columns, in the given order; a column may be repeated."""
        if self.kind == "none":
            return self
        return Scaling(
            self.kind,
            tuple(self.offset[k] for k in columns),
            tuple(self.factor[k] for k in columns),
            self.fitted_rows,
        )

    def apply(self, values: np.ndarray) -> np.ndarray:
        """Scale `values`, shaped (..., columns), to float32."""
        if self.kind == "none":
            return np.ascontiguousarray(values, np.float32)
        scaled: np.ndarray = np.subtract(values, self.offset, dtype=np.float64)
        scaled /= self.factor
        with np.errstate(over="ignore"):  # refused by the caller, who can name the place
            return np.asarray(scaled, np.float32)

    def undo(self, values: np.ndarray) -> np.ndarray:
        """Bring scaled `values` back to the units of the data.

        Parameters
        ----------
        values : array
            (..., columns), or any shape when there is a single column.

        Returns
        -------
        array
            float64 of the same shape; as they were given, when nothing was scaled.

        Raises
        ------
        DataError
            When the last axis does not hold one value per column.
        """
        values = np.asarray(values)
        if self.kind == "none":
            return values
        columns = len(self.offset)
        if columns > 1 and (values.ndim == 0 or values.shape[-1] != columns):
            raise DataError(
                f"Values of shape {values.shape} cannot be brought back to the units of {columns} columns.",
                f"The last axis must have {columns} values.",
            )
        factor, offset = np.asarray(self.factor), np.asarray(self.offset)
        return np.asarray(values.astype(np.float64) * factor + offset)


NOT_SCALED = Scaling()
