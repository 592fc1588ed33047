"""Which system libraries Qt needs on Linux, and how to install those that are missing.

Qt itself ends the process without a word that helps when the library of its xcb platform is missing.
"""

from __future__ import annotations

import ctypes
import sys

# Library → Debian's (and Ubuntu's) package, Fedora's package.
_FOR_ANY_PICTURE = {
    "libGL.so.1": ("libgl1", "mesa-libGL"),
    "libEGL.so.1": ("libegl1", "mesa-libEGL"),
    "libfontconfig.so.1": ("libfontconfig1", "fontconfig"),
    "libxkbcommon.so.0": ("libxkbcommon0", "libxkbcommon"),
    "libdbus-1.so.3": ("libdbus-1-3", "dbus-libs"),
    "libglib-2.0.so.0": ("libglib2.0-0", "glib2"),
}
_FOR_A_WINDOW = {
    "libxcb-cursor.so.0": ("libxcb-cursor0", "xcb-util-cursor"),
    "libxcb-icccm.so.4": ("libxcb-icccm4", "xcb-util-wm"),
    "libxcb-image.so.0": ("libxcb-image0", "xcb-util-image"),
    "libxcb-keysyms.so.1": ("libxcb-keysyms1", "xcb-util-keysyms"),
    "libxcb-randr.so.0": ("libxcb-randr0", "libxcb"),
    "libxcb-render-util.so.0": ("libxcb-render-util0", "xcb-util-renderutil"),
    "libxcb-shape.so.0": ("libxcb-shape0", "libxcb"),
    "libxcb-xkb.so.1": ("libxcb-xkb1", "libxcb"),
    "libxkbcommon-x11.so.0": ("libxkbcommon-x11-0", "libxkbcommon-x11"),
}


def missing_libraries(window: bool) -> list[str]:
    """Return the libraries that Qt needs and this system lacks.

    Parameters
    ----------
    window : bool
        What a window on an X11 screen needs; else what any picture needs.
    """
    if sys.platform != "linux":
        return []
    wanted = {**_FOR_ANY_PICTURE, **_FOR_A_WINDOW} if window else _FOR_ANY_PICTURE
    return [name for name in wanted if not _loads(name)]


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def missing_words(missing: list[str]) -> str:
    """Say which libraries are missing, and how to install them."""
    packages = {**_FOR_ANY_PICTURE, **_FOR_A_WINDOW}
    debian = " ".join(dict.fromkeys(packages[name][0] for name in missing))
    fedora = " ".join(dict.fromkeys(packages[name][1] for name in missing))
    return (
        f"Qt needs system libraries that are missing here: {', '.join(missing)}.\n"
        f"  Debian, Ubuntu:  sudo apt-get install {debian}\n"
        f"  Fedora:          sudo dnf install {fedora}"
    )
