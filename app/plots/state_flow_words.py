"""What the state flow says in words. No Qt."""

from __future__ import annotations

from app.plots.state_flow_layout import Cell, Flow, Status, too_many_to_list
from lstm_viz.dataset import Dataset
from lstm_viz.plan import CAUSES, Cause, Plan

_MOST_LISTED = 3
_RESET_ADVICE = "A reset point there would start it from zeros."
_SEQUENCE_ADVICE = "Reset: each sequence starts each of them from zeros."
_BARS = "A batch holds samples of one length; the bar below each is as long as it is."
_SEPARATE_ADVICE = "If they are independent, reset before each batch or turn Stateful off."


def cause_words(plan: Plan, cause: Cause) -> str:
    """Say why the state becomes zero."""
    return f"reset every {plan.resets.every} timesteps" if cause == "every" else CAUSES[cause]


def cell_words(flow: Flow, cell: Cell) -> str:
    """Say where a cell's state comes from, whether its data continue, and what is reset inside it."""
    inner = _inner_words(flow.plan, cell)
    return f"{start_words(flow, cell)} {inner}" if inner else start_words(flow, cell)


def start_words(flow: Flow, cell: Cell) -> str:
    """Say where a cell's state comes from, and whether its data go on where those of the source ended."""
    epoch = f" of epoch {cell.epoch}" if flow.plan.epochs > 1 else ""
    length = f", {_timesteps(flow.plan.timesteps_of(cell.batch))}" if flow.plan.lengths is not None else ""
    start = f"Row {cell.row} starts batch {cell.batch}{epoch} (sample {cell.sample}{length})"
    if cell.source is None:
        assert cell.cause is not None
        return f"{start} from zeros: {cause_words(flow.plan, cell.cause)}."
    relation = _relation_words(flow.dataset, cell)
    return f"{start} from sample {cell.source}'s last state{relation}."


def _relation_words(dataset: Dataset | None, cell: Cell) -> str:
    a, b = cell.source, cell.sample
    if cell.relation is None or dataset is None:
        return ""
    if cell.relation == "separate" or dataset.extents is None:
        are = "are" if dataset.sequences is None else "are of"
        return f"; samples {a} and {b} {are} separate sequences"
    if dataset.origin is None:
        return _part_words(dataset, cell)
    (start_a, end_a), start_b = dataset.origin[a].tolist(), int(dataset.origin[b, 0])
    if cell.relation == "continues":
        as_features = start_b <= end_a
        return f"; sample {b} " + (
            f"is the timestep after sample {a}" if as_features else f"begins right after sample {a} ends"
        )
    if cell.relation == "overlaps":
        return f"; the two share {_timesteps(end_a + 1 - start_b)}, which the state has seen already"
    if cell.relation == "skips":
        left_out = start_b - end_a - 1
        return f"; {_timesteps(left_out)} between the two {_are(left_out)} left out"
    if start_b == start_a:
        return f"; sample {b} begins where sample {a} begins"
    return f"; sample {b} goes back: it begins {_timesteps(start_a - start_b)} before sample {a} begins"


def _part_words(dataset: Dataset, cell: Cell) -> str:
    """Say how two ready-made samples lie in their sequence."""
    assert dataset.extents is not None
    before, after = (int(dataset.extents[sample, 0]) for sample in (cell.source, cell.sample))
    if cell.relation == "continues":
        return f"; sample {cell.sample} is the next part of the same sequence"
    if after > before:
        left_out = after - before - 1
        parts = "1 part" if left_out == 1 else f"{left_out} parts"
        return f"; {parts} of the sequence between the two {_are(left_out)} left out"
    return f"; sample {cell.sample} is an earlier part of the same sequence"


def _are(n: int) -> str:
    return "is" if n == 1 else "are"


def _timesteps(n: int) -> str:
    return f"{n} timestep{'s' * (n != 1)}"


