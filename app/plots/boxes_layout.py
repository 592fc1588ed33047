"""The diagram of boxes of a model: what it consists of, and where each part of it stands. No Qt.

Time goes to the right. At the bottom is what goes in, above it one row of boxes for each LSTM, at the top
what comes out. A model with a second time axis, such as an encoder and a decoder, has two *segments* side by
side: each is one time axis with the rows that run over it.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

What = Literal["vector", "states"]


@dataclass(frozen=True)
class Segment:
    """One time axis.

    Parameters
    ----------
    timesteps : int
    caption : str
        Under it: ``"encoder · 12 timesteps"``.
    input : int or None
        The model input whose timesteps it reads; None where it reads one vector, repeated, or nothing that
        is known.
    repeats : bool
        Each of its timesteps is given the same vector.
    """

    timesteps: int
    caption: str
    input: int | None = 0
    repeats: bool = False


@dataclass(frozen=True)
class BoxRow:
    """One LSTM, unrolled.

    Parameters
    ----------
    path, name, note : str
        Its path; what its label says, in two lines.
    timesteps : int
        Boxes of it; fewer than its segment has behind a pooling layer, and then wider ones.
    segment : int
    slot : int
        Its place in the stack, 0 is the lowest.
    reads : tuple of int
        Rows of the same segment that it reads, timestep by timestep.
    reads_input : bool
    backwards : bool
        It reads from the end.
    handed : tuple of int or None
        Rows that hand it their last state in the model itself; None where none does.
    resets_inside : bool
        Resets inside a sequence concern it: its sequence is as long as the run's.
    """

    path: str
    name: str
    note: str
    timesteps: int
    segment: int = 0
    slot: int = 0
    reads: tuple[int, ...] = ()
    reads_input: bool = True
    backwards: bool = False
    handed: tuple[int, ...] | None = None
    resets_inside: bool = True

    @property
    def last(self) -> int:
        """The box that it comes to last."""
        return 0 if self.backwards else self.timesteps - 1

    @property
    def first(self) -> int:
        """The box that it begins with."""
        return self.timesteps - 1 if self.backwards else 0


@dataclass(frozen=True)
class HandOver:
    """What the last box of some rows hands to a segment to its right.

    Parameters
    ----------
    rows : tuple of int
        Where it comes from.
    segment : int
    to : int or None
        The row that starts from it, for states; None for a vector that is put in.
    """

    rows: tuple[int, ...]
    segment: int
    to: int | None = None

    @property
    def what(self) -> What:
        """What is handed over."""
        return "vector" if self.to is None else "states"


@dataclass(frozen=True)
class OutputRow:
    """The first output of a model.

    Parameters
    ----------
    segment : int
    rows : tuple of int
        What it is made of.
    timesteps : int or None
        Boxes of it, one for each timestep; None where there is one, at the end.
    caption : str
    """

    segment: int
    rows: tuple[int, ...]
    timesteps: int | None
    caption: str = "output"


@dataclass(frozen=True)
class Unrolled:
    """The diagram of boxes of a model.

    Parameters
    ----------
    kind : str
        Which of the usual kinds it is, in words.
    timesteps : int
        Of the run.
    segments, rows, hand_overs : tuples
    output : OutputRow or None
    """

    kind: str
    timesteps: int
    segments: tuple[Segment, ...]
    rows: tuple[BoxRow, ...]
    hand_overs: tuple[HandOver, ...] = ()
    output: OutputRow | None = None

    def rows_of(self, segment: int) -> tuple[BoxRow, ...]:
        """Return the rows of a segment, the lowest first."""
        return tuple(row for row in self.rows if row.segment == segment)

    def own_timestep(self, timesteps: int, timestep: int) -> int:
        """Return how far a sequence of so many timesteps is at a timestep of the run; −1 before its first."""
        return (timestep + 1) * timesteps // self.timesteps - 1

    def run_timestep(self, timesteps: int, own: int) -> int:
        """Return the first timestep of the run at which a sequence of so many timesteps is so far."""
        return min(self.timesteps - 1, -(-(own + 1) * self.timesteps // timesteps) - 1)


@dataclass(frozen=True)
class BoxesGeometry:
    """Where everything is, in pixels of the whole diagram.

    Parameters
    ----------
    unrolled : Unrolled
    line : float
        Height of a line of small text; everything is measured by it.
    labels : float
        Width of the names of rows.
    width, height : float
        Of the view.
    beside : float
        Width of the words beside the first and the last box: which sample the state comes from and goes to.
    """

    unrolled: Unrolled
    line: float
    labels: float
    width: float
    height: float
    beside: float = 0.0

    # -- columns ------------------------------------------------------------------------------------

    @cached_property
    def lead(self) -> float:
        """Room before the first box and behind the last one, for the state that comes and goes."""
        return round(max(4.6 * self.line, self.beside + 0.5 * self.line))

    @cached_property
    def between(self) -> float:
        """Room between two segments, for what is handed over and the names of the rows behind it."""
        return round(max(self.labels + self.beside, 7 * self.line) + 1.4 * self.line)

    def names_right(self, segment: int) -> float:
        """Return where the names of the rows of a further segment end, before their first boxes."""
        return self.lefts[segment] - round(2.4 * self.line)

    def named_segment(self, left: float) -> int:
        """Return the segment whose names stand at the left edge, when the diagram is seen from a place on."""
        gone = [k for k in range(1, len(self.lefts)) if self.names_right(k) - self.labels < left]
        return max(gone, default=0)

    @cached_property
    def pitch(self) -> float:
        """Pixels from one timestep to the next."""
        columns = sum(segment.timesteps for segment in self.unrolled.segments)
        gaps = len(self.unrolled.segments) - 1
        free = self.width - self.labels - 2 * self.lead - gaps * self.between
        return math.floor(min(max(free / columns, 4.3 * self.line), 14 * self.line))

    @cached_property
    def gap(self) -> float:
        """Pixels between two boxes."""
        return round(max(1.5 * self.line, 0.3 * self.pitch))

    @cached_property
    def lefts(self) -> tuple[float, ...]:
        """Where each segment begins."""
        found, x = [], self.edge + self.lead
        for segment in self.unrolled.segments:
            found.append(x)
            x += segment.timesteps * self.pitch + self.between
        return tuple(found)

    @cached_property
    def content_width(self) -> float:
        """Width of the whole diagram."""
        columns = sum(segment.timesteps for segment in self.unrolled.segments)
        gaps = len(self.unrolled.segments) - 1
        return self.labels + 2 * self.lead + columns * self.pitch + gaps * self.between

    @cached_property
    def edge(self) -> float:
        """Where the names of the rows end: a small diagram stands in the middle of the view."""
        return self.labels + max(0.0, round((self.width - self.content_width) / 2))

    def box_span(self, segment: int, timesteps: int, own: int) -> tuple[float, float]:
        """Return left and right of a box of a row of so many timesteps."""
        share = self.unrolled.segments[segment].timesteps * self.pitch / timesteps
        left = self.lefts[segment] + own * share + self.gap / 2
        return round(left), round(left + share - self.gap)

    def visible(self, segment: int, timesteps: int, left: float, right: float) -> range:
        """Return the boxes of such a row of which something, or an arrow, is between two places."""
        share = self.unrolled.segments[segment].timesteps * self.pitch / timesteps
        first = math.floor((left - self.lefts[segment]) / share) - 1
        last = math.ceil((right - self.lefts[segment]) / share) + 1
        return range(min(max(first, 0), timesteps), min(max(last, 0), timesteps))

    # -- rows ---------------------------------------------------------------------------------------

    @cached_property
    def slots(self) -> int:
        """Rows of the highest stack."""
        return max((row.slot for row in self.unrolled.rows), default=0) + 1

    @cached_property
    def value_height(self) -> float:
        """Height of what goes in and comes out."""
        return round(2.5 * self.line)

    @cached_property
    def _fixed(self) -> float:
        """Height of all but the rows of boxes."""
        return 2 * self.value_height + self.foot + 2.6 * self.line

    @cached_property
    def foot(self) -> float:
        """Height of what is written under the inputs."""
        return round(2.6 * self.line)

    @cached_property
    def row_pitch(self) -> float:
        """Pixels from one row of boxes to the next."""
        highest = (
            1.1 * (self.pitch - self.gap) + 1.9 * self.line
        )  # boxes are at most so much higher than wide
        room = (self.height - self._fixed) / self.slots
        return math.floor(max(min(room, highest), 4.4 * self.line))

    @cached_property
    def box_height(self) -> float:
        """Height of a box."""
        return round(self.row_pitch - 1.9 * self.line)

    @cached_property
    def content_height(self) -> float:
        """Height of the whole diagram."""
        return self._fixed + self.slots * self.row_pitch

    @cached_property
    def _top(self) -> float:
        """What lies above the diagram where it is lower than the view."""
        return max(0.0, round((self.height - self.content_height) / 2))

    @cached_property
    def output_top(self) -> float:
        """Top of what comes out."""
        return self._top + round(0.8 * self.line)

    @cached_property
    def input_top(self) -> float:
        """Top of what goes in."""
        return self._top + round(self.content_height - self.foot - self.value_height - 0.6 * self.line)

    def row_top(self, slot: int) -> float:
        """Return the top of a row of boxes."""
        return self.input_top - round(1.3 * self.line + self.box_height + slot * self.row_pitch)

    # -- what is where ------------------------------------------------------------------------------

    def segment_at(self, x: float) -> int | None:
        """Return the segment at a place; None beside all of them."""
        number = bisect_right(self.lefts, x) - 1
        if number < 0:
            return None
        width = self.unrolled.segments[number].timesteps * self.pitch
        return number if x < self.lefts[number] + width else None

    def box_at(self, x: float, y: float) -> tuple[int, int] | None:
        """Return the row and the timestep of the box at a place."""
        segment = self.segment_at(x)
        if segment is None:
            return None
        for number, row in enumerate(self.unrolled.rows):
            top = self.row_top(row.slot)
            if row.segment == segment and top <= y <= top + self.box_height:
                own = self._own_at(segment, row.timesteps, x)
                left, right = self.box_span(segment, row.timesteps, own)
                return (number, own) if left <= x <= right else None
        return None

    def value_at(self, x: float, y: float) -> tuple[Literal["input", "output"], int, int] | None:
        """Return what goes in or comes out at a place: which, its segment and its timestep."""
        segment = self.segment_at(x)
        if segment is None:
            return None
        if self.input_top <= y <= self.input_top + self.value_height + self.line:
            timesteps = self.unrolled.segments[segment].timesteps
            return "input", segment, self._own_at(segment, timesteps, x)
        output = self.unrolled.output
        if output is not None and output.segment == segment:
            timesteps = output.timesteps or self.unrolled.segments[segment].timesteps
            own = self._own_at(segment, timesteps, x)
            inside = self.output_top <= y <= self.output_top + self.value_height
            if inside and (output.timesteps is not None or own == timesteps - 1):
                return "output", segment, own
        return None

    def _own_at(self, segment: int, timesteps: int, x: float) -> int:
        share = self.unrolled.segments[segment].timesteps * self.pitch / timesteps
        return min(timesteps - 1, max(0, int((x - self.lefts[segment]) / share)))
