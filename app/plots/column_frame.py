"""What stands around and over the plots of a column: the axis, resets, borders, shades and the cursor."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QGraphicsScene

from app.plots.axes import CaptionAxis, StepAxis
from app.plots.column_layout import Places, Row
from app.plots.look import Look
from app.plots.marks import CursorItem, MarkBar, MarksItem, Resets
from app.plots.shades import Shades, ShadesItem
from app.plots.steps import RunShape, StepScale


class ColumnFrame:
    """One cursor, one axis and one set of marks for all plots of a column.

    Attributes
    ----------
    step_axis : StepAxis
    mark_bar : MarkBar
    marks : MarksItem
    """

    def __init__(self, scene: QGraphicsScene) -> None:
        self.step_axis = StepAxis()
        self.mark_bar = MarkBar()
        self.marks = MarksItem()
        self._axis_captions, self._mark_caption = CaptionAxis(), CaptionAxis()
        self._mark_caption.set_captions(("reset",))
        self._cursor, self._shades = CursorItem(), ShadesItem()
        for item in (
            self._shades,
            self.step_axis,
            self._axis_captions,
            self.mark_bar,
            self._mark_caption,
            self.marks,
            self._cursor,
        ):
            scene.addItem(item)

    def set_run(self, run: RunShape) -> None:
        """Take how long the run is."""
        self.step_axis.set_run(run)
        self._axis_captions.set_captions(self.step_axis.captions)

    def set_look(self, look: Look) -> None:
        """Take colours and fonts."""
        for item in (self.step_axis, self._axis_captions, self._mark_caption):
            item.set_look(look)

    def captions_width(self, look: Look) -> float:
        """Return the width that the captions of its lines need."""
        return max(self._axis_captions.width_needed(look), self._mark_caption.width_needed(look))

    def place(self, places: Places, rows: Sequence[Row]) -> None:
        """Stand around these rows, each of which has its place."""
        self._mark_caption.setGeometry(places.left_of(places.bar))
        self.mark_bar.setGeometry(places.bar)
        self._axis_captions.setGeometry(places.left_of(places.axis))
        self.step_axis.setGeometry(places.axis)
        self.marks.place(list(places.plots))
        lines = [rect for row, rect in zip(rows, places.plots, strict=True) if not row.is_heatmap]
        self._shades.place(places.bar, places.plots, lines)
        self._cursor.place(places.all_plots, places.axis)

    def show_marks(self, look: Look, run: RunShape, scale: StepScale, resets: Resets, shades: Shades) -> None:
        """Mark resets, borders, and what is set apart."""
        self._shades.show_shades(look, scale, shades)
        self.marks.show_marks(look, run, scale, resets)
        self.mark_bar.show_marks(look, scale, resets)

    def show_cursor(self, look: Look, scale: StepScale, step: int | None) -> None:
        """Move the cursor."""
        self.step_axis.set_cursor(step)
        self._cursor.show_step(look, scale, step)

    def step_at(self, position: QPointF, scale: StepScale, run: RunShape) -> int | None:
        """Return the step at a place of the canvas; None beside the plots and beyond the run."""
        area = self.step_axis.geometry()
        if not area.left() <= position.x() <= area.right():
            return None
        step = scale.step_at(position.x() - area.left())
        return step if 0 <= step < run.total_steps else None
