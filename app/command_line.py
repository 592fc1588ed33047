"""The command line: what to open, and what to do without a person at the window."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import lstm_viz
from app.session_file import SUFFIX
from app.system_libraries import missing_libraries, missing_words
from lstm_viz.dataset import Missing
from lstm_viz.examples import EXAMPLES, NAMES

PICTURE = "lstm-viz-picture.png"


@dataclass(frozen=True)
class Options:
    """What the command line asked for.

    Parameters
    ----------
    model, data, example, architecture : str or None
        What to open; nothing opens the first example.
    session : str or None
        A session file, which names all of these.
    missing : {"refuse", "interpolate", "drop"}
        What to do about missing values in the data.
    steps : int or None
        Steps to compute at once; None for none. Without a screen, all of them.
    screenshot : str or None
        Where to save a picture of the window after these steps.
    quit : bool
        End after that.
    theme : str or None
        For this run only; None takes the settings'.
    size : tuple of int or None
        Width and height of the window in pixels.
    report : bool
        Print what was recorded.
    """

    model: str | None = None
    data: str | None = None
    example: str | None = None
    architecture: str | None = None
    session: str | None = None
    missing: Missing = "refuse"
    steps: int | None = None
    screenshot: str | None = None
    quit: bool = False
    theme: str | None = None
    size: tuple[int, int] | None = None
    report: bool = False


def run(argv: Sequence[str] | None = None) -> int:
    """Run the program for these arguments and return its exit code."""
    argv = sys.argv[1:] if argv is None else list(argv)
    if argv[:1] == ["info"]:
        from app.info_command import run_info

        return run_info(argv[1:])
    options = parse(argv)
    if not has_screen():
        print("There is no screen here: running without a window.")
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        options = without_screen(options)
    elif missing := missing_libraries(window=True):
        print(missing_words(missing), file=sys.stderr)
        return 1
    if missing := missing_libraries(window=False):
        from app.without_qt import run_without_qt

        print(missing_words(missing), file=sys.stderr)
        return run_without_qt(options)
    from app.application import run_application

    return run_application(options)


def parse(argv: Sequence[str] | None = None) -> Options:
    """Turn arguments into options; ends the process for ``--help`` and for wrong arguments."""
    parser = argparse.ArgumentParser(
        prog="lstm-viz",
        description="Open a saved Keras LSTM, step it one timestep at a time, and see every gate and state.",
        epilog="Without arguments the first built-in example opens, ready to step. "
        "`lstm-viz info FILE` says what a saved model is.",
    )
    what = "a saved Keras model (.keras, .h5) or session (.lstmviz)"
    parser.add_argument("model", nargs="?", metavar="MODEL", help=what)
    parser.add_argument(
        "--architecture", metavar="JSON", help="of model.to_json(), where MODEL holds weights alone"
    )
    parser.add_argument("--data", metavar="FILE", help="a series or sequences (.csv, .tsv, .txt, .npy, .npz)")
    parser.add_argument(
        "--missing",
        choices=get_args(Missing),
        default="refuse",
        help="what to do about missing values in the data (default: refuse)",
    )
    parser.add_argument(
        "--example",
        metavar="NAME",
        choices=[each.name for shown in EXAMPLES for each in (shown, *shown.alternatives)],
        help=f"a built-in example: {', '.join(NAMES)}",
    )
    parser.add_argument("--steps", type=_count, metavar="N", help="compute the first N timesteps at once")
    parser.add_argument("--screenshot", metavar="OUT.png", help="save a picture of the window after that")
    parser.add_argument("--quit", action="store_true", help="end after that")
    parser.add_argument("--theme", choices=("system", "light", "dark"), help="colours of this run")
    parser.add_argument("--size", type=_size, metavar="WxH", help="size of the window, such as 1440x900")
    parser.add_argument("--version", action="version", version=f"lstm-viz {lstm_viz.__version__}")
    given = parser.parse_args(argv)
    if given.model and given.example:
        parser.error("give a model or an example, not both")
    is_session = given.model is not None and given.model.lower().endswith(SUFFIX)
    if is_session and (given.data or given.architecture):
        parser.error("a session names its own data and architecture")
    for path in (given.model, given.architecture, given.data):
        if path is not None and not Path(path).exists():
            parser.error(f"there is no file {path}")
    if given.screenshot is not None and not Path(given.screenshot).absolute().parent.is_dir():
        parser.error(f"there is no folder for {given.screenshot}")
    return Options(
        model=None if is_session else given.model,
        data=given.data,
        example=given.example,
        architecture=given.architecture,
        session=given.model if is_session else None,
        missing=given.missing,
        steps=given.steps,
        screenshot=given.screenshot,
        quit=given.quit,
        theme=given.theme,
        size=given.size,
        report=given.quit,
    )


def has_screen() -> bool:
    """Whether a window can be shown."""
    if sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM"):
        return os.environ.get("QT_QPA_PLATFORM") not in ("offscreen", "minimal")
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def without_screen(options: Options) -> Options:
    """Return what is done where nobody can see a window: run all, save a picture, report, end."""
    from dataclasses import replace

    return replace(options, screenshot=options.screenshot or PICTURE, quit=True, report=True)


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return count


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isdigit() and height.isdigit()):
        raise argparse.ArgumentTypeError(f"{text} is not of the form 1440x900")
    return int(width), int(height)
