"""A chosen part of a recording as named arrays with named axes, read piece by piece."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.export.choice import Choice, LayerPart, endings, output
from lstm_viz.signals import NAMES
from lstm_viz.trace_header import OutputSpec

Array = NDArray[Any]
Index = tuple[slice, ...]

PIECE_BYTES = 8 * 2**20
VERSION = 1


@dataclass(frozen=True, eq=False)
class Variable:
    """One array.

    Parameters
    ----------
    name : str
    dims : tuple of str
        What its axes are.
    shape : tuple of int
    dtype : dtype
    read : callable
        Returns the part at an index of slices, one for each axis.
    piece : tuple of int
        Shape of what is read at once. Pieces follow one another in C order.
    about : dict
        What is said of it in the file.
    """

    name: str
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    read: Callable[[Index], Array]
    piece: tuple[int, ...]
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        """Of the whole array."""
        return math.prod(self.shape) * self.dtype.itemsize

    def pieces(self) -> Iterator[tuple[Index, Array]]:
        """Yield the index of each piece and its values."""
        ranges = [range(0, n, step) for n, step in zip(self.shape, self.piece, strict=True)]
        for starts in itertools.product(*ranges):
            index = tuple(
                slice(start, min(start + step, n))
                for start, step, n in zip(starts, self.piece, self.shape, strict=True)
            )
            yield index, self.read(index)


@dataclass(frozen=True, eq=False)
class Group:
    """Arrays that share their axes: those of one layer, or the outputs of the model.

    Parameters
    ----------
    name : str
        The path of the layer; may hold slashes.
    coordinates : tuple of Variable
        What the places along an axis are called: one array for each axis, of the axis's name.
    variables : tuple of Variable
    about : dict
    """

    name: str
    coordinates: tuple[Variable, ...]
    variables: tuple[Variable, ...]
    about: dict[str, Any]


def groups(choice: Choice, stacked: bool = False) -> list[Group]:
    """Return what is exported: a group for each layer, and one for the outputs of the model.

    Parameters
    ----------
    choice : Choice
    stacked : bool
        One array ``signals`` with an axis for them, instead of one array for each.
    """
    found = [_layer_group(LayerPart(choice, path), stacked) for path in choice.layers]
    if choice.trace.output_specs:
        found.append(_output_group(choice))
    return found


def free_name(wanted: str, layers: tuple[str, ...]) -> str:
    """Return a name for something beside the layers, which none of them has."""
    while any(path.split("/")[0] == wanted for path in layers):
        wanted += "_"
    return wanted


def header(choice: Choice) -> str:
    """Return everything but the numbers, from which :func:`lstm_viz.open_trace` makes a recording again."""
    whole = choice.trace.header()
    here = [k for k, path in enumerate(choice.trace.layers) if path in choice.layers]
    part = {
        "export": VERSION,
        "layers": [whole["layers"][k] for k in here],
        "timesteps": [whole["timesteps"][k] for k in here],
        "signals": list(choice.signals),
        "start": choice.start,
        "count": choice.stop,
    }
    return json.dumps(whole | part)


def reported(
    pieces: Iterator[tuple[Index, Array]], done: int, total: int, progress: Callable[[float], None]
) -> Iterator[tuple[Index, Array]]:
    """Yield pieces, and report after each how much of the total is done."""
    for index, values in pieces:
        yield index, values
        done += values.nbytes
        progress(min(1.0, done / max(1, total)))


def total_bytes(found: list[Group]) -> int:
    """Return the size of all arrays of groups."""
    return sum(variable.nbytes for group in found for variable in group.variables)


# -- groups -----------------------------------------------------------------------------------------


def _layer_group(part: LayerPart, stacked: bool) -> Group:
    choice, layer = part.choice, part.trace.layer
    length = len(part.timesteps)
    # Where c is unrolled, that is done from the start of a sample.
    together = length if part.large_c else 1

    def variable(
        name: str, dims: tuple[str, ...], dtype: Any, read: Any, further: tuple[int, ...], **about: Any
    ) -> Variable:
        shape = (*_sizes(choice, length if "timestep" in dims else None), *further)
        epochs = ("epoch",) * (len(choice.epochs) > 1)
        return Variable(
            name,
            (*epochs, *dims),
            shape,
            np.dtype(dtype),
            _reader(choice, part.timesteps, read, "timestep" in dims),
            _piece(choice, shape, np.dtype(dtype).itemsize, "timestep" in dims, together),
            about,
        )

    of_units = (layer.units,)
    c_type = np.float64 if part.large_c else np.float32
    signals = []
    if stacked:

        def stack(epoch: int, samples: Array, times: range) -> Array:
            return np.stack([part.signal(name, epoch, samples, times) for name in choice.signals], axis=2)

        axes = ("sample", "timestep", "signal", "unit")
        further = (len(choice.signals), layer.units)
        signals.append(variable("signals", axes, c_type, stack, further, long_name="gates and states"))
    else:
        for name in choice.signals:

            def read_one(epoch: int, samples: Array, times: range, name: str = name) -> Array:
                return part.signal(name, epoch, samples, times)

            dtype = c_type if name == "c" else np.float32
            dims = ("sample", "timestep", "unit")
            signals.append(variable(name, dims, dtype, read_one, of_units, long_name=NAMES[name]))
    signals.append(
        variable(
            "mask",
            ("sample", "timestep"),
            np.bool_,
            part.computed,
            (),
            long_name="whether the timestep was computed",
        )
    )
    for position, name in enumerate(("initial_h", "initial_c")):

        def read_initial(epoch: int, samples: Array, times: range, position: int = position) -> Array:
            return part.initial(epoch, samples)[:, position]

        words = f"{NAMES[name[-1]]} that the sample's first processed timestep started from"
        signals.append(
            variable(name, ("sample", "unit"), np.float32, read_initial, of_units, long_name=words)
        )
    coordinates = [
        *_coordinates(choice, part.timesteps),
        _coordinate("unit", np.arange(layer.units)),
    ]
    if stacked:
        coordinates.append(_coordinate("signal", np.array(choice.signals)))
    about = {key: value for key, value in asdict(layer).items() if value is not None}
    return Group(layer.path, tuple(coordinates), tuple(signals), about)


def _output_group(choice: Choice) -> Group:
    plan = choice.plan
    times = choice.timesteps(plan.timetable, choice.start, choice.stop)

    def variable(number: int, spec: OutputSpec, name: str, in_time: bool, read: Any, words: str) -> Variable:
        def read_one(epoch: int, samples: Array, times: range) -> Array:
            return np.asarray(read(choice, number, epoch, samples, times))

        shape = (*_sizes(choice, len(times) if in_time else None), *spec.shape)
        axes = [f"output{number}_axis{axis}" for axis in range(len(spec.shape))]
        dims = [*["epoch"] * (len(choice.epochs) > 1), "sample", *["timestep"] * in_time, *axes]
        dtype = np.dtype(spec.dtype)
        return Variable(
            f"{name}{number}",
            tuple(dims),
            shape,
            dtype,
            _reader(choice, times, read_one, in_time),
            _piece(choice, shape, dtype.itemsize, in_time, 1),
            {"long_name": words},
        )

    variables = []
    for number, spec in enumerate(choice.trace.output_specs):
        words = f"output {number} of the model" + f", of its layer {spec.name}" * bool(spec.name)
        variables.append(variable(number, spec, "output", spec.each_step, output, words))
        if spec.endings:
            words += ", if the sequence ended at each timestep"
            variables.append(variable(number, spec, "endings", True, endings, words))
    if choice.trace.generation is not None:
        sequence = choice.trace.sequence
        words = "the sequence that the run made, its seed first"
        dims = ("row", "sequence_timestep", "feature")[: sequence.ndim]
        variables.append(
            Variable(
                "sequence",
                dims,
                sequence.shape,
                sequence.dtype,
                lambda index: sequence[index],
                sequence.shape,
                {"long_name": words},
            )
        )
    return Group(
        free_name("outputs", choice.layers), tuple(_coordinates(choice, times)), tuple(variables), {}
    )


def _coordinates(choice: Choice, times: range) -> list[Variable]:
    found = [
        _coordinate("sample", choice.samples),
        _coordinate("timestep", np.arange(times.start, times.stop)),
    ]
    return [_coordinate("epoch", np.array(choice.epochs)), *found] if len(choice.epochs) > 1 else found


def _coordinate(name: str, values: Array) -> Variable:
    return Variable(name, (name,), values.shape, values.dtype, lambda index: values[index], values.shape)


# -- axes -------------------------------------------------------------------------------------------


def _sizes(choice: Choice, timesteps: int | None) -> tuple[int, ...]:
    epochs = (len(choice.epochs),) * (len(choice.epochs) > 1)
    return (*epochs, len(choice.samples), *(() if timesteps is None else (timesteps,)))


def _piece(
    choice: Choice, shape: tuple[int, ...], itemsize: int, in_time: bool, together: int
) -> tuple[int, ...]:
    """Return the shape of what is read at once: one epoch, some samples, or some timesteps of one sample."""
    before = (1,) * (len(choice.epochs) > 1)
    samples, *rest = shape[len(before) :]
    if not in_time:
        each = max(1, itemsize * math.prod(rest))
        return (*before, max(1, min(samples, PIECE_BYTES // each)), *rest)
    timesteps, *further = rest
    each = max(1, itemsize * math.prod(further))
    of_time = max(1, min(timesteps, max(together, PIECE_BYTES // each)))
    return (*before, max(1, min(samples, PIECE_BYTES // (each * of_time))), of_time, *further)


def _reader(choice: Choice, times: range, read: Any, in_time: bool) -> Callable[[Index], Array]:
    """Return what reads at an index into the axes; `read` takes epoch, samples and timesteps."""

    def at(index: Index) -> Array:
        several = len(choice.epochs) > 1
        epochs = choice.epochs[index[0]] if several else choice.epochs
        axes = index[1:] if several else index
        samples, further = choice.samples[axes[0]], axes[1:]
        wanted = times
        if in_time:
            wanted, further = times[further[0]], further[1:]
        found = [
            read(epoch, samples, wanted)[(slice(None), *(slice(None),) * in_time, *further)]
            for epoch in epochs
        ]
        return np.stack(found) if several else np.asarray(found[0])

    return at
