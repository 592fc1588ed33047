import numpy as np
import pytest
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox

from app.panels.data_panel import DataPanel, block_in_words
from app.theme import DARK
from lstm_viz.dataset import Dataset, Shaping

SERIES = Shaping(look_back=3, scaling="min-max", fit_on=2 / 3)


def series(shaping=SERIES, columns=2):
    time = np.arange(30.0)
    values = np.stack([np.sin(time / 3), time, -time][:columns], axis=1)
    return Dataset.from_series(values, shaping, names=("wave", "ramp", "fall")[:columns], source="two.csv")


def sequences():
    rng = np.random.default_rng(3)
    return Dataset.from_arrays(rng.normal(size=(5, 12, 2)).astype(np.float32), source="five.npz")


def tokens():
    return Dataset.from_text("hello world, hello window", look_back=5)


@pytest.fixture
def panel(qtbot):
    panel = DataPanel(pause_ms=20)
    qtbot.addWidget(panel)
    panel.resize(300, 600)
    panel.set_dataset(series())
    panel.show()
    return panel


def choose(combo, value):
    index = combo.findData(value)
    assert index >= 0
    combo.setCurrentIndex(index)
    combo.activated.emit(index)


def test_it_shows_the_source_the_block_and_how_it_was_cut(panel):
    assert panel.source.text() == "two.csv"
    assert panel.block.text() == "[27, 3, 2] = [samples, timesteps, features]"
    assert panel.form.look_back.value() == 3
    assert panel.form.scaling.currentData() == "min-max"
    assert panel.form.fit_on.value() == 67
    assert panel.form.columns.text().strip() == "wave, ramp"


def test_a_column_that_names_sequences_is_chosen_and_is_no_input_any_more(panel, qtbot):
    with qtbot.waitSignal(panel.shaping_changed) as sent:
        choose(panel.form.sequences, "ramp")
    (shaping,) = sent.args
    assert shaping == Shaping(look_back=3, scaling="min-max", fit_on=2 / 3, sequence_column="ramp")
    table = np.stack([np.arange(30.0), np.repeat([4.0, 9.0, 4.0], 10)], axis=1)
    by_id = Shaping(look_back=3, sequence_column="id")
    panel.set_dataset(Dataset.from_series(table, by_id, names=("wave", "id")))
    assert panel.form.sequences.currentText() == "by id"
    assert panel.form.columns.text().strip() == "wave"
    assert panel.form.shaping() == Shaping(look_back=3, sequence_column="id", target="wave")


def test_a_column_of_text_can_name_sequences(panel, tmp_path):
    (tmp_path / "who.csv").write_text("who,value\n" + "".join(f"{'ab'[k // 5]},{k}\n" for k in range(10)))
    panel.set_dataset(Dataset.from_file(tmp_path / "who.csv", Shaping(look_back=2)))
    assert [panel.form.sequences.itemData(k) for k in range(panel.form.sequences.count())] == [
        None,
        "value",
        "who",
    ]
    assert panel.form.sequences.isVisibleTo(panel)


def test_where_there_is_one_column_nothing_is_asked_about_sequences(panel):
    panel.set_dataset(series(Shaping(look_back=3), columns=1))
    assert not panel.form.sequences.isVisibleTo(panel)


def test_showing_a_dataset_sends_nothing(panel, qtbot):
    with qtbot.assertNotEmitted(panel.shaping_changed, wait=80):
        panel.set_dataset(series(Shaping(look_back=5)))


def test_the_fields_give_back_the_shaping_that_they_show(panel):
    assert panel.form.shaping() == SERIES


def test_a_change_is_sent_once_after_a_pause_and_changes_nothing_else(panel, qtbot):
    told = []
    panel.shaping_changed.connect(told.append)
    panel.form.look_back.stepBy(1)
    panel.form.look_back.stepBy(1)
    assert told == []
    qtbot.waitUntil(lambda: told != [])
    assert told == [Shaping(look_back=5, scaling="min-max", fit_on=2 / 3)]


@pytest.mark.parametrize(
    ("field", "value", "name"),
    [
        ("past_as", "features", "past_as"),
        ("scaling", "standard", "scaling"),
        ("target", "ramp", "target"),
        ("target_is", "last", "target_is"),
    ],
)
def test_each_choice_is_sent(panel, qtbot, field, value, name):
    with qtbot.waitSignal(panel.shaping_changed) as told:
        choose(getattr(panel.form, field), value)
    assert getattr(told.args[0], name) == value


def test_a_look_back_of_all_is_none(panel, qtbot):
    with qtbot.waitSignal(panel.shaping_changed) as told:
        panel.form.look_back.setValue(0)
    assert told.args[0].look_back is None


def test_a_column_can_be_left_out(panel, qtbot):
    with qtbot.waitSignal(panel.shaping_changed) as told:
        panel.form.columns_menu.actions()[1].trigger()
    assert told.args[0].columns == ("wave",)
    assert panel.form.columns.text().strip() == "wave"


def test_no_column_at_all_is_refused_in_place(panel, qtbot):
    with qtbot.assertNotEmitted(panel.shaping_changed, wait=80):
        for action in panel.form.columns_menu.actions():
            action.trigger()
    assert panel.refusal.isVisible()
    assert "No input column is chosen" in panel.refusal.text()


