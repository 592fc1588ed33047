"""The window: puts the parts together and connects them. What they do is in their own modules."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QRect, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QHideEvent, QPaintEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QLabel,
    QMainWindow,
    QMenu,
    QTabWidget,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from app.actions import build_actions, fill_menu_bar, set_action_icons
from app.animating import Animating
from app.boxes_presenter import BoxesPresenter
from app.cell_presenter import CellPresenter
from app.commands import Commands
from app.compare_presenter import ComparePresenter
from app.disk_room import DiskRoom
from app.engine_trouble import EngineTrouble
from app.errors_dialog import ErrorDialogs, NotificationBar
from app.file_commands import FileCommands
from app.frame_clock import FrameClock
from app.menus import OPEN_RECENT, PANELS
from app.offers import Offers
from app.own_keys import OwnKeys
from app.painting_turn import PaintingTurn
from app.panels.cell_panel import CellPanel
from app.panels.data_panel import DataPanel
from app.panels.generate_dialog import GenerateDialog
from app.panels.model_panel import ModelPanel
from app.panels.run_settings import RunSettingsBar
from app.panels.transport import TransportBar
from app.plots.boxes_view import BoxesView
from app.plots.compare_view import CompareView
from app.plots.gates_view import GatesView
from app.plots.state_flow import StateFlowView
from app.plots.timeline import Timeline
from app.plots.units_view import UnitsView
from app.presenter import Presenter
from app.reset_menu import ResetMenu
from app.session import Session
from app.session_display import SessionDisplay
from app.session_keeper import SessionKeeper
from app.settings import LAYOUT_VERSION, Settings
from app.status_line import StatusLine
from app.theme import Theme, ThemeKeeper
from app.tour_guide import TourGuide

_LARGE_CELL = 0.72  # of the window
_SIDES = (0.222, 300, 360), (0.202, 262, 340)  # left and right panels: share of the width, pixels


class MainWindow(QMainWindow):
    """Composition of the panels and plots around a session.

    Parameters
    ----------
    session : Session
    settings : Settings
    themes : ThemeKeeper
    """

    painted = Signal()  # with each painting
    closed = Signal()

    def __init__(self, session: Session, settings: Settings, themes: ThemeKeeper) -> None:
        super().__init__()
        self.session, self.settings, self.themes = session, settings, themes
        self.setObjectName("main_window")
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.setAnimated(False)  # panels are where they belong at once
        screen = self.screen()
        room = QSize(1440, 900) if screen is None else screen.availableSize()
        self.resize(QSize(1440, 900).boundedTo(room))
        self.setMinimumSize(1024, 700)

        self.commands, self.file_commands = Commands(self), FileCommands(self)
        self.actions_by_id = build_actions(self, self.file_commands, self.commands)
        self.menus = fill_menu_bar(self.menuBar(), self.actions_by_id)
        self._make_parts()
        self._place_parts()
        self._first_layout = self.saveState(LAYOUT_VERSION)
        self._cell_place: tuple[QRect, QSize] | None = None  # of its panel, and size of the window then
        self.animating = Animating(self)
        self.display = SessionDisplay(self)
        self._connect()

        self.clock = FrameClock(screen.refreshRate() if screen is not None else 60.0, self)
        self.presenter = Presenter(
            session,
            self.clock,
            self.gates,
            self.units,
            self.timeline,
            CellPresenter(session, self.cell, self.gates, self.units, self),
            self.state_flow,
            self,
        )
        self.presenter.presented.connect(self.display.show_step)
        self.presenter.units_ordered.connect(self.compare.set_unit_order)
        self.boxes_presenter = BoxesPresenter(session, self.clock, self.boxes, self)
        self.compare_presenter = ComparePresenter(session, self.clock, self.compare, self)
        self.offers = Offers(self)
        self.tour = TourGuide(self)
        self.own_keys.watch(self)  # when every control is there
        self.painting = PaintingTurn(self, self.clock)
        session.run_changed.connect(self.painting.put_off)
        self.presenter.presented.connect(self.painting.put_off)
        self.clock.tick.connect(session.opened_recording.let_pass)
        self.clock.tick.connect(self.display.show_rate)
        session.answer_coming.connect(self.clock.give_way)
        self.disk_room = DiskRoom(self)
        self.trouble = EngineTrouble(self)
        self.keeper = SessionKeeper(self)
        themes.changed.connect(self.set_theme)
        self.set_theme(themes.theme)
        self._restore()

    # -- parts --------------------------------------------------------------------------------------

    def _make_parts(self) -> None:
        actions = self.actions_by_id
        self.transport = TransportBar(actions)
        self.run_settings = RunSettingsBar(actions["stateful"])
        self.model_panel = ModelPanel()
        self.data_panel = DataPanel()
        self.generate = GenerateDialog(self)
        self.gates = GatesView()
        self.units = UnitsView()
        self.state_flow = StateFlowView()
        self.boxes = BoxesView()
        self.compare = CompareView()
        self.timeline = Timeline()
        self.cell = CellPanel()
        self.notice = NotificationBar()
        self.errors = ErrorDialogs(self)
        self.status = StatusLine()
        self.own_keys = OwnKeys(self)
        self.reset_menu = ResetMenu(self.session, self)

    def _place_parts(self) -> None:
        for name, title, widget in (
            ("transport", "Transport", self.transport),
            ("run_settings", "Run settings", self.run_settings),
        ):
            bar = QToolBar(title)
            bar.setObjectName(f"{name}_bar")
            bar.setMovable(False)
            bar.addWidget(widget)
            self.addToolBar(Qt.ToolBarArea.TopToolBarArea, bar)
            if name == "transport":
                self.addToolBarBreak(Qt.ToolBarArea.TopToolBarArea)

        self.views = QTabWidget()
        self.views.setDocumentMode(True)
        self.views.tabBar().setAccessibleName("Views")
        self.views.tabBar().setToolTip("What is shown of the run")
        self.views.addTab(self.gates, "Gates")
        self.views.addTab(self.units, "Units")
        self.views.addTab(self.state_flow, "State flow")
        self.views.addTab(self.boxes, "Boxes")
        self.views.addTab(self.compare, "Compare")
        centre = QWidget()
        layout = QVBoxLayout(centre)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.notice)
        layout.addWidget(self.views, 1)
        self.nothing_to_step = QLabel()
        self.nothing_to_step.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing_to_step.setWordWrap(True)
        self.nothing_to_step.setProperty("role", "muted")
        self.nothing_to_step.setTextFormat(Qt.TextFormat.PlainText)  # it has a file's name in it
        self.nothing_to_step.hide()
        layout.addWidget(self.nothing_to_step, 1)
        self.setCentralWidget(centre)

        area = Qt.DockWidgetArea
        self.docks = {
            "model": self._dock("model", "Model", self.model_panel, area.LeftDockWidgetArea),
            "data": self._dock("data", "Data", self.data_panel, area.LeftDockWidgetArea),
            "cell": self._dock("cell", "Cell", self.cell, area.RightDockWidgetArea),
            "timeline": self._dock("timeline", "Timeline", self.timeline, area.BottomDockWidgetArea),
        }
        self.setCorner(Qt.Corner.BottomLeftCorner, area.BottomDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, area.BottomDockWidgetArea)
        self._share_room()
        self.setStatusBar(self.status)

    def _share_room(self) -> None:
        """Give the panels the width that they need to be read, and the plots the rest."""
        left, below, right = self.docks["model"], self.docks["data"], self.docks["cell"]
        widths = [min(max(round(self.width() * share), least), most) for share, least, most in _SIDES]
        self.resizeDocks([left, right], widths, Qt.Orientation.Horizontal)
        self.resizeDocks([left, below], [250, 410], Qt.Orientation.Vertical)

    def _dock(self, name: str, title: str, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title)
        dock.setObjectName(f"{name}_dock")
        dock.setWidget(widget)
        self.addDockWidget(area, dock)
        self.menus[PANELS].addAction(dock.toggleViewAction())
        return dock

    def _connect(self) -> None:
        session = self.session
        self.transport.speed_changed.connect(session.player.set_speed)
        self.run_settings.settings_changed.connect(session.configure)
        self.run_settings.layer_chosen.connect(session.set_layer)
        self.run_settings.sample_chosen.connect(session.set_sample)
        self.run_settings.row_chosen.connect(session.set_row)
        self.model_panel.layer_chosen.connect(session.set_layer)
        self.data_panel.shaping_changed.connect(session.reshape)
        self.data_panel.padded_changed.connect(session.pad)
        self.cell.unit_changed.connect(session.set_unit)
        self.generate.asked.connect(session.generating.start)
        self.generate.ended.connect(session.generating.end)
        for view in (self.gates, self.units, self.compare):
            view.seek_requested.connect(self._on_view_seek_requested)
            view.following_stopped.connect(self._on_view_following_stopped)
            view.menu_opened.connect(self._on_view_menu_opened)
        self.state_flow.seek_requested.connect(self._on_state_flow_seek_requested)
        self.state_flow.interleave_requested.connect(self.actions_by_id["interleave"].trigger)
        self.boxes.seek_requested.connect(self._on_boxes_seek_requested)
        self.boxes.layer_chosen.connect(session.set_layer)
        self.compare.chosen.connect(self.commands.on_compare)
        self.compare.ended.connect(session.comparing.end)
        self.gates.unit_pinned.connect(session.pin)
        self.compare.unit_pinned.connect(session.pin)
        self.units.unit_unpinned.connect(session.unpin)
        self.timeline.seek_requested.connect(session.seek)
        self.timeline.reset_added.connect(session.reset_points.put)
        self.timeline.reset_moved.connect(session.reset_points.move)
        self.timeline.reset_removed.connect(session.reset_points.remove)
        self.timeline.menu_opened.connect(self.reset_menu.fill)
        self.reset_menu.refused.connect(self.status.say)
        self.views.currentChanged.connect(self._on_views_current_changed)
        self.status.cancel_clicked.connect(session.cancel)
        self.status.cancel_clicked.connect(self.animating.cancel)
        self.animating.told.connect(self.status.show_busy)
        self.animating.done.connect(self.display.say_saved)
        self.menus[OPEN_RECENT].aboutToShow.connect(self.file_commands.fill_recent)
        self.menus[OPEN_RECENT].triggered.connect(self.file_commands.open_recent)
        self.actions_by_id["sort_number"].setChecked(True)
        self.actions_by_id[f"theme_{self.themes.choice}"].setChecked(True)
        self.docks["cell"].visibilityChanged.connect(self._on_cell_visibility_changed)
        self.docks["cell"].topLevelChanged.connect(self.actions_by_id["cell_large"].setChecked)

    # -- theme and layout ---------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        set_action_icons(self.actions_by_id, theme)
        for part in (
            self.run_settings,
            self.model_panel,
            self.data_panel,
            self.cell,
            self.gates,
            self.units,
            self.state_flow,
            self.boxes,
            self.compare,
            self.timeline,
            self.notice,
            self.errors,
            self.tour,
        ):
            part.set_theme(theme)

    def _restore(self) -> None:
        layout = self.settings.layout
        self._is_new = layout is None  # and has not been shown yet
        if layout is not None:
            self.restoreGeometry(layout[0])
            self.restoreState(layout[1], LAYOUT_VERSION)
        self.transport.set_speed(self.settings.speed)
        self.session.player.set_speed(self.transport.speed)
        self.set_following(self.settings.follow_cursor)
        self.actions_by_id["endings"].setChecked(self.settings.endings)
        self.presenter.set_endings_shown(self.settings.endings)

    def reset_layout(self) -> None:
        """Put every panel back to its first place."""
        self.restoreState(QByteArray(self._first_layout), LAYOUT_VERSION)
        self._share_room()

    def set_cell_large(self, large: bool) -> None:
        """Show the Cell panel in a large window of its own, or back in its place."""
        dock = self.docks["cell"]
        if large and not dock.isFloating():
            self._cell_place = dock.geometry(), self.size()
        dock.show()
        dock.setFloating(large)
        if not large and self._cell_place is not None:
            # Qt puts it back into its place only when the window changes its size.
            place, was = self._cell_place
            wider, higher = self.width() - was.width(), self.height() - was.height()
            at_right = self.dockWidgetArea(dock) == Qt.DockWidgetArea.RightDockWidgetArea
            dock.setGeometry(place.translated(wider if at_right else 0, 0).adjusted(0, 0, 0, higher))
        elif large:
            size = self.size() * _LARGE_CELL
            dock.resize(size)
            middle = self.geometry().center()
            dock.move(middle.x() - size.width() // 2, middle.y() - size.height() // 2)

    def show_view(self, view: QWidget) -> None:
        """Bring a view to the front."""
        self.views.setCurrentWidget(view)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.file_commands.open_paths(
            [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        )
        event.acceptProposedAction()

    # -- what the views and panels say --------------------------------------------------------------

    def wake(self) -> None:
        """Redraw: the cursor may have moved, or will."""
        self.clock.wake()
        self.display.show_play()

    def set_following(self, following: bool) -> None:
        """Let the plots scroll with the cursor, or leave them where they are."""
        self.actions_by_id["follow_cursor"].setChecked(following)
        for view in (self.gates, self.units, self.compare):
            view.set_following(following)
        self.clock.wake()

    def _on_view_seek_requested(self, place: int) -> None:
        self.session.seek(self.presenter.axis.to_run(place))
        self.display.show_play()

    def _on_view_menu_opened(self, menu: QMenu, place: int) -> None:
        self.reset_menu.fill(menu, self.presenter.axis.to_run(place))

    def _on_state_flow_seek_requested(self, step: int, row: int) -> None:
        self.session.set_row(row)
        self.session.seek(step)
        self.display.show_play()

    def _on_boxes_seek_requested(self, timestep: int) -> None:
        self.session.seek(self.boxes_presenter.step_of(timestep))
        self.display.show_play()

    def _on_view_following_stopped(self) -> None:
        self.set_following(False)

    def _on_cell_visibility_changed(self) -> None:
        if self.isVisible():
            self.presenter.refresh()  # nothing was asked for it while nobody saw it

    def _on_views_current_changed(self) -> None:
        focused = QApplication.focusWidget()
        if focused is not None and self.views.currentWidget().isAncestorOf(focused):
            # Qt gives it to the first control of the view, which would take the keys that step and play.
            self.centralWidget().setFocus()
        self.presenter.refresh()
        self.boxes_presenter.refresh()
        self.clock.postpone()

    # -- coming and going ---------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_new and not event.spontaneous():
            self._is_new = False
            self._share_room()  # of the size that it was given meanwhile
        self.clock.start()
        self.gates.setFocus()  # so that the arrow keys step, and do not move a slider

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self.painted.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.clock.stop()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.clock.stop()
        self.settings.layout = self.saveGeometry(), self.saveState(LAYOUT_VERSION)
        self.settings.speed = self.transport.speed
        self.settings.sync()
        self.keeper.stop()
        self.presenter.stop()
        self.errors.close_all()
        self.animating.stop()
        self.generate.close()
        self.closed.emit()
        event.accept()
