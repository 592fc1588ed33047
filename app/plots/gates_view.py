"""The six signals of a layer as heatmaps over time, below the input and the output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Signal
from PySide6.QtWidgets import QWidget

from app.plots.axes import Pin, UnitAxis, ValueAxis
from app.plots.colours import Range, usual_ranges
from app.plots.heatmap import Heatmap, Span
from app.plots.legends import ColourScale, Legend, LegendEntry
from app.plots.look import Look, kept_slots
from app.plots.plot_column import PlotColumn, Row
from app.plots.readout import recorded_until, time_text, value_text
from app.plots.series import MOST_LINES, Lines, LinesPlot
from app.plots.steps import StepScale
from lstm_viz.signals import NAMES, SIGNALS

if TYPE_CHECKING:
    from lstm_viz.layer_trace import Window
    from lstm_viz.timetable import Timetable

Styled = tuple[tuple[tuple[int, int], ...], tuple[LegendEntry, ...]]

_ENDING_DASHES = 2  # dots: the outputs are whole and the targets dashed


class GatesView(PlotColumn):
    """Six heatmaps, units × steps, sharing one axis and one cursor with the input and the output.

    Signals
    -------
    unit_pinned(int)
        A unit's number was clicked, or its row double-clicked.
    """

    unit_pinned = Signal(int)
    resting_text = "Point to read a value · click to go there · double-click to pin the unit"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layer = ""
        self._units = 1
        self._order: NDArray[np.intp] = np.arange(1)
        self._in_order = True
        self._pins: tuple[Pin, ...] = ()
        self._slots: dict[int, int] = {}
        self._ranges = usual_ranges()
        self._window: Window | None = None
        self._span = Span(0, 0, 0)
        self._lines = {"x": LinesPlot(0), "y": LinesPlot(1)}
        for key, words in (("x", "input"), ("y", "output")):
            self._add_row(Row(key, self._lines[key].box, ValueAxis(key, words), Legend(), shown=False))
        for signal in SIGNALS:
            row = Row(signal, Heatmap(), UnitAxis(signal, NAMES[signal]), ColourScale())
            row.right.set_range(self._ranges[signal])
            self._add_row(row)
        self.setAccessibleName("Gates")

    # -- setters ------------------------------------------------------------------------------------

    def set_run(
        self,
        layer: str,
        units: int,
        total_steps: int,
        timesteps: int | Timetable,
        batches: int,
        own_time: str = "",
    ) -> None:
        """Show another layer or run: its size, and nothing recorded yet.

        The colour ranges of a layer are kept as long as it is shown.
        """
        another = (layer, units) != (self._layer, self._units)
        if another:
            self._ranges = usual_ranges()
            self._order, self._in_order = np.arange(units), True
            self._pins = tuple(pin for pin in self._pins if pin.unit < units)
        self._layer, self._units = layer, units
        self._window = None
        self._span = Span(0, 0, 0)
        self._set_factor(1)
        for plot in self._lines.values():
            plot.forget_range()
        for row in self._heatmap_rows():
            row.middle.set_units(units)
            row.left.set_order(self._order)
            row.left.set_pins(self._pins)
            row.right.set_range(self._ranges[row.key])
        self.setAccessibleName(f"Gates of {layer}")
        self.set_run_shape(total_steps, timesteps, batches, own_time)
        if another:
            self._place()  # the numbers of units may need more room

    def forget_layer(self) -> None:
        """Begin anew with the next run, even where its layer has the same name: it is another model's."""
        self._layer = ""
        for plot in self._lines.values():
            plot.forget_values()

    def set_signals(self, window: Window) -> None:
        """Draw what is recorded of these steps; called whenever there is something new.

        Parameters
        ----------
        window : Window
            ``values`` of shape (6, units, columns), NaN where masked or not recorded.
        """
        self._window = window
        self._span = Span(window.start, window.stop, recorded_until(window))
        self._set_factor(window.factor)
        for row in self._heatmap_rows():
            self._draw_heatmap(row)
        if self._pointed is not None:
            self._on_hovered(self._pointed)

    def set_series(
        self,
        inputs: Lines | None,
        outputs: Lines | None,
        targets: Lines | None,
        endings: Lines | None = None,
    ) -> None:
        """Draw the input, and the output with its target; what is None is left out.

        ``endings`` are what the output would be if the sequence ended at each timestep, named like it. Pass
        the same object again for what has not changed: it is then not read again.
        """
        self._set_lines("x", (inputs,), None)
        self._set_lines("y", (outputs, targets, endings), _styled(outputs, targets, endings))

    def set_shown_signals(self, signals: tuple[str, ...]) -> None:
        """Draw only these signals; all of them at first."""
        for row in self._heatmap_rows():
            row.shown = row.key in signals
        self._place()

    def set_levels(self, signal: str, low: float, high: float) -> None:
        """Let the colours of a signal span at least these values, such as of an unbounded activation."""
        self._take_range(signal, self._ranges[signal].widened(low, high))

    def set_unit_order(self, order: Sequence[int] | NDArray[np.intp]) -> None:
        """Take which unit stands in each row, from the top: a permutation of all units."""
        order = np.asarray(order, np.intp)
        if not np.array_equal(np.sort(order), np.arange(self._units)):
            raise ValueError(f"The order does not name each of the {self._units} units once.")
        self._order = order
        self._in_order = bool((order == np.arange(self._units)).all())
        for row in self._heatmap_rows():
            row.left.set_order(order)
            self._draw_heatmap(row)

    def set_pinned(self, units: Sequence[int]) -> None:
        """Mark these units at the left edge of each heatmap, in the colours of their curves."""
        self._slots = kept_slots(self._slots, tuple(units))
        self._pins = tuple(Pin(unit, slot) for unit, slot in self._slots.items() if 0 <= unit < self._units)
        for row in self._heatmap_rows():
            row.left.set_pins(self._pins)

    # -- what others read ---------------------------------------------------------------------------

    def levels(self, signal: str) -> tuple[float, float]:
        """Return the values that the colours of a signal span."""
        return self._ranges[signal].low, self._ranges[signal].high

    @property
    def ranges(self) -> dict[str, Range]:
        """The values that the colours of each signal span."""
        return self._ranges

    def image_of(self, signal: str) -> NDArray[np.uint32]:
        """Return the colours drawn for a signal, ARGB, shape (rows, columns)."""
        return self._row(signal).middle.pixels

    def curves_of(self, strip: str) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Return the lines drawn in strip ``"x"`` or ``"y"``, each as x and y."""
        return self._lines[strip].curves

    @property
    def picture_name(self) -> str:
        return "gates of " + self._layer.replace("/", " ")

    # -- drawing ------------------------------------------------------------------------------------

    def _heatmap_rows(self) -> list[Row]:
        return [row for row in self._rows if row.key in SIGNALS]

    def _row(self, key: str) -> Row:
        return next(row for row in self._rows if row.key == key)

    def _draw_heatmap(self, row: Row) -> None:
        if self._window is None or self._look is None:
            return
        values = self._window.values[SIGNALS.index(row.key)]
        if not self._in_order:
            values = values[self._order]
        found = row.middle.set_values(values, self._span, int(row.rect.height() * self.devicePixelRatioF()))
        if found is not None:
            self._take_range(row.key, self._ranges[row.key].widened(*found), draw=False)
        row.middle.set_colours(self._ranges[row.key], self._look.theme.name)

    def _take_range(self, signal: str, limits: Range, draw: bool = True) -> None:
        if limits == self._ranges[signal]:
            return
        self._ranges[signal] = limits
        row = self._row(signal)
        row.right.set_range(limits)
        if draw:
            self._draw_heatmap(row)

    def _set_lines(self, key: str, given: tuple[Lines | None, ...], styled: Styled | None) -> None:
        plot, row = self._lines[key], self._row(key)
        styles, entries = styled if styled is not None else (None, None)
        sets = tuple(lines for lines in given if lines is not None and lines.names)
        before = plot.low, plot.high, row.right.entries, row.shown
        plot.set_lines(sets, styles)
        row.shown = bool(sets)
        row.right.set_entries(plot.entries if entries is None else entries, plot.left_out)
        row.left.set_limits(plot.low, plot.high)
        if (plot.low, plot.high, row.right.entries, row.shown) != before:
            self._place()

    def _theme_row(self, row: Row, look: Look) -> None:
        if row.key in self._lines:
            self._lines[row.key].set_look(look)
        else:
            row.middle.set_look(look)
            self._draw_heatmap(row)

    def _scale_row(self, row: Row, scale: StepScale) -> None:
        if row.key in self._lines:
            self._lines[row.key].set_scale(scale)
        else:
            row.middle.set_scale(scale)

    def _mark_row(self, row: Row, unit: int | None) -> None:
        if row.key not in self._lines:
            row.middle.set_marked(unit is not None)

    # -- pointing and clicking ----------------------------------------------------------------------

    def _describe(self, row: Row, position: QPointF) -> str:
        step = self._step_at(position)
        if step is None:
            return ""
        if row.key in self._lines:
            return self._lines[row.key].text_at(step, self._run)
        unit = row.left.unit_at(position.y() - row.rect.top())
        if unit is None:
            return ""
        when = time_text(self._run, self._window, step)
        value = value_text(self._window, row.key, unit, step)
        return f"{when} · unit {unit} · {row.key} {NAMES[row.key]} {value}"

    def _describe_side(self, row: Row, position: QPointF) -> str:
        if row.key in self._lines:
            return ""
        unit = row.left.unit_at(position.y() - row.rect.top())
        return "" if unit is None else f"unit {unit} · click to pin it"

    def _side_clicked(self, row: Row, position: QPointF) -> None:
        if row.key not in self._lines:
            self._pin_at(row, position)

    def _plot_double_clicked(self, row: Row, position: QPointF) -> None:
        if row.key not in self._lines:
            self._pin_at(row, position)

    def _pin_at(self, row: Row, position: QPointF) -> None:
        unit = row.left.unit_at(position.y() - row.rect.top())
        if unit is not None:
            self.unit_pinned.emit(unit)


def _styled(outputs: Lines | None, targets: Lines | None, endings: Lines | None) -> Styled | None:
    """Return styles and legend of an output with what belongs to it; None where each line is told by itself.

    Of several outputs with a target each, a target has its output's colour, is dashed, and is named once for
    all. So has what an output would be if the sequence ended earlier, in a dash of its own.
    """
    if outputs is None or not outputs.names:
        return None
    alike = targets is not None and len(outputs.names) > 1 and _belong_to(targets, outputs)
    if endings is None and not alike:
        return None
    names = outputs.names[:MOST_LINES]
    count = len(names)
    points = outputs.style == "points"
    styles = [(1 + k, 0 if alike else k) for k in range(count)]
    entries = [LegendEntry(name, *style, points) for name, style in zip(names, styles, strict=True)]
    if targets is not None:
        of_targets = [(1 + k, 1) if alike else (1 + count + k, 1) for k in range(len(targets.names))][
            :MOST_LINES
        ]
        styles += of_targets
        said = ["target"] if alike else targets.names
        entries += [
            LegendEntry(name, *style, targets.style == "points")
            for name, style in zip(said, of_targets, strict=False)
        ]
    if endings is not None:
        styles += [(1 + k, _ENDING_DASHES) for k in range(count)]
        entries.append(LegendEntry(endings.caption, 1, _ENDING_DASHES))
    return tuple(styles), tuple(entries)


def _belong_to(targets: Lines, outputs: Lines) -> bool:
    """Whether targets are called like the outputs, or "target" and that."""
    return targets.names in (outputs.names, tuple(f"target {name}" for name in outputs.names))
