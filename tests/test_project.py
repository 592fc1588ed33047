"""The pieces of the project say the same: commands, versions, links, packages, examples of use."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import lstm_viz
from app import system_libraries

ROOT = Path(__file__).resolve().parents[1]
PAGES = (
    *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "benchmarks/README.md"),
    *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))),
)
RUN = (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def linked_files(name: str) -> list[str]:
    found = re.findall(r'\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"', page(name))
    links = [in_text or in_html for in_text, in_html in found]
    return [link.split("#")[0] for link in links if not link.startswith(("http:", "https:", "#"))]


def test_ci_runs_the_test_command_of_the_readme_word_for_word() -> None:
    commands = [
        line.split("#")[0].strip()
        for line in re.findall(r"^    (pip install uv.*)$", page("README.md"), re.M)
    ]
    assert commands == ["pip install uv && uv run main.py", "pip install uv && uv run pytest"]
    assert commands[1] in RUN.splitlines()


def test_ci_script_is_sound_bash_that_may_be_executed() -> None:
    path = ROOT / ".ci" / "run"
    assert path.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", str(path)], check=True)


def test_ci_installs_every_debian_package_that_the_program_may_name() -> None:
    packages = {
        debian
        for table in (system_libraries._FOR_ANY_PICTURE, system_libraries._FOR_A_WINDOW)
        for debian, _ in table.values()
    }
    installed = re.search(r"debian_packages=\((.*?)\)", RUN, re.S)
    assert installed is not None
    assert packages <= set(installed.group(1).split())


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads(page("pyproject.toml"))["project"]
    newest = re.search(r"^## \[(\d[^\]]*)\]", page("CHANGELOG.md"), re.M)
    assert newest is not None
    assert {project["version"], newest.group(1)} == {lstm_viz.__version__}


@pytest.mark.parametrize("name", PAGES)
def test_every_file_that_a_page_links_to_exists(name: str) -> None:
    missing = [link for link in linked_files(name) if not (ROOT / name).parent.joinpath(link).exists()]
    assert not missing


def test_every_picture_is_shown_somewhere_in_both_themes() -> None:
    shown = {Path(link).name for name in PAGES for link in linked_files(name) if link.endswith(".png")}
    made = {path.name for path in (ROOT / "docs" / "pictures").iterdir()}
    assert shown == made
    stems = {name.removesuffix(".png").rpartition("-")[::2] for name in made}
    assert all({(what, "light"), (what, "dark")} <= stems for what, _ in stems)


def test_the_picture_on_the_first_screen_is_small_enough_to_load_at_once() -> None:
    for theme in ("light", "dark"):
        assert (ROOT / "docs" / "pictures" / f"window-{theme}.png").stat().st_size < 300_000


@pytest.mark.parametrize("name", ["README.md", "docs/api.md"])
def test_the_script_on_a_page_gives_what_it_says(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where it may write files
    monkeypatch.setenv("MPLBACKEND", "agg")
    failed, tried = doctest.testfile(str(ROOT / name), module_relative=False)
    assert tried > 10
    assert not failed
    assert "SKIP" not in page(name)


def test_the_example_of_the_package_gives_what_it_says() -> None:
    failed, tried = doctest.testmod(lstm_viz)
    assert tried > 3
    assert not failed


WITH_EXAMPLES = ("Dataset", "Resets", "Stepper", "Trace", "generate", "load_model", "plot_gates", "record")


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_the_examples_in_a_docstring_give_what_they_say(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLBACKEND", "agg")
    found = doctest.DocTestFinder(recurse=True).find(getattr(lstm_viz, name), name, globs={})
    examples = [one for one in found if one.examples]
    runner = doctest.DocTestRunner()
    for one in examples:
        runner.run(one)
    assert examples
    assert not runner.summarize(verbose=False).failed
    plt = sys.modules.get("matplotlib.pyplot")
    if plt is not None:
        plt.close("all")


def test_the_architecture_page_lists_every_public_name() -> None:
    text = page("docs/architecture.md")
    assert not [name for name in lstm_viz.__all__ if name not in text]


def test_the_reference_has_every_public_name() -> None:
    found = re.findall(
        r"^\.\. auto(?:class|function|exception):: lstm_viz\.(\w+)$", page("docs/reference.md"), re.M
    )
    assert sorted(found) == sorted(lstm_viz.__all__)


def test_every_page_is_in_the_contents_of_the_site() -> None:
    contents = re.search(r"```{toctree}.*?\n\n(.*?)\n```", page("docs/index.md"), re.S)
    assert contents is not None
    pages = {Path(name).stem for name in PAGES if name.startswith("docs/")}
    assert set(contents.group(1).split()) == pages - {"index"}


def test_ci_builds_the_site_as_the_contributors_page_says() -> None:
    (command,) = re.findall(
        r"^    (uv run --group docs sphinx-build .*) docs build/site$", page("CONTRIBUTING.md"), re.M
    )
    assert f"{command.replace('sphinx-build', 'sphinx-build --quiet')} docs" in RUN


def test_the_architecture_page_names_only_modules_and_folders_that_exist() -> None:
    tree = re.search(r"## Folders\n\n(.*?)\n\n##", page("docs/architecture.md"), re.S)
    assert tree is not None
    first_columns = [re.split(r" {2,}", line.strip())[0] for line in tree.group(1).splitlines()]
    named = {name.rstrip("/") for column in first_columns for name in re.findall(r"\w+\.py\b|\w+/", column)}
    there = {path.name for path in ROOT.iterdir()}
    for package in ("lstm_viz", "app", "resources"):
        there |= {path.name for path in (ROOT / package).rglob("*")}
    assert len(named) > 30
    assert not named - there
