from __future__ import annotations

import numpy as np
import pytest

from app.plots.boxes_changes import changed_spans
from app.plots.boxes_layout import BoxesGeometry, BoxRow, Segment, Unrolled
from app.plots.boxes_state import BoxesState, RowState

MILLION = 1_000_000
LONG = Unrolled(
    "many-to-many", MILLION, (Segment(MILLION, "all"),), (BoxRow("a", "a", "4 units", MILLION, slot=0),)
)


def known_from(first: int) -> BoxesState:
    return BoxesState(timestep=first + 9, rows=(RowState(first, np.full(20, 0.5), np.zeros(20, bool)),))


def test_a_jump_looks_at_the_boxes_that_are_seen_before_and_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    geometry, looked, level = BoxesGeometry(LONG, 14, 80, 900, 500), set(), RowState.level

    def noted(self: RowState, own: int) -> float:
        looked.add(own)
        return level(self, own)

    monkeypatch.setattr(RowState, "level", noted)
    spans = changed_spans(geometry, known_from(0), known_from(900_000))
    assert looked == {*range(20), *range(900_000, 900_020)}
    assert spans is not None
    for own in (0, 900_019):
        left, right = geometry.box_span(0, MILLION, own)
        assert any(first <= left and right <= last for first, last in spans)
