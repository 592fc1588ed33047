"""Where the run stands, in words. Everything is counted from 0, as in the plots and in the library."""

from __future__ import annotations

from lstm_viz.plan import CAUSES, Plan, Position, StateSource


def place_words(plan: Plan, step: int, row: int) -> str:
    """Say where a step is: ``"t = 42 · batch 2, timestep 12 · row 1 = sample 9"``.

    A last batch that is smaller may lack the row.
    """
    at = plan.position(step)
    parts = [f"t = {step}"]
    if plan.epochs > 1:
        parts.append(f"epoch {at.epoch}")
    if plan.batches > 1 or plan.epochs > 1:
        parts.append(f"batch {at.batch}, timestep {at.timestep}")
    rows = plan.rows(at.batch)
    parts.append(f"row {row} = sample {plan.sample(at.batch, row)}" if row < rows else _no_row(row, rows))
    return " · ".join(parts)


def state_words(plan: Plan, step: int, row: int) -> str:
    """Say where the state that a row has before a step came from; nothing of a row that the batch lacks."""
    at = plan.position(step)
    if row >= plan.rows(at.batch):
        return ""
    source = plan.state_source(step, row)
    if source.kind == "zeros":
        assert source.cause is not None
        return f"state is zero before it: {CAUSES[source.cause]}"
    if source.kind == "carried":
        return f"state carried: row {row} starts batch {at.batch} from sample {source.sample}'s last state"
    return f"state runs on {_since_words(plan, at, row, source)}"


def _no_row(row: int, rows: int) -> str:
    return f"no row {row} in this batch of {rows}"


def _since_words(plan: Plan, at: Position, row: int, source: StateSource) -> str:
    since = source.since
    if (since.epoch, since.batch) == (at.epoch, at.batch):
        return "from this batch's start" if since.timestep == 0 else f"from timestep {since.timestep}"
    epoch = f" of epoch {since.epoch}" if since.epoch != at.epoch else ""
    before = plan.handed_from(at.epoch, at.batch, row)
    carried = f", carried over from sample {before}" if before is not None else ""
    return f"from batch {since.batch}{epoch}{carried}"
