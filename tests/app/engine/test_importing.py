from __future__ import annotations

import subprocess
import sys

_OPENER = """
import gc, multiprocessing, sys
from pathlib import Path
from app.engine.importing import import_tensorflow
from app.engine.loop import EngineLoop
from app.engine.messages import Ready
from app.engine.process import _tell, set_environment
from app.engine.session_folder import SessionFolder

set_environment()
seen = []

def take(event):
    seen.append(gc.isenabled())

loop = EngineLoop(SessionFolder(Path("nowhere")), take)
"""


def run(code: str) -> list[str]:
    """Return what a fresh interpreter prints, line by line."""
    done = subprocess.run([sys.executable, "-c", _OPENER + code], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_an_import_tells_the_versions_and_leaves_all_of_keras_to_whoever_else_uses_it() -> None:
    assert run("""
versions = import_tensorflow()
print(versions == tuple(sys.modules[name].__version__ for name in ("tensorflow", "keras")))
import keras, numpy, pandas
model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)])
print(model.predict(pandas.DataFrame(numpy.zeros((3, 2))), verbose=0).shape)
""") == ["True", "(3, 1)"]


def test_no_garbage_is_looked_for_during_the_import_and_the_collector_is_as_before_afterwards() -> None:
    assert run("""
loop.import_tensorflow()
print(seen, gc.isenabled(), gc.get_freeze_count())
loop.import_tensorflow()
print(seen)
""") == ["[False] True 0", "[False]"]


def test_a_collector_that_was_switched_off_stays_so() -> None:
    assert run("""
gc.disable()
loop.import_tensorflow()
print(gc.isenabled())
""") == ["False"]


def test_a_failing_import_leaves_the_collector_as_it_was() -> None:
    assert run("""
sys.modules["tensorflow"] = None
try:
    loop.import_tensorflow()
except ImportError:
    print("failed", gc.isenabled(), gc.get_freeze_count(), loop.ready)
""") == ["failed True 0 False"]


def test_the_process_of_the_engine_sets_apart_what_is_there_once_it_is_ready() -> None:
    assert run("""
ours, theirs = multiprocessing.Pipe()
loop = EngineLoop(SessionFolder(Path("nowhere")), lambda event: _tell(theirs, event))
loop.import_tensorflow()
print(type(ours.recv()).__name__, gc.isenabled(), gc.get_freeze_count() > 100 * len(gc.get_objects()))
""") == ["Ready True True"]
