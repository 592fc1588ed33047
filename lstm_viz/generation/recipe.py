"""How outputs become inputs: which timestep of a sequence is read where, and what is fed back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lstm_viz.plan import Plan, Resets

Array = NDArray[Any]

Layout = Literal["timesteps", "window", "features"]
Kind = Literal["values", "tokens", "one-hot"]
Others = Literal["none", "hold", "given"]


@dataclass(frozen=True)
class Generation:
    """A sequence that begins with a seed and goes on with what a model makes of itself.

    The *sequence* is counted in timesteps of its own: ``seed`` of them are given, ``steps`` are generated. A
    step of the run reads one of them.

    Parameters
    ----------
    seed, steps : int
        Timesteps that are given, and that are generated.
    layout : {"timesteps", "window", "features"}
        How the model reads the sequence. "timesteps": one at a time, one after the other, the state running
        on. "window": the last ``look_back`` of them as a sample, then the same one timestep later.
        "features": like "window", with the window as the features of a single timestep.
    look_back : int
        Timesteps of the sequence that one sample holds; 1 for "timesteps".
    kind : {"values", "tokens", "one-hot"}
        What is fed back: numbers as they are, or a token chosen by its score.
    width : int
        Values of one timestep of the sequence; for "tokens" how many tokens there are.
    columns : tuple of int
        Which of these values the output is, in its order; empty for tokens.
    factor, offset : tuple of float
        One for each of the columns: ``fed = output · factor + offset``. Not 1 and 0 where the output is
        scaled otherwise than the input.
    others : {"none", "hold", "given"}
        The values that the output is not: there are none, they stay as they were, or they are known.
    temperature : float or None
        Of the choice among tokens; None takes the one with the highest score.
    seed_number : int
        Of the random numbers.
    logits : bool
        The output is scores and no probabilities.
    """

    seed: int
    steps: int
    layout: Layout
    look_back: int
    kind: Kind
    width: int
    columns: tuple[int, ...] = ()
    factor: tuple[float, ...] = ()
    offset: tuple[float, ...] = ()
    others: Others = "none"
    temperature: float | None = None
    seed_number: int = 0
    logits: bool = False

    # -- the sequence and the run -------------------------------------------------------------------

    @property
    def length(self) -> int:
        """Timesteps of the whole sequence."""
        return self.seed + self.steps

    @property
    def samples(self) -> int:
        """Samples of the run for each row: one, or one for each place of the window."""
        return 1 if self.layout == "timesteps" else self.length - self.look_back + 1

    @property
    def timesteps(self) -> int:
        """Timesteps of a sample."""
        return {"timesteps": self.length, "window": self.look_back, "features": 1}[self.layout]

    def plan(self, rows: int, stateful: bool = False, resets: Resets | None = None) -> Plan:
        """Return the plan of a run that generates so many sequences side by side."""
        return Plan(self.samples * rows, self.timesteps, rows, stateful, resets or Resets())

    def places(self, steps: Any) -> Any:
        """Return the newest timestep of the sequence that is read at a step, or at each of many."""
        batch, timestep = divmod(steps, self.timesteps)
        return batch + timestep + (self.look_back - 1 if self.layout == "features" else 0)

    def known(self, count: int) -> int:
        """Return how many timesteps of the sequence are there when so many steps are recorded."""
        batches = count // self.timesteps
        made = count + 1 if self.layout == "timesteps" else batches + self.look_back
        return max(self.seed, min(self.length, made if count else 0))

    def steps_known(self, count: int) -> int:
        """Return how many steps, from the first on, have what they read when so many are recorded."""
        known = self.known(count) - (self.look_back - 1 if self.layout == "features" else 0)
        batches = max(0, known - self.timesteps + 1)  # each reads one timestep more than the one before
        begun = min(self.timesteps, max(0, known - batches))
        return min(self.samples * self.timesteps, batches * self.timesteps + begun)

    def spans(self, first: int, last: int) -> list[tuple[int, int]]:
        """Return the stretches of steps that read what was generated, as start and stop, between two."""
        total = self.samples * self.timesteps
        first, last = max(first, 0), min(last, total)
        if first >= last:
            return []
        steps = np.arange(first, last)
        fed = np.concatenate([[False], self.places(steps) >= self.seed, [False]])
        edges = np.flatnonzero(fed[1:] != fed[:-1]) + first
        return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))

    # -- feeding back -------------------------------------------------------------------------------

    def next_values(self, output: Array, place: int, before: Array, given: Array) -> Array:
        """Return what is read at a timestep of the sequence, given the output that was made just before.

        Parameters
        ----------
        output : ndarray, shape (rows, values)
        place : int
            The timestep of the sequence.
        before, given : ndarray, shape (rows, width), or (rows,) for tokens
            The timestep before, and what is known of this one.

        Returns
        -------
        ndarray
            Of the shape of ``before``.
        """
        if self.kind == "values":
            values = np.array(given if self.others == "given" else before)
            fed = output
            if any(f != 1 for f in self.factor) or any(self.offset):
                fed = output.astype(np.float64) * self.factor + self.offset
            values[:, list(self.columns)] = fed
            return values
        tokens = choose(output, place, self.temperature, self.seed_number, self.logits)
        if self.kind == "tokens":
            return tokens.astype(before.dtype)
        return np.eye(self.width, dtype=before.dtype)[tokens]


def choose(
    scores: Array, place: int, temperature: float | None, seed_number: int = 0, logits: bool = False
) -> NDArray[np.intp]:
    """Choose one token for each row.

    The random number of a row at a place depends on the seed and the place alone, so that the same run gives
    the same tokens, from wherever it goes on.

    Parameters
    ----------
    scores : ndarray, shape (rows, tokens)
        Probabilities, or with ``logits`` their logarithms up to a constant.
    place : int
        Where in the sequence the token will stand.
    temperature : float or None
        None takes the highest score, the first one of several. 1 draws with the model's own probabilities,
        less makes likely tokens likelier: ``p ∝ p^(1/temperature)``.
    seed_number : int
    logits : bool

    Returns
    -------
    ndarray of int, shape (rows,)
    """
    if temperature is None:
        return np.asarray(np.argmax(scores, axis=-1))
    values = np.asarray(scores, np.float64)
    if not logits:
        values = np.log(np.maximum(values, np.finfo(np.float64).tiny))
    with np.errstate(over="ignore"):  # of a very low temperature: all but the likeliest become impossible
        values = (values - values.max(axis=-1, keepdims=True)) / temperature
    sums = np.cumsum(np.exp(values), axis=-1)
    drawn = np.random.default_rng((seed_number, place)).random(len(values))
    # Below the last sum, whatever rounding makes of it.
    tokens = (sums <= (drawn * sums[:, -1])[:, None]).sum(-1)
    return np.asarray(np.minimum(tokens, values.shape[-1] - 1))
