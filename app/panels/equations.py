"""Both equations of the cell, in letters and filled in, whose terms can be pointed at."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from app.plots.cell_numbers import MINUS, CellNumbers
from app.theme import LIGHT, Theme, mixed

Part = tuple[str, str]  # a text, and the term that it belongs to ("" for signs)


def equation_lines(numbers: CellNumbers) -> list[list[Part]]:
    """Return both equations line by line, as parts that can be pointed at.

    The first line of each is in letters. At a masked timestep both states stay as they were; where nothing is
    recorded the letters stand alone.
    """
    text, name = numbers.texts, numbers.activation
    c_letters: list[Part] = [("c", "c"), (" = ", ""), ("f", "f"), ("·", ""), ("c′", "c′"), (" + ", "")]
    c_letters += [("i", "i"), ("·", ""), ("g", "g")]
    h_letters: list[Part] = [("h", "h"), (" = ", ""), ("o", "o"), ("·", ""), (name, "act"), ("(", "")]
    h_letters += [("c", "c"), (")", "")]
    if numbers.masked:
        stays = [[(s, s), (" = ", ""), (f"{s}′", f"{s}′")] for s in "ch"]
        values = [[("  = ", ""), (text[s], s)] for s in "ch"]
        return [stays[0], values[0], [], [], [], stays[1], values[1], []]
    if not numbers.computed:
        return [c_letters, [], [], [], [], h_letters, [], []]
    equal = f"  {'=' if numbers.exact else '≈'} "
    added = text["i·g"]
    sign, size = (MINUS, added[1:]) if added.startswith(MINUS) else ("+", added)
    if numbers.plugged:
        active: list[Part] = [(name, "act"), ("(", ""), (text["c"], "c"), (")", "")]
    else:
        active = [(_bracketed(text["act"]), "act")]
    return [
        c_letters,
        [(equal, ""), (text["f"], "f"), ("·", ""), (_bracketed(text["c′"]), "c′")],
        [("  + ", ""), (text["i"], "i"), ("·", ""), (_bracketed(text["g"]), "g")],
        [(equal, ""), (text["f·c′"], "f·c′"), (f" {sign} ", ""), (size, "i·g")],
        [(equal, ""), (text["c"], "c")],
        h_letters,
        [(equal, ""), (text["o"], "o"), ("·", ""), *active],
        [(equal, ""), (text["h"], "h")],
    ]


def _bracketed(text: str) -> str:
    """Return a factor as it stands in a product: a negative one in brackets."""
    return f"({text})" if text.startswith(MINUS) else text


class Equations(QLabel):
    """Shows the equations of a cell.

    Signals
    -------
    hovered(str)
        The term under the mouse; empty beside them.
    clicked(str)
        A term.
    """

    hovered = Signal(str)
    clicked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.set_scale(1.0)
        self.setTextFormat(Qt.TextFormat.RichText)
        flags = Qt.TextInteractionFlag
        self.setTextInteractionFlags(flags.TextSelectableByMouse | flags.LinksAccessibleByMouse)
        self.setAccessibleName("Equations filled in")
        self.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._lines: list[list[Part]] = []
        self._highlight = ""
        self._theme: Theme = LIGHT
        self.linkHovered.connect(self.hovered)
        self.linkActivated.connect(self.clicked)

    def set_scale(self, factor: float) -> None:
        """Write so many times as large as everything else is written."""
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        fixed.setPointSizeF(QApplication.font().pointSizeF() * factor)
        self.setFont(fixed)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self._show()

    def set_numbers(self, numbers: CellNumbers) -> None:
        """Fill the equations in."""
        lines = equation_lines(numbers)
        if lines != self._lines:
            self._lines = lines
            self._show()

    def set_highlight(self, term: str) -> None:
        """Mark a term wherever it stands; empty for none."""
        if term != self._highlight:
            self._highlight = term
            self._show()

    @property
    def lines(self) -> list[str]:
        """The lines as they are read."""
        return ["".join(text for text, _ in line) for line in self._lines]

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.hovered.emit("")

    def _show(self) -> None:
        theme = self._theme
        marked = f"background:{mixed(theme.panel, theme.cursor, 0.3)};"
        lines = []
        for line in self._lines:
            in_letters = bool(line and line[0][1])
            parts = []
            for text, term in line:
                if not term:
                    parts.append(escape(text))
                    continue
                style = marked if term == self._highlight else ""
                style += f"color:{theme.text};text-decoration:none;"
                parts.append(f'<a href="{term}" style="{style}">{escape(text)}</a>')
            joined = "".join(parts)
            lines.append(f"<b>{joined}</b>" if in_letters else joined or " ")
        body = "\n".join(lines)
        self.setText(f'<div style="white-space:pre;color:{theme.text}">{body}</div>')
