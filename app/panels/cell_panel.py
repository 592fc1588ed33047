"""The Cell panel: one unit at the cursor as a diagram, as equations, and why its gates are what they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.panels.equations import Equations
from app.panels.fields import Spin, label_for, wrapped
from app.panels.why_panel import WhyPanel
from app.plots.cell_diagram import CellDiagram
from app.plots.cell_numbers import CellNumbers, cell_numbers
from app.plots.colours import Range
from app.theme import Theme

_LARGER = 1.25  # are the equations there
_WIDE = 84  # average characters wide, from which on the equations stand beside the diagram


class CellPanel(QWidget):
    """A unit, the diagram of its cell, both equations filled in, and what its gates are made of.

    Signals
    -------
    unit_changed(int)
        Another unit was chosen.
    term_pointed(str)
        A term of the diagram or the equations is under the mouse; empty for none.
    """

    unit_changed = Signal(int)
    term_pointed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.unit = Spin(0, 0, "Unit", "The unit whose cell is shown, counted from 0")
        self.unit.setFixedWidth(self.fontMetrics().averageCharWidth() * 5 + 28)
        self.position = wrapped(role="")
        small = self.font()
        small.setPointSizeF(small.pointSizeF() * 0.88)
        self.position.setFont(small)
        self.position.setMinimumHeight(
            3 * QFontMetrics(small).lineSpacing()
        )  # so that nothing below it moves
        self.diagram = CellDiagram()
        self.equations = Equations()
        self.remark = wrapped()
        self.why = WhyPanel()
        self.numbers: CellNumbers | None = None
        self._activations = "tanh", "sigmoid"
        top = QHBoxLayout()
        top.addWidget(label_for("Unit", self.unit))
        top.addWidget(self.unit)
        top.addSpacing(6)
        top.addWidget(self.position, 1)

        words = QWidget()
        words_layout = QVBoxLayout(words)
        words_layout.setContentsMargins(0, 0, 0, 0)
        words_layout.setSpacing(6)
        for widget in (self.equations, self.remark, _line(), self.why):
            words_layout.addWidget(widget)
        words_layout.addStretch(1)
        self._parts = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._parts.setSpacing(8)
        self._parts.addWidget(self.diagram, 3)
        self._parts.addWidget(words, 2)
        inner = QWidget()
        layout = QVBoxLayout(inner)
        layout.setContentsMargins(8, 6, 8, 8)
        layout.setSpacing(6)
        layout.addLayout(top)
        layout.addLayout(self._parts, 1)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidget(inner)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setMinimumWidth(250)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._area)

        self.unit.valueChanged.connect(self.unit_changed)
        for part in (self.diagram, self.equations):
            part.hovered.connect(self._on_part_hovered)
        self.diagram.gate_clicked.connect(self.why.toggle)
        self.equations.clicked.connect(self._on_equations_clicked)
        self.why.gate_chosen.connect(self.diagram.set_chosen)
        self.why.explained.connect(self._show_why, Qt.ConnectionType.QueuedConnection)
        self.clear()

    # -- setters ------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        for part in (self.diagram, self.equations, self.why):
            part.set_theme(theme)

    def set_layer(self, units: int, activation: str, recurrent_activation: str) -> None:
        """Show another layer: so many units, and its activations by their names."""
        self.unit.blockSignals(True)
        self.unit.setMaximum(max(units - 1, 0))
        self.unit.blockSignals(False)
        self._activations = activation, recurrent_activation

    def set_ranges(self, ranges: Mapping[str, Range]) -> None:
        """Take the values that colours and widths of the diagram span, by signal."""
        self.diagram.set_ranges(ranges)

    def set_cell(
        self,
        unit: int,
        position: str,
        before: Sequence[float],
        values: Sequence[float],
        computed: bool = True,
        name: str = "cell",
    ) -> None:
        """Show a unit at a timestep.

        Parameters
        ----------
        unit : int
        position : str
            Where that is, in words.
        before : sequence of float
            c' and h', the states before the timestep, in this order.
        values : sequence of float
            i, f, g, o, c, h; the gates are NaN where the timestep is masked.
        computed : bool
            The timestep is recorded and not masked. A last batch that is smaller lacks some rows.
        name : str
            Of a picture of it.
        """
        if not self.unit.is_being_typed:
            self.unit.set_silently(unit)
        numbers = cell_numbers(before, values, *self._activations)
        if not computed and not numbers.masked:
            self.clear(position)
            return
        self.numbers = numbers
        self._say(position)
        self.diagram.set_numbers(numbers, name)
        self.equations.set_numbers(numbers)
        if numbers.masked:
            words = "Masked: this timestep was not computed. c and h stay as they were."
        elif not numbers.computed:
            words = "A number has grown too large for the precision that the model computes in."
        elif not numbers.exact:
            words = "The model computes with fewer digits than are shown: the sum is near, not equal."
        else:
            words = ""
        self._remark(words)

    def clear(self, why: str = "Nothing is recorded here yet.") -> None:
        """Show that there is nothing to show, and why."""
        self.numbers = None
        self._say(why)
        self.diagram.set_numbers(None)
        nothing = cell_numbers((float("nan"),) * 2, (float("nan"),) * 6, *self._activations)
        self.equations.set_numbers(nothing)
        self._remark("")

    def _say(self, words: str) -> None:
        """Say where that is, or why there is nothing; as a tip where it is cut off."""
        self.position.setText(words)
        self.position.setToolTip(words)

    def _remark(self, words: str) -> None:
        self.remark.setText(words)
        self.remark.setVisible(bool(words))

    # -- what the user does -------------------------------------------------------------------------

    def _on_part_hovered(self, term: str) -> None:
        self.diagram.set_highlight(term)
        self.equations.set_highlight(term)
        self.term_pointed.emit(term)

    def _on_equations_clicked(self, term: str) -> None:
        if term in self.why.buttons:
            self.why.toggle(term)

    def _show_why(self) -> None:
        """Scroll to what a gate is made of, which may have grown out of sight."""
        self._area.ensureWidgetVisible(self.why, 0, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the equations beside the diagram where there is room for both."""
        super().resizeEvent(event)
        wide = self.width() > _WIDE * self.fontMetrics().averageCharWidth()
        direction = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        if self._parts.direction() != direction:
            self._parts.setDirection(direction)
            self.equations.set_scale(_LARGER if wide else 1.0)
        most = (
            16_777_215 if wide else max(round(self.width() * 0.86), self.diagram.minimumSizeHint().height())
        )
        self.diagram.setMaximumHeight(most)


def _line() -> QFrame:
    line = QFrame()
    line.setProperty("role", "line")
    line.setFixedHeight(1)
    return line
