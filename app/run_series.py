"""Inputs, outputs and targets of one row of a run as lines over its steps."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.plots.series import Lines
from app.token_words import token_text, visible_name
from lstm_viz.dataset import Dataset
from lstm_viz.plan import Plan
from lstm_viz.timetable import Timetable
from lstm_viz.trace import OutputSpec, Trace

Array = NDArray[Any]
_NOTHING = Lines((), np.empty(0), np.empty((0, 0)))
_NO_DATA = Dataset.from_arrays(np.zeros((1, 1)))  # of one number, so that no run finds its time in it


class RowSeries:
    """What goes into a model and what should come out, for one row of the batch.

    Values are in the units of the data: a scaling is undone.

    Parameters
    ----------
    dataset : Dataset or None
        Without the data neither inputs nor targets nor names are known; a generated run keeps its inputs.
    plan : Plan
    row : int
    trace : Trace or None
        Of a run that makes its own inputs: where they are.
    """

    def __init__(self, dataset: Dataset | None, plan: Plan, row: int, trace: Trace | None = None) -> None:
        self._dataset = dataset or _NO_DATA
        self._generated = trace if trace is not None and trace.generation is not None else None
        self._plan = plan
        self._row = row
        self._tokens = tuple(token_text(self._dataset, k) for k in range(len(self._dataset.token_names)))
        self._samples = plan.samples_at(np.arange(plan.batches), row)  # -1 in a batch that lacks this row

    def inputs(self, start: int, stop: int) -> Lines:
        """Return the features of the first input with a time axis, at the steps from start to stop."""
        if self._dataset is _NO_DATA and self._generated is not None:
            return self._made(np.arange(start, stop))
        number = next((k for k, x in enumerate(self._dataset.inputs) if self._has_time(x)), None)
        if number is None:
            return _NOTHING
        steps = np.arange(start, stop)
        array = self._dataset.inputs[number]
        if self._generated is not None:
            values = generated_inputs(self._generated, steps)[self._row]
        else:
            values = self._along_time(array, start, stop)
        if array.ndim == 2:
            return Lines(("token",), steps, values[:, None], tokens=self._tokens)
        if number == 0 and self._tokens and self._dataset.feature_names == self._dataset.token_names:
            known = np.isfinite(values).all(axis=1)  # one-hot vectors
            tokens = np.where(known, np.nan_to_num(values).argmax(axis=1), np.nan)
            return Lines(("token",), steps, tokens[:, None], tokens=self._tokens)
        if number == 0:
            values = self._dataset.unscale_inputs(values)
        values = _flat(values)
        names = self._dataset.feature_names if number == 0 else ()
        return Lines(_named(names, values.shape[1:], "x"), steps, values)

    def _made(self, steps: Array) -> Lines:
        """Return what a generated run made for itself, without the names and the scaling of the data."""
        assert self._generated is not None
        values = generated_inputs(self._generated, steps)[self._row]
        if values.ndim == 1:
            return Lines(("token",), steps, values[:, None])
        values = _flat(values)
        return Lines(_named((), values.shape[1:], "x"), steps, values)

    def targets(self, start: int, stop: int, output: OutputSpec | None) -> Lines:
        """Return the targets at the steps from start to stop, shaped like the output beside them."""
        if not self._dataset.targets:
            return _NOTHING
        array = self._dataset.targets[0]
        each_step = array.ndim > 2 if output is None else output.each_step
        each_step = each_step and self._runs_along(array)
        if each_step:
            steps, values = np.arange(start, stop), _flat(self._along_time(array, start, stop))
        else:
            steps = self._ends(start, stop)
            values = _flat(self._picked(array, self._places(steps)[0]))
        if each_step and self._dataset.lengths is not None:
            batch, timestep = self._places(steps)
            values[timestep >= self._dataset.lengths[self._samples[batch]]] = np.nan  # padding is no target
        classes = self._dataset.class_names
        if (
            classes
            and values.shape[1] == 1
            and output is not None
            and math.prod(output.shape) == len(classes)
        ):
            values, names = _one_hot(values[:, 0], len(classes)), tuple(map(visible_name, classes))
        else:
            values, names = self._dataset.unscale_targets(values), self._dataset.target_names
            if values.shape[1] == 1:
                names = ("target",)
        style = "line" if each_step else "points"
        shape = array.shape[1 + each_step :]
        named = _named(names, shape if math.prod(shape) == values.shape[1] else values.shape[1:], "target")
        return Lines(named, steps, values, style)

    def output_lines(self, spec: OutputSpec, steps: Array, values: Array) -> Lines:
        """Return values of an output at some steps, named and in the units of the data."""
        values = _flat(np.asarray(values, np.float64))
        classes = self._dataset.class_names
        if classes and values.shape[1] == len(classes):
            names = tuple(map(visible_name, classes))
        else:
            names = self._dataset.target_names
            if len(names) == values.shape[1]:
                values = self._dataset.unscale_targets(values)
            if values.shape[1] == 1:
                names = ("output",)
        style = "line" if spec.each_step else "points"
        return Lines(_named(names, spec.shape or (1,), spec.name or "output"), steps, values, style)

    def as_endings(self, lines: Lines) -> Lines:
        """Return lines of an output as what it would be if the sequence ended at each timestep.

        There is a gap between one sequence and the next.
        """
        x, y = lines.x, lines.y
        together = 2 if lines.merged > 1 else 1  # points of a group
        sequence = self._plan.timetable.place(np.asarray(x[::together]))[0]
        begins = together * (np.flatnonzero(np.diff(sequence)) + 1)
        if 2 * together * len(begins) <= len(x):  # otherwise a gap would be no gap
            begins = np.repeat(begins, together)
            x = np.insert(np.asarray(x, np.float64), begins, x[begins] - 0.5)
            y = np.insert(y, begins, np.nan, axis=0)
        return replace(lines, x=x, y=y, style="trail", caption="if it ended here")

    def along(self, lines: Lines, spec: OutputSpec, own: Timetable) -> Lines:
        """Return what comes at the end of each batch along the time axis that it has itself, as a decoder's.

        Parameters
        ----------
        lines : Lines
            Each batch's output or target in one, at its last step.
        spec : OutputSpec
        own : Timetable
            Of the layer that is looked at: one for which :meth:`lies_along` holds.

        Returns
        -------
        Lines
            Over the layer's own steps.
        """
        number = self._plan.timetable.place(np.asarray(lines.x, np.intp))[0]
        steps = (own.first(number)[:, None] + np.arange(own.longest)).ravel()
        values = np.asarray(lines.y).reshape(len(steps), len(lines.names) // own.longest)
        names = self._dataset.target_names
        if len(names) == values.shape[1]:
            values = self._dataset.unscale_targets(values)
        target = lines.names[0].startswith("target")
        otherwise = "target" if target else spec.name or "output"
        if values.shape[1] == 1:
            names = ("target" if target else "output",)
        return Lines(_named(names, values.shape[1:], otherwise), steps, values, "line")

    def lies_along(self, lines: Lines, spec: OutputSpec, own: Timetable) -> bool:
        """Whether what comes at the end of each batch has the time axis of a layer, and not the run's."""
        has_time = not spec.each_step and len(spec.shape) > 1 and spec.shape[0] == own.longest
        each = len(lines.names) % own.longest == 0 and bool(lines.names)
        return has_time and each and own.uniform and own != self._plan.timetable

    def _has_time(self, array: Array) -> bool:
        return self._runs_along(array) and (array.ndim > 2 or array.dtype.kind in "iu")

    def _runs_along(self, array: Array) -> bool:
        """Whether an array has the time of the run; padding may make it longer than any sample."""
        padded = self._dataset.timesteps if self._dataset.lengths is not None else None
        return array.ndim > 1 and array.shape[1] in (self._plan.timesteps, padded)

    def _places(self, steps: Array) -> tuple[Array, Array]:
        """Return the batch within its epoch and the timestep of each step."""
        number, timestep = self._plan.timetable.place(steps)
        return number % self._plan.batches, timestep

    def _ends(self, start: int, stop: int) -> Array:
        """Return the last step of each batch that lies in a range."""
        table = self._plan.timetable
        return np.asarray(table.first(np.arange(table.place(start)[0], table.place(stop)[0]) + 1) - 1)

    def _along_time(self, array: Array, start: int, stop: int) -> Array:
        """Return the values of this row at the steps from start to stop; NaN where a batch lacks it."""
        table = self._plan.timetable
        number, timestep = table.place(start)
        sample = self._samples[number % self._plan.batches]
        if sample >= 0 and start < stop and table.place(stop - 1)[0] == number:
            # Of one sequence: ten times faster than step by step.
            return np.array(array[sample, timestep : timestep + stop - start], np.float64)
        return self._picked(array, *self._places(np.arange(start, stop)))

    def _picked(self, array: Array, batch: Array, timestep: Array | None = None) -> Array:
        """Return the values of this row in some batches, or at a timestep of each; NaN where one lacks it."""
        samples = self._samples[batch]
        there = samples >= 0
        samples = samples[there]
        found = array[samples] if timestep is None else array[samples, timestep[there]]
        values = np.full((len(batch), *found.shape[1:]), np.nan)
        values[there] = found
        return values


