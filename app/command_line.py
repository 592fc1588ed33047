"""The command line: what to open, and what to do without a person at the window."""

from __future__ import annotations

import difflib
import gc
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import lstm_viz
from app.arguments import (
    CommandParser,
    add_data_arguments,
    add_model_arguments,
    at_least_one,
    check_example,
    check_files,
    check_target,
    command_parser,
    pixels,
    shaping_of,
)
from app.frame_stack import with_room
from app.system_libraries import missing_libraries, missing_words

if TYPE_CHECKING:
    from lstm_viz.dataset import Missing, Shaping

PICTURE = "lstm-viz-picture.png"
COMMANDS = ("info", "record", "export", "render", "compare")
_PICTURES = (".png", ".svg")

_EPILOG = f"""\
commands that need no screen, each with its own --help:
  lstm-viz info MODEL                 what a saved model is
  lstm-viz record MODEL --data FILE   run it and write every gate and state to a file
  lstm-viz export RUN OUT             a recording for other tools, or part of it
  lstm-viz render RUN --out PICTURE   one view as a picture or an animation, of a recording or a model
  lstm-viz compare A B                where two recordings, or two models, differ

Without arguments the first built-in example opens, ready to step. On a machine without a screen the whole run
is computed, and a picture of the window saved as {PICTURE}."""


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
    shaping : Shaping or None
        How a series becomes samples; None lets the model decide.
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
    shaping: Shaping | None = None
    steps: int | None = None
    screenshot: str | None = None
    quit: bool = False
    theme: str | None = None
    size: tuple[int, int] | None = None
    report: bool = False


class _WindowParser(CommandParser):
    """Tells a command with a slip in it from a file that is not there."""

    def check(self, args: Sequence[str]) -> None:
        name = args[0] if args else ""
        if not name.isalpha() or Path(name).exists():
            return
        near = difflib.get_close_matches(name.lower(), COMMANDS, 1)
        which = f"the nearest is {near[0]}" if near else f"there are {', '.join(COMMANDS)}"
        self.error(f"there is no file and no command {name}; {which}")


@with_room
def run(argv: Sequence[str] | None = None) -> int:
    """Run the program for these arguments and return its exit code."""
    argv = sys.argv[1:] if argv is None else list(argv)
    command = _command(argv[0]) if argv else None
    if command is not None:
        return command(argv[1:])
    # What is made until the window stands is no garbage; looking for some would take a fifteenth of the time.
    gc.disable()
    try:
        return _run_window(parse(argv))
    finally:
        gc.enable()


def _run_window(options: Options) -> int:
    """Run the window for these options and return the exit code."""
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
        gc.enable()  # a whole run is recorded there
        return run_without_qt(options)
    from app.application import run_application

    return run_application(options)


def _command(name: str) -> Callable[[Sequence[str]], int] | None:
    """Return what does a command; a module is imported only for the command that needs it."""
    match name:
        case "info":
            from app.info_command import run_info

            return run_info
        case "record":
            from app.record_command import run_record

            return run_record
        case "export":
            from app.export_command import run_export

            return run_export
        case "render":
            from app.render_command import run_render

            return run_render
        case "compare":
            from app.compare_command import run_compare

            return run_compare
    return None


def parse(argv: Sequence[str] | None = None) -> Options:
    """Turn arguments into options; ends the process for ``--help`` and for wrong arguments."""
    about = "Open a saved Keras LSTM, step it one timestep at a time, and see every gate and state."
    parser = command_parser("", "[MODEL] [--data FILE]", about, _EPILOG, _WindowParser)
    add_model_arguments(
        parser,
        "a saved Keras model (.keras, .h5, folder), a recording (.npz), or a session (.lstmviz)",
    )
    add_data_arguments(parser)
    parser.add_argument(
        "--steps",
        type=at_least_one,
        metavar="N",
        help="compute the first N timesteps at once, and show the last of them",
    )
    parser.add_argument(
        "--screenshot",
        metavar="OUT.png",
        help="save a picture of the window after that (.png, .svg); lstm-viz render draws one view alone",
    )
    parser.add_argument("--quit", action="store_true", help="say what was recorded, and end")
    parser.add_argument(
        "--theme", choices=("system", "light", "dark"), help="colours of the window, this time"
    )
    parser.add_argument("--size", type=pixels, metavar="WxH", help="size of the window, such as 1440x900")
    parser.add_argument("--version", action="version", version=f"lstm-viz {lstm_viz.__version__}")
    given = parser.parse_args(argv)
    from app.session_file import SUFFIX

    if given.model and given.example:
        parser.error("give a model or an example, not both")
    is_session = given.model is not None and given.model.lower().endswith(SUFFIX)
    if is_session and (given.data or given.architecture or shaping_of(parser, given)):
        parser.error("a session names its own data and architecture, and how the data are cut")
    check_files(parser, given.model, given.architecture, given.data)
    check_example(parser, given.example)
    check_target(parser, given.screenshot)
    if given.screenshot and not given.screenshot.lower().endswith(_PICTURES):
        parser.error(f"{given.screenshot} does not end with one of {', '.join(_PICTURES)}")
    return Options(
        model=None if is_session else given.model,
        data=given.data,
        example=given.example,
        architecture=given.architecture,
        session=given.model if is_session else None,
        missing=given.missing,
        shaping=shaping_of(parser, given),
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
