"""The model unrolled over the timesteps of a batch."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from app.boxes_reader import BoxesReader
from app.engine.messages import ModelInfo
from app.pictures.picture import SIZE, Picture, layer_of
from app.plots.boxes_view import BoxesView
from app.run_text import place_words
from app.theme import PRINT, Theme
from lstm_viz.dataset import Dataset
from lstm_viz.trace import Trace


class BoxesPicture(Picture):
    """Boxes for a row of a batch, lit up to a step.

    Parameters
    ----------
    model : ModelInfo
    trace : Trace
    layer : str
        That is looked at.
    row : int
    data : Dataset
        What was run.
    theme : Theme
    size : (int, int)
        In pixels of a screen; a PNG may have more.
    fit : bool
        Be no higher than the diagram needs.

    Raises
    ------
    TraceError
        There is no such layer or row.
    """

    def __init__(
        self,
        model: ModelInfo,
        trace: Trace,
        layer: str,
        row: int,
        data: Dataset,
        theme: Theme = PRINT,
        size: tuple[int, int] = SIZE,
        fit: bool = False,
    ) -> None:
        layer_of(trace, layer, row)
        self._trace, self._row = trace, row
        self._boxes = BoxesView()
        self._boxes.set_theme(theme)
        self._reader = BoxesReader(model, trace, data, row, self._boxes)
        self._reader.unroll(None)
        self._boxes.set_layer(layer)
        super().__init__(self._boxes, theme, size)
        places = self._boxes.canvas.geometry_of_boxes
        if fit and places is not None and places.height > places.content_height:
            self._boxes.resize(size[0], round(size[1] - (places.height - places.content_height)))
            QApplication.processEvents()

    def show(self, start: int, stop: int, cursor: int | None = None) -> None:
        """Draw the batch of the last of these steps, or of the one with the cursor."""
        step = stop - 1 if cursor is None else cursor
        plan = self._trace.plan
        self._boxes.set_resting_text(place_words(plan, step, self._row))
        self._reader.show(step)
        QApplication.processEvents()  # the lines above and below find their places
        self._boxes.canvas.show_timestep(plan.position(step).timestep)
        self._reader.show(step)  # what came into sight
