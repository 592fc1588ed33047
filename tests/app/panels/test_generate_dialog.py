import pytest
from PySide6.QtCore import Qt

from app.panels.generate_dialog import GenerateDialog
from app.run_plan import Feedback, GenerationSettings

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def dialog(qtbot):
    dialog = GenerateDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


@pytest.fixture
def asked(dialog):
    asked = []
    dialog.asked.connect(asked.append)
    return asked


def test_a_model_that_makes_values_is_asked_for_no_tokens(dialog, asked, qtbot):
    dialog.set_feedback(Feedback(""), samples=10, timesteps=5, stateful=False)
    dialog.set_settings(GenerationSettings(3, 4, 20))
    assert not dialog.choice.isVisible()
    assert not dialog.others.isVisible()
    assert not dialog.text.isVisible()
    assert dialog.after.value() == 3
    qtbot.mouseClick(dialog.go, LEFT)
    assert asked == [GenerationSettings(3, 4, 20)]


def test_tokens_are_the_likeliest_or_drawn(dialog, asked, qtbot):
    dialog.set_feedback(Feedback("", tokens=True), samples=10, timesteps=5, stateful=False)
    dialog.set_settings(GenerationSettings(0, 5, 30, temperature=0.6, seed_number=4))
    assert dialog.temperature.isEnabled()
    qtbot.mouseClick(dialog.go, LEFT)
    dialog.choice.setCurrentIndex(0)
    dialog.choice.activated.emit(0)
    assert not dialog.temperature.isEnabled()
    assert not dialog.seed.isEnabled()
    qtbot.mouseClick(dialog.go, LEFT)
    assert [(one.temperature, one.seed_number) for one in asked] == [(0.6, 4), (None, 4)]


def test_a_window_takes_whole_samples(dialog, asked, qtbot):
    dialog.set_feedback(Feedback("", look_back=5), samples=10, timesteps=5, stateful=True)
    dialog.set_settings(GenerationSettings(2, 3, 8))
    assert not dialog.after.isEnabled()
    assert "5 timesteps" in dialog.words.text()
    assert "carried" in dialog.words.text()
    qtbot.mouseClick(dialog.go, LEFT)
    assert asked[0].timesteps is None


def test_features_that_are_not_predicted_stay_or_are_those_of_the_data(dialog, asked, qtbot):
    dialog.set_feedback(Feedback("", others=True), samples=10, timesteps=5, stateful=False)
    assert dialog.others.isVisible()
    qtbot.mouseClick(dialog.go, LEFT)
    dialog.others.setCurrentIndex(1)
    qtbot.mouseClick(dialog.go, LEFT)
    assert [one.others for one in asked] == ["hold", "given"]


def test_a_model_that_cannot_go_on_says_why(dialog):
    dialog.set_feedback(Feedback("It has two inputs."), samples=10, timesteps=5, stateful=False)
    assert "It has two inputs." in dialog.words.text()
    assert not dialog.go.isEnabled()
    assert not dialog.steps.isEnabled()


def test_a_refusal_is_said_in_place_until_something_else_is_asked(dialog, asked, qtbot):
    dialog.set_feedback(Feedback(""), samples=10, timesteps=5, stateful=False)
    dialog.set_refusal("The disk is full.")
    assert dialog.refusal.isVisible()
    qtbot.mouseClick(dialog.go, LEFT)
    assert not dialog.refusal.isVisible()


def test_the_seed_of_the_text_is_underlined(dialog):
    dialog.set_feedback(Feedback("", tokens=True), samples=10, timesteps=5, stateful=False)
    dialog.set_text("once upon", " a time")
    assert dialog.text.toPlainText() == "once upon a time"
    (given,) = dialog.text.extraSelections()
    assert given.cursor.selectedText() == "once upon"
    assert given.format.fontUnderline()
    dialog.set_text("", "")
    assert dialog.text.toPlainText() == ""


def test_the_way_back_is_open_only_from_a_generated_run(dialog, qtbot):
    ended = []
    dialog.ended.connect(lambda: ended.append(True))
    assert not dialog.back.isEnabled()
    dialog.set_generated(True)
    qtbot.mouseClick(dialog.back, LEFT)
    assert ended == [True]


def test_text_that_grows_is_put_behind_what_is_there(dialog: GenerateDialog) -> None:
    dialog.set_text("once ", "upon")
    changes: list[tuple[int, int, int]] = []
    dialog.text.document().contentsChange.connect(lambda *change: changes.append(change))
    dialog.text.selectAll()
    dialog.set_text("once ", "upon a time")
    assert dialog.text.toPlainText() == "once upon a time"
    assert changes == [(9, 0, 7)]
    assert dialog.text.textCursor().selectedText().startswith("once upon")  # what was chosen stays chosen
    assert dialog.text.extraSelections()[0].cursor.selectedText() == "once "


def test_what_is_made_from_an_empty_start_is_not_underlined_with_the_seed(dialog: GenerateDialog) -> None:
    dialog.set_text("once ", "")
    dialog.set_text("once ", "upon")
    assert dialog.text.extraSelections()[0].cursor.selectedText() == "once "


def test_another_text_takes_the_place_of_the_one_before(dialog: GenerateDialog) -> None:
    dialog.set_text("once ", "upon a time")
    dialog.set_text("once ", "more")
    assert dialog.text.toPlainText() == "once more"
