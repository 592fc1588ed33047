"""A view laid out as on a screen and never shown on one; and what can be wrong with what it is to show."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QToolButton, QWidget

from app.plots.export import picture_of
from app.theme import DARK, LIGHT, PRINT, Theme, palette
from lstm_viz.dataset import Dataset
from lstm_viz.errors import PlanError, TraceError
from lstm_viz.layer_trace import LayerTrace
from lstm_viz.trace import Trace

THEMES: dict[str, Theme] = {"print": PRINT, "light": LIGHT, "dark": DARK}
SIZE = (960, 720)


class Picture(ABC):
    """A view of one row of a recording, laid out as on a screen and never shown on one.

    Parameters
    ----------
    view : QWidget
        That has been told what it shows.
    theme : Theme
    size : (int, int)
        In pixels of a screen; a PNG may have more.
    """

    def __init__(self, view: QWidget, theme: Theme, size: tuple[int, int]) -> None:
        self.view = view
        view.resize(*size)
        view.setPalette(palette(theme))
        for button in view.findChildren(QToolButton):  # a picture cannot be clicked
            button.hide()
        for area in view.findChildren(QAbstractScrollArea):  # nor scrolled
            area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        view.show()
        QApplication.processEvents()

    @abstractmethod
    def show(self, start: int, stop: int, cursor: int | None = None) -> None:
        """Draw these steps of the run; with a cursor on one of them, nothing is drawn after that one."""

    def close(self) -> None:
        """Take the view away."""
        self.view.close()
        self.view.deleteLater()

    def frames(self, start: int, stop: int, every: int, scale: float) -> Iterator[QImage]:
        """Yield a picture for every n-th step, with the cursor on it and nothing drawn after it."""
        self.show(start, stop)  # once, so that colours and axes span all that will be drawn
        for cursor in range(start, stop, every):
            self.show(start, stop, cursor)
            yield picture_of(self.view, scale)

    def picture(self, scale: float) -> QImage:
        """Return a picture of what is shown."""
        return picture_of(self.view, scale)


def layer_of(trace: Trace, layer: str, row: int) -> LayerTrace:
    """Return a layer of a recording.

    Raises
    ------
    TraceError
        There is no such layer or row.
    """
    if layer not in trace.layers:
        raise TraceError(f"There is no layer {layer!r}.", f"There is: {', '.join(trace.layers)}.")
    check_row(trace, row)
    return trace.layers[layer]


def check_row(trace: Trace, row: int) -> None:
    """Raise an error where a batch has no such row."""
    rows = trace.plan.batch_size
    if not 0 <= row < rows:
        raise TraceError(f"There is no row {row}.", f"Rows are counted from 0 to {rows - 1}.")


def check_data(trace: Trace, data: Dataset | None) -> None:
    """Raise an error where data cannot be those that were recorded."""
    if data is not None and data.samples < trace.plan.samples:
        raise PlanError(
            f"The data have {data.samples} samples, and the recording is of {trace.plan.samples}.",
            "Give the data that were recorded, cut the same way.",
        )
