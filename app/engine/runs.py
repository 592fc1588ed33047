"""What is open in the engine, and how a run is made of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from app.engine.messages import DataFile
from app.engine.perturb import mask_values, perturbed
from app.engine.session_folder import SessionFolder
from app.run_plan import RunSettings, own_lengths, plan_of, samples_run, sequences_run
from lstm_viz.dataset import Dataset
from lstm_viz.errors import LstmVizError, TraceError
from lstm_viz.plan import Plan, Resets
from lstm_viz.trace_opening import open_folder, remove_recording

if TYPE_CHECKING:
    from lstm_viz.loading import LoadedModel
    from lstm_viz.probe import Probe
    from lstm_viz.stepper import Stepper

# What the files of a recording grow by at once, with room to spare.
ROOM_BYTES = 64 * 2**20


@contextmanager
def removed_on_failure(folder: Path) -> Iterator[None]:
    """Remove a folder of data or of a recording where what is to be done with it fails."""
    try:
        yield
    except BaseException:
        remove_recording(folder)
        raise


@dataclass(frozen=True)
class OpenData:
    """Data, and the folder in which the window finds them."""

    dataset: Dataset
    folder: Path
    stand_in: bool = False
    file: DataFile | None = None


@dataclass(frozen=True)
class OpenModel:
    """A model. Its probe is kept from run to run: tracing it anew would take a second."""

    loaded: LoadedModel
    probe: Probe


@dataclass(frozen=True)
class Run:
    """A run that can go on, and the folder of its recording."""

    stepper: Stepper
    settings: RunSettings
    folder: Path


def new_run(model: OpenModel, data: OpenData, settings: RunSettings, session: SessionFolder) -> Run:
    """Make a run ready for its first step, in a new recording.

    Raises
    ------
    LstmVizError
        The settings do not fit the data, the model cannot run on them, or the disk is full. No folder is
        left behind.
    """
    # What is wrong with the sizes is said before anything is made; the timesteps are not known yet.
    plan_of(data.dataset, 1, replace(settings, resets=Resets()))
    session.require_space(ROOM_BYTES)
    folder = session.new_recording()
    with removed_on_failure(folder):
        stepper = _stepper(model, data, settings, folder)
        warm_up(stepper)
    return Run(stepper, settings, folder)


def run_that_goes_on(model: OpenModel, data: OpenData, settings: RunSettings, folder: Path) -> Run | None:
    """Make a run that goes on where a recording ends; None when that recording is not of this run."""
    try:
        trace = open_folder(folder, writable=False)
    except LstmVizError as error:
        print(f"A new recording is begun: {error}", file=sys.stderr)
        return None
    wanted = plan_of(data.dataset, trace.plan.timesteps, settings)
    layers = [layer.layer for layer in trace.layers.values()]
    if layers != list(model.probe.layers) or not same_sizes(wanted, trace.plan):
        return None
    try:
        stepper = _stepper(model, data, settings, folder)
    except TraceError as error:  # the model's file or the data have changed since
        print(f"A new recording is begun: {error}", file=sys.stderr)
        return None
    stepper.reconfigure(wanted)
    stepper.rewind(stepper.trace.count)
    warm_up(stepper)
    return Run(stepper, settings, folder)


def same_sizes(a: Plan, b: Plan) -> bool:
    """Whether one plan can take the other's place in a recording."""
    return a.same_batches(b) and a.epochs == b.epochs


def _stepper(model: OpenModel, data: OpenData, settings: RunSettings, folder: Path) -> Stepper:
    from lstm_viz.stepper import Stepper

    dataset = data.dataset
    samples = samples_run(dataset, settings)
    arrays = tuple(array[:samples] for array in dataset.inputs_for(model.probe.input_names))
    plan = plan_of(data.dataset, 1, replace(settings, resets=Resets()))
    if settings.perturbed_row is not None:
        arrays = perturbed(arrays, plan, settings.perturbed_row, mask_values(model.loaded.keras_model))
    return Stepper(
        model.loaded,
        list(arrays),
        batch_size=settings.batch_size,
        stateful=settings.stateful,
        resets=settings.resets,
        epochs=settings.epochs,
        order=plan.order,
        lengths=own_lengths(dataset, settings),
        sequences=sequences_run(dataset, settings),
        folder=folder,
        probe=model.probe,
    )


def warm_up(stepper: Stepper) -> None:
    """Run one row for nothing, so that TensorFlow has traced all that the run needs before its first step."""
    probe, resets = stepper.probe, stepper.plan.resets
    inputs = stepper.part(np.arange(1), slice(0, 1 if probe.stepwise else stepper.plan.timesteps))
    probe.run(inputs, probe.zero_states(1))
    if resets.at or resets.every:
        timesteps = 1 if probe.stepwise else stepper.plan.timesteps
        probe.run(inputs, probe.zero_states(1), np.ones((1, timesteps), bool))
