"""What importing the library may not bring with it, seen in a fresh interpreter."""

import json
import subprocess
import sys

import pytest

SLOW = ("keras", "tensorflow", "PySide6", "pyqtgraph", "app", "h5py")


def modules_after(code):
    """Run some lines in a fresh interpreter and return what it has imported by then."""
    told = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport json, sys; print(json.dumps(list(sys.modules)))"],
        check=True,
        capture_output=True,
        text=True,
    )
    return {name.partition(".")[0] for name in json.loads(told.stdout)}


@pytest.mark.parametrize(
    "code",
    [
        "import lstm_viz",
        "import lstm_viz.stepper, lstm_viz.trace_file, lstm_viz.reference",
        "import lstm_viz; lstm_viz.Plan(4, 3); lstm_viz.Dataset.from_arrays([[[1.0]]])",
    ],
)
def test_importing_the_library_imports_neither_keras_nor_tensorflow_nor_qt(code):
    assert not modules_after(code) & set(SLOW)
