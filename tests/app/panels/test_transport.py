import itertools

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from app.panels.transport import SPEEDS, TransportBar, speed_in_words

NAMES = ("first", "back", "play", "step", "last", "step_ten", "back_ten", "gallery", "tour")


@pytest.fixture
def home(qtbot):
    home = QWidget()
    qtbot.addWidget(home)
    return home


@pytest.fixture
def done():
    return []


@pytest.fixture
def actions(home, done):
    made = {name: QAction(name, home) for name in NAMES}
    made["play"].setCheckable(True)
    for name, action in made.items():
        action.triggered.connect(lambda _=False, name=name: done.append(name))
    return made


@pytest.fixture
def bar(actions, qtbot):
    bar = TransportBar(actions)
    qtbot.addWidget(bar)
    return bar


@pytest.mark.parametrize("name", NAMES[:5])
def test_a_click_on_a_button_triggers_its_action(bar, done, qtbot, name):
    qtbot.mouseClick(bar.buttons[name], Qt.MouseButton.LeftButton)
    assert done == [name]


@pytest.mark.parametrize("name", ["step", "back"])
def test_a_click_with_shift_goes_ten_timesteps(bar, done, qtbot, name):
    button = bar.buttons[name]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert done == [f"{name}_ten", name]


def test_the_play_button_is_down_while_its_action_is_checked(bar, actions):
    actions["play"].setChecked(True)
    assert bar.buttons["play"].isChecked()


def test_a_disabled_action_disables_its_button(bar, actions):
    actions["back"].setEnabled(False)
    assert not bar.buttons["back"].isEnabled()


def test_a_click_leaves_the_focus_where_it_was(bar):
    assert all(b.focusPolicy() == Qt.FocusPolicy.TabFocus for b in bar.buttons.values())


def test_the_slider_goes_from_one_step_a_second_to_as_fast_as_it_goes(bar):
    told = []
    bar.speed_changed.connect(told.append)
    bar.slider.setValue(bar.slider.minimum())
    assert bar.words.text() == "1 step/s"
    bar.slider.setValue(bar.slider.maximum())
    assert bar.words.text() == "as fast as it goes"
    assert told == [1, None]


def test_setting_the_speed_shows_the_nearest_and_tells_nobody(bar):
    told = []
    bar.speed_changed.connect(told.append)
    bar.set_speed(118)
    assert bar.speed == 100
    bar.set_speed(None)
    assert bar.speed is None
    assert bar.words.text() == speed_in_words(None)
    assert told == []


def test_faster_and_slower_go_one_speed_on(bar):
    bar.set_speed(10)
    bar.faster()
    assert bar.speed == 15
    bar.slower()
    bar.slower()
    assert bar.speed == 7


def test_faster_than_the_fastest_changes_nothing(bar):
    bar.set_speed(None)
    bar.faster()
    assert bar.speed is None


def test_speeds_grow_by_an_even_factor():
    numbers = [s for s in SPEEDS if s is not None]
    factors = [b / a for a, b in itertools.pairwise(numbers)]
    assert min(factors) > 1.2
    assert max(factors) <= 2


def test_every_control_has_a_name(bar):
    for control in (*bar.buttons.values(), bar.slider):
        assert control.accessibleName()
        assert control.toolTip()
