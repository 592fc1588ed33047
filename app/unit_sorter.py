"""Puts units in order on a thread of its own: thousands of units take longer than a frame may."""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from lstm_viz.ordering import UnitOrder, unit_order


class UnitSorter(QObject):
    """Finds orders of units, one after another; of those that wait only the newest counts.

    Attributes
    ----------
    ordered : Signal(object, object)
        What was given as ``asked``, and the units from the top down as an array. On the window's thread.
    """

    ordered = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._changing = threading.Lock()
        self._wanted: tuple[NDArray[np.floating], UnitOrder, object] | None = None
        self._thread: threading.Thread | None = None  # as long as there is something to sort

    def sort(self, values: NDArray[np.floating], by: UnitOrder, asked: object) -> None:
        """Find the order of units soon.

        Parameters
        ----------
        values : ndarray, shape (units, timesteps)
            One signal; not to be changed any more.
        by : {"number", "activity", "similarity"}
        asked : object
            Comes back with the order.
        """
        with self._changing:
            self._wanted = values, by, asked
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="unit sorter", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Forget what waits, and wait for what is being sorted."""
        with self._changing:
            self._wanted, thread = None, self._thread
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        while (wanted := self._next()) is not None:
            values, by, asked = wanted
            self.ordered.emit(asked, unit_order(values, by))

    def _next(self) -> tuple[NDArray[np.floating], UnitOrder, object] | None:
        with self._changing:
            wanted, self._wanted = self._wanted, None
            if wanted is None:
                self._thread = None
            return wanted
