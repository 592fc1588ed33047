"""Keys that controls need for themselves, though the window has them as shortcuts."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QAbstractSlider, QComboBox, QTabBar, QWidget

_ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
_MOVES = (*_ARROWS, Qt.Key.Key_Home, Qt.Key.Key_End)
_OWN_KEYS: tuple[tuple[type[QWidget], tuple[Qt.Key, ...]], ...] = (
    (QAbstractButton, (Qt.Key.Key_Space,)),
    (QAbstractSlider, _MOVES),
    (QAbstractItemView, (*_MOVES, Qt.Key.Key_Space)),
    (QComboBox, (*_MOVES, Qt.Key.Key_Space)),
    (QTabBar, _MOVES),
)


class OwnKeys(QObject):
    """Leaves a focused control the keys that it understands, though the window has them as shortcuts.

    Without it nobody could tick a check box by Space or move a slider by the arrows.
    """

    def watch(self, root: QWidget) -> None:
        """Watch every control below a widget; to be called once for each."""
        for kind, _ in _OWN_KEYS:
            for control in root.findChildren(kind):
                control.removeEventFilter(self)
                control.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = event.modifiers() in (
                Qt.KeyboardModifier.NoModifier,
                Qt.KeyboardModifier.KeypadModifier,
            )
            if plain and any(isinstance(watched, kind) and event.key() in keys for kind, keys in _OWN_KEYS):
                event.accept()
                return True
        return False
