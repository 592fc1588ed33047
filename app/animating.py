"""Animations of the view, drawn by a process of their own so that the window goes on."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal

from lstm_viz.replacing import remove_unfinished

# Not the script that the window was started by: it may lie anywhere.
_PROGRAM = "import sys; from app.command_line import run; sys.exit(run(sys.argv[1:]))"


class Animating(QObject):
    """Runs ``lstm-viz render`` on the recording that the window looks at, one at a time.

    Signals
    -------
    told(str, object)
        What is going on, empty for nothing, and the fraction done.
    done(str)
        The file that was written.
    failed(str)
        Why there is none.
    """

    told = Signal(str, object)
    done = Signal(str)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = ""
        self._cancelled = False
        self._process = QProcess(self)
        self._process.readyReadStandardOutput.connect(self._on_process_read)
        self._process.finished.connect(self._on_process_finished)
        self._process.errorOccurred.connect(self._on_process_error)

    @property
    def running(self) -> bool:
        """Whether something is being drawn."""
        return self._process.state() != QProcess.ProcessState.NotRunning

    def start(self, recording: str, path: str, arguments: list[str]) -> None:
        """Draw a recording to a file; the arguments are those of the command."""
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        self._process.setProcessEnvironment(environment)
        self._path, self._cancelled = path, False
        self.told.emit(f"Drawing {Path(path).name}…", None)
        line = ["-c", _PROGRAM, "render", recording, "--out", path, "--progress", *arguments]
        self._process.start(sys.executable, line)

    def cancel(self) -> None:
        """Give up what is being drawn; an earlier file stays as it was."""
        if self.running:
            self._cancelled = True
            self._process.kill()

    def stop(self) -> None:
        """Give it up and wait for its end."""
        self.cancel()
        self._process.waitForFinished()

    def _on_process_read(self) -> None:
        lines = bytes(self._process.readAllStandardOutput().data()).decode(errors="replace").split()
        fractions = [float(line) for line in lines if line.replace(".", "", 1).isdigit()]
        if fractions:
            self.told.emit(f"Drawing {Path(self._path).name}…", fractions[-1])

    def _on_process_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self.told.emit("", None)
        if self._cancelled or status != QProcess.ExitStatus.NormalExit:
            remove_unfinished(Path(self._path))
        if self._cancelled:
            return
        if code == 0 and status == QProcess.ExitStatus.NormalExit:
            self.done.emit(self._path)
            return
        said = bytes(self._process.readAllStandardError().data()).decode(errors="replace").strip()
        self.failed.emit(said.splitlines()[-1] if said else "The drawing process ended unexpectedly.")

    def _on_process_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self.told.emit("", None)
            self.failed.emit(f"{sys.executable} cannot be started.")
