"""Packages that only some exports need, and that not everybody has installed."""

from __future__ import annotations

import importlib
from typing import Any

from lstm_viz.errors import LstmVizError


def need(module: str, extra: str, what: str) -> Any:
    """Import a module of an optional extra.

    Parameters
    ----------
    module : str
    extra : str
        Of this package, that installs it.
    what : str
        That needs it: ``"A Zarr export"``.

    Raises
    ------
    LstmVizError
        It is not installed; the hint names the command that does it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise LstmVizError(
            f"{what} needs the package {package}, which is not installed.",
            f"Install it with: pip install 'lstm-viz[{extra}]'",
            f"{type(error).__name__}: {error}",
        ) from error
