"""What an Open names, read and made ready: data where the window can see them, models that can be stepped."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.engine.describe import STAND_IN_SOURCE, stand_in_data
from app.engine.importing import import_tensorflow, no_garbage_collected
from app.engine.messages import Command, Compare, DataFile, DataOpened, Event, Open, Progress, Ready, Reshape
from app.engine.runs import OpenData, OpenModel, removed_on_failure
from app.engine.session_folder import SessionFolder
from lstm_viz.dataset import Dataset, Shaping
from lstm_viz.errors import DataError
from lstm_viz.examples import Example

_PROGRESS_SECONDS = 0.1


class Superseded(Exception):  # noqa: N818 - no error
    """A newer command makes the one that is being done useless."""


class Opener:
    """Reads data and models, tells how far it is, and gives up where that is not wanted any more.

    Parameters
    ----------
    session : SessionFolder
        Where data are kept.
    emit : callable
        Called with every event.
    superseded : callable
        Whether a newer command makes one useless.

    Attributes
    ----------
    ready : bool
        TensorFlow is imported.
    """

    def __init__(
        self, session: SessionFolder, emit: Callable[[Event], None], superseded: Callable[[Command], bool]
    ) -> None:
        self._session, self._emit, self._superseded = session, emit, superseded
        self.ready = False

    def import_tensorflow(self) -> None:
        """Import TensorFlow and Keras, which takes seconds; does nothing the second time."""
        if self.ready:
            return
        with no_garbage_collected():
            versions = import_tensorflow()
            self.ready = True
            self._emit(Ready(*versions))

    def read_data(self, command: Open, chosen: Example | None) -> OpenData | None:
        """Read the data of an Open; None when it names none."""
        if command.data is None and chosen is None:
            return None
        path, shaping = Path(command.data or ""), command.shaping
        if command.data is not None and self._session.holds(path):  # read before, by an engine that was lost
            dataset = Dataset.open(path)
            self._emit(DataOpened(command.generation, str(path)))
            return OpenData(dataset, path, dataset.source == STAND_IN_SOURCE, command.data_file)
        if command.data is None and chosen is not None:
            path, shaping = chosen.data_path, shaping or Shaping(**chosen.shaping)
        report = self.reporter(command, f"Reading {path.name}…")
        dataset = Dataset.from_file(path, shaping, missing=command.missing, progress=report)
        if chosen is not None and command.data is not None and shaping is None:
            dataset = _cut_as_for(chosen, dataset)
        return self.keep(command, dataset, DataFile(str(path), command.missing))

    def keep(
        self, command: Open | Reshape, dataset: Dataset, file: DataFile | None = None, stand_in: bool = False
    ) -> OpenData:
        """Put a dataset where the window can see it, and say so."""
        folder = self._session.new_data()
        with removed_on_failure(folder):
            dataset.save(folder, self.reporter(command, f"Preparing {dataset.source}…"))
        self._emit(DataOpened(command.generation, str(folder)))
        mapped = Dataset.open(folder)  # so that memory holds them once
        return OpenData(mapped, folder, stand_in, file)

    def load_model(self, command: Open | Compare, path: str) -> OpenModel:
        """Load a model file, and make it ready to be stepped."""
        generation = command.generation
        if not self.ready:
            self._emit(Progress(generation, "Starting TensorFlow…"))
            self.import_tensorflow()
        self.check_wanted(command)
        from lstm_viz.loading import load_model
        from lstm_viz.stepper import probe_of

        name = Path(path).name
        self._emit(Progress(generation, f"Opening {name}…"))

        def report(text: str) -> None:
            self._emit(Progress(generation, f"{name}: {text}…"))
            self.check_wanted(command)

        architecture = command.architecture if isinstance(command, Open) else None
        loaded = load_model(path, architecture=architecture, progress=report)
        self._emit(Progress(generation, "Preparing the first step…"))
        self.check_wanted(command)
        return OpenModel(loaded, probe_of(loaded))

    def fitted(
        self,
        command: Open,
        chosen: Example | None,
        model: OpenModel,
        opened: OpenData | None,
        before: OpenData | None,
    ) -> OpenData:
        """Return data that fit the model: what was opened or was open, perhaps cut otherwise, or random ones.

        A look-back that nobody chose is taken from the model. Data that were there before the model make
        way where they do not fit; data that are opened for it are refused.
        """
        data = opened or before
        if data is not None and (opened is not None or not data.stand_in):
            wants = model.probe.input_shapes, model.probe.input_names, model.probe.token_inputs
            try:
                data.dataset.check(*wants)
                return data
            except DataError as error:
                of_example = chosen is not None and command.data is None
                is_chosen = opened is not None and (command.shaping is not None or of_example)
                better = None if is_chosen else data.dataset.suggest(*wants)
                if better is not None:
                    return self.keep(command, data.dataset.reshaped(better), data.file)
                if opened is not None and chosen is not None and not of_example:
                    name = data.dataset.source
                    said = f"{name} does not fit the example “{chosen.title}”: {error.message}"
                    raise DataError(said, error.hint, error.details) from error
                if opened is not None:
                    raise
        return self.keep(command, stand_in_data(model.probe), stand_in=True)

    # -- giving up ----------------------------------------------------------------------------------

    def check_wanted(self, command: Command) -> None:
        """Raise Superseded where a newer command makes this one useless."""
        if self._superseded(command):
            raise Superseded

    def reporter(self, command: Any, text: str) -> Callable[[float], None]:
        """Return what reports progress now and then, and gives the command up when it is superseded."""
        last = time.monotonic()

        def report(fraction: float) -> None:
            nonlocal last
            now = time.monotonic()
            if now - last >= _PROGRESS_SECONDS:
                last = now
                self._emit(Progress(command.generation, text, fraction))
                self.check_wanted(command)

        return report


def _cut_as_for(chosen: Example, dataset: Dataset) -> Dataset:
    """Return a series cut and scaled as the example's model knows it; ready-made samples as they are."""
    try:
        return dataset.reshaped(replace(Shaping(**chosen.shaping), columns=None, target=None))
    except DataError:
        return dataset
