"""The loop over the timesteps of one recurrent layer, on the TensorFlow side of the probe.

"RNN owns time, the cell owns one step": Keras's own loop knows neither resets inside a sequence nor states
that are handed from one stretch of a sequence to the next, so this one takes its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from lstm_viz.cell import ProbeCell
from lstm_viz.layers import cells_of, is_cell
from lstm_viz.signals import C, H


@dataclass
class LayerRun:
    """What one call of a recurrent layer gave, as tensors."""

    signals: dict[int, Any]  # by cell: (timesteps, rows, 6 · units) in the input's time
    mask: Any  # (timesteps, rows)
    initial: dict[int, Any]  # by cell: (rows, 2, units)
    states: list[Any]
    outputs: Any  # (rows, timesteps, units) in the order of processing
    last: Any  # (rows, units)
    over_time: list[Any]  # h and c of each LSTM, one after the other: (rows, timesteps, units)
    inputs: dict[int, Any]  # by cell: (timesteps, rows, features); empty unless they were asked for


def run_layer(
    rnn: Any,
    sequences: Any,
    given: list[Any],
    handed: list[Any],
    mask: Any,
    keep: Any,
    with_inputs: bool = False,
) -> LayerRun:
    """Run a recurrent layer's cells over its sequence, one timestep at a time.

    ``given`` are the states from outside, ``handed`` those that the model itself passes as
    ``initial_state`` (they win). ``with_inputs`` keeps what each cell was fed, too. Everything runs in the
    layer's own order; what leaves is turned back.
    """
    compute = rnn.cell.compute_dtype
    cells = [ProbeCell(cell) if is_cell(cell, "LSTMCell") else cell for cell in cells_of(rnn)]
    lstms = [k for k, cell in enumerate(cells) if isinstance(cell, ProbeCell)]
    last_has_signals = isinstance(cells[-1], ProbeCell)
    xs = tf.transpose(tf.cast(sequences, compute), [1, 0, 2])
    steps, rows = tf.shape(xs)[0], tf.shape(xs)[1]
    mask, keep = _time_major_mask(mask), _keep_of_this_time(keep, steps)
    if rnn.go_backwards:
        xs, mask, keep = (None if t is None else tf.reverse(t, [0]) for t in (xs, mask, keep))
    *states, seen_before = given
    states = [tf.cast(state, compute) for state in handed or states]
    # What the first processed timestep finds: for a layer that reads backwards that is the last one.
    initial = split_states(cells, _kept(states, None if keep is None else keep[0]))

    first_input = xs
    if isinstance(cells[0], ProbeCell):  # one large product instead of one for each timestep
        projected = cells[0].project(tf.reshape(xs, [-1, xs.shape[-1]]))
        xs = tf.reshape(projected, [steps, rows, projected.shape[-1]])
    inputs = tf.TensorArray(compute, steps, element_shape=xs.shape[1:]).unstack(xs)

    def body(step: Any, arrays: list[Any], states: list[Any]) -> tuple[Any, list[Any], list[Any]]:
        before = _kept(states, None if keep is None else keep[step])
        value, after, written, fed = inputs.read(step), [], [], []
        for k, (cell, own) in enumerate(zip(cells, split_states(cells, before), strict=True)):
            if k in inner:
                fed.append(value)
            if isinstance(cell, ProbeCell):
                signals, *new = cell.step(value if k == 0 else cell.project(value), *own)
                if mask is not None:
                    gates = tf.fill([rows, 4 * cell.units], tf.constant(np.nan, compute))
                    signals = _where(mask[step], signals, tf.concat([gates, own[1], own[0]], -1))
                written.append(signals)
            else:
                new = keras.tree.flatten(cell(value, own)[1])
            if mask is not None:
                new = [_where(mask[step], s, old) for s, old in zip(new, own, strict=True)]
            value = new[0]  # the output of all these cells is their first state
            after += new
        if not last_has_signals:
            written.append(value)
        written = fed + written
        return step + 1, [a.write(step, v) for a, v in zip(arrays, written, strict=True)], after

    inner = [k for k in lstms if k and with_inputs]
    widths = [state_sizes(cells[k - 1])[0] for k in inner] + [6 * cells[k].units for k in lstms]
    if not last_has_signals:
        widths.append(state_sizes(cells[-1])[0])
    # The shape of what is written is for XLA, which has to know it beforehand.
    arrays = [tf.TensorArray(compute, steps, element_shape=(xs.shape[1], width)) for width in widths]
    loop_vars = (tf.constant(0), arrays, states)
    _, arrays, states = tf.while_loop(
        lambda step, *_: step < steps, body, loop_vars, maximum_iterations=steps
    )
    stacked = [array.stack() for array in arrays]
    h = stacked[-1][..., -state_sizes(cells[-1])[0] :]
    outputs, seen = _as_keras_masks(rnn, h, mask, seen_before)
    outputs = tf.ensure_shape(tf.transpose(outputs, [1, 0, 2]), [*sequences.shape[:2], None])
    mask = tf.ones([steps, rows], tf.bool) if mask is None else mask
    turned = [tf.reverse(t, [0]) if rnn.go_backwards else t for t in (mask, *stacked[len(inner) :])]
    fed = dict(zip(inner, stacked, strict=False))
    if with_inputs and 0 in lstms:
        fed[0] = first_input
    return LayerRun(
        signals={k: tf.cast(values, tf.float32) for k, values in zip(lstms, turned[1:], strict=False)},
        mask=turned[0],
        initial={k: tf.cast(tf.stack(initial[k], 1), tf.float32) for k in lstms},
        states=[*states, seen],
        outputs=outputs,
        last=outputs[:, -1],
        over_time=[
            tf.transpose(values[..., part * units : (part + 1) * units], [1, 0, 2])
            for k, values in zip(lstms, stacked[len(inner) :], strict=False)
            for units in (cells[k].units,)
            for part in (H, C)
        ],
        inputs={
            k: tf.cast(tf.reverse(t, [0]) if rnn.go_backwards else t, tf.float64) for k, t in fed.items()
        },
    )


def _as_keras_masks(rnn: Any, h: Any, mask: Any, seen_before: Any) -> tuple[Any, Any]:
    """Return what Keras gives for masked timesteps, and which rows have seen an unmasked one.

    A plain layer repeats its last output, zeros before the first one (whatever the carried state);
    inside Bidirectional a masked timestep gives zeros.
    """
    if mask is None:
        return h, tf.ones_like(seen_before)
    seen = tf.logical_or(tf.cumsum(tf.cast(mask, tf.int32), 0) > 0, seen_before[None])
    shown = mask if rnn.zero_output_for_mask else seen
    return _where(shown, h, 0.0), seen[-1]


def split_states(cells: list[Any], states: list[Any]) -> list[list[Any]]:
    """Return a flat list of states as one list for each cell."""
    found, first = [], 0
    for cell in cells:
        count = len(state_sizes(cell))
        found.append(list(states[first : first + count]))
        first += count
    return found


def _kept(states: list[Any], keep: Any) -> list[Any]:
    """Return the states with zeros in the rows that are not kept, (rows,); all of them for None."""
    return states if keep is None else [_where(keep, state, 0.0) for state in states]


def _where(condition: Any, value: Any, other: Any) -> Any:
    """Choose by a condition that lacks the last axis."""
    return tf.where(condition[..., None], value, tf.cast(other, value.dtype))


def _time_major_mask(mask: Any) -> Any:
    """Return the mask as (timesteps, rows), or None."""
    if isinstance(mask, (list, tuple)):
        mask = mask[0]
    if mask is None:
        return None
    mask = tf.cast(mask, tf.bool)
    if len(mask.shape) == 3:
        mask = mask[..., 0]
    return tf.transpose(mask)


def _keep_of_this_time(keep: Any, steps: Any) -> Any:
    """Return keep as (timesteps, rows) where it speaks of a sequence of this length, else keep everything.

    A layer with a time axis of its own (behind RepeatVector or pooling) is not reset inside a sequence.
    """
    if keep is None:
        return None
    keep = tf.transpose(keep)
    everything = tf.ones([steps, tf.shape(keep)[1]], tf.bool)
    return tf.cond(tf.equal(tf.shape(keep)[0], steps), lambda: keep, lambda: everything)


def state_sizes(cell: Any) -> list[int]:
    """Return the width of each state of a cell."""
    return list(cell.state_size) if isinstance(cell.state_size, (list, tuple)) else [cell.state_size]
