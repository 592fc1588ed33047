"""Where the built-in examples lie: in the installed package, or in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def examples_folder() -> Path:
    """Return the folder that holds one folder per example.

    Returns
    -------
    pathlib.Path
        ``lstm_viz/resources/examples`` of an installed wheel if it is there, else
        ``resources/examples`` at the root of the checkout (which need not exist yet).
    """
    installed = _PACKAGE / "resources" / "examples"
    return installed if installed.is_dir() else _PACKAGE.parent / "resources" / "examples"
