"""Everything that a run recorded: signals, states, masks and outputs, in memory or in a folder.

A recording is written by one process while others read it. Rows are written first and the number of
recorded steps is published last, so that a reader never sees a half-written step.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from lstm_viz.generation.recipe import Generation
from lstm_viz.layer_trace import LayerTrace
from lstm_viz.layers import LSTMLayer
from lstm_viz.output_trace import OutputTrace
from lstm_viz.plan import Plan
from lstm_viz.recorded import Recorded
from lstm_viz.storage import GrowingArray
from lstm_viz.trace_folder import TraceFiles
from lstm_viz.trace_header import OutputSpec, Timesteps, header_of, own_timetable

if TYPE_CHECKING:
    import xarray

__all__ = ["OutputSpec", "Trace"]

Array = NDArray[Any]


class Trace:
    """A recording that grows as a run goes on.

    Made by :func:`lstm_viz.record` and :class:`lstm_viz.Stepper`, and opened by :func:`open_trace`.

    Parameters
    ----------
    plan : Plan
    layers : sequence of LSTMLayer
    timesteps : sequence of int, or of mapping of int to int
        Of each layer's own sequence; where samples differ in length, by the timesteps of the input.
    outputs : sequence of OutputSpec
    folder : Path or None
        Where memory-mapped files are kept; None for memory.
    writable : bool
    digest : str
        What tells the model and the data of the run from others; kept in a folder, where the run may be
        gone on with.
    generation : Generation or None
        How the run makes its own inputs; None where they are data.
    """

    def __init__(
        self,
        plan: Plan,
        layers: Sequence[LSTMLayer],
        timesteps: Sequence[Timesteps],
        outputs: Sequence[OutputSpec],
        folder: Path | None = None,
        writable: bool = True,
        digest: str = "",
        generation: Generation | None = None,
    ) -> None:
        self.generation = generation
        self.folder = folder
        self.writable = writable
        self.digest = digest
        self.output_specs = tuple(outputs)
        self._files = files = TraceFiles(folder, writable)
        self._recorded = Recorded(plan, files.state())
        self._timesteps = tuple(timesteps)
        self.layers: Mapping[str, LayerTrace] = {
            layer.path: LayerTrace(
                self._recorded,
                layer,
                own_timetable(plan, own),
                files.array_maker(f"layer{number}"),
                writable,
            )
            for number, (layer, own) in enumerate(zip(layers, timesteps, strict=True))
        }
        self._outputs = [
            OutputTrace(self._recorded, spec, number, files.values)
            for number, spec in enumerate(self.output_specs)
        ]
        self._sequence = None if generation is None else self._sequence_array(generation)
        if folder is not None and writable:
            self.write_header()

    def __repr__(self) -> str:
        layers = ", ".join(f"{path} ({layer.layer.units} units)" for path, layer in self.layers.items())
        return f"<Trace: {self.count:,} of {len(self.plan):,} steps recorded, {layers or 'no LSTM'}>"

    # -- what is recorded ---------------------------------------------------------------------------

    @property
    def plan(self) -> Plan:
        """The sequence of steps."""
        return self._recorded.plan

    @property
    def count(self) -> int:
        """Steps that are recorded."""
        return self._recorded.count

    @property
    def revision(self) -> int:
        """Grows whenever recorded steps are dropped."""
        return int(self._recorded.state[1])

    @property
    def outputs(self) -> list[Array]:
        """One array for each output of the model, samples first, as ``predict`` gives them.

        What is not recorded, and what lies past the end of a shorter sample, is NaN (0 for whole numbers).
        """
        return [output.by_sample for output in self._outputs]

    @property
    def endings(self) -> list[Array | None]:
        """For each output, samples first, what it would be if the sequence ended at each timestep.

        (samples, timesteps, …); the last timestep's is the output itself. None where it is not recorded:
        where each timestep has an output of its own, where it would be very large, and where the model
        needs the whole sequence first.
        """
        return [output.endings_by_sample for output in self._outputs]

    @property
    def sequence(self) -> Array:
        """The sequence of a generated run as far as it is there, the seed first.

        (rows, timesteps, features), or whole numbers (rows, timesteps) for tokens.

        Raises
        ------
        LookupError
            The run reads data; see ``generation``.
        """
        return self.sequence_window(0, sys.maxsize)

    def sequence_window(self, start: int, stop: int) -> Array:
        """Return part of :attr:`sequence`, by timesteps of its own."""
        if self._sequence is None or self.generation is None:
            raise LookupError("the run reads data and makes no sequence of its own")
        stop = max(start, min(stop, self.generation.known(self.count)))
        return np.swapaxes(self._sequence.read(start, stop), 0, 1)

    def endings_window(self, number: int, row: int, start: int, stop: int) -> tuple[Array, Array]:
        """Return the steps between start and stop, and what a row's output would be if it ended there.

        Raises
        ------
        LookupError
            That is not recorded for this output.
        """
        stop = max(start, min(stop, self.count))
        return np.arange(start, stop), self._outputs[number].endings.read(start, stop, row)

    def output_window(self, number: int, row: int, start: int, stop: int) -> tuple[Array, Array]:
        """Return the steps between start and stop at which a row has an output, and the outputs."""
        return self._outputs[number].window(row, start, stop)

    def outputs_at(self, number: int, entries: NDArray[np.intp], rows: NDArray[np.intp]) -> Array:
        """Return an output of single rows: entries are steps, or batches where it is one for each."""
        return self._outputs[number].at(entries, rows)

    def endings_at(self, number: int, steps: NDArray[np.intp], rows: NDArray[np.intp]) -> Array:
        """Return what an output of single rows would be if the sequence ended at single steps.

        Raises
        ------
        LookupError
            That is not recorded for this output.
        """
        return self._outputs[number].endings.take(steps, rows)

    def bytes_to_come(self) -> int:
        """Return how many bytes the rest of the run takes on the disk; 0 for a recording in memory."""
        layers = sum(layer.bytes_to_come() for layer in self.layers.values())
        others = sum(output.bytes_to_come() for output in self._outputs)
        return layers + others + (0 if self._sequence is None else self._sequence.bytes_to_come())

    # -- writing ------------------------------------------------------------------------------------

    def write_output(self, number: int, step: int, values: Array) -> None:
        """Write an output that begins at a step: (rows, steps, …) with one for each step, else (rows, …)."""
        self._outputs[number].write(step, values)

    def write_endings(self, number: int, step: int, values: Array) -> None:
        """Write what an output would be at each timestep from a step on, (rows, steps, …)."""
        self._outputs[number].write_endings(step, values)

    def write_sequence(self, start: int, values: Array) -> None:
        """Write timesteps of the sequence of a generated run, (rows, timesteps, …)."""
        assert self._sequence is not None
        self._sequence.write(start, np.swapaxes(values, 0, 1))

    def publish(self, count: int) -> None:
        """Say that all steps before ``count`` are written."""
        if self.folder is not None:
            for layer in self.layers.values():
                layer.catch_up(count)
        self._recorded.state[0] = count

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
                with self._header_to_come(plan):
                    self._drop(count)
            except BaseException:
                self._recorded.state[0] = before  # the numbers themselves are still there
                raise
        if plan is not None:
            self._recorded.plan = plan

    def _drop(self, count: int) -> None:
        if count < self.count:
            self._recorded.state[0] = count
            self._recorded.state[1] += 1
            for layer in self.layers.values():
                layer.truncate(count)

    def empty_copy(self, folder: Path) -> Trace:
        """Return a recording of the same run in a folder, with nothing recorded yet."""
        layers = [layer.layer for layer in self.layers.values()]
        return Trace(
            self.plan,
            layers,
            self._timesteps,
            self.output_specs,
            folder,
            digest=self.digest,
            generation=self.generation,
        )

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

    def export(
        self,
        path: str | Path,
        *,
        format: str | None = None,
        layers: Sequence[str] | None = None,
        signals: Sequence[str] | None = None,
        steps: tuple[int, int] | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> None:
        """Write the recording, or part of it, as a file for another tool.

        NPZ, HDF5 and Zarr hold arrays ``(sample, timestep, unit)`` for each layer, with an epoch before
        them when the steps are of several; in Zarr all signals are one array
        ``(sample, timestep, signal, unit)``. ``mask``, ``initial_h``, ``initial_c`` and the outputs of the
        model lie beside them. CSV and Parquet hold a line for each unit at each timestep of each sample.
        What is not recorded, or not among the steps, is NaN in an array and has no line in a table.

        Parameters
        ----------
        path : path
            A Zarr file is a folder. What is there already is replaced when the new file is whole; a folder
            only by a Zarr file, and where it is one itself, or empty.
        format : {"npz", "hdf5", "zarr", "csv", "parquet"}, optional
            That of the ending of the name by default. Zarr and Parquet need the extras of those names.
        layers, signals : sequence of str, optional
            All by default.
        steps : (int, int), optional
            The first step of the run and the one after the last; everything recorded by default.
        progress : callable, optional
            Called with the fraction done; what it raises cancels, and an earlier file stays as it was.

        Raises
        ------
        TraceError
            The file cannot be written, for example because the disk is full; or there is no such format,
            layer, signal or step.
        LstmVizError
            A package of an optional extra is not installed.

        Examples
        --------
        >>> import lstm_viz, numpy as np, tempfile
        >>> from lstm_viz.examples import example
        >>> model = lstm_viz.load_model(example("next_value").model_path)
        >>> trace = lstm_viz.record(model, np.zeros((6, 3, 1)))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     trace.export(f"{folder}/run.npz", signals=["c", "h"])
        ...     with np.load(f"{folder}/run.npz") as file:
        ...         print(file["lstm/h"].shape)
        (6, 3, 4)
        """
        from lstm_viz.export import export

        export(self, path, format=format, layers=layers, signals=signals, steps=steps, progress=progress)

    @overload
    def to_xarray(self, layer: str, signals: Sequence[str] | None = None) -> xarray.Dataset: ...

    @overload
    def to_xarray(self, layer: None = None, signals: Sequence[str] | None = None) -> xarray.DataTree: ...

    def to_xarray(
        self, layer: str | None = None, signals: Sequence[str] | None = None
    ) -> xarray.Dataset | xarray.DataTree:
        """Return the recording as xarray has it; needs the extra ``xarray``.

        Parameters
        ----------
        layer : str, optional
            One layer, or all of them by default.
        signals : sequence of str, optional
            All by default.

        Returns
        -------
        xarray.Dataset
            Of one layer: ``signals`` with the axes sample, timestep, signal and unit, ``mask``,
            ``initial_h`` and ``initial_c``. An axis epoch comes first when several are recorded.
        xarray.DataTree
            One such for each layer, by its path, and ``outputs``.

        Raises
        ------
        TraceError
            Nothing is recorded, or there is no such layer or signal.
        LstmVizError
            xarray is not installed.
        """
        from lstm_viz.export.labelled import labelled

        return labelled(self, layer, signals)

    def header(self) -> dict[str, Any]:
        """Return everything but the numbers, as plain JSON data."""
        return self._header_of(self.plan)

    def _header_of(self, plan: Plan, beside: Mapping[str, Any] | None = None) -> dict[str, Any]:
        layers = [layer.layer for layer in self.layers.values()]
        return header_of(plan, layers, self._timesteps, self.output_specs, self.generation, beside)

    def _header_to_come(self, plan: Plan) -> AbstractContextManager[None]:
        return self._files.header_to_come(
            plan, lambda beside: self._header_of(plan, beside) | {"digest": self.digest}
        )

    def write_header(self) -> None:
        """Write the header beside the files of the recording."""
        with self._header_to_come(self.plan):
            pass

    def arrays(self, count: int) -> Iterator[tuple[str, GrowingArray, int]]:
        """Yield the name of each array, the array, and how much of it belongs to so many steps."""
        for number, layer in enumerate(self.layers.values()):
            for part, array, length in layer.arrays(count):
                yield f"layer{number}/{part}", array, length
        for output in self._outputs:
            yield from output.arrays(count)
        if self._sequence is not None and self.generation is not None:
            yield "sequence", self._sequence, self.generation.known(count)

    def _sequence_array(self, generation: Generation) -> GrowingArray:
        tokens = generation.kind == "tokens"
        shape = (self.plan.batch_size,) if tokens else (self.plan.batch_size, generation.width)
        dtype = np.int32 if tokens else np.float32
        return self._files.values("sequence", shape, dtype, generation.length)
