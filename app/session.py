"""What is open: model, data, run settings, recording, and what the user looks at.

The panels and plots show it, the main window changes it, and the engine bridge keeps it up to date. It
computes nothing about LSTMs itself: the plan and the recording answer everything.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.comparing import Comparing
from app.engine.bridge import EngineBridge
from app.engine.messages import (
    Advance,
    Cancelled,
    Configure,
    Configured,
    DataFile,
    DataOpened,
    Event,
    Explained,
    Export,
    Failed,
    ModelInfo,
    Opened,
    Pause,
    Progress,
    Ready,
    RecordingOpened,
    RunSettings,
    Save,
    Saved,
    Started,
)
from app.engine.session_folder import SessionFolder
from app.explaining import Explaining
from app.generating import Generating
from app.opened_recording import OpenedRecording
from app.opening import Opening
from app.recorded_model import NEEDS_MODEL
from app.reset_points import ResetPoints
from app.run_plan import with_padding
from app.session_file import Look, SavedSession
from lstm_viz.dataset import Dataset
from lstm_viz.errors import LstmVizError
from lstm_viz.plan import Plan
from lstm_viz.trace import Trace
from lstm_viz.trace_opening import open_trace

if TYPE_CHECKING:
    from app.export_dialog import ExportChoice


class Session(Opening):
    """The state of the program: the run that is looked at, and what it was opened from.

    Parameters
    ----------
    bridge : EngineBridge

    Attributes
    ----------
    model : ModelInfo or None
    opened_recording : OpenedRecording
        Whether what is open is a recording without its model.
    data_file : DataFile or None
        Where the data of the run came from; None for random numbers.
    reset_points : ResetPoints
        Those put by hand.
    comparing : Comparing
        The second run beside this one.
    explaining : Explaining
        What the gates are made of, asked of the engine.
    generating : Generating
        Whether the run makes its own inputs.
    opened_session : SavedSession or None
        The session file of which the last thing that was opened is.
    answer_coming : Signal()
        The engine has answered: what changes with it changes in the next turn of the event loop.
    """

    data_opened = Signal()
    opened = Signal()
    message = Signal(str)
    engine_lost = Signal(str)
    engine_ready = Signal()
    saved = Signal(str)
    answer_coming = Signal()

    def __init__(self, bridge: EngineBridge, parent: QObject | None = None) -> None:
        super().__init__(bridge, self._advance, self._pause, parent)
        self.model: ModelInfo | None = None
        self.data_file: DataFile | None = None
        self._data_folder = ""
        self._data_run: tuple[Dataset | None, str] = None, ""  # of the run; newer data may be on their way
        self._accepted = self.settings
        self.example: str | None = None
        self._recorded_before = 0  # steps, when the run was changed last
        self.opened_session: SavedSession | None = None
        self.reset_points = ResetPoints(self)
        bridge.event_coming.connect(self.answer_coming)
        bridge.event_received.connect(self._on_bridge_event_received)
        bridge.engine_died.connect(self._on_bridge_engine_died)
        self.comparing = Comparing(self, bridge)
        self.explaining = Explaining(bridge, self)
        self.generating = Generating(self)
        self.opened_recording = OpenedRecording(self)

    # -- what is open, and saving it -------------------------------------------------------------------------

    def lose_recording(self, error: LstmVizError) -> None:
        """Show no more of a recording that cannot be read any longer, and say why."""
        self.player.pause()
        self.trace = None
        self.failed.emit(Failed(self._bridge.generation, "Show", error.message, error.hint, error.details))

    def cancel(self) -> None:
        """Give up what is going on, and go on as before."""
        self.busy.emit("", None)
        self._opening = self._asked_look = None
        self.player.pause()
        self._bridge.cancel()

    def restart_engine(self) -> None:
        """Start a new engine in place of a lost one, and go on where the recording ends."""
        if self._bridge.lost:
            self._bridge.restart()

    def save(self, path: str) -> None:
        """Save the recording."""
        self._bridge.send(Save(self._bridge.next_generation(), path))

    def export(self, path: str, choice: ExportChoice) -> None:
        """Write the recording, or what was chosen of it, for another tool."""
        generation = self._bridge.next_generation()
        self._bridge.send(
            Export(generation, path, choice.format.name, choice.layers, choice.signals, choice.steps)
        )

    # -- how to run ---------------------------------------------------------------------------------

    def configure(self, settings: RunSettings) -> None:
        """Run under other settings, at once. While something is opened they stay: they are not its own."""
        if settings == self.settings or self.plan is None:
            return
        if self.refuse_change():
            return
        if _sizes(settings) != _sizes(self.settings):  # points of the past would lie elsewhere
            self.reset_points.forget_changes()
        self._recorded_before = self.player.goal
        self._bridge.send(Configure(self._bridge.next_generation(), settings, keep=self.player.wanted))
        self.settings = settings
        self.woken.emit()

    def refuse_change(self) -> bool:
        """Say why nothing of the run can be changed now; return whether that is so."""
        reason = "This can be changed once everything is open." if self.opening else ""
        if self.recording is not None and not reason:
            reason = NEEDS_MODEL
        if reason:
            self.message.emit(reason)
            self.run_changed.emit()  # what shows the settings shows them as they are
        return bool(reason)

    def pad(self, padded: bool) -> None:
        """Run samples of different lengths over their padding, or each at its own length."""
        if self.plan is not None and self.dataset is not None and padded != self.settings.padded:
            self.configure(with_padding(self.settings, padded, self.plan, self.dataset))

    def interleave(self, interleaved: bool) -> None:
        """Let each row read its own stretch of the samples, or take them in their own order again.

        Reset points belong to places that then hold other samples: they are taken away.
        """
        resets = dataclasses.replace(self.settings.resets, at=())
        self.configure(dataclasses.replace(self.settings, interleaved=interleaved, resets=resets))

    @property
    def recording(self) -> str | None:
        """The recording that is open without its model; None where what is open has one."""
        return self.opened_recording.path

    @property
    def run_data(self) -> Dataset | None:
        """The data of the run; a recording without its model has none, whatever is open beside it."""
        return None if self.recording is not None else self.dataset

    @property
    def data_folder(self) -> str:
        """Where the data of the run lie, cut as they are run; empty for none."""
        return self._data_run[1]

    @property
    def files(self) -> SessionFolder:
        """Where data, recordings and logs of this run of the program are."""
        return self._bridge.session

    # -- the engine ---------------------------------------------------------------------------------

    def _advance(self, until: int) -> None:
        if self._bridge.lost:
            self.player.pause()
            self.message.emit("No engine: start it again to compute more.")
            return
        if self.opening:  # it would be steps of what is opened
            self.player.pause()
            return
        self._bridge.send(Advance(self._bridge.generation, until))

    def _pause(self) -> None:
        self._bridge.send(Pause(self._bridge.generation))

    def _on_bridge_event_received(self, event: Event) -> None:
        match event:
            case Opened():
                self._take_opened(event)
            case RecordingOpened():
                self._take_recording(event)
            case Configured():
                self._take_configured(event)
            case DataOpened():
                self._take_data(event)
            case Progress():
                self.busy.emit(event.text, event.fraction)
            case Ready():
                self.engine_ready.emit()
            case Cancelled():
                self.busy.emit("", None)
                self._put_back()
                self.message.emit("Cancelled.")
            case Saved():
                self.busy.emit("", None)
                self.saved.emit(event.path)
            case Explained() | Failed(command="Explain"):
                pass  # those who asked take it
            case Failed():
                self._take_failed(event)
            case Started():
                pass
        self.woken.emit()

    def _open_data(self, folder: str) -> None:
        if self.dataset is None or folder != self._data_folder:
            self.dataset, self._data_folder = Dataset.open(Path(folder)), folder

    def _take_data(self, event: DataOpened) -> None:
        self._open_data(event.folder)
        self.data_opened.emit()
        if event.wait_for_model:
            self._data_run = self.dataset, self._data_folder
            self._opening_answered(event)
            self.busy.emit("", None)
            self.message.emit("The data are open. Open a model to run on them.")

    def _take_opened(self, event: Opened) -> None:
        resumed = self.trace is not None and str(self.trace.folder) == event.recording
        self._opening_answered(event)
        self.busy.emit("", None)
        self.model, self.example, self.data_file = event.model, event.example, event.data_file
        self.opened_recording.end()
        self._open_data(event.data_folder)
        self.generating.take(event)
        cursor = self.player.wanted if resumed else None
        look, self.opened_session = Look(), None
        if not resumed:
            self.reset_points.forget_changes()
            if not self.opening and self._asked_look is not None:  # it answers what was asked last
                look, self._asked_look = self._asked_look, None
                self.opened_session, self._asked_session = self._asked_session, None
                cursor = look.step
        self.take_run(event.settings, event.plan, open_trace(event.recording), cursor)
        if not resumed:
            self.take_look(look)
        self.opened.emit()
        self.run_changed.emit()
        self.generating.begin()

    def _take_recording(self, event: RecordingOpened) -> None:
        """Show a recording; what was open before is open no more."""
        self._opening_answered(event)
        self.busy.emit("", None)
        try:
            another = self.opened_recording.take(event)
        except LstmVizError as error:
            self.refuse_to_open(error)
            return
        self.model = self.example = self.data_file = self.dataset = self.opened_session = None
        self._data_folder, self._data_run = "", (None, "")
        self.generating.take_recording()
        if another:
            self.reset_points.forget_changes()
            self.take_look(Look())
        self.opened.emit()
        self.run_changed.emit()
        self.message.emit(f"Opened {Path(event.path).name}.")

    def _take_configured(self, event: Configured) -> None:
        self.busy.emit("", None)
        keep, goal = self._same_place(event.plan), 0
        if self.trace is not None and str(self.trace.folder) == event.recording:
            goal = self._recorded_before  # what was recorded is wanted back, behind what is looked at
        self.row = min(self.row, event.plan.batch_size - 1)
        self.take_run(event.settings, event.plan, open_trace(event.recording), keep, goal)
        self.run_changed.emit()
        if event.text:
            self.message.emit(event.text)

    def take_run(
        self, settings: RunSettings, plan: Plan, trace: Trace, cursor: int | None, goal: int = 0
    ) -> None:
        """Go over to another recording, or to another plan of the same one."""
        self.settings, self._accepted, self.plan = settings, settings, plan
        self.reset_points.accept()
        self._data_run = self.dataset, self._data_folder
        self.trace = trace
        playing = self.player.playing
        self.player.set_run(len(plan), trace.count, cursor, self.recording is None, goal)
        self.player.playing = playing

    def _take_failed(self, event: Failed) -> None:
        self.busy.emit("", None)
        if event.command in ("Open", "Reshape", "Generate"):
            self._opening_answered(event)
        if event.command in ("Advance", "Open", "Reshape"):
            self.player.pause()
        if event.command not in ("Compare", "Export", "Save"):  # after these the run is as it was
            self._put_back()
        self.failed.emit(event if self.attended else dataclasses.replace(event, missing=""))

    def _put_back(self) -> None:
        """Show settings and data as they are, where others were asked for."""
        if self.settings != self._accepted:
            self.settings = self._accepted
            self.reset_points.put_back()
            self.run_changed.emit()
        if self.dataset is not self._data_run[0]:
            self.dataset, self._data_folder = self._data_run
            self.data_opened.emit()

    def _on_bridge_engine_died(self, reason: str) -> None:
        self.busy.emit("", None)
        self._opening = None
        self.player.pause()
        self._put_back()
        self.engine_lost.emit(reason)
        self.woken.emit()


def _sizes(settings: RunSettings) -> tuple[int, int, bool, bool, bool]:
    """Return what says where in the data a reset point lies."""
    return (
        settings.batch_size,
        settings.epochs,
        settings.drop_remainder,
        settings.interleaved,
        settings.padded,
    )
