"""Lines over the steps of a run: inputs, outputs, targets, units as curves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor

from app.plots.axes import VALUE_PAD
from app.plots.colours import round_limits
from app.plots.legends import LegendEntry
from app.plots.look import Look, curve_pen, number, pen
from app.plots.steps import RunShape, StepScale
from app.plots.token_labels import TokenLabels

MOST_LINES = 8  # of one kind; more could not be told apart, and each costs time in every frame
_MARKED_WIDTH = 3.0
DOTS_FROM = 10.0  # pixels per step from which on each value gets a dot of its own


@dataclass(frozen=True, eq=False)
class Lines:
    """Values of one or more named quantities at steps of the run.

    Parameters
    ----------
    names : tuple of str
    x : ndarray, shape (n,)
        Steps in ascending order.
    y : ndarray, shape (n, len(names))
        NaN leaves a gap.
    style : {"line", "points", "trail"}
        Points stand alone, such as the one output of a batch at its end; a trail is a line that never has a
        dot at each value.
    caption : str
        Said before the names where the values are read, when the names alone would not tell them.
    tokens : tuple of str
        Texts of whole numbers that are tokens: they are written where there is room, and read.
    merged : int
        Steps of a group, of which there are two points, at its first step and in its middle: the minima, and
        then the maxima. 1 where no steps are merged.
    """

    names: tuple[str, ...]
    x: NDArray[np.floating | np.integer]
    y: NDArray[np.floating]
    style: Literal["line", "points", "trail"] = "line"
    caption: str = ""
    tokens: tuple[str, ...] = ()
    merged: int = 1

    def at(self, step: int) -> tuple[range, NDArray[np.floating], NDArray[np.floating]] | None:
        """Return which steps are merged where one is, and their minima and maxima; None for no value.

        Parameters
        ----------
        step : int

        Returns
        -------
        steps : range
            The step alone, unless it is merged.
        low, high : ndarray, shape (len(names),)
            The same where the step is alone.
        """
        if self.merged == 1:
            k = int(np.searchsorted(self.x, step))
            found = k < len(self.x) and self.x[k] == step
            return (range(step, step + 1), self.y[k], self.y[k]) if found else None
        k = 2 * (int(np.searchsorted(self.x[::2], step, "right")) - 1)
        if k < 0:
            return None
        start, middle = self.x[k], self.x[k + 1]
        steps = range(math.ceil(start), math.ceil(2 * middle - start))
        return (steps, self.y[k], self.y[k + 1]) if step in steps else None


_NO_VALUES = 0.0, 1.0  # the range while there are none


def thinned(
    x: NDArray[np.float64], y: NDArray[np.float64], start: float, stop: float, most: int, together: int = 1
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cut a line to a range and keep at most about `most` points of it, the extremes among them.

    Parameters
    ----------
    x, y : ndarray of float64, shape (n,)
        `x` ascends.
    start, stop : float
        One more point beyond either end is kept, so that the line leaves the plot.
    most : int
    together : int
        Points that are not torn apart, such as 2 for the extremes of merged steps.

    Returns
    -------
    x, y : ndarray of float64
    """
    first = max(0, int(np.searchsorted(x, start)) - 1) // together * together
    last = -(-(int(np.searchsorted(x, stop, "right")) + 1) // together) * together
    x, y = x[first:last], y[first:last]
    size = -(-2 * len(x) // (max(most, 2) * together)) * together
    if size <= 2:
        return x, y
    full = len(x) // size * size
    blocks = y[:full].reshape(-1, size)
    pairs = np.empty((len(blocks), 2))
    np.fmin.reduce(blocks, axis=1, out=pairs[:, 0])
    np.fmax.reduce(blocks, axis=1, out=pairs[:, 1])
    middle = x[:full].reshape(-1, size)
    places = np.column_stack([middle[:, 0], middle[:, -1]])
    return np.append(places.ravel(), x[full:]), np.append(pairs.ravel(), y[full:])


def enveloped(
    x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a line up and down between extremes of merged steps, which are pairs: minima, then maxima.

    A line from each to the next would leave a notch between two groups.
    """
    first, middle, low, high = x[::2], x[1::2], y[::2], y[1::2]
    up_and_down = np.column_stack([low, high, high, low])
    return np.column_stack([first, first, middle, middle]).ravel(), up_and_down.ravel()


def faint(colour: QColor, alpha: float = 0.5) -> QColor:
    """Return a colour through which others are seen."""
    colour.setAlphaF(alpha)
    return colour


class Curve(pg.PlotCurveItem):
    """A curve in a view whose range is given: how far its values reach is not looked for at every frame."""

    _seen = QRectF()

    def set_seen(self, seen: QRectF) -> None:
        """Take what is visible; nothing is drawn outside."""
        if seen != self._seen:
            self.prepareGeometryChange()
            self._seen = seen

    def boundingRect(self) -> QRectF:
        return self._seen


class LinesPlot:
    """A plot of lines: a pyqtgraph view box and curves that are made once and kept.

    Parameters
    ----------
    first_colour : int
        Number of the first line's colour.
    fixed : bool
        The range of values is given by `set_limits` alone.
    """

    def __init__(self, first_colour: int = 0, fixed: bool = False) -> None:
        self.box = pg.ViewBox(enableMouse=False, enableMenu=False, defaultPadding=0)
        self._curves: list[Curve] = []
        self._dots: dict[int, pg.ScatterPlotItem] = {}  # of the lines that have ever had some
        self._labels = TokenLabels(self.box)
        self._labels.hide()
        self._zero = pg.InfiniteLine(0, angle=0, movable=False)
        self.box.addItem(self._zero, ignoreBounds=True)
        self._band = Curve()
        self._seen = QRectF()
        self.box.addItem(self._band, ignoreBounds=True)
        self._sets: tuple[Lines, ...] = ()
        self._first = first_colour
        self._fixed = fixed
        self._styles: tuple[tuple[int, int], ...] | None = None
        self._look: Look | None = None
        self._scale = StepScale(0, 1, 1)
        self._fresh = True
        self._marked: int | None = None
        self.low, self.high = _NO_VALUES

    @property
    def curves(self) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """What is drawn, as x and y, line by line."""
        pairs = [(curve, self._dots.get(index)) for index, curve in enumerate(self._curves)]
        drawn = [curve if curve.isVisible() else dots for curve, dots in pairs]
        return [item.getData() for item in drawn if item is not None and item.isVisible()]

    @property
    def dotted(self) -> list[int]:
        """Which lines have a dot at each of their points."""
        return sorted(index for index, dots in self._dots.items() if dots.isVisible())

    @property
    def token_texts(self) -> tuple[str, ...]:
        """The tokens that are written, from the left."""
        return self._labels.texts

    @property
    def entries(self) -> tuple[LegendEntry, ...]:
        """Names for the legend of the lines that are drawn."""
        drawn = [(name, lines) for lines in self._sets for name in lines.names[:MOST_LINES]]
        return tuple(
            LegendEntry(name, *self._style(k), lines.style == "points")
            for k, (name, lines) in enumerate(drawn)
        )

    def _style(self, index: int) -> tuple[int, int]:
        """Return the numbers of the index-th line's colour and dashes."""
        return self._styles[index] if self._styles is not None else (self._first + index, index)

    @property
    def left_out(self) -> int:
        """How many lines are not drawn by themselves; a band spans them all."""
        return sum(max(0, len(lines.names) - MOST_LINES) for lines in self._sets)

    def set_look(self, look: Look) -> None:
        """Take colours."""
        self._look = look
        self._zero.setPen(pen(look.theme.grid))
        self.box.setBackgroundColor(QColor(look.theme.plot_background))
        self.box.setBorder(pen(look.theme.border))
        self._draw()

    def set_scale(self, scale: StepScale) -> None:
        """Take the visible range."""
        self._scale = scale
        self._show_range()
        self._draw()

    def forget_range(self) -> None:
        """Let the next lines choose the range of values anew: they are other data."""
        self._fresh = True

    def forget_values(self) -> None:
        """Forget the range as well, which may be far from that of what comes."""
        self.forget_range()
        self.low, self.high = _NO_VALUES

    def set_lines(self, sets: tuple[Lines, ...], styles: tuple[tuple[int, int], ...] | None = None) -> None:
        """Draw these; the range of values only ever grows.

        `styles` are the numbers of each line's colour and dashes; without them they are counted up.
        """
        same = len(sets) == len(self._sets) and all(a is b for a, b in zip(sets, self._sets, strict=True))
        if same and styles == self._styles:
            return
        self._styles = styles
        if not self._fixed:
            self._grow(sets)
        self._sets = sets
        self._show_range()
        self._draw()

    def mark_line(self, index: int | None) -> None:
        """Draw one of the lines wider; None for none."""
        if index != self._marked:
            self._marked = index
            self._draw()

    def set_limits(self, low: float, high: float) -> None:
        """Take a range of values from outside."""
        self.low, self.high = low, high
        self._show_range()

    def text_at(self, step: int, run: RunShape) -> str:
        """Say when a step is and the value of each line: ``"t = 41 · visitors 0.31 · output 0.29"``.

        Where steps are merged, which ones they are, and both extremes.
        """
        steps, texts = range(step, step + 1), []
        for lines in self._sets:
            found = lines.at(step)
            if found is not None:
                steps, low, high = found
                texts += _texts(lines, low, high)
        shown = texts[:MOST_LINES] + ["…"] * (len(texts) > MOST_LINES)
        return " · ".join([run.describe_all(steps), *(shown or ["no value here"])])

    def _grow(self, sets: tuple[Lines, ...]) -> None:
        values = [lines.y for lines in sets if lines.y.size]
        lows = [float(low) for y in values if np.isfinite(low := np.fmin.reduce(y, axis=None))]
        highs = [float(high) for y in values if np.isfinite(high := np.fmax.reduce(y, axis=None))]
        if not lows or not highs:
            return
        low, high = min(lows), max(highs)
        if not self._fresh:
            if low >= self.low and high <= self.high:
                return
            low, high = min(low, self.low), max(high, self.high)
        self._fresh = False
        self.low, self.high = round_limits(low, high)

    def _show_range(self) -> None:
        pad = VALUE_PAD * (self.high - self.low)
        self._seen = QRectF(
            self._scale.start,
            self.low - pad,
            self._scale.stop - self._scale.start,
            self.high - self.low + 2 * pad,
        )
        self.box.setRange(self._seen, padding=0, disableAutoRange=True)
        self.box.prepareForPaint()  # else what it holds moves while it is painted, and is painted twice
        for curve in (*self._curves, self._band):
            curve.set_seen(self._seen)

    def _draw(self) -> None:
        if self._look is None:
            return
        index = 0
        self._labels.hide()
        for lines in self._sets:
            for column in range(min(len(lines.names), MOST_LINES)):
                self._draw_line(index, lines, column)
                index += 1
        for left_over in range(index, len(self._curves)):
            self._curves[left_over].hide()
            self._hide_dots(left_over)
        self._draw_band()

    def _draw_line(self, index: int, lines: Lines, column: int) -> None:
        assert self._look is not None
        while index >= len(self._curves):
            self._curves.append(Curve(connect="finite", skipFiniteCheck=False))
            self._curves[-1].set_seen(self._seen)
            self.box.addItem(self._curves[-1], ignoreBounds=True)
        curve, scale = self._curves[index], self._scale
        x, y = thinned(
            np.asarray(lines.x, np.float64),
            np.asarray(lines.y[:, column], np.float64),
            scale.start,
            scale.stop,
            int(2 * scale.width) + 2,
            together=2 if lines.merged > 1 else 1,
        )
        if lines.merged > 1 and lines.style != "points":
            x, y = enveloped(x, y)
        stroke = curve_pen(self._look.theme, *self._style(index))
        if lines.merged > 1 and stroke.style() != Qt.PenStyle.SolidLine:
            # An extreme must not fall into a gap between two dashes; what lies below is seen all the same.
            stroke.setStyle(Qt.PenStyle.SolidLine)
            stroke.setColor(faint(stroke.color()))
        if index == self._marked:
            stroke.setWidthF(_MARKED_WIDTH)  # one line alone: wide pens cost several times as much
        curve.setVisible(lines.style != "points")
        written = bool(lines.tokens) and TokenLabels.fit(self._look, scale, lines.tokens)
        if written:
            self._labels.show_tokens(self._look, scale, x, y, lines.tokens)
        if lines.style != "points":
            curve.setData(x, y, pen=None if written else stroke, connect="finite")
        with_dots = lines.style == "points" or (lines.style == "line" and scale.pixels_per_step >= DOTS_FROM)
        if not with_dots or written:
            self._hide_dots(index)
            return
        known = np.isfinite(y)
        alone = lines.style == "points"
        self._dots_of(index).setData(
            x[known],
            y[known],
            pen=pen(stroke.color().name()) if alone else None,
            brush=None if alone and self._style(index)[1] else stroke.color(),
            size=6 if alone else 4,
        )

    def _dots_of(self, index: int) -> pg.ScatterPlotItem:
        """Return the dots of a line, to be seen; they are made when a line has some: they take long."""
        if index not in self._dots:
            self._dots[index] = pg.ScatterPlotItem(size=5, pen=None, pxMode=True)
            self._dots[index].setZValue(1)  # above all curves, whichever was made first
            self.box.addItem(self._dots[index], ignoreBounds=True)
        self._dots[index].show()
        return self._dots[index]

    def _hide_dots(self, index: int) -> None:
        if index in self._dots:
            self._dots[index].hide()

    def _draw_band(self) -> None:
        assert self._look is not None
        many = [lines for lines in self._sets if len(lines.names) > MOST_LINES]
        self._band.setVisible(bool(many))
        if not many:
            return
        lines, scale = many[0], self._scale
        x, y = np.asarray(lines.x, np.float64), np.asarray(lines.y, np.float64)
        highest, lowest = np.fmax.reduce(y, axis=1), np.fmin.reduce(y, axis=1)
        if lines.merged > 1:  # minima and maxima take turns: both points of a group span all of it
            highest, lowest = np.repeat(highest[1::2], 2), np.repeat(lowest[::2], 2)
        most = int(2 * scale.width) + 2
        top, low = (thinned(x, ends, scale.start, scale.stop, most) for ends in (highest, lowest))
        colour = faint(QColor(self._look.theme.muted), 0.25)
        outline = np.append(top[0], low[0][::-1]), np.append(top[1], low[1][::-1])
        self._band.setData(*outline, pen=None, brush=colour, fillLevel="enclosed")


def _texts(lines: Lines, low: NDArray[np.floating], high: NDArray[np.floating]) -> list[str]:
    """Say each line's value, or its least and its greatest of merged steps."""
    texts = []
    for name, *extremes in zip(lines.names, low.tolist(), high.tolist(), strict=True):
        if math.isfinite(extremes[0]):
            values = [_value_text(lines, value) for value in extremes]
            same = values[0] == values[1]
            texts.append(f"{name} {values[0] if same else 'several' if lines.tokens else ' … '.join(values)}")
    if texts and lines.caption:
        texts[0] = f"{lines.caption}: {texts[0]}"
    return texts


def _value_text(lines: Lines, value: float) -> str:
    """Say a value, or the token that it is."""
    if lines.tokens and 0 <= value < len(lines.tokens):
        return f"“{lines.tokens[int(value)]}” ({int(value)})"
    return number(value)
