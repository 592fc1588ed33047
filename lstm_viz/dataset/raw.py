"""Data as they were read, and their numbers as the samples hold them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lstm_viz.dataset.scaling import NOT_SCALED, Scaling
from lstm_viz.dataset.shaping import Missing
from lstm_viz.dataset.table import Table


@dataclass(frozen=True, eq=False)
class Series:
    """A series that is still to be cut into samples."""

    table: Table
    missing: Missing = "refuse"


@dataclass(frozen=True, eq=False)
class Arrays:
    """Ready-made sequences; a scaling may still be applied.

    ``lengths`` (samples,) are the timesteps of each; what lies past them is padding. None where all are
    of one length.
    """

    inputs: Mapping[str, np.ndarray]
    targets: Mapping[str, np.ndarray]
    source: str
    feature_names: tuple[str, ...] | None = None
    target_names: tuple[str, ...] | None = None
    token_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    lengths: np.ndarray | None = None
    sequences: np.ndarray | None = None  # an id for each sample, of numbers or of text


@dataclass(frozen=True, eq=False)
class Tokens:
    """A text as token numbers, still to be cut into samples."""

    ids: np.ndarray
    token_names: tuple[str, ...]
    source: str
    one_hot: bool = False


Raw = Series | Arrays | Tokens


@dataclass(frozen=True, eq=False)
class Prepared:
    """The numbers of a block before they are cut into samples: all of the shaping that takes time.

    Inputs and targets of a series are columns over time, of which the samples are views; those of arrays
    are the samples themselves, and so are those of a series that is cut at the borders of its sequences:
    ``sequences`` then has the number of each sample's. ``scaling`` is that of the columns.
    """

    inputs: tuple[np.ndarray, ...]
    targets: tuple[np.ndarray, ...] = ()
    series: np.ndarray | None = None
    origin: np.ndarray | None = None
    scaling: Scaling = NOT_SCALED
    target_scaling: Scaling = NOT_SCALED
    notes: tuple[str, ...] = ()
    lengths: np.ndarray | None = None
    sequences: np.ndarray | None = None
