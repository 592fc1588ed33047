"""Pictures of any plot: PNG at any size, SVG as shapes and text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pyqtgraph as pg
from PySide6.QtCore import QObject, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QAction, QImage, QPainter, QPalette, QPen
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import (
    QAbstractGraphicsShapeItem,
    QFileDialog,
    QGraphicsItem,
    QGraphicsView,
    QMenu,
    QMessageBox,
    QWidget,
)

from app.plots.look import lines_of
from app.theme import PRINT, palette
from lstm_viz.errors import TraceError
from lstm_viz.replacing import replacing

PRINT_SCALE = 4.0  # of a page: about 300 pixels an inch
_INCH = 0.0254  # metres
PICTURE_SUFFIXES = (".png", ".svg")
PNG_SCALE = 2.0  # a picture for a paper or a slide, not for the screen it was taken from


def save_picture(
    widget: QWidget, path: str | Path, scale: float = PNG_SCALE, for_print: bool = False
) -> None:
    """Save a picture of a widget: as a PNG or an SVG, as the ending of the path says; whole, or not at all.

    Parameters
    ----------
    widget : QWidget
    path : str or Path
    scale : float
        Pixels of a PNG for each of the widget's.
    for_print : bool
        Light on white; needs a ``theme`` and a ``set_theme``.

    Raises
    ------
    TraceError
        The path ends otherwise, or the file cannot be written.
    """
    target = Path(path)
    if target.suffix.lower() not in PICTURE_SUFFIXES:
        raise TraceError(
            f"{target.name} does not say what kind of picture it is.", "End its name with .png or .svg."
        )
    with (
        printed(widget) if for_print else nullcontext(),
        replacing(target, what="the picture") as temporary,
    ):
        if target.suffix.lower() == ".svg":
            save_svg(widget, temporary)
        else:
            save_png(widget, temporary, scale)


def save_png(widget: QWidget, path: str | Path, scale: float = PNG_SCALE) -> None:
    """Save a picture of a widget.

    Parameters
    ----------
    widget : QWidget
    path : str or Path
    scale : float
        Pixels of the picture for each of the widget's.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    picture = picture_of(widget, scale)
    per_metre = round(scale * widget.logicalDpiX() / _INCH)
    picture.setDotsPerMeterX(per_metre)  # so that it is as large on a page, whatever its scale
    picture.setDotsPerMeterY(per_metre)
    if not picture.save(str(path), "PNG"):
        raise OSError(f"{path} cannot be written.")


