"""Arguments that several commands of the command line share: what to open, and how to run it.

Nothing of the library is imported before arguments are there to be turned into its objects: ``--help`` is
asked for more often than anything else, and NumPy alone takes longer to import than a help text to print.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from app.console import say_json
from lstm_viz.errors import LstmVizError

if TYPE_CHECKING:
    from app.run_plan import RunSettings
    from lstm_viz.dataset import Shaping
    from lstm_viz.plan import ResetPoint

# The choices of lstm_viz.dataset.Shaping; a test holds them against it.
PAST_AS = ("timesteps", "features")
TARGET_IS = ("next", "last", "each")
SCALING = ("none", "standard", "min-max")
MISSING = ("refuse", "interpolate", "drop")
SIGNALS = ("i", "f", "g", "o", "c", "h")

WRONG_ARGUMENTS = 2
EXIT_CODES = "Exit codes: 0 when it is done, 1 when it cannot be done, 2 for wrong arguments."


class CommandParser(argparse.ArgumentParser):
    """Says what is wrong with arguments in a line, which the usage of twenty options would hide.

    For machines where the result is asked for so.
    """

    _as_json = False

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Take the arguments apart; ends the process for ``--help`` and for wrong ones."""
        args = sys.argv[1:] if args is None else list(args)
        self._as_json = "--json" in args
        self.check(args)
        return super().parse_args(args, namespace)

    def check(self, args: Sequence[str]) -> None:
        """End with a message where arguments are wrong as a whole, before they are taken apart."""

    def error(self, message: str) -> NoReturn:
        """End with a message."""
        hint = f"See {self.prog} --help."
        if self._as_json:
            say_json({"error": message, "hint": hint})
            self.exit(WRONG_ARGUMENTS)
        self.exit(WRONG_ARGUMENTS, f"{self.prog}: {message}. {hint}\n")


