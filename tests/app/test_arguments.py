"""What the arguments that several commands share mean."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import get_args

import h5py
import numpy as np
import pytest

from app import arguments
from app.arguments import (
    add_data_arguments,
    add_run_arguments,
    names_recording,
    pixels,
    settings_of,
    shaping_of,
    signals,
    step_range,
)
from app.run_plan import RunSettings
from lstm_viz.dataset import Missing, Shaping, shaping
from lstm_viz.layers import LSTMLayer
from lstm_viz.plan import Plan, ResetPoint, Resets
from lstm_viz.signals import SIGNALS
from lstm_viz.trace import Trace


@pytest.fixture
def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser()
    add_data_arguments(made)
    add_run_arguments(made)
    return made


def test_the_choices_are_those_of_the_library() -> None:
    assert get_args(Missing) == arguments.MISSING
    assert get_args(shaping.PastAs) == arguments.PAST_AS
    assert get_args(shaping.TargetIs) == arguments.TARGET_IS
    assert get_args(shaping.ScalingKind) == arguments.SCALING
    assert arguments.SIGNALS == SIGNALS


def test_every_choice_of_a_shaping_can_be_said(parser: argparse.ArgumentParser) -> None:
    line = "--data d.csv --look-back 12 --stride 2 --past-as features --columns a,b --target c"
    line += " --target-is last --scaling standard --fit-on 0.7 --sequence-column who"
    assert shaping_of(parser, parser.parse_args(line.split())) == Shaping(
        look_back=12,
        stride=2,
        past_as="features",
        columns=("a", "b"),
        target="c",
        target_is="last",
        scaling="standard",
        fit_on=0.7,
        sequence_column="who",
    )
    tokens = parser.parse_args(["--data", "d.csv", "--tokens", "--columns", "word"])
    assert shaping_of(parser, tokens) == Shaping(columns=("word",), tokens=True)


def test_without_a_word_about_them_the_model_decides_how_data_are_cut(
    parser: argparse.ArgumentParser,
) -> None:
    assert shaping_of(parser, parser.parse_args(["--data", "d.csv"])) is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--look-back 3", "--look-back needs --data"),
        ("--data d.csv --fit-on 2", "share of 2.0"),
        ("--data d.csv --columns a,a", "chosen twice"),
        ("--look-back 0", "1 or more"),
        ("--look-back x", "not a whole number"),
        ("--reset sometimes", "none of each-batch"),
        ("--reset each-batch=3", "none of each-batch"),
        ("--reset every=0", "none of each-batch"),
        ("--reset at=3", "none of each-batch"),
        ("--reset at=3:1:x", "none of each-batch"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    parser: argparse.ArgumentParser, line: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        shaping_of(parser, parser.parse_args(line.split()))
    assert ended.value.code == 2
    assert words in capsys.readouterr().err


def test_settings_are_the_usual_ones_but_for_what_is_said(parser: argparse.ArgumentParser) -> None:
    usual = RunSettings(batch_size=4, stateful=True, epochs=2)
    assert settings_of(parser, parser.parse_args([]), usual) == usual
    line = ["--batch-size", "8", "--no-stateful", "--epochs", "3", "--interleave", "--drop-remainder"]
    assert settings_of(parser, parser.parse_args(line), usual) == RunSettings(
        batch_size=8, stateful=False, epochs=3, interleaved=True, drop_remainder=True
    )
    padded = settings_of(parser, parser.parse_args(["--padded"]), usual)
    assert padded == replace(usual, padded=True)
    assert settings_of(parser, parser.parse_args(["--no-padded"]), padded) == usual


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("--reset never", Resets(each_epoch=False)),
        ("--reset each-batch", Resets(each_batch=True, each_epoch=False)),
        ("--reset each-epoch --reset every=24", Resets(each_epoch=True, every=24)),
        (
            "--reset at=2:5 --reset at=3:0:0+2",
            Resets(each_epoch=False, at=(ResetPoint(2, 5), ResetPoint(3, 0, (0, 2)))),
        ),
    ],
)
def test_rules_of_resetting_add_up_and_replace_the_usual_one(
    parser: argparse.ArgumentParser, line: str, wanted: Resets
) -> None:
    assert settings_of(parser, parser.parse_args(line.split()), RunSettings()).resets == wanted


def test_never_stands_alone(parser: argparse.ArgumentParser, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        settings_of(parser, parser.parse_args(["--reset", "never", "--reset", "every=3"]), RunSettings())
    assert "never stands alone" in capsys.readouterr().err


def test_sizes_ranges_and_letters_are_read() -> None:
    assert pixels("640X480") == (640, 480)
    assert step_range("0:10") == (0, 10)
    assert signals("f,c") == signals("fc") == ("f", "c")


@pytest.mark.parametrize(
    ("read", "text"),
    [(pixels, "640"), (pixels, "0x5"), (step_range, "5:5"), (step_range, "5"), (signals, "z"), (signals, "")],
)
def test_what_is_no_size_range_or_letter_is_refused(read: object, text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is not"):
        read(text)


def test_a_recording_is_told_from_a_model_before_it_is_read(tmp_path: Path) -> None:
    trace = Trace(Plan(2, 3), [LSTMLayer("lstm", 2, 1)], [3], [])
    trace.layers["lstm"].write(0, np.zeros((6, 1, 6, 2), "f4"), np.ones((6, 1), bool))
    trace.publish(6)
    trace.save(tmp_path / "saved.npz")
    trace.export(tmp_path / "exported.h5")
    (tmp_path / "damaged.npz").write_bytes(b"no archive")
    (tmp_path / "damaged.h5").write_bytes(b"no HDF5")
    with h5py.File(tmp_path / "model.h5", "w") as file:
        file.attrs["keras_version"] = "2.0"
    (tmp_path / "saved_model").mkdir()
    (tmp_path / "model.keras").write_bytes(b"")
    found = {path.name for path in tmp_path.iterdir() if names_recording(str(path))}
    assert found == {"saved.npz", "exported.h5", "damaged.npz"}
    assert names_recording(str(tmp_path / "missing.npz"))
    assert not names_recording(str(tmp_path / "missing.h5"))
