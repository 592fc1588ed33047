"""Makes every picture of the documentation from the program itself, without a screen.

    uv run python docs/make_pictures.py             # all of them
    uv run python docs/make_pictures.py window      # those whose name begins like that, or with several names

The examples and their models are fixed, and so is everything that is asked of the window: the same
program on the same system gives the same pictures.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import numpy as np
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtGui import QImage, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QToolBar, QWidget

from app.application import Application
from app.command_line import Options
from app.panels.gallery import GalleryDialog
from app.plots.plot_column import PlotColumn
from app.settings import Settings
from app.tours import tour_of
from lstm_viz.examples import EXAMPLES, Example
from lstm_viz.plan import Resets

FOLDER = Path(__file__).resolve().parent / "pictures"
SIZE = (1280, 840)
_CARD = (560, 364)  # of the view that a picture of the gallery is taken of
_SMALL_WIDTH = 400
_LONGEST_WAIT_S = 120.0
_SETTLE_S = 0.4  # of frames after the last change, for layouts and plots to come to rest


class Studio:
    """The program, and what is needed to put it into a state and take a picture of it.

    Parameters
    ----------
    application : Application
    wanted : tuple of str
        Only pictures whose name begins like one of these are kept.
    """

    def __init__(self, application: Application, wanted: tuple[str, ...]) -> None:
        self.application = application
        self.window = application.window
        self.session = application.session
        self.wanted = wanted
        self.opened = 0
        self.failures: list[str] = []
        self.runs = 0
        self.accepted = self.session.settings
        self.session.opened.connect(self._on_opened)
        self.session.run_changed.connect(self._on_run_changed)
        self.session.failed.connect(self._on_failed)

    def _on_opened(self) -> None:
        self.opened += 1

    def _on_run_changed(self) -> None:
        self.runs += 1
        self.accepted = self.session.settings

    def _on_failed(self, failure: object) -> None:
        self.failures.append(str(failure))

    def wait_for(self, what: str, done: Callable[[], bool]) -> None:
        """Let the program run until something is so."""
        end = time.monotonic() + _LONGEST_WAIT_S
        while not done():
            if self.failures or time.monotonic() > end:
                raise SystemExit(f"{what}: {self.failures or 'it took too long'}")
            self.let_run(0.02)

    def let_run(self, seconds: float) -> None:
        """Let the program run for a while."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            QApplication.processEvents()
            time.sleep(0.005)

    def open_example(self, name: str) -> None:
        """Open a built-in example."""
        opened = self.opened
        self.session.open_example(name)
        self.wait_for(f"opening {name}", lambda: self.opened > opened)

    def run_to(self, step: int) -> None:
        """Compute up to a step and put the cursor on it."""
        self.session.seek(step)
        self.wait_for(f"step {step}", lambda: self._count() > step)

    def complete(self) -> None:
        """Compute the whole run, with the cursor where it is: how far it got by chance is not to be seen."""
        cursor, last = self.session.player.wanted, len(self.session.plan) - 1
        self.run_to(last)
        self.session.seek(0 if cursor is None else cursor)

    def configure(self, **changes: object) -> None:
        """Run under other settings, and wait until what was recorded is recorded again."""
        runs = self.runs
        self.session.configure(dataclasses.replace(self.session.settings, **changes))
        if self.session.settings == self.accepted:
            return  # as it is already
        self.wait_for("settings", lambda: self.runs > runs)
        wanted = self.session.player.wanted
        if wanted is not None:
            self.wait_for("computing again", lambda: self._count() > wanted)

    def _count(self) -> int:
        return 0 if self.session.trace is None else self.session.trace.count

    def compare(self, key: str) -> None:
        """Compare with another run of the same data, computed as far."""
        comparing, count = self.session.comparing, self._count()
        comparing.start(key)
        self.look_at(self.window.compare)
        self.wait_for("comparing", lambda: comparing.trace is not None and comparing.trace.count >= count)

    def show(self, steps: tuple[int, int], *views: PlotColumn) -> None:
        """Show these steps in the plots."""
        self.window.set_following(False)
        for view in views or (self.window.gates, self.window.units):
            view.show_steps(*steps)

    def look_at(self, view: QWidget) -> None:
        """Bring one of the views to the front."""
        self.window.views.setCurrentWidget(view)

    def take(self, name: str, *widgets: QWidget) -> None:
        """Save a picture of the window, or of some of its widgets one above the other."""
        if not name.startswith(self.wanted):
            return
        self.window.status.news.clear()  # it goes by itself after some seconds
        self.window.cell.diagram.forget_scale()  # it grows with what was shown on the way here
        self.window.presenter.refresh()
        self.let_run(_SETTLE_S)
        parts = [widget.grab() for widget in widgets or (self.window,)]
        save(stacked(parts), FOLDER / f"{name}.png")


