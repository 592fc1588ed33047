"""Leads through the tour of an example: shows its stops, and sees when what they ask for was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QRect
from PySide6.QtWidgets import QDockWidget, QWidget

from app.panels.tour_bubble import TourBubble, TourFrame
from app.theme import Theme
from app.tours import Now, Stop, Tour, family, has_tour, tour_of
from lstm_viz.examples import example

if TYPE_CHECKING:
    from app.main_window import MainWindow

VIEWS = ("gates", "units", "state_flow", "boxes", "compare")
_MOVES = (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide)


def targets(window: MainWindow) -> dict[str, QWidget]:
    """Return the parts of the window that a tour can point at, by name."""
    buttons, run = window.transport.buttons, window.run_settings
    return {
        **{name: getattr(window, name) for name in VIEWS},
        "menu": window.menuBar(),
        "tabs": window.views.tabBar(),
        "model": window.model_panel,
        "data": window.data_panel,
        "cell": window.cell,
        "timeline": window.timeline,
        "transport": window.transport,
        "step": buttons["step"],
        "back": buttons["back"],
        "play": buttons["play"],
        "stateful": run.stateful,
        "batch_size": run.batch_size,
        "reset": run.policy,
        "layer": run.layer,
        "sample": run.sample,
        "row": run.row,
        "status": window.status,
    }


class TourGuide(QObject):
    """A tour through the window, one stop after the other. Nothing is locked meanwhile.

    Parameters
    ----------
    window : MainWindow
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._session = window, window.session
        self._tour: Tour | None = None
        self._number = 0
        self._then = Now()
        self._wanted = ""  # the example whose tour begins as soon as it is open
        self._target: QWidget | None = None
        self._watched: list[QWidget] = []
        self.frame = TourFrame(window)
        self.bubble = TourBubble(window)
        self.bubble.back_clicked.connect(self.back)
        self.bubble.next_clicked.connect(self.next)
        self.bubble.end_clicked.connect(self.end)
        self._actions = {name: window.actions_by_id[name] for name in ("tour", "tour_next", "tour_back")}
        self._offer()
        session = self._session
        session.opened.connect(self._on_session_opened)
        session.failed.connect(self._on_session_failed)
        for signal in (
            session.run_changed,
            session.layer_changed,
            session.row_changed,
            session.pinned_changed,
            session.comparing.changed,
            window.views.currentChanged,
            window.presenter.presented,
        ):
            signal.connect(self.look)

    # -- what others read ---------------------------------------------------------------------------

    @property
    def stop(self) -> Stop | None:
        """The stop that is shown; None while there is no tour."""
        return None if self._tour is None else self._tour.stops[self._number]

    @property
    def number(self) -> int:
        """Which stop it is, counted from 0."""
        return self._number

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self.frame.set_theme(theme)
        self.bubble.set_theme(theme)

    # -- going through a tour -----------------------------------------------------------------------

    def begin_when_open(self, name: str) -> None:
        """Begin the tour of an example that is being opened."""
        self._wanted = family(name)

    def begin(self) -> None:
        """Begin the tour of the example that is open."""
        self._tour = tour_of(self._session.example or "")
        self._go_to(0)

    def next(self) -> None:
        """Go to the next stop; after the last one the tour is over."""
        if self._tour is None:
            return
        if self._number + 1 < len(self._tour.stops):
            self._go_to(self._number + 1)
        else:
            self.end()

    def back(self) -> None:
        """Go to the stop before."""
        if self._tour is not None and self._number > 0:
            self._go_to(self._number - 1)

    def end(self) -> None:
        """End the tour."""
        if self._tour is None:
            return
        self._tour = None
        self._watch(None)
        if self.bubble.isAncestorOf(self._window.focusWidget() or self._window):
            self._window.gates.setFocus()
        self.bubble.hide()
        self.frame.hide()
        self._offer()

    def _go_to(self, number: int) -> None:
        assert self._tour is not None
        self._number, stop = number, self._tour.stops[number]
        target = targets(self._window)[stop.target]
        self._bring_up(target)
        self._then = self._now()
        title = example(self._tour.example).title
        self.bubble.set_stop(number, len(self._tour.stops), title, stop.text, stop.then)
        self._watch(target)
        self._place()
        self.look()
        self._offer()

    def _offer(self) -> None:
        """Enable what can be done."""
        running = self._tour is not None
        self._actions["tour"].setEnabled(has_tour(self._session.example))
        self._actions["tour"].setChecked(running)
        self._actions["tour_next"].setEnabled(running)
        self._actions["tour_back"].setEnabled(running and self._number > 0)

    def _bring_up(self, target: QWidget) -> None:
        """Show a part of the window that is behind others or closed."""
        if self._window.views.indexOf(target) >= 0:
            self._window.show_view(target)
        above: QWidget | None = target
        while above is not None and not isinstance(above, QDockWidget):
            above = above.parentWidget()
        if above is not None:
            above.show()
            above.raise_()

    # -- seeing what was done -----------------------------------------------------------------------

    def look(self) -> None:
        """See whether what the stop asks for was done. Once done it stays so."""
        stop = self.stop
        if stop is not None and not self.bubble.done and stop.is_done(self._now(), self._then):
            self.bubble.set_done(True)
            self._place()

    def _now(self) -> Now:
        session, window = self._session, self._window
        plan, cursor, settings = session.plan, session.player.cursor, session.settings
        shaping = session.dataset.shaping if session.dataset is not None else None
        front = window.views.currentWidget()
        known = plan is not None and cursor is not None and cursor < len(plan)
        return Now(
            example=session.example,
            view=next((name for name in VIEWS if getattr(window, name) is front), ""),
            cursor=cursor,
            timestep=plan.position(cursor).timestep
            if plan is not None and cursor is not None and known
            else None,
            stateful=settings.stateful,
            interleaved=settings.interleaved,
            batch_size=settings.batch_size,
            every=settings.resets.every,
            points=len(session.reset_points.all),
            layer=session.path,
            row=session.row,
            sample=session.sample,
            pinned=session.pinned,
            unit=session.unit,
            compared=session.comparing.trace is not None,
            generated=session.generating.generated is not None,
            past_as=shaping.past_as if shaping is not None else "",
            look_back=shaping.look_back if shaping is not None else None,
        )

    def _on_session_opened(self) -> None:
        opened = family(self._session.example)
        if self._wanted and self._wanted == opened:
            self._wanted = ""
            self.begin()
        elif self._tour is not None and self._tour.example != opened:
            self.end()
        else:
            self.look()
        self._offer()

    def _on_session_failed(self) -> None:
        self._wanted = ""

    # -- staying beside what it points at -----------------------------------------------------------

    def _watch(self, target: QWidget | None) -> None:
        """Follow a part of the window: it moves when anything around it does."""
        for widget in self._watched:
            widget.removeEventFilter(self)
        self._watched, self._target = [], target
        above = target
        while above is not None:
            self._watched.append(above)
            above.installEventFilter(self)
            above = None if above is self._window else above.parentWidget()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _MOVES and self._tour is not None:
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        window, target = self._window, self._target
        if target is None:
            return
        there = target.isVisible() and target.window() is window
        room = window.rect().adjusted(6, window.menuBar().height() + 4, -6, -6)
        area = (
            QRect(target.mapTo(window, QPoint(0, 0)), target.size())
            if there
            else QRect(room.center(), room.center())
        )
        self.frame.setVisible(there)
        if there:
            self.frame.setGeometry(area.adjusted(-3, -3, 3, 3).intersected(window.rect()))
            self.frame.raise_()
        self.bubble.go_beside(area, room)
        self.bubble.raise_()
