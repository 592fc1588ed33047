import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from app.errors_dialog import ErrorDialogs, NotificationBar
from app.theme import DARK


@pytest.fixture
def home(qtbot):
    home = QWidget()
    qtbot.addWidget(home)
    home.show()
    return home


@pytest.fixture
def errors(home):
    errors = ErrorDialogs(home)
    yield errors
    errors.close_all()


def test_an_error_says_what_is_wrong_and_what_to_do(errors):
    dialog = errors.show_error("Opening", "model.h5 is damaged.", "Save it again.", "Traceback …")
    assert dialog.isVisible()
    assert dialog.windowTitle() == "Opening"
    assert dialog.message.text() == "model.h5 is damaged."
    assert dialog.hint.text() == "Save it again."


def test_showing_an_error_waits_for_nobody(errors):
    first = errors.show_error("Opening", "One.")
    second = errors.show_error("Opening", "Two.")
    assert first is not second
    assert errors.dialogs == (first, second)


def test_the_same_cause_never_opens_twice(errors):
    first = errors.show_error("Opening", "model.h5 is damaged.")
    again = errors.show_error("Opening", "model.h5 is damaged.")
    assert again is first
    assert errors.dialogs == (first,)
    assert first.times.text() == "It has come 2 times."


def test_a_cause_may_come_again_after_its_dialog_was_closed(errors, qtbot):
    first = errors.show_error("Opening", "model.h5 is damaged.")
    first.close()
    assert errors.dialogs == ()
    second = errors.show_error("Opening", "model.h5 is damaged.")
    assert second.isVisible()
    assert second.times.isHidden()


def test_dozens_of_causes_do_not_bury_the_window(errors, caplog):
    shown = [errors.show_error("Drawing", f"Cause {k}.") for k in range(40)]
    assert len(errors.dialogs) == 5
    assert shown[10] is None
    assert "Cause 39." in caplog.text


def test_details_are_there_on_demand(errors, qtbot):
    dialog = errors.show_error("Opening", "It failed.", details="Traceback …")
    assert not dialog.details.isVisible()
    qtbot.mouseClick(dialog.details_button, Qt.MouseButton.LeftButton)
    assert dialog.details.isVisible()
    assert dialog.details.toPlainText() == "Traceback …"


def test_without_details_there_is_no_button_for_them(errors):
    assert errors.show_error("Opening", "It failed.").details_button.isHidden()


def test_copy_takes_everything(errors, qtbot):
    dialog = errors.show_error("Opening", "It failed.", "Try again.", "Traceback …")
    qtbot.mouseClick(dialog.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "Opening\n\nIt failed.\n\nTry again.\n\nTraceback …"


def test_a_message_is_never_read_as_markup(errors):
    dialog = errors.show_error("Opening", "<img src='x'> is no model.", "<b>Open</b> another.")
    assert dialog.message.textFormat() == dialog.hint.textFormat() == Qt.TextFormat.PlainText


def test_escape_closes_it(errors, qtbot):
    dialog = errors.show_error("Opening", "It failed.")
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert errors.dialogs == ()


@pytest.fixture
def bar(qtbot):
    bar = NotificationBar()
    qtbot.addWidget(bar)
    return bar


def test_the_bar_is_hidden_until_there_is_a_message(bar):
    assert bar.isHidden()
    bar.notify("engine", "The engine stopped.", "Start it again", "error")
    assert bar.isVisible()
    assert bar.text.text() == bar.accessibleName() == "The engine stopped."
    assert bar.property("notice") == "error"


def test_its_button_says_which_message_was_meant(bar, qtbot):
    bar.notify("engine", "The engine stopped.", "Start it again")
    with qtbot.waitSignal(bar.button_clicked) as told:
        qtbot.mouseClick(bar.button, Qt.MouseButton.LeftButton)
    assert told.args == ["engine"]


def test_a_message_without_a_button_has_none(bar):
    bar.notify("engine", "The engine stopped.", "Start it again")
    bar.notify("hint", "Drop a model here.")
    assert bar.button.isHidden()
    assert bar.key == "hint"


def test_a_message_can_be_closed(bar, qtbot):
    bar.notify("hint", "Drop a model here.")
    with qtbot.waitSignal(bar.closed):
        qtbot.mouseClick(bar.close_button, Qt.MouseButton.LeftButton)
    assert bar.isHidden()
    assert bar.key == ""


def test_clearing_one_message_leaves_another(bar):
    bar.notify("hint", "Drop a model here.")
    bar.clear("engine")
    assert bar.isVisible()
    bar.clear("hint")
    assert bar.isHidden()


def test_its_sign_follows_the_theme(bar):
    bar.notify("engine", "The engine stopped.", kind="warning")
    before = bar.sign.pixmap().toImage()
    bar.set_theme(DARK)
    assert bar.sign.pixmap().toImage() != before
