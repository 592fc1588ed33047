"""What a desktop needs to show the program among others: checked as files; .ci/run installs the wheel."""

from __future__ import annotations

import configparser
import runpy
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from app.session_file import SUFFIX

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "resources" / "desktop"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SHARED = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
ICONS = runpy.run_path(str(FOLDER / "make_icons.py"))
# https://specifications.freedesktop.org/menu-spec/latest/category-registry.html
CATEGORIES = {"Science", "ArtificialIntelligence", "DataVisualization", "Qt"}


@pytest.fixture(scope="module")
def entry() -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str
    parser.read(FOLDER / "lstm-viz.desktop", encoding="utf-8")
    return parser["Desktop Entry"]


def test_the_menu_entry_starts_the_installed_program_with_the_file_that_was_clicked(entry) -> None:
    command, argument = entry["Exec"].split()
    assert command in PROJECT["project"]["scripts"]
    assert argument == "%f"
    assert entry["Type"] == "Application"
    assert entry["Terminal"] == "false"
    assert set(entry["Categories"].rstrip(";").split(";")) <= CATEGORIES


def test_session_files_are_opened_by_it(entry) -> None:
    space = "{http://www.freedesktop.org/standards/shared-mime-info}"
    (kind,) = ET.parse(FOLDER / "lstm-viz.xml").getroot()
    assert entry["MimeType"] == f"{kind.get('type')};"
    assert kind.find(f"{space}glob").get("pattern") == f"*{SUFFIX}"


def test_the_wheel_puts_everything_where_desktops_look() -> None:
    assert all((ROOT / source).is_file() for source in SHARED)
    targets = set(SHARED.values())
    assert {"share/applications/lstm-viz.desktop", "share/mime/packages/lstm-viz.xml"} <= targets
    for size in ICONS["SIZES"]:
        source = f"resources/desktop/lstm-viz-{size}.png"
        assert SHARED[source] == f"share/icons/hicolor/{size}x{size}/apps/lstm-viz.png"
    assert {path.name for path in FOLDER.glob("*.png")} == {f"lstm-viz-{size}.png" for size in ICONS["SIZES"]}


@pytest.mark.parametrize("size", ICONS["SIZES"])
def test_the_icons_are_those_that_the_script_draws(qtbot: QtBot, size: int) -> None:
    kept, drawn = QImage(str(FOLDER / f"lstm-viz-{size}.png")), ICONS["drawn"](size)
    assert (kept.width(), kept.height()) == (size, size)
    step = max(1, size // 16)
    for x in range(0, size, step):
        for y in range(0, size, step):
            one, other = kept.pixelColor(x, y).getRgb(), drawn.pixelColor(x, y).getRgb()
            assert (
                max(abs(a - b) for a, b in zip(one, other, strict=True)) < 24
            )  # another Qt smooths otherwise
