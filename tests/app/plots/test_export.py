import errno
import os
from dataclasses import replace
from itertools import groupby

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox, QWidget

from app.plots import export
from app.plots.boxes_view import BoxesView
from app.plots.cell_diagram import CellDiagram
from app.plots.contribution_bars import ContributionBars
from app.plots.series import Lines
from app.plots.state_flow import StateFlowView
from app.plots.timeline import Timeline
from app.theme import DARK, LIGHT, PRINT, palette
from lstm_viz.errors import TraceError


def test_a_png_has_as_many_pixels_as_were_asked_for(gates, window, tmp_path):
    gates.set_signals(window)
    export.save_png(gates, tmp_path / "plot.png", 2.0)
    image = QImage(str(tmp_path / "plot.png"))
    assert (image.width(), image.height()) == (gates.width() * 2, gates.height() * 2)
    colours = {image.pixel(x, image.height() * 3 // 4) for x in range(image.width())}
    assert len(colours) > 5


def test_an_svg_holds_the_words_as_text(gates, window, tmp_path):
    gates.set_signals(window)
    export.save_svg(gates, tmp_path / "plot.svg")
    text = (tmp_path / "plot.svg").read_text(encoding="utf-8")
    assert text.lstrip().startswith("<?xml")
    assert "forget" in text
    assert "<image" in text


@pytest.mark.parametrize("save", [export.save_png, export.save_svg])
def test_a_picture_that_cannot_be_written_is_an_error(gates, tmp_path, save):
    with pytest.raises(OSError, match="plot"):
        save(gates, tmp_path / "no such folder" / "plot.png")


@pytest.mark.parametrize("name", ["plot.png", "plot.SVG"])
def test_the_ending_says_what_kind_of_picture_is_saved(gates, window, tmp_path, name):
    gates.set_signals(window)
    gates.set_theme(DARK)
    export.save_picture(gates, tmp_path / name, 1.0, for_print=True)
    start = (tmp_path / name).read_bytes()[:8]
    assert start == b"\x89PNG\r\n\x1a\n" if name.endswith("png") else start.startswith(b"<?xml")
    assert gates.theme == DARK
    assert [one.name for one in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["plot", "plot.jpg"])
def test_a_picture_of_no_known_ending_is_refused(gates, tmp_path, name):
    with pytest.raises(TraceError, match=r"\.png or \.svg"):
        export.save_picture(gates, tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("scale", [1.0, 4.0])
def test_a_line_is_as_wide_in_a_picture_as_on_the_screen_however_many_pixels_it_has(
    units_view, window, scale
):
    values = window.values.copy()
    values[:] = 0.5
    units_view.set_units((0,))
    units_view.set_signals(replace(window, values=values))
    before = export.picture_of(units_view, 1.0)
    picture = export.picture_of(units_view, scale)
    colour = QColor(units_view.theme.curves[0])
    column = [picture.pixelColor(picture.width() // 2, y) for y in range(picture.height())]
    alike = [all(abs(a - b) < 60 for a, b in zip(c.getRgb(), colour.getRgb(), strict=True)) for c in column]
    lengths = [len(list(run)) for same, run in groupby(alike) if same]
    assert lengths
    assert all(abs(length - scale) <= 1 for length in lengths)
    assert export.picture_of(units_view, 1.0) == before


def test_points_in_an_svg_are_one_circle_each(gates, window, tmp_path):
    gates.set_signals(window)
    steps = np.arange(0, window.stop - window.start, 4) + window.start
    gates.set_series(None, Lines(("output",), steps, np.linspace(0, 1, len(steps))[:, None], "points"), None)
    export.save_svg(gates, tmp_path / "gates.svg")
    text = (tmp_path / "gates.svg").read_text(encoding="utf-8")
    gates.set_series(None, None, None)
    export.save_svg(gates, tmp_path / "none.svg")
    without = (tmp_path / "none.svg").read_text(encoding="utf-8")
    shapes = [sum(each.count(tag) for tag in ("<circle", "<path")) for each in (text, without)]
    assert shapes[0] - shapes[1] >= len(steps)
    assert text.count("<image") == without.count("<image")


def test_units_are_saved_as_curves(units_view, window, tmp_path):
    units_view.set_units((0, 1))
    units_view.set_signals(window)
    export.save_svg(units_view, tmp_path / "units.svg")
    text = (tmp_path / "units.svg").read_text(encoding="utf-8")
    assert text.count("<polyline") + text.count("<path") > 2
    assert np.isfinite(units_view.curves_of("c")[0][1]).all()


@pytest.mark.parametrize("kind", ["PNG", "SVG"])
def test_a_picture_for_print_is_light_on_white_and_the_view_stays_as_it_was(
    gates, window, tmp_path, monkeypatch, kind
):
    gates.set_signals(window)
    gates.set_theme(DARK)
    menu = QMenu(gates)
    export.add_actions(menu, gates, "gates")
    action = next(one for one in menu.actions() if one.text() == f"Save as {kind} for print…")
    before = export.picture_of(gates, 1.0)
    path = tmp_path / f"gates.{kind.lower()}"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    action.trigger()
    if kind == "PNG":
        picture = QImage(str(path))
        assert picture.size() == gates.size() * export.PRINT_SCALE
        assert picture.pixelColor(picture.width() - 2, picture.height() - 2).name() == "#ffffff"
    else:
        assert "<svg" in path.read_text()
    assert export.picture_of(gates, 1.0) == before
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    menu.deleteLater()


@pytest.mark.parametrize("kind", [BoxesView, CellDiagram, ContributionBars, StateFlowView, Timeline])
def test_each_view_is_offered_for_print_and_is_then_as_it_was(qtbot, kind):
    view = kind()
    qtbot.addWidget(view)
    view.setPalette(palette(DARK))
    view.set_theme(DARK)
    view.resize(500, 300)
    view.show()
    menu = QMenu(view)
    export.add_actions(menu, view, "view")
    assert [action.text() for action in menu.actions()] == [
        *("Save as PNG…", "Save as SVG…", "Save as PNG for print…", "Save as SVG for print…")
    ]
    before = export.picture_of(view, 1.0)
    with export.printed(view):
        picture = export.picture_of(view, 1.0)
        assert view.theme == PRINT
    assert picture.pixelColor(1, picture.height() - 2).name() == "#ffffff"
    assert export.picture_of(view, 1.0) == before
    assert view.theme == DARK


def test_a_printed_view_goes_on_with_the_colours_of_what_it_lies_in(qtbot):
    around = QWidget()
    qtbot.addWidget(around)
    view = Timeline(around)
    view.set_theme(DARK)
    around.setPalette(palette(DARK))
    with export.printed(view):
        pass
    around.setPalette(palette(LIGHT))
    assert view.palette().window().color().name() == LIGHT.window


def test_a_png_is_as_large_on_a_page_whatever_its_scale(gates, window, tmp_path):
    gates.set_signals(window)
    sizes = []
    for scale in (1.0, 4.0):
        export.save_png(gates, tmp_path / "plot.png", scale)
        image = QImage(str(tmp_path / "plot.png"))
        sizes.append(image.width() / image.dotsPerMeterX())
    assert sizes[0] == pytest.approx(sizes[1], rel=1e-3)
    assert sizes[0] == pytest.approx(gates.width() / gates.logicalDpiX() * 0.0254, rel=1e-3)


def test_a_picture_that_cannot_be_saved_leaves_the_earlier_one_and_is_told(gates, tmp_path, monkeypatch):
    path = tmp_path / "gates.png"
    path.write_text("earlier")
    menu = QMenu(gates)
    export.add_actions(menu, gates, "gates")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    menu.actions()[0].trigger()
    box = gates.findChild(QMessageBox)
    assert "The disk is full: the picture needs" in box.text()
    assert box.informativeText()
    box.close()
    assert path.read_text() == "earlier"
    assert [one.name for one in tmp_path.iterdir()] == ["gates.png"]
    menu.deleteLater()
