"""Everything that a run recorded: signals, states, masks and outputs, in memory or in a folder.

A recording is written by one process while others read it. Rows are written first and the number of
recorded steps is published last, so that a reader never sees a half-written step.
"""

from __future__ import annotations

import json
import math
import operator
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.errors import LstmVizError, TraceError
from lstm_viz.layers import LSTMLayer
from lstm_viz.plan import Plan, Position, ResetPoint, Resets
from lstm_viz.pyramid import GROUP, Pyramid
from lstm_viz.signals import SIGNALS, C, H
from lstm_viz.storage import GrowingArray, disk_error, json_to_come, write_array, write_json

Array = NDArray[Any]
FORMAT = 1
_HEADER = "header.json"
_ORDER = "order.npy"  # beside the header, which is written anew with every plan

# What reading a damaged file, or one of something else, may raise besides TraceError.
DAMAGE = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    LstmVizError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True)
class Window:
    """Part of a recording, with no more columns than were asked for.

    Parameters
    ----------
    start, stop : int
        The steps that it covers. The last group may reach past what is recorded.
    factor : int
        Steps that are merged into one group; 1 when nothing is merged.
    values : ndarray of float32, shape (6, units, columns)
        In the order ``i f g o c h``; NaN where a step was masked. With factor 1, column k is step
        start + k. Otherwise columns 2k and 2k + 1 are the minimum and the maximum of the steps from
        start + k·factor on.
    """

    start: int
    stop: int
    factor: int
    values: Array


@dataclass(frozen=True)
class OutputSpec:
    """One output of the model: its shape without the rows, and whether each step has its own."""

    shape: tuple[int, ...]
    each_step: bool
    dtype: str = "float32"


