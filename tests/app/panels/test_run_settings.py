import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractSpinBox, QCheckBox, QComboBox, QMainWindow

from app.panels.reset_policy import (
    EACH_BATCH,
    EACH_EPOCH,
    EACH_SEQUENCE,
    EPOCH_AND_EVERY,
    EVERY,
    NEVER,
    POLICIES,
    policy_of,
    with_policy,
)
from app.panels.run_settings import RunSettingsBar
from app.run_plan import RunSettings
from app.theme import LIGHT
from lstm_viz.dataset import Dataset
from lstm_viz.layers import LSTMLayer
from lstm_viz.plan import ResetPoint, Resets

DATA = Dataset.from_arrays(np.zeros((14, 3, 1), np.float32))


def how(batch_size=1, stateful=True, *others, **named):
    return RunSettings(batch_size, stateful, *others, **named)


@pytest.fixture
def bar(qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    window.resize(1100, 700)
    bar = RunSettingsBar()
    window.setCentralWidget(bar)
    bar.set_theme(LIGHT)
    bar.set_layers([LSTMLayer("lstm", 4, 1), LSTMLayer("lstm_1", 8, 4)], "lstm_1")
    bar.set_run(how(batch_size=2), DATA, 3)
    window.show()
    yield bar  # noqa: PT022 - a window that nobody holds would go, and take it along


@pytest.fixture
def sent(bar):
    sent = []
    bar.settings_changed.connect(sent.append)
    return sent


def test_a_long_number_has_room(bar):
    short = bar.epochs.width()
    bar.set_run(how(batch_size=2, epochs=100_000), DATA, 3)
    line = bar.epochs.lineEdit()
    assert bar.epochs.width() > short
    bar.layout().activate()
    assert line.width() >= line.fontMetrics().horizontalAdvance("100000")
    bar.set_run(how(batch_size=2), DATA, 3)
    assert bar.epochs.width() == short


def offers(bar):
    return [button.text() for button in bar.refusal.buttons if button.isVisible()]


def mend(bar, text, qtbot):
    (button,) = [b for b in bar.refusal.buttons if b.isVisible() and b.text() == text]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def type_number(spin, number, qtbot):
    spin.setFocus()
    spin.selectAll()
    qtbot.keyClicks(spin, str(number))
    qtbot.keyClick(spin, Qt.Key.Key_Return)


def test_what_is_set_is_shown_and_tells_nobody(bar, sent):
    bar.set_run(how(7, False, Resets(every=5, each_epoch=False), 3), DATA, 3)
    assert not bar.stateful.isChecked()
    assert bar.batch_size.value() == 7
    assert bar.policy.currentText() == "every n timesteps"
    assert bar.every.value() == 5
    assert bar.every.isVisible()
    assert bar.epochs.value() == 3
    assert sent == []


def test_a_change_is_sent_at_once_with_everything_else_as_it_was(bar, sent, qtbot):
    type_number(bar.batch_size, 7, qtbot)
    assert sent == [how(batch_size=7)]


def test_a_number_that_is_being_typed_is_not_sent_before_enter(bar, sent, qtbot):
    bar.batch_size.setFocus()
    bar.batch_size.selectAll()
    qtbot.keyClicks(bar.batch_size, "7")
    assert sent == []


def test_stateful_off_is_sent(bar, sent, qtbot):
    bar.stateful.click()
    assert sent == [how(batch_size=2, stateful=False)]


def test_a_size_that_does_not_divide_is_refused_in_place_with_the_reason(bar, sent, qtbot):
    type_number(bar.batch_size, 4, qtbot)
    assert sent == []
    assert bar.batch_size.refused
    assert bar.refusal.isVisible()
    assert "14 samples cannot be cut into batches of 4" in bar.refusal.text.text()
    assert "14 samples" in bar.batch_size.accessibleDescription()
    assert offers(bar) == ["Use 2", "Use 7", "Drop the last 2 samples", "Take it back"]


def test_the_next_size_that_divides_is_one_click_away(bar, sent, qtbot):
    type_number(bar.batch_size, 4, qtbot)
    mend(bar, "Use 7", qtbot)
    assert sent == [how(batch_size=7)]
    assert bar.batch_size.value() == 7
    assert not bar.batch_size.refused
    assert not bar.refusal.isVisible()


def test_the_remainder_can_be_dropped(bar, sent, qtbot):
    type_number(bar.batch_size, 4, qtbot)
    mend(bar, "Drop the last 2 samples", qtbot)
    assert sent == [how(batch_size=4, drop_remainder=True)]


def test_what_is_refused_can_be_taken_back(bar, sent, qtbot):
    type_number(bar.batch_size, 4, qtbot)
    mend(bar, "Take it back", qtbot)
    assert bar.batch_size.value() == 2
    assert not bar.refusal.isVisible()
    assert sent == []


def test_dropping_a_remainder_holds_for_one_batch_size_only(bar, sent, qtbot):
    type_number(bar.batch_size, 4, qtbot)
    mend(bar, "Drop the last 2 samples", qtbot)
    type_number(bar.batch_size, 5, qtbot)
    assert bar.batch_size.refused
    assert len(sent) == 1


def test_without_stateful_every_batch_size_up_to_the_samples_runs(bar, sent, qtbot):
    bar.stateful.click()
    type_number(bar.batch_size, 4, qtbot)
    assert sent[-1] == how(batch_size=4, stateful=False)


def test_turning_stateful_on_with_a_size_that_does_not_divide_is_refused(bar, sent, qtbot):
    bar.set_run(how(batch_size=4, stateful=False), DATA, 3)
    bar.stateful.click()
    assert sent == []
    assert bar.batch_size.refused
    bar.stateful.click()
    assert not bar.batch_size.refused
    assert sent == []


def test_sequences_can_be_reset_where_the_data_name_them(bar, sent):
    def offered():
        return bool(bar.policy.model().item(EACH_SEQUENCE).flags() & Qt.ItemFlag.ItemIsEnabled)

    assert not offered()
    named = Dataset.from_arrays(np.zeros((14, 3, 1), np.float32), sequences=np.arange(14) // 4)
    bar.set_run(how(batch_size=2), named, 3)
    assert offered()
    bar.policy.setCurrentIndex(EACH_SEQUENCE)
    bar.policy.activated.emit(EACH_SEQUENCE)
    assert sent == [how(batch_size=2, resets=Resets(each_sequence=True))]
    bar.set_run(sent[0], named, 3)
    assert bar.policy.currentText() == "each sequence"


def test_a_batch_larger_than_the_data_is_refused_and_the_samples_offered(bar, sent, qtbot):
    bar.stateful.click()
    sent.clear()
    type_number(bar.batch_size, 50, qtbot)
    assert sent == []
    assert "larger than the number of samples" in bar.refusal.text.text()
    mend(bar, "Use 14", qtbot)
    assert sent == [how(batch_size=14, stateful=False)]


def test_reset_points_stay_with_their_samples_when_the_batch_size_changes(bar, sent, qtbot):
    resets = Resets(at=(ResetPoint(batch=6, timestep=1),))  # samples 12 and 13
    bar.set_run(how(2, True, resets), DATA, 3)
    type_number(bar.batch_size, 7, qtbot)
    moved = Resets(at=(ResetPoint(batch=1, timestep=1, rows=(5, 6)),))
    assert sent == [how(batch_size=7, resets=moved)]


def test_reset_points_stay_with_their_samples(bar, sent, qtbot):
    resets = Resets(at=(ResetPoint(batch=6, timestep=1),))  # samples 12 and 13
    bar.set_run(how(2, True, resets), DATA, 3)
    type_number(bar.batch_size, 7, qtbot)
    assert sent == [how(7, True, Resets(at=(ResetPoint(1, 1, rows=(5, 6)),)))]


def test_reset_points_stay_with_their_samples_past_a_refused_size(bar, sent, qtbot):
    resets = Resets(at=(ResetPoint(batch=3, timestep=1),))  # samples 6 and 7
    bar.set_run(how(2, True, resets), DATA, 3)
    type_number(bar.batch_size, 4, qtbot)
    mend(bar, "Use 7", qtbot)
    (found,) = sent
    assert set(found.resets.at) == {ResetPoint(0, 1, rows=(6,)), ResetPoint(1, 1, rows=(0,))}


def test_reset_points_of_dropped_samples_go_with_them(bar, sent, qtbot):
    resets = Resets(at=(ResetPoint(0, 1), ResetPoint(6, 1)))
    bar.set_run(how(2, True, resets), DATA, 3)
    type_number(bar.batch_size, 4, qtbot)
    mend(bar, "Drop the last 2 samples", qtbot)
    (found,) = sent
    assert found.resets.at == (ResetPoint(0, 1, rows=(0, 1)),)


def test_a_policy_chosen_while_a_size_is_refused_is_kept(bar, sent, qtbot):
    type_number(bar.batch_size, 4, qtbot)
    bar.policy.setCurrentIndex(NEVER)
    bar.policy.activated.emit(NEVER)
    type_number(bar.batch_size, 7, qtbot)
    assert sent == [how(7, True, Resets(each_epoch=False))]


def test_reset_points_of_epochs_that_would_not_run_can_be_removed(bar, sent, qtbot):
    resets = Resets(at=(ResetPoint(0, 1), ResetPoint(0, 2, epoch=1)))
    bar.set_run(how(2, True, resets, epochs=2), DATA, 3)
    type_number(bar.epochs, 1, qtbot)
    assert sent == []
    assert bar.epochs.refused
    assert not bar.batch_size.refused
    assert offers(bar) == ["Remove 1 reset point", "Take it back"]
    mend(bar, "Remove 1 reset point", qtbot)
    assert sent == [how(2, True, Resets(at=(ResetPoint(0, 1),)), epochs=1)]


def test_epochs_that_are_taken_back_are_shown_as_before(bar, sent, qtbot):
    resets = Resets(at=(ResetPoint(0, 2, epoch=1),))
    bar.set_run(how(2, True, resets, epochs=2), DATA, 3)
    type_number(bar.epochs, 1, qtbot)
    mend(bar, "Take it back", qtbot)
    assert bar.epochs.value() == 2
    assert not bar.epochs.refused
    assert sent == []


def test_interleaved_samples_need_a_batch_size_that_divides_and_lose_their_points_with_another(
    bar, sent, qtbot
):
    points = Resets(at=(ResetPoint(batch=1, timestep=1),))
    bar.set_run(how(2, False, points, interleaved=True), DATA, 3)
    type_number(bar.batch_size, 4, qtbot)
    assert "cannot be interleaved in batches of 4" in bar.refusal.text.text()
    mend(bar, "Use 7", qtbot)
    assert sent == [how(7, False, Resets(), interleaved=True)]


def test_when_stateful_the_arrows_go_from_one_dividing_size_to_the_next(bar, sent):
    proposed = []
    bar.batch_size.proposed.connect(proposed.append)
    for steps in (1, 1, 1, -1):
        bar.batch_size.stepBy(steps)
    assert proposed == [7, 14, 14, 7]
    assert bar.batch_size.value() == 7


# -- before a batch size is taken -------------------------------------------------------------------


@pytest.fixture
def field(bar, qtbot):
    """The field of the batch size, with the keyboard."""
    bar.window().activateWindow()
    qtbot.waitUntil(bar.window().isActiveWindow)
    bar.batch_size.setFocus()
    bar.batch_size.selectAll()
    return bar.batch_size


def test_a_size_that_is_typed_shows_its_grid_and_is_taken_by_enter(bar, field, sent, qtbot):
    qtbot.keyClicks(field, "7")
    assert bar.preview.isVisible()
    assert bar.preview.heading.text() == "Batch size 7: 2 batches of 7 rows"
    assert bar.preview.grid._flow.plan.batch_size == 7
    assert "separate sequences" in bar.preview.words.text()
    assert sent == []
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert sent == [how(batch_size=7)]
    assert not bar.preview.isVisible()


def test_a_size_reached_by_the_arrows_is_taken_by_its_button(bar, field, sent, qtbot):
    qtbot.keyClick(field, Qt.Key.Key_Up)
    qtbot.keyClick(field, Qt.Key.Key_Up)
    assert bar.preview.heading.text() == "Batch size 14: 1 batch of 14 rows"
    assert sent == []
    qtbot.mouseClick(bar.preview.apply, Qt.MouseButton.LeftButton)
    assert sent == [how(batch_size=14)]


@pytest.mark.parametrize("way", ["escape", "cancel", "leave", "another run"])
def test_what_is_not_taken_changes_nothing(bar, field, sent, qtbot, way):
    qtbot.keyClicks(field, "7")
    if way == "escape":
        qtbot.keyClick(field, Qt.Key.Key_Escape)
    elif way == "cancel":
        qtbot.mouseClick(bar.preview.cancel, Qt.MouseButton.LeftButton)
    elif way == "leave":
        bar.stateful.setFocus()
    else:
        bar.set_run(how(batch_size=2), DATA, 3)
    assert not bar.preview.isVisible()
    assert field.value() == 2
    assert sent == []


def test_a_size_that_does_not_divide_says_so_before_it_is_taken_and_offers_others(bar, field, sent, qtbot):
    qtbot.keyClicks(field, "4")
    offers = [button for button in bar.preview.offers if button.isVisible()]
    assert [button.text() for button in offers] == ["Use 2", "Use 7", "Drop the last 2 samples"]
    assert "2 would be left over" in bar.preview.words.text()
    assert not bar.preview.apply.isVisible()
    assert not bar.preview.grid.isVisible()
    qtbot.mouseClick(offers[2], Qt.MouseButton.LeftButton)
    assert sent == [how(batch_size=4, drop_remainder=True)]
    assert field.value() == 4
    assert not bar.preview.isVisible()


def test_a_size_that_is_pointed_at_in_the_menu_shows_its_grid(bar, field, sent):
    bar.sizes_menu.aboutToShow.emit()
    bar.sizes_menu.hovered.emit(bar.sizes_menu.actions()[3])
    assert bar.preview.heading.text() == "Batch size 7: 2 batches of 7 rows"
    assert not bar.preview.apply.isVisible()
    bar.sizes_menu.aboutToHide.emit()
    assert not bar.preview.isVisible()
    assert sent == []


def test_reset_points_go_with_their_samples_in_the_grid_that_is_shown(bar, field, qtbot):
    bar.set_run(how(2, True, Resets(at=(ResetPoint(6, 1),))), DATA, 3)
    qtbot.keyClicks(field, "7")
    assert bar.preview.grid._flow.plan.resets.at == (ResetPoint(1, 1, rows=(5, 6)),)


def test_the_menu_offers_the_sizes_that_divide(bar, sent):
    bar.sizes_menu.aboutToShow.emit()
    sizes = [a for a in bar.sizes_menu.actions() if a.data() is not None]
    assert [a.data() for a in sizes] == [1, 2, 7, 14]
    assert [a.data() for a in sizes if a.isChecked()] == [2]
    sizes[3].trigger()
    assert sent == [how(batch_size=14)]


@pytest.mark.parametrize("policy", range(len(POLICIES)))
def test_a_policy_is_the_same_there_and_back(policy):
    points = (ResetPoint(1, 2),)
    resets = with_policy(Resets(at=points), policy, 5)
    assert policy_of(resets) == policy
    assert resets.at == points


@pytest.mark.parametrize(
    ("policy", "resets"),
    [
        (EACH_EPOCH, Resets()),
        (EACH_BATCH, Resets(each_batch=True)),
        (EVERY, Resets(each_epoch=False, every=4)),
        (EPOCH_AND_EVERY, Resets(each_epoch=True, every=4)),
        (NEVER, Resets(each_epoch=False)),
    ],
)
def test_each_policy_means_what_it_says(policy, resets):
    assert with_policy(Resets(), policy, 4) == resets


def test_choosing_every_n_timesteps_shows_n_and_sends_it(bar, sent, qtbot):
    assert not bar.every.isVisible()
    bar.policy.setCurrentIndex(EVERY)
    bar.policy.activated.emit(EVERY)
    assert bar.every.isVisible()
    type_number(bar.every, 5, qtbot)
    assert sent[-1].resets == Resets(each_epoch=False, every=5)


def test_choosing_a_layer_tells_its_path(bar, qtbot):
    assert bar.layer.currentText() == "lstm_1"
    with qtbot.waitSignal(bar.layer_chosen) as told:
        bar.layer.setFocus()
        qtbot.keyClick(bar.layer, Qt.Key.Key_Up)
    assert told.args == ["lstm"]


def test_choosing_a_sample_and_a_row_tells_them(bar, qtbot):
    bar.set_sample(3, 1, 2)
    with qtbot.waitSignal(bar.sample_chosen) as told:
        type_number(bar.sample, 9, qtbot)
    assert told.args == [9]
    with qtbot.waitSignal(bar.row_chosen) as told:
        type_number(bar.row, 0, qtbot)
    assert told.args == [0]


def test_showing_a_sample_tells_nobody(bar, qtbot):
    with qtbot.assertNotEmitted(bar.sample_chosen), qtbot.assertNotEmitted(bar.row_chosen):
        bar.set_sample(5, 1, 2)
    assert (bar.sample.value(), bar.row.value()) == (5, 1)


def test_a_number_that_somebody_types_is_left_alone(bar, qtbot):
    bar.set_sample(3, 1, 2)
    bar.sample.setFocus()
    bar.sample.selectAll()
    qtbot.keyClicks(bar.sample, "1")
    bar.set_sample(4, 1, 2)
    assert bar.sample.text() == "1"


def test_enter_gives_the_focus_back(bar, qtbot):
    type_number(bar.sample, 9, qtbot)
    assert not bar.sample.hasFocus()


def test_the_action_of_the_menu_is_ticked_as_the_box_is(qtbot):
    action = QAction("Stateful")
    action.setCheckable(True)
    bar = RunSettingsBar(action)
    qtbot.addWidget(bar)
    bar.set_run(how(stateful=True), DATA, 3)
    assert action.isChecked()
    bar.stateful.click()
    assert not action.isChecked()
    action.triggered.connect(bar.set_stateful)
    action.trigger()
    assert bar.stateful.isChecked()


def test_nothing_can_be_set_before_there_is_a_run(qtbot):
    bar = RunSettingsBar()
    qtbot.addWidget(bar)
    assert not bar.isEnabled()


def test_it_fits_a_small_window(bar):
    bar.policy.setCurrentIndex(EPOCH_AND_EVERY)
    bar.policy.activated.emit(EPOCH_AND_EVERY)
    assert bar.minimumSizeHint().width() <= 1010


def test_every_field_has_a_name_and_a_tip(bar):
    fields = [*bar.findChildren(QAbstractSpinBox), *bar.findChildren(QComboBox), *bar.findChildren(QCheckBox)]
    assert len(fields) == 8
    for control in (*fields, bar.sizes_button):
        assert control.accessibleName()
        assert control.toolTip()


def test_batch_sizes_of_different_lengths_divide_the_samples_of_each(bar, sent, qtbot):
    data = Dataset.from_arrays(np.zeros((10, 3, 1), np.float32), lengths=(3,) * 6 + (2,) * 4)
    bar.set_run(how(batch_size=2), data, 3)
    bar.sizes_menu.aboutToShow.emit()
    assert [action.data() for action in bar.sizes_menu.actions() if action.data()] == [1, 2]
    type_number(bar.batch_size, 5, qtbot)
    assert sent == []
    assert "a batch holds samples of one length" in bar.refusal.text.text()
    assert offers(bar) == ["Use 2", "Run them padded", "Take it back"]
    mend(bar, "Run them padded", qtbot)
    assert sent == [how(batch_size=5, padded=True)]
