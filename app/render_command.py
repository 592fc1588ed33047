"""``lstm-viz render RUN --out PICTURE``: a view of a recording as a picture or an animation."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.arguments import (
    EXIT_CODES,
    add_data_arguments,
    at_least_one,
    check_files,
    check_target,
    command_parser,
    pixels,
    shaping_of,
    signals,
    step_range,
)
from app.console import ProgressBar, say, say_error, say_json
from lstm_viz.errors import LstmVizError, TraceError

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from app.pictures import Picture
    from lstm_viz.dataset import Dataset
    from lstm_viz.trace import Trace

_STILL = (".png", ".svg")
_MOVING = (".gif", ".apng", ".mp4")
_VIEWS = ("gates", "units", "state-flow", "timeline")
_SIZE = (960, 720)
_SIZES = {"timeline": (960, 90)}  # of a screen, where it is another
_MOST_PIXELS_IN_ALL = 500_000_000  # of an animation, whose pictures a GIF keeps in memory
_MOST_PIXELS = 8000  # of each side

_EPILOG = f"""\
examples:
  lstm-viz render run.npz --out gates.svg
      the Gates view of the first layer and row, light on white, its text as text
  lstm-viz render run.zarr --layer lstm_1 --row 2 --steps 0:200 --size 1200x800 --scale 3 --out gates.png
      two hundred steps of one row, three pixels for each of the size
  lstm-viz render run.npz --units 0,3 --signals f,c --steps 0:60 --out units.gif --fps 8
      two units as curves, the cursor going along
  lstm-viz render run.npz --view state-flow --data series.csv --look-back 12 --out flow.svg
      which sample hands its state to which, and where the data do not go on

