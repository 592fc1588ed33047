import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QCheckBox, QMainWindow, QSlider, QVBoxLayout, QWidget

from app.own_keys import OwnKeys

Key = Qt.Key


@pytest.fixture
def window(qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    return window


def test_space_ticks_a_focused_box_and_is_the_window_s_elsewhere(window, qtbot):
    called = []
    for keys in ("Space", "Right", "Shift+Right"):
        action = QAction(keys, window)
        action.setShortcut(QKeySequence(keys))
        action.triggered.connect(lambda _=False, keys=keys: called.append(keys))
        window.addAction(action)
    central = QWidget()
    layout = QVBoxLayout(central)
    box, slider = QCheckBox("Box"), QSlider(Qt.Orientation.Horizontal)
    layout.addWidget(box)
    layout.addWidget(slider)
    window.setCentralWidget(central)
    central.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    keys = OwnKeys(window)
    keys.watch(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)

    box.setFocus()
    qtbot.keyClick(box, Key.Key_Space)
    assert box.isChecked()
    slider.setFocus()
    qtbot.keyClick(slider, Key.Key_Right)
    assert slider.value() == 1
    assert called == []

    central.setFocus()
    qtbot.keyClick(central, Key.Key_Space)
    qtbot.keyClick(central, Key.Key_Right)
    qtbot.keyClick(central, Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert called == ["Space", "Right", "Shift+Right"]
