"""What the diagram of boxes shows of a run, and the colour of a lit box."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from app.plots.boxes_layout import BoxRow, Unrolled
from app.theme import mixed

if TYPE_CHECKING:
    from app.theme import Theme

_SHADES = 200
_PALEST, _FULLEST = 0.16, 0.88  # shares of the accent in a lit box


@dataclass(frozen=True)
class Value:
    """What goes in or comes out at a timestep.

    Parameters
    ----------
    lines : tuple of str
        That stand in its box.
    words : str
        All of it.
    fed : bool
        It was not in the data: an output of before is fed back.
    """

    lines: tuple[str, ...] = ()
    words: str = ""
    fed: bool = False


@dataclass(frozen=True, eq=False)
class RowState:
    """What is recorded of some boxes of a row.

    Parameters
    ----------
    first : int
        Timestep of the first of them.
    levels : ndarray of float, shape (boxes,)
        Mean of abs(h) over the units; NaN where it is not recorded.
    masked : ndarray of bool, shape (boxes,)
    start : int or None
        The sample whose last state the row starts from; None for zeros.
    start_words : str
        Where the state at the start comes from; empty for nowhere.
    end : int or None
        The sample that the last state is handed to.
    """

    first: int = 0
    levels: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    masked: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))
    start: int | None = None
    start_words: str = ""
    end: int | None = None

    def level(self, own: int) -> float:
        """Return the mean of abs(h) after a timestep; NaN where it is not known."""
        k = own - self.first
        return float(self.levels[k]) if 0 <= k < len(self.levels) else float("nan")

    def is_masked(self, own: int) -> bool:
        """Whether a timestep was skipped."""
        k = own - self.first
        return bool(0 <= k < len(self.masked) and self.masked[k])


@dataclass(frozen=True, eq=False)
class BoxesState:
    """Everything about a run that the diagram shows.

    Parameters
    ----------
    timestep : int or None
        Of the run, within the batch, where the cursor stands; None before the first.
    rows : tuple of RowState
    inputs : mapping of (segment, timestep) to Value
    outputs : mapping of timestep to Value
    resets : mapping of int to str
        Timesteps of the run at which the state becomes zero inside the batch, with the cause.
    """

    timestep: int | None = None
    rows: tuple[RowState, ...] = ()
    inputs: Mapping[tuple[int, int], Value] = field(default_factory=dict)
    outputs: Mapping[int, Value] = field(default_factory=dict)
    resets: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reached:
    """How far the diagram has come where the cursor stands.

    Parameters
    ----------
    diagram : Unrolled
    timestep : int or None
        Of the run, within the batch; None before the first.
    """

    diagram: Unrolled
    timestep: int | None

    def own(self, timesteps: int) -> int:
        """Return how far a sequence of so many timesteps is; −1 before its first."""
        return -1 if self.timestep is None else self.diagram.own_timestep(timesteps, self.timestep)

    def place(self, row: BoxRow) -> int | None:
        """Return the box of a row at the cursor."""
        own = self.own(row.timesteps)
        return own if own >= 0 else None

    @property
    def at_end(self) -> bool:
        """Whether the cursor stands where the one output of a sequence comes out."""
        output = self.diagram.output
        one = output is not None and output.timesteps is None
        return one and self.timestep == self.diagram.timesteps - 1

    def has_read(self, row: BoxRow, own: int) -> bool:
        """Whether a box led to what is at the cursor."""
        at = self.place(row)
        return at is not None and (self.at_end or (own >= at if row.backwards else own <= at))

    def ended(self, row: BoxRow) -> bool:
        """Whether its last box led to what is at the cursor."""
        return self.has_read(row, row.last)


def lit_colour(theme: Theme, level: float, top: float) -> QColor:
    """Return the colour of a box whose units' abs(h) is so large on the average."""
    share = 0.0 if not math.isfinite(level) else min(1.0, max(0.0, level / top))
    return _shade(theme, round(share * _SHADES))


@cache
def _shade(theme: Theme, number: int) -> QColor:
    share = _PALEST + (_FULLEST - _PALEST) * number / _SHADES
    return QColor(mixed(theme.plot_background, theme.accent, share))
