"""What the gates of one unit are made of: what each feature, each unit and the bias add to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lstm_viz.errors import ModelError, TraceError
from lstm_viz.layers import LSTMLayer
from lstm_viz.reference import ACTIVATIONS
from lstm_viz.signals import SIGNALS

Array = NDArray[np.float64]
_NEAR = 0.05  # half precision is as far off
EXPLAINED = SIGNALS[:4]
"""The signals that are made by a pre-activation, in the order of the first axis of `Contributions`."""


@dataclass(frozen=True, eq=False)
class Contributions:
    """What the pre-activations of one unit at one timestep are sums of.

    Parameters
    ----------
    inputs : ndarray, shape (4, features)
        x·W, one addend for each feature; the first axis is ``i f g o``.
    recurrent : ndarray, shape (4, units)
        h'·U, one addend for each unit of the layer.
    bias : ndarray, shape (4,)
    """

    inputs: Array
    recurrent: Array
    bias: Array

    @property
    def z(self) -> Array:
        """The pre-activations, shape (4,): ``i = σ(z)`` and so on."""
        return np.asarray(self.inputs.sum(axis=1) + self.recurrent.sum(axis=1) + self.bias)


def contributions(
    x: ArrayLike,
    h: ArrayLike,
    kernel: ArrayLike,
    recurrent_kernel: ArrayLike,
    bias: ArrayLike | None,
    unit: int,
) -> Contributions:
    """Split the pre-activations of a unit into what each feature and each unit adds.

    Parameters
    ----------
    x : array, shape (features,)
        Input of the layer at the timestep.
    h : array, shape (units,)
        Hidden state before it.
    kernel, recurrent_kernel, bias : array, shapes (features, 4 · units), (units, 4 · units), (4 · units,)
        As Keras keeps them, in the order i, f, g, o. None for no bias.
    unit : int

    Returns
    -------
    Contributions

    Raises
    ------
    ValueError
        Shapes that do not fit together.
    """
    x, h, kernel, recurrent_kernel = (np.asarray(a, np.float64) for a in (x, h, kernel, recurrent_kernel))
    units = len(h)
    columns = unit + units * np.arange(len(EXPLAINED))
    added = np.zeros(len(columns)) if bias is None else np.asarray(bias, np.float64)[columns]
    return Contributions(
        (x[:, None] * kernel[:, columns]).T, (h[:, None] * recurrent_kernel[:, columns]).T, added
    )


def strongest(addends: Array, most: int) -> NDArray[np.intp]:
    """Return which addends are largest in size, the largest first; those that are zero are left out."""
    order = np.argsort(-np.abs(addends), kind="stable")[:most]
    return np.asarray(order[addends[order] != 0])


def explain(stepper: Any, path: str, step: int, row: int, unit: int) -> tuple[Contributions, Array]:
    """Find out what the gates of a unit were made of at a step that is recorded.

    Parameters
    ----------
    stepper : Stepper
        Neither its state nor its recording is changed.
    path : str
        Of the LSTM.
    step : int
        Of that layer, which is the run's where it shares the input's time.
    row, unit : int

    Returns
    -------
    contributions : Contributions
    x : ndarray, shape (features,)
        The input of the layer.

    Raises
    ------
    TraceError
        The step is not recorded, or masked.
    ModelError
        The layer's input cannot be found out again, or is not what was run.
    """
    layer = stepper.trace.layers[path]
    if not 0 <= step < layer.count:
        raise TraceError(f"Step {step} is not recorded.", "Step the model that far first.")
    if not layer.computed(step, row):
        raise TraceError(f"Step {step} is masked: it was not computed.", "Choose another timestep.")
    number = list(stepper.trace.layers).index(path)
    x = layer_input(stepper, number, step, row)
    h = layer.state_before_row(step, row)[0]
    kernel, recurrent_kernel, bias = stepper.probe.weights(number)
    found = contributions(x, h, kernel, recurrent_kernel, bias, unit)
    _check(found.z, layer.values(step, row)[:, unit], layer.layer)
    return found, x


def _check(z: Array, recorded: NDArray[np.floating], layer: LSTMLayer) -> None:
    """Refuse what is not what was recorded, such as where the run was fed something else since."""
    for number, name in enumerate((layer.recurrent_activation,) * 2 + (layer.activation,)):
        if name not in ACTIVATIONS or name == "softmax" or not np.isfinite(recorded[number]):
            continue
        with np.errstate(all="ignore"):
            gate = float(ACTIVATIONS[name](z[number]))
        if not np.isclose(gate, recorded[number], rtol=_NEAR, atol=_NEAR):
            raise ModelError(
                f"The recorded gate is {recorded[number]:.4f}, and its parts give {gate:.4f}.",
                "Run this step again, then ask once more.",
            )


def layer_input(stepper: Any, number: int, step: int, row: int) -> Array:
    """Return what an LSTM was fed at a recorded step, shape (features,).

    It is not recorded. The row is run once more from the states that were recorded before the timestep,
    or before the batch where the model is not fed one timestep at a time.

    Raises
    ------
    ModelError
        The layer stands behind one whose state is not recorded and was carried into this batch.
    """
    probe, plan, layers = stepper.probe, stepper.plan, list(stepper.trace.layers.values())
    run_batch, timestep = layers[number].timetable.place(step)
    epoch, batch = divmod(run_batch, plan.batches)
    sample = np.array([plan.sample(batch, row)])
    resets = plan.reset_mask(epoch, batch)[:, row]
    if probe.has_other_states and not resets[0]:
        raise ModelError(
            "The state of a layer that is no LSTM was carried into this batch, and it is not recorded.",
            "Look at a batch that starts from zeros.",
        )
    keep, seen = np.ones((1, 1), bool), None
    if probe.stepwise:
        stretch, at = slice(timestep, timestep + 1), 0
        found = [layer.state_before_row(step, row) for layer in layers]
        if timestep:
            seen = [layer.any_computed(step - timestep, step)[row : row + 1] for layer in layers]
    else:
        stretch, at = slice(0, plan.timesteps_of(batch)), timestep
        found = [layer.state_before_row(_first(layer, run_batch), row) for layer in layers]
        keep = ~resets[None]
        keep[0, 0] = True  # the states found are those after that reset
    states = probe.with_layer_states(probe.zero_states(1), [state[None] for state in found], seen)
    given = stepper.part(sample, stretch)
    return np.asarray(probe.layer_inputs(given, states, keep)[number][at, 0], np.float64)


def _first(layer: Any, batch: int) -> int:
    """Return the step of a layer that is processed first in a batch."""
    first: int = layer.timetable.first(batch)
    return first + (layer.timetable.length(batch) - 1 if layer.layer.go_backwards else 0)
