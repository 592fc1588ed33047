"""Views of recorded numbers. Setters in, signals out; they know neither the engine nor the model."""

from app.plots.qt_names import import_pyqtgraph

import_pyqtgraph()
