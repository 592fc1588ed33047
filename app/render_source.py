"""What ``lstm-viz render`` draws: a recording, or the run of a model; and the run beside it."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.arguments import names_recording, settings_of
from app.console import ProgressBar
from lstm_viz.errors import LstmVizError, TraceError

if TYPE_CHECKING:
    from app.engine.messages import Compared, ModelInfo, Opened
    from app.headless import HeadlessRun
    from app.run_plan import RunSettings
    from lstm_viz.dataset import Dataset
    from lstm_viz.plan import Plan
    from lstm_viz.trace import Trace

# What the window offers to compare with at one click, as it is typed.
WISHES = ("stateless", "stateful", "batch-1", "no-resets", "row", "padded", "own-lengths")


@dataclass(frozen=True)
class Second:
    """The run that is compared with the first one.

    Parameters
    ----------
    trace : Trace
    names : (str, str)
        What the first run is, and this one.
    changed_row : int or None
        Whose input is another one than in the first run.
    """

    trace: Trace
    names: tuple[str, str]
    changed_row: int | None = None


@dataclass(frozen=True)
class Source:
    """What there is to be drawn.

    Parameters
    ----------
    trace : Trace
    data : Dataset or None
        What was run; None where nobody says.
    model : ModelInfo or None
        None of a recording.
    second : Second or None
    """

    trace: Trace
    data: Dataset | None
    model: ModelInfo | None = None
    second: Second | None = None


@contextlib.contextmanager
def source_of(
    parser: argparse.ArgumentParser, given: argparse.Namespace, shaping: Any, bar: ProgressBar
) -> Iterator[Source]:
    """Open a recording, or run a model as long as it is drawn.

    Raises
    ------
    LstmVizError
    """
    if is_recorded(given):
        yield _recorded(given, shaping, bar)
        return
    from app.headless import headless

    bar.tell("Starting TensorFlow")
    with headless(bar.tell) as run:
        yield _run(parser, given, shaping, run)


def is_recorded(given: argparse.Namespace) -> bool:
    """Whether what is to be drawn is a recording already."""
    return given.model is not None and names_recording(given.model)


def _recorded(given: argparse.Namespace, shaping: Any, bar: ProgressBar) -> Source:
    from lstm_viz.dataset import Dataset
    from lstm_viz.trace_opening import open_trace

    bar.tell(f"Opening {given.model}")
    trace = open_trace(given.model)
    data = None
    if given.data is not None:
        # A folder holds data as the program keeps them, cut already.
        opened = Path(given.data)
        data = (
            Dataset.open(opened)
            if opened.is_dir()
            else Dataset.from_file(opened, shaping, missing=given.missing)
        )
    second = None
    if given.other is not None:
        other = open_trace(given.other)
        names = _file_name(given.model, trace.plan), _file_name(given.other, other.plan)
        second = Second(other, names)
    return Source(trace, data, None, second)


def _run(
    parser: argparse.ArgumentParser, given: argparse.Namespace, shaping: Any, run: HeadlessRun
) -> Source:
    from app.engine.messages import Open
    from lstm_viz.dataset import Dataset
    from lstm_viz.trace_opening import open_trace

    command = Open(
        1,
        example=given.example,
        model=given.model,
        architecture=given.architecture,
        data=given.data,
        missing=given.missing,
        shaping=shaping,
    )
    opened = run.open(command, lambda usual: settings_of(parser, given, usual))
    data = Dataset.open(Path(opened.data_folder))
    compared = None
    recorded = given.other not in (None, *WISHES) and names_recording(given.other)
    if given.other is not None and not recorded:
        compared = _compared(given, run, opened, data)
    trace = run.run(opened, steps_of(given, opened.plan)[1])
    second = None
    if recorded:
        other = open_trace(given.other)
        second = Second(other, (_run_name(opened.settings), _file_name(given.other, other.plan)))
    elif compared is not None:
        names = [_run_name(opened.settings), _run_name(compared.settings)]
        if compared.model is not None:
            titles = opened.model.title, compared.model.title
            names = [f"{title}, {name}" for title, name in zip(titles, names, strict=True)]
        changed = compared.settings.perturbed_row
        second = Second(open_trace(compared.recording), (names[0], names[1]), changed)
    return Source(trace, data, opened.model, second)


def _compared(given: argparse.Namespace, run: HeadlessRun, opened: Opened, data: Dataset) -> Compared:
    """Let a second run go beside the first: one that the window offers, or another model."""
    from app.comparing import Wish, choices

    if given.other not in WISHES:
        return run.compare(opened, None, given.other)
    key, plan = given.other.replace("-", "_"), opened.plan
    one_length = bool(opened.model.one_length_reason)
    offered = {each.key: each for each in choices(opened.settings, plan, given.row, data, one_length)}
    if key not in offered:
        already = key == ("stateful" if opened.settings.stateful else "stateless")
        why = f"This run is {given.other} already." if already else "All samples of these data are as long."
        raise LstmVizError(why, f"Choose another --with: {', '.join(_possible(offered))}.")
    if not offered[key].enabled:
        raise LstmVizError(offered[key].tip, f"Choose another --with: {', '.join(_possible(offered))}.")
    return run.compare(opened, Wish(key, given.row).settings(opened.settings, plan, data))


def _possible(offered: dict[str, Any]) -> list[str]:
    return [key.replace("_", "-") for key, choice in offered.items() if choice.enabled and key != "model"] + [
        "a model or a recording"
    ]


def _run_name(settings: RunSettings) -> str:
    from app.compare_words import settings_words

    return settings_words(settings)


def _file_name(path: str, plan: Plan) -> str:
    """Name a recording by its file and by how it was run."""
    from app.run_plan import RunSettings

    interleaved = plan.order is not None
    settings = RunSettings(plan.batch_size, plan.stateful, plan.resets, plan.epochs, interleaved=interleaved)
    if Path(path, "header.json").exists():  # the window's own, whose names tell nothing
        return _run_name(settings)
    return f"{Path(path).name}, {_run_name(settings)}"


def check_source(parser: argparse.ArgumentParser, given: argparse.Namespace) -> None:
    """End with an error where the arguments name nothing that can be drawn."""
    if (given.model is None) == (given.example is None):
        parser.error("give a recording, a model or --example")
    if given.other is not None and given.other not in WISHES and not Path(given.other).exists():
        parser.error(f"--with {given.other} is no file and none of {', '.join(WISHES)}")
    if is_recorded(given):
        said = next((name for name in _OF_A_RUN if getattr(given, name) not in (None, False)), None)
        if said is not None:
            parser.error(f"--{said.replace('_', '-')} is for a model, and {given.model} is a recording")
        if given.view == "boxes":
            parser.error(f"--view boxes needs a model, and {given.model} is a recording")
        if given.other is not None and (given.other in WISHES or not names_recording(given.other)):
            parser.error(f"{given.model} is a recording: compare it --with another recording")
    elif given.example is None and given.data is None:
        parser.error(f"{given.model} is a model, and needs --data to be run on")


def steps_of(given: argparse.Namespace, plan: Plan) -> tuple[int, int]:
    """Return the steps that are drawn: a picture of a moment is of the end of the first batch."""
    if given.steps is not None:
        return given.steps
    if given.step is not None:
        return 0, given.step + 1
    return 0, plan.timesteps_of(0) if given.moment else len(plan)


_OF_A_RUN = (
    *("batch_size", "stateful", "reset", "epochs", "interleave", "padded", "drop_remainder"),
    "architecture",
)


def check_recorded(trace: Trace) -> None:
    """Raise an error where there is nothing to be drawn."""
    if not trace.layers or trace.count == 0:
        raise TraceError("The recording holds no step of an LSTM.", "Record some steps of a model with one.")
