from __future__ import annotations

import pytest

from app.plots.boxes_layout import BoxesGeometry, BoxRow, HandOver, OutputRow, Segment, Unrolled

STACK = Unrolled(
    "many-to-one",
    12,
    (Segment(12, "12 timesteps"),),
    (
        BoxRow("a", "a", "4 units", 12, reads=(), slot=0),
        BoxRow("b", "b", "2 units", 4, reads=(0,), reads_input=False, slot=1),
    ),
    output=OutputRow(0, (1,), None),
)
DECODED = Unrolled(
    "encoder and decoder",
    12,
    (Segment(12, "encoder"), Segment(5, "decoder", None, True)),
    (BoxRow("a", "a", "4 units", 12), BoxRow("b", "b", "2 units", 5, segment=1)),
    (HandOver((0,), 1),),
    OutputRow(1, (1,), 5),
)


def geometry(unrolled: Unrolled, width: float = 900, height: float = 500) -> BoxesGeometry:
    return BoxesGeometry(unrolled, 14, 80, width, height)


@pytest.mark.parametrize("unrolled", [STACK, DECODED])
def test_the_box_at_the_middle_of_a_box_is_that_box(unrolled: Unrolled) -> None:
    found = geometry(unrolled)
    for number, row in enumerate(unrolled.rows):
        for own in range(row.timesteps):
            left, right = found.box_span(row.segment, row.timesteps, own)
            assert right - left > 10
            y = found.row_top(row.slot) + found.box_height / 2
            assert found.box_at((left + right) / 2, y) == (number, own)
            assert found.box_at(right + found.gap / 2, y) is None


@pytest.mark.parametrize("unrolled", [STACK, DECODED])
@pytest.mark.parametrize("height", [200, 500, 2000])
def test_rows_lie_between_inputs_and_outputs_and_do_not_touch(unrolled: Unrolled, height: float) -> None:
    found = geometry(unrolled, height=height)
    edges = [found.input_top]
    for row in unrolled.rows_of(0):
        top = found.row_top(row.slot)
        assert top + found.box_height < edges[-1]
        edges.append(top)
    assert found.output_top + found.value_height < edges[-1]
    assert found.output_top >= 0
    assert found.input_top + found.value_height + found.foot <= max(height, found.content_height)


def test_what_goes_in_and_comes_out_is_found_where_it_stands() -> None:
    found = geometry(DECODED)
    left, right = found.box_span(1, 5, 3)
    x = (left + right) / 2
    assert found.value_at(x, found.input_top + 3) == ("input", 1, 3)
    assert found.value_at(x, found.output_top + 3) == ("output", 1, 3)
    encoder = sum(found.box_span(0, 12, 3)) / 2
    assert found.value_at(encoder, found.output_top + 3) is None
    assert found.value_at(encoder, found.row_top(0) + 3) is None
    assert found.value_at(found.lefts[1] - 5, found.input_top + 3) is None


def test_one_output_stands_over_the_last_timestep_alone() -> None:
    found = geometry(STACK)
    last, before = (sum(found.box_span(0, 12, own)) / 2 for own in (11, 10))
    assert found.value_at(last, found.output_top + 3) == ("output", 0, 11)
    assert found.value_at(before, found.output_top + 3) is None


def test_only_the_boxes_between_two_places_are_visible() -> None:
    long = Unrolled("long", 5000, (Segment(5000, ""),), (BoxRow("a", "a", "", 5000),))
    found = geometry(long)
    seen = found.visible(0, 5000, found.lefts[0] + 1000 * found.pitch, found.lefts[0] + 1010 * found.pitch)
    assert seen.start <= 1000
    assert seen.stop >= 1010
    assert len(seen) < 15
    assert list(found.visible(0, 5000, -100, 0)) == []
    assert list(found.visible(0, 5000, 1e9, 2e9)) == []


def test_a_small_diagram_stands_in_the_middle_and_a_large_one_begins_at_the_left() -> None:
    few = Unrolled("few", 2, (Segment(2, ""),), (BoxRow("a", "a", "", 2),))
    found = geometry(few, width=2000)
    left, right = found.edge - found.labels, found.box_span(0, 2, 1)[1] + found.lead
    assert left == pytest.approx(2000 - right, abs=found.gap)
    assert geometry(DECODED, width=300).edge == 80


def test_the_last_box_of_a_row_that_reads_backwards_is_its_first() -> None:
    row = BoxRow("a", "a", "", 7, backwards=True)
    assert (row.first, row.last) == (6, 0)
    assert (BoxRow("a", "a", "", 7).first, BoxRow("a", "a", "", 7).last) == (0, 6)


def test_at_the_left_edge_stand_the_names_of_the_rows_that_begin_there() -> None:
    found = geometry(DECODED, width=300)
    assert found.named_segment(found.labels) == 0
    assert found.named_segment(found.names_right(1)) == 1
