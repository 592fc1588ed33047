"""When the state is reset besides the reset points, as one choice of several."""

from __future__ import annotations

from dataclasses import replace

from lstm_viz.plan import Resets

EACH_EPOCH, EACH_SEQUENCE, EACH_BATCH, EVERY, EPOCH_AND_EVERY, NEVER = range(6)
POLICIES = (
    "each epoch",
    "each sequence",
    "each batch",
    "every n timesteps",
    "each epoch, every n timesteps",
    "at reset points only",
)


def policy_of(resets: Resets) -> int:
    """Return which of `POLICIES` says when the state is reset."""
    if resets.each_batch:
        return EACH_BATCH
    if resets.each_sequence:
        return EACH_SEQUENCE
    if resets.every is not None:
        return EPOCH_AND_EVERY if resets.each_epoch else EVERY
    return EACH_EPOCH if resets.each_epoch else NEVER


def with_policy(resets: Resets, policy: int, every: int) -> Resets:
    """Return the resets under another policy, with the same reset points."""
    return replace(
        resets,
        each_batch=policy == EACH_BATCH,
        each_epoch=policy in (EACH_EPOCH, EACH_SEQUENCE, EACH_BATCH, EPOCH_AND_EVERY),
        each_sequence=policy == EACH_SEQUENCE,
        every=every if policy in (EVERY, EPOCH_AND_EVERY) else None,
    )
