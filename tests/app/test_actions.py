import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMainWindow

from app.actions import build_actions, fill_menu_bar, set_action_icons
from app.menus import ACTIONS, OPEN_RECENT, PANELS
from app.theme import LIGHT, icons_folder
from lstm_viz.examples import EXAMPLES


class Receiver:
    """Notes what is called."""

    def __init__(self) -> None:
        self.calls: list[tuple] = []
        for spec in ACTIONS:
            if spec.group:
                setattr(self, f"on_{spec.group}", self._note(spec.group, True))
            else:
                setattr(self, f"on_{spec.id}", self._note(spec.id, spec.checkable))

    def _note(self, name, with_value):
        if with_value:
            return lambda value: self.calls.append((name, value))
        return lambda: self.calls.append((name,))


@pytest.fixture
def window(qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    return window


@pytest.fixture
def receiver():
    return Receiver()


@pytest.fixture
def actions(window, receiver):
    return build_actions(window, receiver)


def test_ids_are_unique():
    ids = [spec.id for spec in ACTIONS]
    assert len(set(ids)) == len(ids)


def test_no_two_commands_share_a_shortcut():
    keys = [keys for spec in ACTIONS for keys in spec.shortcuts]
    assert len(set(keys)) == len(keys)


def test_every_shortcut_is_one_that_qt_understands():
    for spec in ACTIONS:
        for keys in spec.shortcuts:
            assert QKeySequence(keys).toString() == keys, spec.id


def test_every_command_says_what_it_does_and_every_icon_exists():
    for spec in ACTIONS:
        assert spec.tip.endswith("."), spec.id
        for name in filter(None, (spec.icon, spec.icon_on)):
            assert (icons_folder() / f"{name}.svg").is_file(), name


def test_every_built_in_example_has_its_command():
    every = [*EXAMPLES, *(other for shown in EXAMPLES for other in shown.alternatives)]
    assert [spec.value for spec in ACTIONS if spec.group == "example"] == [shown.name for shown in every]


def test_each_action_calls_its_method(actions, receiver):
    for spec in ACTIONS:
        receiver.calls.clear()
        actions[spec.id].trigger()
        if spec.group:
            assert receiver.calls == [(spec.group, spec.value)]
        elif spec.checkable:
            assert receiver.calls == [(spec.id, True)]
        else:
            assert receiver.calls == [(spec.id,)]


def test_one_of_an_exclusive_group_is_marked(actions):
    actions["theme_dark"].trigger()
    actions["theme_light"].trigger()
    assert actions["theme_light"].isChecked()
    assert not actions["theme_dark"].isChecked()


def test_a_line_without_its_method_is_found_at_once(window):
    with pytest.raises(AttributeError, match="on_open_model"):
        build_actions(window, object())


def test_every_command_is_in_a_menu(window, actions):
    menus = fill_menu_bar(window.menuBar(), actions)
    shown = {action for menu in menus.values() for action in menu.actions()}
    assert set(actions.values()) <= shown
    assert menus[OPEN_RECENT].isEmpty()
    assert menus[PANELS].isEmpty()


def test_the_tip_names_the_key(actions):
    assert "Space" in actions["play"].toolTip()


def test_icons_come_with_the_theme(actions):
    set_action_icons(actions, LIGHT)
    assert not actions["step"].icon().isNull()
    assert actions["step_ten"].icon().cacheKey() != 0
