"""A run, its recording, and what is looked at in it: the layer, the row, the units, the step."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from app.player import Player
from app.run_plan import RunSettings
from app.session_file import Look
from lstm_viz.dataset import Dataset
from lstm_viz.layer_trace import LayerTrace
from lstm_viz.plan import Plan
from lstm_viz.trace import Trace

MOST_PINNED = 8


class ViewedRun(QObject):
    """What is looked at, with a signal for each part that may change.

    Parameters
    ----------
    advance, pause : callable
        For the player: called with a number of steps that should be recorded, and when no more is wanted.

    Attributes
    ----------
    dataset : Dataset or None
    settings : RunSettings
    plan : Plan or None
    trace : Trace or None
    path : str or None
        The LSTM layer that is looked at.
    row : int
        The row of the batch that is looked at.
    pinned : tuple of int
        Units, in the order in which they were pinned.
    unit : int
        The unit whose numbers are shown.
    player : Player
    """

    run_changed = Signal()  # settings, plan or recording
    layer_changed = Signal()
    row_changed = Signal()
    pinned_changed = Signal()
    woken = Signal()  # something may change from now on

    def __init__(
        self, advance: Callable[[int], None], pause: Callable[[], None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.dataset: Dataset | None = None
        self.settings = RunSettings()
        self.plan: Plan | None = None
        self.trace: Trace | None = None
        self.path: str | None = None
        self.row = 0
        self.pinned: tuple[int, ...] = ()
        self.unit = 0
        self.player = Player(advance, pause)

    @property
    def layer(self) -> LayerTrace | None:
        """The recording of the layer that is looked at."""
        return None if self.trace is None or self.path is None else self.trace.layers.get(self.path)

    @property
    def sample(self) -> int | None:
        """The sample at the cursor, or the first one of the row."""
        if self.plan is None:
            return None
        batch = 0 if self.player.cursor is None else self.plan.position(self.player.cursor).batch
        return self.plan.sample(batch, min(self.row, self.plan.rows(batch) - 1))

    def set_layer(self, path: str) -> None:
        """Look at another LSTM layer."""
        if self.trace is not None and path in self.trace.layers and path != self.path:
            self.path = path
            units = self.trace.layers[path].layer.units
            self.pinned = tuple(unit for unit in self.pinned if unit < units) or (0,)
            self.unit = min(self.unit, units - 1)
            self.layer_changed.emit()
            self.woken.emit()

    def set_row(self, row: int) -> None:
        """Look at another row of the batch."""
        if self.plan is not None and 0 <= row < self.plan.batch_size and row != self.row:
            self.row = row
            self.row_changed.emit()
            self.woken.emit()

    def set_sample(self, sample: int) -> None:
        """Look at a sample: its row, with the cursor on its first timestep."""
        if self.plan is None or not 0 <= sample < self.plan.samples:
            return
        batch, row = self.plan.place(sample)
        self.set_row(row)
        epoch = 0 if self.player.cursor is None else self.plan.position(self.player.cursor).epoch
        self.seek(self.plan.first_step(epoch, batch))

    def seek(self, step: int) -> None:
        """Put the cursor on a step of the run."""
        self.player.seek(step)
        self.woken.emit()

    def pin(self, unit: int) -> None:
        """Pin a unit, or let it go if it was pinned; the ninth pushes the first one out."""
        if unit in self.pinned:
            self.unpin(unit)
        else:
            self.pinned = (*self.pinned, unit)[-MOST_PINNED:]
            self.unit = unit
            self.pinned_changed.emit()

    def set_unit(self, unit: int) -> None:
        """Show the numbers of a unit."""
        self.unit = unit
        self.pinned_changed.emit()

    def unpin(self, unit: int) -> None:
        """Let a pinned unit go."""
        if unit in self.pinned:
            self.pinned = tuple(u for u in self.pinned if u != unit)
            self.pinned_changed.emit()

    # -- another run --------------------------------------------------------------------------------

    def take_look(self, look: Look) -> None:
        """Look at what another run has of this."""
        layers = {} if self.trace is None else self.trace.layers
        self.path = look.layer if look.layer in layers else next(iter(layers), None)
        units = layers[self.path].layer.units if self.path is not None else 1
        self.row = min(look.row, self.plan.batch_size - 1) if self.plan is not None else 0
        self.pinned = tuple(dict.fromkeys(unit for unit in look.pinned if unit < units))[-MOST_PINNED:]
        self.unit = min(look.unit, units - 1)

    def _same_place(self, plan: Plan) -> int | None:
        """Return the step at which another plan shows the same sample and timestep as the cursor does."""
        # Not the cursor itself: the engine has dropped steps already, and the cursor stepped back with them.
        wanted = self.player.wanted
        if self.plan is None or wanted is None:
            return None
        lengths = self.plan.lengths is not None or plan.lengths is not None
        if self.plan.samples != plan.samples or (self.plan.timesteps != plan.timesteps and not lengths):
            return min(wanted, len(plan) - 1)
        at = self.plan.position(wanted)
        sample = self.plan.sample(at.batch, min(self.row, self.plan.rows(at.batch) - 1))
        batch, self.row = plan.place(sample)
        timestep = min(at.timestep, plan.timesteps_of(batch) - 1)
        return plan.first_step(min(at.epoch, plan.epochs - 1), batch) + timestep
