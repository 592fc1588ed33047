"""Errors that a user can mend. Every one says what is wrong and, in its hint, what to do."""

from __future__ import annotations


class LstmVizError(Exception):
    """Something that the user can mend.

    Parameters
    ----------
    message : str
        What is wrong, in one or two sentences, naming the file or the sizes concerned.
    hint : str
        What to do about it.
    details : str
        Technical context for a bug report; shown only on demand.
    """

    def __init__(self, message: str, hint: str = "", details: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = details

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()

    def __reduce__(self) -> tuple[type[LstmVizError], tuple[str, ...]]:
        return type(self), (self.message, self.hint, self.details)


class LoadError(LstmVizError):
    """A model file that cannot be read or rebuilt."""


class HalfModelError(LoadError):
    """A file that holds the weights of a model without its architecture, or the other way round.

    Parameters
    ----------
    message, hint, details : str
    missing : {"architecture", "weights"}
    """

    def __init__(
        self, message: str, hint: str = "", details: str = "", missing: str = "architecture"
    ) -> None:
        super().__init__(message, hint, details)
        self.missing = missing

    def __reduce__(self) -> tuple[type[LstmVizError], tuple[str, ...]]:
        return type(self), (self.message, self.hint, self.details, self.missing)


class ModelError(LstmVizError):
    """A model that cannot do what is asked of it, such as stepping without any LSTM layer."""


class DataError(LstmVizError):
    """Data that cannot be read, or that do not fit the model."""


class MissingValuesError(DataError):
    """Data in which values are missing, where nobody said what to do about it."""


class PlanError(LstmVizError):
    """A batch size, reset point or order of samples that cannot be followed."""


class TraceError(LstmVizError):
    """A recording that cannot be written, saved or opened."""


class DiskFullError(TraceError):
    """Too little room on the disk for what is to be written."""
