"""Saves what is open as a session file, opens it again, and offers what a killed program had open."""

from __future__ import annotations

import functools
import logging
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QFileDialog

from app.autosave import Autosave, FileWriter, Leftover
from app.session_file import (
    SUFFIX,
    Layout,
    Panel,
    Place,
    SavedSession,
    SessionFileError,
    place_of,
    read_session,
    session_text,
    shown,
)
from lstm_viz.errors import LstmVizError

if TYPE_CHECKING:
    from app.main_window import MainWindow

SESSION_FILTER = f"Sessions (*{SUFFIX})"
LEFT_OPEN = "left open"  # the key of the notice that offers what a killed program had open
_PAUSE_MS = 700  # from a change to its being kept; what changes in between is kept with it
_LAST_TIDYING_SECONDS = 2.0  # that the end of the program waits for a disk that does not answer
_ASKED = {
    "model": "the model",
    "architecture": "the architecture of the model",
    "data": "the data",
}
_AREAS = {
    "left": Qt.DockWidgetArea.LeftDockWidgetArea,
    "right": Qt.DockWidgetArea.RightDockWidgetArea,
    "top": Qt.DockWidgetArea.TopDockWidgetArea,
    "bottom": Qt.DockWidgetArea.BottomDockWidgetArea,
}
_log = logging.getLogger(__name__)