The ending of PICTURE says what it is: .png, .svg, or an animation .gif, .apng, .mp4 (needs ffmpeg).
With the --data that were run, the input and the target are drawn, too.
{EXIT_CODES}"""


def run_render(argv: Sequence[str]) -> int:
    """Draw what these arguments name; return the exit code."""
    parser = _parser()
    given = parser.parse_args(argv)
    kind = Path(given.out).suffix.lower()
    if kind not in (*_STILL, *_MOVING):
        parser.error(f"{given.out} does not end with one of {', '.join((*_STILL, *_MOVING))}")
    if given.view is None:
        given.view = "units" if given.units else "gates"
    if (given.view == "units") != bool(given.units):
        parser.error("--units are for --view units" if given.units else "--view units needs --units")
    if given.size is None:
        given.size = _SIZES.get(given.view, _SIZE)
    if max(given.size) * (given.scale or 1) > _MOST_PIXELS:
        parser.error(f"a picture has at most {_MOST_PIXELS} pixels on a side")
    check_files(parser, given.run, given.data)
    check_target(parser, given.out)
    shaping = shaping_of(parser, given)
    from app.system_libraries import missing_libraries, missing_words

    if missing := missing_libraries(window=False):
        print(missing_words(missing), file=sys.stderr)
        return 1
    bar = ProgressBar()
    try:
        facts = _render(given, kind, shaping, bar)
    except LstmVizError as error:
        bar.clear()
        say_error(error, given.json)
        return 1
    bar.clear()
    if given.json:
        say_json(facts)
    else:
        say(f"Written to {given.out}.")
    return 0


def _render(given: argparse.Namespace, kind: str, shaping: Any, bar: ProgressBar) -> dict[str, Any]:
    from lstm_viz.trace_opening import open_trace

    if kind == ".mp4":
        from app.animation import need_ffmpeg

        need_ffmpeg()
    bar.tell(f"Opening {given.run}")
    trace = open_trace(given.run)
    layer = given.layer or next(iter(trace.layers), None)
    if layer is None or trace.count == 0:
        raise TraceError("The recording holds no step of an LSTM.", "Record some steps of a model with one.")
    steps = _steps(given, trace)
    data = None
    if given.data is not None:
        from lstm_viz.dataset import Dataset

        # A folder holds data as the program keeps them, cut already.
        opened = Path(given.data)
        data = (
            Dataset.open(opened)
            if opened.is_dir()
            else Dataset.from_file(opened, shaping, missing=given.missing)
        )
    # Nothing is shown on a screen, whether there is one or not.
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtCore import qInstallMessageHandler
    from PySide6.QtWidgets import QApplication

    before = qInstallMessageHandler(_only_errors)
    application = QApplication.instance() or QApplication(["lstm-viz"])
    bar.tell("Drawing")
    picture = _picture(given, trace, layer, data)
    try:
        frames = _write(given, kind, picture, steps, bar)
    finally:
        picture.close()
        application.processEvents()
        qInstallMessageHandler(before)
    facts = {"path": given.out, "view": given.view, "layer": layer, "row": given.row, "steps": steps}
    return facts if kind in _STILL else facts | {"frames": frames}


def _picture(given: argparse.Namespace, trace: Trace, layer: str, data: Dataset | None) -> Picture:
    from app.pictures import THEMES, FlowPicture, RunPicture, TimelinePicture

    theme = THEMES[given.theme]
    if given.view == "state-flow":
        return FlowPicture(trace, layer, given.row, data, theme, given.size)
    if given.view == "timeline":
        return TimelinePicture(trace, given.row, theme, given.size)
    return RunPicture(trace, layer, given.row, given.units, data, theme, given.size, given.signals)


def _only_errors(kind: Any, context: object, message: str) -> None:
    """Let Qt say what matters: that a platform without a screen has no window manager does not."""
    from PySide6.QtCore import QtMsgType

    if kind in (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg):
        print(message, file=sys.stderr)


def _steps(given: argparse.Namespace, trace: Trace) -> tuple[int, int]:
    if given.steps is None:
        return 0, trace.count
    start, stop = given.steps
    if stop > trace.count:
        raise TraceError(f"Step {stop - 1} is not recorded.", f"Choose steps up to {trace.count}.")
    return start, stop


def _write(
    given: argparse.Namespace, kind: str, picture: Picture, steps: tuple[int, int], bar: ProgressBar
) -> int:
    """Write the picture or the animation beside its place, and move it there; return how many frames."""
    from app.plots.export import PNG_SCALE, save_png, save_svg
    from lstm_viz.replacing import replacing

    frames = len(range(*steps, given.every))
    scale = given.scale or (1.0 if kind in _MOVING else PNG_SCALE)
    most = int(_MOST_PIXELS_IN_ALL / (given.size[0] * given.size[1] * scale**2))
    if kind in _MOVING and frames > most:
        raise TraceError(
            f"The animation would have {frames:,} pictures, and at this size it may have {most:,}.",
            f"Choose fewer --steps, a smaller --size, or --every {-(-(steps[1] - steps[0]) // most)}.",
        )
    what = "the animation" if kind in _MOVING else "the picture"
    with replacing(Path(given.out), what=what) as temporary:
        if kind in _MOVING:
            from app.animation import Film, write_animation

            picture.show(*steps, cursor=steps[1] - 1)  # with all colours that there will be
            shown = _told(picture.frames(*steps, given.every, scale), frames, bar, given.progress)
            write_animation(Film(shown, frames, picture.picture(scale), given.fps), temporary, kind)
            return frames
        picture.show(*steps)
        if kind == ".svg":
            save_svg(picture.view, temporary)
        else:
            save_png(picture.view, temporary, scale)
    return 1


def _told(frames: Iterator[QImage], total: int, bar: ProgressBar, lines: bool) -> Iterator[QImage]:
    for number, frame in enumerate(frames, 1):
        yield frame
        bar.tell(f"Drawing picture {number} of {total}", number / total)
        if lines:  # for a program that waits for it
            print(number / total, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = command_parser(
        "render", "Draw a recording as the window does, as a picture or an animation.", _EPILOG
    )
    parser.add_argument("run", metavar="RUN", help="a recording (.npz, .h5, .zarr)")
    parser.add_argument("--out", required=True, metavar="PICTURE", help="where to write it")
    parser.add_argument(
        "--view", choices=_VIEWS, help="as in the window (default: gates, or units where --units are given)"
    )
    parser.add_argument("--layer", metavar="NAME", help="the LSTM layer (default: the first one)")
    parser.add_argument("--row", type=_whole, default=0, metavar="N", help="of the batch (default: 0)")
    parser.add_argument(
        "--steps", type=step_range, metavar="A:B", help="steps A up to, not with, B (default: all)"
    )
    parser.add_argument(
        "--units", type=_numbers, default=(), metavar="A,B,…", help="these units as curves, not heatmaps"
    )
    parser.add_argument(
        "--signals", type=signals, metavar="LETTERS", help="of i f g o c h (default: all; of curves c,h)"
    )
    parser.add_argument(
        "--theme", choices=("print", "light", "dark"), default="print", help="default: print, light on white"
    )
    parser.add_argument(
        "--size", type=pixels, metavar="WxH", help="as on a screen (default: 960x720; of a timeline 960x90)"
    )
    parser.add_argument(
        "--scale",
        type=_scale,
        metavar="X",
        help="pixels for each of these (default: 2, of an animation 1)",
    )
    parser.add_argument("--json", action="store_true", help="say what was done for machines")
    parser.add_argument("--progress", action="store_true", help=argparse.SUPPRESS)  # for the window
    moving = parser.add_argument_group("animation")
    moving.add_argument(
        "--fps", type=_rate, default=10.0, metavar="N", help="pictures a second (default: 10)"
    )
    moving.add_argument(
        "--every",
        type=at_least_one,
        default=1,
        metavar="N",
        help="one picture for every N steps (default: 1)",
    )
    add_data_arguments(parser)
    return parser


def _whole(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 0 on")
    return int(text)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(_whole(part.strip()) for part in text.split(",")))[:8]


def _scale(text: str) -> float:
    return _between(text, 0.5, 10)


def _rate(text: str) -> float:
    return _between(text, 0.1, 60)


def _between(text: str, low: float, high: float) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is not a number") from error
    if not low <= value <= high:
        raise argparse.ArgumentTypeError(f"{text} is not between {low:g} and {high:g}")
    return value
