"""``lstm-viz record MODEL --data FILE --out RUN``: run a model and keep every gate and state."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
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
    settings_of,
    shaping_of,
)
from app.console import ProgressBar, say, say_error, say_json
from lstm_viz.errors import LstmVizError

if TYPE_CHECKING:
    from lstm_viz.trace import Trace

_EPILOG = f"""\
examples:
  lstm-viz record model.keras --data series.csv --look-back 12 --out run.npz
      what the window records, as a file that the window's own tools open again
  lstm-viz record model.keras --data series.csv --stateful --batch-size 4 --reset each-epoch --out run.zarr
      a stateful run, for xarray.open_zarr("run.zarr", group="lstm")
  lstm-viz record --example next_value --epochs 2 --reset every=24 --out run.csv
      a built-in example as a table, zeroed every 24 timesteps

The ending of OUT says the format: .npz (a recording), .h5, .zarr, .csv, .parquet.
{EXIT_CODES}"""


def run_record(argv: Sequence[str]) -> int:
    """Record the run that these arguments name; return the exit code."""
    parser = _parser()
    given = parser.parse_args(argv)
    if (given.model is None) == (given.example is None):
        parser.error("give a model or --example")
    if given.example is None and given.data is None:
        parser.error("--data is needed, unless an --example brings its own")
    check_files(parser, given.model, given.architecture, given.data)
    check_example(parser, given.example)
    check_target(parser, given.out)
    shaping = shaping_of(parser, given)
    bar = ProgressBar()
    try:
        trace_facts = _record(parser, given, shaping, bar)
    except LstmVizError as error:
        bar.clear()
        say_error(error, given.json)
        return 1
    bar.clear()
    if given.json:
        say_json(trace_facts[0])
    else:
        say(trace_facts[1])
    return 0


def _record(
    parser: argparse.ArgumentParser, given: argparse.Namespace, shaping: Any, bar: ProgressBar
) -> tuple[dict[str, Any], str]:
    """Record and write; return what was done for machines and for people."""
    from app.headless import headless
    from app.report import report_words
    from lstm_viz.export import format_of

    kind = format_of(given.out).name  # before anything is computed
    if kind == "zarr":
        from lstm_viz.export.extras import need

        need("zarr", "zarr", "A Zarr file")
    bar.tell("Starting TensorFlow")
    from app.engine.messages import Open

    command = Open(
        1,
        example=given.example,
        model=given.model,
        architecture=given.architecture,
        data=given.data,
        missing=given.missing,
        shaping=shaping,
    )
    with headless(bar.tell) as run:
        opened = run.open(command, lambda usual: settings_of(parser, given, usual))
        trace = run.run(opened, given.steps)

        def written(fraction: float) -> None:
            bar.tell(f"Writing {given.out}", fraction)

        if kind == "npz":
            trace.save(given.out, written)
        else:
            trace.export(given.out, progress=written)
        return recorded_facts(trace, given.out), f"{report_words(trace)}\nWritten to {given.out}."


def recorded_facts(trace: Trace, path: str) -> dict[str, Any]:
    """Return what was recorded as plain JSON data."""
    plan = trace.plan
    return {
        "path": path,
        "steps": trace.count,
        "steps_of_run": len(plan),
        "samples": plan.samples,
        "timesteps": plan.timesteps,
        "batch_size": plan.batch_size,
        "stateful": plan.stateful,
        "epochs": plan.epochs,
        "layers": {name: layer.layer.units for name, layer in trace.layers.items()},
        "outputs": [list(spec.shape) for spec in trace.output_specs],
    }


def _parser() -> argparse.ArgumentParser:
    parser = command_parser(
        "record",
        "MODEL --data FILE --out OUT",
        "Run a model over data and write every gate and state to a file.",
        _EPILOG,
    )
    add_model_arguments(parser)
    add_data_arguments(parser)
    add_run_arguments(parser)
    parser.add_argument(
        "--steps", type=at_least_one, metavar="N", help="stop after N timesteps (default: run all)"
    )
    parser.add_argument("--out", required=True, metavar="OUT", help="where to write the recording")
    parser.add_argument("--json", action="store_true", help="say what was done as JSON, for machines")
    return parser
