"""Kills processes while they write, and sees whether what was there before can still be read.

    uv run python benchmarks/kill_writing.py            # fifty kills for each kind of writing, some minutes
    uv run python benchmarks/kill_writing.py --kills 5 zarr png

For each kind an earlier file is written. Then a process writes over it again and again and is killed
with ``kill -9`` after a time that goes from nothing to longer than one writing takes. After each kill the
file has to open and to be one of the two that were written, whole.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from lstm_viz import LSTMLayer, Plan, Trace, open_trace
from lstm_viz.replacing import remove_unfinished
from lstm_viz.trace import OutputSpec

KINDS = ("save", "npz", "h5", "zarr", "csv", "parquet", "png", "svg", "gif", "session")
SUFFIXES = {"save": "npz", "session": "lstmviz"}
FIRST, SECOND = 0.25, 0.75  # every number of the earlier recording, and of the new one
_WRITER = """
import sys
sys.path.insert(0, {folder!r})
from kill_writing import writer
one, other = (writer({kind!r}, {path!r}, value) for value in {values!r})
one()  # once, so that what is imported then is there
print("ready", flush=True)
while True:
    other()
    one()
"""


def recording(value: float, units: int = 24) -> Trace:
    """Make a recording of a few MiB in which every number is the same."""
    plan = Plan(32, 100, 8)
    trace = Trace(plan, [LSTMLayer("lstm", units, 1)], [100], [OutputSpec((1,), False)])
    layer = trace.layers["lstm"]
    layer.write(0, np.full((400, 8, 6, units), value, np.float32), np.ones((400, 8), bool))
    for batch in range(plan.batches):
        layer.write_initial(batch, np.full((8, 2, units), value, np.float32))
        trace.write_output(0, batch * 100, np.full((8, 1), value))
    trace.publish(400)
    return trace


def writer(kind: str, path: str, value: float) -> Callable[[], object]:
    """Return what writes a file of this kind once."""
    if kind in ("png", "svg", "gif"):
        from app.command_line import run

        source = Path(path).with_name(f"source-{value}.npz")
        recording(value, 2).save(source)
        line = ["render", str(source), "--out", path, "--size", "400x300", "--steps", "0:8", "--json"]

        def draw() -> None:
            with contextlib.redirect_stdout(io.StringIO()):
                run(line)

        return draw
    if kind == "session":
        from app.autosave import write_whole
        from app.session_file import Place, SavedSession, session_text

        saved = SavedSession(Place(example="next_value"), data=Place(example="next_value"))
        text = session_text(saved, Path(path).parent)
        return lambda: write_whole(Path(path), text)
    # Tables have a line for each number and so are longer.
    trace = recording(value, 2 if kind == "csv" else 24)
    return lambda: trace.save(path) if kind == "save" else trace.export(path)


def check(kind: str, path: Path) -> None:
    """Read a file with the tool that it is for, and see that it is whole; raises where it is not."""
    if kind in ("save", "npz", "h5", "zarr"):
        trace = open_trace(path)
        found = trace.layers["lstm"].f
        assert found.shape == (32, 100, 24)
        assert trace.count == 400
        assert np.unique(found).tolist() in ([FIRST], [SECOND])
    elif kind in ("csv", "parquet"):
        import pandas

        table = pandas.read_csv(path) if kind == "csv" else pandas.read_parquet(path)
        assert len(table) == 3200 * (2 if kind == "csv" else 24)
        assert table["f"].unique().tolist() in ([FIRST], [SECOND])
    elif kind == "svg":
        import xml.etree.ElementTree as ET

        ET.parse(path)
    elif kind == "session":
        from app.session_file import read_session

        read_session(path)
    else:
        from PIL import Image

        with Image.open(path) as picture:
            assert getattr(picture, "n_frames", 1) == (8 if kind == "gif" else 1)
            for frame in range(getattr(picture, "n_frames", 1)):
                picture.seek(frame)
                picture.load()


def kill_while_writing(kind: str, kills: int, folder: Path) -> tuple[int, int, float]:
    """Kill so often.

    Returns
    -------
    whole, leftovers : int
        After how many kills the file was whole, and how many left something beside it: they came while
        it was being written.
    seconds : float
        That one writing takes.
    """
    path = folder / f"run.{SUFFIXES.get(kind, kind)}"
    writer(kind, str(path), FIRST)()
    check(kind, path)
    started = time.monotonic()
    writer(kind, str(path), FIRST)()
    seconds = time.monotonic() - started
    whole = leftovers = 0
    parts = {"folder": str(Path(__file__).parent), "kind": kind, "path": str(path)}
    program = _WRITER.format(**parts, values=(FIRST, SECOND))
    for number in range(kills):
        command = [sys.executable, "-c", program]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            time.sleep(1.5 * seconds * number / max(1, kills - 1))
            os.kill(process.pid, signal.SIGKILL)
        beside = [name for name in os.listdir(folder) if name.startswith(".")]
        leftovers += bool(beside)
        try:
            check(kind, path)
            whole += 1
        except Exception as error:
            print(f"  kill {number} of {kind}: {type(error).__name__}: {error}")
        remove_unfinished(path)
        assert not [name for name in os.listdir(folder) if name.startswith(".run.")]
    return whole, leftovers, seconds


def main(argv: Sequence[str] | None = None) -> int:
    """Kill and print the figures; the exit code is 1 where an earlier file was lost."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(KINDS)}")
    parser.add_argument("--kills", type=int, default=50, help="of each kind (default: 50)")
    given = parser.parse_args(argv)
    if unknown := set(given.kinds) - set(KINDS):
        parser.error(f"there is no kind {', '.join(sorted(unknown))}")
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    lost = 0
    print(f"{'kind':<10}{'kills':>7}{'readable':>10}{'caught writing':>16}{'seconds of one':>16}")
    for kind in given.kinds or KINDS:
        with tempfile.TemporaryDirectory() as folder:
            whole, leftovers, seconds = kill_while_writing(kind, given.kills, Path(folder))
        lost += given.kills - whole
        print(f"{kind:<10}{given.kills:>7}{whole:>10}{leftovers:>16}{seconds:>16.2f}", flush=True)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
