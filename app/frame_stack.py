"""Room on the stack of Python's frames, so that deep calls do not wait for memory again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Function = TypeVar("Function", bound=Callable[..., object])

# Half a megabyte, and with what Python adds just too much for a piece of that size: it takes one of a
# megabyte, and the other half is the room. No page of it is touched before it is used.
_SLOTS = 1 << 16


def with_room(function: Function) -> Function:
    """Let all that a function calls find room on the stack of frames, in the thread that calls it.

    It is the same function that is returned.

    Python keeps frames in pieces of 16 kB. The piece that a call begins is given back to the
    system when that call returns: a loop that happens to run at the end of one piece asks for memory, and
    gives it back, with each call. Importing TensorFlow, hundreds of frames deep, takes 3.2 s then, and 1.8 s
    with room (https://github.com/python/cpython/issues/142183, mended in releases of 2026, but not for 3.11
    and 3.12). A function that claims a frame of more than a piece begins a larger piece.
    """
    function.__code__ = function.__code__.replace(co_stacksize=_SLOTS)
    return function
