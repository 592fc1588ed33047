"""The calls of a model's recurrent layers, replaced for as long as the model is traced.

Each call of each layer keeps states of its own (:class:`Slot`); a :class:`Tape` makes the layers call the
probe's loop in their place, and keeps what that gave.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from lstm_viz.errors import ModelError
from lstm_viz.layer_run import LayerRun, run_layer, split_states, state_sizes
from lstm_viz.layers import RecurrentCall, cells_of
from lstm_viz.stepwise import treats_timesteps_alone

Array = NDArray[Any]
# For each call of a recurrent layer: its states, flat, then whether each row has seen an unmasked timestep.
States = list[list[Any]]


class Slot:
    """One call of one recurrent layer, and the states that it keeps."""

    def __init__(self, call: RecurrentCall) -> None:
        self.call = call
        self.key = call.rnn_key
        self.dtype = call.rnn.cell.compute_dtype
        self._sizes = [state_sizes(cell) for cell in cells_of(call.rnn)]

    def first_state_of(self, cell: int) -> int:
        """Return where the states of one of its cells begin."""
        return sum(len(sizes) for sizes in self._sizes[:cell])

    def zeros(self, rows: int) -> list[Array]:
        """Return its states as zeros, and that no row has seen an unmasked timestep."""
        sizes = [size for of_cell in self._sizes for size in of_cell]
        return [*(np.zeros((rows, size), self.dtype) for size in sizes), np.zeros(rows, bool)]

    def specs(self) -> list[tf.TensorSpec]:
        """Return the same as TensorFlow's description of it."""
        return [tf.TensorSpec((None, *zeros.shape[1:]), zeros.dtype) for zeros in self.zeros(0)]


def _inside(layer: Any, kind: Any) -> Iterator[Any]:
    """Yield every layer of a class inside a layer, itself included."""
    for inner in layer._flatten_layers(include_self=True):
        if isinstance(inner, kind):
            yield inner


def _folded_call(inner: Any) -> Callable[..., Any]:
    """Return a call of TimeDistributed that folds time into the rows.

    Keras's own is a copy of the layer's operations for each timestep where the length is fixed, and for
    an open length gives wrong numbers (Keras 3.15 on TensorFlow 2.20).
    """

    def call(inputs: Any, training: bool = False, mask: Any = None) -> Any:
        rows, steps = tf.shape(inputs)[0], tf.shape(inputs)[1]
        folded = inner(tf.reshape(inputs, [rows * steps, *inputs.shape[2:]]))
        output = tf.reshape(folded, [rows, steps, *folded.shape[1:]])
        return tf.ensure_shape(output, [*inputs.shape[:2], *folded.shape[1:]])

    return call


class Tape:
    """Replaces the calls of recurrent layers while a model is traced, and keeps what they gave.

    With ``fold`` a layer that gives no sequence gives what it would after each timestep, as rows of their
    own: whatever stands behind it treats each row alone.
    """

    def __init__(
        self, slots: Sequence[Slot], states: States, keep: Any, fold: bool, with_inputs: bool
    ) -> None:
        self._fold, self._with_inputs = fold, with_inputs
        self._given = {slot.key: state for slot, state in zip(slots, states, strict=True)}
        self._rnns = {id(slot.call.rnn): slot.call.rnn for slot in slots}
        self._keep = keep
        self._count: dict[int, int] = {}
        self.loops: dict[tuple[int, int], LayerRun] = {}

    @contextlib.contextmanager
    def interposed(self, model: Any) -> Iterator[None]:
        """Let every recurrent layer of the model call this tape."""
        with contextlib.ExitStack() as stack:
            for layer in _inside(model, keras.layers.Bidirectional):
                # Its fused path would skip the calls of its layers.
                stack.enter_context(_replaced(layer, "_can_attempt_fused_lstm", lambda *_: False))
                stack.enter_context(_replaced(layer, "_can_attempt_fused_gru", lambda *_: False))
            for layer in _inside(model, keras.layers.TimeDistributed):
                if treats_timesteps_alone(layer.layer):
                    stack.enter_context(_replaced(layer, "call", _folded_call(layer.layer)))
            for rnn in self._rnns.values():
                stack.enter_context(_replaced(rnn, "call", self._call_of(rnn)))
            yield

    def _call_of(self, rnn: Any) -> Callable[..., Any]:
        def call(sequences: Any, initial_state: Any = None, mask: Any = None, training: bool = False) -> Any:
            key = id(rnn), self._count.get(id(rnn), 0)
            self._count[id(rnn)] = key[1] + 1
            if key not in self._given:
                raise ModelError(
                    f"The layer {rnn.name!r} is called more often than its model shows.",
                    "Rebuild the model from Functional or Sequential parts.",
                )
            handed = [] if initial_state is None else keras.tree.flatten(initial_state)
            given, keep = self._given[key], self._keep
            loop = run_layer(rnn, sequences, given, handed, mask, keep, self._with_inputs)
            self.loops[key] = loop
            last = _folded(loop.outputs) if self._fold else loop.last
            output = tf.cast(loop.outputs if rnn.return_sequences else last, rnn.compute_dtype)
            if not rnn.return_state:
                return output
            states = [_folded(state) for state in loop.over_time] if self._fold else loop.states[:-1]
            of_cells = split_states(cells_of(rnn), states)
            return (output, *(of_cells if len(of_cells) > 1 else of_cells[0]))

        return call


def _folded(values: Any) -> Any:
    """Return (rows, timesteps, units) as (rows · timesteps, units)."""
    return tf.reshape(values, [-1, values.shape[-1]])


@contextlib.contextmanager
def _replaced(layer: Any, name: str, value: Any) -> Iterator[None]:
    """Set an attribute on this one layer, past Keras's tracking, and take it away again."""
    object.__setattr__(layer, name, value)
    try:
        yield
    finally:
        object.__delattr__(layer, name)
