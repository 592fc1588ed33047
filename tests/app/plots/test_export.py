import numpy as np
import pytest
from PySide6.QtGui import QImage

from app.plots import export


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
