"""The help page of every command with its keys, and of what the mouse does."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from app.menus import ACTIONS, MOUSE


def shortcut_rows() -> Iterator[tuple[str, str, str]]:
    """Give menu, text and keys of every action, then what the mouse does, for the help page."""
    for spec in ACTIONS:
        keys = [QKeySequence(k).toString(QKeySequence.SequenceFormat.NativeText) for k in spec.shortcuts]
        yield spec.menu.replace("/", " › "), spec.text, " or ".join(keys)
    for what, how in MOUSE:
        yield "Mouse", what, how


class ShortcutsDialog(QDialog):
    """Every command with its menu and its keys."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.tree = QTreeWidget()
        self.tree.setAccessibleName("Commands and their keys")
        self.tree.setColumnCount(2)
        self.tree.setHeaderLabels(["Command", "Keys"])
        self.tree.setSelectionMode(QTreeWidget.SelectionMode.NoSelection)
        self.tree.setIndentation(14)
        above: dict[str, QTreeWidgetItem] = {}
        for menu, text, keys in shortcut_rows():
            if menu not in above:
                above[menu] = QTreeWidgetItem(self.tree, [menu])
                font = above[menu].font(0)
                font.setBold(True)
                above[menu].setFont(0, font)
            QTreeWidgetItem(above[menu], [text, keys]).setToolTip(0, text)
        self.tree.expandAll()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.tree)
        layout.addWidget(buttons)
        space = self.fontMetrics()
        buttons.button(QDialogButtonBox.StandardButton.Close).setFocus()
        self.resize(space.averageCharWidth() * 100, space.height() * 34)
        # Long texts end in …, so that the keys are always in sight.
        self.tree.header().resizeSection(0, space.averageCharWidth() * 56)
