from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.run_plan import GenerationSettings, RunSettings
from app.session_file import (
    Layout,
    Look,
    Panel,
    Place,
    SavedSession,
    SessionFileError,
    parse_session,
    place_of,
    read_session,
    session_text,
)
from lstm_viz.dataset import Shaping
from lstm_viz.examples import example
from lstm_viz.plan import ResetPoint, Resets

EVERYTHING = SavedSession(
    model=Place("/home/somebody/model.h5"),
    architecture=Place("/home/somebody/model.json"),
    data=Place("/home/somebody/else/series.csv"),
    missing="interpolate",
    shaping=Shaping(look_back=3, stride=2, columns=("a", "b"), target="a", scaling="min-max", fit_on=0.5),
    settings=RunSettings(
        batch_size=4,
        stateful=True,
        resets=Resets(every=12, at=(ResetPoint(1, 2), ResetPoint(0, 1, rows=(0, 3), epoch=1))),
        epochs=2,
        drop_remainder=True,
    ),
    look=Look("lstm_1", row=2, pinned=(3, 0, 7), unit=7, step=41),
    layout=Layout("Units", {"model": Panel("right", shown=False, size=(320, 260))}),
    generate=GenerationSettings(sample=3, steps=20, temperature=0.5, others="hold"),
)
FOLDER = Path("/home/somebody")


def read(text: str, folder: Path = FOLDER) -> SavedSession:
    return parse_session(text.encode(), folder)


def changed(*path: str, to: object) -> str:
    """The text of a session in which one value is another."""
    body = json.loads(session_text(EVERYTHING))
    inner = body
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = to
    return json.dumps(body)


def test_what_is_written_is_read_again() -> None:
    assert read(session_text(EVERYTHING)) == EVERYTHING
    assert read(session_text(EVERYTHING, FOLDER)) == EVERYTHING


def test_paths_are_relative_to_the_file_so_that_both_can_be_moved() -> None:
    text = session_text(EVERYTHING, FOLDER)
    assert json.loads(text)["data"] == {"path": "else/series.csv"}
    moved = read(text, Path("/home/another"))
    assert moved.model == Place("/home/another/model.h5")
    assert moved.data == Place("/home/another/else/series.csv")
    beside = session_text(EVERYTHING, FOLDER / "sessions")
    assert json.loads(beside)["model"] == {"path": "../model.h5"}


def test_a_path_that_shares_no_folder_with_the_file_stays_as_it_is() -> None:
    text = session_text(EVERYTHING, Path("/elsewhere"))
    assert json.loads(text)["model"] == {"path": "/home/somebody/model.h5"}
    assert read(text, Path("/elsewhere")) == EVERYTHING


def test_examples_are_named_wherever_the_program_is_installed() -> None:
    chosen = example("tagger")
    saved = SavedSession(place_of(str(chosen.model_path)), data=place_of(str(chosen.data_path)))
    body = json.loads(session_text(saved, FOLDER))
    assert body["model"] == body["data"] == {"example": "tagger"}
    assert read(json.dumps(body)).to_open()["example"] == "tagger"
    assert read(json.dumps(body)).to_open()["data"] is None
    assert saved.title == chosen.title
    other = replace(saved, model=Place("/some/model.keras"))
    assert other.to_open()["data"] == str(chosen.data_path)
    assert other.to_open()["model"] == "/some/model.keras"


def test_the_other_versions_of_an_example_are_named_as_well() -> None:
    other = example("padding/without_mask")
    place = place_of(str(other.model_path))
    assert place == Place(example="padding/without_mask")
    saved = SavedSession(place, data=place_of(str(other.data_path)))
    assert read(session_text(saved, FOLDER)) == saved


def test_files_that_are_gone_are_told_by_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "model.h5").touch()
    saved = replace(EVERYTHING, model=Place(str(tmp_path / "model.h5")))
    assert saved.lost() == ("architecture", "data")
    found = saved.found("data", tmp_path / "model.h5").found("architecture", tmp_path / "model.h5")
    assert found.lost() == ()
    os.mkfifo(tmp_path / "pipe")
    assert saved.found("model", tmp_path / "pipe").lost() == ("model", "architecture", "data")


