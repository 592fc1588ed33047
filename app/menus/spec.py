"""What the table of commands says of each of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ActionSpec:
    """One command.

    Parameters
    ----------
    id : str
        Its receiver's method is ``on_<id>()``, or ``on_<id>(checked)`` for a checkable one.
    text : str
        In the menu.
    menu : str
        ``"Run"``, or ``"View/Theme"`` for a menu within a menu.
    shortcuts : tuple of str
        In Qt's portable form: ``"Ctrl+O"``.
    tip : str
    icon, icon_on : str
        Names of icons; the second one of the checked state.
    checkable : bool
    separated : bool
        A line goes before it in the menu.
    group : str
        One of several of which one is chosen: the receiver's method is then ``on_<group>(value)``.
    exclusive : bool
        The one of the group that was chosen last is marked.
    value : str
    """

    id: str
    text: str
    menu: str
    shortcuts: tuple[str, ...] = ()
    tip: str = ""
    icon: str = ""
    icon_on: str = ""
    checkable: bool = False
    separated: bool = False
    group: str = ""
    exclusive: bool = True
    value: str = ""
