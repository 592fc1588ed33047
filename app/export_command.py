"""``lstm-viz export RUN OUT``: a recording, or part of it, as a file for another tool."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from app.arguments import EXIT_CODES, add_part_arguments, check_files, check_target, command_parser
from app.console import ProgressBar, say, say_error, say_json
from lstm_viz.errors import LstmVizError

_EPILOG = f"""\
examples:
  lstm-viz export run.npz run.zarr
      everything, for xarray.open_zarr("run.zarr", group="lstm")
  lstm-viz export run.npz gates.csv --layers lstm --signals i,f,o --steps 0:100
      three gates of one layer during the first hundred steps, as a table

The ending of OUT says the format: .npz (NumPy), .h5, .zarr, .csv, .parquet.
{EXIT_CODES}"""


def run_export(argv: Sequence[str]) -> int:
    """Export the recording that these arguments name; return the exit code."""
    parser = _parser()
    given = parser.parse_args(argv)
    check_files(parser, given.run)
    check_target(parser, given.out)
    bar = ProgressBar()
    try:
        from lstm_viz.export import format_of
        from lstm_viz.trace_opening import open_trace

        format_of(given.out)  # before a long recording is read
        bar.tell(f"Opening {given.run}")
        trace = open_trace(given.run)

        def written(fraction: float) -> None:
            bar.tell(f"Writing {given.out}", fraction)

        part = {"layers": given.layers, "signals": given.signals, "steps": given.steps}
        trace.export(given.out, **part, progress=written)
    except LstmVizError as error:
        bar.clear()
        say_error(error, given.json)
        return 1
    bar.clear()
    if given.json:
        say_json({"path": given.out, **part})
    else:
        say(f"Written to {given.out}.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = command_parser(
        "export", "RUN OUT", "Write a recording, or part of it, for another tool.", _EPILOG
    )
    parser.add_argument("run", metavar="RUN", help="a recording (.npz, .h5, .zarr)")
    parser.add_argument("out", metavar="OUT", help="the file, or for Zarr the folder, to write")
    parser.add_argument("--json", action="store_true", help="say what was done as JSON, for machines")
    add_part_arguments(parser)
    return parser
