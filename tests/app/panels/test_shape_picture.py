import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRect
from PySide6.QtGui import QFontMetricsF

from app.panels.shape_parts import ShownSample, card_of, cells_across, thinned
from app.panels.shape_picture import ShapePicture
from app.theme import LIGHT
from lstm_viz.dataset import Dataset, Shaping


def series(rows=40, **shaping):
    values = np.stack([np.arange(rows) * 1.0, np.sin(np.arange(rows))], axis=1)
    return Dataset.from_series(values, Shaping(**shaping), names=("ramp", "wave"))


@pytest.fixture
def picture(qtbot):
    picture = ShapePicture()
    qtbot.addWidget(picture)
    picture.resize(280, 160)
    picture.show()
    return picture


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=500), st.integers(1, 60))
def test_a_thinned_curve_keeps_its_extremes_and_fits(values, columns):
    values = np.array(values)
    points = thinned(values, columns)
    assert len(points) <= 2 * columns
    assert points[:, 1].min() == values.min()
    assert points[:, 1].max() == values.max()
    assert (np.diff(points[:, 0]) >= 0).all()


def test_a_short_curve_stays_as_it_is():
    points = thinned(np.array([3.0, 1.0, 2.0]), 100)
    assert points.tolist() == [[0, 3], [1, 1], [2, 2]]


def test_a_card_has_features_down_and_timesteps_across():
    dataset = series(look_back=4)
    assert card_of(dataset, 2).shape == (2, 4)
    assert card_of(dataset, 2)[0].tolist() == [2, 3, 4, 5]


def test_the_past_as_features_is_a_card_of_one_timestep():
    assert card_of(series(look_back=4, past_as="features"), 0).shape == (8, 1)


def test_a_card_of_tokens_is_one_row():
    assert card_of(Dataset.from_text("abcabc", look_back=3), 1).tolist() == [[1, 2, 0]]


def test_the_window_covers_the_rows_of_the_sample(picture):
    picture.set_dataset(series(look_back=4, stride=3))
    picture.set_sample(5)
    assert picture.window == (15, 18)


def test_a_sample_outside_is_ignored_and_a_shorter_dataset_takes_its_last(picture):
    picture.set_dataset(series(look_back=4))
    picture.set_sample(30)
    picture.set_sample(99)
    assert picture.sample == 30
    picture.set_dataset(series(rows=10, look_back=4))
    assert picture.sample == 5


def test_moving_the_window_changes_the_picture(picture):
    picture.set_dataset(series(look_back=4))
    before = picture.grab().toImage()
    picture.set_sample(20)
    assert picture.grab().toImage() != before


DATA = {
    "series": series(look_back=4),
    "features": series(look_back=4, past_as="features"),
    "whole": series(),
    "constant": Dataset.from_series(np.ones(20), Shaping(look_back=3)),
    "one sample": Dataset.from_series(np.arange(5.0), Shaping(look_back=4)),
    "long": Dataset.from_series(np.arange(5000.0), Shaping(look_back=1000)),
    "sequences": Dataset.from_arrays(np.ones((3, 10, 2), np.float32)),
    "many features": Dataset.from_arrays(np.ones((3, 10, 300), np.float32)),
    "no time": Dataset.from_arrays(np.ones((3, 10), np.float32)),
    "text": Dataset.from_text("to be or not to be", look_back=4),
    "one-hot": Dataset.from_text("to be or not to be", look_back=4, one_hot=True),
    "tokens": Dataset.from_arrays(
        np.arange(24, dtype=np.int32).reshape(4, 6), token_names=("", "the", "cat")
    ),
}


@pytest.mark.parametrize("dataset", DATA.values(), ids=DATA)
@pytest.mark.parametrize("size", [(280, 160), (90, 60), (1200, 300)])
def test_every_kind_of_data_is_drawn(picture, dataset, size):
    picture.resize(*size)
    empty = picture.grab().toImage()
    picture.set_dataset(dataset)
    picture.set_sample(dataset.samples - 1)
    assert picture.grab().toImage() != empty
    assert picture.accessibleDescription() == dataset.summary


@pytest.mark.parametrize(
    ("words", "width", "shown"),
    [
        (("a", "b"), 1000, [*range(40)]),  # all fit
        (("a", "b"), 120, None),
        (("everybody", "understands"), 120, None),
    ],
)
def test_the_card_shows_as_many_tokens_as_fit_then_dots(picture, words, width, shown):
    tokens = np.tile([0, 1], (3, 20)).astype(np.int32)
    shown_sample = ShownSample(Dataset.from_arrays(tokens, token_names=words), 0, LIGHT)
    cells = cells_across(shown_sample, width, QFontMetricsF(picture.font()))
    if shown is not None:
        assert cells == shown
        return
    assert cells == [*range(len(cells) - 1), None]
    room = width / len(cells)
    least = min(
        picture.fontMetrics().horizontalAdvance(words[0]), picture.fontMetrics().averageCharWidth() * 5
    )
    assert 2 <= len(cells) < 40
    assert room > least


def test_a_sample_without_timesteps_is_drawn_as_bars(picture):
    picture.resize(300, 260)
    picture.set_dataset(Dataset.from_arrays(np.asarray([[0, 0, 0], [1, -1, 1]], np.float32)))
    flat = picture.grab(QRect(0, 0, 300, 80)).toImage()
    picture.set_sample(1)
    assert picture.grab(QRect(0, 0, 300, 80)).toImage() != flat


def test_what_lies_past_the_end_of_a_sample_is_drawn_as_padding(qtbot):
    picture = ShapePicture()
    qtbot.addWidget(picture)
    picture.resize(300, 260)
    x = np.ones((2, 8, 1), np.float32)
    pictures = []
    for lengths in (None, (8, 3), (8, 5)):
        picture.set_dataset(Dataset.from_arrays(x, lengths=lengths))
        picture.set_sample(1)
        pictures.append(picture.grab().toImage())
    assert len({bytes(image.constBits()) for image in pictures}) == 3