def _inner_words(plan: Plan, cell: Cell) -> str:
    """Say which resets there are inside a cell."""
    by_hand = [t for t, cause in cell.resets if cause == "point"]
    others = len(cell.resets) > len(by_hand) or too_many_to_list(plan)
    parts = []
    if by_hand:
        listed = ", ".join(map(str, by_hand[:_MOST_LISTED])) + ", …" * (len(by_hand) > _MOST_LISTED)
        parts.append(f"before timestep{'s' * (len(by_hand) > 1)} {listed} (reset by hand)")
    if others:
        parts.append(f"every {plan.resets.every} timesteps")
    return f"Inside it, h and c become zero {' and '.join(parts)}." if parts else ""


def hover_words(flow: Flow, cell: Cell) -> str:
    """Say everything about a cell: when, where its data lie, and where its state comes from."""
    step = flow.first_step(flow.column(cell.epoch, cell.batch))
    parts = [f"t = {step}", cell_words(flow, cell)]
    if flow.dataset is not None and flow.dataset.origin is not None:
        first, last = flow.dataset.origin[cell.sample].tolist()
        parts.append(
            f"Sample {cell.sample} is timestep{'s' * (last > first)} {first}"
            + (f" to {last}" if last > first else "")
            + " of the series"
        )
    return " · ".join(parts)


def advice(cell: Cell, dataset: Dataset | None) -> str:
    """Say what could be done about a cell whose data do not continue; empty where nothing need be."""
    if cell.status != Status.BREAKS:
        return ""
    if cell.relation != "separate":
        return _RESET_ADVICE
    return _SEPARATE_ADVICE if dataset is None or dataset.sequences is None else _SEQUENCE_ADVICE


def run_words(flow: Flow) -> str:
    """Say the worst that there is in a run, as far as it was looked through."""
    text, seen = _worst_words(flow), flow.summary.columns
    if text and flow.plan.lengths is not None:
        text = f"{text} {_BARS}"
    if flow.scanned and seen < flow.columns:
        text = f"{text} Only the first {seen} of {flow.columns} batches were looked through."
    return text


def _worst_words(flow: Flow) -> str:
    summary = flow.summary
    handed = summary.count(Status.CARRIED, Status.OVERLAPS, Status.BREAKS)
    if not handed:
        return _nothing_handed(flow)
    for status, words in (
        (Status.BREAKS, "data that do not continue"),
        (Status.OVERLAPS, "windows that overlap"),
    ):
        n = summary.count(status)
        if n:
            cell = flow.cell(*summary.first[status])
            assert cell is not None
            text = start_words(flow, cell)
            first = text if n == 1 else f"The first: {text[0].lower()}{text[1:]}"
            return f"{_share(n, handed)} to {words}. {first}"
    if flow.dataset is None:
        return "State is handed on along the arrows; without data it is unknown whether they continue."
    return "Each sample that is handed a state begins right after the one that it comes from ends."


def _share(n: int, all_of_them: int) -> str:
    if n == 1 == all_of_them:
        return "The only arrow hands state"
    if n == all_of_them:
        return f"All {n} arrows hand state"
    return f"{n} of {all_of_them} arrows hand{'s' * (n == 1)} state"


def _nothing_handed(flow: Flow) -> str:
    if not flow.plan.stateful:
        return "Not stateful: every sample starts from zeros, whatever came before it."
    if flow.columns == 1:
        return "There is one batch: no state is handed on."
    if not flow.scanned:
        return ""
    return "No sample is handed another's state: each starts from zeros."


def legend_words(status: Status) -> str:
    """Name a kind of cell in the legend."""
    return {
        Status.CARRIED: "handed on",
        Status.OVERLAPS: "windows overlap",
        Status.BREAKS: "data do not continue",
        Status.START: "from zeros",
        Status.POLICY: "reset by policy",
        Status.BY_HAND: "reset by hand",
    }[status]
