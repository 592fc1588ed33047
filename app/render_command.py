"""``lstm-viz render RUN --out PICTURE``: a view of a recording or of a model's run, still or moving."""

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
    add_model_arguments,
    add_run_arguments,
    at_least_one,
    check_example,
    check_files,
    check_target,
    command_parser,
    pixels,
    shaping_of,
    signals,
    step_range,
)
from app.console import ProgressBar, say, say_error, say_json
from app.render_source import WISHES, check_recorded, check_source, source_of, steps_of
from lstm_viz.errors import LstmVizError, TraceError

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from app.pictures.picture import Picture
    from app.render_source import Source
    from lstm_viz.trace import Trace

_STILL = (".png", ".svg")
_MOVING = (".gif", ".apng", ".mp4")
_VIEWS = ("gates", "units", "state-flow", "boxes", "compare", "cell", "timeline")
MOST_UNITS = 8  # as many as the window draws; a test holds it against it
_OF_A_MOMENT = ("boxes", "cell")
_SIZE = (960, 720)
_SIZES = {"timeline": (960, 90), "cell": (960, 420), "boxes": (960, 600)}  # of a screen, where it is another
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
  lstm-viz render run.npz --view cell --unit 3 --step 42 --out cell.svg
      the cell of one unit at one step, its equations filled in
  lstm-viz render run.npz --view compare --with other.npz --signals h --out compare.svg
      the hidden state in two recordings, and the difference
  lstm-viz render model.keras --data series.csv --look-back 12 --stateful --with stateless --out compare.svg
      a model, run twice: what the state that is carried over changes
  lstm-viz render --example anomaly --view boxes --step 31 --out boxes.svg
      the diagram of boxes, which needs the model

