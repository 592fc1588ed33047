from dataclasses import dataclass

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from app.panels.model_panel import ModelPanel, count_in_words, kind_in_words, shape_in_words
from app.theme import DARK, LIGHT
from lstm_viz.layers import LSTMLayer


@dataclass(frozen=True)
class Row:
    name: str
    class_name: str = "Dense"
    depth: int = 0
    output_shape: tuple[int | None, ...] | None = (None, 1)
    parameters: int = 0
    path: str | None = None
    reason: str | None = None
    tokens: bool = False


@dataclass(frozen=True)
class Model:
    rows: tuple[Row, ...]
    lstm_layers: tuple[LSTMLayer, ...] = ()
    title: str = "model.keras"
    path: str = "/data/model.keras"
    format: str = "Keras 3 archive"
    keras_version: str | None = "3.15.1"
    notes: tuple[str, ...] = ()
    stepwise_reason: str = ""
    saved_stateful: bool = False
    saved_batch_size: int | None = None


MODEL = Model(
    rows=(
        Row("input", "InputLayer", 0, (None, None, 1)),
        Row("lstm", "LSTM", 0, (None, None, 4), 96, "lstm"),
        Row("both", "Bidirectional", 0, (None, 16), 500),
        Row("forward_lstm", "LSTM", 1, (None, 8), 250, "both/forward_lstm"),
        Row("odd", "Odd", 0, None, 5, None, "its class is not known."),
        Row("dense", "Dense", 0, (None, 1), 1200),
    ),
    lstm_layers=(LSTMLayer("lstm", 4, 1), LSTMLayer("both/forward_lstm", 8, 4, parent="Bidirectional")),
)


@pytest.fixture
def panel(qtbot):
    panel = ModelPanel()
    qtbot.addWidget(panel)
    panel.resize(320, 500)
    panel.set_model(MODEL)
    panel.show()
    return panel


def texts(item):
    return [item.text(column) for column in range(3)]


def click(panel, item, qtbot):
    place = panel.tree.visualItemRect(item).center()
    qtbot.mouseClick(panel.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_the_layers_are_listed_in_order_with_shapes_and_parameters(panel):
    tree = panel.tree
    shown = [texts(tree.topLevelItem(k)) for k in range(tree.topLevelItemCount())]
    assert shown == [
        ["input", "[batch, timesteps, 1]", "0"],
        ["lstm", "[batch, timesteps, 4]", "96"],
        ["both", "[batch, 16]", "500"],
        ["odd", "", "5"],
        ["dense", "[batch, 1]", "1,200"],
    ]
    assert texts(tree.topLevelItem(2).child(0)) == ["forward_lstm", "[batch, 8]", "250"]


def test_a_click_on_an_lstm_chooses_it(panel, qtbot):
    with qtbot.waitSignal(panel.layer_chosen) as told:
        click(panel, panel.tree.topLevelItem(2).child(0), qtbot)
    assert told.args == ["both/forward_lstm"]


def test_a_click_on_another_layer_chooses_nothing(panel, qtbot):
    with qtbot.assertNotEmitted(panel.layer_chosen):
        click(panel, panel.tree.topLevelItem(0), qtbot)


def test_enter_chooses_as_a_click_does(panel, qtbot):
    panel.tree.setCurrentItem(panel.tree.topLevelItem(1))
    with qtbot.waitSignal(panel.layer_chosen) as told:
        qtbot.keyClick(panel.tree, Qt.Key.Key_Return)
    assert told.args == ["lstm"]


def test_the_chosen_lstm_says_how_its_parameters_are_counted(panel):
    panel.set_layer("lstm")
    text = panel.about.text()
    assert "4·(features·units + units² + units)\n= 4·(1·4 + 4² + 4) = 96" in text
    assert "Neither timesteps nor batch size appear in it" in text


def test_choosing_in_the_window_marks_without_a_signal(panel, qtbot):
    with qtbot.assertNotEmitted(panel.layer_chosen):
        panel.set_layer("both/forward_lstm")
    assert panel.tree.currentItem().text(0) == "forward_lstm"


def test_a_layer_that_cannot_run_is_grey_and_says_why(panel):
    item = panel.tree.topLevelItem(3)
    assert item.foreground(0).color() == QColor(LIGHT.muted)
    assert "its class is not known" in item.toolTip(0)
    panel.tree.setCurrentItem(item)
    assert panel.about.text() == "odd cannot run: its class is not known."
    panel.set_theme(DARK)
    assert item.foreground(0).color() == QColor(DARK.muted)


def test_the_notes_are_one_click_away(panel, qtbot):
    assert not panel.notes_button.isVisible()
    panel.set_model(Model(MODEL.rows, MODEL.lstm_layers, notes=("One was changed.", "Two too.")))
    assert panel.notes_button.text() == "2 notes"
    qtbot.mouseClick(panel.notes_button, Qt.MouseButton.LeftButton)
    dialog = panel.notes_dialog
    assert "Two too." in dialog.text.toPlainText()
    qtbot.mouseClick(panel.notes_button, Qt.MouseButton.LeftButton)
    assert panel.notes_dialog is dialog
    dialog.close()
    assert panel.notes_dialog is None


def test_while_the_first_model_is_opened_it_says_so(panel):
    panel.set_coming("Opening…")
    assert panel.title.text() != "Opening…"  # there is one already
    panel.set_model(None)
    panel.set_coming("Opening…")
    assert panel.title.text() == "Opening…"
    panel.set_coming("")
    assert panel.title.text() == "No model"


def test_a_few_layers_leave_the_room_to_the_words_below_them(panel):
    panel.resize(320, 600)
    QApplication.processEvents()
    assert panel.tree.viewport().height() >= 6 * panel.tree.sizeHintForRow(0)
    assert not panel.tree.verticalScrollBar().isVisible()
    panel.set_model(Model(MODEL.rows[:1]))
    assert panel.tree.maximumHeight() < 120


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (MODEL, "one timestep at a time"),
        (Model(MODEL.rows, MODEL.lstm_layers, stepwise_reason="Conv1D mixes timesteps."), "Conv1D mixes"),
        (Model(MODEL.rows), "no LSTM layer"),
    ],
)
def test_it_says_how_the_model_is_fed(panel, model, words):
    panel.set_model(model)
    assert words in panel.feeding.text()


