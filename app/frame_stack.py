"""Room on the stack of Python's frames, so that deep calls do not wait for memory again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Function = TypeVar("Function", bound=Callable[..., object])

_SLOTS = 1 << 16  # half a megabyte, of which none is touched before it is used


def with_room(function: Function) -> Function:
    """Let all that a function calls find room on the stack of frames that Python begins with the call.

    Python keeps frames in pieces of 16 kB. The piece that a call begins is given back to the
    system when that call returns: a loop that happens to run at the end of one piece asks for memory, and
    gives it back, with each call. Importing TensorFlow, hundreds of frames deep, takes 3.2 s then, and 1.8 s
    without (https://github.com/python/cpython/issues/142183, mended in releases of 2026, but not for 3.11 and
    3.12). A function that claims a large frame begins a piece with room for all the others.
    """
    function.__code__ = function.__code__.replace(co_stacksize=_SLOTS)
    return function
