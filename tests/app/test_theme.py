import gc
import itertools

import numpy as np
import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPalette
from PySide6.QtWidgets import QApplication

from app.theme import DARK, LIGHT, THEMES, ThemeKeeper, icon, icons_folder, mixed, palette, style_sheet

BOTH = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)


def luminance(colour: str) -> float:
    def linear(share: float) -> float:
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(c) for c in QColor(colour).getRgbF()[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.fixture
def keeper(qapp: QApplication):
    before = qapp.palette(), qapp.styleSheet()
    keeper = ThemeKeeper(qapp, "light")
    yield keeper
    keeper.set_choice("system")
    keeper.deleteLater()
    qapp.setPalette(before[0])
    qapp.setStyleSheet(before[1])


@BOTH
@pytest.mark.parametrize("background", ["window", "panel", "plot_background"])
@pytest.mark.parametrize("text", ["text", "muted"])
def test_text_has_the_contrast_that_wcag_aa_asks_for(theme, text, background):
    assert contrast(getattr(theme, text), getattr(theme, background)) >= 4.5


@BOTH
@pytest.mark.parametrize("background", ["window", "panel"])
@pytest.mark.parametrize("text", ["warning", "error", "accent"])
def test_coloured_text_has_that_contrast_too(theme, text, background):
    assert contrast(getattr(theme, text), getattr(theme, background)) >= 4.5


@BOTH
def test_curves_and_marks_stand_out_from_the_plot(theme):
    for colour in (*theme.curves, theme.cursor, theme.reset, theme.epoch_border):
        assert contrast(colour, theme.plot_background) >= 3.0, colour


# What is seen with each kind of colour blindness, in linear RGB: Machado, Oliveira and Fernandes (2009).
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]]
    ),
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = np.array([0.9505, 1.0, 1.089])


def lab(colour: str, seen: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of a colour as it is seen."""
    rgb = np.array(QColor(colour).getRgbF()[:3])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(seen @ linear, 0, 1) / WHITE
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@BOTH
@pytest.mark.parametrize("seen", BLINDNESS.values(), ids=BLINDNESS)
def test_curves_stay_apart_for_the_colour_blind(theme, seen):
    colours = [lab(colour, seen) for colour in theme.curves]
    distances = [np.linalg.norm(a - b) for a, b in itertools.combinations(colours, 2)]
    assert min(distances) > 20


@BOTH
def test_there_are_eight_different_curve_colours(theme):
    assert len(set(theme.curves)) == 8


def test_a_forced_choice_sets_the_palette(keeper, qapp):
    keeper.set_choice("dark")
    assert keeper.theme is DARK
    assert qapp.palette().color(QPalette.ColorRole.Window).name() == DARK.window
    keeper.set_choice("light")
    assert qapp.palette().color(QPalette.ColorRole.Window).name() == LIGHT.window


def test_a_change_is_told_once(keeper, qtbot):
    told = []
    keeper.changed.connect(told.append)
    keeper.set_choice("dark")
    keeper.set_choice("dark")
    assert told == [DARK]


def test_the_style_sheet_waits_for_the_window_and_then_follows_the_theme(keeper, qapp):
    qapp.setStyleSheet("")
    keeper.set_choice("dark")
    assert qapp.styleSheet() == ""
    keeper.dress()
    assert qapp.styleSheet() == style_sheet(DARK)
    keeper.set_choice("light")
    assert qapp.styleSheet() == style_sheet(LIGHT)


def test_a_forced_choice_does_not_follow_the_system(keeper, qapp):
    keeper.set_choice("dark")
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Light)
    assert keeper.theme is DARK


def test_following_the_system_takes_its_scheme(keeper, qapp):
    keeper.set_choice("dark")
    keeper.set_choice("system")
    scheme = qapp.styleHints().colorScheme()
    assert keeper.choice == "system"
    assert keeper.theme is (DARK if scheme == Qt.ColorScheme.Dark else LIGHT)


def test_the_palette_greys_out_what_is_disabled():
    made = palette(LIGHT)
    normal = made.color(QPalette.ColorGroup.Active, QPalette.ColorRole.Text)
    disabled = made.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text)
    assert normal != disabled


def test_mixing_half_of_black_and_white_gives_grey():
    assert mixed("#000000", "#ffffff", 0.5) == "#808080"


@BOTH
def test_every_icon_is_drawn_in_the_colour_of_the_text(theme, qapp):
    names = [path.stem for path in icons_folder().glob("*.svg")]
    assert len(names) > 20
    for name in names:
        image = icon(name, theme).pixmap(48, 48, QIcon.Mode.Normal, QIcon.State.Off).toImage()
        seen = {image.pixelColor(x, y).alpha() for x in range(48) for y in range(48)}
        assert max(seen) > 200, name
    play = icon("play", theme).pixmap(48, 48).toImage()
    assert play.pixelColor(22, 24).name() == theme.text


def test_an_icon_has_a_picture_of_its_own_for_the_checked_state(qapp):
    made = icon("play", LIGHT, "pause")
    off = made.pixmap(48, 48, QIcon.Mode.Normal, QIcon.State.Off).toImage()
    on = made.pixmap(48, 48, QIcon.Mode.Normal, QIcon.State.On).toImage()
    assert off != on


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_an_icon_has_a_pixel_for_each_pixel_of_the_screen(ratio, qapp):
    drawn = icon("play", LIGHT).pixmap(QSize(18, 18), ratio)
    assert drawn.devicePixelRatio() == ratio
    assert drawn.width() == 18 * ratio


def test_an_icon_is_paler_where_it_is_disabled(qapp):
    made = icon("play", LIGHT)
    colours = {
        mode: made.pixmap(48, 48, mode).toImage().pixelColor(22, 24).name()
        for mode in (QIcon.Mode.Normal, QIcon.Mode.Disabled)
    }
    assert colours == {
        QIcon.Mode.Normal: LIGHT.text,
        QIcon.Mode.Disabled: mixed(LIGHT.window, LIGHT.text, 0.35),
    }


def test_a_copy_of_an_icon_that_is_added_to_leaves_the_first_one(qapp):
    made = icon("play", LIGHT)
    before = made.pixmap(20, 20).toImage()
    copy = QIcon(made)
    copy.addPixmap(icon("pause", LIGHT).pixmap(20, 20))
    del copy
    gc.collect()
    assert made.pixmap(20, 20).toImage() == before
