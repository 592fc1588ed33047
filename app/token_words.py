"""Names of tokens and classes as they can be seen. No Qt."""

from __future__ import annotations

from lstm_viz.dataset import Dataset

_SIGNS = {"\n": "⏎", "\t": "⇥", "": "∅"}


def visible_name(name: str) -> str:
    """Return the name of a token or a class, with a sign for spaces, the end of a line, or nothing at all."""
    return _SIGNS.get(name) or (name if name.strip() else "␣" * len(name))


def token_text(dataset: Dataset, token: int) -> str:
    """Return the text of a token, or its number where it has none."""
    names = dataset.token_names
    return visible_name(names[token]) if 0 <= token < len(names) else str(token)
