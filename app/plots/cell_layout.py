"""Where everything of the cell diagram lies: boxes, wires and texts, for any size."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF

GATE_ORDER = ("f", "i", "g", "o")  # from the left, as in the drawing that people know


@dataclass(frozen=True)
class Wire:
    """A line from one part to another.

    Parameters
    ----------
    term : str
        What runs along it; "bus" for h' and x of all units and features together.
    points : tuple of QPointF
    arrow : bool
        It ends in an arrow head.
    """

    term: str
    points: tuple[QPointF, ...]
    arrow: bool = False


@dataclass(frozen=True)
class Label:
    """A place for a text: where it stands, and which side of it is fixed."""

    term: str
    rect: QRectF
    align: str  # "left", "right" or "centre"


@dataclass(frozen=True)
class CellLayout:
    """Geometry of the diagram in pixels.

    Parameters
    ----------
    body : QRectF
        The cell's rounded outline.
    gates : dict of str to QRectF
        The box of each gate, by its letter.
    tanh : QRectF
        The box of the activation of c.
    operators : tuple of (str, QPointF)
        "×" and "+", and their middles.
    radius : float
        Of the operators.
    wires : tuple of Wire
    labels : tuple of Label
        For the numbers that stand outside of boxes, and for x.
    letters : dict of str to QPointF
        Left end of the base line of each gate's letter.
    unit : float
        What lines and gaps are measured by: a text's height, by eight.
    """

    body: QRectF
    gates: dict[str, QRectF]
    tanh: QRectF
    operators: tuple[tuple[str, QPointF], ...]
    radius: float
    wires: tuple[Wire, ...]
    labels: tuple[Label, ...]
    letters: dict[str, QPointF]
    unit: float


def cell_layout(width: float, height: float, line: float) -> CellLayout:
    """Lay the diagram out.

    Parameters
    ----------
    width, height : float
        Room for it.
    line : float
        Height of a line of text.
    """
    unit = line / 8
    edge, radius = 10 * unit, 4.6 * unit
    left, right = edge, width - edge
    top, bottom = 1.5 * unit, height - line - 1.5 * unit
    body = QRectF(left, top, right - left, bottom - top)

    out = right - 5.5 * unit  # where h comes down
    first = left + 3.5 * unit
    column = (out - first - 2 * unit) / 4
    x = {letter: first + (k + 0.5) * column for k, letter in enumerate(GATE_ORDER)}

    rail = top + line + 2 * unit + radius
    bus = bottom - line - 3 * unit
    box_height = 2 * line + 4 * unit
    free = bus - rail - box_height
    box_top = bus - box_height - max(4 * unit, 0.16 * free)
    meet = rail + 0.66 * (box_top - rail)  # where i meets g, and o meets the activation of c
    half = min(column / 2 - 1.2 * unit, 5.2 * line)
    gates = {letter: QRectF(x[letter] - half, box_top, 2 * half, box_height) for letter in GATE_ORDER}
    tanh_height = line + 1.5 * unit
    between = (rail + meet - radius) / 2 + 0.5 * unit
    tanh = QRectF(x["o"] - min(half, 3.4 * line), between - tanh_height / 2, 0, tanh_height)
    tanh.setRight(2 * x["o"] - tanh.left())

    def at(px: float, py: float) -> QPointF:
        return QPointF(px, py)

    join = left + 4.5 * unit  # where x comes in
    wires = [
        Wire("c′", (at(0, rail), at(x["f"] - radius, rail)), True),
        Wire("f·c′", (at(x["f"] + radius, rail), at(x["g"] - radius, rail)), True),
        Wire("c", (at(x["g"] + radius, rail), at(width, rail)), True),
        Wire("c", (at(x["o"], rail), at(x["o"], tanh.top())), True),
        Wire("act", (at(x["o"], tanh.bottom()), at(x["o"], meet - radius)), True),
        Wire("i·g", (at(x["g"], meet - radius), at(x["g"], rail + radius)), True),
        Wire("f", (at(x["f"], box_top), at(x["f"], rail + radius)), True),
        Wire("i", (at(x["i"], box_top), at(x["i"], meet), at(x["g"] - radius, meet)), True),
        Wire("g", (at(x["g"], box_top), at(x["g"], meet + radius)), True),
        Wire("o", (at(x["o"], box_top), at(x["o"], meet + radius)), True),
        Wire("h", (at(x["o"] + radius, meet), at(out, meet), at(out, bus), at(width, bus)), True),
        Wire("h′", (at(0, bus), at(join, bus))),
        Wire("x", (at(join, height - line * 0.35), at(join, bus))),
        Wire("bus", (at(join, bus), at(x["o"], bus), at(x["o"], box_top + box_height)), True),
    ]
    wires += [
        Wire("bus", (at(x[letter], bus), at(x[letter], box_top + box_height)), True)
        for letter in GATE_ORDER[:3]
    ]
    above, below = top + 1.2 * unit, bus + 1.8 * unit
    labels = (
        Label("c′", QRectF(left + 3 * unit, above, (x["i"] - left), line), "left"),
        Label("c", QRectF(x["g"] + radius, above, right - 3 * unit - x["g"] - radius, line), "right"),
        Label("h′", QRectF(join + 3 * unit, below, x["i"] + 0.4 * column - join, line), "left"),
        Label("h", QRectF(x["g"], below, right - 3 * unit - x["g"], line), "right"),
        Label("x", QRectF(join + 2.2 * unit, bottom + 1.2 * unit, 3 * column, line), "left"),
        Label(
            "f·c′", QRectF(x["f"] + 3 * unit, rail + 2.5 * unit, x["g"] - x["f"] - 8 * unit, line), "centre"
        ),
        Label(
            "i·g",
            QRectF(x["f"] + 3 * unit, (rail + meet) / 2 + 0.8 * unit, x["g"] - x["f"] - 6 * unit, line),
            "right",
        ),
    )
    letters = {letter: QPointF(x[letter] + 3.2 * unit, box_top - 2.2 * unit) for letter in GATE_ORDER}
    operators = (
        ("×", at(x["f"], rail)),
        ("+", at(x["g"], rail)),
        ("×", at(x["g"], meet)),
        ("×", at(x["o"], meet)),
    )
    return CellLayout(body, gates, tanh, operators, radius, tuple(wires), labels, letters, unit)
