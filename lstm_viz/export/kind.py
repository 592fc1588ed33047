"""Whether a path is a recording, before it is read."""

from __future__ import annotations

from pathlib import Path


def is_recording(path: str | Path) -> bool:
    """Whether a file or folder is a recording, saved or exported, and not a model.

    A damaged one still is: opening it says what is wrong.
    """
    path = Path(path)
    if path.is_dir():
        return any((path / name).exists() for name in (".zgroup", "header.json"))
    if path.suffix.lower() in (".h5", ".hdf5"):
        import h5py

        try:
            with h5py.File(path) as file:
                return "lstm_viz" in file.attrs
        except OSError:
            return False
    return path.suffix.lower() == ".npz"
