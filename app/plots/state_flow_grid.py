"""Where each cell of the state flow is drawn: pure numbers, no Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace

USUAL_PITCH = 46.0  # pixels from cell to cell to begin with
NARROWEST_CELL = 22.0  # pixels from cell to cell; with less there is a strip of colours
_CELLS = (84.0, 68.0, 56.0, 46.0, 38.0, 30.0, NARROWEST_CELL)
_STRIPS = (12.0, 8.0, 5.0, 3.0, 2.0, 1.0)
_LOWEST_STRIP = 4.0


@dataclass(frozen=True)
class Zoom:
    """How close the grid is looked at.

    Parameters
    ----------
    pitch : float
        Pixels from one column to the next, for text of usual size.
    merge : int
        Batches in one column.
    """

    pitch: float
    merge: int = 1

    @property
    def cells(self) -> bool:
        """Whether cells are drawn, with arrows; otherwise strips of colour."""
        return self.pitch >= NARROWEST_CELL


@dataclass(frozen=True)
class Grid:
    """Where each cell is, in pixels from the top left corner of the whole grid.

    Where the rows of a batch take up less than half of the height, the columns are broken into lines like
    a text; each line is called a band here.

    Parameters
    ----------
    batches, rows : int
        Columns of the run and rows of a batch.
    zoom : Zoom
    width, height : float
        Of what is visible, in pixels.
    left, head : float
        Room for the names of the rows, and for the numbers of the batches above each band.
    scale : float
        Size of the text, 1 for a line of 14 pixels.
    """

    batches: int
    rows: int
    zoom: Zoom
    width: float
    height: float
    left: float
    head: float
    scale: float = 1.0

    RIGHT = 8.0
    GAP = 8.0

    @property
    def columns(self) -> int:
        """Columns drawn; each is `zoom.merge` batches."""
        return -(-self.batches // self.zoom.merge)

    @property
    def pitch_x(self) -> float:
        """Pixels from one column to the next."""
        return max(1.0, round(self.zoom.pitch * self.scale)) if self.zoom.cells else self.zoom.pitch

    @property
    def pitch_y(self) -> float:
        """Pixels from one row to the next."""
        if self.zoom.cells:
            return float(round(min(max(0.42 * self.zoom.pitch + 10, 18), 42) * self.scale))
        wanted = 8.0 + self.zoom.pitch / 3 if self.rows > 1 else 14.0
        fits = (self.height - self.head - self.GAP) // self.rows
        return float(int(max(_LOWEST_STRIP, min(wanted, fits))))

    @property
    def band_height(self) -> float:
        """Pixels from one band to the next."""
        return self.head + self.rows * self.pitch_y + self.GAP

    @property
    def fit_in_width(self) -> int:
        """Columns that fit side by side."""
        return max(1, int((self.width - self.left - self.RIGHT) // self.pitch_x))

    @property
    def wraps(self) -> bool:
        """Whether the columns are broken into bands."""
        return not self.in_one_line and 2 * self.band_height <= self.height

    @property
    def in_one_line(self) -> bool:
        """Whether all columns fit side by side."""
        return self.columns <= self.fit_in_width

    @property
    def per_band(self) -> int:
        """Columns in a band."""
        return self.fit_in_width if self.wraps else self.columns

    @property
    def bands(self) -> int:
        """Bands in all."""
        return -(-self.columns // self.per_band)

    @property
    def content(self) -> tuple[float, float]:
        """Width and height of the whole grid."""
        return self.left + self.per_band * self.pitch_x + self.RIGHT, self.bands * self.band_height

    @property
    def fits(self) -> bool:
        """Whether all of it is visible at once."""
        return self.content[0] <= self.width and self.content[1] <= self.height

    def corner(self, column: int, row: int = 0) -> tuple[float, float]:
        """Return the left and top of a cell."""
        band, place = divmod(column, self.per_band)
        return (
            self.left + place * self.pitch_x,
            band * self.band_height + self.head + row * self.pitch_y,
        )

    def at(self, x: float, y: float) -> tuple[int, int] | None:
        """Return the column and row at a place, or None beside the cells."""
        band, inside = divmod(y, self.band_height)
        place, row = int((x - self.left) // self.pitch_x), int((inside - self.head) // self.pitch_y)
        column = int(band) * self.per_band + place
        on_grid = 0 <= place < self.per_band and 0 <= row < self.rows and band >= 0
        return (column, row) if on_grid and column < self.columns else None

    def bands_within(self, top: float, bottom: float) -> range:
        """Return the bands that a stretch of the height touches."""
        first = max(0, int(top // self.band_height))
        return range(first, max(first, min(self.bands, int(bottom // self.band_height) + 1)))

    def columns_within(self, band: int, left: float, right: float) -> range:
        """Return the columns of a band that a stretch of the width touches."""
        first = max(0, int((left - self.left) // self.pitch_x))
        last = min(self.per_band, int((right - self.left) // self.pitch_x) + 1)
        start = band * self.per_band
        return range(start + first, max(start + first, min(start + last, self.columns)))

    def rows_within(self, band: int, top: float, bottom: float) -> range:
        """Return the rows of a band that a stretch of the height touches."""
        start = band * self.band_height + self.head
        first = max(0, int((top - start) // self.pitch_y))
        return range(first, max(first, min(self.rows, int((bottom - start) // self.pitch_y) + 1)))


def zooms(grid: Grid) -> list[Zoom]:
    """Return the ways to look at a grid, closest first; with the last one all columns are in one line."""
    merges = (n * 10**power for power in range(9) for n in (1, 2, 5))
    candidates = [*(Zoom(pitch) for pitch in (*_CELLS, *_STRIPS)), *(Zoom(1.0, m) for m in merges if m > 1)]
    found: list[Zoom] = []
    for zoom in candidates:
        found.append(zoom)
        if replace(grid, zoom=zoom).in_one_line:
            break
    return found


def link_width(grid: Grid) -> float:
    """Pixels between two cells side by side, in which the arrow is drawn."""
    return float(round(max(9.0, 0.36 * grid.pitch_x))) if grid.zoom.cells else 0.0


def first_zoom(grid: Grid, number: float) -> Zoom:
    """Return the zoom to begin with.

    It is the closest that shows a short run in one line, or else in several; of a long run the usual one,
    or a closer one where that is needed to read the numbers.

    Parameters
    ----------
    grid : Grid
        Its own zoom does not matter.
    number : float
        Pixels that the number of a sample needs.
    """
    found = zooms(grid)
    readable = [zoom for zoom in found if zoom.pitch >= USUAL_PITCH and _room(grid, zoom) >= number]
    whole = [zoom for zoom in readable if replace(grid, zoom=zoom).fits]
    one_line = [zoom for zoom in whole if replace(grid, zoom=zoom).in_one_line]
    return next(iter(one_line or whole or readable[-1:] or found))


def _room(grid: Grid, zoom: Zoom) -> float:
    trial = replace(grid, zoom=zoom)
    return trial.pitch_x - link_width(trial)
