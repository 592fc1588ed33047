"""A recording as xarray's Dataset or DataTree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lstm_viz.export.arrays import Group, groups
from lstm_viz.export.choice import choose
from lstm_viz.export.extras import need
from lstm_viz.trace import Trace

if TYPE_CHECKING:
    import xarray


def labelled(
    trace: Trace, layer: str | None, signals: Sequence[str] | None
) -> xarray.Dataset | xarray.DataTree:
    """Return one layer as a Dataset, or everything as a tree; :meth:`Trace.to_xarray` says how."""
    xr = need("xarray", "xarray", "to_xarray")
    choice = choose(trace, None if layer is None else [layer], signals)
    found = groups(choice, stacked=True)
    if layer is not None:
        return _dataset(xr, found[0])
    return xr.DataTree.from_dict({group.name: _dataset(xr, group) for group in found})


def _dataset(xr: Any, group: Group) -> Any:
    variables = {}
    for variable in group.variables:
        values = np.empty(variable.shape, variable.dtype)
        for index, piece in variable.pieces():
            values[index] = piece
        variables[variable.name] = (variable.dims, values, variable.about)
    coordinates = {one.name: (one.dims, one.read((slice(None),))) for one in group.coordinates}
    return xr.Dataset(variables, coordinates, group.about)
