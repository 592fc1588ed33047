"""Reads from a recording what the diagram of boxes shows: its diagram, its levels, its values in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from app.boxes import inner_resets, next_batch, unrolled
from app.engine.messages import ModelInfo
from app.plots.boxes_layout import BoxRow, Unrolled
from app.plots.boxes_state import BoxesState, RowState, Value
from app.plots.boxes_view import BoxesView
from app.plots.look import number
from app.run_series import RowSeries, generated_inputs
from app.token_words import visible_name
from lstm_viz.dataset import Dataset
from lstm_viz.plan import CAUSES, Plan, Position
from lstm_viz.signals import H
from lstm_viz.trace import Trace

_FED_REMARK = (
    "What is shaded below was not in the data: "
    "the output of each timestep is fed back as the input of the next."
)
_MOST_LINES = 2
_MOST_WORDS = 8
_HANDED = Value(("h",), "the last h of the encoder, the same at every timestep")
_AWAY_REMARK = (
    "Here the time axes are gone through side by side, each from its start to its end. "
    "In the model the decoder begins when the encoder has ended."
)


class BoxesReader:
    """Tells a diagram of boxes what is recorded of a row.

    Parameters
    ----------
    model : ModelInfo
    trace : Trace
    dataset : Dataset
        What was run.
    row : int
        Of the batch.
    view : BoxesView
        Is told what there is, and asked what of it can be seen.
    """

    def __init__(self, model: ModelInfo, trace: Trace, dataset: Dataset, row: int, view: BoxesView) -> None:
        self._model, self._trace, self._dataset, self._row, self._view = model, trace, dataset, row, view
        self._series = RowSeries(dataset, trace.plan, row, trace)
        self._unrolled: Unrolled | None = None
        self._output = trace.output_specs[0] if trace.output_specs else None
        generation = trace.generation
        if self._output is not None and self._output.endings and generation is not None:
            # Fed back at every timestep, it comes out there.
            each = self._output.each_step or generation.layout == "timesteps"
            self._output = replace(self._output, each_step=each)

    def unroll(self, cursor: int | None) -> None:
        """Make the diagram for the batch at a step of the run: batches may be of different lengths."""
        plan = self._trace.plan
        self._unrolled = made = unrolled(self._model, plan, position(plan, cursor).batch, self._output)
        remark = ""
        if made is not None and self._trace.generation is not None:
            remark = _FED_REMARK
        elif made is not None and made.hand_overs:
            remark = _AWAY_REMARK
        self._view.set_unrolled(made, remark)

    def show(self, cursor: int | None) -> None:
        """Show what is recorded, with the cursor at a step of the run."""
        plan = self._trace.plan
        if self._unrolled is None:
            return
        if self._unrolled.timesteps != plan.timesteps_of(position(plan, cursor).batch):
            self.unroll(cursor)
        self._view.set_state(self._state(self._unrolled, cursor))

    # -- reading ------------------------------------------------------------------------------------

    def _visible(self, row: BoxRow) -> range:
        return self._view.visible_boxes(row.segment, row.timesteps)

    def _state(self, made: Unrolled, cursor: int | None) -> BoxesState:
        plan = self._trace.plan
        at = position(plan, cursor)
        row = min(self._row, plan.rows(at.batch) - 1)  # a smaller last batch may lack it: its last one
        seen = [self._visible(each) for each in made.rows if each.resets_inside]
        reach = range(min((s.start for s in seen), default=0), max((s.stop for s in seen), default=0))
        return BoxesState(
            timestep=None if cursor is None else at.timestep,
            rows=tuple(self._row_state(each, at, row) for each in made.rows),
            inputs=self._inputs(made, plan, at, row),
            outputs=self._outputs(made, at, row),
            resets=inner_resets(plan, at.epoch, at.batch, row, reach),
        )

    def _row_state(self, each: BoxRow, at: Position, row: int) -> RowState:
        trace = self._trace
        plan, layer, span = trace.plan, trace.layers[each.path], self._visible(each)
        begin = plan.first_step(at.epoch, at.batch)
        first = layer.step_of(begin)
        if each.backwards and trace.count > begin:
            # It has read all of the batch as soon as any of it is shown.
            steps = np.arange(first + span.start, first + span.stop)
            values = np.moveaxis(layer.at(steps, np.full(len(steps), row)), 0, -1)
        else:
            columns = max(4, len(span))
            values = layer.window(row, first + span.start, first + span.stop, columns).values
        levels = np.full(len(span), np.nan)
        levels[: values.shape[-1]] = np.abs(values[H]).mean(axis=0)
        masked = np.zeros(len(span), np.bool_)
        masked[: values.shape[-1]] = np.isnan(values[0]).all(axis=0)
        source = plan.handed_from(at.epoch, at.batch, row)
        cause = plan.reset_cause(Position(at.epoch, at.batch, 0), row)
        end = next_batch(plan, at.epoch, at.batch, row) if each.handed is None else None
        return RowState(
            first=span.start,
            levels=levels,
            masked=masked,
            start=source,
            start_words=(
                f"starts from sample {source}'s last state"
                if cause is None
                else f"starts from zeros: {CAUSES[cause]}"
            ),
            end=end,
        )

    def _inputs(self, made: Unrolled, plan: Plan, at: Position, row: int) -> dict[tuple[int, int], Value]:
        dataset, found = self._dataset, {}
        sample = plan.sample(at.batch, row)
        for k, segment in enumerate(made.segments):
            span = self._view.visible_boxes(k, segment.timesteps)
            handed = any(hand.segment == k and hand.what == "vector" for hand in made.hand_overs)
            if handed and segment.repeats:
                found.update({(k, own): _HANDED for own in span})
            elif segment.input is not None and segment.input < len(dataset.inputs):
                found.update(self._values_in(made, k, sample, at))
        return found

    def _values_in(
        self, made: Unrolled, number: int, sample: int, at: Position
    ) -> dict[tuple[int, int], Value]:
        """Return what goes into the visible timesteps of a segment that reads an input of the model."""
        segment, trace, dataset = made.segments[number], self._trace, self._dataset
        assert segment.input is not None
        span = self._view.visible_boxes(number, segment.timesteps)
        array = dataset.inputs[segment.input]
        if segment.repeats and array.ndim == 2:
            value = value_of(array[sample], dataset.feature_names)
            return {(number, own): value for own in span}
        first, fed = 0, self._is_fed
        if trace.generation is not None:
            first = trace.plan.first_step(at.epoch, at.batch)
            values = generated_inputs(trace, np.arange(first + span.start, first + span.stop))
            values = values[self._row]
            values = values[np.isfinite(values.reshape(len(values), -1)).all(axis=1)]  # as far as it is there
            values = values.astype(np.int64) if array.ndim == 2 else values
        else:
            values = np.asarray(array[sample][span.start : span.stop])
        tokens = array.ndim == 2
        if segment.input == 0 and not tokens:
            values = np.asarray(dataset.unscale_inputs(values))
        names = dataset.token_names if tokens else dataset.feature_names if segment.input == 0 else ()
        return {
            (number, t): replace(value_of(value, names), fed=fed(first + t))
            for t, value in enumerate(values, span.start)
        }

    def _outputs(self, made: Unrolled, at: Position, row: int) -> dict[int, Value]:
        output, spec, trace = made.output, self._output, self._trace
        if output is None or spec is None:
            return {}
        timesteps, classes = made.timesteps, bool(self._dataset.class_names)
        first = trace.plan.first_step(at.epoch, at.batch)
        if spec.each_step:
            span = self._view.visible_boxes(output.segment, output.timesteps or timesteps)
            read = trace.output_window if trace.output_specs[0].each_step else trace.endings_window
            steps, values = read(0, row, first + span.start, first + span.stop)
            lines = self._series.output_lines(spec, steps, values)
            return {
                int(x) - first: value_of(y, lines.names, classes) for x, y in zip(steps, lines.y, strict=True)
            }
        steps, values = trace.output_window(0, row, first, first + timesteps)
        if not len(steps):
            return {}
        if output.timesteps is None:
            lines = self._series.output_lines(spec, steps, values)
            last = made.segments[output.segment].timesteps - 1
            return {last: value_of(lines.y[0], lines.names, classes)}
        span = self._view.visible_boxes(output.segment, output.timesteps)
        return {own: value_of(values[0][own]) for own in span}

    def _is_fed(self, step: int) -> bool:
        """Say whether a step of the run reads what was generated."""
        generation = self._trace.generation
        return generation is not None and bool(generation.spans(step, step + 1))


def position(plan: Plan, cursor: int | None) -> Position:
    """Return where a step of the run is; the start without one."""
    return Position(0, 0, 0) if cursor is None else plan.position(cursor)


def value_of(values: NDArray[np.generic], names: Sequence[str] = (), classes: bool = False) -> Value:
    """Return what stands in a small box for some values: two of them at most, or the likeliest class.

    Parameters
    ----------
    values : ndarray
        One value, or a vector. A single whole number is a token.
    names : sequence of str
        Of the tokens, or of the vector's entries.
    classes : bool
        The entries are those of classes.
    """
    flat = np.ravel(values)
    if flat.size == 1 and flat.dtype.kind in "iu":
        token = int(flat[0])
        name = visible_name(names[token]) if 0 <= token < len(names) > 1 else str(token)
        return Value((name,), f"{name} (token {token})")
    named = len(names) == flat.size
    texts = [
        f"{names[k]} {number(float(v))}" if named else number(float(v))
        for k, v in enumerate(flat[:_MOST_WORDS])
    ]
    words = ", ".join(texts) + (f" and {flat.size - _MOST_WORDS} more" if flat.size > _MOST_WORDS else "")
    if classes and named and flat.size > 1 and np.isfinite(flat).all():
        best = int(np.argmax(flat))
        return Value((visible_name(names[best]), short(float(flat[best]))), words)
    lines = tuple(short(float(value)) for value in flat[:_MOST_LINES])
    return Value(lines if flat.size <= _MOST_LINES else (lines[0], f"⋯ {flat.size}"), words)


def short(value: float) -> str:
    """Write a number in the few digits for which a small box has room."""
    size = abs(value)
    text = f"{value:.0f}" if size >= 100 else f"{value:.1f}" if size >= 10 else f"{value:.2f}"
    if size >= 1e6:
        text = f"{value:.0e}"
    return "0.00" if text == "-0.00" else text.replace("-", "−")
