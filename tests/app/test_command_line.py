from __future__ import annotations

import gc
import importlib
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from app import (
    command_line,
    compare_command,
    export_command,
    info_command,
    record_command,
    render_command,
    system_libraries,
)
from app.command_line import COMMANDS, PICTURE, Options, has_screen, parse, run, without_screen
from lstm_viz.dataset import Shaping

ROOT = Path(__file__).parents[2]


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    for name in ("model.keras", "data.csv"):
        (tmp_path / name).touch()
    return str(tmp_path / "model.keras"), str(tmp_path / "data.csv")


def test_without_arguments_nothing_is_asked_for() -> None:
    assert parse([]) == Options()


def test_the_window_takes_how_data_are_cut(files: tuple[str, str]) -> None:
    model, data = files
    options = parse([model, "--data", data, "--look-back", "12", "--scaling", "min-max"])
    assert options.shaping == Shaping(look_back=12, scaling="min-max")
    assert parse([model, "--data", data]).shaping is None


def test_every_argument_is_understood(files: tuple[str, str]) -> None:
    model, data = files
    line = [model, "--data", data, "--steps", "12", "--screenshot", "out.png", "--quit"]
    line += ["--theme", "dark", "--size", "1440x900"]
    line += ["--architecture", data]
    assert parse(line) == Options(
        model=model,
        data=data,
        architecture=data,
        steps=12,
        screenshot="out.png",
        quit=True,
        theme="dark",
        size=(1440, 900),
        report=True,
    )
    assert parse(["--example", "tagger"]).example == "tagger"


@pytest.mark.parametrize(
    ("line", "word"),
    [
        (["--steps", "0"], "1 or more"),
        (["--steps", "many"], "many"),
        (["--size", "1440"], "1440x900"),
        (["--theme", "pink"], "pink"),
        (["nowhere.keras"], "nowhere.keras"),
        (["--data", "nowhere.csv"], "nowhere.csv"),
        (["--example", "nothing"], "next_value"),
        (["rendr", "run.npz", "--out", "a.png"], "no file and no command rendr; the nearest is render"),
        (["Compare", "a.npz", "b.npz"], "the nearest is compare"),
        (["frobnicate"], "there are info, record, export, render, compare"),
        (["--screenshot", "out.jpg"], "out.jpg does not end with one of .png, .svg"),
        ([__file__, "--example", "tagger"], "not both"),
    ],
)
def test_what_is_wrong_with_an_argument_is_said(
    line: list[str], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(line)
    assert ended.value.code == 2
    assert word in capsys.readouterr().err


def documented() -> list[str]:
    """Return the commands of the pages, and of the examples in the help of each command."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    modules = (info_command, record_command, export_command, render_command, compare_command)
    text += "\n".join(module._EPILOG for module in modules)
    program = r"^ +(?:uv run )?(?:lstm-viz|main\.py) "
    found = re.findall(f"{program}((?:{'|'.join(COMMANDS)}) .*)", text, re.MULTILINE)
    return sorted({line.partition("#")[0].strip() for line in found})


@pytest.mark.parametrize("line", documented())
def test_every_command_that_is_documented_can_be_typed(line: str) -> None:
    name, *words = shlex.split(line)
    module = importlib.import_module(f"app.{name}_command")
    assert module._parser().parse_args(words)


def test_a_mistyped_command_is_told_to_machines_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(["recrod", "model.keras", "--json"])
    assert ended.value.code == 2
    assert gc.isenabled()
    told = json.loads(capsys.readouterr().out)
    assert told["error"] == "there is no file and no command recrod; the nearest is record"
    assert told["hint"] == "See lstm-viz --help."


def test_a_folder_of_a_word_alone_is_a_model_and_no_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models").mkdir()
    monkeypatch.chdir(tmp_path)
    assert parse(["models"]).model == "models"


def test_a_screen_is_where_linux_says_that_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_line.sys, "platform", "linux")
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert not has_screen()
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert has_screen()
    monkeypatch.delenv("WAYLAND_DISPLAY")
    monkeypatch.setenv("DISPLAY", ":0")
    assert has_screen()
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert not has_screen()


def test_other_systems_have_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_line.sys, "platform", "darwin")
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    assert has_screen()


def test_without_a_screen_everything_is_run_pictured_and_reported() -> None:
    assert without_screen(Options(steps=5)) == Options(steps=5, screenshot=PICTURE, quit=True, report=True)
    assert without_screen(Options(screenshot="mine.png")).screenshot == "mine.png"


def test_missing_libraries_of_a_window_are_named_instead_of_a_crash(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command_line, "has_screen", lambda: True)
    monkeypatch.setattr(system_libraries.sys, "platform", "linux")
    monkeypatch.setattr(system_libraries, "_loads", lambda name: name != "libxcb-cursor.so.0")
    assert run([]) == 1
    said = capsys.readouterr().err
    assert "libxcb-cursor.so.0" in said
    assert "apt-get install libxcb-cursor0" in said


@pytest.mark.timeout(180)
def test_the_program_runs_without_a_screen_and_without_any_library_of_qt(tmp_path: Path) -> None:
    # A fresh interpreter: none of Qt may be imported on this way.
    program = (
        "import sys\n"
        "from app import system_libraries, command_line\n"
        "system_libraries._loads = lambda name: False\n"
        "code = command_line.run(['--example', 'next_value', '--steps', '6'])\n"
        "assert not [m for m in sys.modules if m.startswith(('PySide6', 'pyqtgraph'))]\n"
        "sys.exit(code)\n"
    )
    env = {name: value for name, value in os.environ.items() if not name.endswith("DISPLAY")}
    env.pop("QT_QPA_PLATFORM", None)
    env["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=170
    )
    assert done.returncode == 0, done.stderr
    assert "no screen" in done.stdout
    assert "Recorded 6 of" in done.stdout
    assert "libEGL.so.1" in done.stderr
    assert (tmp_path / PICTURE).read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
