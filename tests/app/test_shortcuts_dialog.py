from app.menus import ACTIONS
from app.shortcuts_dialog import ShortcutsDialog, shortcut_rows


def test_the_help_page_lists_every_command(qtbot):
    dialog = ShortcutsDialog()
    qtbot.addWidget(dialog)
    tree = dialog.tree
    shown = [
        tree.topLevelItem(k).child(n).text(0)
        for k in range(tree.topLevelItemCount())
        for n in range(tree.topLevelItem(k).childCount())
    ]
    assert sorted(shown) == sorted(text for _, text, _ in shortcut_rows())
    assert {spec.text for spec in ACTIONS} <= set(shown)


def test_the_keys_are_in_sight_however_long_a_command_is(qtbot):
    dialog = ShortcutsDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    header = dialog.tree.header()
    assert header.sectionPosition(1) < 0.7 * dialog.tree.viewport().width()
    assert not dialog.tree.horizontalScrollBar().maximum()
