"""Tells the Cell panel what the cursor stands on, and the plots what is pointed at in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.explanation import explanation
from app.panels.cell_panel import CellPanel
from app.plots.cell_numbers import cell_numbers
from app.plots.gates_view import GatesView
from app.plots.units_view import UnitsView
from app.recorded_model import NEEDS_MODEL

if TYPE_CHECKING:
    from app.session import Session
    from lstm_viz.layer_trace import LayerTrace

_ROW_OF = {"c′": "c", "h′": "h", "f·c′": "c", "i·g": "c", "act": "h"}


class CellPresenter(QObject):
    """Keeps the Cell panel as the recording is at the cursor.

    Parameters
    ----------
    session : Session
    panel : CellPanel
    gates, units : the views in which a term that is pointed at is marked
    """

    def __init__(
        self,
        session: Session,
        panel: CellPanel,
        gates: GatesView,
        units: UnitsView,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._panel, self._gates, self._units = session, panel, gates, units
        self._place: tuple[LayerTrace, int] | None = None
        self._explaining = session.explaining
        panel.term_pointed.connect(self._on_panel_term_pointed)
        panel.why.gate_chosen.connect(self._on_why_gate_chosen)
        self._explaining.answered.connect(self._show_explanation)
        self._explaining.refused.connect(self._on_explaining_refused)
        session.opened.connect(self._explaining.end)

    def set_layer(self, layer: LayerTrace) -> None:
        """Show another layer or run."""
        known = layer.layer
        self._panel.set_layer(known.units, known.activation, known.recurrent_activation)

    def show(self, layer: LayerTrace, place: int | None, words: str) -> None:
        """Show the unit looked at, at one of the layer's steps, which is so in words."""
        session, panel = self._session, self._panel
        if place is None or place >= layer.count:
            self.show_nothing()
            return
        self._place = layer, place
        h, c = layer.state_before_row(place, session.row)[:, session.unit]
        values = layer.values(place, session.row)[:, session.unit]
        if layer.layer.go_backwards:
            words += " · read backwards"
        panel.set_ranges(self._gates.ranges)
        name = f"cell of {layer.layer.path.replace('/', ' ')} unit {session.unit}"
        computed = layer.computed(place, session.row)
        panel.set_cell(session.unit, words, (c, h), values, computed, name)
        self._explain()

    def show_nothing(self) -> None:
        """Show no unit: nothing is recorded there."""
        self._place = None
        self._panel.clear()
        self._panel.why.say("")

    def _on_panel_term_pointed(self, term: str) -> None:
        row = _ROW_OF.get(term, term)
        self._gates.set_highlight(row, self._session.unit)
        self._units.set_highlight(row, self._session.unit)

    # -- why ----------------------------------------------------------------------------------------

    def _on_why_gate_chosen(self, gate: str) -> None:
        if not gate:
            self._explaining.end()
        else:
            self._explain()
            self._show_explanation()

    def _explain(self) -> None:
        panel, session, trace = self._panel, self._session, self._session.trace
        if not panel.why.gate or not panel.isVisible() or self._place is None or trace is None:
            return
        layer, place = self._place
        if panel.numbers is None or not panel.numbers.computed:
            panel.why.say("There is nothing to explain here: the gates have no value.")
            return
        if session.recording is not None:
            panel.why.say(NEEDS_MODEL)
            return
        recording = str(trace.folder), trace.revision
        self._explaining.ask(layer.layer.path, place, session.row, session.unit, recording)
        if self._explaining.is_waiting and self._explaining.answer is None:
            panel.why.say("Calculating…")

    def _show_explanation(self) -> None:
        """Show the newest answer. It says itself what it is about: it may be a frame behind the cursor."""
        answer, gate, trace = self._explaining.answer, self._panel.why.gate, self._session.trace
        if answer is None or not gate or trace is None:
            return
        asked = answer.command
        layer = trace.layers.get(asked.path)
        if layer is None or asked.step >= layer.count or not layer.computed(asked.step, asked.row):
            return
        values = layer.values(asked.step, asked.row)[:, asked.unit]
        h, c = layer.state_before_row(asked.step, asked.row)[:, asked.unit]
        known = layer.layer
        numbers = cell_numbers((c, h), values, known.activation, known.recurrent_activation)
        found = explanation(answer, gate, numbers)
        name = f"why {gate} of {asked.path.replace('/', ' ')} unit {asked.unit}"
        self._panel.why.show_rows(found.heading, found.words, found.rows, name)

    def _on_explaining_refused(self, reason: str) -> None:
        if self._panel.why.gate:
            self._panel.why.say(reason)
