"""Importing TensorFlow and Keras in as little time as it can take."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


def import_tensorflow() -> tuple[str, str]:
    """Import TensorFlow and Keras, which takes seconds the first time.

    Returns
    -------
    tuple of str
        The versions of TensorFlow and of Keras.
    """
    import keras
    import tensorflow as tf

    import lstm_viz.loading
    import lstm_viz.stepper  # noqa: F401 - all that takes time to import is imported now

    return tf.__version__, keras.__version__


@contextmanager
def no_garbage_collected() -> Iterator[None]:
    """Collect no garbage in the block, which imports Keras: looking for some takes a quarter of the time.

    What an import makes is no garbage, and Python would look through all of it again and again. Afterwards
    the collector is as it was before; it is left alone where Keras is imported already.
    """
    if not gc.isenabled() or "keras" in sys.modules:
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
