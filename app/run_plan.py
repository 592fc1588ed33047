"""How to run, and the plan that settings make of data: one place for the window and the engine."""

from __future__ import annotations

from dataclasses import dataclass, field

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


def samples_run(samples: int, settings: RunSettings) -> int:
    """Return how many samples are run: without the last ones that fill no batch, where asked for."""
    left = samples % settings.batch_size if settings.drop_remainder and settings.batch_size > 0 else 0
    return samples - left or samples


def plan_of(dataset: Dataset, timesteps: int, settings: RunSettings, ordered: bool = True) -> Plan:
    """Return the plan of a run of these data.

    Parameters
    ----------
    dataset : Dataset
    timesteps : int
    settings : RunSettings
    ordered : bool
        Without it the samples stay in their own order: enough to see whether a run is possible, and
        quicker where there are many.

    Raises
    ------
    PlanError
        The settings do not fit the data.
    """
    samples = samples_run(dataset.samples, settings)
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
        sequences=sequences_run(dataset, settings),
    )


def _check_interleaved(_dataset: Dataset, batch_size: int, samples: int) -> None:
    interleaved_order(samples, batch_size)  # refuses what does not divide


def sequences_run(dataset: Dataset, settings: RunSettings) -> SampleSequences | None:
    """Return the sequences of the samples that are run, where they are of any consequence."""
    if not settings.resets.each_sequence or dataset.sequences is None:
        return None
    samples = samples_run(dataset.samples, settings)
    return sample_sequences(dataset.sequences[:samples], samples)
