from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def in_a_fresh_interpreter(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_the_window_imports_neither_keras_nor_tensorflow() -> None:
    program = (
        "import sys, app.main_window, app.application\n"
        "print(sorted({m.partition('.')[0] for m in sys.modules} & {'keras', 'tensorflow', 'h5py'}))"
    )
    assert in_a_fresh_interpreter(program) == "[]"


def test_importing_the_library_imports_no_qt() -> None:
    program = (
        "import sys, lstm_viz, lstm_viz.examples\n"
        "print(sorted({m.partition('.')[0] for m in sys.modules}\n"
        "             & {'PySide6', 'pyqtgraph', 'app', 'keras', 'tensorflow'}))"
    )
    assert in_a_fresh_interpreter(program) == "[]"


def test_reading_the_command_line_imports_no_qt() -> None:
    program = (
        "import sys\n"
        "from app.command_line import parse\n"
        "parse(['--example', 'tagger'])\n"
        "print('PySide6' in sys.modules)"
    )
    assert in_a_fresh_interpreter(program) == "False"


def test_a_process_that_imports_the_script_starts_no_window() -> None:
    program = (
        "import sys, runpy\n"
        f"runpy.run_path({str(ROOT / 'main.py')!r}, run_name='__mp_main__')\n"
        "print('PySide6' in sys.modules)"
    )
    assert in_a_fresh_interpreter(program) == "False"
