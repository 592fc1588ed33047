import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lstm_viz import trace_folder
from lstm_viz.errors import TraceError
from lstm_viz.layers import LSTMLayer
from lstm_viz.plan import Plan, Resets
from lstm_viz.trace import Trace
from lstm_viz.trace_opening import open_folder, open_trace

SAMPLES, STEPS = 6, 24
FIRST = Plan(SAMPLES, 4, 1, stateful=True, order=(1, 0, 3, 2, 5, 4), sequences=(0, 0, 0, 1, 1, 1))
SECOND = replace(FIRST, resets=Resets(each_sequence=True), sequences=(0, 1, 2, 3, 4, 5))
NUMBERS = np.arange(STEPS * 6, dtype=np.float32).reshape(STEPS, 1, 6, 1)


def recording(folder, plan=FIRST, count=STEPS):
    trace = Trace(plan, [LSTMLayer("lstm", 1, 1)], [plan.timesteps], [], folder)
    trace.layers["lstm"].write(0, NUMBERS[:count], np.ones((count, 1), bool))
    for batch in range(plan.batches):
        trace.layers["lstm"].write_initial(batch, np.zeros((1, 2, 1), np.float32))
    trace.publish(count)
    return trace


def files(folder):
    return sorted(path.name for path in folder.glob("*.*"))


def test_a_new_plan_leaves_no_file_of_the_one_before(tmp_path):
    trace = recording(tmp_path)
    before = files(tmp_path)
    trace.truncate(6, SECOND)
    after = files(tmp_path)
    assert len(after) == len(before) == 4  # header, state, order, sequences
    assert set(after) & set(before) > {"header.json", "state.npy"}  # and the order: it is the same
    assert set(after) != set(before)
    assert open_trace(tmp_path).plan == SECOND


def test_a_plan_with_the_same_long_parts_writes_none_of_them(tmp_path):
    trace = recording(tmp_path)
    (order,) = tmp_path.glob("order-*.npy")
    written = order.stat()
    trace.truncate(3, replace(FIRST, order=tuple(FIRST.order), stateful=False))
    assert order.stat() == written


def test_what_a_killed_writer_left_beside_is_gone_after_the_next_header(tmp_path):
    trace = recording(tmp_path)
    (tmp_path / "sequences-0123456789abcdef.npy").write_bytes(b"of a plan that never came")
    trace.truncate(6, SECOND)
    assert len(files(tmp_path)) == 4


_KILLED = """
import os, sys, shutil
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_trace_folder import SECOND
from lstm_viz.trace_opening import open_folder

source = Path(sys.argv[1])
CHANGES = {"open", "os.rename", "os.remove", "os.truncate"}

def writes(event, arguments):
    if event not in CHANGES:
        return False
    if event == "open":
        return isinstance(arguments[1], str) and "r" not in arguments[1]
    return True

at = 0
while True:
    folder = source.with_name(f"stopped-{at}")
    shutil.copytree(source, folder)
    child = os.fork()
    if child == 0:
        trace, left = open_folder(folder, writable=True), [at]
        def stop(event, arguments):
            if writes(event, arguments) and str(folder) in str(arguments[0]):
                if not left[0]:
                    os._exit(7)
                left[0] -= 1
        sys.addaudithook(stop)
        trace.truncate(6, SECOND)
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
        break
    at += 1
"""


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_wherever_a_writer_is_killed_the_header_finds_its_own_files(tmp_path):
    recording(tmp_path / "source")
    here = str(Path(__file__).parent)
    subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path / "source"), here], check=True)
    stopped = sorted(tmp_path.glob("stopped-*"), key=lambda path: int(path.name.split("-")[1]))
    assert len(stopped) > 5  # two files and their renamings, and a removal; the last one was not stopped
    plans = []
    for folder in stopped:
        trace = open_folder(folder, writable=False)
        assert trace.plan in (FIRST, SECOND)
        # Steps of the old plan are never seen under the new one, nor the other way round.
        assert trace.count in ((6, STEPS) if trace.plan == FIRST else (6,))
        steps = np.arange(trace.count)
        signals = trace.layers["lstm"].at(steps, np.zeros_like(steps))
        np.testing.assert_array_equal(signals, NUMBERS[: trace.count, 0])
        plans.append(trace.plan)
    assert plans[0] == FIRST
    assert plans[-1] == SECOND
    assert plans == sorted(plans, key=(FIRST, SECOND).index)


def test_a_reader_that_comes_while_the_header_is_replaced_reads_the_new_one(tmp_path, monkeypatch):
    trace = recording(tmp_path)
    old = (tmp_path / "header.json").read_text()
    trace.truncate(6, SECOND)
    texts = iter([old])
    new = trace_folder._header_text
    monkeypatch.setattr(trace_folder, "_header_text", lambda folder: next(texts, None) or new(folder))
    assert open_trace(tmp_path).plan == SECOND


@pytest.mark.parametrize("file", ["../order-0123456789abcdef.npy", "/etc/passwd", "order.npy", 7, ["x"]])
def test_a_header_names_no_file_elsewhere(tmp_path, file):
    recording(tmp_path / "recording")
    shutil.copy(next(tmp_path.glob("*/order-*.npy")), tmp_path / "order-0123456789abcdef.npy")
    path = tmp_path / "recording" / "header.json"
    header = json.loads(path.read_text())
    header["plan"]["order"] = file
    path.write_text(json.dumps(header))
    with pytest.raises(TraceError, match="not a recording"):
        open_trace(tmp_path / "recording")


def test_a_recording_of_another_version_is_said_to_be_one(tmp_path):
    recording(tmp_path)
    path = tmp_path / "header.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 1}))
    with pytest.raises(TraceError, match="another version"):
        open_trace(tmp_path)
