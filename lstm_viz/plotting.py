"""The gates and states of a layer as a matplotlib figure, for notebooks and papers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lstm_viz.checking import listed, of_kind, whole
from lstm_viz.errors import TraceError
from lstm_viz.export.extras import need
from lstm_viz.layer_trace import LayerTrace, Window
from lstm_viz.plan import Plan, Position
from lstm_viz.signals import GATES, NAMES, SIGNALS
from lstm_viz.trace import Trace

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLUMNS = 2000  # more than a figure has pixels
_MOST_BORDERS = 60  # more lines than that hide what lies between them
_HEIGHT, _WIDTH = 1.1, 9.0  # inches


def plot_gates(
    trace: Trace,
    layer: str | None = None,
    *,
    row: int = 0,
    steps: tuple[int, int] | None = None,
    signals: Sequence[str] | None = None,
) -> Figure:
    """Draw the signals of a layer as heatmaps, units × steps, as the Gates view does.

    A solid line is the border of two batches, a dashed one a reset. Needs the extra ``notebook``.

    Parameters
    ----------
    trace : Trace
    layer : str, optional
        The first one by default.
    row : int
        Of the batch.
    steps : (int, int), optional
        The first step of the run and the one after the last; everything recorded by default. More steps
        than a figure has pixels are merged: their minima and maxima are drawn.
    signals : sequence of str, optional
        Of ``i f g o c h``; all by default.

    Returns
    -------
    matplotlib.figure.Figure
        Of ``matplotlib.pyplot``, which a notebook shows; save it with its ``savefig``.

    Raises
    ------
    TraceError
        There is no such layer, row or signal, or these steps are not recorded.
    LstmVizError
        matplotlib is not installed.

    Examples
    --------
    >>> import lstm_viz, numpy as np
    >>> from lstm_viz.examples import example
    >>> model = lstm_viz.load_model(example("next_value").model_path)
    >>> trace = lstm_viz.record(model, np.zeros((6, 3, 1)))
    >>> figure = lstm_viz.plot_gates(trace, "lstm", steps=(0, 9), signals="fc")
    >>> figure.axes[0].get_ylabel().splitlines()
    ['f', 'forget gate']
    """
    of_kind(trace, Trace, "A recording", TraceError, "Give what lstm_viz.record or open_trace returns.")
    pyplot: Any = need("matplotlib.pyplot", "notebook", "plot_gates")
    chosen, plan = _layer(trace, layer), trace.plan
    if not 0 <= whole(row, "row", TraceError) < plan.batch_size:
        raise TraceError(f"There is no row {row}.", f"Rows are counted from 0 to {plan.batch_size - 1}.")
    if not trace.count:
        raise TraceError("Nothing is recorded yet.", "Step the model first.")
    start, stop = (0, trace.count) if steps is None else _pair(steps)
    if not 0 <= start < stop <= trace.count:
        raise TraceError(f"Steps {start} to {stop} are not recorded.", f"Choose some of 0 to {trace.count}.")
    names = tuple(SIGNALS) if signals is None else _names(signals)
    unknown = [name for name in names if name not in SIGNALS]
    if unknown or not names:
        raise TraceError(f"There is no signal {(unknown or [''])[0]!r}.", f"There is: {', '.join(SIGNALS)}.")
    first, last = chosen.step_of(start), max(chosen.step_of(start) + 1, chosen.step_of(stop))
    window = chosen.window(row, first, last, _COLUMNS)
    figure, axes = pyplot.subplots(
        len(names),
        figsize=(_WIDTH, _HEIGHT * len(names) + 0.6),
        sharex=True,
        squeeze=False,
        layout="constrained",
    )
    for name, place in zip(names, axes[:, 0], strict=True):
        _draw(figure, place, name, window)
        _draw_lines(place, chosen, plan, row, first, last)
    axes[-1, 0].set_xlabel("step")
    axes[-1, 0].set_xlim(first - 0.5, last - 0.5)
    figure.suptitle(f"{chosen.layer.path} · row {row}")
    return figure  # type: ignore[no-any-return]


def _pair(steps: Any) -> tuple[int, int]:
    hint = "Give two steps: the first one, and the one after the last."
    pair = [whole(step, "A step", TraceError) for step in listed(steps, "steps", TraceError, hint)]
    if len(pair) != 2:
        raise TraceError(f"There are {len(pair)} steps instead of two.", hint)
    return pair[0], pair[1]


def _names(signals: Any) -> tuple[Any, ...]:
    hint = f"Choose some of {', '.join(SIGNALS)}."
    # "ifo" names three of them.
    return tuple(signals) if isinstance(signals, str) else listed(signals, "signals", TraceError, hint)


def _layer(trace: Trace, path: str | None) -> LayerTrace:
    path = next(iter(trace.layers), None) if path is None else path
    if path is None or path not in trace.layers:
        raise TraceError(f"There is no layer {path!r}.", f"There is: {', '.join(trace.layers) or 'none'}.")
    return trace.layers[path]


def _draw(figure: Any, axes: Any, name: str, window: Window) -> None:
    values = window.values[SIGNALS.index(name)]
    if name in GATES:
        low, high, colours = 0.0, 1.0, "viridis"
    else:
        high = max(1e-9, float(np.nanmax(np.abs(values), initial=0.0)))
        low, high, colours = -high, high, "RdBu_r"
    units = len(values)
    image = axes.imshow(
        values,
        aspect="auto",
        interpolation="nearest",
        cmap=colours,
        vmin=low,
        vmax=high,
        extent=(window.start - 0.5, window.stop - 0.5, units - 0.5, -0.5),
    )
    axes.set_ylabel(f"{name}\n{NAMES[name]}", rotation=0, ha="right", va="center")
    axes.yaxis.get_major_locator().set_params(integer=True)
    figure.colorbar(image, ax=axes, pad=0.01)


def _draw_lines(axes: Any, layer: LayerTrace, plan: Plan, row: int, first: int, last: int) -> None:
    """Draw the borders of batches, and where the row is reset."""
    table = layer.timetable
    numbers = range(int(table.place(first)[0]), int(table.place(last - 1)[0]) + 1)
    if len(numbers) > _MOST_BORDERS:
        return
    for number in numbers:
        begin = int(table.first(number))
        epoch, batch = divmod(number, plan.batches)
        resets = {begin: plan.reset_cause(Position(epoch, batch, 0), row)}
        if table == plan.timetable:
            resets |= dict(plan.reset_steps(epoch, batch, row))
        for step, cause in resets.items():
            if first <= step < last:
                style = "-" if cause is None else "--"
                axes.axvline(step - 0.5, color="black", linewidth=0.8, linestyle=style)
