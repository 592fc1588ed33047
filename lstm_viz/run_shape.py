"""How long a run of a model on some inputs is, and of which shape its recording: found by running a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from lstm_viz.model_inputs import input_timesteps, part_of, sequences_of
from lstm_viz.plan import Plan
from lstm_viz.trace_header import OutputSpec, Timesteps

if TYPE_CHECKING:
    from lstm_viz.probe import Probe

Array = NDArray[Any]
Shape = tuple[int, ...]


@dataclass(frozen=True)
class _Found:
    """Timesteps of each LSTM, and shape and dtype of each output, for some inputs."""

    layers: list[int]
    outputs: list[Shape]
    dtypes: list[str]


def run_timesteps(probe: Probe, inputs: Sequence[Array]) -> int:
    """Return the timesteps of a run: the input's, else those that the first LSTM makes for itself."""
    found = input_timesteps(probe, inputs)
    if found is not None:
        return found
    return next(iter(_run(probe, part_of(inputs, (), np.arange(1), slice(None))).layers), 1)


def recording_shape(
    probe: Probe, inputs: Sequence[Array], plan: Plan, cut: Sequence[int]
) -> tuple[list[Timesteps], list[OutputSpec]]:
    """Return the timesteps of each LSTM's own sequence, and what each output of the model is.

    ``cut`` are the inputs of which a model that is not fed stepwise is given each sample's own length only.
    Where samples differ in length, the timesteps are by those of the input, and an output that differs in
    shape has room for the largest one.
    """
    lengths = [plan.timesteps] if plan.lengths is None else sorted(set(plan.lengths))
    if probe.stepwise:
        runs = [_run(probe, part_of(inputs, sequences_of(probe, inputs), np.arange(1), slice(0, 1)))]
        each_step = [kind == "time" for kind in probe.stepwise.outputs]
        layers = [lengths for _ in runs[0].layers]
    else:
        # A convolution or a pooling makes of each length another one: each is tried.
        samples = [0] if plan.lengths is None else [plan.lengths.index(length) for length in lengths]
        runs = [
            _run(probe, part_of(inputs, cut, np.array([sample]), slice(0, length)))
            for sample, length in zip(samples, lengths, strict=True)
        ]
        each_step = [
            all(
                len(run.outputs[k]) > 2 and run.outputs[k][1] == n
                for run, n in zip(runs, lengths, strict=True)
            )
            for k in range(len(runs[0].outputs))
        ]
        layers = [list(own) for own in zip(*(run.layers for run in runs), strict=True)]
    outputs = [
        OutputSpec(
            _largest([run.outputs[k] for run in runs])[2 if each else 1 :],
            each,
            runs[0].dtypes[k],
            endings=not probe.ending_reasons[k],
            name=probe.output_names[k],
        )
        for k, each in enumerate(each_step)
    ]
    if plan.lengths is None:
        return [own[0] for own in layers], outputs
    return [dict(zip(lengths, own, strict=True)) for own in layers], outputs


_found: WeakKeyDictionary[Probe, dict[tuple[Shape, ...], _Found]] = WeakKeyDictionary()


def _run(probe: Probe, inputs: list[Array]) -> _Found:
    """Run the inputs, unless others of their shape were run before: it takes as long as a short recording."""
    known = _found.setdefault(probe, {})
    shapes = tuple(values.shape for values in inputs)
    if shapes not in known:
        result = probe.run(inputs, probe.zero_states(len(inputs[0])))
        known[shapes] = _Found(
            [len(signals) for signals in result.signals],
            [output.shape for output in result.outputs],
            [output.dtype.name for output in result.outputs],
        )
    return known[shapes]


def _largest(shapes: list[Shape]) -> Shape:
    """Return the largest size along each axis."""
    return tuple(max(sizes) for sizes in zip(*shapes, strict=True))
