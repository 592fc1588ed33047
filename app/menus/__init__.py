"""Every command of the program, in one table: menu by menu, in the order in which the menus show them."""

from __future__ import annotations

from app.menus import examples, file, help, run, view
from app.menus.spec import ActionSpec

MENUS = ("File", "Run", "View", "Examples", "Help")
OPEN_RECENT = "File/Open recent"
PANELS = "View/Panels"

ACTIONS: tuple[ActionSpec, ...] = (
    *file.ACTIONS,
    *run.ACTIONS,
    *view.ACTIONS,
    *examples.ACTIONS,
    *help.ACTIONS,
)

MOUSE: tuple[tuple[str, str], ...] = (
    ("Go to a timestep", "Click in a plot or on the timeline"),
    ("Move along, and stop following the cursor", "Drag in a plot"),
    ("Zoom in time", "Wheel over a plot"),
    ("See what a gate is made of", "Click on it in the cell diagram or in the equations"),
    ("Pin a unit", "Click on its label or double-click on its row"),
    ("Put a reset point", "Double-click on the timeline"),
    ("Put or change one for some rows", "Right-click in a plot or on the timeline"),
    ("Move a reset point", "Drag it along the timeline"),
    ("Ten timesteps at once", "Shift and click on Step or Back"),
    ("Open a model, data, a recording or a session", "Drop the file on the window"),
)
