"""What each command of the table in :mod:`app.actions` does: one method each, ``on_<id>``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QUrl
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QMessageBox

from app.actions import OPEN_RECENT, ShortcutsDialog
from app.export_dialog import ExportChoice, ExportDialog
from app.help_dialogs import show_about, show_guide
from app.panels.gallery import Card, GalleryDialog
from app.plots.export import save_png
from app.session_file import SUFFIX
from app.session_keeper import SESSION_FILTER
from app.theme import THEMES
from lstm_viz.errors import TraceError
from lstm_viz.examples import EXAMPLES
from lstm_viz.replacing import replacing

if TYPE_CHECKING:
    from app.engine.messages import Failed
    from app.main_window import MainWindow

MODEL_FILTER = "Keras models (*.keras *.h5 *.hdf5 *.json saved_model.pb);;All files (*)"
ARCHITECTURE_FILTER = "Architectures (*.json *.keras *.h5);;All files (*)"
WEIGHTS_FILTER = "Weights (*.h5 *.hdf5);;All files (*)"
DATA_FILTER = "Data (*.csv *.tsv *.txt *.npy *.npz);;All files (*)"
RECORDING_FILTER = "Recordings (*.npz)"
PICTURE_FILTER = "PNG pictures (*.png)"
ANIMATION_FILTER = "GIF (*.gif);;Animated PNG (*.apng);;MP4, by ffmpeg (*.mp4)"
MOST_FRAMES = 300  # of an animation: half a minute
_MODEL_SUFFIXES = (".keras", ".h5", ".hdf5", ".json", ".pb")


class Commands(QObject):
    """Does what the menus, buttons and keys ask for.

    Parameters
    ----------
    window : MainWindow
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._session = window.session
        self._settings = window.settings

    # -- File ---------------------------------------------------------------------------------------

    def on_open_model(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self._window, "Open model", self._settings.folder, MODEL_FILTER)
        if path:
            self.open(model=Path(path))

    def on_open_data(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self._window, "Open data", self._settings.folder, DATA_FILTER)
        if path:
            self.open(data=Path(path))

    def open_paths(self, paths: list[Path]) -> None:
        """Open files that were dropped: sessions and models by their ending, everything else as data."""
        session = next((p for p in paths if p.suffix.lower() == SUFFIX), None)
        if session is not None:
            self._window.keeper.open(session)
            return
        models = [p for p in paths if p.suffix.lower() in _MODEL_SUFFIXES or p.is_dir()]
        data = [p for p in paths if p not in models]
        self.open(models[0] if models else None, data[0] if data else None)

    def open(self, model: Path | None = None, data: Path | None = None) -> None:
        """Open a model file, a data file or both, and remember them."""
        if model is not None and model.suffix == ".pb":  # a SavedModel is the folder around this file
            model = model.parent
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

    def ask_about_missing_values(self, failure: Failed) -> None:
        """Ask what to do about values that data lack, and open them so."""
        box = QMessageBox(self._window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Values are missing")
        box.setText(failure.message)
        box.setInformativeText(
            "Fill them in between their neighbours, leave their rows out, or open other data?"
        )
        for text, missing in (("Interpolate", "interpolate"), ("Drop the rows", "drop")):
            box.addButton(text, QMessageBox.ButtonRole.AcceptRole).setProperty("missing", missing)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.buttonClicked.connect(self._on_missing_values_answered)
        box.open()

    def _on_missing_values_answered(self, button: QAbstractButton) -> None:
        missing = button.property("missing")
        if missing:
            self._session.open_again(missing=missing)

    def ask_for_half(self, failure: Failed) -> bool:
        """Ask for the half of a model that a file lacks, and open both; return whether it was given."""
        model = self._session.asked["model"]
        name = Path(model or "").name
        if failure.missing == "architecture":
            title, kinds = f"{name} holds weights alone: choose its architecture", ARCHITECTURE_FILTER
        else:
            title, kinds = f"{name} holds an architecture alone: choose its weights", WEIGHTS_FILTER
        other, _ = QFileDialog.getOpenFileName(self._window, title, self._settings.folder, kinds)
        if not other:
            return False
        if failure.missing == "architecture":
            self._session.open_again(architecture=other)
        else:
            self._session.open_again(model=other, architecture=model)
        return True

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
        path = self._ask_where("Save picture of window", PICTURE_FILTER, ".png")
        if not path:
            return
        try:
            with replacing(Path(path), what="the picture") as temporary:
                save_png(self._window, temporary)
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
        curves = window.views.currentWidget() is window.units and bool(session.pinned)
        view = window.units if curves else window.gates
        axis = window.presenter.axis
        first, past = view.visible_steps()
        start = min(axis.to_run(first), trace.count - 1)
        stop = max(start + 1, min(axis.to_run(max(first, past - 1)) + 1, trace.count))
        line = ["--layer", layer.layer.path, "--row", str(session.row), "--steps", f"{start}:{stop}"]
        line += ["--every", str(-(-(stop - start) // MOST_FRAMES)), "--theme", window.themes.theme.name]
        line += ["--size", f"{max(view.width(), 400)}x{max(view.height(), 300)}"]
        if curves:
            line += ["--units", ",".join(map(str, session.pinned))]
            line += ["--signals", "".join(window.units.shown_signals) or "ch"]
        if session.data_folder:
            line += ["--data", session.data_folder]
        window.animating.start(str(trace.folder), path, line)

    def _ask_where(self, title: str, kinds: str, *suffixes: str) -> str:
        path, _ = QFileDialog.getSaveFileName(self._window, title, self._settings.folder, kinds)
        return path if not path or path.lower().endswith(suffixes) else path + suffixes[0]

    def on_quit(self) -> None:
        self._window.close()

    def fill_recent(self) -> None:
        """Fill the menu of recent files as it opens."""
        menu = self._window.menus[OPEN_RECENT]
        menu.clear()
        for kind in ("models", "data", "sessions"):
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
        elif kind == "models":
            self.open(model=Path(path))
        else:
            self.open(data=Path(path))

    # -- Run ----------------------------------------------------------------------------------------

    def on_play(self, checked: bool) -> None:
        if checked:
            self._session.player.play()
        else:
            self._session.player.pause()
        self._window.wake()

    def on_step(self) -> None:
        self._step(1)

    def on_back(self) -> None:
        self._step(-1)

    def on_step_ten(self) -> None:
        self._step(10)

    def on_back_ten(self) -> None:
        self._step(-10)

    def _step(self, steps: int) -> None:
        self._session.player.step(steps)
        self._window.wake()

    def on_first(self) -> None:
        self._session.player.to_start()
        self._window.wake()

    def on_last(self) -> None:
        self._session.player.to_end()
        self._window.wake()

    def on_faster(self) -> None:
        self._window.transport.faster()

    def on_slower(self) -> None:
        self._window.transport.slower()

    def on_stateful(self, checked: bool) -> None:
        self._window.run_settings.set_stateful(checked)

    def on_interleave(self, checked: bool) -> None:
        self._session.interleave(checked)

    def on_generate(self) -> None:
        self._window.offers.show_generate()

    def on_end_generation(self) -> None:
        self._session.generating.end()

    def on_reset_here(self) -> None:
        cursor = self._session.player.cursor
        if cursor is not None:
            self._session.reset_points.put(cursor)

    def on_reset_row(self) -> None:
        cursor = self._session.player.cursor
        if cursor is not None:
            self._window.reset_menu.put_row(cursor)

    def on_reset_rows(self) -> None:
        cursor = self._session.player.cursor
        if cursor is not None:
            self._window.reset_menu.ask(cursor)

    def on_remove_reset(self) -> None:
        selected = self._window.timeline.selected
        if selected is not None:
            self._session.reset_points.remove(selected)
        elif self._session.player.cursor is not None:
            self._window.reset_menu.remove(self._session.player.cursor)

    def on_undo(self) -> None:
        self._session.reset_points.undo()

    def on_redo(self) -> None:
        self._session.reset_points.redo()

    def on_compare(self, what: Any) -> None:
        comparing = self._session.comparing
        if what == "end":
            comparing.end()
            return
        path = ""
        if what == "model":
            path, _ = QFileDialog.getOpenFileName(
                self._window, "Compare with the model", self._settings.folder, MODEL_FILTER
            )
            if not path:
                return
        comparing.start(what, path or None)
        self._window.show_view(self._window.compare)

    # -- View ---------------------------------------------------------------------------------------

    def on_follow_cursor(self, checked: bool) -> None:
        self._window.set_following(checked)

    def on_endings(self, checked: bool) -> None:
        self._window.presenter.set_endings_shown(checked)
        self._settings.endings = checked

    def on_sort(self, by: Any) -> None:
        self._window.presenter.set_unit_order(by)

    def on_theme(self, choice: Any) -> None:
        self._window.themes.set_choice(choice)
        self._settings.theme = choice

    def on_cell_large(self, checked: bool) -> None:
        self._window.set_cell_large(checked)

    def on_why(self, gate: Any) -> None:
        if gate:
            self._window.docks["cell"].show()
        self._window.cell.why.choose(gate)

    def on_reset_layout(self) -> None:
        self._window.reset_layout()

    # -- Examples and Help --------------------------------------------------------------------------

    def on_gallery(self) -> None:
        cards = [
            Card(
                shown.name,
                shown.title,
                shown.kind,
                shown.description,
                {theme: shown.folder / f"picture-{theme}.png" for theme in THEMES},
            )
            for shown in EXAMPLES
        ]
        dialog = GalleryDialog(cards, self._window.themes.theme, self._window)
        dialog.chosen.connect(self._on_gallery_chosen)
        self._window.themes.changed.connect(dialog.set_theme)
        dialog.open()

    def _on_gallery_chosen(self, name: str, with_tour: bool) -> None:
        if with_tour:
            self._window.tour.begin_when_open(name)
        else:
            self._window.tour.end()
        self._session.open_example(name)

    def on_tour(self, checked: bool) -> None:
        if checked:
            self._window.tour.begin()
        else:
            self._window.tour.end()

    def on_tour_next(self) -> None:
        self._window.tour.next()

    def on_tour_back(self) -> None:
        self._window.tour.back()

    def on_example(self, name: Any) -> None:
        self._session.open_example(name)

    def on_guide(self) -> None:
        show_guide(self._window)

    def on_shortcuts(self) -> None:
        dialog = ShortcutsDialog(self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def on_details_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._session.files.path)))

    def on_about(self) -> None:
        show_about(self._window)
