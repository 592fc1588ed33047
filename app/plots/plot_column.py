"""A column of plots over one axis of steps, with one cursor and one set of marks through all of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from app.plots import export, steps
from app.plots.canvas import Canvas
from app.plots.column_frame import ColumnFrame
from app.plots.column_header import ColumnHeader
from app.plots.column_layout import COMPACT_BELOW, Row, arrange
from app.plots.look import Look
from app.plots.marks import Resets
from app.plots.point_marks import PointMark
from app.plots.readout import reset_text
from app.plots.shades import Shades
from app.plots.sight import out_of_sight
from app.plots.steps import RunShape, StepScale

if TYPE_CHECKING:
    from app.theme import Theme
    from lstm_viz.timetable import Timetable


class PlotColumn(QWidget):
    """Base of the views over time. Setters in, signals out.

    Signals
    -------
    seek_requested(int)
        A step was clicked.
    following_stopped()
        The user moved the view by hand.
    view_changed()
        The visible steps or the size changed: read `visible_steps` and `columns` and set the signals anew.
    menu_opened(QMenu, int)
        A context menu is about to be shown at a step: others may add to it.
    """

    seek_requested = Signal(int)
    following_stopped = Signal()
    view_changed = Signal()
    menu_opened = Signal(QMenu, int)
    resting_text = ""  # what the line at the top says while nothing is pointed at

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run = RunShape(1, 1, 1)
        self._range = steps.whole(1)
        self._resets = Resets()
        self._cursor: int | None = None
        self._following = True
        self._look: Look | None = None
        self._rows: list[Row] = []
        self._pointed: QPointF | None = None
        self._placed = self._spread = True  # whether what is drawn has place and range; at the back it waits

        self._canvas = Canvas(self)
        self._canvas.setAccessibleName("Plots over time")
        self._canvas.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._frame = ColumnFrame(self._canvas.scene())
        self._shades = Shades()
        self._header = ColumnHeader(self.resting_text)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._header)
        layout.addWidget(self._canvas, 1)
        self.setFocusProxy(self._canvas)

        self._canvas.clicked.connect(self._on_clicked)
        self._canvas.double_clicked.connect(self._on_double_clicked)
        self._canvas.dragged.connect(self._on_dragged)
        self._canvas.zoomed.connect(self._on_zoomed)
        self._canvas.hovered.connect(self._on_hovered)
        self._canvas.left.connect(self._on_left)
        self._canvas.resized.connect(self._on_resized)
        self._canvas.key_pressed.connect(self._on_key)
        self._canvas.customContextMenuRequested.connect(self._show_menu)

    # -- setters ------------------------------------------------------------------------------------

    def set_run_shape(
        self, total_steps: int, timesteps: int | Timetable, batches: int, own_time: str = ""
    ) -> None:
        """Take how long the run is; the view starts at its beginning unless the length stays the same.

        ``own_time`` says that the steps are those of a layer with a time axis of its own, and which.
        """
        self._header.set_own_time(own_time)
        run = RunShape(total_steps, timesteps, batches, bool(own_time))
        if run == self._run:
            return
        same_length = run.total_steps == self._run.total_steps
        self._run = run
        self._frame.set_run(run)
        self._range = (
            steps.limited(*self._range, run.total_steps) if same_length else steps.first_range(total_steps)
        )
        self._place()

    def set_resting_text(self, text: str) -> None:
        """Say this at the top while nothing is pointed at."""
        self.resting_text = text
        if self._pointed is None:
            self._header.set_text(text)

    def set_cursor(self, step: int | None) -> None:
        """Move the cursor; while following, the view comes with it."""
        if step == self._cursor:
            return
        self._cursor = step
        if self._following and step is not None:
            self._go_to(steps.followed(*self._range, step, self._run.total_steps))
        self._show_cursor()

    def set_following(self, following: bool) -> None:
        """Let the view follow the cursor, or stay."""
        self._following = following
        if following and self._cursor is not None:
            self._go_to(steps.followed(*self._range, self._cursor, self._run.total_steps))

    def set_marks(self, resets: Iterable[tuple[int, str]], points: Iterable[PointMark] = ()) -> None:
        """Take the resets of the row that is shown, as (step, cause), and all points put by hand."""
        self._resets = Resets.of(resets, points)
        self._show_marks()

    def set_highlight(self, signal: str, unit: int) -> None:
        """Mark the plot of a signal, and the unit in it where it can be told; empty for none."""
        for row in self._rows:
            row.left.set_marked(row.key == signal)
            self._mark_row(row, unit if row.key == signal else None)

    def _mark_row(self, row: Row, unit: int | None) -> None:
        """Mark a unit in a row's plot; None for no mark."""

    def set_shades(self, spans: Iterable[tuple[int, int]], label: str = "") -> None:
        """Set stretches of steps apart, given as first and one past the last, under a name."""
        self._shades = Shades(tuple(spans), label)
        self._show_marks()

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self._look = Look(theme, self.font())
        self._canvas.setBackground(theme.window)
        self._header.set_theme(theme)
        self._frame.set_look(self._look)
        for row in self._rows:
            row.left.set_look(self._look)
            row.right.set_look(self._look)
            self._theme_row(row, self._look)
        self._place()

    @property
    def theme(self) -> Theme | None:
        """The colours that it is drawn in; None before the first."""
        return None if self._look is None else self._look.theme

    # -- what others read ---------------------------------------------------------------------------

    @property
    def following(self) -> bool:
        """Whether the view comes with the cursor."""
        return self._following

    @property
    def resets(self) -> Resets:
        """The resets that are marked."""
        return self._resets

    @property
    def shades(self) -> Shades:
        """The stretches that are set apart."""
        return self._shades

    @property
    def cursor_step(self) -> int | None:
        """Where the cursor stands."""
        return self._cursor

    @property
    def readout(self) -> str:
        """The line at the top."""
        return self._header.text

    @property
    def badge(self) -> str:
        """What the badge about merged timesteps says; empty while every timestep is drawn."""
        return self._header.badge

    @property
    def own_time(self) -> str:
        """What is said of a layer's own time axis; empty where it has that of the run."""
        return self._header.own_time

    def visible_steps(self) -> tuple[int, int]:
        """Return the steps in view: the first and one past the last."""
        return steps.visible(*self._range, self._run.total_steps)

    def columns(self) -> int:
        """Return how many columns of pixels the plots have on the screen."""
        return max(1, int(self._scale().width * self.devicePixelRatioF()))

    # -- moving the view ----------------------------------------------------------------------------

    def show_steps(self, start: int, stop: int) -> None:
        """Show these steps."""
        self._go_to(steps.limited(start - 0.5, stop - 0.5, self._run.total_steps))

    def show_all(self) -> None:
        """Show the whole run."""
        self._move_by_hand(steps.whole(self._run.total_steps))

    def zoom(self, factor: float) -> None:
        """Make the visible range so many times longer, around the cursor or the middle."""
        start, stop = self._range
        around = float(self._cursor) if self._cursor is not None else (start + stop) / 2
        if not start <= around <= stop:
            around = (start + stop) / 2
        self._move_by_hand(
            steps.zoomed(start, stop, factor, around, self._run.total_steps), stop_following=False
        )

    def _go_to(self, wanted: tuple[float, float]) -> bool:
        if wanted == self._range:
            return False
        self._range = wanted
        self._spread_scale()
        self.view_changed.emit()
        return True

    def _move_by_hand(self, wanted: tuple[float, float], stop_following: bool = True) -> None:
        moved = self._go_to(wanted)
        if moved and stop_following and self._following:
            self._following = False
            self.following_stopped.emit()

    # -- for the views built on this ----------------------------------------------------------------

    def _add_row(self, row: Row) -> None:
        self._rows.append(row)
        for item in (row.left, row.middle, row.right):
            self._canvas.scene().addItem(item)

    def _theme_row(self, row: Row, look: Look) -> None:
        """Give a row's plot its colours."""
        raise NotImplementedError("what a row draws is the view's own")

    def _scale_row(self, row: Row, scale: StepScale) -> None:
        """Give a row's plot the visible range."""
        raise NotImplementedError("what a row draws is the view's own")

    def _describe(self, row: Row, position: QPointF) -> str:
        """Say what is under the mouse in a row's plot."""
        raise NotImplementedError("what a row shows is the view's own")

    def _describe_side(self, row: Row, position: QPointF) -> str:
        """Say what a click left of a row's plot does; empty when nothing."""
        return ""

    def _side_clicked(self, row: Row, position: QPointF) -> None:
        """React on a click left of a row's plot."""

    def _plot_double_clicked(self, row: Row, position: QPointF) -> None:
        """React on a double click in a row's plot."""

    def _set_factor(self, factor: int) -> None:
        """Say how many timesteps a column stands for."""
        self._header.set_factor(factor)

    def _scale(self) -> StepScale:
        return StepScale(*self._range, max(self._frame.step_axis.size().width(), 1.0))

    def _row_at(self, position: QPointF) -> Row | None:
        for row in self._rows:
            if row.shown and row.rect.top() - 1 <= position.y() <= row.rect.bottom() + 1:
                return row
        return None

    # -- geometry -----------------------------------------------------------------------------------

    def _place(self) -> None:
        """Give every item its place: whole pixels, all plots equally wide."""
        look = self._look
        self._placed = not out_of_sight(self)
        if look is None or self._canvas.width() < 20 or not self._placed:
            return
        compact = self._canvas.width() < COMPACT_BELOW
        for row in self._rows:
            row.left.set_with_words(not compact)
            for item in (row.left, row.middle, row.right):
                item.setVisible(row.shown)
        rows = [row for row in self._rows if row.shown]
        captions, axis = self._frame.captions_width(look), self._frame.step_axis.height_needed(look)
        places = arrange(self._canvas.size(), look, rows, captions, axis, compact)
        for row, rect in zip(rows, places.plots, strict=True):
            row.left.setGeometry(places.left_of(rect))
            row.middle.setGeometry(rect)
            row.right.setGeometry(places.right_of(rect))
        self._frame.place(places, rows)
        self._spread_scale()
        self.view_changed.emit()

    def _spread_scale(self) -> None:
        self._spread = not out_of_sight(self)
        if not self._spread:
            return
        scale = self._scale()
        self._frame.step_axis.set_scale(scale)
        for row in self._rows:
            if row.shown:
                self._scale_row(row, scale)
        self._show_marks()
        self._show_cursor()
        if self._pointed is not None:
            self._on_hovered(self._pointed)

    def _show_marks(self) -> None:
        if self._look is not None:
            self._frame.show_marks(self._look, self._run, self._scale(), self._resets, self._shades)

    def _show_cursor(self) -> None:
        if self._look is not None:
            self._frame.show_cursor(self._look, self._scale(), self._cursor)

    # -- what the user does -------------------------------------------------------------------------

    def _step_at(self, position: QPointF) -> int | None:
        return self._frame.step_at(position, self._scale(), self._run)

    def _on_clicked(self, position: QPointF) -> None:
        row = self._row_at(position)
        if row is not None and position.x() < row.rect.left():
            self._side_clicked(row, position)
        elif (step := self._step_at(position)) is not None:
            self.seek_requested.emit(step)

    def _on_double_clicked(self, position: QPointF) -> None:
        row = self._row_at(position)
        if row is not None and row.rect.contains(position):
            self._plot_double_clicked(row, position)

    def _on_dragged(self, pixels: float) -> None:
        by = -pixels / self._scale().pixels_per_step
        self._move_by_hand(steps.panned(*self._range, by, self._run.total_steps))

    def _on_zoomed(self, factor: float, position: QPointF) -> None:
        around = self._scale().to_axis(position.x() - self._frame.step_axis.geometry().left())
        around = min(max(around, self._range[0]), self._range[1])
        self._move_by_hand(steps.zoomed(*self._range, factor, around, self._run.total_steps))

    def _on_key(self, key: int) -> None:
        if key == Qt.Key.Key_0:
            self.show_all()
        else:
            self.zoom(1.25 if key == Qt.Key.Key_Minus else 0.8)

    def _on_hovered(self, position: QPointF) -> None:
        self._pointed = position
        self._header.set_text(self._text_at(position) or self.resting_text)

    def _text_at(self, position: QPointF) -> str:
        bar = self._frame.mark_bar.geometry()
        if bar.contains(position):
            return reset_text(self._run, self._scale(), self._resets, position.x() - bar.left())
        row = self._row_at(position)
        if row is None:
            return ""
        if position.x() < row.rect.left():
            return self._describe_side(row, position)
        return self._describe(row, position) if row.rect.contains(position) else ""

    def _on_left(self) -> None:
        self._pointed = None
        self._header.set_text(self.resting_text)

    def _on_resized(self) -> None:
        self._place()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._placed:
            self._place()
        elif not self._spread:
            self._spread_scale()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self._look is not None:
            self.set_theme(self._look.theme)

    def _show_menu(self, position: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Show the whole run", self.show_all)
        menu.addSeparator()
        export.add_actions(menu, self, self.picture_name)
        step = self._step_at(QPointF(position))
        if step is not None:
            self.menu_opened.emit(menu, step)
        menu.popup(self._canvas.mapToGlobal(position))

    @property
    def picture_name(self) -> str:
        """Name that a saved picture is offered under, without its ending."""
        return "plot"
