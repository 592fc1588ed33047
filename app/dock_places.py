"""Panels that were windows of their own go back to their place beside the plots."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QDockWidget, QMainWindow, QStyle

_SIDES = (Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea)


class DockPlaces(QObject):
    """Watches the panels of a window.

    Qt keeps the place of a panel that comes back, but leaves the panel where it lay as a window, over the
    plots, until something changes the size of a panel or of the window. So its size is changed, and back.

    Parameters
    ----------
    window : QMainWindow
    """

    _landed = Signal(object)
    _moved = Signal(object, int)

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._moving: set[QDockWidget] = set()
        self._landed.connect(self._on_landed, Qt.ConnectionType.QueuedConnection)
        self._moved.connect(self._on_moved, Qt.ConnectionType.QueuedConnection)

    def watch(self, dock: QDockWidget) -> None:
        """Put this panel back into its place whenever it comes back."""
        dock.topLevelChanged.connect(self._on_dock_top_level_changed)

    def _on_dock_top_level_changed(self, floating: bool) -> None:
        if not floating:
            self._landed.emit(self.sender())

    def _on_landed(self, dock: QDockWidget) -> None:
        if dock.isFloating() or dock.isHidden() or dock in self._moving:
            return
        self._window.layout().activate()  # else the plots may still have the room of the panel
        length = self._room_beside_plots(dock)
        self._resize(dock, length + 1)
        self._moving.add(dock)
        self._moved.emit(dock, length)  # not at once: both together would change nothing

    def _on_moved(self, dock: QDockWidget, length: int) -> None:
        self._moving.discard(dock)
        self._resize(dock, length)

    def _room_beside_plots(self, dock: QDockWidget) -> int:
        """Width or height of the place that is kept for a panel, in pixels."""
        window, plots = self._window, self._window.centralWidget().geometry()
        line = window.style().pixelMetric(QStyle.PixelMetric.PM_DockWidgetSeparatorExtent, None, window)
        area = window.dockWidgetArea(dock)
        if area == Qt.DockWidgetArea.LeftDockWidgetArea:
            return plots.left() - line
        if area == Qt.DockWidgetArea.RightDockWidgetArea:
            return window.width() - plots.right() - 1 - line
        if area == Qt.DockWidgetArea.BottomDockWidgetArea:
            return window.statusBar().y() - plots.bottom() - 1 - line
        return dock.height()

    def _resize(self, dock: QDockWidget, length: int) -> None:
        sideways = self._window.dockWidgetArea(dock) in _SIDES
        along = Qt.Orientation.Horizontal if sideways else Qt.Orientation.Vertical
        if not dock.isFloating():
            self._window.resizeDocks([dock], [length], along)
