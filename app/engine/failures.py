"""What the engine says of a command that it could not do."""

from __future__ import annotations

import sys
import traceback

from app.engine.messages import Failed
from lstm_viz.errors import DiskFullError, HalfModelError, LstmVizError, MissingValuesError


def failed(generation: int, command: str, error: Exception) -> Failed:
    """Return the answer to a command, by its class's name, that raised an error.

    An error that the user cannot mend is one of the program, and goes to the log as well.
    """
    details = "".join(traceback.format_exception(error))
    if isinstance(error, LstmVizError):
        details = f"{error.details}\n\n{details}" if error.details else details
        missing = error.missing if isinstance(error, HalfModelError) else ""
        if isinstance(error, MissingValuesError):
            missing = "values"
        if isinstance(error, DiskFullError):
            missing = "room"
        return Failed(generation, command, error.message, error.hint, details, missing)
    print(details, file=sys.stderr)
    if isinstance(error, MemoryError):
        return Failed(
            generation,
            command,
            "The memory is full.",
            "Close other programs, or take a smaller batch size or less data.",
            details,
        )
    return Failed(
        generation,
        command,
        f"The engine could not do this: {type(error).__name__}: {error}".rstrip(": "),
        "This is an error of the program. Nothing is lost; please report it with the details.",
        details,
    )