def test_it_says_how_the_model_was_saved(panel):
    panel.set_model(Model(MODEL.rows, saved_stateful=True, saved_batch_size=4))
    assert panel.source.text() == (
        "Keras 3 archive, saved by Keras 3.15.1, saved as stateful with batch size 4"
    )


def test_without_a_model_nothing_is_left_of_the_one_before(panel):
    panel.set_layer("lstm")
    panel.set_model(None)
    assert panel.tree.topLevelItemCount() == 0
    assert panel.title.text() == "No model"
    assert panel.about.text() == panel.source.text() == panel.feeding.text() == ""


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((None, None, 4), "[batch, timesteps, 4]"),
        ((1, 3, 4), "[1, 3, 4]"),
        ((None, 12), "[batch, 12]"),
        ((None, 8, 8, 3), "[batch, 8, 8, 3]"),
        ((None, None, 8, 3), "[batch, ?, 8, 3]"),
        (None, ""),
    ],
)
def test_shapes_in_words(shape, words):
    assert shape_in_words(shape) == words


def test_an_input_of_tokens_has_no_axis_of_features():
    assert shape_in_words((None, None), tokens=True) == "[batch, timesteps]"
    assert shape_in_words((None, None)) == "[batch, features]"


@pytest.mark.parametrize("bias", [True, False])
def test_the_count_in_words_is_the_count(bias):
    layer = LSTMLayer("lstm", 8, 3, use_bias=bias)
    formula, product, total = count_in_words(layer).replace("\n=", " =").split("\n")[0].split(" = ")
    assert ("+ units)" in formula) is bias
    python = product.replace("·", "*").replace("²", "**2")
    assert eval(python) == layer.parameter_count == int(total)


def test_what_is_unusual_about_a_layer_is_said():
    layer = LSTMLayer("lstm", 1, 3, True, False, "relu", "hard_sigmoid (Keras 2)", parent="Bidirectional")
    words = kind_in_words(layer)
    for part in ("1 unit,", "last value only", "from the end", "inside Bidirectional", "relu", "(Keras 2)"):
        assert part in words


def test_a_click_on_a_layer_leaves_the_keys_to_the_window(panel, qtbot):
    panel.tree.clearFocus()
    click(panel, panel.tree.topLevelItem(1), qtbot)
    assert panel.tree.currentItem().text(0) == "lstm"
    assert not panel.tree.hasFocus()
    assert panel.tree.focusPolicy() == Qt.FocusPolicy.TabFocus
