"""What each command of the menu File does: one method each, ``on_<id>``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QWidget

from app.export_dialog import ExportChoice, ExportDialog
from app.menus import OPEN_RECENT
from app.plots.export import PICTURE_SUFFIXES, save_picture
from app.plots.plot_column import PlotColumn
from app.session_file import SUFFIX
from app.session_keeper import SESSION_FILTER
from lstm_viz.errors import LoadError, TraceError
from lstm_viz.trace_opening import FOLDER_FILES

if TYPE_CHECKING:
    from app.main_window import MainWindow

MODEL_FILTER = "Keras models (*.keras *.h5 *.hdf5 *.json saved_model.pb);;All files (*)"
DATA_FILTER = "Data (*.csv *.tsv *.txt *.npy *.npz);;All files (*)"
RECORDING_FILTER = "Recordings (*.npz)"
OPENED_RECORDING_FILTER = "Recordings (*.npz *.h5 *.hdf5 header.json .zgroup);;All files (*)"
PICTURE_FILTER = "PNG pictures (*.png);;SVG pictures (*.svg)"
ANIMATION_FILTER = "GIF (*.gif);;Animated PNG (*.apng);;MP4, by ffmpeg (*.mp4)"
MOST_FRAMES = 300  # of an animation: half a minute
_MODEL_SUFFIXES = (".keras", ".h5", ".hdf5", ".json", ".pb")


class FileCommands(QObject):
    """Opens, saves and exports, and asks for the files.

    Parameters
    ----------
    window : MainWindow
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._session = window.session
        self._settings = window.settings

    def on_open_model(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self._window, "Open model", self._settings.folder, MODEL_FILTER)
        if path:
            self.open(model=Path(path))

    def on_open_data(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self._window, "Open data", self._settings.folder, DATA_FILTER)
        if path:
            self.open(data=Path(path))

    def on_open_recording(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self._window, "Open recording", self._settings.folder, OPENED_RECORDING_FILTER
        )
        if path:
            self.open_recording(Path(path))

    def open_recording(self, path: Path) -> None:
        """Open a recording without its model, to be looked at."""
        if path.name in FOLDER_FILES:  # a dialog for files cannot choose the folder
            path = path.parent
        self._settings.folder = str(path.parent)
        self._session.open_recording(str(path))

    def remember_recording(self, path: Path) -> None:
        """Put a recording among the recent files; it may have been taken for a model or data at first."""
        self._settings.add_recent("recordings", path)
        for kind in ("models", "data"):
            self._settings.remove_recent(kind, path.absolute())

    def open_paths(self, paths: list[Path]) -> None:
        """Open files that were dropped: sessions and models by their ending, everything else as data.

        The engine finds out what is a recording.
        """
        session = next((p for p in paths if p.suffix.lower() == SUFFIX), None)
        if session is not None:
            self._window.keeper.open(session)
            return
        models = [p for p in paths if p.suffix.lower() in _MODEL_SUFFIXES or p.is_dir()]
        data = [p for p in paths if p not in models]
        for kind, dropped in (("models", models), ("data files", data)):
            if len(dropped) > 1:
                names = " and ".join(path.name for path in dropped[:2])
                self._session.refuse_to_open(
                    LoadError(
                        f"{len(dropped)} {kind} were dropped, such as {names}.",
                        "Drop one model, one data file, one of each, or a recording alone.",
                    )
                )
                return
        self.open(models[0] if models else None, data[0] if data else None)

    def open(self, model: Path | None = None, data: Path | None = None) -> None:
        """Open a model file, a data file or both, and remember them."""
        if model is not None:
            self._settings.add_recent("models", model)
        if data is not None:
            self._settings.add_recent("data", data)
        self._settings.folder = str((model or data or Path.cwd()).parent)
        self._session.open_files(None if model is None else str(model), None if data is None else str(data))

    def on_open_session(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self._window, "Open session", self._settings.folder, SESSION_FILTER
        )
        if path:
            self._settings.folder = str(Path(path).parent)
            self._window.keeper.open(Path(path))

    def on_save_session(self) -> None:
        path = self._ask_where("Save session", SESSION_FILTER, SUFFIX)
        if path:
            self._window.keeper.save(Path(path))

    def on_save_recording(self) -> None:
        path = self._ask_where("Save recording", RECORDING_FILTER, ".npz")
        if path:
            self._session.save(path)

    def on_export(self) -> None:
        trace, count = self._session.trace, 0 if self._session.trace is None else self._session.trace.count
        if trace is None or not count:
            self._window.status.say("Nothing is recorded yet: step the model first.")
            return
        axis = self._window.presenter.axis
        start, stop = self._window.gates.visible_steps()
        visible = axis.to_run(start), axis.to_run(max(start, stop - 1)) + 1
        dialog = ExportDialog(tuple(trace.layers), count, visible, self._window)
        dialog.chosen.connect(self._on_export_chosen)
        dialog.open()

    def _on_export_chosen(self, choice: ExportChoice) -> None:
        kind = choice.format
        kinds = f"{kind.title} ({' '.join(f'*{suffix}' for suffix in kind.suffixes)})"
        path = self._ask_where("Export recording", kinds, *kind.suffixes)
        if path:
            self._session.export(path, choice)

    def on_save_picture(self) -> None:
        path = self._ask_where("Save picture of window", PICTURE_FILTER, *PICTURE_SUFFIXES)
        if not path:
            return
        try:
            save_picture(self._window, path)
        except TraceError as error:
            self._window.errors.show_error(
                "The picture is not saved", error.message, error.hint, error.details
            )
        else:
            self._window.status.say(f"Saved {path}")

    def on_save_animation(self) -> None:
        window, session = self._window, self._session
        trace, layer = session.trace, session.layer
        if trace is None or layer is None or not trace.count:
            window.status.say("Nothing is recorded yet: step the model first.")
            return
        if window.animating.running:
            window.status.say("An animation is being drawn: wait for it, or cancel it.")
            return
        path = self._ask_where("Save animation", ANIMATION_FILTER, ".gif", ".apng", ".mp4")
        if not path:
            return
        view, line = self._animated_view()
        start, stop = 0, trace.count
        if isinstance(view, PlotColumn):
            axis, (first, past) = window.presenter.axis, view.visible_steps()
            start = min(axis.to_run(first), trace.count - 1)
            stop = max(start + 1, min(axis.to_run(max(first, past - 1)) + 1, trace.count))
        line += ["--layer", layer.layer.path, "--row", str(session.row), "--steps", f"{start}:{stop}"]
        line += ["--every", str(-(-(stop - start) // MOST_FRAMES)), "--theme", window.themes.theme.name]
        line += ["--size", f"{max(view.width(), 400)}x{max(view.height(), 300)}"]
        if session.data_folder:
            line += ["--data", session.data_folder]
        window.animating.start(str(trace.folder), path, line)

    def _animated_view(self) -> tuple[QWidget, list[str]]:
        """Return the view that is animated, and what tells it to the command; Gates where it cannot be."""
        window, session = self._window, self._session
        front, second = window.views.currentWidget(), session.comparing.trace
        if front is window.units and session.pinned:
            letters = "".join(window.units.shown_signals) or "ch"
            return window.units, ["--units", ",".join(map(str, session.pinned)), "--signals", letters]
        if front is window.state_flow:
            return window.state_flow, ["--view", "state-flow"]
        if front is window.compare and second is not None:
            return window.compare, ["--with", str(second.folder), "--signals", window.compare.signal]
        return window.gates, []

    def _ask_where(self, title: str, kinds: str, *suffixes: str) -> str:
        path, kind = QFileDialog.getSaveFileName(self._window, title, self._settings.folder, kinds)
        if not path or path.lower().endswith(suffixes):
            return path
        return path + next((suffix for suffix in suffixes if f"*{suffix}" in kind), suffixes[0])

    def on_quit(self) -> None:
        self._window.close()

    def fill_recent(self) -> None:
        """Fill the menu of recent files as it opens."""
        menu = self._window.menus[OPEN_RECENT]
        menu.clear()
        for kind in ("models", "data", "recordings", "sessions"):
            for path in self._settings.recent(kind):
                menu.addAction(path).setData((kind, path))
        if menu.isEmpty():
            menu.addAction("Nothing yet").setEnabled(False)

    def open_recent(self, action: QAction) -> None:
        """Open the file of an entry of that menu."""
        if not action.data():
            return
        kind, path = action.data()
        if not Path(path).exists():
            self._settings.remove_recent(kind, path)
            self._window.status.say(f"{path} is not there any more.")
        elif kind == "sessions":
            self._window.keeper.open(Path(path))
        elif kind == "recordings":
            self.open_recording(Path(path))
        elif kind == "models":
            self.open(model=Path(path))
        else:
            self.open(data=Path(path))
