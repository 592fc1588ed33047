"""The help pages: what one sees, and about the program."""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path

import PySide6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QMessageBox, QTextBrowser, QVBoxLayout, QWidget

import lstm_viz

_GUIDE = Path(__file__).with_name("guide.html")


def show_guide(parent: QWidget) -> None:
    """Explain the parts of the window."""
    dialog = QDialog(parent)
    dialog.setWindowTitle("What am I seeing?")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    text = QTextBrowser()
    text.setHtml(_GUIDE.read_text(encoding="utf-8"))
    text.setAccessibleName("What am I seeing?")
    text.setFrameShape(QTextBrowser.Shape.NoFrame)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.reject)
    layout = QVBoxLayout(dialog)
    layout.addWidget(text)
    layout.addWidget(buttons)
    line = dialog.fontMetrics()
    dialog.resize(line.averageCharWidth() * 88, line.height() * 36)
    dialog.open()


def versions() -> str:
    """Return what a report has to say first: which program this is, and what it runs on."""
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    return (
        f"lstm-viz {lstm_viz.__version__}, Python {platform.python_version()}, "
        f"PySide6 {PySide6.__version__}, pyqtgraph {version('pyqtgraph')}, {system}"
    )


def show_about(parent: QWidget) -> None:
    """Say which program this is and what it runs on."""
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle("About lstm-viz")
    box.setText(f"<b>lstm-viz {lstm_viz.__version__}</b>")
    box.setInformativeText(
        "Opens a saved Keras LSTM, steps it one timestep at a time, and shows every gate and state.\n\n"
        f"Licence: MIT. Python {platform.python_version()}, PySide6 {PySide6.__version__}."
    )
    box.open()
