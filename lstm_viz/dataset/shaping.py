"""How a series becomes samples: the choices, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from lstm_viz.checking import listed, number, whole, yes_or_no
from lstm_viz.errors import DataError

PastAs = Literal["timesteps", "features"]
TargetIs = Literal["next", "last", "each"]
ScalingKind = Literal["none", "standard", "min-max"]
Missing = Literal["refuse", "interpolate", "drop"]


@dataclass(frozen=True)
class Shaping:
    """How a series of N rows becomes ``[samples, timesteps, features]``.

    Parameters
    ----------
    look_back : int, optional
        Rows of the past that one sample holds. None leaves arrays as they are and makes a series one
        sample of all its timesteps.
    stride : int
        Rows from the start of one sample to the start of the next.
    past_as : {"timesteps", "features"}
        A look-back L over F columns gives ``[N-L, L, F]`` or ``[N-L, 1, L·F]``. Both run in a model built
        for them, and they mean different things.
    columns : tuple of str, optional
        Input columns, in the order of the features. None takes every numeric column; without the target
        where that is a value at the same time (`target_is` "last" or "each"), which would be its own input.
    target : str, optional
        Column to predict. None takes the input column itself when there is just one and a next value is
        asked for, otherwise there is no target.
    target_is : {"next", "last", "each"}
        The value after the window, the value at its last timestep, or one value per timestep. With "next"
        every window is followed by a row, so that N rows give N-L samples, with a target or without.
    scaling : {"none", "standard", "min-max"}
        To mean 0 and deviation 1, or to the range 0 to 1, each column by itself.
    fit_on : float
        First part of the rows (of the samples, for ready-made sequences) that the scaling is fitted on,
        above 0 and up to 1.
    tokens : bool
        The one input column holds token numbers: the samples are whole numbers, ``[samples, timesteps]``.
    sequence_column : str, optional
        Column, of numbers or of text, whose change of value begins a new sequence. A sample lies within
        one sequence, together with its next value; without a look-back each sequence is one sample.

    Raises
    ------
    DataError
        For a value that is out of range.
    """

    look_back: int | None = None
    stride: int = 1
    past_as: PastAs = "timesteps"
    columns: tuple[str, ...] | None = None
    target: str | None = None
    target_is: TargetIs = "next"
    scaling: ScalingKind = "none"
    fit_on: float = 1.0
    tokens: bool = False
    sequence_column: str | None = None

    def __post_init__(self) -> None:
        for name in ("look_back", "stride"):
            value = getattr(self, name)
            if value is not None or name == "stride":
                object.__setattr__(self, name, whole(value, name, DataError))
        if self.look_back is not None and self.look_back < 1:
            raise DataError(f"A look-back of {self.look_back} is too short.", "It must be 1 or more.")
        if self.stride < 1:
            raise DataError(f"A stride of {self.stride} is too short.", "It must be 1 or more.")
        yes_or_no(self.tokens, "tokens", DataError)
        if not 0 < number(self.fit_on, "fit_on", DataError) <= 1:
            raise DataError(
                f"Scaling cannot be fitted on a share of {self.fit_on} of the data.",
                "Give a share above 0 and up to 1, such as 0.67.",
            )
        for name, value, allowed in (
            ("past_as", self.past_as, get_args(PastAs)),
            ("target_is", self.target_is, get_args(TargetIs)),
            ("scaling", self.scaling, get_args(ScalingKind)),
        ):
            if value not in allowed:
                raise DataError(
                    f"{name} cannot be {value!r}.", f"It is one of {', '.join(map(repr, allowed))}."
                )
        if self.columns is not None:
            # A list, as JSON gives it, would make the dataclass unhashable.
            columns = listed(self.columns, "columns", DataError, "Give a tuple of names of columns.")
            object.__setattr__(self, "columns", columns)
            if not self.columns:
                raise DataError("No input column is chosen.", "Choose at least one.")
            if len(set(self.columns)) < len(self.columns):
                raise DataError("An input column is chosen twice.", "Choose each column once.")
        if self.tokens and (self.scaling != "none" or self.past_as != "timesteps"):
            raise DataError(
                "Tokens can be neither scaled nor taken as features.",
                "Take scaling off and keep the past as timesteps.",
            )
