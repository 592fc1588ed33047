from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPaintEvent, QRegion
from pytestqt.qtbot import QtBot

from app.plots.boxes_layout import BoxRow, HandOver, OutputRow, Segment, Unrolled
from app.plots.boxes_state import BoxesState, RowState, Value, lit_colour
from app.plots.boxes_view import BoxesView
from app.theme import DARK, LIGHT

TIMESTEPS = 40
TWO = Unrolled(
    "Many-to-one",
    TIMESTEPS,
    (Segment(TIMESTEPS, "40 timesteps"),),
    (
        BoxRow("low", "low", "4 units", TIMESTEPS),
        BoxRow("high", "high", "2 units", TIMESTEPS, reads=(0,), reads_input=False, slot=1),
    ),
    output=OutputRow(0, (1,), None),
)
BOTH = replace(
    TWO,
    rows=(TWO.rows[0], replace(TWO.rows[1], reads=(), reads_input=True, backwards=True)),
    output=OutputRow(0, (0, 1), TIMESTEPS),
)
DECODED = Unrolled(
    "Encoder and decoder",
    6,
    (Segment(6, "encoder"), Segment(4, "decoder", 1)),
    (BoxRow("a", "a", "4 units", 6), BoxRow("b", "b", "4 units", 4, segment=1, handed=(0,))),
    (HandOver((0,), 1, 1),),
    OutputRow(1, (1,), 4),
)


def row_state(timesteps: int, recorded: int, **given: object) -> RowState:
    levels = np.full(timesteps, np.nan)
    recorded = min(recorded, timesteps)
    levels[:recorded] = np.linspace(0.05, 0.1, recorded)
    return RowState(0, levels, np.zeros(timesteps, bool), **given)  # type: ignore[arg-type]


def state(timestep: int | None, recorded: int, unrolled: Unrolled = TWO, **given: object) -> BoxesState:
    rows = tuple(row_state(row.timesteps, recorded) for row in unrolled.rows)
    return BoxesState(timestep, given.pop("rows", rows), **given)  # type: ignore[arg-type]


@pytest.fixture
def view(qtbot: QtBot) -> BoxesView:
    made = BoxesView()
    qtbot.addWidget(made)
    made.resize(700, 460)
    made.set_theme(LIGHT)
    made.set_unrolled(TWO)
    made.show()
    return made


def middle(view: BoxesView, row: int, own: int) -> QPoint:
    return view.canvas.rect_of(row, own).center().toPoint()


def colour_in(view: BoxesView, row: int, own: int) -> QColor:
    picture = view.canvas.viewport().grab().toImage()
    return picture.pixelColor(middle(view, row, own) * picture.devicePixelRatio())


def test_boxes_up_to_the_cursor_are_lit_by_how_active_their_units_are(view: BoxesView) -> None:
    view.set_state(state(2, 5))
    top = view.canvas.top_level
    level = view.canvas.state.rows[0].level
    for own in range(3):
        assert colour_in(view, 0, own) == lit_colour(LIGHT, level(own), top)
    for own in (3, 4, 5):
        assert colour_in(view, 0, own) == QColor(LIGHT.plot_background)


class Painted(QObject):
    """Notes which part of a widget is painted."""

    def __init__(self, view: BoxesView) -> None:
        super().__init__()
        self.region = QRegion()
        self._viewport = view.canvas.viewport()
        self._viewport.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if isinstance(event, QPaintEvent):
            self.region |= event.region()
        return False

    def picture(self) -> QImage:
        self._viewport.removeEventFilter(self)  # a picture paints everything
        picture = self._viewport.grab().toImage()
        self._viewport.installEventFilter(self)
        return picture


def outside(picture: QImage, region: QRegion) -> QImage:
    """Return what a picture has beside a region."""
    left = picture.copy()
    painter = QPainter(left)
    painter.setClipRegion(region)
    painter.fillRect(left.rect(), QColor("black"))
    painter.end()
    return left


