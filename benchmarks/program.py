"""The real program for the benchmarks: where it is, how it is waited for and driven, and its memory."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_LOGGING_RULES", "default.warning=false")

PATIENCE_SECONDS = 180.0


class Program:
    """The program, with its first example open, until the block ends.

    Parameters
    ----------
    folder : Path
        For its settings, recordings and what it keeps.
    """

    def __init__(self, folder: Path) -> None:
        from PySide6.QtCore import QSettings

        for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
            os.environ[name] = str(folder)
        from app.application import Application
        from app.command_line import Options
        from app.settings import Settings

        store = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
        self._application = Application(Options(theme="light", size=(1440, 900)), Settings(store))
        self.window, self.session = self._application.window, self._application.session
        self._opened = 0
        self.session.opened.connect(self._on_opened)

    def __enter__(self) -> Program:
        self._application.start()
        self._application.failures.uninstall()  # what goes wrong here is to be seen
        self.wait(lambda: self._opened > 0)
        return self

    def __exit__(self, *_: object) -> None:
        self.window.close()
        self._application.stop()

    def _on_opened(self) -> None:
        self._opened += 1

    @property
    def engine(self) -> int:
        """Number of the engine process."""
        return self._application.bridge.pid or 0

    def open(self, model: str | None = None, data: str | None = None) -> None:
        """Open files and wait until they are open."""
        before = self._opened
        self.session.open_files(model, data)
        self.wait(lambda: self._opened > before)

    def open_example(self, name: str) -> None:
        """Open a built-in example and wait until it is open."""
        before = self._opened
        self.session.open_example(name)
        self.wait(lambda: self._opened > before)

    def show(self, view: str) -> None:
        """Bring a view to the front."""
        views = self.window.views
        views.setCurrentIndex([views.tabText(k) for k in range(views.count())].index(view))
        self._application.qt.processEvents()

    def frame(self) -> None:
        """Draw one frame now: read what there is, tell the views, paint them."""
        self.window.clock.wake()
        self.window.clock.tick.emit(1 / 60)
        self._application.qt.processEvents()
        self.window.painting.paint()

    def wait(self, condition: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
        """Let the program run until something holds."""
        wait(condition, seconds)

    def wait_seconds(self, seconds: float) -> None:
        """Let the program run so long."""
        wait_seconds(seconds)


def private_memory(pid: int) -> tuple[float, float]:
    """Return the MiB that a process has for itself: anonymous pages, and pages of files."""
    if sys.platform != "linux":
        return float("nan"), float("nan")
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()[1:]
    kib = {line.split(":")[0]: int(line.split()[1]) for line in lines}
    private = kib["Private_Clean"] + kib["Private_Dirty"]
    return kib["Anonymous"] / 1024, max(0, private - kib["Anonymous"]) / 1024


def wait(condition: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    """Let the event loop run until something holds."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop, poll, end = QEventLoop(), QTimer(), time.perf_counter() + seconds

    def look() -> None:
        if condition() or time.perf_counter() > end:
            loop.quit()

    poll.timeout.connect(look)
    poll.start(20)
    loop.exec()
    poll.stop()
    if not condition():
        raise TimeoutError("The program did not get there in time.")


def wait_seconds(seconds: float) -> None:
    """Let the event loop run so long."""
    end = time.perf_counter() + seconds
    wait(lambda: time.perf_counter() >= end, seconds + 5)