def test_chosen_columns_are_shown_as_chosen(panel):
    panel.set_dataset(series(Shaping(look_back=3, columns=("ramp",), target="wave"), columns=3))
    checked = [a.data() for a in panel.form.columns_menu.actions() if a.isChecked()]
    assert checked == ["ramp"]
    assert panel.form.target.currentData() == "wave"
    assert panel.form.shaping().columns == ("ramp",)


def test_the_past_as_features_keeps_every_column_chosen(panel):
    panel.set_dataset(series(Shaping(look_back=3, past_as="features")))
    assert panel.form.columns.text().strip() == "wave, ramp"
    assert panel.form.shaping().columns is None


def test_a_change_taken_back_sends_nothing(panel, qtbot):
    with qtbot.assertNotEmitted(panel.shaping_changed, wait=80):
        panel.form.stride.setValue(2)
        panel.form.stride.setValue(1)


def test_an_answer_leaves_alone_what_is_being_changed(panel, qtbot):
    panel.form.look_back.setValue(7)
    panel.set_dataset(series(Shaping(look_back=4)))
    assert panel.form.look_back.value() == 7
    with qtbot.waitSignal(panel.shaping_changed) as told:
        pass
    assert told.args[0].look_back == 7


def test_a_refusal_is_told_in_place_until_the_next_data(panel):
    panel.set_refusal("A look-back of 40 is longer than the series.")
    assert panel.refusal.isVisible()
    panel.set_dataset(series())
    assert not panel.refusal.isVisible()


def test_the_share_fitted_on_is_there_only_while_something_is_scaled(panel):
    assert panel.form.fit_on.isVisible()
    choose(panel.form.scaling, "none")
    assert not panel.form.fit_on.isVisible()


def test_separate_sequences_offer_scaling_only(panel):
    panel.set_dataset(sequences())
    assert not panel.form.look_back.isVisible()
    assert not panel.form.columns.isVisible()
    assert panel.form.scaling.isVisible()
    assert panel.form.shaping() == Shaping()
    assert panel.picture.window is None


def test_tokens_offer_look_back_and_stride_only(panel):
    panel.set_dataset(tokens())
    assert panel.form.look_back.isVisible()
    assert not panel.form.scaling.isVisible()
    assert not panel.form.past_as.isVisible()
    assert "of tokens" in panel.block.text()
    assert panel.form.shaping() == Shaping(look_back=5)


def test_without_data_it_says_so(panel):
    panel.set_dataset(None)
    assert panel.source.text() == "No data"
    assert not panel.form.isVisible()
    assert panel.block.text() == ""


def test_samples_without_time_are_called_so():
    dataset = Dataset.from_arrays(np.zeros((4, 3), np.float32))
    assert block_in_words(dataset) == "[4, 3] = [samples, features]"


def test_the_sample_that_is_looked_at_moves_the_window(panel):
    panel.set_sample(9)
    assert panel.picture.window == (9, 11)


def test_it_is_drawn_in_both_themes(panel):
    light = panel.picture.grab().toImage()
    panel.set_theme(DARK)
    assert panel.picture.grab().toImage() != light


def test_every_field_has_a_name_and_a_tip(panel):
    fields = [*panel.findChildren(QAbstractSpinBox), *panel.findChildren(QComboBox), panel.form.columns]
    assert len(fields) == 10
    for field in fields:
        assert field.accessibleName()
        assert field.toolTip()


LENGTHS = [3, 12, 12, 5, 7]


def different_lengths():
    return Dataset.from_arrays(np.zeros((5, 12, 2), np.float32), lengths=LENGTHS)


def test_samples_of_different_lengths_show_them_and_how_they_run(panel, qtbot):
    assert not panel.form.lengths.isVisible()
    assert not panel.form.padding.isVisible()
    panel.set_dataset(different_lengths())
    assert panel.form.lengths.isVisible()
    assert panel.block.text() == "[5, 3 … 12, 2] = [samples, timesteps, features]"
    assert panel.form.lengths.words == ("5 samples of 3 to 12 timesteps, 8 on average; 2 of them have 12")
    assert panel.form.padding.currentText() == "each at its own length"
    with qtbot.waitSignal(panel.padded_changed) as sent:
        choose(panel.form.padding, True)
    assert sent.args == [True]
    panel.set_padding(True)
    assert panel.form.padding.currentText() == "padded to 12 timesteps"
    panel.set_dataset(sequences())
    assert not panel.form.padding.isVisible()


def test_a_model_of_one_length_says_why_samples_are_padded(panel):
    panel.set_dataset(different_lengths())
    panel.set_padding(True, "the model takes sequences of 12 timesteps only")
    assert not panel.form.padding.isEnabled()
    assert panel.form.padding.toolTip().endswith("Here the model takes sequences of 12 timesteps only.")
    panel.set_padding(False)
    assert panel.form.padding.isEnabled()


def test_each_bar_stands_for_so_many_samples(panel):
    panel.set_dataset(different_lengths())
    assert panel.form.lengths.bars(300).tolist() == [1, 0, 1, 0, 1, 0, 0, 0, 0, 2]
    assert panel.form.lengths.bars(6).tolist() == [3, 2]