class SessionKeeper(QObject):
    """What the window does with session files.

    Parameters
    ----------
    window : MainWindow
    """

    _written = Signal(object, object)  # Path, and SessionFileError or None; from the writing thread

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._session = window, window.session
        self._writer = FileWriter(self._written.emit)
        self._autosave: Autosave | None = None
        self._leftover: Leftover | None = None
        self._restored = False
        self._tidying: threading.Thread | None = None
        self._kept = ""
        self._first: SavedSession | None = None  # an example as it was opened by itself: no loss
        self._restoring: SavedSession | None = None  # what a killed program had open
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._on_timer_timeout)
        self._written.connect(self._on_written)
        self._session.opened.connect(self._on_session_opened)

    # -- files that the user saves ------------------------------------------------------------------

    def save(self, path: Path) -> None:
        """Save what is open as a session file; errors are shown."""
        saved = self.current()
        if saved is not None:
            self._writer.write(path, session_text(saved, path.parent))

    def open(self, path: Path) -> None:
        """Open a session file, asking for files that are no longer there; errors are shown."""
        try:
            self._open(replace(read_session(path), recording=None))
        except LstmVizError as error:
            self._session.refuse_to_open(error)
            return
        self._window.settings.add_recent("sessions", path)

    def _open(self, saved: SavedSession) -> SavedSession:
        """Open a session; return it with the files that it was opened with."""
        for name in saved.lost():
            saved = self._with_lost_file(saved, name)
        drives = not self._session.attended
        self._session.open_saved(saved, replace(saved.look, step=None) if drives else None)
        return saved

    def _with_lost_file(self, saved: SavedSession, name: str) -> SavedSession:
        """Ask for a file that is not where it was."""
        was = Path(getattr(saved, name).path)
        said = f"{shown(was.name)}, {_ASKED[name]} of this session, is not in {shown(str(was.parent))}."
        path = ""
        if self._session.attended:
            title = f"{shown(was.name)} is not where it was: choose {_ASKED[name]}"
            path, _ = QFileDialog.getOpenFileName(self._window, title, self._window.settings.folder)
        if not path:
            raise SessionFileError(said, "Put it back, or choose the file when you are asked for it.")
        return saved.found(name, Path(path))

    # -- what there is to be saved ------------------------------------------------------------------

    def current(self) -> SavedSession | None:
        """Return what is open, how it is run and what is looked at; None where there is no run."""
        session = self._session
        model, data = session.model, session.data_file
        generated, source = session.generating.generated, session.generating.source
        place = place_of(model.path) if model is not None else None
        if model is None or place is None or session.plan is None:
            return None
        return SavedSession(
            model=place,
            architecture=place_of(model.architecture),
            data=place_of(None if data is None else data.path),
            missing="refuse" if data is None else data.missing,
            shaping=source.shaping if source is not None else None,
            settings=session.settings if generated is None else generated.settings,
            look=session.generating.look,
            layout=self._current_layout(),
            generate=None if generated is None else generated.wanted,
        )

    def _recording(self) -> Place | None:
        """Return where the run over the data is recorded."""
        generated, trace = self._session.generating.generated, self._session.trace
        if generated is not None:
            return Place(generated.recording)
        return None if trace is None else Place(str(trace.folder))

    def _current_layout(self) -> Layout:
        window, areas = self._window, {area: name for name, area in _AREAS.items()}
        panels = {
            name: Panel(
                areas.get(window.dockWidgetArea(dock), "left"),
                dock.toggleViewAction().isChecked(),
                dock.isFloating(),
                (dock.width(), dock.height()),
            )
            for name, dock in window.docks.items()
        }
        return Layout(window.views.tabText(window.views.currentIndex()), panels)

    def _take_layout(self, layout: Layout) -> None:
        window = self._window
        for name, panel in layout.panels.items():
            dock = window.docks.get(name)
            if dock is None:
                continue
            if window.dockWidgetArea(dock) != _AREAS[panel.area]:
                window.addDockWidget(_AREAS[panel.area], dock)
            if dock.isFloating() != panel.floating:
                dock.setFloating(panel.floating)
            dock.setVisible(panel.shown)
            if panel.floating and panel.size:
                dock.resize(*panel.size)
        placed = [
            (window.docks[name], panel.size)
            for name, panel in layout.panels.items()
            if name in window.docks and panel.shown and not panel.floating and panel.size
        ]
        for axis, orientation in enumerate((Qt.Orientation.Horizontal, Qt.Orientation.Vertical)):
            window.resizeDocks([dock for dock, _ in placed], [size[axis] for _, size in placed], orientation)
        for index in range(window.views.count()):
            if window.views.tabText(index) == layout.view:
                window.views.setCurrentIndex(index)

    def _on_session_opened(self) -> None:
        if self._session.opening:  # something else has been asked for meanwhile
            return
        opened = self._session.opened_session
        if opened is not None:
            self._take_layout(opened.layout)
            self._restored |= opened is self._restoring
            if opened.generate is not None:
                QTimer.singleShot(0, functools.partial(self._session.generating.start, opened.generate))
            return
        saved = self.current()
        if self._first is None and not self._kept and saved is not None and saved.model.example is not None:
            self._first = replace(saved, layout=Layout())

    # -- what is kept by itself ---------------------------------------------------------------------

    def start(self, folder: Path | None = None) -> SavedSession | None:
        """Keep what is open from now on, and return what a killed program had open.

        It is offered until :meth:`restore` or :meth:`forget`, or else again at the next start.
        """
        self._autosave = Autosave(folder)
        self._leftover = self._autosave.leftover()
        session, window = self._session, self._window
        for changed in (
            session.opened,
            session.run_changed,
            session.layer_changed,
            session.row_changed,
            session.pinned_changed,
            window.presenter.presented,
            window.views.currentChanged,
        ):
            changed.connect(self._on_changed)
        for dock in window.docks.values():
            dock.dockLocationChanged.connect(self._on_changed)
            dock.visibilityChanged.connect(self._on_changed)
        return None if self._leftover is None else self._leftover.saved

    def restore(self) -> None:
        """Open what a killed program had open."""
        if self._leftover is None:
            return
        try:
            saved = self._leftover.saved
            recording = saved.recording and self._session.files.adopt(Path(saved.recording.path or ""))
            restoring = self._open(replace(saved, recording=recording and Place(str(recording))))
        except LstmVizError as error:
            self._session.refuse_to_open(error)
            return
        self._restoring, self._first = restoring, None

    def forget(self) -> None:
        """Offer what a killed program had open no more."""
        leftover, self._leftover = self._leftover, None
        if leftover is not None:
            leftover.remove()
            # What it recorded is nothing that anybody can ask for any more; it may be large.
            self._tidying = threading.Thread(
                target=self._session.files.remove_leftovers, name="tidying", daemon=True
            )
            self._tidying.start()

    def stop(self) -> None:
        """Keep nothing for the next start: the program ends as it should. May be called again."""
        self._timer.stop()
        self._writer.close()
        if self._tidying is not None:
            self._tidying.join(_LAST_TIDYING_SECONDS)
        autosave, self._autosave = self._autosave, None
        if autosave is not None:
            autosave.close()
        leftover, self._leftover = self._leftover, None
        if leftover is not None and self._restored:
            leftover.remove()
        elif leftover is not None:
            leftover.release()

    def _on_changed(self) -> None:
        if not self._timer.isActive():  # not started anew: while a run plays there is always a change
            self._timer.start()

    def _on_timer_timeout(self) -> None:
        saved = self.current()
        if saved is None or self._autosave is None or self._autosave.path is None or self._session.opening:
            return
        if not self._kept and replace(saved, layout=Layout()) == self._first:
            return
        text = session_text(replace(saved, recording=self._recording()))
        if text != self._kept:
            self._kept = text
            self._writer.write(self._autosave.path, text)

    def _on_written(self, path: Path, error: SessionFileError | None) -> None:
        autosaved = self._autosave is not None and path == self._autosave.path
        if error is not None and autosaved:
            _log.warning("what is open is not kept for the next start: %s", error)
        elif autosaved and self._restored:
            self.forget()
        elif error is not None:
            self._window.errors.show_error(
                "The session is not saved", error.message, error.hint, error.details
            )
        elif not autosaved:
            self._window.settings.add_recent("sessions", path)
            self._window.status.say(f"Saved {path}")
