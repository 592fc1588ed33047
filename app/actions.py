"""From the table of commands in :mod:`app.menus` to actions, menus and buttons."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from app.menus import ACTIONS, MENUS, OPEN_RECENT, PANELS
from app.menus.spec import ActionSpec
from app.theme import Theme, icon


class _Relay(QObject):
    """Calls one method with the value of the action that was triggered, for a whole group of them."""

    def __init__(self, group: QActionGroup, slot: Callable[..., object]) -> None:
        super().__init__(group)
        self._slot = slot
        group.triggered.connect(self.on_triggered)

    def on_triggered(self, action: QAction) -> None:
        self._slot(action.data())


def build_actions(parent: QWidget, *receivers: object) -> dict[str, QAction]:
    """Make every action of the table and connect it to the receiver that has its method.

    Parameters
    ----------
    parent : QWidget
        The window in which the shortcuts work.
    *receivers : object
        Together they have ``on_<id>()`` for each plain action, ``on_<id>(checked)`` for each checkable
        one and ``on_<group>(value)`` for each group: ``on_sort``, ``on_theme``, ``on_example``.

    Returns
    -------
    dict of str to QAction
        By id, in the order of the table.

    Raises
    ------
    AttributeError
        No receiver has a method.
    """
    made: dict[str, QAction] = {}
    groups: dict[str, QActionGroup] = {}
    for spec in ACTIONS:
        action = QAction(spec.text, parent)
        action.setObjectName(f"action_{spec.id}")
        action.setShortcuts([QKeySequence(keys) for keys in spec.shortcuts])
        action.setCheckable(spec.checkable)
        action.setStatusTip(spec.tip)
        keys = shown_keys(spec)
        action.setToolTip(f"{spec.tip} ({keys})" if keys else spec.tip)
        action.setMenuRole(_ROLES.get(spec.id, QAction.MenuRole.NoRole))
        parent.addAction(action)
        if spec.group:
            if spec.group not in groups:
                groups[spec.group] = _group(parent, _method(receivers, f"on_{spec.group}"), spec)
            action.setData(spec.value)
            groups[spec.group].addAction(action)
        else:
            action.triggered.connect(_method(receivers, f"on_{spec.id}"))
        made[spec.id] = action
    return made


_ROLES = {"quit": QAction.MenuRole.QuitRole, "about": QAction.MenuRole.AboutRole}


def _method(receivers: tuple[object, ...], name: str) -> Callable[..., object]:
    for receiver in receivers:
        if hasattr(receiver, name):
            return getattr(receiver, name)
    raise AttributeError(f"No receiver has {name}.")  # said now, not when the user clicks


def _group(parent: QWidget, slot: Callable[..., object], spec: ActionSpec) -> QActionGroup:
    group = QActionGroup(parent)
    policy = QActionGroup.ExclusionPolicy
    group.setExclusionPolicy(policy.Exclusive if spec.exclusive else policy.None_)
    _Relay(group, slot)
    return group


def shown_keys(spec: ActionSpec) -> str:
    """Return the first shortcut as the user's system writes it, or nothing."""
    if not spec.shortcuts:
        return ""
    return QKeySequence(spec.shortcuts[0]).toString(QKeySequence.SequenceFormat.NativeText)


def set_action_icons(actions: Mapping[str, QAction], theme: Theme) -> None:
    """Draw the icons of the actions in the colours of a theme."""
    for spec in ACTIONS:
        if spec.icon and spec.id in actions:
            actions[spec.id].setIcon(icon(spec.icon, theme, spec.icon_on or None))


def fill_menu_bar(bar: QMenuBar, actions: Mapping[str, QAction]) -> dict[str, QMenu]:
    """Put every action of the table into its menu.

    Returns
    -------
    dict of str to QMenu
        By path; ``OPEN_RECENT`` and ``PANELS`` are empty, for the window to fill.
    """
    menus: dict[str, QMenu] = {}
    for title in MENUS:
        menus[title] = bar.addMenu(title)
        menus[title].setToolTipsVisible(True)
    for spec in ACTIONS:
        menu = _menu_at(spec.menu, menus)
        if spec.separated:
            menu.addSeparator()
        if spec.id == "reset_layout":
            _menu_at(PANELS, menus)
        menu.addAction(actions[spec.id])
        if spec.id == "open_session":
            _menu_at(OPEN_RECENT, menus)
    return menus


def _menu_at(path: str, menus: dict[str, QMenu]) -> QMenu:
    if path not in menus:
        above, _, title = path.rpartition("/")
        menus[path] = menus[above].addMenu(title)
        menus[path].setToolTipsVisible(True)
    return menus[path]
