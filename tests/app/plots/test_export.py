import errno
import os

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox

from app.plots import export
from app.theme import DARK


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
