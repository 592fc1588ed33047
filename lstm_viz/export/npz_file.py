"""NumPy's ``.npz``: an array for each signal, named ``layer/signal``."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from lstm_viz.export.arrays import groups, header, reported, total_bytes
from lstm_viz.export.choice import Choice


def write(choice: Choice, path: Path, progress: Callable[[float], None]) -> None:
    """Write the arrays, uncompressed, so that reading them is quick."""
    found = groups(choice)
    total, done = total_bytes(found), 0
    with path.open("xb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        with archive.open("header.npy", "w") as member:
            np.lib.format.write_array(member, np.array(header(choice)))
        for group in found:
            for variable in (*group.coordinates, *group.variables):
                name = f"{group.name}/{variable.name}.npy"
                with archive.open(name, "w", force_zip64=True) as member:
                    descr = np.lib.format.dtype_to_descr(variable.dtype)
                    np.lib.format.write_array_header_2_0(
                        member, {"descr": descr, "fortran_order": False, "shape": variable.shape}
                    )
                    for _, values in reported(variable.pieces(), done, total, progress):
                        member.write(np.ascontiguousarray(values).data)
                done += variable.nbytes
