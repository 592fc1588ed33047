"""Which part of the diagram of boxes has to be painted anew when what is known of the run changes. No Qt."""

from __future__ import annotations

from app.plots.boxes_layout import BoxesGeometry, BoxRow
from app.plots.boxes_state import BoxesState, Reached, RowState

_FRAME = 8.0  # pixels that the frame at the cursor and a box of values reach beyond a box of a row, and more
_MOST_SPANS = 8

Span = tuple[float, float]


def changed_spans(geometry: BoxesGeometry, before: BoxesState, after: BoxesState) -> list[Span] | None:
    """Return left and right of what is to be painted anew, over the whole height; None for everything.

    A cursor that goes on by a step changes one column of boxes and the arrows beside it. What runs from
    column to column, such as the way from the last box to the one output, is rare and means everything.
    """
    diagram = geometry.unrolled
    was, now = Reached(diagram, before.timestep), Reached(diagram, after.timestep)
    if (
        len(before.rows) != len(after.rows)
        or before.resets != after.resets
        or was.at_end != now.at_end
        or any(was.ended(row) != now.ended(row) for row in diagram.rows)
        or any((was.place(row) is None) != (now.place(row) is None) for row in diagram.rows)
        or any(_ends(a) != _ends(b) for a, b in zip(before.rows, after.rows, strict=True))
    ):
        return None
    spans: set[Span] = set()

    def note(segment: int, timesteps: int, first: int, last: int) -> None:
        left, right = (geometry.box_span(segment, timesteps, own) for own in sorted((first, last)))
        room = geometry.gap + _FRAME
        spans.add((left[0] - room, right[1] + room))

    for number, row in enumerate(diagram.rows):
        places = was.place(row), now.place(row)
        if places[0] is not None and places[1] is not None and places[0] != places[1]:
            note(row.segment, row.timesteps, *places)
        if number < len(after.rows):
            for own in _changed_boxes(row, before.rows[number], after.rows[number]):
                note(row.segment, row.timesteps, own, own)
    for number, segment in enumerate(diagram.segments):
        at = was.own(segment.timesteps), now.own(segment.timesteps)
        if at[0] != at[1]:
            note(number, segment.timesteps, *(max(0, own) for own in at))
    for segment, own in before.inputs.keys() | after.inputs.keys():
        if before.inputs.get((segment, own)) != after.inputs.get((segment, own)):
            note(segment, diagram.segments[segment].timesteps, own, own)
    output = diagram.output
    if output is not None:
        timesteps = output.timesteps or diagram.segments[output.segment].timesteps
        at = was.own(timesteps), now.own(timesteps)
        if at[0] != at[1]:
            note(output.segment, timesteps, *(max(0, own) for own in at))
        for own in before.outputs.keys() | after.outputs.keys():
            if before.outputs.get(own) != after.outputs.get(own):
                note(output.segment, timesteps, own, own)
    return sorted(spans) if len(spans) <= _MOST_SPANS else [_around(spans)]


def _ends(state: RowState) -> tuple[object, ...]:
    """Return what is said beside the first box of a row and behind the last one."""
    return state.start, state.start_words, state.end


def _changed_boxes(row: BoxRow, before: RowState, after: RowState) -> list[int]:
    """Return the boxes of which something else is known now."""
    known = {own for state in (before, after) for own in range(state.first, state.first + len(state.levels))}
    return [
        own
        for own in sorted(known)  # not all between them: a cursor may jump a million timesteps
        if own < row.timesteps
        and (
            repr(before.level(own)) != repr(after.level(own)) or before.is_masked(own) != after.is_masked(own)
        )
    ]


def _around(spans: set[Span]) -> Span:
    return min(left for left, _ in spans), max(right for _, right in spans)
