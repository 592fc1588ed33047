"""What is fed to a model: one array for each of its inputs, and parts of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.dataset import Dataset
from lstm_viz.dataset.fit import mismatch
from lstm_viz.errors import DataError, PlanError
from lstm_viz.plan import Plan

if TYPE_CHECKING:
    from lstm_viz.probe import Probe

Array = NDArray[Any]

# Arrays up to this size are digested whole, of larger ones so many values.
_DIGEST_BYTES = 2**20
_DIGEST_VALUES = 4096


def inputs_for(probe: Probe, inputs: Any) -> tuple[Array, ...]:
    """Return a Dataset, an array, or a sequence or dict of arrays as one array for each input of the model.

    Raises
    ------
    DataError
        They do not fit the model; it says both shapes in words.
    """
    if isinstance(inputs, Mapping):
        if set(inputs) != set(probe.input_names):
            raise DataError(
                f"The model's inputs are called {', '.join(probe.input_names)}; "
                f"the data's {', '.join(map(str, inputs))}.",
                "Give one array by each of these names.",
            )
        inputs = [inputs[name] for name in probe.input_names]
    if not isinstance(inputs, Dataset):
        arrays = inputs if isinstance(inputs, (list, tuple)) else [inputs]
        arrays = [_numbers(array) for array in arrays]
        lengths = {len(array) if array.ndim else 0 for array in arrays}
        if lengths in ({0}, set()):
            raise DataError("There are no samples.", "Give at least one sequence.")
        if len(lengths) > 1:
            raise DataError(f"The inputs have different numbers of samples: {sorted(lengths)}.")
        for k in probe.token_inputs:
            if k < len(arrays) and arrays[k].size and np.abs(arrays[k]).max() > np.iinfo(np.int32).max:
                raise DataError("A token is larger than 2,147,483,647.", "Number the tokens from 0 on.")
        wrong = mismatch(arrays, probe.input_shapes, probe.input_names, probe.token_inputs)
        if wrong is not None:
            raise DataError(wrong, "Give arrays of the model's shape.")
        return tuple(arrays)
    inputs.check(probe.input_shapes, probe.input_names, probe.token_inputs)
    return inputs.inputs_for(probe.input_names)


def _numbers(given: Any) -> Array:
    """Return an array of numbers.

    Raises
    ------
    DataError
        It is something else, such as text, or rows of different lengths.
    """
    try:
        array = np.asarray(given)
        # Of what holds Python objects each has to be a number; other kinds are those of machine learning.
        array = array.astype(np.float64) if array.dtype.kind == "O" else array
    except (TypeError, ValueError) as error:
        raise DataError(
            "The inputs are no array of numbers.",
            "Give (samples, timesteps, features); sequences of different lengths to Dataset.from_sequences.",
            str(error),
        ) from error
    if array.dtype.kind in "SUcmM":
        raise DataError(f"The inputs hold {array.dtype} instead of numbers.", "Give real numbers.")
    return array


def input_timesteps(probe: Probe, inputs: Sequence[Array]) -> int | None:
    """Return the timesteps of the inputs; None when none of them has a time axis.

    Raises
    ------
    DataError
        A model that is fed stepwise is given sequences of different lengths.
    """
    kinds = probe.stepwise.inputs
    if kinds:
        lengths = {x.shape[1] for x, kind in zip(inputs, kinds, strict=True) if kind == "time"}
        if len(lengths) > 1:
            raise DataError(
                f"The inputs have sequences of different lengths: {sorted(lengths)} timesteps.",
                "Give every input the same number of timesteps.",
            )
        return int(lengths.pop())
    tokens = probe.token_inputs
    return next((int(x.shape[1]) for k, x in enumerate(inputs) if x.ndim > 2 or k in tokens), None)


def sequences_of(probe: Probe, inputs: Sequence[Array]) -> tuple[int, ...]:
    """Return the positions of the inputs that run along the time of the run."""
    kinds = probe.stepwise.inputs
    if kinds:
        return tuple(k for k, kind in enumerate(kinds) if kind == "time")
    tokens, timesteps = probe.token_inputs, input_timesteps(probe, inputs)
    return tuple(k for k, x in enumerate(inputs) if (x.ndim > 2 or k in tokens) and x.shape[1] == timesteps)


def lengths_of(inputs: Any) -> Array | None:
    """Return the timesteps of each sample of a Dataset; None where they do not differ."""
    return inputs.lengths if isinstance(inputs, Dataset) else None


def one_length_reason(probe: Probe, inputs: Sequence[Array]) -> str:
    """Say why a model cannot be run on sequences of different lengths; empty where it can."""
    sequences = sequences_of(probe, inputs)
    if not sequences:
        return "no input of the model has a time axis"
    for number in sequences:
        timesteps = probe.input_shapes[number][1]
        if timesteps is not None:
            name = probe.input_names[number]
            return f"the model takes sequences of {timesteps} timesteps only (its input {name!r})"
    return ""


def check_own_lengths(probe: Probe, inputs: Sequence[Array], plan: Plan) -> None:
    """Refuse to run a model on sequences each at its own length where it takes one length only.

    Raises
    ------
    PlanError
        Saying which input fixes the number of timesteps.
    """
    reason = one_length_reason(probe, inputs)
    if reason and (plan.lengths is not None or plan.timesteps != input_timesteps(probe, inputs)):
        raise PlanError(
            f"The samples differ in length, and {reason}.",
            "Run them padded, or build the model with an Input of any length: Input((None, features)).",
        )


def part_of(
    inputs: Sequence[Array], sequences: Sequence[int], samples: NDArray[np.intp], stretch: slice
) -> list[Array]:
    """Return the inputs of some samples, and of those that are sequences a stretch of time."""
    return [
        _take(x, samples)[:, stretch] if k in sequences else _take(x, samples) for k, x in enumerate(inputs)
    ]


def digest(probe: Probe, inputs: Sequence[Array]) -> str:
    """Return what tells a run of this model on these inputs from a run of something else.

    Of large arrays only seeded samples of their values are looked at, so that it costs next to nothing; a
    change of few values among many may go unseen.
    """
    seen = hashlib.blake2b(digest_size=16)
    seen.update(" ".join(type(layer).__name__ for layer in probe.model._flatten_layers()).encode())
    for array in (*inputs, *(np.asarray(weight) for weight in probe.model.weights)):
        seen.update(f"{array.dtype} {array.shape} ".encode())
        values = array.reshape(-1) if array.flags.c_contiguous else array.flat
        if array.nbytes > _DIGEST_BYTES:
            values = values[np.random.default_rng(0).integers(0, array.size, _DIGEST_VALUES)]
        seen.update(np.ascontiguousarray(values).tobytes())
    return seen.hexdigest()


def _take(array: Array, samples: NDArray[np.intp]) -> Array:
    """Return some samples; a view where they follow one another."""
    first, count = int(samples[0]), len(samples)
    if int(samples[-1]) - first + 1 == count and (np.diff(samples) == 1).all():
        return array[first : first + count]
    return array[samples]