def test_a_session_of_another_version_is_refused_by_its_number() -> None:
    text = session_text(EVERYTHING).replace('"version": 1', '"version": 2')
    with pytest.raises(SessionFileError, match="version 2 of the format; this program reads version 1"):
        read(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no session"),
        ("[1, 2]", "is no session"),
        ('{"format": "another"}', "is no session"),
        ("[" * 100_000, "is no session"),
        ('{"format": NaN}', "is no session"),
        ("1" * 10_000, "is no session"),
        (changed("version", to="1" * 1000), "this program reads version 1"),
        (changed("model", to={}), "“model” needs either a path or an example"),
        (changed("model", to={"example": "../../etc"}), "names an example that there is not"),
        (changed("model", to={"path": "a\0b"}), "“model” is no path"),
        (changed("model", to={"path": "\ud800"}), "“model” is no path"),
        (changed("model", to=None), "“model”"),
        (changed("model", "code", to="import os"), "“model” holds “code”, which means nothing here"),
        (changed("unheard", to=1), "the file holds “unheard”"),
        (changed("settings", "batch_size", to=True), "“settings.batch_size” cannot be true"),
        (changed("settings", "batch_size", to=0), "a batch size and a number of epochs of 1 or more"),
        (changed("settings", "batch_size", to=2**60), "“settings.batch_size” cannot be 1152921504606846976"),
        (changed("settings", "resets", "every", to=0), "Resetting every 0 timesteps"),
        (changed("settings", "resets", "at", to=[{"batch": 0}]), "“settings.resets.at” lacks “timestep”"),
        (changed("shaping", "columns", to=["a", "\ud800"]), "“shaping.columns” cannot be"),
        (changed("shaping", "fit_on", to=1e300), "“shaping.fit_on” cannot be"),
        (changed("shaping", "scaling", to="eval"), "“shaping.scaling” cannot be"),
        (changed("missing", to="x" * 100_000), "“missing” cannot be"),
        (changed("look", "pinned", to=[-1]), "“look” counts from 0"),
        (changed("look", "step", to=1.5), "“look.step” cannot be 1.5"),
        (changed("layout", "panels", "model", "size", to=[10**6, 1]), "a size that no window has"),
        (changed("layout", "panels", to={str(k): {} for k in range(1000)}), "“layout.panels” cannot be"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(text: str, said: str) -> None:
    with pytest.raises(SessionFileError) as refused:
        read(text)
    assert said in refused.value.message
    assert refused.value.hint
    assert len(refused.value.message) < 300
    refused.value.message.encode()


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.lstmviz"
    path.write_bytes(b" " * (5 << 20))
    with pytest.raises(SessionFileError, match="too large"):
        read_session(path)


@pytest.mark.parametrize("kind", ["missing", "folder", "pipe"])
def test_what_is_no_file_is_not_waited_for(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.lstmviz"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    with pytest.raises(SessionFileError, match=r"a\.lstmviz cannot be read"):
        read_session(path)


def test_a_name_of_any_bytes_is_kept_and_can_be_shown(tmp_path: Path) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.keras")
    saved = replace(EVERYTHING, model=Place(path))
    assert read(session_text(saved)).model.path == path
    saved.title.encode()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(where=st.sampled_from(sorted(json.loads(session_text(EVERYTHING)))), value=JSON)
def test_any_value_is_taken_or_refused(where: str, value: object) -> None:
    try:
        saved = read(changed(where, to=value))
    except SessionFileError:
        return
    assert read(session_text(saved)) == saved


@given(data=st.data())
def test_any_damage_is_taken_or_refused(data: st.DataObject) -> None:
    content = bytearray(session_text(EVERYTHING).encode())
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        parse_session(bytes(content), FOLDER)
    except SessionFileError as error:
        error.message.encode()


def test_a_file_that_is_saved_names_no_recording_and_what_the_program_keeps_does(tmp_path: Path) -> None:
    saved = SavedSession(
        Place(str(tmp_path / "a.keras")), recording=Place(str(tmp_path / "recordings" / "1"))
    )
    assert read(session_text(saved), tmp_path) == saved
    assert read(session_text(saved, tmp_path), tmp_path).recording is None
    assert saved.to_open()["recording"] == str(tmp_path / "recordings" / "1")
