"""Stepping a model through its data, one timestep or one stretch of timesteps at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.checking import number, of_kind, whole, yes_or_no
from lstm_viz.dataset import Dataset
from lstm_viz.errors import ModelError, PlanError
from lstm_viz.model_inputs import (
    check_own_lengths,
    digest,
    inputs_for,
    lengths_of,
    part_of,
    sequences_of,
)
from lstm_viz.plan import Plan, Position, ResetPoint, Resets
from lstm_viz.recorded import position_of
from lstm_viz.run_shape import recording_shape, run_timesteps
from lstm_viz.run_states import batch_start, kept_inside, states_before
from lstm_viz.taking_up import other_sizes, taken_up
from lstm_viz.trace import Trace

if TYPE_CHECKING:
    from lstm_viz.generation.recipe import Generation
    from lstm_viz.probe import Probe, ProbeResult
    from lstm_viz.replaced_calls import States

Array = NDArray[Any]

# A stretch is so many timesteps at most, so that progress is smooth, and no more of them than fit so much of
# recorded signals. In memory a batch that is one stretch is recorded without being copied.
_STRETCH_TIMESTEPS = 8192
_STRETCH_BYTES = 128 * 2**20
_KERAS_BATCH_SIZE = 32


@dataclass(frozen=True)
class Step:
    """One timestep of one batch, as it was computed.

    Parameters
    ----------
    position : Position
    samples : ndarray of int, shape (rows,)
        The sample in each row.
    signals : dict of str to ndarray, each (rows, 6, units)
        By the path of the LSTM, in the order ``i f g o c h``.
    """

    position: Position
    samples: NDArray[np.intp]
    signals: dict[str, Array]


class Stepper:
    """Runs a model over its data, holding h and c itself.

    Where nothing but its LSTM layers connects one timestep with another, the model is fed one timestep
    (or one stretch of them) at a time. Otherwise (Bidirectional, convolutions, attention …) a whole
    batch is computed when its first timestep is asked for, and shown one timestep at a time; the numbers
    are the same, and :attr:`stepwise_reason` says why.

    Parameters
    ----------
    model : LoadedModel or keras.Model
    inputs : array, sequence or dict of arrays, or Dataset
        ``(samples, timesteps, features)``, or one for each input of the model, in its order or by name.
    batch_size : int or None
        None takes what the file fixed; else Keras's own 32, or 1 when stateful.
    stateful : bool
        The state is carried from batch to batch.
    resets : Resets
    epochs : int
        Passes over the data.
    order : sequence of int or None
        The samples in the order in which they are visited.
    lengths : sequence of int or None
        Timesteps of each sample, where those of an array differ; what lies past them is padding. None takes
        those of a Dataset. Each batch then holds samples of one length, see :class:`Plan`, and runs that many
        timesteps: the padding is never seen.
    padded : bool
        Run over the padding as well, as if it were data: every sample is as long as the longest one. A mask
        that the model makes of it (Masking, Embedding) holds.
    sequences : sequence of int or None
        Number of each sample's sequence; None takes that of a Dataset, where it knows.
    folder : path or None
        Where to keep a recording that may be larger than memory; None keeps it in memory. A recording of
        the same model, data and sizes that lies there already goes on.

    Raises
    ------
    ModelError
        It is no model, or one that cannot run.
    DataError
        The inputs do not fit the model.
    PlanError
        The batch size does not divide the samples of a stateful run; the samples differ in length and the
        model takes one length only.
    TraceError
        The folder cannot be written, or holds the recording of something else.

    Examples
    --------
    >>> import lstm_viz, numpy as np
    >>> from lstm_viz.examples import example
    >>> model = lstm_viz.load_model(example("next_value").model_path)
    >>> stepper = lstm_viz.Stepper(model, np.zeros((4, 3, 1)), batch_size=2, stateful=True)
    >>> stepper.step().signals["lstm"].shape  # rows, i f g o c h, units
    (2, 6, 4)
    >>> stepper.run(until=4)
    >>> stepper.reset(rows=[0])
    >>> stepper.position
    Position(epoch=0, batch=1, timestep=1)
    >>> stepper.run()
    >>> stepper.finished
    True
    """

    generation: Generation | None = None  # of a run that makes its own inputs

    def __init__(
        self,
        model: Any,
        inputs: Any,
        *,
        batch_size: int | None = None,
        stateful: bool = False,
        resets: Resets | None = None,
        epochs: int = 1,
        order: Sequence[int] | None = None,
        lengths: Sequence[int] | NDArray[np.integer] | None = None,
        padded: bool = False,
        sequences: Sequence[int] | None = None,
        folder: str | Path | None = None,
        probe: Probe | None = None,
    ) -> None:
        self.probe = probe or probe_of(model)
        self.inputs = inputs_for(self.probe, inputs)
        samples = len(self.inputs[0])
        own_lengths = None if padded else lengths_of(inputs) if lengths is None else lengths
        if batch_size is None:
            batch_size = getattr(model, "saved_batch_size", None) or (1 if stateful else _KERAS_BATCH_SIZE)
            batch_size = min(batch_size, samples)
        yes_or_no(stateful, "stateful", PlanError)
        yes_or_no(padded, "padded", PlanError)
        if sequences is None and isinstance(inputs, Dataset) and inputs.sequences is not None:
            sequences = inputs.sequences.tolist()
        # A plan makes tuples of them.
        of_each_sample: dict[str, Any] = {"order": order, "lengths": own_lengths, "sequences": sequences}
        plan = Plan(
            samples,
            run_timesteps(self.probe, self.inputs),
            batch_size,
            stateful,
            Resets() if resets is None else resets,
            epochs,
            **of_each_sample,
        )
        self._sequences = sequences_of(self.probe, self.inputs)
        # Without lengths there is nothing to cut off, and a model may have no input with a time axis.
        self._cut = self._sequences if own_lengths is not None else ()
        if own_lengths is not None:
            check_own_lengths(self.probe, self.inputs, plan)
        self._begin(plan, folder)

    def _begin(self, plan: Plan, folder: str | Path | None) -> None:
        """Stand before the first step of a plan, or after the last one of the recording in the folder."""
        self._states: States = self.probe.zero_states(plan.rows(0))
        self.trace = self._new_trace(plan, folder)
        if self.trace.plan is not plan:  # an earlier run's
            self.reconfigure(plan)
            self.rewind(self.trace.count)

    # -- what there is ------------------------------------------------------------------------------

    def __repr__(self) -> str:
        at = "finished" if self.finished else f"at {self.position}"
        return f"<Stepper: {self.trace.count:,} of {len(self.plan):,} steps, {at}>"

    @property
    def plan(self) -> Plan:
        """The sequence of steps; see :meth:`reconfigure`."""
        return self.trace.plan

    @property
    def position(self) -> Position:
        """Where the next step is; the epoch after the last one when the run is finished."""
        return position_of(self.plan, self.trace.count)

    @property
    def finished(self) -> bool:
        """Whether every step is recorded."""
        return self.trace.count >= len(self.plan)

    @property
    def stepwise_reason(self) -> str:
        """Why the model cannot be fed one timestep at a time; empty when it can."""
        return self.probe.stepwise.reason

    # -- going on -----------------------------------------------------------------------------------

    def step(self) -> Step:
        """Compute the next timestep of the batch.

        Raises
        ------
        PlanError
            The run is finished.
        """
        if self.finished:
            raise self._is_finished()
        number, position = self.trace.count, self.position
        self._advance(1)
        rows = self.plan.rows(position.batch)
        signals = {
            path: layer.all_rows(layer.step_of(number))[:rows] for path, layer in self.trace.layers.items()
        }
        return Step(position, self.plan.samples_of(position.batch), signals)

    def run(
        self,
        until: int | None = None,
        *,
        seconds: float | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> None:
        """Compute until so many steps are recorded.

        Parameters
        ----------
        until : int or None
            Steps recorded at the end; None for the whole run.
        seconds : float or None
            Stop earlier when this time has passed; at least one step is computed.
        progress : callable, optional
            Called with the fraction done after each stretch; what it raises stops the run.

        Raises
        ------
        PlanError
            ``until`` is no whole number, or ``seconds`` no number.
        """
        until = len(self.plan) if until is None else whole(until, "until", PlanError, least=0)
        until = min(until, len(self.plan))
        if seconds is not None:
            seconds = number(seconds, "seconds", PlanError)
        started, first = time.monotonic(), self.trace.count
        pace = 64 if seconds is not None else None  # timesteps of the first stretch; then by the clock
        while self.trace.count < until:
            before, count = time.monotonic(), self.trace.count
            if pace is None:
                self._advance(until - count, compiled=True)
            else:
                self._advance(min(pace, until - count))
            if progress is not None:
                progress((self.trace.count - first) / (until - first))
            if seconds is not None and pace is not None:
                now = time.monotonic()
                left = started + seconds - now
                if left <= 0:
                    break
                each = (now - before) / max(1, self.trace.count - count)
                pace = max(1, int(left / max(each, 1e-9)))

    def reset(self, rows: Sequence[int] | None = None) -> None:
        """Set h and c to zero before the next step, for these rows or for all of them.

        It becomes a reset point of the plan. In a model that is not fed stepwise the batch is computed
        anew from its start, because a layer that reads backwards is there already.

        Raises
        ------
        PlanError
            The run is finished, or a batch has no such row.
        """
        if self.finished:
            raise self._is_finished()
        position = self.position
        chosen: Any = rows  # a point makes a tuple of them
        point = ResetPoint(position.batch, position.timestep, chosen, position.epoch)
        self.reconfigure(self.plan.with_reset(point))

    def reconfigure(self, plan: Plan) -> int | None:
        """Go on under another plan of the same data and batch size.

        Returns
        -------
        int or None
            The first recorded step that was dropped; None when everything that was recorded stays. It is
            where the plans differ, or earlier in a model that is not fed stepwise, whose batches are
            computed whole, and 0 in a stateful run of a model with states that are not recorded.

        Raises
        ------
        PlanError
            The sizes differ: that needs a new stepper.
        """
        of_kind(plan, Plan, "A plan", PlanError, "Give a Plan, such as dataclasses.replace(stepper.plan, …).")
        if other_sizes(self.plan, plan):
            raise PlanError(
                "Another batch size, epochs or order need a run of their own.", "Make a new Stepper."
            )
        first = self.plan.first_difference(plan)
        count = self.trace.count
        if first is not None and not self.probe.stepwise:
            first -= plan.timetable.place(first)[1]
        if first is None or first >= count:
            self.trace.truncate(count, plan)
            return None
        first, states = self._before(first, plan)
        self.trace.truncate(first, plan)
        self._states = states  # only now: when the plan cannot be written, the run goes on as it was
        return first

    def rewind(self, count: int) -> None:
        """Drop what is recorded from a step on and stand before it, with the state that was there.

        Raises
        ------
        PlanError
            So many steps are not recorded.
        """
        count = whole(count, "The step to go back to", PlanError, least=0, most=self.trace.count)
        count, states = self._before(count, self.plan)
        self.trace.truncate(count)
        self._states = states

    def part(self, samples: NDArray[np.intp], stretch: slice) -> list[Array]:
        """Return the inputs of some samples, over a stretch of time as far as a model takes parts of them."""
        sequences = self._sequences if self.probe.stepwise else self._cut
        return part_of(self.inputs, sequences, samples, stretch)

    # -- inside -------------------------------------------------------------------------------------

    def _before(self, count: int, plan: Plan) -> tuple[int, States]:
        """Return the last step at or before ``count`` that can be stood before, and the states there."""
        if self.probe.has_other_states and plan.stateful:
            count = 0  # the states of the GRU or SimpleRNN layers beside are not recorded
        timestep = int(plan.timetable.place(count)[1])
        if timestep and not self.probe.stepwise:
            count -= timestep
            timestep = 0
        if count >= len(plan):
            return count, self._states
        # The state is that of the rows before the step; `batch_start` decides whether they hand it on.
        return count, states_before(self.probe, self.trace, plan, count)

    def _is_finished(self) -> PlanError:
        return PlanError(
            f"The run of {len(self.plan)} steps is finished.", "Start it again, or add an epoch."
        )

    def _advance(self, timesteps: int, compiled: bool = False) -> None:
        """Compute at most so many timesteps of the current batch and record them."""
        count, position = self.trace.count, self.position
        samples = self.plan.samples_of(position.batch)
        if position.timestep == 0:
            self._states = batch_start(self.probe, self.plan, position, self._states)
        if not self.probe.stepwise:
            self._advance_whole_batch(count, position, samples, timesteps, compiled)
            return
        widest = len(samples) * 24 * (sum(layer.units for layer in self.probe.layers) or 1)
        timesteps_of_batch = self.plan.timesteps_of(position.batch)
        stop = min(
            timesteps_of_batch,
            position.timestep + min(timesteps, _STRETCH_TIMESTEPS, _STRETCH_BYTES // widest + 1),
        )
        stretch = slice(position.timestep, stop)
        inputs = self.part(samples, stretch)
        kept = kept_inside(self.plan, position, stretch)
        result = self.probe.run(inputs, self._states, kept, compiled)
        self._states = result.states
        self._record(count, result, at_start=position.timestep == 0, at_end=stop == timesteps_of_batch)
        self.trace.publish(count + stop - position.timestep)

    def _advance_whole_batch(
        self, count: int, position: Position, samples: NDArray[np.intp], timesteps: int, compiled: bool
    ) -> None:
        """Compute a batch at its first timestep, and show so many more timesteps of it."""
        timesteps_of_batch = self.plan.timesteps_of(position.batch)
        if position.timestep == 0:
            inputs = self.part(samples, slice(0, timesteps_of_batch))
            kept = kept_inside(self.plan, position, slice(None))
            result = self.probe.run(inputs, self._states, kept, compiled)
            self._states = result.states
            self._record(count, result, at_start=True, at_end=True)
        self.trace.publish(count + min(timesteps, timesteps_of_batch - position.timestep))

    def _record(self, step: int, result: ProbeResult, *, at_start: bool, at_end: bool) -> None:
        batch = self.plan.timetable.place(step)[0]
        layers = self.trace.layers.values()
        found = zip(layers, result.signals, result.masks, result.initial, strict=True)
        for layer, signals, mask, initial in found:
            layer.write(layer.step_of(step), signals, mask)
            if at_start:
                layer.write_initial(batch, initial)
        for k, (output, spec) in enumerate(zip(result.outputs, self.trace.output_specs, strict=True)):
            if spec.each_step or at_end:
                self.trace.write_output(k, step, output)
        for k, endings in enumerate(result.endings):
            if endings is not None:
                self.trace.write_endings(k, step, endings)

    def _new_trace(self, plan: Plan, folder: str | Path | None) -> Trace:
        """Make a recording, or take up the one that lies in the folder."""
        where = None if folder is None else Path(folder)
        digested = "" if where is None else digest(self.probe, self._what_is_run())
        if where is not None and (where / "header.json").exists():
            return taken_up(where, self.probe.layers, plan, digested, self.generation)
        timesteps, outputs = recording_shape(self.probe, self.inputs, plan, self._cut)
        return Trace(
            plan,
            self.probe.layers,
            timesteps,
            outputs,
            where,
            digest=digested,
            generation=self.generation,
        )

    def _what_is_run(self) -> Sequence[Array]:
        """Return the arrays that tell this run from one of something else."""
        return self.inputs


def probe_of(model: Any) -> Probe:
    """Return a probe of a LoadedModel or of a Keras model.

    Raises
    ------
    ModelError
        It is something else, or cannot run.
    """
    import keras

    from lstm_viz.probe import Probe

    found = getattr(model, "keras_model", model)
    if not isinstance(found, keras.Model):
        raise ModelError(
            f"{model!r:.80} is no model.", "Give a keras.Model, or what lstm_viz.load_model returns."
        )
    return Probe(found)
