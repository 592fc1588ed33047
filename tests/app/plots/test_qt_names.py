import os
import subprocess
import sys

LOOKS = """
import app.plots
import pyqtgraph as pg
from PySide6 import QtCore, QtGui, QtWidgets

# Classes that nobody asks for are not made.
assert not {"QWizard", "QMdiArea", "QUndoView"} & vars(QtWidgets).keys()

assert pg.QtCore.Qt is QtCore.Qt
assert pg.QtGui.QPdfWriter is QtGui.QPdfWriter
assert pg.QtWidgets.QWizard is QtWidgets.QWizard
assert pg.Qt.QtWidgets.QOpenGLWidget.__name__ == "QOpenGLWidget"
assert not hasattr(pg.QtWidgets, "QNothing")
assert "QUndoView" in dir(QtWidgets)
"""


def run(code: str) -> None:
    lazy = {**os.environ, "PYSIDE6_OPTION_LAZY": "1"}  # which is what PySide6 does unless it is told not to
    done = subprocess.run([sys.executable, "-c", code], env=lazy, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_pyqtgraph_finds_every_name_of_qt_without_copying_them():
    run(LOOKS)


def test_the_program_imports_pyqtgraph_so():
    run(LOOKS.replace("import app.plots", "import app.application"))


def test_a_pyqtgraph_that_is_imported_already_is_left_alone():
    run("import pyqtgraph as pg; before = pg.QtCore; import app.plots; assert pg.QtCore is before")