The ending of PICTURE says what it is: .png, .svg, or an animation .gif, .apng, .mp4 (needs ffmpeg).
With the --data that were run, the input and the target of a recording are drawn, too.
{EXIT_CODES}"""


def run_render(argv: Sequence[str]) -> int:
    """Draw what these arguments name; return the exit code."""
    parser = _parser()
    given = parser.parse_args(argv)
    kind = Path(given.out).suffix.lower()
    if kind not in (*_STILL, *_MOVING):
        parser.error(f"{given.out} does not end with one of {', '.join((*_STILL, *_MOVING))}")
    _check_view(parser, given, kind)
    given.fit = given.size is None and given.view == "boxes"
    if given.size is None:
        given.size = _SIZES.get(given.view, _SIZE)
    if max(given.size) * (given.scale or 1) > _MOST_PIXELS:
        parser.error(f"a picture has at most {_MOST_PIXELS} pixels on a side")
    check_files(parser, given.model, given.architecture, given.data)
    check_example(parser, given.example)
    check_target(parser, given.out)
    check_source(parser, given)
    shaping = shaping_of(parser, given)
    from app.system_libraries import missing_libraries, missing_words

    if missing := missing_libraries(window=False):
        print(missing_words(missing), file=sys.stderr)
        return 1
    bar = ProgressBar()
    try:
        facts = _render(parser, given, kind, shaping, bar)
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


def _check_view(parser: argparse.ArgumentParser, given: argparse.Namespace, kind: str) -> None:
    """Find the view, and end with an error where something is said that is not for it."""
    if given.view is None:
        given.view = "compare" if given.other else "units" if given.units else "gates"
    view = given.view
    given.moment = view in _OF_A_MOMENT and kind in _STILL
    if view == "units" and not given.units:
        parser.error("--view units needs --units")
    if given.units and view not in ("units", "cell"):
        parser.error("--units are for --view units and cell")
    if view == "cell" and len(given.units) > 1:
        parser.error("--view cell shows one of the --units")
    if view == "compare" and given.other is None:
        parser.error(f"--view compare needs --with: {', '.join(WISHES)}, a model or a recording")
    if given.other is not None and view != "compare":
        parser.error("--with is for --view compare")
    if given.signals is not None and view not in ("gates", "units", "compare"):
        parser.error("--signals are for --view gates, units and compare")
    if view == "compare" and given.signals is not None and len(given.signals) > 1:
        parser.error("--view compare shows one of the --signals")
    if given.step is not None and not given.moment:
        parser.error("--step is for pictures of --view boxes and cell; others take --steps")
    if given.step is not None and given.steps is not None:
        parser.error("give --step or --steps, not both")


def _render(
    parser: argparse.ArgumentParser, given: argparse.Namespace, kind: str, shaping: Any, bar: ProgressBar
) -> dict[str, Any]:
    if kind == ".mp4":
        from app.animation import need_ffmpeg

        need_ffmpeg()
    with source_of(parser, given, shaping, bar) as source:
        trace = source.trace
        check_recorded(trace)
        layer = given.layer or next(iter(trace.layers))
        steps = _steps(given, source)
        # Nothing is shown on a screen, whether there is one or not.
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        from PySide6.QtCore import qInstallMessageHandler
        from PySide6.QtWidgets import QApplication

        before = qInstallMessageHandler(_only_errors)
        application = QApplication.instance() or QApplication(["lstm-viz"])
        bar.tell("Drawing")
        picture = _picture(given, source, layer)
        try:
            frames = _write(given, kind, picture, steps, bar)
        finally:
            picture.close()
            application.processEvents()
            qInstallMessageHandler(before)
    facts = {"path": given.out, "view": given.view, "layer": layer, "row": given.row, "steps": steps}
    return facts if kind in _STILL else facts | {"frames": frames}


def _picture(given: argparse.Namespace, source: Source, layer: str) -> Picture:
    """Return the view that is asked for; a module is imported only for the view that needs it."""
    from app.pictures.picture import THEMES

    trace, data, row = source.trace, source.data, given.row
    place = THEMES[given.theme], given.size
    match given.view:
        case "state-flow":
            from app.pictures.flow_picture import FlowPicture

            return FlowPicture(trace, layer, row, data, *place)
        case "timeline":
            from app.pictures.timeline_picture import TimelinePicture

            return TimelinePicture(trace, row, *place)
        case "cell":
            from app.pictures.cell_picture import CellPicture

            return CellPicture(trace, layer, row, next(iter(given.units), 0), *place)
        case "boxes":
            from app.pictures.boxes_picture import BoxesPicture

            assert source.model is not None
            assert data is not None
            return BoxesPicture(source.model, trace, layer, row, data, *place, given.fit)
        case "compare":
            from app.pictures.compare_picture import ComparePicture

            assert source.second is not None
            signal = "c" if given.signals is None else given.signals[0]
            return ComparePicture(trace, source.second, layer, row, signal, data, *place)
    from app.pictures.run_picture import RunPicture

    return RunPicture(trace, layer, row, given.units, data, *place, given.signals)


def _only_errors(kind: Any, context: object, message: str) -> None:
    """Let Qt say what matters: that a platform without a screen has no window manager does not."""
    from PySide6.QtCore import QtMsgType

    if kind in (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg):
        print(message, file=sys.stderr)


def _steps(given: argparse.Namespace, source: Source) -> tuple[int, int]:
    trace = source.trace
    start, stop = steps_of(given, trace.plan)
    if given.steps is None and given.step is None:
        stop = min(stop, trace.count)
        return (start, _computed(given, trace, stop)) if given.moment else (start, stop)
    if stop > trace.count:
        raise TraceError(f"Step {stop - 1} is not recorded.", f"Choose steps up to {trace.count - 1}.")
    return start, stop


def _computed(given: argparse.Namespace, trace: Trace, stop: int) -> int:
    """Return the end of the steps that padding does not make a row skip; all of them where it skips all."""
    layer = trace.layers.get(given.layer or next(iter(trace.layers)))
    if layer is None or given.row >= trace.plan.batch_size or layer.steps != len(trace.plan):
        return stop  # the first two are errors, and said elsewhere
    steps = range(min(stop, layer.count) - 1, -1, -1)
    last = next((step for step in steps if layer.computed(step, given.row)), None)
    return stop if last is None else last + 1


def _write(
    given: argparse.Namespace, kind: str, picture: Picture, steps: tuple[int, int], bar: ProgressBar
) -> int:
    """Write the picture or the animation beside its place, and move it there; return how many frames."""
    from app.plots.export import PNG_SCALE, save_picture
    from lstm_viz.replacing import replacing

    frames = len(range(*steps, given.every))
    scale = given.scale or (1.0 if kind in _MOVING else PNG_SCALE)
    most = int(_MOST_PIXELS_IN_ALL / (given.size[0] * given.size[1] * scale**2))
    if kind in _MOVING and frames > most:
        raise TraceError(
            f"The animation would have {frames:,} pictures, and at this size it may have {most:,}.",
            f"Choose fewer --steps, a smaller --size, or --every {-(-(steps[1] - steps[0]) // most)}.",
        )
    if kind in _STILL:
        picture.show(*steps)
        save_picture(picture.view, given.out, scale)
        return 1
    from app.animation import Film, write_animation

    with replacing(Path(given.out), what="the animation") as temporary:
        picture.show(*steps, cursor=steps[1] - 1)  # with all colours that there will be
        shown = _told(picture.frames(*steps, given.every, scale), frames, bar, given.progress)
        write_animation(Film(shown, frames, picture.picture(scale), given.fps), temporary, kind)
    return frames


def _told(frames: Iterator[QImage], total: int, bar: ProgressBar, lines: bool) -> Iterator[QImage]:
    for number, frame in enumerate(frames, 1):
        yield frame
        bar.tell(f"Drawing picture {number} of {total}", number / total)
        if lines:  # for a program that waits for it
            print(number / total, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = command_parser(
        "render",
        "RUN --out PICTURE",
        "Draw a recording, or the run of a model, as the window does: as a picture or an animation.",
        _EPILOG,
    )
    add_model_arguments(
        parser, "a recording (.npz, .h5, .zarr), or a saved Keras model to be run on --data", "RUN"
    )
    parser.add_argument("--out", required=True, metavar="PICTURE", help="where to write it")
    parser.add_argument(
        "--view",
        choices=_VIEWS,
        help="which view; boxes need a model (default: gates; units with --units, compare with --with)",
    )
    parser.add_argument("--layer", metavar="NAME", help="the LSTM layer (default: the first one)")
    parser.add_argument("--row", type=_whole, default=0, metavar="N", help="row of the batch (default: 0)")
    parser.add_argument(
        "--steps", type=step_range, metavar="A:B", help="steps A up to, not with, B (default: all)"
    )
    parser.add_argument(
        "--step",
        type=_whole,
        metavar="N",
        help="the one that boxes and cell show (default: the last of the first batch that is not padding)",
    )
    parser.add_argument(
        "--units",
        type=_numbers,
        default=(),
        metavar="A,B,…",
        help=f"these units as curves, {MOST_UNITS} at most; of cell, which one (default: 0)",
    )
    parser.add_argument(
        "--signals",
        type=signals,
        metavar="LETTERS",
        help="of i f g o c h (default: all; of curves c,h; of compare, which shows one, c)",
    )
    parser.add_argument(
        "--with",
        dest="other",
        metavar="RUN",
        help="what to compare with: another recording; of a model also another model, or the same run but "
        f"for one thing: {', '.join(WISHES)}; “row” has noise on the input of --row",
    )
    parser.add_argument(
        "--theme",
        choices=("print", "light", "dark"),
        default="print",
        help="colours (default: print, which is light on white)",
    )
    sizes = ", ".join(f"{view} {width}x{height}" for view, (width, height) in _SIZES.items())
    sizes = sizes.replace("boxes ", "boxes at most ")
    parser.add_argument(
        "--size",
        type=pixels,
        metavar="WxH",
        help=f"width and height as on a screen (default: {_SIZE[0]}x{_SIZE[1]}; {sizes})",
    )
    parser.add_argument(
        "--scale",
        type=_scale,
        metavar="X",
        help="pixels of a PNG for each of these (default: 2, of an animation 1)",
    )
    parser.add_argument("--json", action="store_true", help="say what was done as JSON, for machines")
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
    add_run_arguments(parser)
    return parser


def _whole(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 0 on")
    return int(text)


def _numbers(text: str) -> tuple[int, ...]:
    numbers = tuple(dict.fromkeys(_whole(part.strip()) for part in text.split(",")))
    if len(numbers) > MOST_UNITS:
        raise argparse.ArgumentTypeError(f"{text} are more than {MOST_UNITS} units")
    return numbers


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
