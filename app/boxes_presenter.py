"""Lets the diagram of boxes be told on the frame clock what is recorded."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.boxes_reader import BoxesReader, position
from app.frame_clock import FrameClock
from app.plots.boxes_view import BoxesView
from app.session import Session
from lstm_viz.plan import Position

_NOT_RECORDED = (
    "What lies between the layers is not in a recording.\nOpen the model to see it as a diagram of boxes."
)


class BoxesPresenter(QObject):
    """Keeps the diagram of boxes as the recording is, while it is to be seen.

    Parameters
    ----------
    session : Session
    clock : FrameClock
    view : BoxesView
    """

    def __init__(
        self, session: Session, clock: FrameClock, view: BoxesView, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._clock, self._view = session, clock, view
        self._reader: BoxesReader | None = None
        self._shown: tuple[object, ...] | None = None
        session.opened.connect(self._on_session_changed)
        session.run_changed.connect(self._on_session_changed)
        session.row_changed.connect(self._on_session_changed)
        session.layer_changed.connect(self._on_session_layer_changed)
        view.view_changed.connect(self.refresh)
        clock.tick.connect(self._on_clock_tick)

    def refresh(self) -> None:
        """Show everything anew in the next frame."""
        self._shown = None
        self._clock.wake()

    def step_of(self, timestep: int) -> int:
        """Return the step of the run for a timestep of the batch that is shown."""
        plan = self._session.plan
        assert plan is not None
        at = position(plan, self._session.player.cursor)
        return plan.step(Position(at.epoch, at.batch, timestep))

    def _on_session_changed(self) -> None:
        session = self._session
        model, trace, dataset = session.model, session.trace, session.dataset
        self._reader = None
        if model is None or trace is None or dataset is None:
            self._view.set_unrolled(None, why_none=_NOT_RECORDED if session.recording is not None else "")
        else:
            self._reader = BoxesReader(model, trace, dataset, session.row, self._view)
            self._reader.unroll(session.player.cursor)
        self._on_session_layer_changed()

    def _on_session_layer_changed(self) -> None:
        self._view.set_layer(self._session.path)
        self.refresh()

    def _on_clock_tick(self) -> None:
        session, trace = self._session, self._session.trace
        if self._reader is None or trace is None or not self._view.isVisible():
            return
        shown = (trace.count, trace.revision, session.player.cursor, session.row)
        if shown == self._shown:
            return
        self._shown = shown
        self._reader.show(session.player.cursor)
        if self._shown is None:  # the view went with the cursor: what came into sight was not read
            self._reader.show(session.player.cursor)
            self._shown = shown
