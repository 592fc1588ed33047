import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_viz.dataset import Dataset
from lstm_viz.dataset.shaping import Shaping
from lstm_viz.errors import PlanError
from lstm_viz.interleave import interleaved_order, order_for
from lstm_viz.plan import Plan


def windows(samples, look_back, stride, past_as="timesteps"):
    """Return a dataset of so many windows over a series."""
    rows = (samples - 1) * stride + look_back + 1
    return Dataset.from_series(np.arange(float(rows)), Shaping(look_back, stride, past_as))


def hand_overs(dataset, order, batch_size):
    """Say for each hand-over of a stateful run in this order how the two samples lie to one another."""
    plan = Plan(len(order), 1, batch_size, True, order=order)
    pairs = [
        (plan.handed_from(0, batch, row), plan.sample(batch, row))
        for batch in range(1, plan.batches)
        for row in range(batch_size)
    ]
    return [dataset.relation(a, b) for a, b in pairs]


batches_and_rows = st.tuples(st.integers(1, 12), st.integers(1, 5))


@given(batches_and_rows)
def test_each_row_reads_its_own_stretch_of_the_samples(sizes):
    batches, rows = sizes
    order = interleaved_order(batches * rows, rows)
    by_batch = np.array(order).reshape(batches, rows)
    for row in range(rows):
        assert by_batch[:, row].tolist() == list(range(row * batches, (row + 1) * batches))


@given(batches_and_rows, st.integers(1, 5))
def test_windows_that_do_not_overlap_continue_at_every_hand_over(sizes, look_back):
    batches, rows = sizes
    dataset = windows(batches * rows, look_back, look_back)
    assert dataset.samples == batches * rows
    assert set(hand_overs(dataset, order_for(dataset, rows), rows)) <= {"continues"}


@given(batches_and_rows, st.integers(1, 4), st.integers(2, 4))
def test_overlapping_windows_continue_but_where_one_chain_ends(sizes, stride, chains):
    batches, rows = sizes
    dataset = windows(batches * rows, stride * chains, stride)
    order = order_for(dataset, rows)
    assert sorted(order) == list(range(dataset.samples))
    found = hand_overs(dataset, order, rows)
    assert len(found) - found.count("continues") <= chains - 1


def test_overlapping_windows_are_put_in_chains_of_those_that_touch():
    dataset = windows(10, 6, 2)
    assert interleaved_order(10, 1, dataset.origin) == (0, 3, 6, 9, 1, 4, 7, 2, 5, 8)
    assert interleaved_order(10, 2, dataset.origin) == (0, 4, 3, 7, 6, 2, 9, 5, 1, 8)


@pytest.mark.parametrize(("look_back", "stride"), [(5, 2), (2, 3)])
def test_where_no_sample_begins_right_after_another_the_line_is_their_natural_order(look_back, stride):
    dataset = windows(12, look_back, stride)
    assert interleaved_order(12, 3, dataset.origin) == interleaved_order(12, 3)


def test_the_past_as_features_makes_neighbours_continue():
    dataset = windows(12, 4, 1, past_as="features")
    order = order_for(dataset, 3)
    assert order == interleaved_order(12, 3)
    assert set(hand_overs(dataset, order, 3)) == {"continues"}


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 6)), min_size=1, max_size=20), st.integers(1, 4))
def test_samples_anywhere_in_the_series_are_visited_once_each(places, rows):
    places = places * rows
    origin = np.array([(start, start + length) for start, length in places])
    order = interleaved_order(len(origin), rows, origin)
    assert sorted(order) == list(range(len(origin)))


def test_the_first_samples_alone_can_be_interleaved():
    dataset = windows(10, 2, 2)
    assert sorted(order_for(dataset, 3, samples=9)) == list(range(9))


@pytest.mark.parametrize(
    ("samples", "batch_size", "words"),
    [
        (10, 4, "10 samples cannot be interleaved in batches of 4.*batch size of 2 or 5, or drop the last 2"),
        (0, 1, "must be 1 or more"),
        (3, 0, "must be 1 or more"),
    ],
)
def test_sizes_that_do_not_divide_are_refused(samples, batch_size, words):
    with pytest.raises(PlanError, match=words):
        interleaved_order(samples, batch_size)


def test_an_origin_of_fewer_samples_is_refused():
    with pytest.raises(PlanError, match="of 2 samples only"):
        interleaved_order(4, 2, np.array([[0, 1], [2, 3]]))
