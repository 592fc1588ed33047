"""Parts of the Compare view: how the outputs of two runs are told apart, and words that keep their height."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel

from app.plots.legends import LegendEntry
from app.plots.series import MOST_LINES, Lines


def output_styles(
    a: Lines | None, b: Lines | None, targets: Lines | None
) -> tuple[tuple[tuple[int, int], ...] | None, tuple[LegendEntry, ...]]:
    """Return colours and dashes of the lines, and their legend.

    A is drawn as in Gates, the target too; B in a colour of its own, or where there are several outputs
    in that of the same output, with other dashes.
    """
    if a is None:
        return None, ()
    several = len(a.names) > 1
    styles: list[tuple[int, int]] = []
    entries: list[LegendEntry] = []
    for lines, name, alone, dashes in ((a, "A", 1, 0), (b, "B", 3, 2), (targets, "target", 2, 1)):
        if lines is None:
            continue
        count = min(len(lines.names), MOST_LINES)
        points = lines.style == "points"
        own = [(1 + k if several else alone + k, dashes) for k in range(count)]
        styles += own
        if several and lines is a:
            entries += [LegendEntry(n, *own[k], points) for k, n in enumerate(a.names[:count])]
        else:
            entries.append(LegendEntry(name, *own[0], points))
    return tuple(styles), tuple(entries)


class SteadyLabel(QLabel):
    """Text that is as high as it ever was at this width: the plots below it stay where they are."""

    def __init__(self) -> None:
        super().__init__()
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 8)

    def set_words(self, words: str) -> None:
        """Show a text, and grow where it needs more lines."""
        if words != self.text():
            self.setText(words)
            self._grow()

    def start_again(self) -> None:
        """Let go of the height that it had."""
        self.clear()
        self.setMinimumHeight(0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.setMinimumHeight(0)
            self._grow()

    def _grow(self) -> None:
        needed = self.heightForWidth(self.width())
        if needed > self.minimumHeight():
            self.setMinimumHeight(needed)
