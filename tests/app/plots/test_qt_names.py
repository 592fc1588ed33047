import subprocess
import sys

LOOKS = """
import app.plots
import pyqtgraph as pg
from PySide6 import QtCore, QtGui, QtWidgets

built = sum(isinstance(value, type) for module in (QtGui, QtWidgets) for value in vars(module).values())
assert 0 < built < 200, built

assert pg.QtCore.Qt is QtCore.Qt
assert pg.QtGui.QPdfWriter is QtGui.QPdfWriter
assert pg.QtWidgets.QWizard is QtWidgets.QWizard
assert pg.Qt.QtWidgets.QOpenGLWidget.__name__ == "QOpenGLWidget"
assert not hasattr(pg.QtWidgets, "QNothing")
assert len(dir(QtWidgets)) > 150
"""


def test_pyqtgraph_finds_every_name_of_qt_without_copying_them():
    done = subprocess.run([sys.executable, "-c", LOOKS], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_pyqtgraph_that_is_imported_already_is_left_alone():
    code = "import pyqtgraph as pg; before = pg.QtCore; import app.plots; assert pg.QtCore is before"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
