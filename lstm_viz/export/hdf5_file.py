"""HDF5: a group for each layer, with a dataset for each signal and named axes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lstm_viz.export.arrays import free_name, groups, header, reported, total_bytes
from lstm_viz.export.choice import Choice


def write(choice: Choice, path: Path, progress: Callable[[float], None]) -> None:
    """Write the arrays, their axes as HDF5's dimension scales."""
    import h5py

    found = groups(choice)
    total, done = total_bytes(found), 0
    with h5py.File(path, "x") as file:
        place = free_name("header", choice.layers)
        file[place] = header(choice)  # as an attribute it may be too long
        file.attrs["lstm_viz"] = place
        for group in found:
            place = file.create_group(group.name)
            place.attrs.update(group.about)
            for coordinate in group.coordinates:
                place[coordinate.name] = coordinate.read((slice(None),))
                place[coordinate.name].make_scale(coordinate.name)
            for variable in group.variables:
                dataset = place.create_dataset(variable.name, variable.shape, variable.dtype)
                dataset.attrs.update(variable.about)
                for axis, dim in enumerate(variable.dims):
                    dataset.dims[axis].label = dim
                    if dim in place:
                        dataset.dims[axis].attach_scale(place[dim])
                for index, values in reported(variable.pieces(), done, total, progress):
                    dataset[index] = values
                done += variable.nbytes
