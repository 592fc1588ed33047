"""Boxes, cell and compare drawn by ``lstm-viz render``, of recordings and of models that it runs."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QApplication

from app.command_line import run
from app.pictures.run_picture import RunPicture
from app.render_command import MOST_UNITS
from app.viewed_run import MOST_PINNED
from lstm_viz import Dataset, LSTMLayer, Plan, Trace, generate, load_model, open_trace, record
from lstm_viz.dataset import Shaping
from lstm_viz.examples import example
from lstm_viz.trace import OutputSpec


def made_up(path: Path, seed: int = 0, units: int = 3, stateful: bool = False, steps: int = 12) -> Path:
    """Save a small recording that no model made."""
    plan = Plan(4, 6, 2, stateful)
    trace = Trace(plan, [LSTMLayer("lstm", units, 1)], [6], [OutputSpec((1,), False)])
    rng = np.random.default_rng(seed)
    layer = trace.layers["lstm"]
    layer.write(0, rng.random((12, 2, 6, units))[:steps], np.ones((steps, 2), bool))
    for batch in range(2):
        layer.write_initial(batch, np.zeros((2, 2, units)))
        trace.write_output(0, batch * 6, rng.random((2, 1)))
    trace.publish(steps)
    trace.save(path)
    return path


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return made_up(tmp_path / "run.npz")


def texts_of(path: Path) -> list[str]:
    return [
        "".join(element.itertext()) for element in ET.parse(path).iter("{http://www.w3.org/2000/svg}text")
    ]


def numbers_in(texts: list[str]) -> list[float]:
    return [float(found) for text in texts for found in re.findall(r"-?\d+\.\d+", text.replace("−", "-"))]


# -- cell -------------------------------------------------------------------------------------------


def test_the_cell_of_a_recording_shows_the_numbers_that_are_recorded(
    qapp: QApplication, recording: Path, tmp_path: Path
) -> None:
    out = tmp_path / "cell.svg"
    line = ["render", str(recording), "--view", "cell", "--row", "1", "--unit", "2", "--step", "8"]
    assert run([*line, "--out", str(out)]) == 0
    texts = texts_of(out)
    assert "lstm · unit 2 · t = 8 · batch 1, timestep 2 · row 1 = sample 3" in texts
    layer = open_trace(recording).layers["lstm"]
    shown = numbers_in(texts)
    for name in "ifgoch":
        value = float(layer.signal(name)[3, 2, 2])
        assert min(abs(number - value) for number in shown) < 5e-4
    before = float(layer.signal("c")[3, 1, 2])
    assert min(abs(number - before) for number in shown) < 5e-4
    assert {"tanh", "f", "i", "g", "o"} <= set(texts)


def test_the_cell_stands_at_the_end_of_the_first_batch_unless_a_step_is_said(
    qapp: QApplication, recording: Path, tmp_path: Path
) -> None:
    out = tmp_path / "cell.svg"
    assert run(["render", str(recording), "--view", "cell", "--out", str(out)]) == 0
    assert "lstm · unit 0 · t = 5 · batch 0, timestep 5 · row 0 = sample 0" in texts_of(out)


def test_equations_stand_below_a_cell_that_is_higher_than_wide(
    qapp: QApplication, recording: Path, tmp_path: Path
) -> None:
    out = tmp_path / "cell.png"
    line = ["render", str(recording), "--view", "cell", "--size", "400x640", "--scale", "1"]
    assert run([*line, "--out", str(out)]) == 0
    with Image.open(out) as picture:
        assert picture.size == (400, 640)
        below = np.asarray(picture.convert("L"))[-120:]
    columns = np.flatnonzero((below < 128).any(axis=0))
    assert abs((columns[0] + columns[-1]) / 2 - 200) < 20  # in the middle


# -- compare ----------------------------------------------------------------------------------------


def test_two_recordings_are_laid_beside_each_other_and_their_difference_is_said(
    qapp: QApplication, recording: Path, tmp_path: Path
) -> None:
    other = made_up(tmp_path / "other.npz", seed=1, stateful=True)
    out = tmp_path / "compare.svg"
    line = ["render", str(recording), "--with", str(other), "--signals", "h", "--out", str(out)]
    assert run([*line, "--steps", "0:6"]) == 0
    texts = texts_of(out)
    assert "A: run.npz, stateless, batch size 2" in texts
    assert "B: other.npz, stateful, batch size 2, reset each epoch" in texts
    a, b = (open_trace(path).layers["lstm"].signal("h") for path in (recording, other))
    largest = float(np.abs(b - a).max())
    said = next(text for text in texts if text.startswith("Largest difference") and " in h" in text)
    assert numbers_in([said])[0] == pytest.approx(largest, abs=5e-5)
    assert {"A", "B", "B−A"} <= set(texts)
    assert "End" not in texts  # nobody can click a picture


def test_a_recording_that_ends_earlier_is_compared_as_far_as_it_goes(
    qapp: QApplication, recording: Path, tmp_path: Path
) -> None:
    other, out = made_up(tmp_path / "other.npz", steps=7), tmp_path / "compare.svg"
    assert run(["render", str(recording), "--with", str(other), "--out", str(out)]) == 0
    texts = texts_of(out)
    assert any("Run B: 7 of 12 steps computed" in text for text in texts)
    assert any("0.0 exactly" in text for text in texts)


def test_recordings_without_a_layer_alike_cannot_be_compared(
    qapp: QApplication, recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other, out = made_up(tmp_path / "other.npz", units=5), tmp_path / "compare.svg"
    assert run(["render", str(recording), "--with", str(other), "--out", str(out)]) == 1
    assert "no layer of 3 units over 6 timesteps" in capsys.readouterr().err
    assert not out.exists()


def test_a_comparison_is_animated(qapp: QApplication, recording: Path, tmp_path: Path) -> None:
    other, out = made_up(tmp_path / "other.npz", seed=1), tmp_path / "compare.gif"
    line = ["render", str(recording), "--with", str(other), "--steps", "2:8", "--every", "3"]
    assert run([*line, "--size", "420x420", "--out", str(out)]) == 0
    with Image.open(out) as film:
        assert film.n_frames == 2
        frames = []
        for number in range(2):
            film.seek(number)
            frames.append(np.asarray(film.convert("RGB")))
    assert (frames[0] != frames[1]).any()


# -- models -----------------------------------------------------------------------------------------


def test_boxes_of_an_example_show_what_the_model_gave(qapp: QApplication, tmp_path: Path) -> None:
    shown, out = example("next_value"), tmp_path / "boxes.svg"
    assert run(["render", "--example", "next_value", "--view", "boxes", "--out", str(out)]) == 0
    texts = texts_of(out)
    assert "Many-to-one: a sequence goes in, one output comes out at its end." in texts
    assert "t = 2 · epoch 0 · batch 0, timestep 2 · row 0 = sample 0" in texts
    data = Dataset.from_file(shown.data_path, Shaping(**shown.shaping))
    made = record(load_model(shown.model_path), data.inputs[0][:1]).outputs[0]
    value = float(data.unscale_targets(made)[0, 0])
    assert f"{value:.0f}" in texts
    with open(out) as file:
        size = re.search(r'viewBox="0 0 (\d+) (\d+)"', file.read())
    assert size is not None
    assert int(size[1]) == 960
    assert int(size[2]) < 600  # no higher than it needs to be


def test_a_model_is_run_twice_to_be_compared(
    qapp: QApplication, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown, out = example("next_value"), tmp_path / "compare.svg"
    line = ["render", str(shown.model_path), "--data", str(shown.data_path), "--look-back", "3"]
    line += ["--stateful", "--with", "stateless", "--steps", "0:12", "--out", str(out), "--json"]
    assert run(line) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["view"], told["layer"], told["steps"]) == ("compare", "lstm", [0, 12])
    texts = texts_of(out)
    assert "A: stateful, batch size 1, reset each epoch" in texts
    assert "B: stateless, batch size 1" in texts
    assert any("they differ from sample 1, timestep 0 on" in text for text in texts)


@pytest.mark.parametrize(
    ("other", "words"),
    [("stateful", "This run is stateful already."), ("batch-1", "This run has batch size 1 already.")],
)
def test_why_a_run_cannot_be_compared_so_is_said(
    qapp: QApplication, tmp_path: Path, other: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "compare.svg"
    assert run(["render", "--example", "next_value", "--with", other, "--out", str(out)]) == 1
    said = capsys.readouterr().err
    assert words in said
    assert "Choose another --with: stateless" in said
    assert not out.exists()


# -- arguments --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (["RUN", "--view", "boxes"], "needs a model, and RUN is a recording"),
        (["RUN", "--view", "compare"], "--view compare needs --with"),
        (["RUN", "--with", "stateless"], "compare it --with another recording"),
        (["RUN", "--with", "nowhere.npz"], "is no file and none of stateless"),
        (["RUN", "--with", "RUN", "--view", "cell"], "--with is for --view compare"),
        (["RUN", "--with", "RUN", "--signals", "ch"], "one of the --signals"),
        (["RUN", "--view", "cell", "--signals", "c"], "--signals are for"),
        (["RUN", "--view", "cell", "--units", "0,1"], "one of the --units"),
        (["RUN", "--step", "3"], "others take --steps"),
        (["RUN", "--view", "cell", "--step", "3", "--steps", "0:4"], "not both"),
        (["RUN", "--units", "0,1,2,3,4,5,6,7,8"], "more than 8 units"),
        (["RUN", "--batch-size", "2"], "--batch-size is for a model, and RUN is a recording"),
        (["RUN", "--example", "tagger"], "give a recording, a model or --example"),
        ([__file__], "is a model, and needs --data"),
        ([], "give a recording, a model or --example"),
    ],
)
def test_what_fits_no_view_is_refused_in_a_line(
    recording: Path, line: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line = [str(recording) if word == "RUN" else word for word in line]
    with pytest.raises(SystemExit) as ended:
        run(["render", *line, "--out", str(recording.with_suffix(".svg"))])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert words.replace("RUN", str(recording)) in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("line", [["--step", "12"], ["--steps", "3:13"], ["--unit", "3"]])
def test_a_cell_that_is_not_recorded_is_no_picture(
    qapp: QApplication, recording: Path, line: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    out = recording.with_suffix(".svg")
    assert run(["render", str(recording), "--view", "cell", *line, "--out", str(out)]) == 1
    assert capsys.readouterr().err.startswith(("Step 12 is not recorded", "There is no unit 3"))
    assert not out.exists()


def test_as_many_units_are_drawn_as_the_window_pins() -> None:
    assert MOST_UNITS == MOST_PINNED


def test_a_run_that_made_its_own_inputs_is_drawn_with_them(qapp: QApplication) -> None:
    seed = np.sin(np.arange(20) / 3).astype("float32")
    trace = generate(load_model(example("wave").model_path), seed[None, :, None], 30)
    picture = RunPicture(trace, next(iter(trace.layers)))
    picture.show(0, len(trace.plan))
    ((x, y),) = picture._plots.curves_of("x")
    picture.close()
    np.testing.assert_array_equal(x, np.arange(50))
    np.testing.assert_allclose(y, trace.sequence[0, :, 0])