class LayerTrace:
    """What one LSTM did during a run.

    Public arrays are float32 of shape ``(samples, timesteps, units)``; what is not recorded is NaN. In a
    run of several epochs they show the last one begun.

    Attributes
    ----------
    layer : LSTMLayer
    timesteps : int
        Timesteps of its own sequence; not the input's behind a pooling or RepeatVector layer.
    """

    def __init__(self, trace: Trace, number: int, layer: LSTMLayer, timesteps: int) -> None:
        self.layer = layer
        self.timesteps = timesteps
        self._trace = trace
        plan = trace.plan
        rows, steps = plan.batch_size, plan.epochs * plan.batches * timesteps
        make = trace._array_maker(f"layer{number}")
        self._signals = make("signals", (rows, len(SIGNALS), layer.units), np.float32, steps, timesteps)
        self._mask = make("mask", (rows,), np.bool_, steps, timesteps)
        self._initial = make("initial", (rows, 2, layer.units), np.float32, plan.epochs * plan.batches)
        folder = self._signals.folder
        # Merging always comes before publishing, so that what a folder has published is merged.
        merged = 0 if folder is None else self.count
        self._pyramid = Pyramid(self._signals, folder and folder.parent, trace.writable, merged)

    # -- arrays for scripts -------------------------------------------------------------------------

    @property
    def i(self) -> Array:
        """Input gate."""
        return self.signal("i")

    @property
    def f(self) -> Array:
        """Forget gate."""
        return self.signal("f")

    @property
    def g(self) -> Array:
        """Candidate."""
        return self.signal("g")

    @property
    def o(self) -> Array:
        """Output gate."""
        return self.signal("o")

    @property
    def c(self) -> Array:
        """Cell state after each timestep."""
        return self.signal("c")

    @property
    def h(self) -> Array:
        """Hidden state after each timestep."""
        return self.signal("h")

    def signal(self, name: str) -> Array:
        """Return one signal by its letter, shape (samples, timesteps, units)."""
        return self._by_sample(self._signals, np.nan, SIGNALS.index(name))

    @property
    def mask(self) -> NDArray[np.bool_]:
        """True where a timestep was computed, shape (samples, timesteps)."""
        return self._by_sample(self._mask, False)

    @property
    def initial_h(self) -> Array:
        """The h that each sample's first processed timestep started from, shape (samples, units)."""
        return self._start(0)

    @property
    def initial_c(self) -> Array:
        """The c that each sample's first processed timestep started from, shape (samples, units)."""
        return self._start(1)

    def _by_sample(self, array: GrowingArray, fill: Any, *index: Any) -> Array:
        _, batches, part = self._trace._recorded()
        have = batches * self.timesteps + part * self.timesteps // self._trace.plan.timesteps
        return self._trace._by_sample(array, self.timesteps, have, fill, *index)

    def _start(self, state: int) -> Array:
        _, batches, part = self._trace._recorded()
        return self._trace._by_sample(self._initial, 1, batches + (part > 0), np.nan, state)[:, 0]

    # -- windows for views --------------------------------------------------------------------------

    @property
    def steps(self) -> int:
        """Steps of this layer in the whole run."""
        return self._signals.length

    @property
    def count(self) -> int:
        """Steps of this layer that are recorded."""
        return self.step_of(self._trace.count)

    def step_of(self, step: int) -> int:
        """Return this layer's step for a step of the run; the same where it shares the input's time."""
        batch, timestep = divmod(step, self._trace.plan.timesteps)
        return batch * self.timesteps + timestep * self.timesteps // self._trace.plan.timesteps

    def values(self, step: int, row: int) -> Array:
        """Return the six signals after one of this layer's steps, shape (6, units)."""
        return np.array(self._signals.read(step, step + 1, row)[0])

    def all_rows(self, step: int) -> Array:
        """Return the six signals of all rows after one of this layer's steps, shape (rows, 6, units)."""
        return np.array(self._signals.read(step, step + 1)[0])

    def blocks(self, most_bytes: int = 2**24) -> Iterator[Array]:
        """Yield the six signals of everything recorded, in blocks (steps, rows, 6, units) of at most so much.

        Rows that a last smaller batch lacks are NaN.
        """
        length = max(1, most_bytes // (self._signals.dtype.itemsize * math.prod(self._signals.item_shape)))
        count = self.count
        for start in range(0, count, length):
            yield self._signals.read(start, min(count, start + length))

    def at(self, steps: NDArray[np.intp], rows: NDArray[np.intp], signal: int | None = None) -> Array:
        """Return the signals of single steps and rows, shape (n, 6, units), or one of them, (n, units)."""
        return self._signals.take(steps, rows, *(() if signal is None else (signal,)))

    def computed(self, step: int, row: int) -> bool:
        """Whether a step was computed and not masked."""
        return bool(self._mask.read(step, step + 1, row)[0])

    def state_before_row(self, step: int, row: int) -> Array:
        """Return h and c of one row as one of this layer's steps found them, shape (2, units).

        A masked step hands on what it found.
        """
        batch, timestep = divmod(step, self.timesteps)
        plan = self._trace.plan
        if timestep == (self.timesteps - 1 if self.layer.go_backwards else 0):
            return np.array(self._initial.read(batch, batch + 1, row)[0])
        if self.timesteps == plan.timesteps:  # only then is the layer reset inside a sequence
            epoch, batch = divmod(batch, plan.batches)
            if timestep and plan.reset_cause(Position(epoch, batch, timestep), row) is not None:
                return np.zeros((2, self.layer.units), np.float32)
        before = step + 1 if self.layer.go_backwards else step - 1
        return np.array(self._signals.read(before, before + 1, row)[0][[H, C]])

    def window(self, row: int, start: int, stop: int, columns: int) -> Window:
        """Return a range of this layer's steps, merged so far that it fits the columns.

        Groups begin at multiples of their size, so that a view that scrolls does not flicker. Four columns
        are the fewest into which groups of any size fit.
        """
        count = self.count
        start, stop = max(0, start), min(max(start, stop), count)
        if stop - start <= max(1, columns):
            values = self._signals.read(start, max(start, stop), row)
            return Window(start, max(start, stop), 1, np.ascontiguousarray(np.moveaxis(values, 0, -1)))
        factor = group_size(stop - start, columns)
        start, stop = start // factor * factor, min(-(-stop // factor) * factor, count)
        if self._trace.folder is None:
            self._pyramid.catch_up(count)
        pairs = self._pyramid.extremes(start, stop, factor, count, row)
        groups = len(pairs)
        values = np.moveaxis(pairs, (0, 1), (2, 3)).reshape(*pairs.shape[2:], 2 * groups)
        return Window(start, start + groups * factor, factor, np.ascontiguousarray(values))

    # -- writing and going back ---------------------------------------------------------------------

    def write(self, step: int, signals: Array, mask: Array) -> None:
        """Write signals (steps, rows, 6, units) and mask (steps, rows) from a layer's step on."""
        self._signals.write(step, self._padded(signals, np.nan))
        self._mask.write(step, self._padded(mask, False))

    def write_initial(self, batch: int, initial: Array) -> None:
        """Write what the batch (counted through the epochs) started from, (rows, 2, units)."""
        self._initial.write(batch, self._padded(initial[None], np.nan))

    def _padded(self, values: Array, fill: Any) -> Array:
        """Return the values with as many rows as a full batch has."""
        missing = self._trace.plan.batch_size - values.shape[1]
        if not missing:
            return values
        width = [(0, 0), (0, missing), *[(0, 0)] * (values.ndim - 2)]
        return np.pad(values, width, constant_values=fill)

    def state_before(self, step: int) -> Array:
        """Return h and c of all rows as they were before a step, shape (rows, 2, units); zeros at first.

        At the border of two batches it is the state after the last *processed* timestep, which for a
        layer that reads backwards is the first one.
        """
        own = self.step_of(step)
        if own == 0:
            return np.zeros((self._trace.plan.batch_size, 2, self.layer.units), np.float32)
        at_border = step % self._trace.plan.timesteps == 0
        last = own - self.timesteps if self.layer.go_backwards and at_border else own - 1
        return np.array(self._signals.read(last, last + 1)[0][:, [H, C]])

    def any_computed(self, start: int, stop: int) -> NDArray[np.bool_]:
        """Return for each row whether any of these steps was computed."""
        return np.asarray(self._mask.read(start, stop).any(axis=0))


class Trace:
    """A recording that grows as a run goes on.

    Made by :func:`lstm_viz.record` and :class:`lstm_viz.Stepper`, and opened by :func:`open_trace`.

    Parameters
    ----------
    plan : Plan
    layers : sequence of LSTMLayer
    timesteps : sequence of int
        Of each layer's own sequence.
    outputs : sequence of OutputSpec
    folder : Path or None
        Where memory-mapped files are kept; None for memory.
    writable : bool
    """

    def __init__(
        self,
        plan: Plan,
        layers: Sequence[LSTMLayer],
        timesteps: Sequence[int],
        outputs: Sequence[OutputSpec],
        folder: Path | None = None,
        writable: bool = True,
    ) -> None:
        self.plan = plan
        self.folder = folder
        self.writable = writable
        self.output_specs = tuple(outputs)
        # Steps that are recorded, and how often recorded steps were dropped.
        self._state = self._open_state()
        self.layers: Mapping[str, LayerTrace] = {
            layer.path: LayerTrace(self, number, layer, length)
            for number, (layer, length) in enumerate(zip(layers, timesteps, strict=True))
        }
        self._outputs = [self._output_array(k, spec) for k, spec in enumerate(self.output_specs)]
        if folder is not None and writable:
            self.write_header()

    # -- what is recorded ---------------------------------------------------------------------------

    @property
    def count(self) -> int:
        """Steps that are recorded."""
        return int(self._state[0])

    @property
    def revision(self) -> int:
        """Grows whenever recorded steps are dropped."""
        return int(self._state[1])

    @property
    def outputs(self) -> list[Array]:
        """One array for each output of the model, samples first, as ``predict`` gives them."""
        _, batches, part = self._recorded()
        found = []
        for array, spec in zip(self._outputs, self.output_specs, strict=True):
            steps = self.plan.timesteps if spec.each_step else 1
            have = batches * steps + (part if spec.each_step else 0)
            fill = np.nan if array.dtype.kind == "f" else 0
            values = self._by_sample(array, steps, have, fill)
            found.append(values if spec.each_step else values[:, 0])
        return found

    def output_window(self, number: int, row: int, start: int, stop: int) -> tuple[Array, Array]:
        """Return the steps between start and stop at which a row has an output, and the outputs."""
        spec, array, timesteps = self.output_specs[number], self._outputs[number], self.plan.timesteps
        stop = min(stop, self.count)
        if spec.each_step:
            return np.arange(start, max(start, stop)), array.read(start, max(start, stop), row)
        first, last = -(-(start - timesteps + 1) // timesteps), stop // timesteps
        first, last = max(0, first), max(0, first, last)
        return np.arange(first, last) * timesteps + timesteps - 1, array.read(first, last, row)

    def outputs_at(self, number: int, entries: NDArray[np.intp], rows: NDArray[np.intp]) -> Array:
        """Return an output of single rows: entries are steps, or batches where it is one for each."""
        return self._outputs[number].take(entries, rows)

    # -- writing ------------------------------------------------------------------------------------

    def write_output(self, number: int, step: int, values: Array) -> None:
        """Write an output that begins at a step: (rows, steps, …) with one for each step, else (rows, …)."""
        spec, array = self.output_specs[number], self._outputs[number]
        values = np.moveaxis(values, 1, 0) if spec.each_step else values[None]
        missing = self.plan.batch_size - values.shape[1]
        if missing:
            values = np.pad(values, [(0, 0), (0, missing), *[(0, 0)] * (values.ndim - 2)])
        array.write(step if spec.each_step else step // self.plan.timesteps, values)

    def publish(self, count: int) -> None:
        """Say that all steps before ``count`` are written."""
        if self.folder is not None:
            for layer in self.layers.values():
                layer._pyramid.catch_up(layer.step_of(count))
        self._state[0] = count

    def truncate(self, count: int, plan: Plan | None = None) -> None:
        """Drop what is recorded from a step on, and go on under another plan of the same sizes.

        Raises
        ------
        TraceError
            The new plan cannot be written; everything stays as it was.
        """
        if plan is None or self.folder is None:
            self._drop(count)
        else:
            before = self.count
            try:
                # Dropped before the new plan is there: no reader may see steps of the old one under it.
                with json_to_come(self.folder / _HEADER, self._folder_header(plan)):
                    self._drop(count)
            except BaseException:
                self._state[0] = before  # the numbers themselves are still there
                raise
        if plan is not None:
            self.plan = plan

    def _drop(self, count: int) -> None:
        if count < self.count:
            self._state[0] = count
            self._state[1] += 1
            for layer in self.layers.values():
                layer._pyramid.truncate(layer.step_of(count))

    # -- saving -------------------------------------------------------------------------------------

    def save(self, path: str | Path, progress: Callable[[float], None] | None = None) -> None:
        """Save the recording as one ``.npz`` file that :func:`open_trace` opens again.

        It holds ``header`` (JSON), and for layer k ``layer{k}/signals`` of shape
        ``(steps, rows, 6, units)``, ``layer{k}/mask``, ``layer{k}/initial``, and ``output{k}``.

        Parameters
        ----------
        path : path
        progress : callable, optional
            Called with the fraction done; what it raises cancels, and an earlier file stays as it was.

        Raises
        ------
        TraceError
            The file cannot be written, for example because the disk is full.
        """
        from lstm_viz.trace_file import save_trace

        save_trace(self, Path(path), progress)

    def header(self) -> dict[str, Any]:
        """Return everything but the numbers, as plain JSON data."""
        order = self.plan.order_array
        return self._header_of(self.plan, None if order is None else order.tolist())

    def _folder_header(self, plan: Plan) -> dict[str, Any]:
        return self._header_of(plan, None if plan.order is None else _ORDER)

    def _header_of(self, plan: Plan, order: Any) -> dict[str, Any]:
        return {
            "format": FORMAT,
            # Not asdict of the whole: it would look into every sample of the order.
            "plan": asdict(replace(plan, order=None)) | {"order": order},
            "layers": [asdict(layer.layer) for layer in self.layers.values()],
            "timesteps": [layer.timesteps for layer in self.layers.values()],
            "outputs": [asdict(spec) for spec in self.output_specs],
        }

    def write_header(self) -> None:
        """Write the header beside the files of the recording."""
        assert self.folder is not None
        if self.plan.order_array is not None and not (self.folder / _ORDER).exists():
            write_array(self.folder / _ORDER, self.plan.order_array)  # it stays the same in every plan
        write_json(self.folder / _HEADER, self._folder_header(self.plan))

    def arrays(self, count: int) -> Iterator[tuple[str, GrowingArray, int]]:
        """Yield the name of each array, the array, and how much of it belongs to so many steps."""
        batches = -(-count // self.plan.timesteps)
        for number, layer in enumerate(self.layers.values()):
            yield f"layer{number}/signals", layer._signals, layer.step_of(count)
            yield f"layer{number}/mask", layer._mask, layer.step_of(count)
            yield f"layer{number}/initial", layer._initial, batches
        for number, (array, spec) in enumerate(zip(self._outputs, self.output_specs, strict=True)):
            yield f"output{number}", array, count if spec.each_step else count // self.plan.timesteps

    # -- inside -------------------------------------------------------------------------------------

    def _open_state(self) -> NDArray[np.int64]:
        if self.folder is None:
            return np.zeros(2, np.int64)
        path = self.folder / "state.npy"
        if not path.exists() and self.writable:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                np.save(path, np.zeros(2, np.int64))
            except OSError as error:
                raise disk_error(error, self.folder) from error
        state: NDArray[np.int64] = np.load(path, mmap_mode="r+" if self.writable else "r")
        return state

    def _array_maker(self, name: str) -> Callable[..., GrowingArray]:
        def make(
            part: str, item_shape: tuple[int, ...], dtype: Any, length: int, together: int = 1
        ) -> GrowingArray:
            where = self.folder / name / part if self.folder is not None else None
            return GrowingArray(item_shape, dtype, length, where, self.writable, together)

        return make

    def _output_array(self, number: int, spec: OutputSpec) -> GrowingArray:
        batches = self.plan.epochs * self.plan.batches
        length = batches * (self.plan.timesteps if spec.each_step else 1)
        make = self._array_maker(f"output{number}")
        return make("values", (self.plan.batch_size, *spec.shape), spec.dtype, length)

    def _recorded(self) -> tuple[int, int, int]:
        """Return the last epoch begun, and how many batches and further timesteps of it are recorded."""
        epoch = max(0, self.count - 1) // self.plan.steps_per_epoch
        batches, part = divmod(self.count - epoch * self.plan.steps_per_epoch, self.plan.timesteps)
        return epoch, batches, part

    def _by_sample(self, array: GrowingArray, per_batch: int, have: int, fill: Any, *index: Any) -> Array:
        """Return the last epoch of an array stored by step as (samples, entries of a batch, …).

        ``have`` entries of that epoch are recorded; the others become ``fill``.
        """
        plan = self.plan
        first = self._recorded()[0] * plan.batches * per_batch
        stored = array.read(first, first + have, slice(None), *index)
        if have < plan.batches * per_batch:
            full = np.full((plan.batches * per_batch, *stored.shape[1:]), fill, array.dtype)
            full[:have] = stored
            stored = full
        by_batch = stored.reshape(plan.batches, per_batch, *stored.shape[1:])
        by_row = np.swapaxes(by_batch, 1, 2).reshape(-1, per_batch, *stored.shape[2:])[: plan.samples]
        if plan.order_array is None:
            return by_row
        result = np.empty_like(by_row)
        result[plan.order_array] = by_row
        return result


def open_trace(path: str | Path) -> Trace:
    """Open a recording: a file written by :meth:`Trace.save`, or a folder that a run writes to.

    Parameters
    ----------
    path : path

    Returns
    -------
    Trace
        Read-only. That of a folder grows as the run goes on.

    Raises
    ------
    TraceError
        It is not a recording, or it is damaged.
    """
    from lstm_viz.trace_file import load_trace

    path = Path(path)
    return open_folder(path, writable=False) if path.is_dir() else load_trace(path)


def open_folder(folder: Path, writable: bool) -> Trace:
    """Open the folder of a recording, to read it or to go on with it."""
    try:
        header = json.loads((folder / _HEADER).read_text(encoding="utf-8"))
        if header["plan"]["order"] is not None:
            header["plan"]["order"] = np.load(folder / _ORDER)
        return Trace(*from_header(header), folder=folder, writable=writable)
    except TraceError:
        raise
    except DAMAGE as error:
        raise not_a_recording(folder, error) from error


def from_header(header: dict[str, Any]) -> tuple[Plan, list[LSTMLayer], list[int], list[OutputSpec]]:
    """Return the plan, layers, their timesteps and the outputs out of a header."""
    if header["format"] != FORMAT:
        raise ValueError(f"format {header['format']}, this program reads {FORMAT}")
    plan = dict(header["plan"])
    resets = dict(plan.pop("resets"))
    points = [
        ResetPoint(**{**point, "rows": point["rows"] and tuple(point["rows"])}) for point in resets.pop("at")
    ]
    order = plan.pop("order")
    timesteps = [operator.index(length) for length in header["timesteps"]]
    if any(length < 1 for length in timesteps):
        raise ValueError(f"layers of {timesteps} timesteps")
    outputs = [OutputSpec(tuple(o["shape"]), o["each_step"], o["dtype"]) for o in header["outputs"]]
    return (
        Plan(**plan, resets=Resets(**resets, at=tuple(points)), order=order),
        [LSTMLayer(**layer) for layer in header["layers"]],
        timesteps,
        outputs,
    )


def not_a_recording(path: Path, error: Exception) -> TraceError:
    """Return what to tell the user when something is no recording."""
    return TraceError(
        f"{path.name} is not a recording of this program, or it is damaged.",
        "Choose a file that was saved with Save recording, or record the run again.",
        f"{type(error).__name__}: {error}",
    )


def remove_recording(folder: Path) -> None:
    """Delete the folder of a recording that nobody needs any more."""
    shutil.rmtree(folder, ignore_errors=True)


def position_of(plan: Plan, step: int) -> Position:
    """Return the position of a step, and that after the last step for the end of the run."""
    return plan.position(step) if step < len(plan) else Position(plan.epochs, 0, 0)


def group_size(steps: int, columns: int) -> int:
    """Return how many steps to merge so that their minima and maxima fit the columns."""
    groups = max(1, columns // 2 - 1)  # one more, because the range need not begin where a group does
    wanted = math.ceil(steps / groups)
    power = GROUP ** int(math.log(wanted, GROUP) + 1e-9)
    return int(math.ceil(wanted / power) * power)
