"""The commands of the menu View."""

from __future__ import annotations

from app.menus.spec import ActionSpec

ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "follow_cursor",
        "Follow the cursor",
        "View",
        ("F",),
        "Scroll the plots so that the cursor stays in sight.",
        "follow_cursor",
        checkable=True,
    ),
    ActionSpec(
        "endings",
        "What if it ended here",
        "View",
        ("E",),
        "Show what the output would be if the sequence ended at each timestep.",
        checkable=True,
    ),
    ActionSpec(
        "sort_number",
        "By number",
        "View/Sort units",
        ("1",),
        "Units in their own order.",
        checkable=True,
        group="sort",
        value="number",
    ),
    ActionSpec(
        "sort_activity",
        "By activity",
        "View/Sort units",
        ("2",),
        "Units whose state changes most come first.",
        checkable=True,
        group="sort",
        value="activity",
    ),
    ActionSpec(
        "sort_similarity",
        "By similarity",
        "View/Sort units",
        ("3",),
        "Units that behave alike lie side by side.",
        checkable=True,
        group="sort",
        value="similarity",
    ),
    ActionSpec(
        "cell_large",
        "Large cell diagram",
        "View",
        ("C",),
        "Show the Cell panel in a large window of its own, or back in its place.",
        checkable=True,
    ),
    *(
        ActionSpec(
            f"why_{letter}",
            f"Why is {letter} what it is?",
            "View/Explain a gate",
            (),
            f"Show what {words} is made of at the cursor: input, state and bias.",
            group="why",
            exclusive=False,
            value=letter,
        )
        for letter, words in (
            ("f", "the forget gate"),
            ("i", "the input gate"),
            ("g", "the candidate"),
            ("o", "the output gate"),
        )
    ),
    ActionSpec(
        "why_nothing",
        "Explain nothing",
        "View/Explain a gate",
        (),
        "Show no longer what a gate is made of.",
        group="why",
        exclusive=False,
        value="",
    ),
    ActionSpec(
        "theme_system",
        "As the system",
        "View/Theme",
        (),
        "Light or dark, as the system is.",
        checkable=True,
        group="theme",
        value="system",
    ),
    ActionSpec(
        "theme_light",
        "Light",
        "View/Theme",
        (),
        "Always light.",
        checkable=True,
        group="theme",
        value="light",
    ),
    ActionSpec(
        "theme_dark",
        "Dark",
        "View/Theme",
        (),
        "Always dark.",
        checkable=True,
        group="theme",
        value="dark",
    ),
    ActionSpec(
        "reset_layout", "Reset layout", "View", (), "Put every panel back to its first place.", separated=True
    ),
)
