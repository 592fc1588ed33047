"""``lstm-viz compare A B``: where two recordings, or two models on the same data, differ and by how much."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from app.arguments import (
    add_data_arguments,
    add_run_arguments,
    check_files,
    command_parser,
    names_recording,
    settings_of,
    shaping_of,
)
from app.console import ProgressBar, say, say_error, say_json
from lstm_viz.errors import LstmVizError, TraceError

if TYPE_CHECKING:
    from app.headless import HeadlessRun
    from lstm_viz.differences import Difference, Place
    from lstm_viz.trace import Trace

DIFFERENT = 3

_EPILOG = f"""\
examples:
  lstm-viz compare before.npz after.npz
      two recordings of the same data, aligned by epoch, sample and timestep
  lstm-viz compare old.keras new.keras --data series.csv --look-back 12 --tolerance 1e-3
      two models on the same data
  lstm-viz compare before.npz model.keras --data series.csv --look-back 12 --json
      a recording, and what a model does now

Exit codes: 0 when nothing is further apart than the tolerance, {DIFFERENT} when something is,
1 when they cannot be compared, 2 for wrong arguments."""


def run_compare(argv: Sequence[str]) -> int:
    """Compare what these arguments name; return the exit code."""
    parser = _parser()
    given = parser.parse_args(argv)
    check_files(parser, given.a, given.b, given.data)
    shaping = shaping_of(parser, given)
    bar = ProgressBar()
    try:
        found = _compared(parser, given, shaping, bar)
    except LstmVizError as error:
        bar.clear()
        say_error(error, given.json)
        return 1
    bar.clear()
    if given.json:
        say_json(found)
    else:
        say(in_words(found))
    return 0 if found["equal"] else DIFFERENT


def _compared(
    parser: argparse.ArgumentParser, given: argparse.Namespace, shaping: Any, bar: ProgressBar
) -> dict[str, Any]:
    from lstm_viz.trace_opening import open_trace

    models = [path for path in (given.a, given.b) if not names_recording(path)]
    if models and given.data is None:
        parser.error(f"{models[0]} is a model, and needs --data to be run on")
    with contextlib.ExitStack() as stack:
        traces = []
        for path in (given.a, given.b):
            if path in models:
                from app.headless import headless

                run = stack.enter_context(headless(bar.tell))
                traces.append(_run(parser, given, shaping, run, path))
            else:
                bar.tell(f"Opening {path}")
                traces.append(open_trace(path))
        bar.tell("Comparing")
        found = differences(*traces, given.tolerance)
    return {"a": given.a, "b": given.b, **found}


def _run(
    parser: argparse.ArgumentParser, given: argparse.Namespace, shaping: Any, run: HeadlessRun, path: str
) -> Trace:
    from app.engine.messages import Open

    command = Open(1, model=path, data=given.data, missing=given.missing, shaping=shaping)
    return run.run(run.open(command, lambda usual: settings_of(parser, given, usual)))


def differences(a: Trace, b: Trace, tolerance: float) -> dict[str, Any]:
    """Return how far apart two recordings are, layer by layer and signal by signal, as plain JSON data.

    Raises
    ------
    TraceError
        No layer of one can be compared with a layer of the other.
    """
    from lstm_viz.comparison import Comparison, layer_to_compare

    layers, left_out, outputs = [], [], None
    for path in a.layers:
        b_path = layer_to_compare(a, path, b)
        if b_path is None:
            left_out.append(path)
            continue
        comparison = Comparison(a, b, path, b_path, tolerance)
        comparison.catch_up()
        signals = {name: _facts(found) for name, found in comparison.signals.items()}
        layers.append({"path": path, "b_path": b_path, "signals": signals})
        if outputs is None:
            outputs = [None if found is None else _facts(found) for found in comparison.outputs]
    if not layers:
        raise TraceError(
            "No layer of one recording has as many units and timesteps as a layer of the other.",
            "Compare recordings of models that are alike.",
        )
    found = [facts for layer in layers for facts in layer["signals"].values()]
    found += [facts for facts in outputs or () if facts is not None]
    if not any(facts["compared"] for facts in found):
        raise TraceError(
            "The two recordings have no sample and timestep in common.", "Record more steps of both."
        )
    return {
        "tolerance": tolerance,
        "equal": all(facts["since"] is None for facts in found),
        "layers": layers,
        "outputs": outputs,
        "not_compared": left_out,
    }


def _facts(found: Difference) -> dict[str, Any]:
    return {
        "compared": found.compared,
        "largest": found.largest,
        "mean": found.mean,
        "at": _place(found.at),
        "since": _place(found.since),
    }


def _place(place: Place | None) -> dict[str, Any] | None:
    return None if place is None else dataclasses.asdict(place)


def in_words(found: dict[str, Any]) -> str:
    """Write what was found for people."""
    lines = [f"A is {found['a']}, B is {found['b']}."]
    header = f"  {'':<20}{'largest':>11}{'mean':>11}  first apart"
    for layer in found["layers"]:
        same = layer["path"] == layer["b_path"]
        lines += ["", layer["path"] if same else f"{layer['path']}, and {layer['b_path']} of B", header]
        lines += [_line(name, facts) for name, facts in _named(layer["signals"])]
    outputs = [(f"output {k}", facts) for k, facts in enumerate(found["outputs"] or ()) if facts]
    if outputs:
        lines += ["", "outputs", header, *(_line(name, facts) for name, facts in outputs)]
    if found["not_compared"]:
        lines += ["", f"Not compared, since B has no layer like it: {', '.join(found['not_compared'])}."]
    verdict = "Nothing is" if found["equal"] else "They are"
    return "\n".join([*lines, "", f"{verdict} further apart than {found['tolerance']:g}."])


def _named(signals: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    from lstm_viz.signals import NAMES

    return [(f"{letter} {NAMES[letter]}", facts) for letter, facts in signals.items()]


def _line(name: str, facts: dict[str, Any]) -> str:
    if not facts["compared"]:
        return f"  {name:<20}{'nothing to compare':>22}"
    since = facts["since"]
    where = "never"
    if since is not None:
        where = f"epoch {since['epoch']}, sample {since['sample']}, timestep {since['timestep']}"
    return f"  {name:<20}{facts['largest']:>11.3g}{facts['mean']:>11.3g}  {where}"


def _parser() -> argparse.ArgumentParser:
    parser = command_parser(
        "compare",
        "A B",
        "Say how far apart two recordings, or two models on the same data, are: the largest and the mean\n"
        "difference of each signal of each layer, and the first timestep at which they part.",
        _EPILOG,
    )
    parser.add_argument("a", metavar="A", help="a recording (.npz, .h5, .zarr), or a saved model")
    parser.add_argument("b", metavar="B", help="another one")
    parser.add_argument(
        "--tolerance",
        type=_tolerance,
        default=1e-6,
        metavar="X",
        help="what is no further apart is called equal (default: 1e-6)",
    )
    parser.add_argument("--json", action="store_true", help="give the result as JSON, for machines")
    add_data_arguments(parser)
    add_run_arguments(parser)
    return parser


def _tolerance(text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is not a number") from error
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not 0 or more")
    return value
