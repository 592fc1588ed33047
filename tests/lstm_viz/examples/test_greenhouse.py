import numpy as np

from lstm_viz import Dataset
from lstm_viz.dataset import Shaping
from lstm_viz.examples import example, greenhouse


def test_the_shipped_table_is_the_one_of_the_script():
    shown = example("greenhouse")
    data = Dataset.from_file(shown.data_path, Shaping(**shown.shaping))
    assert data.feature_names == greenhouse.COLUMNS
    assert data.units == ("°C", "°C", "klx", "%")
    np.testing.assert_allclose(data.series[:, 1:], greenhouse.generate_table(), atol=0.11)


def test_four_columns_are_better_than_one_and_one_is_better_than_none():
    scores = example("greenhouse").scores
    assert 2 * scores["rmse"] < scores["alone_rmse"] < scores["baseline_rmse"]
