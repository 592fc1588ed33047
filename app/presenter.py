"""Reads the recording on the frame clock and tells the views what changed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from app.cell_presenter import CellPresenter
from app.entering import entering_around
from app.frame_clock import FrameClock
from app.plots.gates_view import GatesView
from app.plots.point_marks import point_marks
from app.plots.state_flow import StateFlowView
from app.plots.timeline import Timeline
from app.plots.units_view import UnitsView
from app.run_axis import Axis, covers, reset_marks, widened
from app.run_series import RowSeries
from app.run_text import place_words
from app.series_reader import SeriesReader
from app.session import Session
from app.unit_sorter import UnitSorter
from lstm_viz.errors import TraceError
from lstm_viz.layer_trace import LayerTrace
from lstm_viz.ordering import UnitOrder
from lstm_viz.plan import Plan
from lstm_viz.signals import H
from lstm_viz.timetable import Timetable

_STEPS_FOR_ORDER = 100_000  # the last ones, by which the units are put in order
_COLUMNS_FOR_ORDER, _VALUES_FOR_ORDER = 1000, 200_000  # that they are merged into at most, of all units


class Presenter(QObject):
    """Keeps the plots, the timeline and the cell as the recording is.

    Parameters
    ----------
    session : Session
    clock : FrameClock
    gates, units, timeline, cell, state_flow : the views
    """

    presented = Signal()  # after a frame that showed something new
    units_ordered = Signal(object)  # the units from the top down, as an array

    def __init__(
        self,
        session: Session,
        clock: FrameClock,
        gates: GatesView,
        units: UnitsView,
        timeline: Timeline,
        cell: CellPresenter,
        state_flow: StateFlowView,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._clock = session, clock
        self._gates, self._units, self._timeline, self._cell = gates, units, timeline, cell
        self._state_flow = state_flow
        self._axis = Axis(Timetable(1, 1), Timetable(1, 1))
        self._series: SeriesReader | None = None
        self._in_sight = 0, 0  # the steps of the run
        self._marks_for: tuple[int, int] | None = None
        self._shown: tuple[object, ...] | None = None
        self._order_by: UnitOrder = "number"
        self._order_pending = False
        self._sorter = UnitSorter(self)
        self._sorter.ordered.connect(self._on_sorter_ordered)
        self._view_changed = True
        self._endings_shown = True
        session.opened.connect(gates.forget_layer)
        session.opened.connect(units.forget_layer)
        session.run_changed.connect(self._on_session_run_changed)
        session.layer_changed.connect(self._on_session_run_changed)
        session.row_changed.connect(self._on_session_run_changed)
        session.pinned_changed.connect(self._on_session_pinned_changed)
        session.woken.connect(clock.wake)
        gates.view_changed.connect(self.refresh)
        units.view_changed.connect(self.refresh)
        clock.tick.connect(self._on_clock_tick)

    @property
    def axis(self) -> Axis:
        """How the axis of the views relates to the run."""
        return self._axis

    def set_unit_order(self, by: UnitOrder) -> None:
        """Show the units in another order, found from what is recorded now."""
        self._order_by = by
        self._order_pending = True
        self.refresh()

    def stop(self) -> None:
        """Show nothing any more."""
        self._sorter.stop()

    def set_endings_shown(self, shown: bool) -> None:
        """Show what the output would be if the sequence ended at each timestep, or not."""
        self._endings_shown = shown
        self.refresh()

    def refresh(self) -> None:
        """Show everything anew in the next frame."""
        self._view_changed = True
        self._clock.wake()

    # -- what changed -------------------------------------------------------------------------------

    def _on_session_run_changed(self) -> None:
        session, plan, layer = self._session, self._session.plan, self._session.layer
        if plan is None or (session.run_data is None and session.recording is None):
            return
        trace = session.trace
        self._axis = Axis(plan.timetable, layer.timetable if layer is not None else plan.timetable)
        self._series = None
        if trace is not None:
            lines = RowSeries(session.run_data, plan, session.row, trace)
            self._series = SeriesReader(lines, trace, session.row, self._axis)
        self._timeline.set_plan(plan, session.row)
        generation = None if trace is None else trace.generation
        spans = [] if generation is None else generation.spans(0, len(plan))
        self._timeline.set_shades(spans, "generated")
        self._state_flow.set_plan(plan, session.run_data)
        self._state_flow.set_row(session.row)
        if layer is not None:
            shape = layer.steps, layer.timetable, plan.batches
            run = (layer.layer.path, layer.layer.units, *shape, self._axis.words)
            self._gates.set_run(*run)
            self._units.set_run(*run)
            self._cell.set_layer(layer)
            self._order_pending = True
        else:
            self._cell.show_nothing()
        self._on_session_pinned_changed()
        self._marks_for = None
        self._shown = None
        self._clock.postpone()

    def _on_session_pinned_changed(self) -> None:
        pinned = self._session.pinned
        self._gates.set_pinned(pinned)
        self._units.set_units(pinned)
        self._shown = None
        self._clock.wake()

    def _on_clock_tick(self, seconds: float) -> None:
        session, trace = self._session, self._session.trace
        if trace is None:
            self._clock.nothing_new()
            return
        session.player.tick(seconds, trace.count)
        shown = (trace.count, trace.revision, session.player.cursor, session.row, session.path)
        unchanged = shown == self._shown and not self._view_changed
        if unchanged and not self._lines_lacking:
            if session.player.playing or session.player.computing:
                self._clock.wake()
            else:
                self._clock.nothing_new()
            return
        self._clock.wake()
        self._shown, self._view_changed = shown, False
        try:
            if unchanged:
                self._show_series(*self._in_sight)
            else:
                self._present()
                self.presented.emit()
        except TraceError as error:  # its files have been taken away or changed
            session.lose_recording(error)

    @property
    def _lines_lacking(self) -> bool:
        """Whether the lines in sight lack something that the last frame had no time to read."""
        in_sight = self._gates.isVisible() or self._units.isVisible()
        return in_sight and self._series is not None and self._series.behind

    # -- telling the views --------------------------------------------------------------------------

    def _present(self) -> None:
        session, trace, layer = self._session, self._session.trace, self._session.layer
        plan = session.plan
        assert trace is not None
        assert plan is not None
        cursor = session.player.cursor
        self._timeline.set_count(trace.count)
        self._timeline.set_cursor(cursor)
        if self._state_flow.isVisible():
            self._state_flow.set_count(trace.count)
            self._state_flow.set_cursor(cursor)
        if layer is None:
            return
        if self._state_flow.isVisible():
            self._show_entering(layer, plan, cursor)
        if self._order_pending:
            self._order_units(layer)
        place = None if cursor is None else min(self._axis.reached(cursor), layer.steps - 1)
        self._gates.set_cursor(place)
        self._units.set_cursor(place)
        self._view_changed = False  # they may have gone along with it: what they show is asked for now
        start, stop = self._gates.visible_steps()
        if self._gates.isVisible():
            self._gates.set_signals(layer.window(session.row, start, stop, self._gates.columns()))
        if self._units.isVisible():
            start, stop = self._units.visible_steps()
            self._units.set_signals(layer.window(session.row, start, stop, self._units.columns()))
        first, last = self._axis.to_run(start), min(len(plan), self._axis.to_run(max(start, stop - 1)) + 1)
        self._in_sight = first, last
        self._show_series(first, last)
        self._show_marks(plan, first, last)
        words = "" if place is None else place_words(plan, self._axis.to_run(place), session.row)
        self._cell.show(layer, place, words)

    def _show_entering(self, layer: LayerTrace, plan: Plan, cursor: int | None) -> None:
        """Show what the row starts the batches around the cursor from."""
        room = self._state_flow.entering.room
        self._state_flow.set_entering(*entering_around(layer, plan, self._session.row, cursor, room))

    def _show_series(self, first: int, last: int) -> None:
        if self._series is None:
            return
        if self._units.isVisible():
            self._units.set_series(self._series.inputs(first, last, self._units.columns()))
        elif self._gates.isVisible():
            self._gates.set_series(
                *self._series.read(first, last, self._gates.columns(), self._endings_shown)
            )

    def _set_order(self, order: NDArray[np.intp]) -> None:
        self._gates.set_unit_order(order)
        self.units_ordered.emit(order)

    def _order_units(self, layer: LayerTrace) -> None:
        count = layer.count
        if count < 2 or self._order_by == "number":
            self._set_order(np.arange(layer.layer.units))
            self._order_pending = self._order_by != "number"  # asked again when something is recorded
            return
        self._order_pending = False
        columns = min(_COLUMNS_FOR_ORDER, max(64, _VALUES_FOR_ORDER // layer.layer.units))
        window = layer.window(self._session.row, max(0, count - _STEPS_FOR_ORDER), count, columns)
        self._sorter.sort(np.array(window.values[H]), self._order_by, (layer, self._order_by))

    def _on_sorter_ordered(self, asked: tuple[LayerTrace, UnitOrder], order: NDArray[np.intp]) -> None:
        if asked == (self._session.layer, self._order_by):  # else another one is on its way
            self._set_order(order)

    def _show_marks(self, plan: Plan, first: int, last: int) -> None:
        if covers(self._marks_for, first, last):
            return
        self._marks_for = wide = widened(first, last, len(plan))
        marks = reset_marks(plan, self._session.row, *wide)
        places = [(round(self._axis.to_layer(step)), cause) for step, cause in marks]
        points = self._axis.points_placed(point_marks(plan, self._session.row, *wide))
        self._gates.set_marks(places, points)
        self._units.set_marks(places, points)
        generation = None if self._session.trace is None else self._session.trace.generation
        spans = [] if generation is None else generation.spans(*wide)
        placed = [(round(self._axis.to_layer(a)), round(self._axis.to_layer(b))) for a, b in spans]
        self._gates.set_shades(placed, "generated")
        self._units.set_shades(placed, "generated")
