"""The pinned units as curves: one plot for each chosen signal, below the input."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QLabel, QToolButton, QVBoxLayout, QWidget

from app.plots.axes import ValueAxis
from app.plots.colours import Range, extremes, usual_ranges
from app.plots.legends import CurveEnd, CurveEnds, Legend
from app.plots.look import Look, curve_pen, kept_slots
from app.plots.plot_column import PlotColumn, Row
from app.plots.readout import time_text, value_text
from app.plots.series import Lines, LinesPlot
from app.plots.steps import StepScale
from app.wrapping_row import WrappingRow
from lstm_viz.signals import NAMES, SIGNALS

if TYPE_CHECKING:
    from app.theme import Theme
    from lstm_viz.layer_trace import Window
    from lstm_viz.timetable import Timetable

SHOWN_AT_FIRST = ("c", "h")
_EMPTY = (
    "No unit is pinned.\n\nIn Gates, click a unit's number at the left of a heatmap,\n"
    "or double-click its row: its curve is then drawn here."
)


class UnitsView(PlotColumn):
    """Up to eight pinned units as curves of the chosen signals, over the input.

    Signals
    -------
    unit_unpinned(int)
        The button of a pinned unit was pressed.
    """

    unit_unpinned = Signal(int)
    resting_text = "Point to read the values at a step · click to go there"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layer = ""
        self._units: tuple[int, ...] = ()
        self._slots: dict[int, int] = {}
        self._ranges = usual_ranges()
        self._window: Window | None = None
        self._plots = {signal: LinesPlot(fixed=True) for signal in SIGNALS}
        self._input = LinesPlot()
        self._add_row(Row("x", self._input.box, ValueAxis("x", "input"), Legend(), 0.6, shown=False))
        for signal in SIGNALS:
            shown = signal in SHOWN_AT_FIRST
            self._add_row(
                Row(
                    signal,
                    self._plots[signal].box,
                    ValueAxis(signal, NAMES[signal]),
                    CurveEnds(),
                    shown=shown,
                )
            )
        self._make_controls()
        self._empty = QLabel(_EMPTY)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setProperty("role", "muted")
        self._empty.setWordWrap(True)
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.insertLayout(0, self._controls)
        layout.addWidget(self._empty, 1)
        self.setAccessibleName("Pinned units")
        self._show_ranges()
        self._show_emptiness()

    def _make_controls(self) -> None:
        # Pinned units must not push the panels beside the view together.
        self._controls = WrappingRow(spacing=3)
        self._controls.setContentsMargins(8, 4, 8, 0)
        self._buttons: dict[str, QToolButton] = {}
        for signal in SIGNALS:
            button = QToolButton()
            button.setText(signal)
            button.setProperty("outlined", True)
            button.setCheckable(True)
            button.setChecked(signal in SHOWN_AT_FIRST)
            button.setToolTip(f"Show {signal}, the {NAMES[signal]}")
            button.setAccessibleName(f"Show {NAMES[signal]}")
            button.toggled.connect(self._on_signal_toggled)
            self._buttons[signal] = button
            self._controls.addWidget(button)
        self._pinned = QLabel("pinned")
        self._pinned.setProperty("role", "muted")
        self._pinned.setContentsMargins(9, 0, 3, 0)
        self._controls.addWidget(self._pinned)
        self._chips: dict[int, QToolButton] = {}

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
        """Show another layer or run, with nothing recorded yet.

        `units` is how many the layer has. The ranges of a layer are kept as long as it is shown.
        """
        if layer != self._layer:
            self._ranges = usual_ranges()
        self._layer = layer
        self._window = None
        self._input.forget_range()
        self._set_factor(1)
        self._show_ranges()
        self._draw()
        self.set_run_shape(total_steps, timesteps, batches, own_time)

    def forget_layer(self) -> None:
        """Begin anew with the next run, even where its layer has the same name: it is another model's."""
        self._layer = ""

    def set_units(self, units: tuple[int, ...]) -> None:
        """Draw these units; each keeps its colour as long as it is among them."""
        self._units = tuple(units)
        self._slots = kept_slots(self._slots, self._units)
        self._make_chips()
        self._show_emptiness()
        self._draw()
        self._place()

    def set_signals(self, window: Window) -> None:
        """Draw what is recorded of these steps; called whenever there is something new.

        Parameters
        ----------
        window : Window
            ``values`` of shape (6, units, columns), NaN where masked or not recorded.
        """
        self._window = window
        self._set_factor(window.factor)
        self._draw()
        if self._pointed is not None:
            self._on_hovered(self._pointed)

    def set_series(self, inputs: Lines | None) -> None:
        """Draw the input above the units; None leaves it out."""
        row = self._rows[0]
        sets = (inputs,) if inputs is not None and inputs.names else ()
        before = self._input.low, self._input.high, row.right.entries, row.shown
        self._input.set_lines(sets)
        row.shown = bool(sets)
        row.right.set_entries(self._input.entries, self._input.left_out)
        row.left.set_limits(self._input.low, self._input.high)
        if (self._input.low, self._input.high, row.right.entries, row.shown) != before:
            self._place()

    def set_levels(self, signal: str, low: float, high: float) -> None:
        """Let the plot of a signal span at least these values, such as of an unbounded activation."""
        self._ranges[signal] = self._ranges[signal].widened(low, high)
        self._show_ranges()
        self._draw()

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self._make_chips()

    def set_shown_signals(self, signals: tuple[str, ...]) -> None:
        """Show these signals and no others."""
        for signal, button in self._buttons.items():
            button.setChecked(signal in signals)

    # -- what others read ---------------------------------------------------------------------------

    @property
    def shown_signals(self) -> tuple[str, ...]:
        """The signals that are shown."""
        return tuple(signal for signal, button in self._buttons.items() if button.isChecked())

    @property
    def units(self) -> tuple[int, ...]:
        """The units that are drawn."""
        return self._units

    def curves_of(self, signal: str) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return the curves drawn for a signal, each as x and y."""
        return self._plots[signal].curves

    def levels(self, signal: str) -> tuple[float, float]:
        """Return the range of values of a signal's plot."""
        return self._ranges[signal].low, self._ranges[signal].high

    @property
    def picture_name(self) -> str:
        return "units of " + self._layer.replace("/", " ")

    # -- drawing ------------------------------------------------------------------------------------

    def _draw(self) -> None:
        for row in self._rows[1:]:
            if row.shown:
                self._draw_signal(row)

    def _draw_signal(self, row: Row) -> None:
        window, signal = self._window, row.key
        if window is None:
            self._plots[signal].set_lines(())
            row.right.set_ends((), *self.levels(signal))
            return
        values = window.values[SIGNALS.index(signal)]
        found = extremes(values)
        if found is not None and (wider := self._ranges[signal].widened(*found)) != self._ranges[signal]:
            self._ranges[signal] = wider
            self._show_ranges()
        units = [unit for unit in self._units if unit < values.shape[0]]
        columns = np.arange(values.shape[1])
        if window.factor == 1:
            x = window.start + columns.astype(np.float64)
        else:
            # The pair of a group stands at its quarters: what is drawn is the envelope.
            x = window.start - 0.5 + (columns + 0.5) * window.factor / 2
        lines = Lines(tuple(f"unit {unit}" for unit in units), x, values[units].T)
        styles = tuple((self._slots[unit], self._slots[unit]) for unit in units)
        self._plots[signal].set_lines((lines,), styles)
        row.right.set_ends(self._ends(lines, units), *self.levels(signal))

    def _ends(self, lines: Lines, units: list[int]) -> tuple[CurveEnd, ...]:
        """Return where each curve is when it leaves the view, or stops."""
        last = int(np.searchsorted(lines.x, self._scale().stop))
        found = []
        for k, unit in enumerate(units):
            known = np.isfinite(lines.y[:last, k]).nonzero()[0]
            if len(known):
                value = float(lines.y[known[-1], k])
                found.append(CurveEnd(str(unit), self._slots[unit], value))
        return tuple(found)

    def _show_ranges(self) -> None:
        for row in self._rows[1:]:
            limits: Range = self._ranges[row.key]
            self._plots[row.key].set_limits(limits.low, limits.high)
            row.left.set_limits(limits.low, limits.high)

    def _theme_row(self, row: Row, look: Look) -> None:
        (self._input if row.key == "x" else self._plots[row.key]).set_look(look)

    def _scale_row(self, row: Row, scale: StepScale) -> None:
        (self._input if row.key == "x" else self._plots[row.key]).set_scale(scale)

    def _mark_row(self, row: Row, unit: int | None) -> None:
        plot = self._input if row.key == "x" else self._plots[row.key]
        plot.mark_line(self._units.index(unit) if row.key != "x" and unit in self._units else None)

    # -- chips and buttons --------------------------------------------------------------------------

    def _make_chips(self) -> None:
        for unit in [unit for unit in self._chips if unit not in self._units]:
            chip = self._chips.pop(unit)
            self._controls.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        for unit in self._units:
            if unit not in self._chips:
                chip = QToolButton(self)
                chip.setText(f"{unit}  ✕")
                chip.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
                chip.setToolTip(f"Unpin unit {unit}")
                chip.setAccessibleName(f"Unpin unit {unit}")
                chip.setProperty("unit", unit)
                chip.clicked.connect(self._on_chip_clicked)
                self._chips[unit] = chip
                self._controls.addWidget(chip)
            if self._look is not None:
                self._chips[unit].setIcon(self._line_icon(self._slots[unit]))
                self._chips[unit].setIconSize(QSize(22, 10))

    def _line_icon(self, slot: int) -> QIcon:
        assert self._look is not None
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap(round(22 * ratio), round(10 * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        with QPainter(pixmap) as painter:
            stroke = curve_pen(self._look.theme, slot)
            stroke.setWidthF(2.0)
            painter.setPen(stroke)
            painter.drawLine(QLineF(0, 5, 22, 5))
        return QIcon(pixmap)

    def _on_chip_clicked(self) -> None:
        chip = self.sender()
        assert chip is not None
        self.unit_unpinned.emit(chip.property("unit"))

    def _on_signal_toggled(self, _checked: bool) -> None:
        shown = self.shown_signals
        for row in self._rows[1:]:
            row.shown = row.key in shown
        self._draw()
        self._place()

    def _show_emptiness(self) -> None:
        empty = not self._units
        self._empty.setVisible(empty)
        self._pinned.setVisible(not empty)
        self._canvas.setVisible(not empty)
        self._header.setVisible(not empty)

    # -- pointing -----------------------------------------------------------------------------------

    def _describe(self, row: Row, position: QPointF) -> str:
        step = self._step_at(position)
        if step is None:
            return ""
        if row.key == "x":
            return self._input.text_at(step, self._run)
        known = 0 if self._window is None else self._window.values.shape[1]
        parts = [
            f"unit {unit} {value_text(self._window, row.key, unit, step)}"
            for unit in self._units
            if unit < known
        ]
        return " · ".join([time_text(self._run, self._window, step), NAMES[row.key], *parts])

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._look is not None:
            self._make_chips()
