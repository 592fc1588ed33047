from __future__ import annotations

import subprocess
import sys

_IMPORT = """
import gc, sys
from app.engine.importing import import_tensorflow
from app.engine.process import set_environment

set_environment()
"""


def run(code: str) -> list[str]:
    """Return what a fresh interpreter prints, line by line."""
    done = subprocess.run([sys.executable, "-c", _IMPORT + code], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_an_engine_imports_what_it_needs_and_leaves_the_rest_to_whoever_needs_it() -> None:
    lines = run("""
print(*import_tensorflow())
print(*(sys.modules[name].__version__ for name in ("tensorflow", "keras")))
print(*(name in sys.modules for name in ("pandas", "matplotlib")))
print(gc.isenabled(), gc.get_freeze_count() > 100 * len(gc.get_objects()))
import keras, numpy, pandas
import matplotlib.pyplot
model = keras.Sequential([keras.layers.Input((2, 1)), keras.layers.LSTM(1)])
print(model.predict(numpy.zeros((3, 2, 1)), verbose=0).shape)
before = gc.get_freeze_count()
import_tensorflow()
print(gc.get_freeze_count() <= before)
""")
    assert lines[0] == lines[1]
    assert lines[2:] == ["False False", "True True", "(3, 1)", "True"]


def test_a_failing_import_leaves_the_interpreter_as_it_was() -> None:
    lines = run("""
sys.modules["tensorflow"] = None
try:
    import_tensorflow()
except ImportError:
    print("failed", gc.isenabled(), gc.get_freeze_count(), "pandas" in sys.modules)
""")
    assert lines == ["failed True 0 False"]


def test_what_is_imported_already_stays_in_sight() -> None:
    assert run("""
import pandas
import_tensorflow()
print(sys.modules["pandas"] is pandas)
""") == ["True"]
