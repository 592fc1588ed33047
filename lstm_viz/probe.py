"""A model whose LSTM layers run on ProbeCells, with their states passed in and out.

The model is called as it is. While its graph is traced, the call of each recurrent layer is replaced
by a loop over :class:`ProbeCell` steps, so that masks, nested models, Bidirectional and everything
else around the LSTM layers stays Keras's own work. No second model is built and no weight is copied.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from lstm_viz.compiled import Compiled, traced
from lstm_viz.ending import ending_reasons
from lstm_viz.errors import ModelError
from lstm_viz.layer_run import LayerRun
from lstm_viz.layers import LSTMLayer, cells_of, is_cell, lstm_calls, recurrent_calls
from lstm_viz.replaced_calls import Slot, States, Tape
from lstm_viz.signals import SIGNALS
from lstm_viz.stepwise import stepwise, takes_tokens

Array = NDArray[Any]


@dataclass(frozen=True)
class ProbeResult:
    """What a probe gives for a stretch of timesteps of one batch.

    Parameters
    ----------
    outputs : list of ndarray
        The model's outputs, rows first.
    signals : list of ndarray, each (timesteps, rows, 6, units)
        One for each of the probe's layers, in the input's time.
    masks : list of ndarray of bool, each (timesteps, rows)
        True where a timestep was computed.
    initial : list of ndarray, each (rows, 2, units)
        h and c that each layer started from.
    states : States
        To be handed to the next stretch.
    endings : list of ndarray or None
        For each output what it would be if the sequence ended at each timestep, (rows, timesteps, …); None
        where the probe's ``ending_reasons`` say why not.
    """

    outputs: list[Array]
    signals: list[Array]
    masks: list[NDArray[np.bool_]]
    initial: list[Array]
    states: States
    endings: list[Array | None]


class Probe:
    """Runs a Keras model so that every LSTM shows its signals and takes its state from outside.

    Parameters
    ----------
    model : keras.Model
        Used as it is; its own ``stateful`` settings play no part.

    Attributes
    ----------
    layers : tuple of LSTMLayer
    stepwise : Stepwise
        Whether it can be fed one timestep at a time.
    ending_reasons : tuple of str
        For each output why it is not known what it would be if the sequence ended earlier; empty where it is.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self._input_tensors()  # refuses what has none, before anything else stumbles over that
        self.stepwise = stepwise(model)
        self._slots = [Slot(call) for call in recurrent_calls(model)]
        calls = lstm_calls([slot.call for slot in self._slots])
        self.layers: tuple[LSTMLayer, ...] = tuple(call.layer for call in calls)
        numbers = {slot.key: number for number, slot in enumerate(self._slots)}
        self._where = [(numbers[call.of.rnn_key], call.cell) for call in calls]  # each LSTM's slot and cell
        shapes = [tuple(tensor.shape) for tensor in keras.tree.flatten(model.outputs)]
        self.ending_reasons = ending_reasons(self.stepwise, shapes, sum(call.layer.units for call in calls))
        self._specs = [self._input_specs(), [slot.specs() for slot in self._slots]]
        keep = tf.TensorSpec((None, None), tf.bool)
        self._find_inputs = tf.function(
            self._trace_inputs, input_signature=[*self._specs, keep], autograph=False
        )
        self._compiled = Compiled(self._trace)

    def zero_states(self, rows: int) -> States:
        """Return states of zeros for so many rows."""
        return [slot.zeros(rows) for slot in self._slots]

    def layer_states(self, states: States) -> list[Array]:
        """Return h and c of each LSTM out of the states, each (rows, 2, units)."""
        found = []
        for slot, cell in self._where:
            first = self._slots[slot].first_state_of(cell)
            found.append(np.stack([np.asarray(s, np.float32) for s in states[slot][first : first + 2]], 1))
        return found

    def with_layer_states(
        self,
        states: States,
        values: Sequence[Array],
        seen: Sequence[NDArray[np.bool_]] | None = None,
    ) -> States:
        """Return the states with h and c of each LSTM replaced.

        Parameters
        ----------
        states : States
        values : sequence of ndarray, each (rows, 2, units)
            As from :meth:`layer_states`.
        seen : sequence of ndarray of bool, each (rows,), or None
            Whether each row has had an unmasked timestep in its sequence; None for no row.
        """
        changed = [list(slot) for slot in states]
        for number, ((slot, cell), value) in enumerate(zip(self._where, values, strict=True)):
            first, dtype = self._slots[slot].first_state_of(cell), self._slots[slot].dtype
            changed[slot][first] = np.ascontiguousarray(value[:, 0], dtype)
            changed[slot][first + 1] = np.ascontiguousarray(value[:, 1], dtype)
            if seen is not None:
                changed[slot][-1] = seen[number]
        return changed

    def at_sequence_start(self, states: States, zeroed: NDArray[np.bool_]) -> States:
        """Return the states as a new sequence finds them: zero in some rows, and no timestep seen."""

        def start(state: Any) -> Any:
            return np.where(zeroed[:, None], 0, np.asarray(state)) if zeroed.any() else state

        return [[*(start(state) for state in slot[:-1]), np.zeros(len(zeroed), bool)] for slot in states]

    @property
    def has_other_states(self) -> bool:
        """Whether layers other than LSTMs keep a state, which the signals do not hold."""
        return any(not is_cell(c, "LSTMCell") for slot in self._slots for c in cells_of(slot.call.rnn))

    @functools.cached_property
    def _may_be_compiled(self) -> bool:
        """Whether compiling changes nothing but the rounding of the last digit.

        XLA computes half precision in single, and takes a token that is out of range for the last one.
        """
        return not self.token_inputs and all(slot.dtype in ("float32", "float64") for slot in self._slots)

    @property
    def input_shapes(self) -> list[tuple[int | None, ...]]:
        """Shape of each input of the model, samples first; None where any size will do."""
        return [tuple(tensor.shape) for tensor in self._input_tensors()]

    @property
    def input_names(self) -> list[str]:
        """Name of each input of the model."""
        return [tensor.name for tensor in self._input_tensors()]

    @property
    def output_names(self) -> list[str]:
        """Name of the layer that gives each output of the model."""
        return [tensor._keras_history.operation.name for tensor in keras.tree.flatten(self.model.outputs)]

    @property
    def token_inputs(self) -> list[int]:
        """Positions of the inputs that take whole numbers."""
        return [k for k, tensor in enumerate(self._input_tensors()) if takes_tokens(self.model, tensor)]

    def run(
        self,
        inputs: Sequence[Array],
        states: States,
        keep: NDArray[np.bool_] | None = None,
        compiled: bool = False,
    ) -> ProbeResult:
        """Run a stretch of timesteps of one batch.

        Parameters
        ----------
        inputs : sequence of ndarray
            One for each input of the model, rows first. Of a model that can be fed stepwise any stretch
            of timesteps; of others all of them.
        states : States
            From :meth:`zero_states` or the result before.
        keep : ndarray of bool, shape (rows, timesteps), or None
            False where the state becomes zero just before the timestep is processed. It holds for the
            layers whose sequence is as long as the input's; others are not reset inside a sequence.
        compiled : bool
            Compile it once stretches of this shape have been run often: see :mod:`lstm_viz.compiled`.

        Raises
        ------
        ModelError
            TensorFlow cannot run the model on these inputs.
        """
        given = self._given(inputs)
        arguments = (given, states) if keep is None else (given, states, keep)
        compiled = compiled and self._may_be_compiled
        with _told_in_words():
            found = self._compiled.called(*arguments) if compiled else None
            if found is None:
                found = self._run(*arguments) if keep is None else self._run_with_resets(*arguments)
                if compiled:
                    self._compiled.ran(max((len(mask) for mask in found[3]), default=1), *arguments)
        outputs, endings, signals, masks, initial, new_states = found
        known = iter(endings)
        return ProbeResult(
            [output.numpy() for output in outputs],
            [_apart(np.asarray(signal)) for signal in signals],  # not .numpy(): that copies
            [mask.numpy() for mask in masks],
            [start.numpy() for start in initial],
            new_states,
            [None if reason else next(known).numpy() for reason in self.ending_reasons],
        )

    def layer_inputs(self, inputs: Sequence[Array], states: States, keep: NDArray[np.bool_]) -> list[Array]:
        """Return what each LSTM is fed over a stretch of timesteps, each (timesteps, rows, features).

        Parameters as for :meth:`run`; float64, in the input's time. The first call traces the model anew.
        """
        with _told_in_words():
            return [found.numpy() for found in self._find_inputs(self._given(inputs), states, keep)]

    def weights(self, layer: int) -> tuple[Array, Array, Array | None]:
        """Return kernel (features, 4 · units), recurrent kernel and bias (or None) of one of the LSTMs."""
        slot, number = self._where[layer]
        cell = cells_of(self._slots[slot].call.rnn)[number]
        bias = np.asarray(cell.bias) if cell.use_bias else None
        return np.asarray(cell.kernel), np.asarray(cell.recurrent_kernel), bias

    # Traced when they are first called: each takes about a second.

    @functools.cached_property
    def _run(self) -> Callable[..., Any]:
        return traced(self._trace, self._specs)

    @functools.cached_property
    def _run_with_resets(self) -> Callable[..., Any]:
        return traced(self._trace, [*self._specs, tf.TensorSpec((None, None), tf.bool)])

    # -- sizes --------------------------------------------------------------------------------------

    def _given(self, inputs: Sequence[Array]) -> list[Array]:
        return [np.ascontiguousarray(x, spec.dtype.as_numpy_dtype) for x, spec in self._pairs(inputs)]

    def _pairs(self, inputs: Sequence[Array]) -> Iterator[tuple[Array, tf.TensorSpec]]:
        return zip(inputs, self._input_specs(), strict=True)

    def _input_tensors(self) -> list[Any]:
        tensors = getattr(self.model, "inputs", None)  # Keras raises AttributeError before it is built
        if not tensors:
            raise ModelError(
                f"The model {self.model.name!r} does not know the shape of its input.",
                "Build it first, for example by adding an Input. A model of a class of its own has to be "
                "made of Functional or Sequential parts.",
            )
        return list(tensors)

    def _input_specs(self) -> list[tf.TensorSpec]:
        tensors = self._input_tensors()
        kinds = self.stepwise.inputs or ("vector",) * len(tensors)
        return [
            tf.TensorSpec((None, None, *t.shape[2:]) if kind == "time" else (None, *t.shape[1:]), t.dtype)
            for t, kind in zip(tensors, kinds, strict=True)
        ]

    # -- the graph ----------------------------------------------------------------------------------

    def _trace(self, inputs: list[Any], states: States, keep: Any = None) -> tuple[Any, ...]:
        """Call the model with its recurrent layers replaced; runs once for each kind of input."""
        fold = "" in self.ending_reasons
        if fold:
            inputs = self._for_each_step(inputs)
        outputs, loops = self._call_model(inputs, states, keep, fold=fold)
        outputs, endings = self._unfolded(keras.tree.flatten(outputs), inputs) if fold else (outputs, [])
        return (
            keras.tree.flatten(outputs),
            endings,
            [loops[slot].signals[cell] for slot, cell in self._where],
            [loops[slot].mask for slot, _ in self._where],
            [loops[slot].initial[cell] for slot, cell in self._where],
            [loop.states for loop in loops],
        )

    def _for_each_step(self, inputs: list[Any]) -> list[Any]:
        """Return the inputs, those without a time axis repeated for each timestep, as rows of their own."""
        kinds = self.stepwise.inputs
        steps = tf.shape(inputs[kinds.index("time")])[1]
        return [
            x if kind == "time" else tf.repeat(x, steps, 0) for x, kind in zip(inputs, kinds, strict=True)
        ]

    def _unfolded(self, outputs: list[Any], inputs: list[Any]) -> tuple[list[Any], list[Any]]:
        """Return the outputs as the model gives them, and those that are kept after each timestep."""
        rows, steps = tf.unstack(tf.shape(inputs[self.stepwise.inputs.index("time")])[:2])
        found, endings = [], []
        for value, kind, reason in zip(outputs, self.stepwise.outputs, self.ending_reasons, strict=True):
            if kind == "time":
                found.append(value)
                continue
            each = tf.reshape(value, [rows, steps, *value.shape[1:]])
            found.append(each[:, -1])
            if not reason:
                endings.append(each)
        return found, endings

    def _trace_inputs(self, inputs: list[Any], states: States, keep: Any) -> list[Any]:
        """Do the same for what the LSTMs are fed alone."""
        _, loops = self._call_model(inputs, states, keep, with_inputs=True)
        return [loops[slot].inputs[cell] for slot, cell in self._where]

    def _call_model(
        self, inputs: list[Any], states: States, keep: Any, fold: bool = False, with_inputs: bool = False
    ) -> tuple[Any, list[LayerRun]]:
        tape = Tape(self._slots, states, keep, fold, with_inputs)
        with tape.interposed(self.model):
            outputs = self.model(_as_the_model_takes(self.model, inputs), training=False)
        missing = [slot.call.path for slot in self._slots if slot.key not in tape.loops]
        if missing:
            raise ModelError(f"The model never calls its layers {', '.join(missing)}.")
        return outputs, [tape.loops[slot.key] for slot in self._slots]


@contextlib.contextmanager
def _told_in_words() -> Iterator[None]:
    """Raise what TensorFlow raises as what a user can mend."""
    try:
        yield
    except tf.errors.OpError as error:
        raise ModelError(
            f"TensorFlow could not run the model on this data: {error.message.splitlines()[0]}",
            "Check the shape of the data and the range of its tokens.",
            str(error),
        ) from error


def _apart(signals: Array) -> Array:
    """Return (timesteps, rows, 6 · units) as (timesteps, rows, 6, units)."""
    steps, rows, width = signals.shape
    return signals.reshape(steps, rows, len(SIGNALS), width // len(SIGNALS))


def _as_the_model_takes(model: Any, inputs: list[Any]) -> Any:
    structure = getattr(model, "_inputs_struct", None)
    if structure is not None:
        return keras.tree.pack_sequence_as(structure, inputs)
    return inputs[0] if len(inputs) == 1 else inputs
