"""The commands of the menu Examples: the gallery, the tour, and every example."""

from __future__ import annotations

from app.menus.spec import ActionSpec
from lstm_viz.examples import EXAMPLES

ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "gallery",
        "Gallery…",
        "Examples",
        ("Ctrl+E",),
        "All examples, each with a picture and two sentences.",
        "gallery",
    ),
    ActionSpec(
        "tour",
        "Tour of this example",
        "Examples",
        ("Ctrl+T",),
        "A few stops that say what to do with the example that is open, and what is to be seen.",
        "tour",
        checkable=True,
    ),
    ActionSpec("tour_next", "Next stop", "Examples", ("N",), "Go to the next stop of the tour."),
    ActionSpec(
        "tour_back", "Stop before", "Examples", ("Shift+N",), "Go back to the stop of the tour before."
    ),
    *(
        ActionSpec(
            f"example_{shown.name}",
            shown.title,
            "Examples",
            (f"Ctrl+{number}",) if number < 10 else (),
            shown.shows,
            group="example",
            exclusive=False,
            value=shown.name,
            separated=number == 1,
        )
        for number, shown in enumerate(EXAMPLES, 1)
    ),
    *(
        ActionSpec(
            f"example_{other.name}",
            f"{shown.title}: {other.title[:1].lower()}{other.title[1:]}",
            "Examples/Other versions",
            (),
            other.shows,
            group="example",
            exclusive=False,
            value=other.name,
        )
        for shown in EXAMPLES
        for other in shown.alternatives
    ),
)
