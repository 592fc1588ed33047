"""Runs that make their own inputs: from the data that are open, as a person asks for them."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.engine.runs import ROOM_BYTES, OpenData, OpenModel, Run, removed_on_failure, warm_up
from app.engine.session_folder import SessionFolder
from app.run_plan import Feedback, GenerationSettings, RunSettings, plan_of
from lstm_viz.dataset import Dataset
from lstm_viz.errors import LstmVizError
from lstm_viz.generation.data import dataset_of
from lstm_viz.generation.recipe import Generation
from lstm_viz.generation.seed import Seed
from lstm_viz.plan import Resets

if TYPE_CHECKING:
    from lstm_viz.generation.run import GeneratingStepper

# Of what a stateful run has read before the seed, so many steps at most are read again.
_MOST_STEPS_BEFORE = 3000


def generating_run(
    model: OpenModel,
    data: OpenData,
    settings: RunSettings,
    wanted: GenerationSettings,
    session: SessionFolder,
    recording: str | None = None,
    own: RunSettings | None = None,
) -> tuple[Run, OpenData]:
    """Make a run that goes on with a sample of the data, and the data that belong to it.

    Parameters
    ----------
    model, data, session
    settings : RunSettings
        Of the run over the data.
    wanted : GenerationSettings
    recording : str or None
        The folder of a recording to go on with.
    own : RunSettings or None
        Of the generated run; None takes those of the run over the data as far as they hold.

    Raises
    ------
    LstmVizError
        The model cannot go on with such data; it says why. No folder is left behind.
    """
    seed, generation = seed_and_generation(model, data.dataset, settings, wanted)
    session.require_space(ROOM_BYTES)
    own = own or settings_of(settings)
    dataset = dataset_of(data.dataset, seed, generation)
    kept = session.new_data()
    with removed_on_failure(kept):
        dataset.save(kept)
        if recording is not None:
            try:
                return _run(model, seed, generation, own, Path(recording)), OpenData(dataset, kept)
            except LstmVizError as error:  # it is of something else by now
                print(f"A new recording is begun: {error}", file=sys.stderr)
        folder = session.new_recording()
        with removed_on_failure(folder):
            return _run(model, seed, generation, own, folder), OpenData(dataset, kept)


def seed_and_generation(
    model: OpenModel, dataset: Dataset, settings: RunSettings, wanted: GenerationSettings
) -> tuple[Seed, Generation]:
    """Return what the run begins with, and how the model goes on with it.

    In a stateful run, what its row has read before the sample comes before it.
    """
    from lstm_viz.generation.feedback import generation_for

    before = samples_before(dataset, settings, wanted.sample)
    seed = Seed.from_dataset(dataset, wanted.sample, wanted.timesteps, before)
    if wanted.others == "given" and seed.future is not None:
        steps = min(wanted.steps, seed.future.shape[1])
    else:
        steps = wanted.steps
    generation = generation_for(
        model.probe,
        seed,
        steps,
        others=wanted.others,
        temperature=wanted.temperature,
        seed_number=wanted.seed_number,
    )
    return seed, generation


def feedback_of(model: OpenModel, dataset: Dataset, settings: RunSettings) -> Feedback:
    """Return whether and how a model can go on with some data."""
    try:
        wanted = GenerationSettings(steps=1, others="hold")
        _, found = seed_and_generation(model, dataset, replace(settings, stateful=False), wanted)
    except LstmVizError as error:
        return Feedback(f"{error.message} {error.hint}")
    return Feedback("", found.kind != "values", found.look_back, found.others != "none")


def samples_before(dataset: Dataset, settings: RunSettings, sample: int) -> tuple[int, ...]:
    """Return the samples whose state a stateful run carries into a sample, as many as are read again."""
    if not settings.stateful or not 0 <= sample < dataset.samples:
        return ()
    found, sequences = _samples_in_row_before(dataset, settings, sample), dataset.sequences
    if sequences is None or not settings.resets.each_sequence:
        return found
    others = [place for place, one in enumerate(found, 1) if sequences[one] != sequences[sample]]
    return found[others[-1] :] if others else found


def _samples_in_row_before(dataset: Dataset, settings: RunSettings, sample: int) -> tuple[int, ...]:
    most = max(0, _MOST_STEPS_BEFORE // max(1, dataset.timesteps or 1))
    if dataset.origin is not None:
        # A series is read from the first of them on without a gap, whatever the batch size.
        return tuple(range(max(0, sample - most), sample)) if dataset.shaping.stride == 1 else ()
    plan = plan_of(dataset, dataset.timesteps or 1, replace(settings, resets=Resets()))
    batch, row = plan.place(sample)
    first = max(0, batch - most)
    return tuple(plan.sample(b, row) for b in range(first, batch) if row < plan.rows(b))


def settings_of(settings: RunSettings) -> RunSettings:
    """Return the settings of a generated run: one row, epoch and sequence, with the resets of the data."""
    return replace(
        settings,
        batch_size=1,
        epochs=1,
        drop_remainder=False,
        interleaved=False,
        perturbed_row=None,
        padded=False,
        resets=replace(settings.resets, at=(), each_sequence=False),
    )


def _run(model: OpenModel, seed: Seed, generation: Generation, settings: RunSettings, folder: Path) -> Run:
    from lstm_viz.generation.run import GeneratingStepper

    stepper: GeneratingStepper = GeneratingStepper(
        model.loaded,
        seed,
        generation,
        stateful=settings.stateful,
        resets=settings.resets,
        folder=folder,
        probe=model.probe,
    )
    warm_up(stepper)
    return Run(stepper, settings, folder)
