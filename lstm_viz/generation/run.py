"""Generating, one step at a time or in one go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.errors import DataError
from lstm_viz.generation.feedback import generation_for
from lstm_viz.generation.recipe import Generation
from lstm_viz.generation.seed import Seed
from lstm_viz.model_inputs import sequences_of
from lstm_viz.plan import Resets
from lstm_viz.stepper import Stepper, probe_of
from lstm_viz.trace import Trace

if TYPE_CHECKING:
    from lstm_viz.probe import Probe, ProbeResult

Array = NDArray[Any]


class GeneratingStepper(Stepper):
    """Runs a model over a sequence that it makes itself from a seed on.

    Stepping, resets, another plan and going back are those of :class:`lstm_viz.Stepper`; what is generated
    after a change is generated anew.

    Parameters
    ----------
    model : LoadedModel or keras.Model
    seed : Seed
    generation : Generation
        From :func:`lstm_viz.generation.feedback.generation_for`.
    stateful : bool
        For a window: each place of the window starts from the state after the one before.
    resets : Resets
    folder : path or None
        As for :class:`lstm_viz.Stepper`.
    probe : Probe or None
    """

    generation: Generation

    def __init__(
        self,
        model: Any,
        seed: Seed,
        generation: Generation,
        *,
        stateful: bool = False,
        resets: Resets | None = None,
        folder: str | Path | None = None,
        probe: Probe | None = None,
    ) -> None:
        self.probe = probe or probe_of(model)
        self.generation = generation
        rows = len(seed.values)
        self._sequence = np.zeros((rows, generation.length, *seed.values.shape[2:]), seed.values.dtype)
        self._sequence[:, : generation.seed] = seed.values
        if generation.others == "given":
            self._sequence[:, generation.seed :] = _given(seed, generation.steps)
        first = self.part(np.arange(rows), slice(None))
        self.inputs, self._cut = tuple(first), ()
        self._sequences = sequences_of(self.probe, first)
        self._begin(generation.plan(rows, stateful, resets), folder)
        if self.trace.count:
            known = generation.known(self.trace.count)
            self._sequence[:, :known] = self.trace.sequence[:, :known]
        else:
            self.trace.write_sequence(0, self._sequence)

    def part(self, samples: NDArray[np.intp], stretch: slice) -> list[Array]:
        """Return the sequences, or the windows, of some samples: of what is there as far as it is."""
        generation, rows = self.generation, len(self._sequence)
        if generation.layout == "timesteps":
            return [self._sequence[samples, stretch]]
        window = np.arange(generation.look_back)
        if generation.layout == "window" and self.probe.stepwise:
            window = window[stretch]
        batch, row = np.divmod(samples, rows)
        values = self._sequence[row[:, None], batch[:, None] + window]
        return [values.reshape(len(samples), 1, -1) if generation.layout == "features" else values]

    def _what_is_run(self) -> Sequence[Array]:
        return (self._sequence,)

    def _advance(self, timesteps: int, compiled: bool = False) -> None:
        if self.generation.layout == "timesteps":  # the next input is not there before this output
            count = self.trace.count
            timesteps = min(timesteps, self.generation.known(count) - count)
        super()._advance(timesteps, compiled)

    def _record(self, step: int, result: ProbeResult, *, at_start: bool, at_end: bool) -> None:
        super()._record(step, result, at_start=at_start, at_end=at_end)
        generation = self.generation
        if generation.layout != "timesteps" and not at_end:
            return
        batch = step // self.plan.timesteps
        place = (
            step + len(result.masks[0]) if generation.layout == "timesteps" else batch + generation.look_back
        )
        if not generation.seed <= place < generation.length:
            return
        output = result.outputs[0]
        values = generation.next_values(
            output[:, -1] if output.ndim > 2 else output,
            place,
            self._sequence[:, place - 1],
            self._sequence[:, place],
        )
        self._sequence[:, place] = values
        self.trace.write_sequence(place, values[:, None])


def _given(seed: Seed, steps: int) -> Array:
    future = seed.future
    wanted = len(seed.values), steps, *seed.values.shape[2:]
    if future is not None and (future.ndim != len(wanted) or future.shape[::2] != wanted[::2]):
        raise DataError(
            f"What the other features are going to be has the shape {future.shape}.",
            f"Give {wanted}: every feature, those that are predicted as well.",
        )
    found = 0 if future is None else future.shape[1]
    if future is None or found < steps or not np.isfinite(future[:, :steps]).all():
        raise DataError(
            f"The other features are known for fewer than the {steps} timesteps to be generated.",
            f"Generate {found} or fewer, or let them stay as they are." if found else "Let them stay.",
        )
    return future[:, :steps]


def generate(
    model: Any,
    seed: Any,
    steps: int,
    *,
    window: int | None = None,
    stateful: bool = False,
    columns: Sequence[int] | None = None,
    others: Any = None,
    temperature: float | None = None,
    seed_number: int = 0,
    resets: Resets | None = None,
    progress: Callable[[float], None] | None = None,
) -> Trace:
    """Let a model go on with a sequence: each output is the next input. Every signal is recorded.

    Parameters
    ----------
    model : LoadedModel or keras.Model
        With one input and one output, that predicts the next timestep: numbers of all features, or of some;
        or a score for each token, of tokens or of one-hot vectors.
    seed : array or Seed
        What it begins with: ``(rows, timesteps, features)``, or whole numbers ``(rows, timesteps)`` for
        tokens; :meth:`Seed.from_dataset` takes it from data, and knows how they are scaled.
    steps : int
        Timesteps to generate.
    window : int or None
        Timesteps that the model reads at once, from zeros each time unless ``stateful``; then the window
        moves on by one. 0 feeds it one timestep after the other, the state running on. None takes what the
        model is made for: a window where it reads a fixed number of timesteps and gives one output for them.
    stateful : bool
        For a window: it starts from the state after the window before.
    columns : sequence of int or None
        The features that the model predicts, where it predicts some of them.
    others : {"hold"}, array or None
        What the other features are: as they were at the end of the seed, or these values, shape
        ``(rows, steps, features)``, of which those that are predicted are not read.
    temperature : float or None
        Draw tokens, by their probabilities to the power of 1/temperature; None takes the likeliest.
    seed_number : int
        Of the random numbers: the same gives the same tokens.
    resets : Resets or None
    progress : callable, optional
        Called with the fraction done; what it raises stops the run.

    Returns
    -------
    Trace
        ``trace.sequence`` is the seed with what was generated, ``trace.generation`` says how.

    Raises
    ------
    ModelError
        The output of the model cannot be its next input; it says why.
    DataError
        The seed does not fit the model, or is too short.

    Examples
    --------
    >>> import lstm_viz, numpy as np
    >>> from lstm_viz.examples import example
    >>> model = lstm_viz.load_model(example("wave").model_path)
    >>> seed = np.sin(np.arange(24) / 4).reshape(1, 24, 1)  # rows, timesteps, features
    >>> trace = lstm_viz.generate(model, seed, steps=6, window=0)
    >>> trace.sequence.shape  # the seed, and what it went on with
    (1, 30, 1)
    """
    begin = seed if isinstance(seed, Seed) else Seed(seed)
    if columns is not None:
        begin = replace(begin, columns=columns)  # type: ignore[arg-type]  # it makes a tuple of them
    if isinstance(others, str) and others != "hold":
        raise DataError(f"others cannot be {others!r}.", "It is 'hold', or an array of values.")
    if others is not None and not isinstance(others, str):
        begin = replace(begin, future=np.asarray(others))
        others = "given"
    probe = probe_of(model)
    generation = generation_for(
        probe,
        begin,
        steps,
        window=window,
        others=others,
        temperature=temperature,
        seed_number=seed_number,
    )
    stepper = GeneratingStepper(model, begin, generation, stateful=stateful, resets=resets, probe=probe)
    stepper.run(progress=progress)
    return stepper.trace