def generated_inputs(trace: Trace, steps: Array) -> Array:
    """Return what a run that makes its own inputs reads at some steps: (rows, steps, …), NaN where unknown.

    The features of a timestep that holds past values are these values, the oldest first.
    """
    generation = trace.generation
    assert generation is not None
    reach = generation.look_back if generation.layout == "features" else 1
    places = generation.places(steps)[:, None] - np.arange(reach - 1, -1, -1)
    first, last = (int(places.min()), int(places.max())) if len(steps) else (0, -1)
    sequence = trace.sequence_window(first, last + 1)
    known = places - first < sequence.shape[1]
    values = np.full((len(sequence), *places.shape, *sequence.shape[2:]), np.nan)
    values[:, known] = sequence[:, (places - first)[known]]
    features = math.prod(values.shape[2:])
    return values.reshape(len(sequence), len(steps), *((features,) if sequence.ndim > 2 else ()))


def _flat(values: Array) -> Array:
    """Return values of any shape, one entry for each step, as (steps, columns)."""
    return values.reshape(len(values), math.prod(values.shape[1:]))


def _one_hot(classes: Array, width: int) -> Array:
    values = np.full((len(classes), width), np.nan)
    known = np.isfinite(classes)
    values[known] = np.eye(width)[classes[known].astype(int)]
    return values


def _named(names: tuple[str, ...], shape: tuple[int, ...], what: str) -> tuple[str, ...]:
    """Return a name for each value of a shape: those given where they are as many, else "dense[0, 1]".

    Of several targets each is called one, whatever its name is.
    """
    if len(names) == math.prod(shape):
        several = what == "target" and len(names) > 1
        return tuple(f"target {name}" for name in names) if several else tuple(names)
    if math.prod(shape) == 1:
        return (what,)
    return tuple(f"{what}[{', '.join(map(str, place))}]" for place in np.ndindex(shape))
