"""When the state of a run is set to zero, and where a state comes from: plain data."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Literal

from lstm_viz.errors import PlanError

Cause = Literal["start", "stateless", "each batch", "each epoch", "sequence", "every", "point"]

CAUSES: dict[Cause, str] = {
    "start": "the run starts here",
    "stateless": "not stateful: every batch starts from zeros",
    "each batch": "reset before each batch",
    "each epoch": "reset at the start of each epoch",
    "sequence": "a new sequence begins",
    "every": "reset every n timesteps",
    "point": "reset point put by hand",
}


@dataclass(frozen=True)
class ResetPoint:
    """A place where h and c become zero just before a timestep is processed.

    Parameters
    ----------
    batch, timestep : int
        Counted from 0; the timestep within the batch.
    rows : tuple of int or None
        Rows of the batch that are reset; None for all.
    epoch : int or None
        The epoch in which it holds; None for every epoch.
    """

    batch: int
    timestep: int
    rows: tuple[int, ...] | None = None
    epoch: int | None = None

    def __post_init__(self) -> None:
        # Whole numbers of numpy have no place in a header.
        object.__setattr__(self, "batch", operator.index(self.batch))
        object.__setattr__(self, "timestep", operator.index(self.timestep))
        object.__setattr__(self, "epoch", None if self.epoch is None else operator.index(self.epoch))
        object.__setattr__(self, "rows", None if self.rows is None else tuple(map(operator.index, self.rows)))


@dataclass(frozen=True)
class Resets:
    """When the state is set to zero besides the start of the run.

    Parameters
    ----------
    each_batch : bool
        Before each batch.
    each_epoch : bool
        At the start of each epoch: the usual pattern when training stateful models.
    every : int or None
        Every so many timesteps of a row, counted from where its sequence of batches began.
    at : tuple of ResetPoint
        Chosen points.
    each_sequence : bool
        Of a row, where it begins a sample of another sequence than that of its sample before.
    """

    each_batch: bool = False
    each_epoch: bool = True
    every: int | None = None
    at: tuple[ResetPoint, ...] = ()
    each_sequence: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "every", None if self.every is None else operator.index(self.every))
        if self.every is not None and self.every < 1:
            raise PlanError(f"Resetting every {self.every} timesteps is not possible.", "Choose 1 or more.")
        object.__setattr__(self, "at", tuple(self.at))


@dataclass(frozen=True, order=True)
class Position:
    """One timestep of one batch of one epoch, each counted from 0."""

    epoch: int
    batch: int
    timestep: int


@dataclass(frozen=True)
class StateSource:
    """Where the state that a row has before a step came from.

    Parameters
    ----------
    kind : {"zeros", "carried", "running"}
        Zeros by a reset at this very step, carried over from the batch before, or running on from the
        timestep before.
    cause : Cause or None
        Why there was a reset, when kind is "zeros".
    sample : int or None
        The sample whose state was handed over, when kind is "carried".
    since : Position
        The step at which the state was last zero: what the row remembers begins here.
    """

    kind: Literal["zeros", "carried", "running"]
    cause: Cause | None
    sample: int | None
    since: Position
