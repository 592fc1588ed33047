"""Lets the Compare view be told on the frame clock what differs between two recordings."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.compare_reader import CompareReader
from app.compare_words import settings_words
from app.frame_clock import FrameClock
from app.plots.compare_view import CompareView
from app.session import Session
from lstm_viz.comparison import Comparison, layer_to_compare


class ComparePresenter(QObject):
    """Keeps the Compare view as the two recordings are, while it is to be seen.

    Parameters
    ----------
    session : Session
    clock : FrameClock
    view : CompareView
    """

    def __init__(
        self, session: Session, clock: FrameClock, view: CompareView, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._clock, self._view = session, clock, view
        self._reader: CompareReader | None = None
        self._shown: tuple[object, ...] | None = None
        self._pending = True  # something was not read yet
        for signal in (
            session.run_changed,
            session.layer_changed,
            session.row_changed,
            session.comparing.changed,
        ):
            signal.connect(self.begin_anew)
        session.pinned_changed.connect(self._show_pinned)
        view.view_changed.connect(self.refresh)
        view.signal_changed.connect(self.refresh)
        clock.tick.connect(self._on_clock_tick)

    @property
    def comparison(self) -> Comparison | None:
        """What is shown; None while nothing is compared."""
        return None if self._reader is None else self._reader.comparison

    def refresh(self) -> None:
        """Show everything anew in the next frame."""
        self._pending = True
        self._clock.wake()

    def _show_pinned(self) -> None:
        self._view.set_pinned(self._session.pinned)

    def begin_anew(self) -> None:
        """Take the two runs, the layer and the row that are looked at now."""
        session, second = self._session, self._session.comparing
        plan, layer = session.plan, session.layer
        before = self.comparison
        self._reader = None  # the folders of recordings that it read may be deleted now
        self._shown = None
        ready = second.trace is not None and plan is not None and layer is not None
        self._view.set_comparing(ready)
        if not ready or session.trace is None or session.dataset is None:
            return
        assert second.trace is not None
        assert second.settings is not None
        assert plan is not None
        assert layer is not None
        path = layer.layer.path
        self._view.set_run(path, layer.layer.units, layer.steps, layer.timetable, plan.batches)
        self._show_pinned()
        names = [settings_words(session.settings), settings_words(second.settings)]
        if second.model is not None and session.model is not None:
            titles = session.model.title, second.model.title
            names = [f"{title}, {name}" for title, name in zip(titles, names, strict=True)]
        self._view.set_names(*names)
        other = layer_to_compare(session.trace, path, second.trace)
        if other is None:
            self._view.set_words(
                f"Run B has no layer of {layer.layer.units} units over {layer.timesteps} timesteps to lay "
                f"beside {path}. Choose another LSTM at the top."
            )
            return
        runs = session.trace, second.trace, path, other
        comparison = before if before is not None and before.runs == runs else Comparison(*runs)
        changed = second.settings.perturbed_row
        self._reader = CompareReader(comparison, session.row, session.dataset, self._view, changed)
        self.refresh()

    def _on_clock_tick(self) -> None:
        reader = self._reader
        if reader is None or not self._view.isVisible():
            return
        comparison = reader.comparison
        a, b, cursor = comparison.a, comparison.b, self._session.player.cursor
        shown = (a.count, a.revision, b.count, b.revision, cursor)
        if shown == self._shown and not self._pending:
            return
        self._shown = shown
        behind = reader.behind  # what comes while it is drawn is for the next frame
        self._pending = not reader.show(cursor) or behind
        if self._pending:
            self._clock.wake()
