"""How Keras turns class names into the names of groups."""

from __future__ import annotations

import re


def snake_case(name: str) -> str:
    """``"BatchNormalization"`` → ``"batch_normalization"``, ``"Conv1D"`` → ``"conv1d"``, as Keras does it."""
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