def command_parser(
    name: str, takes: str, description: str, epilog: str, kind: type[CommandParser] = CommandParser
) -> CommandParser:
    """Return a parser of one command, empty for the window; its description and examples keep their lines.

    What it takes at least is said in one line, which a usage of thirty options is not.
    """
    program = f"lstm-viz {name}".rstrip()
    return kind(
        prog=program,
        usage=f"{program} {takes} [options]",
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


# -- data -------------------------------------------------------------------------------------------


def add_model_arguments(
    parser: argparse.ArgumentParser,
    what: str = "a saved Keras model (.keras, .h5, folder)",
    metavar: str = "MODEL",
) -> None:
    """Add which model, or which built-in example, to open."""
    parser.add_argument("model", nargs="?", metavar=metavar, help=what)
    parser.add_argument("--example", metavar="NAME", help="a built-in example instead, such as next_value")
    parser.add_argument(
        "--architecture",
        metavar="JSON",
        help=f"the text of model.to_json(), where {metavar} holds weights alone",
    )


def add_data_arguments(parser: argparse.ArgumentParser) -> None:
    """Add which data to read, and how a series of them becomes samples."""
    words = "how a series becomes samples; where nothing is said, as the model needs it"
    group = parser.add_argument_group("data", words)
    group.add_argument("--data", metavar="FILE", help="a series or sequences (.csv, .tsv, .txt, .npy, .npz)")
    group.add_argument(
        "--missing",
        choices=MISSING,
        default="refuse",
        help="what to do about missing values (default: refuse)",
    )
    group.add_argument("--look-back", type=at_least_one, metavar="N", help="rows of the past in each sample")
    group.add_argument(
        "--stride", type=at_least_one, metavar="N", help="rows from one sample to the next (default: 1)"
    )
    group.add_argument(
        "--past-as", choices=PAST_AS, help="the past as timesteps, or as features of one timestep"
    )
    group.add_argument(
        "--columns", type=_names, metavar="A,B,…", help="names of the input columns, in this order"
    )
    group.add_argument("--target", metavar="COLUMN", help="name of the column to predict")
    group.add_argument(
        "--target-is",
        choices=TARGET_IS,
        help="the value after the sample, that at its last timestep, or one at each",
    )
    group.add_argument("--scaling", choices=SCALING, help="scale each column by itself (default: none)")
    group.add_argument(
        "--fit-on",
        type=float,
        metavar="SHARE",
        help="the first rows, as a share of all, that scaling is fitted on (default: 1)",
    )
    group.add_argument("--tokens", action="store_true", help="the input column holds token numbers")
    group.add_argument(
        "--sequence-column", metavar="COLUMN", help="a new sequence begins where its value changes"
    )


def shaping_of(parser: argparse.ArgumentParser, given: argparse.Namespace) -> Shaping | None:
    """Return how the data are to be cut; None where nothing was said, and the model decides."""
    names = (
        *("look_back", "stride", "past_as", "columns", "target", "target_is", "scaling", "fit_on"),
        "sequence_column",
    )
    said = {name: getattr(given, name) for name in names if getattr(given, name) is not None}
    if given.tokens:
        said["tokens"] = True
    if not said:
        return None
    if given.data is None and getattr(given, "example", None) is None:
        parser.error(f"--{next(iter(said)).replace('_', '-')} needs --data")
    from lstm_viz.dataset import Shaping

    try:
        return Shaping(**said)
    except LstmVizError as error:
        parser.error(str(error))


def check_files(parser: argparse.ArgumentParser, *paths: str | None) -> None:
    """End with an error where a file is not there."""
    for path in paths:
        if path is not None and not Path(path).exists():
            parser.error(f"there is no file {path}")


def check_example(parser: argparse.ArgumentParser, name: str | None) -> None:
    """End with an error where there is no such built-in example."""
    if name is None:
        return
    from lstm_viz.examples import EXAMPLES

    names = [each.name for shown in EXAMPLES for each in (shown, *shown.alternatives)]
    if name not in names:
        parser.error(f"there is no example {name!r}; choose from {', '.join(names)}")


def check_target(parser: argparse.ArgumentParser, path: str | None) -> None:
    """End with an error where there is no folder to write to."""
    if path is not None and not Path(path).absolute().parent.is_dir():
        parser.error(f"there is no folder for {path}")


# -- run --------------------------------------------------------------------------------------------


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Add how to run; what is not said is as the model, or the example, was made for."""
    words = "how a model is run; what is not said is as its file, or the example, asks for"
    group = parser.add_argument_group("run", words)
    group.add_argument("--batch-size", type=at_least_one, metavar="N", help="samples that are run together")
    group.add_argument(
        "--stateful",
        action=argparse.BooleanOptionalAction,
        help="carry the state of each row from batch to batch, or not",
    )
    group.add_argument(
        "--reset",
        action="append",
        type=_reset,
        metavar="RULE",
        help="when h and c become zero: each-batch, each-epoch, never, every=N (timesteps), or "
        "at=BATCH:TIMESTEP or at=BATCH:TIMESTEP:ROW+ROW; may be given several times "
        "(default: each-epoch)",
    )
    group.add_argument("--epochs", type=at_least_one, metavar="N", help="passes over the data")
    group.add_argument(
        "--interleave",
        action=argparse.BooleanOptionalAction,
        help="let each row of a batch read its own stretch of the samples",
    )
    group.add_argument(
        "--padded",
        action=argparse.BooleanOptionalAction,
        help="run samples of different lengths over their padding, or each at its own length",
    )
    group.add_argument(
        "--drop-remainder", action="store_true", help="leave out the last samples that fill no batch"
    )


def settings_of(
    parser: argparse.ArgumentParser, given: argparse.Namespace, usual: RunSettings
) -> RunSettings:
    """Return how to run: what was said, and the usual settings for the rest."""
    import dataclasses

    from lstm_viz.plan import Resets

    names = {"batch_size": "batch_size", "stateful": "stateful", "epochs": "epochs"}
    said: dict[str, Any] = {
        name: getattr(given, own) for name, own in names.items() if getattr(given, own) is not None
    }
    if given.interleave is not None:
        said["interleaved"] = given.interleave
    if given.padded is not None:
        said["padded"] = given.padded
    if given.drop_remainder:
        said["drop_remainder"] = True
    if given.reset:
        rules = dict(rule for rule in given.reset if rule[0] != "at")
        points = tuple(_point(text) for name, text in given.reset if name == "at")
        if "never" in rules and len(given.reset) > 1:
            parser.error("--reset never stands alone")
        every = int(rules["every"]) if "every" in rules else None
        said["resets"] = Resets("each-batch" in rules, "each-epoch" in rules, every, points)
    return dataclasses.replace(usual, **said)


def _reset(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    plain = not value and "=" not in text and name in ("each-batch", "each-epoch", "never")
    every = name == "every" and value.isdigit() and int(value) > 0
    parts = value.split(":")
    rows = parts[2].split("+") if len(parts) == 3 else []
    at = name == "at" and len(parts) in (2, 3) and all(part.isdigit() for part in (*parts[:2], *rows))
    if not (plain or every or at):
        raise argparse.ArgumentTypeError(
            f"{text} is none of each-batch, each-epoch, never, every=N, at=BATCH:TIMESTEP[:ROW+ROW]"
        )
    return name, value


def _point(text: str) -> ResetPoint:
    from lstm_viz.plan import ResetPoint

    batch, timestep, *rows = text.split(":")
    return ResetPoint(int(batch), int(timestep), tuple(map(int, rows[0].split("+"))) if rows else None)


# -- part of a recording ----------------------------------------------------------------------------


def add_part_arguments(parser: argparse.ArgumentParser) -> None:
    """Add which part of a recording is meant."""
    group = parser.add_argument_group("part of the run")
    group.add_argument("--layers", type=_names, metavar="A,B,…", help="LSTM layers (default: all)")
    group.add_argument(
        "--signals", type=signals, metavar="LETTERS", help="of i f g o c h, such as f,c (default: all)"
    )
    group.add_argument(
        "--steps", type=step_range, metavar="A:B", help="steps A up to, not with, B (default: all)"
    )


def at_least_one(text: str) -> int:
    """Return a whole number of 1 or more."""
    try:
        count = int(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number") from error
    if count < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return count


def pixels(text: str) -> tuple[int, int]:
    """Return a width and a height."""
    width, _, height = text.lower().partition("x")
    if not (width.isdigit() and height.isdigit() and int(width) and int(height)):
        raise argparse.ArgumentTypeError(f"{text} is not of the form 1440x900")
    return int(width), int(height)


def step_range(text: str) -> tuple[int, int]:
    """Return a first step and the one after the last."""
    start, _, stop = text.partition(":")
    if not (start.isdigit() and stop.isdigit() and int(start) < int(stop)):
        raise argparse.ArgumentTypeError(f"{text} is not of the form 0:100")
    return int(start), int(stop)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def signals(text: str) -> tuple[str, ...]:
    """Return letters of signals."""
    letters = tuple(text.replace(",", "").replace(" ", ""))
    unknown: Sequence[str] = [letter for letter in letters if letter not in SIGNALS]
    if unknown or not letters:
        raise argparse.ArgumentTypeError(f"{text} is not made of {' '.join(SIGNALS)}")
    return letters


def names_recording(path: str) -> bool:
    """Whether a command is given a recording, saved or exported, where it could be a model as well.

    An ``.npz`` file can be no model, damaged or missing as it may be: opening it says what is wrong.
    """
    from lstm_viz.trace_opening import is_recording

    suffix = Path(path).suffix.lower()
    if suffix in (".h5", ".hdf5"):
        import h5py

        try:
            with h5py.File(path) as file:
                return "lstm_viz" in file.attrs
        except OSError:
            return False
    return suffix == ".npz" or is_recording(Path(path))
