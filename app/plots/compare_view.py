"""One signal of two runs of the same data, and what lies between them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Signal
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from app.plots.axes import Pin, UnitAxis, ValueAxis
from app.plots.colours import Range, usual_ranges
from app.plots.compare_choices import Choice, ChoiceButtons
from app.plots.compare_head import FIRST_SIGNAL, CompareHead
from app.plots.compare_parts import output_styles
from app.plots.heatmap import Heatmap, Span
from app.plots.legends import ColourScale, Legend
from app.plots.look import Look, kept_slots, number
from app.plots.marks import MarksItem, Resets
from app.plots.plot_column import PlotColumn, Row
from app.plots.point_marks import PointMark
from app.plots.readout import time_text
from app.plots.series import Lines, LinesPlot
from app.plots.steps import StepScale
from lstm_viz.signals import NAMES

if TYPE_CHECKING:
    from app.theme import Theme
    from lstm_viz.compared_window import ComparedWindow
    from lstm_viz.timetable import Timetable

_NO_DIFFERENCE = Range(-1e-6, 1e-6, "diverging")
_TITLES = {"a": "in run A", "b": "in run B", "d": "B − A"}


class CompareView(PlotColumn):
    """Heatmaps of a signal in run A, in run B and of B − A over the steps of run A, and the outputs of both.

    Signals
    -------
    chosen(str)
        A run to compare with was chosen: the key of a :class:`Choice`.
    ended()
        The comparison is to end.
    signal_changed(str)
        The letter of the signal that is shown now.
    unit_pinned(int)
        A unit's number was clicked, or its row double-clicked.
    """

    chosen = Signal(str)
    ended = Signal()
    signal_changed = Signal(str)
    unit_pinned = Signal(int)
    resting_text = "Point to read both runs · click to go there"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layer = ""
        self._units = 1
        self._order: NDArray[np.intp] = np.arange(1)
        self._slots: dict[int, int] = {}
        self._window: ComparedWindow | None = None
        self._ranges = usual_ranges()
        self._apart = _NO_DIFFERENCE
        self._resets_b = Resets()
        self._marks_b = MarksItem()
        self._canvas.scene().addItem(self._marks_b)
        self._outputs = LinesPlot(1)
        for key, letter in (("a", "A"), ("b", "B"), ("d", "B−A")):
            words = "difference" if key == "d" else NAMES[FIRST_SIGNAL]
            self._add_row(Row(key, Heatmap(), UnitAxis(letter, words), ColourScale()))
        self._add_row(Row("y", self._outputs.box, ValueAxis("y", "output"), Legend(), 0.8, shown=False))
        self._head, self._choices = CompareHead(), ChoiceButtons()
        for part in (self._head, self._choices):
            part.chosen.connect(self.chosen)
        self._head.ended.connect(self.ended)
        self._head.signal_changed.connect(self._on_signal_changed)
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.insertWidget(0, self._head)
        layout.addWidget(self._choices, 1)
        self._show_ranges()
        self.setAccessibleName("Compare two runs")
        self.set_comparing(False)

    # -- setters ------------------------------------------------------------------------------------

    def set_run(
        self, layer: str, units: int, total_steps: int, timesteps: int | Timetable, batches: int
    ) -> None:
        """Show another layer or pair of runs: the steps of run A, and nothing recorded yet."""
        if (layer, units) != (self._layer, self._units):
            self._ranges = usual_ranges()
        if units != len(self._order):
            self._order = np.arange(units)
        self._layer, self._units = layer, units
        self._window, self._apart = None, _NO_DIFFERENCE
        self._set_factor(1)
        self._outputs.forget_range()
        self._head.words.start_again()
        self.set_progress("")
        for row in self._rows[:3]:
            row.middle.set_units(units)
            row.left.set_order(self._order)
        self._show_pins()
        self.set_marks(())
        self._show_ranges()
        self.set_run_shape(total_steps, timesteps, batches)
        self._place()

    def set_comparing(self, comparing: bool) -> None:
        """Show two runs, or what a run may be compared with."""
        focused = QApplication.focusWidget()
        has_focus = focused is not None and self.isAncestorOf(focused)
        in_choices = focused is not None and self._choices.isAncestorOf(focused)
        for widget in (self._head, self._canvas, self._header):
            widget.setVisible(comparing)
        if not comparing:
            self._set_factor(1)
        self._choices.setVisible(not comparing)
        self.setFocusProxy(self._canvas if comparing else None)
        if in_choices and comparing:
            self._canvas.setFocus()  # so that the arrow keys step
        elif has_focus and not in_choices and not comparing:
            self._choices.focus_first()

    def hide_controls(self) -> None:
        """Leave out what can be clicked, for a picture."""
        self._head.hide_controls()

    def set_choices(self, choices: Sequence[Choice], why_not: str = "") -> None:
        """Take what the run may be compared with, and why with nothing where that is so."""
        self._choices.set_choices(choices, why_not)
        self._head.set_choices(choices)

    def set_names(self, a: str, b: str) -> None:
        """Name the two runs by what they are: their settings, and their models where they differ."""
        self._head.set_names(a, b)

    def set_words(self, words: str) -> None:
        """Say how far the runs are apart."""
        self._head.words.set_words(words)

    def set_progress(self, words: str) -> None:
        """Say what is still to be computed or compared; empty for nothing."""
        self._head.set_progress(words)

    def set_window(self, window: ComparedWindow) -> None:
        """Draw what is recorded of these steps; called whenever there is something new."""
        self._window = window
        self._set_factor(window.factor)
        self._draw_heatmaps()
        if self._pointed is not None:
            self._on_hovered(self._pointed)

    def set_series(self, a: Lines | None, b: Lines | None, targets: Lines | None) -> None:
        """Draw the outputs of both runs and the target; what is None is left out."""
        row = self._rows[3]
        sets = tuple(lines for lines in (a, b, targets) if lines is not None and lines.names)
        styles, entries = output_styles(a, b, targets)
        before = self._outputs.low, self._outputs.high, row.right.entries, row.shown
        self._outputs.set_lines(sets, styles)
        row.shown = bool(sets)
        row.right.set_entries(entries, self._outputs.left_out)
        row.left.set_limits(self._outputs.low, self._outputs.high)
        if (self._outputs.low, self._outputs.high, row.right.entries, row.shown) != before:
            self._place()

    def set_marks(
        self,
        resets: Iterable[tuple[int, str]],
        points: Iterable[PointMark] = (),
        resets_b: Iterable[tuple[int, str]] = (),
    ) -> None:
        """Take the resets of the row in run A, and of its samples in run B, all at steps of A."""
        self._resets_b = Resets.of(resets_b)
        super().set_marks(resets, points)

    def set_unit_order(self, order: Sequence[int] | NDArray[np.intp]) -> None:
        """Show the units from the top down in this order; one of another number of units is left aside."""
        order = np.asarray(order, np.intp)
        if len(order) != self._units or np.array_equal(order, self._order):
            return
        self._order = order
        for row in self._rows[:3]:
            row.left.set_order(order)
        self._draw_heatmaps()

    def set_pinned(self, units: Sequence[int]) -> None:
        """Mark these units at the left edge of each heatmap, in the colours that they have in Gates."""
        self._slots = kept_slots(self._slots, tuple(units))
        self._show_pins()

    def _show_pins(self) -> None:
        pins = tuple(Pin(unit, slot) for unit, slot in self._slots.items() if 0 <= unit < self._units)
        for row in self._rows[:3]:
            row.left.set_pins(pins)

    def set_levels(self, signal: str, low: float, high: float) -> None:
        """Let the colours of a signal span at least these values, such as of an unbounded activation."""
        self._ranges[signal] = self._ranges[signal].widened(low, high)
        self._show_ranges()
        self._draw_heatmaps()

    def set_signal(self, signal: str) -> None:
        """Compare another signal, by its letter."""
        self._head.set_signal(signal)

    # -- what others read ---------------------------------------------------------------------------

    @property
    def signal(self) -> str:
        """The letter of the signal that is shown."""
        return self._head.signal

    @property
    def comparing(self) -> bool:
        """Whether two runs are shown, and not what a run may be compared with."""
        return self._choices.isHidden()

    @property
    def words(self) -> str:
        """What is said of the difference."""
        return self._head.words.text()

    @property
    def progress(self) -> str:
        """What is said to be still on its way."""
        return self._head.progress.text()

    @property
    def names(self) -> tuple[str, ...]:
        """What the two runs are called."""
        return tuple(label.text() for label in self._head.names.values())

    @property
    def resets_b(self) -> Resets:
        """The resets of run B that are marked."""
        return self._resets_b

    def image_of(self, key: str) -> NDArray[np.uint32]:
        """Return the colours drawn for ``"a"``, ``"b"`` or ``"d"``, ARGB, shape (rows, columns)."""
        return next(row.middle.pixels for row in self._rows if row.key == key)

    def levels(self, key: str) -> tuple[float, float]:
        """Return the values that the colours of ``"a"``, ``"b"`` or ``"d"`` span."""
        limits = self._limits(key)
        return limits.low, limits.high

    @property
    def picture_name(self) -> str:
        return f"comparison of {self.signal} of {self._layer}".replace("/", " ")

    # -- drawing ------------------------------------------------------------------------------------

    def _limits(self, key: str) -> Range:
        return self._apart if key == "d" else self._ranges[self.signal]

    def _values(self, key: str) -> NDArray[np.float32]:
        window = self._window
        assert window is not None
        return {"a": window.a, "b": window.b, "d": window.difference}[key]

    def _draw_heatmaps(self) -> None:
        window, look = self._window, self._look
        if window is None or look is None:
            return
        for row in self._rows[:3]:
            values = self._values(row.key)[self._order]
            known = np.flatnonzero(np.isfinite(values).any(axis=0))
            columns = int(known[-1]) + 1 if len(known) else 0
            done = window.start + round(columns * (window.stop - window.start) / max(1, values.shape[1]))
            span = Span(window.start, window.stop, done)
            found = row.middle.set_values(values, span, int(row.rect.height() * self.devicePixelRatioF()))
            if found is not None and row.key == "d":
                self._apart = self._apart.widened(*found)
            elif found is not None:
                self._ranges[self.signal] = self._ranges[self.signal].widened(*found)
        self._show_ranges()
        for row in self._rows[:3]:
            row.middle.set_colours(self._limits(row.key), look.theme.name)

    def _show_ranges(self) -> None:
        for row in self._rows[:3]:
            row.right.set_range(self._limits(row.key))

    def _theme_row(self, row: Row, look: Look) -> None:
        (self._outputs if row.key == "y" else row.middle).set_look(look)

    def _scale_row(self, row: Row, scale: StepScale) -> None:
        (self._outputs if row.key == "y" else row.middle).set_scale(scale)

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self._draw_heatmaps()

    def _place(self) -> None:
        super()._place()
        shown = {row.key: row.rect for row in self._rows if row.shown}
        self._frame.marks.place([rect for key, rect in shown.items() if key != "b"])
        self._marks_b.place([shown["b"]])

    def _show_marks(self) -> None:
        super()._show_marks()
        if self._look is not None:
            self._marks_b.show_marks(self._look, self._run, self._scale(), self._resets_b)

    def _on_signal_changed(self, signal: str) -> None:
        for row in self._rows[:2]:
            row.left.words = NAMES[signal]
            row.left.update()
        self._window, self._apart = None, _NO_DIFFERENCE
        for row in self._rows[:3]:
            row.middle.set_units(self._units)
        self._show_ranges()
        self._place()
        self.signal_changed.emit(signal)

    # -- pinning and pointing -----------------------------------------------------------------------

    def _side_clicked(self, row: Row, position: QPointF) -> None:
        self._pin_at(row, position)

    def _plot_double_clicked(self, row: Row, position: QPointF) -> None:
        self._pin_at(row, position)

    def _pin_at(self, row: Row, position: QPointF) -> None:
        unit = None if row.key == "y" else row.left.unit_at(position.y() - row.rect.top())
        if unit is not None:
            self.unit_pinned.emit(unit)

    def _describe(self, row: Row, position: QPointF) -> str:
        step = self._step_at(position)
        if step is None:
            return ""
        if row.key == "y":
            return self._outputs.text_at(step, self._run)
        unit = row.left.unit_at(position.y() - row.rect.top())
        if unit is None:
            return ""
        parts = [time_text(self._run, self._window, step), f"unit {unit}"]
        parts += [f"{self.signal} {_TITLES[key]} {self._text(key, unit, step)}" for key in ("a", "b")]
        return " · ".join([*parts, f"B − A {self._text('d', unit, step)}"])

    def _text(self, key: str, unit: int, step: int) -> str:
        """Say a value; minimum and maximum where steps are merged."""
        window = self._window
        if window is None or not window.start <= step < window.stop:
            return "not recorded yet"
        group, width = (step - window.start) // window.factor, 1 if window.factor == 1 else 2
        cell = self._values(key)[unit, width * group : width * (group + 1)]
        if not np.isfinite(cell).any():
            return "has no value"
        low, high = float(np.fmin.reduce(cell)), float(np.fmax.reduce(cell))
        return number(low) if window.factor == 1 else f"{number(low)} … {number(high)}"
