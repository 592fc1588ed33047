"""The commands that need no screen: record, export, render and compare, each as it is typed."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QApplication

from app import animation
from app.command_line import run
from app.compare_command import DIFFERENT
from app.console import ProgressBar
from app.theme import PRINT
from lstm_viz import LSTMLayer, Plan, ResetPoint, Resets, Trace, open_trace
from lstm_viz.examples import example
from lstm_viz.signals import SIGNALS
from lstm_viz.trace import OutputSpec

COMMANDS = ("info", "record", "export", "render", "compare")


def made_up(path: Path, seed: int = 0, units: int = 3) -> Path:
    """Save a small recording that no model made."""
    plan = Plan(4, 6, 2)
    trace = Trace(plan, [LSTMLayer("lstm", units, 1)], [6], [OutputSpec((2,), False)])
    rng = np.random.default_rng(seed)
    layer = trace.layers["lstm"]
    layer.write(0, rng.random((12, 2, 6, units)), np.ones((12, 2), bool))
    for batch in range(2):
        layer.write_initial(batch, np.zeros((2, 2, units)))
        trace.write_output(0, batch * 6, rng.random((2, 2)))
    trace.publish(12)
    trace.save(path)
    return path


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return made_up(tmp_path / "run.npz")


def modules_after(line: list[str]) -> set[str]:
    program = (
        "import sys, json\nfrom app.command_line import run\n"
        f"try:\n    run({line!r})\nexcept SystemExit:\n    pass\n"
        "sys.stdout.write('\\n' + json.dumps(sorted({m.partition('.')[0] for m in sys.modules})))"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(json.loads(told.stdout.splitlines()[-1]))


# -- help -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)], ids=" ".join)
def test_help_imports_nothing_that_is_slow(command: list[str]) -> None:
    slow = {"numpy", "PySide6", "pyqtgraph", "keras", "tensorflow", "h5py", "zarr", "xarray", "PIL"}
    found = modules_after([*command, "--help"])
    assert not found & slow


@pytest.mark.parametrize("command", COMMANDS)
def test_help_teaches_by_examples_and_says_the_exit_codes(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run([command, "--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert told.count(f"  lstm-viz {command} ") >= 2
    assert "Exit codes: 0 when" in told


def test_the_main_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(["--help"])
    told = capsys.readouterr().out
    assert all(f"lstm-viz {name} " in told for name in COMMANDS)


# -- record -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["npz", "zarr"])
def test_record_writes_what_the_library_records(
    tmp_path: Path, suffix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shown, out = example("next_value"), tmp_path / f"run.{suffix}"
    line = ["record", str(shown.model_path), "--data", str(shown.data_path), "--out", str(out), "--json"]
    line += ["--look-back", "3", "--scaling", "min-max", "--fit-on", "0.67"]
    line += ["--batch-size", "2", "--no-stateful", "--epochs", "2", "--reset", "each-epoch"]
    line += ["--steps", "200"]
    assert run(line) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["path"], told["steps"], told["layers"]) == (str(out), 200, {"lstm": 4})
    from lstm_viz import Dataset, load_model
    from lstm_viz.dataset import Shaping
    from lstm_viz.stepper import Stepper

    data = Dataset.from_file(shown.data_path, Shaping(look_back=3, scaling="min-max", fit_on=0.67))
    stepper = Stepper(load_model(shown.model_path), data, batch_size=2, epochs=2)
    stepper.run(200)
    found = open_trace(out)
    assert found.plan == stepper.plan
    for name in SIGNALS:
        np.testing.assert_allclose(
            found.layers["lstm"].signal(name), stepper.trace.layers["lstm"].signal(name), atol=1e-6
        )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (["--out", "a.npz"], "give a model or --example"),
        (["--example", "nothing", "--out", "a.npz"], "there is no example 'nothing'"),
        ([__file__, "--out", "a.npz"], "--data is needed"),
        (["nowhere.keras", "--data", __file__, "--out", "a.npz"], "no file nowhere.keras"),
        (["--example", "tagger", "--out", "nowhere/a.npz"], "no folder for nowhere/a.npz"),
        (["--example", "tagger"], "--out"),
    ],
)
def test_record_refuses_wrong_arguments(
    line: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(["record", *line])
    assert ended.value.code == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("as_json", [False, True], ids=["in words", "as JSON"])
def test_record_says_what_cannot_be_done(
    tmp_path: Path, as_json: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["record", "--example", "next_value", "--out", str(tmp_path / "run.xls")]
    assert run([*line, *["--json"] * as_json]) == 1
    told = capsys.readouterr()
    if as_json:
        assert "in what format" in json.loads(told.out)["error"]
    else:
        assert "in what format" in told.err
    assert not list(tmp_path.iterdir())


def test_record_refuses_a_batch_size_that_does_not_divide(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["record", "--example", "next_value", "--batch-size", "2", "--out", str(tmp_path / "run.npz")]
    assert run(line) == 1
    assert "141 samples cannot be cut into batches of 2" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


# -- export -----------------------------------------------------------------------------------------


def test_export_writes_the_part_that_is_asked_for(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "part.csv"
    assert run(["export", str(recording), str(out), "--signals", "fc", "--steps", "6:8"]) == 0
    assert capsys.readouterr().out == f"Written to {out}.\n"
    lines = out.read_text().splitlines()
    assert lines[0] == "layer,epoch,batch,row,sample,timestep,unit,computed,f,c"
    assert len(lines) == 1 + 2 * 2 * 3


def test_export_says_what_is_not_there(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(recording.with_suffix(".h5"))
    assert run(["export", str(recording), out, "--layers", "gru", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"] == "There is no layer 'gru'."


# -- render -----------------------------------------------------------------------------------------


def texts_of(path: Path) -> list[str]:
    return [
        "".join(element.itertext()) for element in ET.parse(path).iter("{http://www.w3.org/2000/svg}text")
    ]


def test_render_draws_an_svg_whose_text_is_text(qapp: QApplication, recording: Path, tmp_path: Path) -> None:
    out = tmp_path / "gates.svg"
    assert run(["render", str(recording), "--out", str(out)]) == 0
    texts = texts_of(out)
    assert "lstm · row 0 · steps 0 to 11" in texts
    assert {"forget", "cell", "batch"} <= {word for text in texts for word in text.split()}


@pytest.mark.parametrize("theme", ["print", "light", "dark"])
def test_render_draws_a_png_of_the_size_and_theme(
    qapp: QApplication, recording: Path, tmp_path: Path, theme: str
) -> None:
    out = tmp_path / "gates.png"
    line = ["render", str(recording), "--out", str(out), "--size", "400x300", "--scale", "1.5"]
    assert run([*line, "--theme", theme, "--signals", "f"]) == 0
    with Image.open(out) as picture:
        assert picture.size == (600, 450)
        corner = picture.getpixel((1, 448))
        assert (corner == (255, 255, 255)) == (theme == "print")
        assert (sum(corner) > 380) == (theme != "dark")
        assert len(set(picture.convert("RGB").get_flattened_data())) > 20


def test_render_draws_which_sample_hands_its_state_to_which(
    qapp: QApplication, recording: Path, tmp_path: Path
) -> None:
    out = tmp_path / "flow.svg"
    assert run(["render", str(recording), "--view", "state-flow", "--row", "1", "--out", str(out)]) == 0
    texts = texts_of(out)
    assert "lstm · row 1 · steps 0 to 11" in texts
    assert {"0", "1", "2", "3"} <= set(texts)  # the samples
    assert "row 1 enters, |c|" in texts
    assert not {"+", "−", "Interleave the samples"} & set(texts)  # nobody can click a picture


def test_render_draws_the_timeline(qapp: QApplication, recording: Path, tmp_path: Path) -> None:
    out = tmp_path / "line.png"
    assert run(["render", str(recording), "--view", "timeline", "--out", str(out)]) == 0
    with Image.open(out) as picture:
        assert picture.size == (1920, 180)
        assert len(set(picture.convert("RGB").get_flattened_data())) > 5


def test_render_draws_what_the_output_would_be_and_resets_put_by_hand(
    qapp: QApplication, tmp_path: Path
) -> None:
    plan = Plan(4, 6, 2, stateful=True, resets=Resets(at=(ResetPoint(0, 3, (0,)),)))
    trace = Trace(plan, [LSTMLayer("lstm", 3, 1)], [6], [OutputSpec((1,), False, endings=True)])
    trace.layers["lstm"].write(0, np.full((12, 2, 6, 3), 0.5, np.float32), np.ones((12, 2), bool))
    trace.write_endings(0, 0, np.full((2, 12, 1), 0.5))
    for batch in range(2):
        trace.layers["lstm"].write_initial(batch, np.zeros((2, 2, 3)))
        trace.write_output(0, batch * 6, np.full((2, 1), 0.5))
    trace.publish(12)
    trace.save(tmp_path / "run.npz")
    filled = []
    for row in ("0", "1"):
        out = tmp_path / f"row{row}.svg"
        assert run(["render", str(tmp_path / "run.npz"), "--row", row, "--out", str(out)]) == 0
        assert "if it ended here" in texts_of(out)
        filled.append(out.read_text().count(f'fill="{PRINT.reset}" fill-opacity="1"'))
    assert filled[0] > filled[1]  # row 1 is not reset there


@pytest.mark.parametrize("view", ["state-flow", "timeline"])
def test_render_animates_other_views(qapp: QApplication, recording: Path, tmp_path: Path, view: str) -> None:
    out = tmp_path / "run.gif"
    line = ["render", str(recording), "--view", view, "--out", str(out), "--steps", "3:9", "--every", "3"]
    assert run([*line, "--size", "420x320"]) == 0
    with Image.open(out) as film:
        assert film.n_frames == 2
        frames = []
        for number in range(2):
            film.seek(number)
            frames.append(np.asarray(film.convert("RGB")))
    assert (frames[0] != frames[1]).any()


@pytest.mark.parametrize("suffix", ["gif", "apng"])
@pytest.mark.parametrize("units", [[], ["--units", "0,2"]], ids=["gates", "units"])
def test_render_animates_a_range_of_steps(
    qapp: QApplication, recording: Path, tmp_path: Path, suffix: str, units: list[str]
) -> None:
    out = tmp_path / f"run.{suffix}"
    line = ["render", str(recording), "--out", str(out), "--steps", "2:8", "--every", "2", *units]
    assert run([*line, "--size", "420x320", "--fps", "4"]) == 0
    with Image.open(out) as film:
        assert (film.n_frames, film.size) == (3, (420, 320))
        frames = []
        for number in range(3):
            film.seek(number)
            assert film.info["duration"] == 250
            frames.append(np.asarray(film.convert("RGB")))
    assert all((one != other).any() for one, other in itertools.pairwise(frames))
    assert (frames[0] == 255).all(axis=2).sum() > 1000  # the white of a page stays white


def test_render_draws_the_input_and_the_target_of_data(qapp: QApplication, tmp_path: Path) -> None:
    shown = example("next_value")
    plan = Plan(141, 3, 1)
    trace = Trace(plan, [LSTMLayer("lstm", 2, 1)], [3], [OutputSpec((1,), False)])
    trace.layers["lstm"].write(0, np.zeros((6, 1, 6, 2)), np.ones((6, 1), bool))
    trace.layers["lstm"].write_initial(0, np.zeros((1, 2, 2)))
    trace.write_output(0, 0, np.zeros((1, 1)))
    trace.publish(6)
    trace.save(tmp_path / "run.npz")
    line = ["render", str(tmp_path / "run.npz"), "--out", str(tmp_path / "run.svg")]
    assert run([*line, "--data", str(shown.data_path), "--look-back", "3"]) == 0
    texts = texts_of(tmp_path / "run.svg")
    assert {"visitors", "target", "input"} <= set(texts)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (["--row", "2"], "There is no row 2."),
        (["--layer", "gru"], "There is no layer 'gru'."),
        (["--units", "3"], "There is no unit 3."),
        (["--steps", "0:99"], "Step 98 is not recorded."),
    ],
)
def test_render_says_what_is_not_there(
    qapp: QApplication, recording: Path, line: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = recording.with_suffix(".png")
    assert run(["render", str(recording), "--out", str(out), *line]) == 1
    assert words in capsys.readouterr().err
    assert not out.exists()


def test_an_animation_that_would_need_too_much_memory_is_refused(
    qapp: QApplication, recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["render", str(recording), "--out", str(recording.with_suffix(".gif"))]
    assert run([*line, "--size", "3000x2500", "--scale", "2.5"]) == 1
    assert "--every" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (["--out", "a.jpg"], "does not end with one of"),
        (["--out", "a.png", "--scale", "99"], "between 0.5 and 10"),
        (["--out", "a.png", "--size", "9000x10"], "at most 8000 pixels"),
        (["--out", "a.png", "--row", "-1"], "--row"),
        (["--out", "a.png", "--view", "units"], "--view units needs --units"),
        (["--out", "a.png", "--view", "timeline", "--units", "1"], "--units are for --view units and cell"),
    ],
)
def test_render_refuses_wrong_arguments(
    recording: Path, line: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(["render", str(recording), *line])
    assert ended.value.code == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("command", COMMANDS)
def test_wrong_arguments_are_told_in_a_line_and_for_machines(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for as_json in (False, True):
        with pytest.raises(SystemExit) as ended:
            run([command, "--what", *["--json"] * as_json])
        assert ended.value.code == 2
        said = capsys.readouterr()
        hint = f"See lstm-viz {command} --help."
        if as_json:
            found = json.loads(said.out)
            assert found["hint"] == hint
            assert found["error"]
            assert not said.err
        else:
            (line,) = said.err.splitlines()
            assert line.startswith(f"lstm-viz {command}: ")
            assert line.endswith(hint)


def test_an_mp4_without_ffmpeg_is_refused_before_anything_is_drawn(
    recording: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(animation.shutil, "which", lambda name: None)
    assert run(["render", str(recording), "--out", str(recording.with_suffix(".mp4"))]) == 1
    assert "Install ffmpeg" in capsys.readouterr().err


# -- compare ----------------------------------------------------------------------------------------


def test_compare_finds_a_recording_equal_to_itself(
    recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["compare", str(recording), str(recording)]) == 0
    assert "Nothing is further apart than 1e-06." in capsys.readouterr().out


def test_compare_says_how_far_apart_two_recordings_are_and_from_where_on(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = made_up(tmp_path / "other.npz", seed=1)
    assert run(["compare", str(recording), str(other), "--tolerance", "0.9", "--json"]) == DIFFERENT
    told = json.loads(capsys.readouterr().out)
    a, b = open_trace(recording).layers["lstm"], open_trace(other).layers["lstm"]
    for name, found in told["layers"][0]["signals"].items():
        apart = np.abs(a.signal(name) - b.signal(name))
        assert found["largest"] == pytest.approx(apart.max())
        assert found["mean"] == pytest.approx(apart.mean())
        assert found["compared"] == apart.size
        over = [
            (sample // 2, timestep, sample)
            for sample, timestep in np.argwhere((apart > 0.9).any(axis=2)).tolist()
        ]
        first = min(over, default=None)
        assert found["since"] == (
            first and {"epoch": 0, "sample": first[2], "timestep": first[1], "unit": None}
        )
    assert told["equal"] is False
    assert run(["compare", str(recording), str(other), "--tolerance", "1"]) == 0
    assert "never" in capsys.readouterr().out


def test_compare_refuses_recordings_of_layers_that_are_not_alike(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = made_up(tmp_path / "other.npz", units=5)
    assert run(["compare", str(recording), str(other)]) == 1
    assert "No layer of one recording" in capsys.readouterr().err


def test_compare_needs_data_for_a_model(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = str(example("next_value").model_path)
    with pytest.raises(SystemExit):
        run(["compare", str(recording), model])
    assert "needs --data" in capsys.readouterr().err


def test_compare_runs_models_on_the_same_data(capsys: pytest.CaptureFixture[str]) -> None:
    shown = example("next_value")
    model = str(shown.model_path)
    assert run(["compare", model, model, "--data", str(shown.data_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["equal"] is True
    assert told["outputs"][0]["compared"] > 100


# -- progress ---------------------------------------------------------------------------------------


class Terminal:
    def __init__(self) -> None:
        self.told = ""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> None:
        self.told += text

    def flush(self) -> None:
        pass


def test_a_terminal_sees_a_bar_that_is_taken_away_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    bar = ProgressBar()
    bar.tell("Opening run.npz")
    bar.tell("Writing", 1.0)
    assert "Opening run.npz" in terminal.told
    assert "█" * 24 + " 100%  Writing" in terminal.told
    bar.clear()
    assert terminal.told.rpartition("Writing")[2].strip("\r ") == ""


def test_a_pipe_sees_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    bar = ProgressBar()
    bar.tell("Opening run.npz")
    bar.tell("Writing", 0.5)
    bar.clear()
    assert capsys.readouterr() == ("", "")


# -- samples of different lengths -------------------------------------------------------------------


@pytest.mark.parametrize("words", [[], ["--padded"]], ids=["own lengths", "padded"])
def test_samples_of_different_lengths_are_recorded_as_is_asked_and_drawn(
    qapp: QApplication, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    out, picture = tmp_path / "run.npz", tmp_path / "gates.svg"
    with np.load(example("lengths").data_path) as arrays:
        lengths, longest = arrays["lengths"], arrays["x"].shape[1]
    line = ["record", "--example", "lengths", "--steps", "100", "--out", str(out), "--json", *words]
    assert run(line) == 0
    told = json.loads(capsys.readouterr().out)
    padded = bool(words)
    batch_size = told["batch_size"]
    assert told["steps_of_run"] == (longest * len(lengths) if padded else lengths.sum()) // batch_size
    plan = open_trace(out).plan
    assert plan.lengths == (None if padded else tuple(lengths))
    assert run(["render", str(out), "--out", str(picture)]) == 0
    assert "lstm · row 0 · steps 0 to 99" in texts_of(picture)
