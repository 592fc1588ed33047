from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from app.command_line import Options
from app.without_qt import picture, png, run_without_qt
from lstm_viz.examples import NAMES
from lstm_viz.layers import LSTMLayer
from lstm_viz.plan import Plan
from lstm_viz.trace import Trace


def pixels_of(content: bytes) -> np.ndarray:
    """Decode a PNG file of unfiltered RGB rows, and check every part of it."""
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    chunks, at = {}, 8
    while at < len(content):
        (length,) = struct.unpack_from(">I", content, at)
        name, body = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", content, at + 8 + length) == (zlib.crc32(name + body),)
        chunks[name] = body
        at += 12 + length
    assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
    width, height, depth, colour, *rest = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (depth, colour, rest) == (8, 2, [0, 0, 0])
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, 1 + 3 * width)
    assert (rows[:, 0] == 0).all()
    return rows[:, 1:].reshape(height, width, 3)


def test_a_png_holds_the_pixels() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    np.testing.assert_array_equal(pixels_of(png(pixels)), pixels)


def test_the_picture_is_the_six_signals_one_above_the_other() -> None:
    trace = Trace(Plan(2, 4), [LSTMLayer("lstm", 3, 1)], [4], [])
    signals = np.full((4, 1, 6, 3), 0.5, np.float32)
    signals[2, 0, 0] = 1.0  # the input gate of step 2
    trace.layers["lstm"].write(0, signals, np.ones((4, 1), bool))
    trace.publish(4)
    pixels = pixels_of(picture(trace.layers["lstm"]))
    cell = pixels.shape[1] // 4
    assert pixels.shape == ((6 * 3 + 5) * cell, 4 * cell, 3)
    np.testing.assert_array_equal(pixels[0, 2 * cell], [253, 231, 37])  # the top of the scale
    np.testing.assert_array_equal(pixels[0, 0], [33, 145, 140])  # its middle
    assert (pixels[3 * cell : 4 * cell] == 255).all()  # the gap between two signals


def test_an_example_is_recorded_reported_and_pictured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture_path = tmp_path / "picture.png"
    assert run_without_qt(Options(example="next_value", steps=9, screenshot=str(picture_path))) == 0
    said = capsys.readouterr().out
    assert "Recorded 9 of" in said
    assert "forget gate" in said
    assert str(picture_path) in said
    height, width, _ = pixels_of(picture_path.read_bytes()).shape
    assert (height, width) == ((6 * 4 + 5) * 6, 9 * 6)


def test_a_model_of_ones_own_runs_on_data_of_ones_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import keras

    model = keras.Sequential([keras.layers.Input((3, 1)), keras.layers.LSTM(2)])
    model.save(tmp_path / "own.keras")
    np.savez(tmp_path / "own.npz", x=np.zeros((4, 3, 1), np.float32))
    options = Options(model=str(tmp_path / "own.keras"), data=str(tmp_path / "own.npz"))
    assert run_without_qt(options) == 0
    assert "Recorded 12 of 12 steps: 4 samples × 3 timesteps, batch size 1" in capsys.readouterr().out


def test_a_model_runs_as_it_was_saved_and_without_data_on_random_numbers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import keras

    model = keras.Sequential([keras.layers.Input((3, 1), batch_size=4), keras.layers.LSTM(2, stateful=True)])
    model.save(tmp_path / "own.keras")
    assert run_without_qt(Options(model=str(tmp_path / "own.keras"))) == 0
    said = capsys.readouterr().out
    assert "Recorded 12 of 12 steps: 16 samples × 3 timesteps, batch size 4, state carried" in said


def test_nothing_is_left_on_the_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert run_without_qt(Options(steps=1)) == 0
    assert list((tmp_path / "lstm-viz").iterdir()) == []


def test_a_series_is_cut_as_the_model_needs_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import keras

    model = keras.Sequential([keras.layers.Input((3, 1)), keras.layers.LSTM(2)])
    model.save(tmp_path / "own.keras")
    (tmp_path / "own.csv").write_text("value\n" + "\n".join(map(str, range(10))) + "\n", encoding="utf-8")
    options = Options(model=str(tmp_path / "own.keras"), data=str(tmp_path / "own.csv"))
    code = run_without_qt(options)
    assert code == 0, capsys.readouterr().err
    assert "3 timesteps" in capsys.readouterr().out


def test_what_is_wrong_is_said_and_gives_another_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.keras"
    broken.write_bytes(b"this is no model")
    assert run_without_qt(Options(model=str(broken), data=str(broken))) == 1
    assert "broken.keras" in capsys.readouterr().err
    import keras

    model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1)])
    model.save(tmp_path / "plain.keras")
    assert run_without_qt(Options(model=str(tmp_path / "plain.keras"))) == 1
    assert "plain.keras has no LSTM layer" in capsys.readouterr().err
    assert run_without_qt(Options(example="nothing")) == 1
    assert NAMES[0] in capsys.readouterr().err


def test_an_svg_is_refused_before_anything_is_computed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "window.svg"
    assert run_without_qt(Options(example="next_value", steps=9, screenshot=str(out))) == 1
    assert "without them there are PNGs alone" in capsys.readouterr().err
    assert not out.exists()