SHAPES = {
    "stacked": TWO,
    "both ways": BOTH,
    "decoder": DECODED,
    "pooled": replace(TWO, rows=(TWO.rows[0], replace(TWO.rows[1], timesteps=TIMESTEPS // 4))),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_step_paints_all_that_it_changes_and_little_else(view: BoxesView, name: str) -> None:
    made = SHAPES[name]
    view.set_unrolled(made)
    painted = Painted(view)
    small = 0
    for timestep in (0, 1, 2, 3, 4, 5, 4, 5):
        inputs = {(0, own): Value((str(own),), str(own)) for own in range(timestep + 1)}
        before = painted.picture()
        painted.region = QRegion()
        wanted = state(timestep, min(timestep + 2, 6), made, inputs=inputs)
        view.set_state(wanted)
        QCoreApplication.processEvents()
        after = painted.picture()
        assert outside(after, painted.region) == outside(before, painted.region)
        small += sum(rect.width() for rect in painted.region) < 0.7 * after.width()
    assert small >= 3


def test_nothing_new_paints_nothing(view: BoxesView) -> None:
    view.set_state(state(2, 5))
    QCoreApplication.processEvents()
    painted = Painted(view)
    view.set_state(state(2, 5))
    QCoreApplication.processEvents()
    assert painted.region.isEmpty()


def test_a_stronger_state_is_a_fuller_colour() -> None:
    ground, accent = QColor(LIGHT.plot_background), QColor(LIGHT.accent)
    shades = [lit_colour(LIGHT, level, 1.0).redF() for level in (0.0, 0.3, 0.9)]
    assert ground.redF() > shades[0] > shades[1] > shades[2] > accent.redF()


def test_the_scale_widens_and_does_not_shrink(view: BoxesView) -> None:
    assert view.canvas.top_level == 0.2
    view.set_state(state(0, 1, rows=(RowState(0, np.array([0.55])),)))
    assert view.canvas.top_level == pytest.approx(0.6)
    view.set_state(state(0, 1))
    assert view.canvas.top_level == pytest.approx(0.6)
    assert "0 … 0.6" in view.findChild(type(view._legend)).accessibleDescription()


def test_what_reads_backwards_is_lit_from_the_end(view: BoxesView) -> None:
    view.set_unrolled(BOTH)
    view.set_state(state(2, TIMESTEPS, BOTH))
    ground = QColor(LIGHT.plot_background)
    assert [colour_in(view, 1, own) == ground for own in (0, 1, 2, 3, 4)] == [True, True, False, False, False]


def test_everything_is_lit_where_the_one_output_comes_out(view: BoxesView) -> None:
    few = replace(
        BOTH,
        timesteps=4,
        segments=(Segment(4, ""),),
        rows=tuple(replace(row, timesteps=4) for row in BOTH.rows),
        output=OutputRow(0, (0, 1), None),
    )
    view.set_unrolled(few)
    view.set_state(state(3, 4, few))
    assert all(
        colour_in(view, row, own) != QColor(LIGHT.plot_background) for row in (0, 1) for own in range(4)
    )


def test_a_click_on_a_box_goes_there(
    qtbot: QtBot, view: BoxesView, heard: Callable[[object], list[tuple[object, ...]]]
) -> None:
    said = heard(view.seek_requested)
    qtbot.mouseClick(view.canvas.viewport(), Qt.MouseButton.LeftButton, pos=middle(view, 1, 3))
    assert said == [(3,)]
    beside = QPoint(middle(view, 1, 3).x(), 2)
    qtbot.mouseClick(view.canvas.viewport(), Qt.MouseButton.LeftButton, pos=beside)
    assert said == [(3,)]


def test_a_click_on_a_decoder_goes_to_where_it_is_that_far(
    qtbot: QtBot, view: BoxesView, heard: Callable[[object], list[tuple[object, ...]]]
) -> None:
    view.resize(1400, 460)
    view.set_unrolled(DECODED)
    said = heard(view.seek_requested)
    qtbot.mouseClick(view.canvas.viewport(), Qt.MouseButton.LeftButton, pos=middle(view, 1, 1))
    assert said == [(2,)]
    assert DECODED.own_timestep(4, 2) == 1


def test_a_double_click_looks_at_the_layer(
    qtbot: QtBot, view: BoxesView, heard: Callable[[object], list[tuple[object, ...]]]
) -> None:
    said = heard(view.layer_chosen)
    qtbot.mouseDClick(view.canvas.viewport(), Qt.MouseButton.LeftButton, pos=middle(view, 1, 3))
    assert said == [("high",)]


def test_arrow_keys_go_from_row_to_row(
    qtbot: QtBot, view: BoxesView, heard: Callable[[object], list[tuple[object, ...]]]
) -> None:
    said = heard(view.layer_chosen)
    view.set_layer("low")
    qtbot.keyClick(view.canvas, Qt.Key.Key_Up)
    view.set_layer("high")
    qtbot.keyClick(view.canvas, Qt.Key.Key_Up)
    qtbot.keyClick(view.canvas, Qt.Key.Key_Down)
    assert said == [("high",), ("low",)]


def test_a_box_says_its_layer_its_timestep_and_what_it_holds(view: BoxesView) -> None:
    masked = np.zeros(TIMESTEPS, bool)
    masked[1] = True
    low = replace(row_state(TIMESTEPS, 3, start_words="starts from zeros: not stateful"), masked=masked)
    view.set_state(BoxesState(2, (low, row_state(TIMESTEPS, 3)), resets={2: "point"}))

    def words(row: int, own: int) -> str:
        return view.canvas.words_at(QPointF(middle(view, row, own)))

    assert words(0, 0) == "low · timestep 0 of 0 … 39 · mean of |h| 0.050 · starts from zeros: not stateful"
    assert words(0, 1) == "low · timestep 1 of 0 … 39 · masked: skipped, the state stays"
    assert words(1, 2) == (
        "high · timestep 2 of 0 … 39 · mean of |h| 0.100 · "
        "the state is zero before it: reset point put by hand"
    )
    assert words(0, 3) == "low · timestep 3 of 0 … 39 · not computed yet"


def test_what_goes_in_and_comes_out_is_said_in_full(view: BoxesView) -> None:
    inputs = {(0, 1): Value(("1.00", "⋯ 3"), "1, 2, 3")}
    view.set_state(state(1, 2, inputs=inputs))
    box, geometry = view.canvas.rect_of(0, 1), view.canvas.geometry_of_boxes
    assert geometry is not None
    assert (
        view.canvas.words_at(QPointF(box.center().x(), geometry.input_top + 4))
        == "input · timestep 1 · 1, 2, 3"
    )
    unread = view.canvas.rect_of(0, 2).center().x()
    assert view.canvas.words_at(QPointF(unread, geometry.input_top + 4)).endswith("not computed yet")


def test_what_is_fed_back_is_shaded_and_said(view: BoxesView) -> None:
    each = replace(TWO, output=OutputRow(0, (1,), TIMESTEPS))
    view.set_unrolled(each)
    inputs = {(0, 0): Value(("1",), "1"), (0, 1): Value(("2",), "2", fed=True)}
    view.set_state(state(1, 2, each, inputs=inputs))
    geometry, canvas = view.canvas.geometry_of_boxes, view.canvas
    assert geometry is not None
    picture = canvas.viewport().grab().toImage()
    corners = [QPointF(canvas.rect_of(0, own).left(), geometry.input_top + 6) for own in (0, 1)]
    plain, fed = (picture.pixelColor((at * picture.devicePixelRatio()).toPoint()) for at in corners)
    assert plain == QColor(LIGHT.plot_background)
    assert fed != plain
    assert canvas.words_at(corners[1]).endswith("fed back: the output of the timestep before")


def test_a_decoder_says_whose_state_it_starts_from(view: BoxesView) -> None:
    view.resize(1400, 460)
    view.set_unrolled(DECODED, "both at once")
    view.set_state(state(2, 3, DECODED))
    words = view.canvas.words_at(QPointF(middle(view, 1, 0)))
    assert words.endswith("starts from the last h and c of a")
    assert view.remark == "both at once"


def test_the_view_goes_with_the_cursor_until_it_is_scrolled_away(view: BoxesView) -> None:
    bar = view.canvas.horizontalScrollBar()
    view.set_state(state(0, TIMESTEPS))
    assert bar.value() == 0
    view.set_state(state(30, TIMESTEPS))
    assert 30 in view.visible_boxes(0, TIMESTEPS)
    followed = bar.value()
    assert followed > 0
    bar.setValue(0)
    view.set_state(state(31, TIMESTEPS))
    assert bar.value() == 0
    assert 31 not in view.visible_boxes(0, TIMESTEPS)


def test_only_what_is_seen_of_thousands_of_timesteps_is_asked_for(view: BoxesView) -> None:
    long = replace(
        TWO,
        timesteps=5000,
        segments=(Segment(5000, ""),),
        rows=tuple(replace(row, timesteps=5000) for row in TWO.rows),
    )
    view.set_unrolled(long)
    assert len(view.visible_boxes(0, 5000)) < 30


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize("unrolled", [TWO, BOTH, DECODED])
@pytest.mark.parametrize("timestep", [None, 0, 5])
def test_every_kind_is_drawn_in_both_themes(
    view: BoxesView, theme: object, unrolled: Unrolled, timestep: int | None
) -> None:
    view.set_theme(theme)  # type: ignore[arg-type]
    view.set_unrolled(unrolled)
    before = view.canvas.viewport().grab().toImage()
    starts = {"start": 3, "start_words": "starts from sample 3's last state", "end": 5}
    rows = tuple(row_state(row.timesteps, 6 if timestep else 0, **starts) for row in unrolled.rows)
    view.set_state(BoxesState(timestep, rows, resets={2: "point", 4: "every"}))
    assert view.canvas.viewport().grab().toImage() != before


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("sample", [7, 12, 99999])
def test_which_sample_the_state_comes_from_and_goes_to_is_written_in_full(
    view: BoxesView, sample: int, backwards: bool
) -> None:
    view.set_unrolled(
        Unrolled("few", 3, (Segment(3, ""),), (BoxRow("low", "low", "", 3, backwards=backwards),))
    )
    pictures = []
    for shown in (None, sample):
        row = row_state(3, 3, start=shown, start_words="from before", end=shown)
        view.set_state(BoxesState(0, (row,)))
        pictures.append(view.canvas.viewport().grab().toImage())
    line = QFontMetricsF(view.canvas._look.small).height()
    needed = QFontMetricsF(view.canvas._look.small).tightBoundingRect(f"sample {sample}").width()
    first, last = view.canvas.rect_of(0, 0), view.canvas.rect_of(0, 2)
    for low, high in ((0, first.left() - 3), (last.right() + 3, view.canvas.viewport().width())):
        middle = first.center().y()
        columns = [
            x
            for x in range(round(low), round(high))
            for y in range(round(middle - line), round(middle - 4))
            if pictures[0].pixel(x, y) != pictures[1].pixel(x, y)
        ]
        assert max(columns) - min(columns) + 1 >= needed - 2


def test_without_a_model_it_says_so_and_nothing_can_be_clicked(qtbot: QtBot, view: BoxesView) -> None:
    view.set_unrolled(None)
    assert view.kind == ""
    assert view.canvas.words_at(QPointF(200, 100)) == ""
    qtbot.mouseClick(view.canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(200, 100))
    assert len(view.visible_boxes(0, 10)) == 0
