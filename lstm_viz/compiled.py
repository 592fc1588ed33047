"""Compiling with XLA what a probe runs again and again.

Up to fifteen times as fast, for a third of a second once. The graph is the probe's own, for one shape;
nothing is written a second time. Compiled and plain arithmetic differ by rounding, at most 1e-6. What is
compiled follows from what was run before, never from the clock: the same calls give the same numbers.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import tensorflow as tf

_log = logging.getLogger(__name__)

# Timesteps of one shape that are run before it is compiled: what they cost is about what compiling costs.
OFTEN = 4000
# Shapes of one probe that are compiled; each keeps its machine code in memory.
_MOST_SHAPES = 8


class Compiled:
    """Compiles a function for each shape in which it is called often.

    Parameters
    ----------
    function : callable
        Takes nested lists of tensors.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._timesteps: dict[Any, int] = {}
        self._made: dict[Any, Callable[..., Any] | None] = {}

    def called(self, *arguments: Any) -> Any | None:
        """Return the function's result, if these shapes were run often enough to be compiled; else None."""
        shapes = _shapes(arguments)
        if shapes not in self._made:
            if self._timesteps.get(shapes, 0) < OFTEN or len(self._made) == _MOST_SHAPES:
                return None
            self._made[shapes] = self._compile(arguments)
        made = self._made[shapes]
        return None if made is None else made(*arguments)

    def ran(self, timesteps: int, *arguments: Any) -> None:
        """Count that these arguments were run uncompiled for so many timesteps."""
        shapes = _shapes(arguments)
        self._timesteps[shapes] = self._timesteps.get(shapes, 0) + timesteps

    def _compile(self, arguments: Any) -> Callable[..., Any] | None:
        specs = tf.nest.map_structure(lambda a: tf.TensorSpec(a.shape, tf.as_dtype(a.dtype)), list(arguments))
        try:
            made = traced(self._function, specs, compile=True)
            made(*arguments)
        except (tf.errors.OpError, ValueError, TypeError) as error:
            # A layer that XLA does not know: the plain graph goes on doing it.
            _log.info("not compiled: %s", str(error).splitlines()[0])
            return None
        return made


def traced(function: Callable[..., Any], specs: Any, compile: bool = False) -> Callable[..., Any]:
    """Return a function of nested lists of tensors or arrays, traced once, now.

    Its concrete function is called: choosing among the traces of a ``tf.function`` takes as long as a step.

    Parameters
    ----------
    function : callable
    specs : nested lists of tf.TensorSpec
        One for each of its arguments.
    compile : bool
        With XLA.
    """

    def of_flat(*values: Any) -> Any:
        return function(*tf.nest.pack_sequence_as(specs, values))

    signature = tf.nest.flatten(specs)
    of_graph = tf.function(of_flat, input_signature=signature, jit_compile=compile or None, autograph=False)
    made = of_graph.get_concrete_function()
    return lambda *arguments: made(*map(tf.convert_to_tensor, tf.nest.flatten(arguments)))


def _shapes(arguments: Any) -> Any:
    return tuple((tuple(a.shape), str(a.dtype)) for a in tf.nest.flatten(arguments))
