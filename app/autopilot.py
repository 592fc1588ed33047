"""Drives the window without a person: computes steps, saves a picture, reports, ends."""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from app.command_line import Options
from app.console import say
from app.engine.messages import Failed
from app.main_window import MainWindow
from app.plots.export import save_picture
from app.report import report_words
from lstm_viz.errors import TraceError

# Frames after the last step until the plots have settled and the picture is taken.
_FRAMES_BEFORE_PICTURE = 3


class Autopilot(QObject):
    """Does what the command line asked for, once the model is open.

    Parameters
    ----------
    window : MainWindow
    options : Options
    """

    def __init__(self, window: MainWindow, options: Options) -> None:
        super().__init__(window)
        self._window, self._session, self._options = window, window.session, options
        self._last: int | None = None
        self._frames = 0
        self._session.opened.connect(self._on_session_opened)
        self._session.failed.connect(self._on_session_failed)
        self._session.engine_lost.connect(self._on_session_engine_lost)

    def _on_session_opened(self) -> None:
        plan = self._session.plan
        if plan is None or self._session.path is None:
            self._finish(1)
            return
        trace, asked = self._session.trace, self._options.steps
        end = len(plan) if self._session.recording is None or trace is None else trace.count
        self._last = min(end if asked is None and self._options.quit else asked or 0, end) - 1
        if self._last >= 0:
            self._session.seek(self._last)
        self._window.clock.tick.connect(self._on_clock_tick)

    def _on_clock_tick(self) -> None:
        trace = self._session.trace
        if trace is None or self._last is None or trace.count <= self._last:
            return
        self._frames += 1
        self._window.clock.wake()
        if self._frames == _FRAMES_BEFORE_PICTURE:
            self._window.clock.tick.disconnect(self._on_clock_tick)
            QTimer.singleShot(0, self._report)

    def _report(self) -> None:
        if self._options.report and self._session.trace is not None:
            say(report_words(self._session.trace))
        code = 0
        if self._options.screenshot is not None:
            try:
                ratio = self._window.devicePixelRatio()  # so that it has the size asked for
                save_picture(self._window, self._options.screenshot, ratio)
                say(f"Picture of the window: {self._options.screenshot}")
            except TraceError as error:
                print(error, file=sys.stderr)
                code = 1
        self._finish(code)

    def _on_session_failed(self, failure: Failed) -> None:
        if self._options.quit:
            print(f"{failure.message} {failure.hint}".strip(), file=sys.stderr)
            self._finish(1)

    def _on_session_engine_lost(self, reason: str) -> None:
        if self._options.quit:
            print(reason, file=sys.stderr)
            self._finish(1)

    def _finish(self, code: int) -> None:
        if self._options.quit:
            self._window.close()
            QApplication.exit(code)
