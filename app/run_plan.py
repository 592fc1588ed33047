"""How to run, and the plan that settings make of data: one place for the window and the engine."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from lstm_viz.dataset import Dataset
from lstm_viz.interleave import interleaved_order, order_for
from lstm_viz.plan import Plan, Resets


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


def plan_for(settings: RunSettings, samples: int, timesteps: int) -> Plan:
    """Return the plan of a run of so many samples in their own order, to see whether there is one.

    Raises
    ------
    PlanError
        The settings do not fit the sizes.
    """
    samples = samples_run(samples, settings)
    if settings.interleaved:
        interleaved_order(samples, settings.batch_size)  # refuses what does not divide
    return Plan(samples, timesteps, settings.batch_size, settings.stateful, settings.resets, settings.epochs)


def plan_of(dataset: Dataset, timesteps: int, settings: RunSettings) -> Plan:
    """Return the plan of a run of these data.

    Raises
    ------
    PlanError
        The settings do not fit the sizes.
    """
    plan = plan_for(settings, dataset.samples, timesteps)
    if settings.interleaved:
        plan = replace(plan, order=order_for(dataset, settings.batch_size, plan.samples))
    return plan
