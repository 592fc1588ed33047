"""Which kind of file it is, told by content: ``model.save("x.keras")`` was HDF5 before TF 2.12."""

from __future__ import annotations

import os

from .contents import MAX_CONFIG_BYTES, Contents, ReadProblem, parse_json

HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_SESSION = "lstm-viz session"
ACCEPTED = "Open a Keras model: .keras, .h5, .hdf5, or a SavedModel folder."


def detect(path: str) -> str:
    """Return the kind of the model at ``path``.

    ``hdf5``, ``zip``, ``saved_model``, ``folder`` (an unpacked zip) or ``json``.
    """
    if os.path.isdir(path):
        if os.path.isfile(os.path.join(path, "saved_model.pb")):
            return "saved_model"
        if os.path.isfile(os.path.join(path, "config.json")):
            return "folder"
        raise ReadProblem("This folder is not a saved model: it has no saved_model.pb.", ACCEPTED)
    try:
        with open(path, "rb") as stream:
            head = stream.read(4096)
            # An HDF5 file may begin with a user block of 512, 1024, 2048 … bytes.
            offsets = [0, 512, 1024, 2048]
            if any(head[at : at + 8] == HDF5_SIGNATURE for at in offsets):
                return "hdf5"
    except OSError as error:
        raise ReadProblem(f"The file cannot be opened: {error.strerror or error}.") from None
    if not head:
        raise ReadProblem("The file is empty.", "Get another copy: the download or the save did not finish.")
    if head[:2] == b"PK":
        return "zip"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return "json"
    if head[:2] == b"\x80\x04" or head[:2] == b"\x80\x03" or head[:1] == b"\x80":
        raise ReadProblem(
            "This is a pickle, which can run any code when opened.",
            "Save the model with model.save() and open that file.",
        )
    if head.startswith(b"version https://git-lfs"):
        raise ReadProblem("This is a Git LFS pointer, not the model itself.", "Fetch it with git lfs pull.")
    if head[:1] == b"<":
        raise ReadProblem("This is a web page, not a model.", "Download the raw file instead.")
    raise ReadProblem("This is not a Keras model.", ACCEPTED)


def read(path: str) -> Contents:
    """Read the model at ``path`` with the reader that its content asks for."""
    kind = detect(path)
    if kind == "hdf5":
        from .hdf5 import read_hdf5

        return read_hdf5(path)
    if kind == "zip":
        from .keras_zip import read_keras_zip

        return read_keras_zip(path)
    if kind == "json":
        with open(path, "rb") as stream:
            config = parse_json(stream.read(MAX_CONFIG_BYTES + 1), "the file")
        if isinstance(config, dict) and config.get("format") == _SESSION:
            raise ReadProblem(
                "This is a session of lstm-viz, which names a model and holds none.",
                "Open it in the window, by File → Open session, or open the model that it names.",
            )
        return Contents(format="architecture", layout="none", config=config)
    if kind == "folder":
        from .keras_zip import read_keras_folder

        return read_keras_folder(path)
    from .saved_model import read_saved_model

    return read_saved_model(path)
