from __future__ import annotations

import pytest

from app import system_libraries
from app.system_libraries import missing_libraries, missing_words


@pytest.fixture
def lacking(monkeypatch: pytest.MonkeyPatch):
    """Makes a Linux that lacks the libraries that are named."""

    def lack(*names: str) -> None:
        monkeypatch.setattr(system_libraries.sys, "platform", "linux")
        monkeypatch.setattr(system_libraries, "_loads", lambda name: name not in names)

    return lack


def test_a_picture_needs_fewer_libraries_than_a_window(lacking) -> None:
    lacking("libxcb-cursor.so.0", "libEGL.so.1")
    assert missing_libraries(window=False) == ["libEGL.so.1"]
    assert missing_libraries(window=True) == ["libEGL.so.1", "libxcb-cursor.so.0"]


def test_nothing_is_missing_where_everything_loads(lacking) -> None:
    lacking()
    assert missing_libraries(window=True) == []


def test_other_systems_bring_what_qt_needs(lacking, monkeypatch: pytest.MonkeyPatch) -> None:
    lacking("libEGL.so.1")
    monkeypatch.setattr(system_libraries.sys, "platform", "darwin")
    assert missing_libraries(window=True) == []


def test_the_words_name_each_library_and_each_package_once() -> None:
    words = missing_words(["libxcb-randr.so.0", "libxcb-shape.so.0"])
    assert "libxcb-randr.so.0, libxcb-shape.so.0" in words
    assert "sudo apt-get install libxcb-randr0 libxcb-shape0" in words
    assert words.endswith("sudo dnf install libxcb")


def test_every_library_has_its_packages() -> None:
    every = [*system_libraries._FOR_ANY_PICTURE, *system_libraries._FOR_A_WINDOW]
    for name in every:
        assert name in missing_words([name])


def test_a_library_is_tried_by_loading_it() -> None:
    assert not system_libraries._loads("libthere-is-no-such-thing.so.0")