def stacked(parts: list[QPixmap]) -> QImage:
    """Return pictures one above the other."""
    image = QImage(
        max(part.width() for part in parts),
        sum(part.height() for part in parts),
        QImage.Format.Format_RGB32,
    )
    image.fill(parts[0].toImage().pixelColor(0, 0))
    painter = QPainter(image)
    top = 0
    for part in parts:
        painter.drawPixmap(QPoint(0, top), part)
        top += part.height()
    painter.end()
    return image


def save(image: QImage, path: Path) -> None:
    """Save a picture, as small as PNG makes it without losing anything."""
    if not image.save(str(path), "PNG", 0):  # 0 is the strongest compression
        raise SystemExit(f"{path} could not be written")
    print(f"{path.relative_to(FOLDER.parent.parent)}  {path.stat().st_size / 1024:.0f} KiB")


# -- the pictures -----------------------------------------------------------------------------------


def whole_window(studio: Studio, theme: str) -> None:
    """Take the whole window, with the tagger halfway."""
    studio.open_example("tagger")
    studio.configure(stateful=True)
    for unit in (5, 10):
        studio.session.pin(unit)
    studio.session.set_unit(10)
    studio.run_to(300)
    studio.show((120, 360))
    studio.take(f"window-{theme}")


def panels(studio: Studio, theme: str) -> None:
    """Take each panel by itself, as that window shows it."""
    window = studio.window
    for name in ("model", "data", "timeline"):
        studio.take(f"{name}-{theme}", window.docks[name])
    studio.take(f"gates-{theme}", window.gates)
    studio.look_at(window.units)
    studio.take(f"units-{theme}", window.units)
    studio.look_at(window.gates)
    bars = [window.findChild(QWidget, f"{name}_bar") for name in ("transport", "run_settings")]
    studio.take(f"controls-{theme}", *bars)
    studio.take(f"status-{theme}", window.status)


def cell(studio: Studio, theme: str) -> None:
    """Take the Cell panel large, with the reason for a gate."""
    window = studio.window
    window.set_cell_large(True)
    window.cell.why.choose("f")
    studio.wait_for("the reason", window.cell.why.bars.isVisible)
    studio.take(f"cell-large-{theme}", window.cell)
    window.cell.why.choose("")
    window.set_cell_large(False)


def stateful(studio: Studio, theme: str) -> None:
    """Take the first example with its state carried on, started anew at each batch, and reset."""
    window = studio.window
    for name in ("model", "data", "cell"):
        window.docks[name].hide()
    for unit in (1, 2, 3):
        studio.session.pin(unit)
    studio.run_to(59)
    studio.look_at(window.units)
    for name, changes in (
        ("stateful-on", {"stateful": True}),
        ("stateful-off", {"stateful": False}),
        ("reset-every", {"stateful": True, "resets": Resets(every=12)}),
    ):
        studio.configure(**changes)
        studio.show((0, 60))
        studio.take(f"{name}-{theme}", window.units)
    studio.configure(resets=Resets())
    studio.complete()
    studio.compare("stateless")
    studio.show((0, 60), window.compare)
    studio.take(f"compare-{theme}", window.compare)
    window.session.comparing.end()
    studio.look_at(window.state_flow)
    for name, changes in (
        ("state-flow", {"batch_size": 3}),
        ("state-flow-broken", {"batch_size": 47}),
        ("state-flow-interleaved", {"interleaved": True}),
    ):
        studio.configure(**changes)
        studio.complete()
        studio.take(f"{name}-{theme}", window.state_flow)
    studio.configure(batch_size=1, interleaved=False)
    window.run_settings.batch_size.propose(3)
    studio.take(f"batch-size-{theme}", window.run_settings.preview)
    window.run_settings.batch_size.withdraw()
    studio.configure(batch_size=3, stateful=False)
    studio.complete()
    studio.take(f"entering-{theme}", window.state_flow)
    studio.configure(batch_size=1, stateful=True)
    studio.look_at(window.gates)
    window.reset_layout()


def mask(studio: Studio, theme: str) -> None:
    """Take padded sequences: timesteps that a mask makes the LSTM skip."""
    studio.open_example("classifier")
    studio.run_to(119)
    studio.show((0, 120))
    studio.take(f"mask-{theme}", studio.window.gates)


def generated(studio: Studio, theme: str) -> None:
    """Take a series and a text that a model goes on with by itself."""
    window, generating = studio.window, studio.session.generating
    for picture, name, first in (("generated", "wave", 330), ("generated-text", "text", 0)):
        studio.open_example(name)
        opened = studio.opened
        generating.start(generating.suggested())
        studio.wait_for(f"going on with {name}", lambda opened=opened: studio.opened > opened)
        studio.session.player.pause()
        last = len(studio.session.plan) - 1
        studio.run_to(last)
        studio.show((first, last + 1 if first else 44))
        studio.session.seek(last if first else 30)
        studio.take(f"{picture}-{theme}", window.gates)
    window.offers.show_generate()
    window.generate.setFocus()
    studio.take(f"generate-{theme}", window.generate)
    window.generate.close()


