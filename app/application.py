"""The application around the window: logging, crash handling, settings, theme, engine, and their order."""

from __future__ import annotations

import faulthandler
import functools
import gc
import logging
import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, Qt, QTimer, QtMsgType, Signal, qInstallMessageHandler
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from app.autopilot import Autopilot
from app.command_line import Options
from app.engine.bridge import EngineBridge
from app.engine.messages import Failed
from app.engine.session_folder import SessionFolder
from app.help_dialogs import versions
from app.main_window import MainWindow
from app.session import Session
from app.session_file import SavedSession
from app.session_keeper import LEFT_OPEN
from app.settings import Settings
from app.theme import ThemeKeeper, icons_folder
from lstm_viz.errors import LstmVizError
from lstm_viz.examples import NAMES

FIRST_EXAMPLE = NAMES[0]
_UNSEEN_MILLISECONDS = 1000  # a window that starts minimised is painted when it is opened, perhaps never
LAST_CRASH = "last crash"  # the key of that notice
log = logging.getLogger("lstm_viz.app")


class Failures(QObject):
    """Brings exceptions that nobody caught to the window, whichever thread they come from.

    PySide6 runs ``sys.excepthook`` on the thread that failed, in the middle of anything; a dialog is only
    built later, on the main thread.
    """

    found = Signal(str, str)  # what it was, and where

    def install(self) -> None:
        """Catch from now on."""
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception

    @staticmethod
    def uninstall() -> None:
        """Leave exceptions to Python again."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, where: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        details = "".join(traceback.format_exception(kind, error, where))
        log.error("unexpected error\n%s", details)
        sys.__excepthook__(kind, error, where)  # the log goes with the session; a terminal stays
        self.found.emit(f"{kind.__name__}: {error}", details)

    def _on_thread_exception(self, failure: threading.ExceptHookArgs) -> None:
        if failure.exc_value is not None:
            self._on_exception(failure.exc_type, failure.exc_value, failure.exc_traceback)


class Application:
    """Everything that lives as long as the program, made and ended in order.

    Parameters
    ----------
    options : Options
    settings : Settings or None
        None for the user's own.
    """

    def __init__(self, options: Options, settings: Settings | None = None) -> None:
        self.options = options
        self.qt = QApplication.instance() or QApplication(["lstm-viz"])
        self.qt.setApplicationName("lstm-viz")
        self.qt.setApplicationDisplayName("lstm-viz")
        self.qt.setDesktopFileName("lstm-viz")
        self.qt.setWindowIcon(QIcon(str(icons_folder() / "lstm-viz.svg")))
        self.settings = settings or Settings()
        self.folder = SessionFolder.create()
        # A run without a person leaves it to the next one.
        self._last_crash = None if options.quit else self.folder.take_crash_log()
        self._start_logging()
        self.themes = ThemeKeeper(self.qt, options.theme or self.settings.theme)
        self.bridge = EngineBridge(self.folder)
        self.session = Session(self.bridge)
        self.session.attended = not options.quit
        self.window = MainWindow(self.session, self.settings, self.themes)
        self.themes.dress()
        if options.size is not None:
            self.window.resize(*options.size)
        self.failures = Failures()
        self.failures.found.connect(self._on_failures_found, Qt.ConnectionType.QueuedConnection)
        self.session.failed.connect(self._on_session_failed)
        self.window.closed.connect(self.stop)
        self._engine_timer = QTimer(self.window)
        self._engine_timer.setSingleShot(True)
        self._engine_timer.timeout.connect(self.bridge.start)
        self.window.painted.connect(self._on_window_painted)
        notice = self.window.notice
        notice.button_clicked.connect(self._on_notice_button_clicked)
        notice.second_clicked.connect(self._on_notice_second_clicked)
        notice.dismissed.connect(self._on_notice_dismissed)
        drives = options.steps or options.quit or options.screenshot
        self.autopilot = Autopilot(self.window, options) if drives else None

    def start(self) -> None:
        """Show the window; the engine starts when it is on the screen, or where it is not, soon after."""
        self.failures.install()
        self._engine_timer.start(_UNSEEN_MILLISECONDS)
        self._open_first()
        self.window.show()
        if not self.options.quit:
            self._tell_of_last_time(self.window.keeper.start())

    def _on_window_painted(self) -> None:
        self.window.painted.disconnect(self._on_window_painted)
        if self._engine_timer.isActive():
            self._engine_timer.start(0)  # what is in the window is painted in the same event as the window

    def stop(self) -> None:
        """End the engine and remove what the session kept on disk. May be called again."""
        self.failures.uninstall()
        self._engine_timer.stop()
        self.window.keeper.stop()
        self.bridge.stop()
        self._stop_logging()
        self.folder.remove()

    def _open_first(self) -> None:
        """Ask for what the command line names; whatever is asked for later comes after it."""
        options = self.options
        if options.session is not None:
            # In the event loop, but before anything else there: it may have to ask for files, or end the run.
            QTimer.singleShot(0, functools.partial(self.window.keeper.open, Path(options.session)))
        elif options.model is not None:
            self.session.open_files(
                options.model, options.data, options.architecture, options.missing, options.shaping
            )
        else:
            self.session.open_example(
                options.example or FIRST_EXAMPLE, options.data, options.missing, options.shaping
            )

    def _on_session_failed(self, failure: Failed) -> None:
        # What the command line named cannot be opened: the window is not left empty all the same, unless
        # somebody was asked for what is missing.
        asked = self.session.opening or failure.missing == "values"
        if failure.command == "Open" and self.session.trace is None and not (asked or self.options.quit):
            self.session.open_example(FIRST_EXAMPLE)

    def _start_logging(self) -> None:
        self._handler = logging.FileHandler(self.folder.window_log, encoding="utf-8")
        self._handler.stream.write(f"{versions()}\n")
        self._handler.flush()
        self._handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        logging.getLogger().addHandler(self._handler)  # all of it: nothing shall go to the terminal
        qInstallMessageHandler(_log_qt)
        self._crash_file = self.folder.crash_log.open("w", encoding="utf-8")
        faulthandler.enable(self._crash_file)

    def _stop_logging(self) -> None:
        qInstallMessageHandler(None)
        logging.getLogger().removeHandler(self._handler)
        self._handler.close()
        if not self._crash_file.closed:
            faulthandler.disable()
            self._crash_file.close()

    def _tell_of_last_time(self, left: SavedSession | None) -> None:
        """Offer what a program that did not end as it should had open, and what it said."""
        notify, crashed = self.window.notice.notify, self._last_crash is not None
        if left is not None:
            words = f"The program ended unexpectedly with “{left.title}” open."
            closing = "Discard what was open, with what was recorded of it"
            log_button = "Crash log" if crashed else ""
            notify(LEFT_OPEN, words, "Open it again", "warning", log_button, closing)
        elif crashed:
            words = "The program ended unexpectedly the last time. What it said then is kept."
            notify(LAST_CRASH, words, "Crash log", "warning")

    def _on_notice_button_clicked(self, key: str) -> None:
        if key in (LEFT_OPEN, LAST_CRASH):
            self.window.notice.clear(key)
        if key == LEFT_OPEN:
            self.window.keeper.restore()
        elif key == LAST_CRASH:
            self._show_last_crash()

    def _on_notice_second_clicked(self, key: str) -> None:
        if key == LEFT_OPEN:
            self._show_last_crash()

    def _on_notice_dismissed(self, key: str) -> None:
        if key == LEFT_OPEN:
            self.window.keeper.forget()

    def _show_last_crash(self) -> None:
        if self._last_crash is None:
            return
        try:
            details = self._last_crash.read_text("utf-8", "replace")
        except OSError as error:
            details = str(error)
        self.window.errors.show_error(
            "The last crash",
            "The program ended unexpectedly the last time.",
            f"Copy the details into a report. They are kept in {self._last_crash}.",
            details,
        )

    def _on_failures_found(self, what: str, details: str) -> None:
        self.window.errors.show_error(
            "Something went wrong in the window",
            f"An unexpected error occurred: {what}.",
            "What is recorded is kept. If it happens again, copy the details into a report.",
            details,
        )


def _log_qt(kind: QtMsgType, context: object, message: str) -> None:
    levels = {
        QtMsgType.QtDebugMsg: logging.DEBUG,
        QtMsgType.QtInfoMsg: logging.INFO,
        QtMsgType.QtWarningMsg: logging.WARNING,
    }
    log.log(levels.get(kind, logging.ERROR), "Qt: %s", message)


def run_application(options: Options) -> int:
    """Run the program until its window is closed and return the exit code.

    From its start on the garbage collector is at work, whether it was before or not.
    """
    try:
        application = Application(options)
    except LstmVizError as error:
        print(error, file=sys.stderr)
        return 1
    application.start()
    # What the window is made of stays: looking through it for garbage would hold a frame up for 30 ms.
    gc.freeze()
    gc.enable()
    try:
        return application.qt.exec()
    finally:
        application.stop()
