"""Zarr: a folder with a group for each layer, which xarray opens as it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from lstm_viz.export.arrays import Variable, groups, header, reported, total_bytes
from lstm_viz.export.choice import Choice
from lstm_viz.export.extras import need

# Version 3 has no word for fixed-width text, and fewer programs read it.
_ZARR_FORMAT = 2
_DIMS = "_ARRAY_DIMENSIONS"  # where xarray looks for the names of the axes


def write(choice: Choice, path: Path, progress: Callable[[float], None]) -> None:
    """Write the arrays in chunks, so that a reader need not read all of one."""
    zarr = need("zarr", "zarr", "A Zarr file")
    found = groups(choice, stacked=True)
    total, done = total_bytes(found), 0
    root = zarr.open_group(path, mode="w-", zarr_format=_ZARR_FORMAT)
    root.attrs.update(lstm_viz=header(choice), groups=[group.name for group in found])
    for group in found:
        place = root.create_group(group.name)
        place.attrs.update(group.about)
        for coordinate in group.coordinates:
            _array(place, coordinate)[...] = coordinate.read((slice(None),))
        for variable in group.variables:
            array = _array(place, variable)
            for index, values in reported(variable.pieces(), done, total, progress):
                array[index] = values
            done += variable.nbytes
    zarr.consolidate_metadata(path, zarr_format=_ZARR_FORMAT)


def _array(place: Any, variable: Variable) -> Any:
    """Make an array whose chunks are the pieces that it is read in."""
    import numcodecs

    array = place.create_array(
        variable.name,
        shape=variable.shape,
        dtype=variable.dtype,
        chunks=tuple(max(1, size) for size in variable.piece),
        # A chunk that is lost is not recorded, and one that is damaged is noticed.
        fill_value=np.nan if variable.dtype.kind == "f" else None,
        compressors=numcodecs.Zstd(level=1, checksum=True),
    )
    array.attrs.update({_DIMS: list(variable.dims), **variable.about})
    return array
