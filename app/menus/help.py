"""The commands of the menu Help."""

from __future__ import annotations

from app.menus.spec import ActionSpec

ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec("guide", "What am I seeing?", "Help", ("F1",), "What each part of the window shows.", "help"),
    ActionSpec(
        "shortcuts", "Keyboard shortcuts", "Help", ("?", "Ctrl+?"), "Every command with its keys.", "keyboard"
    ),
    ActionSpec(
        "details_folder",
        "Show the folder of logs",
        "Help",
        (),
        "Open the folder that holds the logs of this run, for a report.",
        "folder",
        separated=True,
    ),
    ActionSpec("about", "About lstm-viz", "Help", (), "Version and licence.", "info"),
)
