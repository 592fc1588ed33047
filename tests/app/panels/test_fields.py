import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent

from app.panels.fields import Combo, Spin, wrapped


@pytest.fixture
def spin(qtbot):
    spin = Spin(0, 100, "Number", "A number")
    qtbot.addWidget(spin)
    return spin


def test_the_arrows_go_by_one_without_steps(spin):
    spin.stepBy(2)
    assert spin.value() == 2


@pytest.mark.parametrize(
    ("start", "steps", "end"), [(1, 1, 3), (4, 1, 7), (4, -1, 3), (7, -2, 1), (1, -1, 1), (7, 5, 7)]
)
def test_the_arrows_go_to_the_neighbours_among_the_steps(spin, start, steps, end):
    spin.set_steps((1, 3, 7))
    spin.set_silently(start)
    spin.stepBy(steps)
    assert spin.value() == end


def test_a_silent_change_tells_nobody(spin, qtbot):
    with qtbot.assertNotEmitted(spin.valueChanged):
        spin.set_silently(7)
    assert spin.value() == 7


def test_typing_tells_the_number_at_enter_only(spin, qtbot):
    told = []
    spin.valueChanged.connect(told.append)
    spin.show()
    spin.activateWindow()
    qtbot.waitUntil(spin.isActiveWindow)
    spin.setFocus()
    spin.selectAll()
    qtbot.keyClicks(spin, "42")
    assert told == []
    assert spin.is_being_typed
    qtbot.keyClick(spin, Qt.Key.Key_Return)
    assert told == [42]
    assert not spin.hasFocus()


def test_a_field_is_refused_and_accepted_again(spin):
    spin.set_refused(True)
    assert spin.refused
    spin.set_refused(False)
    assert not spin.refused


def test_a_wrapped_label_does_not_keep_a_panel_wide(qtbot):
    label = wrapped("words " * 12)
    qtbot.addWidget(label)
    assert label.minimumWidth() < 120
    assert label.textFormat() == Qt.TextFormat.PlainText


def turn_wheel(field):
    event = QWheelEvent(
        QPointF(5, 5),
        QPointF(5, 5),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    field.wheelEvent(event)
    return event


def test_a_wheel_over_a_field_without_focus_scrolls_the_panel_instead(spin, qtbot):
    combo = Combo("Choice", "A choice", letters=5)
    qtbot.addWidget(combo)
    combo.addItems(["one", "two"])
    spin.set_silently(50)
    for field in (spin, combo):
        assert not turn_wheel(field).isAccepted()
    assert spin.value() == 50
    assert combo.currentIndex() == 0


def test_a_wheel_over_a_field_with_focus_changes_it(spin, qtbot):
    spin.set_silently(50)
    spin.show()
    spin.activateWindow()
    qtbot.waitUntil(spin.isActiveWindow)
    spin.setFocus()
    turn_wheel(spin)
    assert spin.value() == 49
