import numpy as np
import pytest

from lstm_viz import Dataset
from lstm_viz.dataset import Shaping
from lstm_viz.examples import example, interleaved
from lstm_viz.interleave import order_for


@pytest.fixture(scope="module")
def data():
    shown = example("interleaved")
    return Dataset.from_file(shown.data_path, Shaping(**shown.shaping))


def test_the_shipped_series_is_the_one_of_the_script(data):
    np.testing.assert_allclose(data.series[:, -1], interleaved.generate_series(), atol=0.02)


def test_each_row_reads_on_where_it_stopped_only_when_interleaved(data):
    size = interleaved.BATCH_SIZE
    order = order_for(data, size)
    assert all(data.continues(a, b) for a, b in zip(order, order[size:], strict=False))
    assert not any(data.continues(sample, sample + size) for sample in range(data.samples - size))


def test_the_two_differ_in_nothing_but_the_order():
    shown = example("interleaved")
    (natural,) = shown.alternatives
    assert shown.interleaved
    assert not natural.interleaved
    assert (natural.model_path, natural.data_path, natural.shaping) == (
        shown.model_path,
        shown.data_path,
        shown.shaping,
    )


def test_it_counts_rightly_only_where_each_row_reads_on():
    shown = example("interleaved")
    (natural,) = shown.alternatives
    assert shown.scores["right"] > 0.95
    assert natural.scores["right"] < 0.7
