"""The commands of the menu File."""

from __future__ import annotations

from app.menus.spec import ActionSpec

ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "open_model",
        "Open model…",
        "File",
        ("Ctrl+O",),
        "Open a saved Keras model (.keras or .h5).",
        "open_model",
    ),
    ActionSpec(
        "open_data",
        "Open data…",
        "File",
        ("Ctrl+D",),
        "Open a series or sequences (.csv, .tsv, .txt, .npy or .npz).",
        "open_data",
    ),
    ActionSpec(
        "open_recording",
        "Open recording…",
        "File",
        ("Ctrl+Shift+R",),
        "Look at a saved or exported recording without its model (.npz, .h5, .zarr, or a folder of a run).",
    ),
    ActionSpec(
        "open_session",
        "Open session…",
        "File",
        ("Ctrl+Shift+O",),
        "Open model, data and settings again, as they were saved (.lstmviz).",
    ),
    ActionSpec(
        "save_session",
        "Save session…",
        "File",
        ("Ctrl+Shift+S",),
        "Save what is open, how it is run and what you look at as one small file, without the recording.",
        separated=True,
    ),
    ActionSpec(
        "save_recording",
        "Save recording…",
        "File",
        ("Ctrl+S",),
        "Save every gate and state recorded so far as one file.",
        "save",
    ),
    ActionSpec(
        "export",
        "Export…",
        "File",
        ("Ctrl+Shift+E",),
        "Write what is recorded, or part of it, for NumPy, HDF5, xarray, or as a table.",
    ),
    ActionSpec(
        "save_picture",
        "Save picture of window…",
        "File",
        ("Ctrl+Shift+P",),
        "Save the window as it is, as a PNG or SVG picture.",
        "picture",
    ),
    ActionSpec(
        "save_animation",
        "Save animation…",
        "File",
        (),
        "Save the steps in view as an animation (GIF, APNG, or MP4 with ffmpeg): of Units, State flow or "
        "Compare where their tab is in front, and of Gates otherwise.",
    ),
    ActionSpec("quit", "Quit", "File", ("Ctrl+Q",), "Close the program.", separated=True),
)
