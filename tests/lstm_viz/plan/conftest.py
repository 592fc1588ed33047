"""Plans of every kind, and what the words of the documentation say of each."""

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from lstm_viz.plan import (
    Plan,
    Position,
    ResetPoint,
    Resets,
)


@st.composite
def points_inside(draw, batches, timesteps, batch_size, epochs):
    rows = st.lists(st.integers(0, batch_size - 1), max_size=3).map(tuple)
    return ResetPoint(
        draw(st.integers(0, batches - 1)),
        draw(st.integers(0, timesteps - 1)),
        draw(st.none() | rows),
        draw(st.none() | st.integers(0, epochs - 1)),
    )


@st.composite
def resets_for(draw, batches, timesteps, batch_size, epochs):
    return Resets(
        draw(st.booleans()),
        draw(st.booleans()),
        draw(st.none() | st.integers(1, 2 * timesteps + 1)),
        tuple(draw(st.lists(points_inside(batches, timesteps, batch_size, epochs), max_size=3))),
        draw(st.booleans()),
    )


@st.composite
def plans(draw, stateful=None):
    stateful = draw(st.booleans()) if stateful is None else stateful
    batch_size = draw(st.integers(1, 4))
    batches, timesteps, epochs = draw(st.integers(1, 4)), draw(st.integers(1, 5)), draw(st.integers(1, 3))
    missing = 0 if stateful else draw(st.integers(0, batch_size - 1))
    samples = batches * batch_size - missing
    batch_size = min(batch_size, samples)
    order = draw(st.none() | st.permutations(range(samples)))
    # Of as many samples of a length as a full batch has, so that a stateful run is possible.
    each = st.lists(st.integers(1, timesteps), min_size=batches, max_size=batches)
    lengths = draw(st.none() | each.map(lambda found: np.repeat(found, batch_size)[:samples]))
    if lengths is not None:
        lengths = draw(st.permutations(lengths.tolist()))
    sequences = draw(st.lists(st.integers(0, 2), min_size=samples, max_size=samples))
    plan = Plan(samples, timesteps, batch_size, stateful, Resets(), epochs, order, lengths, sequences)
    return replace(plan, resets=draw(resets_for(plan.batches, shortest(plan), batch_size, epochs)))


def shortest(plan):
    """Return how many timesteps every batch has, so that a reset point there lies inside each of them."""
    return min(plan.lengths or (plan.timesteps,))


def wanted_batches(plan):
    """Put the samples in batches one after the other, as the documentation says it in words."""
    lengths = plan.lengths or [plan.timesteps] * plan.samples
    full, waiting = [], {}
    for sample in plan.order or range(plan.samples):
        batch = waiting.setdefault(lengths[sample], [])
        batch.append(sample)
        if len(batch) == plan.batch_size:
            full.append(waiting.pop(lengths[sample]))
    return full + list(waiting.values())


def wanted_timesteps(plan):
    """Return the timesteps of each batch of an epoch."""
    lengths = plan.lengths or [plan.timesteps] * plan.samples
    return [lengths[batch[0]] for batch in wanted_batches(plan)]


def all_positions(plan):
    return [
        Position(epoch, batch, timestep)
        for epoch in range(plan.epochs)
        for batch, timesteps in enumerate(wanted_timesteps(plan))
        for timestep in range(timesteps)
    ]


def wanted_reset(plan, epoch, batch, timestep, row):
    """Say from the words of the documentation, one row and one step at a time, whether it is a reset."""
    resets = plan.resets
    if timestep == 0:
        if not plan.stateful or (epoch, batch) == (0, 0) or resets.each_batch:
            return True
        if batch == 0 and resets.each_epoch:
            return True
        batches = wanted_batches(plan)
        before, here = batches[batch - 1][row], batches[batch][row]
        if resets.each_sequence and plan.sequences[before] != plan.sequences[here]:
            return True
    if resets.every is not None:
        # "counted from where its sequence of batches began"
        if not plan.stateful or resets.each_batch:
            run = timestep
        else:
            of_batches = wanted_timesteps(plan)
            run = sum(of_batches[:batch]) + timestep
            run += 0 if resets.each_epoch else epoch * sum(of_batches)
        if run % resets.every == 0:
            return True
    return any(
        (point.batch, point.timestep) == (batch, timestep)
        and (point.rows is None or row in point.rows)
        and point.epoch in (None, epoch)
        for point in resets.at
    )


def wanted_masks(plan):
    """Return every reset mask of a run, one after the other, with NaN where a last batch has no row."""
    masks = np.full((len(plan), plan.batch_size), np.nan)
    for step, at in enumerate(all_positions(plan)):
        for row in range(plan.rows(at.batch)):
            masks[step, row] = wanted_reset(plan, at.epoch, at.batch, at.timestep, row)
    return masks
