import numpy as np
import pytest

from lstm_viz import Dataset
from lstm_viz.examples import anomaly, example


@pytest.fixture(scope="module")
def data():
    return Dataset.from_file(example("anomaly").data_path)


def test_the_shipped_strokes_are_those_of_the_script(data):
    _, shipped = anomaly.generate_data()
    np.testing.assert_allclose(data.inputs[0], shipped, atol=1e-6)


def test_what_goes_in_is_to_come_out(data):
    np.testing.assert_array_equal(data.targets[0], data.inputs[0])


@pytest.mark.parametrize("fault", anomaly.FAULTS)
def test_a_fault_changes_the_stroke_and_not_how_it_rises(fault):
    good, faulty = (
        np.mean([anomaly.stroke(np.random.default_rng(seed), kind) for seed in range(200)], axis=0)
        for kind in (None, fault)
    )
    np.testing.assert_allclose(good[:5], faulty[:5], atol=0.05)
    assert np.abs(good - faulty).max() > 0.1


def test_every_faulty_stroke_stands_out_from_all_good_ones():
    scores = example("anomaly").scores
    assert scores["found"] == 1.0
    assert scores["faulty_rmse"] > 3 * scores["good_rmse"]
