"""How to run, and the plan that settings make of data: one place for the window and the engine."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lstm_viz.dataset import Dataset
from lstm_viz.interleave import interleaved_order, order_for
from lstm_viz.plan import Plan, Resets
from lstm_viz.sample_sequences import SampleSequences, sample_sequences


@dataclass(frozen=True)
class RunSettings:
    """How to run: everything that a Plan needs besides the sizes of the data."""

    batch_size: int = 1
    stateful: bool = False
    resets: Resets = field(default_factory=Resets)
    epochs: int = 1
    drop_remainder: bool = False
    interleaved: bool = False  # each row reads its own stretch of the samples, see lstm_viz.interleave
    perturbed_row: int | None = None  # the row of each batch whose input is changed by noise
    padded: bool = False  # samples of different lengths are run over their padding, as if it were data


@dataclass(frozen=True)
class GenerationSettings:
    """What a generated run is to be.

    Parameters
    ----------
    sample : int
    timesteps : int or None
        Its first timesteps are the seed; None for all.
    steps : int
        Timesteps to generate.
    temperature, seed_number
        Of the choice among tokens, see :func:`lstm_viz.generate`.
    others : {"hold", "given"} or None
        What features are that the model does not predict: as they were, or as in the data. None refuses.
    """

    sample: int = 0
    timesteps: int | None = None
    steps: int = 50
    temperature: float | None = None
    seed_number: int = 0
    others: Literal["hold", "given"] | None = None


@dataclass(frozen=True)
class Feedback:
    """Whether the model that is open can go on with the data that are open, and how.

    Parameters
    ----------
    reason : str
        Why it cannot, in words; empty when it can.
    tokens : bool
        It chooses among tokens.
    look_back : int
        Timesteps that it reads at once; 1 where it is fed one at a time.
    others : bool
        It reads features that it does not predict.
    """

    reason: str = "nothing is open"
    tokens: bool = False
    look_back: int = 1
    others: bool = False


def own_lengths(dataset: Dataset, settings: RunSettings) -> NDArray[np.int64] | None:
    """Return the lengths at which samples run; None where they run padded, or all are as long."""
    return None if settings.padded else dataset.lengths


def samples_run(dataset: Dataset, settings: RunSettings) -> int:
    """Return how many samples are run: without the last ones that fill no batch, where asked for.

    Samples that run at their own lengths are all run: those of one length fill a batch, not the last ones.
    """
    samples = dataset.samples
    drop = settings.drop_remainder and settings.batch_size > 0 and own_lengths(dataset, settings) is None
    left = samples % settings.batch_size if drop else 0
    return samples - left or samples


def plan_of(dataset: Dataset, timesteps: int, settings: RunSettings, ordered: bool = True) -> Plan:
    """Return the plan of a run of these data.

    Parameters
    ----------
    dataset : Dataset
    timesteps : int
        Of a run at one length: of data without a time axis, only the model knows them.
    settings : RunSettings
    ordered : bool
        Without it the samples stay in their own order: enough to see whether a run is possible, and
        quicker where there are many.

    Raises
    ------
    PlanError
        The settings do not fit the data.
    """
    if dataset.lengths is not None:
        timesteps = dataset.timesteps or timesteps
    samples, lengths = samples_run(dataset, settings), own_lengths(dataset, settings)
    order = None
    if settings.interleaved:
        find = order_for if ordered else _check_interleaved
        order = find(dataset, settings.batch_size, samples)
    return Plan(
        samples,
        timesteps,
        settings.batch_size,
        settings.stateful,
        settings.resets,
        settings.epochs,
        order,
        None if lengths is None else tuple(lengths.tolist()),
        sequences_run(dataset, settings),
    )


def _check_interleaved(_dataset: Dataset, batch_size: int, samples: int) -> None:
    interleaved_order(samples, batch_size)  # refuses what does not divide


def sequences_run(dataset: Dataset, settings: RunSettings) -> SampleSequences | None:
    """Return the sequences of the samples that are run, where they are of any consequence."""
    if not settings.resets.each_sequence or dataset.sequences is None:
        return None
    samples = samples_run(dataset, settings)
    return sample_sequences(dataset.sequences[:samples], samples)


def with_padding(settings: RunSettings, padded: bool, plan: Plan, dataset: Dataset) -> RunSettings:
    """Return the settings of a run over the padding, or of each sample at its own length.

    Reset points stay with their samples, as far as these have such a timestep.
    """
    changed = replace(settings, padded=padded)
    # Stateless, because a size that does not divide is refused where it is asked for.
    free = replace(changed, stateful=False, resets=Resets())
    return replace(changed, resets=plan.resets_in(plan_of(dataset, plan.timesteps, free)))
