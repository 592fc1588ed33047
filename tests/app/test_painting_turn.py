"""What changes much of a window is painted in a turn of its own, and is painted."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.frame_clock import FrameClock
from app.painting_turn import PaintingTurn


class Window(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.order: list[str] = []
        self.clock = FrameClock(parent=self)
        self.turn = PaintingTurn(self, self.clock)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.order.append("painted")
        return super().event(event)


@pytest.fixture
def window(qtbot: QtBot) -> Window:
    window = Window()
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: bool(window.order))
    QCoreApplication.processEvents()
    window.order.clear()
    return window


def test_the_event_loop_answers_before_what_is_put_off_is_painted(qtbot: QtBot, window: Window) -> None:
    window.update()
    window.turn.put_off()
    QTimer.singleShot(1, lambda: window.order.append("answered"))
    qtbot.waitUntil(lambda: len(window.order) == 2)
    assert window.order == ["answered", "painted"]


def test_what_is_not_put_off_is_painted_in_the_same_turn(qtbot: QtBot, window: Window) -> None:
    window.update()
    QTimer.singleShot(1, lambda: window.order.append("answered"))
    qtbot.waitUntil(lambda: len(window.order) == 2)
    assert window.order == ["painted", "answered"]


def test_asking_without_a_change_loses_no_later_one(qtbot: QtBot, window: Window) -> None:
    window.turn.put_off()
    QCoreApplication.processEvents()
    assert not window.order
    window.update()
    qtbot.waitUntil(lambda: window.order == ["painted"])


def test_it_can_be_painted_at_once_and_is_not_painted_again(qtbot: QtBot, window: Window) -> None:
    window.update()
    window.turn.put_off()
    QCoreApplication.processEvents()
    window.turn.paint()
    assert window.order == ["painted"]
    with qtbot.waitSignal(window.turn.findChild(QTimer).timeout):
        pass
    assert window.order == ["painted"]


def test_frames_that_take_longer_than_their_interval_are_painted_one_by_one(
    qtbot: QtBot, window: Window
) -> None:
    def frame() -> None:
        time.sleep(0.025)
        window.order.append("frame")
        window.update()
        window.turn.put_off()

    window.clock.tick.connect(frame)
    window.clock.start()
    qtbot.waitUntil(lambda: window.order.count("frame") >= 12)
    window.clock.stop()
    assert window.order.count("painted") >= 10


def test_a_frame_that_is_due_comes_in_the_turn_after_a_painting(window: Window) -> None:
    window.clock.start()
    timer = window.clock.findChild(QTimer)
    while timer.remainingTime() > 0:
        time.sleep(0.001)
    due = timer.timerId()
    window.turn.paint()
    assert timer.timerId() != due
    window.clock.stop()


def test_a_window_that_goes_away_before_its_turn_is_not_painted(qtbot: QtBot, window: Window) -> None:
    window.update()
    window.turn.put_off()
    QCoreApplication.processEvents()
    window.hide()
    window.turn.paint()
    assert not window.order
    window.show()
    qtbot.waitUntil(lambda: bool(window.order))


def test_other_events_are_left_to_the_window(window: Window) -> None:
    window.turn.put_off()
    assert not window.turn.eventFilter(window, QEvent(QEvent.Type.LayoutRequest))
