"""Importing TensorFlow and Keras in as little time as it can take."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Keras imports these where they are installed and does without where they are not. The engine has no use
# for them in Keras, and together they take a third of the time.
_NOT_NEEDED = ("matplotlib", "pandas")


def import_tensorflow() -> tuple[str, str]:
    """Import TensorFlow and Keras, which takes seconds the first time.

    What it makes stays to the end of the process: the garbage collector does not look through it while
    it is made, nor ever after.

    Returns
    -------
    tuple of str
        The versions of TensorFlow and of Keras.
    """
    with _nothing_collected(), _not_found(_NOT_NEEDED):
        import keras
        import tensorflow as tf

        import lstm_viz.loading
        import lstm_viz.stepper  # noqa: F401 - all that takes time to import is imported now
    return tf.__version__, keras.__version__


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Collect no garbage in the block, and take all that is there after it for good."""
    if not gc.isenabled() or "keras" in sys.modules:  # nothing is left to be gained
        yield
        return
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


@contextmanager
def _not_found(names: tuple[str, ...]) -> Iterator[None]:
    """Let imports of these packages fail in the block as if they were not installed."""
    hidden = [] if "keras" in sys.modules else [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: Python's mark for that
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