def lengths(studio: Studio, theme: str) -> None:
    """Take samples of different lengths: which of them lie together."""
    studio.open_example("lengths")
    studio.run_to(170)
    studio.look_at(studio.window.state_flow)
    studio.take(f"lengths-{theme}", studio.window.state_flow)
    studio.look_at(studio.window.gates)


def boxes(studio: Studio, theme: str) -> None:
    """Take the diagram of boxes of two stacked layers, and of an encoder with its decoder."""
    window = studio.window
    for name, dock in window.docks.items():
        dock.setVisible(name == "timeline")
    studio.look_at(window.boxes)
    for picture, name, step in (("boxes", "classifier", 5), ("boxes-decoder", "anomaly", 31)):
        studio.open_example(name)
        studio.run_to(step)
        studio.window.boxes.canvas.show_timestep(step)
        studio.take(f"{picture}-{theme}", window.boxes)
    studio.look_at(window.gates)
    window.reset_layout()


def gallery(studio: Studio, theme: str) -> None:
    """Take the gallery's picture of each example, and the gallery."""
    window = studio.window
    least = window.minimumSize()
    around = [*window.docks.values(), *window.findChildren(QToolBar), window.status, window.menuBar()]
    for widget in around:
        widget.hide()
    window.views.tabBar().hide()
    window.setMinimumSize(0, 0)
    window.resize(*_CARD)
    for shown in EXAMPLES:
        if f"example-{shown.name}".startswith(studio.wanted):
            small_picture(studio, shown, theme)
    window.setMinimumSize(least)
    window.resize(*SIZE)
    for widget in (*around, window.views.tabBar()):
        widget.show()
    window.reset_layout()
    window.actions_by_id["gallery"].trigger()
    dialog = next(each for each in QApplication.topLevelWidgets() if isinstance(each, GalleryDialog))
    studio.take(f"gallery-{theme}", dialog)
    dialog.close()


def small_picture(studio: Studio, shown: Example, theme: str) -> None:
    """Take the picture of one example."""
    picture, window = tour_of(shown.name).picture, studio.window
    studio.open_example(shown.name)
    view = getattr(window, picture.view)
    studio.look_at(view)
    window.setFocus()
    for unit in picture.pinned:
        studio.session.pin(unit)
    studio.run_to(picture.step)
    if picture.span is not None:
        studio.show(picture.span)
    studio.let_run(_SETTLE_S)
    part = view.canvas.viewport() if picture.view in ("boxes", "state_flow") else view
    small = part.grab().scaledToWidth(_SMALL_WIDTH, Qt.TransformationMode.SmoothTransformation).toImage()
    save(with_fewer_shades(small), shown.folder / f"picture-{theme}.png")


def with_fewer_shades(image: QImage) -> QImage:
    """Return a picture with 32 shades of each colour, which makes a file of half the size."""
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    values = np.frombuffer(image.bits(), np.uint8)
    shades = (values & 0xF8) | (values >> 5)
    made = QImage(shades.tobytes(), image.width(), image.height(), image.bytesPerLine(), image.format())
    return made.copy()  # which has the bytes itself


def tour(studio: Studio, theme: str) -> None:
    """Take the first stop of a tour, done."""
    studio.open_example("next_value")
    studio.window.tour.begin()
    studio.run_to(2)
    studio.take(f"tour-{theme}")
    studio.window.tour.end()


SCENES = (
    stateful,
    whole_window,
    panels,
    cell,
    mask,
    generated,
    lengths,
    boxes,
    tour,
    gallery,
)  # the program starts with the example of the first one


def studios(wanted: tuple[str, ...]) -> Iterator[tuple[Studio, str]]:
    """Yield a running program in each theme."""
    for theme in ("light", "dark"):
        with tempfile.TemporaryDirectory() as folder:
            # Neither crashes nor sessions of the person who runs this belong into pictures.
            os.environ["XDG_STATE_HOME"] = os.environ["XDG_CACHE_HOME"] = folder
            store = QSettings(str(Path(folder, "settings.ini")), QSettings.Format.IniFormat)
            application = Application(Options(theme=theme, size=SIZE), Settings(store))
            application.start()
            studio = Studio(application, wanted)
            studio.wait_for("the first example", lambda studio=studio: studio.opened > 0)
            yield studio, theme
            application.window.close()
            application.stop()


def main() -> int:
    """Make the pictures."""
    parser = argparse.ArgumentParser(description="Makes the pictures of the documentation.")
    parser.add_argument("names", nargs="*", help="only pictures whose name begins like one of these")
    wanted = tuple(parser.parse_args().names) or ("",)
    FOLDER.mkdir(exist_ok=True)
    for studio, theme in studios(wanted):
        for scene in SCENES:
            scene(studio, theme)
    return 0


if __name__ == "__main__":
    sys.exit(main())
