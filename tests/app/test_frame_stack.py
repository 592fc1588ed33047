from __future__ import annotations

import subprocess
import sys

import pytest

_MOST_PAGES_ASKED_FOR = """
import resource
from app.frame_stack import with_room

def leaf(a=0, b=0, c=0, d=0, e=0, f=0, g=0, h=0):
    return None

def pages(depth):
    if depth:
        return pages(depth - 1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(1000):
        leaf()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

def most():
    return max(pages(depth) for depth in range(500))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="pages are counted by Unix only")
def test_calls_at_whatever_depth_ask_for_no_memory_each_time() -> None:
    code = f"{_MOST_PAGES_ASKED_FOR}\nprint(with_room(most)())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 500  # without room 1000, in every Python that is not mended


def test_a_function_with_room_takes_and_returns_what_it_did() -> None:
    from app.frame_stack import with_room

    @with_room
    def joined(first: str, *others: str, by: str = "-") -> str:
        return by.join((first, *others))

    assert joined("a", "b", "c", by="+") == "a+b+c"
    assert joined.__name__ == "joined"
