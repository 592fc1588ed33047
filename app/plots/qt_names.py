"""Imports pyqtgraph without its copying every name of Qt.

pyqtgraph keeps a mirror of three of Qt's modules, which it fills by asking PySide6 for each of their names.
PySide6 makes a class when it is asked for it first; to make all 700 takes a tenth of the time until the
window is shown. Here the mirrors are there before: they ask PySide6 when they are asked themselves.
"""

from __future__ import annotations

import sys
from functools import partial
from importlib import import_module
from types import ModuleType

_MIRRORED = ("QtCore", "QtGui", "QtWidgets")


def import_pyqtgraph() -> None:
    """Import pyqtgraph; to be called before anybody else does."""
    if "pyqtgraph" in sys.modules:
        return
    sources = [import_module(f"PySide6.{name}") for name in _MIRRORED]
    listings = [vars(source).get("__dir__") for source in sources]
    for name, source in zip(_MIRRORED, sources, strict=True):
        mirror = ModuleType(f"pyqtgraph.Qt.{name}")
        mirror.__getattr__ = partial(_ask, mirror, source)
        sys.modules[mirror.__name__] = mirror
        source.__dir__ = list  # the names to copy: none
    try:
        import_module("pyqtgraph")
    finally:
        for source, listing in zip(sources, listings, strict=True):
            if listing is None:
                del source.__dir__
            else:
                source.__dir__ = listing


def _ask(mirror: ModuleType, source: ModuleType, name: str) -> object:
    """Return what Qt has by this name, and keep it in the mirror."""
    value = getattr(source, name)
    setattr(mirror, name, value)
    return value
