"""What each command of the table in :mod:`app.menus` does, but for those of files: one method each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from app.file_commands import MODEL_FILTER
from app.help_dialogs import show_about, show_guide
from app.panels.gallery import Card, GalleryDialog
from app.shortcuts_dialog import ShortcutsDialog
from app.theme import THEMES
from lstm_viz.examples import EXAMPLES

if TYPE_CHECKING:
    from app.main_window import MainWindow


class Commands(QObject):
    """Does what the menus, buttons and keys ask for; what has to do with files is in `FileCommands`.

    Parameters
    ----------
    window : MainWindow
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._session = window.session
        self._settings = window.settings

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
        self._window.settings.follow_cursor = checked  # to move along by hand stops it for this once

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
