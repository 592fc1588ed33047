"""When the state of a run is set to zero, and where a state comes from: plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lstm_viz.checking import listed, of_kind, whole, yes_or_no
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

    Raises
    ------
    PlanError
        One of them is no whole number. Whether there is such a batch or row is for the :class:`Plan` to say.
    """

    batch: int
    timestep: int
    rows: tuple[int, ...] | None = None
    epoch: int | None = None

    def __post_init__(self) -> None:
        # Whole numbers of numpy have no place in a header.
        for name in ("batch", "timestep", "epoch"):
            if (value := getattr(self, name)) is not None or name != "epoch":
                value = whole(value, f"The {name} of a reset point", PlanError)
                object.__setattr__(self, name, value)
        if self.rows is not None:
            what = "The rows of a reset point"
            rows = listed(self.rows, what, PlanError, "Give a tuple of whole numbers, or None for all rows.")
            rows = tuple(whole(row, f"A row among {rows}", PlanError) for row in rows)
            object.__setattr__(self, "rows", rows)


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

    Raises
    ------
    PlanError
        For a value of another kind, and for resetting every 0 timesteps.

    Examples
    --------
    The state is carried through an epoch, and row 0 forgets it once, before timestep 2 of batch 1:

    >>> from lstm_viz import Plan, ResetPoint, Resets
    >>> resets = Resets(at=[ResetPoint(batch=1, timestep=2, rows=[0])])
    >>> plan = Plan(samples=4, timesteps=3, batch_size=2, stateful=True, resets=resets)
    >>> plan.reset_mask(epoch=0, batch=1)  # timesteps, rows
    array([[False, False],
           [False, False],
           [ True, False]])
    """

    each_batch: bool = False
    each_epoch: bool = True
    every: int | None = None
    at: tuple[ResetPoint, ...] = ()
    each_sequence: bool = False

    def __post_init__(self) -> None:
        for name in ("each_batch", "each_epoch", "each_sequence"):
            object.__setattr__(self, name, yes_or_no(getattr(self, name), name, PlanError))
        if self.every is not None:
            object.__setattr__(self, "every", whole(self.every, "every", PlanError))
            if self.every < 1:
                raise PlanError(
                    f"Resetting every {self.every} timesteps is not possible.", "Choose 1 or more."
                )
        hint = "Give ResetPoint(batch, timestep), as many as you like, in a tuple or list."
        points = listed(self.at, "at", PlanError, hint)
        for point in points:
            of_kind(point, ResetPoint, "A reset point", PlanError, hint)
        object.__setattr__(self, "at", points)


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
