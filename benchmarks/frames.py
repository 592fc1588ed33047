"""One frame of the Gates view against a bare pyqtgraph window of six images of the same size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import cycle

import numpy as np
from paired import Ratio, compare

TARGET = 1.5
PAIRS = 60
SIZES = ((4096, 1000), (512, 1000), (32, 300))  # units, columns
PIXELS = (1120, 780)  # of either window


def ratios() -> Iterator[Ratio]:
    """Yield the ratio for each size. Drawn without a screen, the same way for both."""
    import pyqtgraph as pg

    pg.mkQApp()
    for units, columns in SIZES:
        frames = [_signals(units, columns, seed) for seed in range(4)]
        ours, ours_widget = _gates_view(frames)
        bare, bare_widget = _bare_window(frames)
        yield compare(
            f"one frame, {units} units × {columns} columns",
            "six bare pyqtgraph images",
            ours,
            bare,
            target=TARGET,
            pairs=PAIRS,
            warm_up=10,
        )
        for widget in (ours_widget, bare_widget):
            widget.close()


def _signals(units: int, columns: int, seed: int) -> np.ndarray:
    """Return six signals as an LSTM has them: gates between 0 and 1, the others about zero."""
    values = np.random.default_rng(seed).uniform(0, 1, (6, units, columns)).astype("float32")
    values[[2, 4, 5]] = 2 * values[[2, 4, 5]] - 1
    return values


def _gates_view(frames: list[np.ndarray]) -> tuple[Callable[[], None], object]:
    from app.plots.gates_view import GatesView
    from app.theme import LIGHT
    from lstm_viz.layer_trace import Window

    _, units, columns = frames[0].shape
    view = GatesView()
    view.set_theme(LIGHT)
    view.resize(*PIXELS)
    view.set_run("lstm", units, columns, columns, 1)
    view.show()
    view.show_all()
    windows = cycle([Window(0, columns, 1, values) for values in frames])
    return painting(view, lambda: view.set_signals(next(windows))), view


def _bare_window(frames: list[np.ndarray]) -> tuple[Callable[[], None], object]:
    import pyqtgraph as pg

    widget = pg.GraphicsLayoutWidget(size=PIXELS)
    colours = pg.colormap.get("viridis")
    images = []
    for number in range(6):
        image = pg.ImageItem(axisOrder="row-major", colorMap=colours, levels=(-1, 1))
        plot = widget.addPlot(row=number, col=0)
        plot.addItem(image)
        plot.disableAutoRange()
        plot.setRange(xRange=(0, frames[0].shape[2]), yRange=(0, frames[0].shape[1]), padding=0)
        images.append(image)
    widget.show()
    source = cycle(frames)

    def show() -> None:
        for image, values in zip(images, next(source), strict=True):
            image.setImage(values, autoLevels=False)

    return painting(widget, show), widget


def painting(widget: object, show: Callable[[], None]) -> Callable[[], None]:
    """Return what sets new values and paints them, at once and whole, into the window's memory."""
    from PySide6.QtWidgets import QApplication, QGraphicsView

    QApplication.processEvents()
    graphics = widget if isinstance(widget, QGraphicsView) else widget.findChild(QGraphicsView)
    viewport = graphics.viewport()

    def frame() -> None:
        show()
        viewport.repaint()
        QApplication.processEvents()

    return frame
