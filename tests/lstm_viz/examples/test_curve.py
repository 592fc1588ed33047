import numpy as np
import pytest

from lstm_viz import Dataset, load_model, record
from lstm_viz.examples import curve, example


@pytest.fixture(scope="module")
def data():
    return Dataset.from_file(example("curve").data_path)


def test_the_shipped_codes_and_curves_are_the_held_out_ones_of_the_script(data):
    codes, curves = curve.generate_data()
    np.testing.assert_allclose(data.inputs[0], codes[curve.TRAINED :], atol=1e-6)
    np.testing.assert_allclose(data.targets[0], curves[curve.TRAINED :], atol=1e-6)


def test_every_shape_is_there_in_sizes_that_were_not_trained_on(data):
    codes, _ = curve.generate_data()
    assert set(data.inputs[0][:, :-1].argmax(axis=1)) == set(range(len(curve.SHAPES)))
    assert not np.isin(data.inputs[0][:, -1], codes[: curve.TRAINED, -1]).any()


def test_a_curve_of_twice_the_size_is_twice_as_large():
    for shape in range(len(curve.SHAPES)):
        np.testing.assert_allclose(curve.draw(shape, 1.0), 2 * curve.draw(shape, 0.5), atol=1e-6)


def test_the_curves_are_drawn_nearly_where_they_belong():
    scores = example("curve").scores
    assert scores["off"] < 0.03 < scores["baseline_off"]


def test_one_vector_goes_in_and_the_lstm_has_a_time_of_its_own(data):
    trace = record(load_model(example("curve").model_path), data)
    assert data.timesteps is None
    assert trace.layers["lstm"].c.shape == (curve.HELD_OUT, curve.POINTS, 32)
    assert trace.outputs[0].shape == (curve.HELD_OUT, curve.POINTS, 2)