def picture_of(widget: QWidget, scale: float = PNG_SCALE) -> QImage:
    """Return a picture of a widget, of so many pixels for each of its own."""
    image = QImage(widget.size() * scale, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    image.fill(widget.palette().window().color())
    with QPainter(image) as painter, _drawn_afresh(widget, scale):
        widget.render(painter, QPoint())
    return image


def save_svg(widget: QWidget, path: str | Path) -> None:
    """Save a picture of a widget as shapes and text; heatmaps stay images of their own pixels.

    Parameters
    ----------
    widget : QWidget
    path : str or Path

    Raises
    ------
    OSError
        The file cannot be written.
    """
    with open(path, "wb"):  # the generator itself says nothing when it cannot write
        pass
    size: QSize = widget.size()
    generator = QSvgGenerator()
    generator.setFileName(str(path))
    generator.setSize(size)
    generator.setViewBox(QRect(QPoint(), size))
    generator.setResolution(widget.logicalDpiX())
    generator.setTitle(widget.accessibleName() or widget.windowTitle())
    painter = QPainter()
    if not painter.begin(generator):
        raise OSError(f"{path} cannot be written.")
    try:
        with _drawn_afresh(widget):
            widget.render(painter, QPoint())
    finally:
        painter.end()


@contextmanager
def _drawn_afresh(widget: QWidget, scale: float = 1.0) -> Iterator[None]:
    """Let no item of a scene answer with the pixels that it keeps for the screen; curves are smooth.

    Lines and points are as wide as on the screen, though a cosmetic pen is a pixel wide at any scale.
    """
    scenes = [view.scene() for view in widget.findChildren(QGraphicsView)]
    items = [item for scene in scenes for item in scene.items()]
    kept = [(item, item.cacheMode()) for item in items]
    pens = [(item, line) for item in items if (line := _pen_of(item)) is not None and line.isCosmetic()]
    curves = [item for item in items if isinstance(item, (pg.PlotCurveItem, pg.ScatterPlotItem))]
    for item, _ in kept:
        item.setCacheMode(QGraphicsItem.CacheMode.NoCache)
    for item, line in pens:
        wider = QPen(line)
        wider.setWidthF(line.widthF() * scale)
        item.setPen(wider)
    for item in curves:
        item.setExportMode(True, {"antialias": True})  # points as shapes: an SVG knows no parts of images
        if isinstance(item, pg.PlotCurveItem):
            item.setSegmentedLineMode("off")  # which is quicker, and shows where wide lines join
    try:
        with lines_of(scale):
            yield
    finally:
        for item in curves:
            item.setExportMode(False)
            if isinstance(item, pg.PlotCurveItem):
                item.setSegmentedLineMode("auto")
        for item, line in pens:
            item.setPen(line)
        for item, mode in kept:
            item.setCacheMode(mode)


def _pen_of(item: QGraphicsItem) -> QPen | None:
    """Return the pen that an item keeps; None of one that makes it as it paints."""
    if isinstance(item, (pg.PlotCurveItem, pg.ScatterPlotItem)):
        return None if item.opts["pen"] is None else pg.mkPen(item.opts["pen"])
    if isinstance(item, pg.InfiniteLine):
        return item.pen
    return item.pen() if isinstance(item, QAbstractGraphicsShapeItem) else None


def add_actions(menu: QMenu, widget: QWidget, name: str) -> None:
    """Add what saves a picture of a widget to a menu: as it is, and light on white for a page."""
    saver = _Saver(menu, widget, name)
    for text, slot in (
        ("Save as PNG…", saver.save_png),
        ("Save as SVG…", saver.save_svg),
        ("Save as PNG for print…", saver.save_print_png),
        ("Save as SVG for print…", saver.save_print_svg),
    ):
        action = QAction(text, menu)
        action.triggered.connect(slot)
        menu.addAction(action)


@contextmanager
def printed(view: QWidget) -> Iterator[None]:
    """Let a view be light on white for a while: a widget with a ``theme`` and a ``set_theme``."""
    before, colours = view.theme, view.palette()
    own = view.testAttribute(Qt.WidgetAttribute.WA_SetPalette)
    view.setPalette(palette(PRINT))
    view.set_theme(PRINT)
    try:
        yield
    finally:
        # One that had none of its own goes on with that of the program, also when that changes.
        view.setPalette(colours if own else QPalette())
        if before is not None:
            view.set_theme(before)


class _Saver(QObject):
    """Asks for a file and saves; lives as long as its menu."""

    def __init__(self, menu: QMenu, widget: QWidget, name: str) -> None:
        super().__init__(menu)
        self._widget, self._name = widget, name

    def save_png(self) -> None:
        self._save("PNG", False)

    def save_svg(self) -> None:
        self._save("SVG", False)

    def save_print_png(self) -> None:
        self._save("PNG", True)

    def save_print_svg(self) -> None:
        self._save("SVG", True)

    def _save(self, kind: str, for_print: bool) -> None:
        # The menu may be gone before the file is chosen; the widget is not.
        widget, name, ending = self._widget, self._name, f".{kind.lower()}"
        path, _ = QFileDialog.getSaveFileName(
            widget, f"Save as {kind}", name + ending, f"{kind} picture (*{ending})"
        )
        if not path:
            return
        target = path if Path(path).suffix.lower() == ending else path + ending
        try:
            save_picture(widget, target, PRINT_SCALE if for_print else PNG_SCALE, for_print)
        except TraceError as error:
            box = QMessageBox(QMessageBox.Icon.Warning, "Picture not saved", error.message, parent=widget)
            box.setInformativeText(error.hint)
            box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            box.open()
