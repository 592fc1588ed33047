"""Whether anybody can see a view, so that nothing is drawn for a tab at the back."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


def out_of_sight(widget: QWidget) -> bool:
    """Whether a widget is hidden inside another one.

    One without a parent never is: pictures are made of views that are not on any screen.
    """
    return widget.parentWidget() is not None and widget.isHidden()
