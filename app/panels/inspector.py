"""The inspector: the numbers of one unit at the cursor, and the equations that they fill."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontDatabase, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.panels.fields import Spin, label_for, wrapped
from app.theme import LIGHT, Theme
from lstm_viz.signals import GATES, NAMES, SIGNALS

MINUS = "\u2212"
RESULT_DIGITS = 3
MOST_DIGITS = 7


@dataclass(frozen=True)
class Equations:
    """The two equations filled in, so that who calculates with the digits shown gets the digits shown.

    Parameters
    ----------
    c, h : tuple of str
        Lines below one another, each beginning with its sign: ``"= 0.93·0.41"``, ``"+ 0.58·0.40"``.
    exact : bool
        False where the digits shown cannot give the result, as with numbers of a lower precision.
    """

    c: tuple[str, str, str, str]
    h: tuple[str, str, str]
    exact: bool


def number(value: float | Decimal, digits: int) -> str:
    """Write a number with so many decimals, a real minus sign, and no minus before zero."""
    text = f"{value:.{digits}f}"
    if text.startswith("-"):
        text = text[1:] if float(text) == 0 else MINUS + text[1:]
    return text


def filled(before: Sequence[float], values: Sequence[float], activation: str) -> Equations:
    """Fill in ``c = f·c' + i·g`` and ``h = o·activation(c)``.

    Parameters
    ----------
    before : sequence of float
        c' and h', the states before the timestep, in this order.
    values : sequence of float
        i, f, g, o, c, h.
    activation : str
        Name of the layer's activation.

    Notes
    -----
    Factors get as many decimals as it takes (four at least) for their rounded product and sum to give
    the rounded result. The value of the activation is what h and o say it is, whatever its formula.
    """
    i, f, g, o, c, h = map(float, values)
    active = h / o if abs(o) > 1e-6 else None
    shown_c, shown_h = number(c, RESULT_DIGITS), number(h, RESULT_DIGITS)
    for digits in range(RESULT_DIGITS + 1, MOST_DIGITS + 1):
        factors = [number(value, digits) for value in (f, float(before[0]), i, g, o, c)]
        kept = _product(factors[0], factors[1], digits)
        added = _product(factors[2], factors[3], digits)
        value = None if active is None else number(active, digits)
        exact = (
            _total([(kept, "1"), (added, "1")]) == shown_c
            and _total([(factors[0], factors[1]), (factors[2], factors[3])]) == shown_c
            and (value is None or _total([(factors[4], value)]) == shown_h)
        )
        if exact:
            break
    equal = "=" if exact else "≈"
    sign, size = (MINUS, added[1:]) if added.startswith(MINUS) else ("+", added)
    forget, past, write, new, out, cell = factors
    return Equations(
        c=(
            f"{equal} {forget}·{_bracketed(past)}",
            f"+ {write}·{_bracketed(new)}",
            f"{equal} {kept} {sign} {size}",
            f"{equal} {shown_c}",
        ),
        h=(
            f"{equal} {out}·{activation}({cell})",
            f"{equal} {out}·{_bracketed('?' if value is None else value)}",
            f"{equal} {shown_h}",
        ),
        exact=exact,
    )


# What the digits shown give is calculated with decimals, as the reader would.


def _decimal(text: str) -> Decimal:
    return Decimal(text.replace(MINUS, "-"))


def _product(first: str, second: str, digits: int) -> str:
    return number(_decimal(first) * _decimal(second), digits)


def _total(products: Sequence[tuple[str, str]]) -> str:
    """Return the sum of products, rounded as a result is."""
    total = sum((_decimal(first) * _decimal(second) for first, second in products), Decimal(0))
    return number(total, RESULT_DIGITS)


def _bracketed(text: str) -> str:
    return f"({text})" if text.startswith(MINUS) else text


class Bar(QWidget):
    """A little bar: from the left for a gate (0 to 1), from the middle for a value around zero."""

    def __init__(self, around_zero: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._around_zero = around_zero
        self._value = math.nan
        self._most = 1.0
        self._colours = (QColor(LIGHT.accent), QColor(LIGHT.reset), QColor(LIGHT.grid), QColor(LIGHT.border))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        names = (theme.accent, theme.reset, theme.grid, theme.border)
        self._colours = tuple(map(QColor, names))  # type: ignore[assignment]
        self.update()

    def set_value(self, value: float) -> None:
        """Show a value. The scale around zero widens by powers of two and never shrinks."""
        if math.isfinite(value):
            while self._around_zero and abs(value) > self._most:
                self._most *= 2
        self._value = value
        self.update()

    def forget_scale(self) -> None:
        """Begin again with a scale from −1 to 1."""
        self._most = 1.0

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 8, round(self.fontMetrics().height() * 0.55))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 3, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        positive, negative, ground, line = self._colours
        painter = QPainter(self)
        rect = QRectF(self.rect())
        painter.fillRect(rect, ground)
        zero = rect.center().x() if self._around_zero else rect.left()
        if math.isfinite(self._value):
            room = rect.width() / 2 if self._around_zero else rect.width()
            length = min(max(self._value / self._most, -1.0), 1.0) * room
            colour = negative if length < 0 else positive
            painter.fillRect(QRectF(zero, rect.top(), length, rect.height()).normalized(), colour)
        if self._around_zero:
            painter.fillRect(QRectF(zero - 0.5, rect.top(), 1, rect.height()), line)
        painter.end()


class Inspector(QWidget):
    """The six signals of one unit at the cursor, the states before, and both equations filled in."""

    unit_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        fixed.setPointSizeF(self.font().pointSizeF())
        self.unit = Spin(0, 0, "Unit", "The unit whose numbers are shown, counted from 0")
        self.unit.setFixedWidth(self.fontMetrics().averageCharWidth() * 5 + 28)
        self.position = wrapped()
        top = QHBoxLayout()
        top.addWidget(label_for("Unit", self.unit))
        top.addWidget(self.unit)
        top.addStretch(1)

        self.numbers: dict[str, QLabel] = {}
        self.bars: dict[str, Bar] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(3, 1)
        rows = [("c\u2032", "cell before"), ("h\u2032", "hidden before")]
        rows += [(signal, NAMES[signal]) for signal in SIGNALS]
        for row, (sign, name) in enumerate(rows):
            at = row + (row > 1)
            letter, words, value = QLabel(sign), QLabel(name), QLabel()
            letter.setFont(fixed)
            words.setProperty("role", "muted")
            value.setFont(fixed)
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            value.setMinimumWidth(value.fontMetrics().horizontalAdvance("\u221200.0000"))
            value.setAccessibleName(name)
            bar = Bar(around_zero=sign not in GATES)
            for column, widget in enumerate((letter, words, value, bar)):
                grid.addWidget(widget, at, column)
            self.numbers[sign], self.bars[sign] = value, bar
        grid.addWidget(_line(), 2, 0, 1, 4)

        self.c_heading, self.c_lines = _equation("c = f·c\u2032 + i·g", fixed)
        self.h_heading, self.h_lines = _equation("h = o·tanh(c)", fixed)
        self.remark = wrapped()
        inner = QWidget()
        layout = QVBoxLayout(inner)
        layout.setContentsMargins(8, 6, 8, 8)
        layout.setSpacing(6)
        layout.addLayout(top)
        layout.addWidget(self.position)
        layout.addLayout(grid)
        layout.addWidget(_line())
        for widget in (self.c_heading, self.c_lines, self.h_heading, self.h_lines, self.remark):
            layout.addWidget(widget)
        layout.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inner)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setMinimumWidth(inner.minimumSizeHint().width())
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)
        self.unit.valueChanged.connect(self.unit_changed)
        self.clear()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        for bar in self.bars.values():
            bar.set_theme(theme)

    def set_units(self, units: int) -> None:
        """Offer so many units; those of another layer."""
        self.unit.blockSignals(True)
        self.unit.setMaximum(max(units - 1, 0))
        self.unit.blockSignals(False)
        for bar in self.bars.values():
            bar.forget_scale()

    def set_values(
        self,
        unit: int,
        position: str,
        before: Sequence[float],
        values: Sequence[float],
        activation: str = "tanh",
    ) -> None:
        """Show a unit at a timestep.

        Parameters
        ----------
        unit : int
        position : str
            Where that is, in words.
        before : sequence of float
            c' and h', the states before the timestep, in this order.
        values : sequence of float
            i, f, g, o, c, h; the gates are NaN where the timestep is masked.
        activation : str
            Name of the layer's activation.
        """
        if not self.unit.is_being_typed:
            self.unit.set_silently(unit)
        self.position.setText(position)
        self.h_heading.setText(f"h = o·{activation}(c)")
        for sign, value in zip(("c\u2032", "h\u2032", *SIGNALS), (*before, *values), strict=True):
            self.numbers[sign].setText(number(value, 4) if math.isfinite(value) else "–")
            self.bars[sign].set_value(float(value))
        if not all(map(math.isfinite, (*before[:1], *values))):
            self._show_masked(values)
            return
        equations = filled(before, values, activation)
        self.c_lines.setText("\n".join(equations.c))
        self.h_lines.setText("\n".join(equations.h))
        self.remark.setText(
            ""
            if equations.exact
            else "The model computes with fewer digits than are shown: the sum is near, not equal."
        )

    def clear(self) -> None:
        """Show that there is nothing to show yet."""
        self.position.setText("Nothing is recorded here yet.")
        self._empty()
        self.remark.setText("")
        for sign, value in self.numbers.items():
            value.setText("–")
            self.bars[sign].set_value(math.nan)

    def _show_masked(self, values: Sequence[float]) -> None:
        self._empty()
        masked = all(map(math.isfinite, values[4:]))
        self.remark.setText(
            "Masked: this timestep was not computed. The gates have no value, c and h stay as they were."
            if masked
            else "Nothing is recorded here yet."
        )

    def _empty(self) -> None:
        self.c_lines.setText("\n\n\n")
        self.h_lines.setText("\n\n")


def _equation(heading: str, fixed: object) -> tuple[QLabel, QLabel]:
    top, lines = QLabel(heading), QLabel()
    top.setFont(fixed)  # type: ignore[arg-type]
    lines.setFont(fixed)  # type: ignore[arg-type]
    lines.setIndent(top.fontMetrics().horizontalAdvance("c "))
    lines.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    lines.setAccessibleName(heading)
    return top, lines


def _line() -> QFrame:
    line = QFrame()
    line.setProperty("role", "line")
    line.setFixedHeight(1)
    return line
