"""The main job where not even a picture of a window can be drawn: run, report, save plain heatmaps."""

from __future__ import annotations

import struct
import sys
import zlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

import lstm_viz
from app.report import report_words
from lstm_viz.dataset import Shaping
from lstm_viz.errors import DataError
from lstm_viz.examples import EXAMPLES, example
from lstm_viz.signals import SIGNALS
from lstm_viz.stepper import probe_of

if TYPE_CHECKING:
    from app.command_line import Options
    from lstm_viz.probe import Probe

_CELL = 6  # pixels of one value
_LOW, _MIDDLE, _HIGH = np.array([[68, 1, 84], [33, 145, 140], [253, 231, 37]], float)


def run_without_qt(options: Options) -> int:
    """Record what the options name, print it, and save its signals as a picture; return the exit code."""
    try:
        trace = _record(options)
    except lstm_viz.LstmVizError as error:
        print(error, file=sys.stderr)
        return 1
    print(report_words(trace))
    if options.screenshot is not None and trace.layers:
        Path(options.screenshot).write_bytes(picture(next(iter(trace.layers.values()))))
        print(f"Picture of the six signals, one above the other: {options.screenshot}")
    return 0


def _record(options: Options) -> lstm_viz.Trace:
    if options.model is not None:
        if options.data is None:
            raise lstm_viz.LstmVizError("There are no data to run the model on.", "Give them with --data.")
        model = lstm_viz.load_model(options.model, architecture=options.architecture)
        probe = probe_of(model)
        data = _fitting(probe, lstm_viz.Dataset.from_file(options.data, missing=options.missing))
        stepper = lstm_viz.Stepper(model, data, probe=probe)
    else:
        chosen = example(options.example) if options.example else EXAMPLES[0]
        model = lstm_viz.load_model(chosen.model_path)
        data = lstm_viz.Dataset.from_file(
            options.data or chosen.data_path, Shaping(**chosen.shaping), missing=options.missing
        )
        stepper = lstm_viz.Stepper(
            model,
            data,
            batch_size=chosen.batch_size,
            stateful=chosen.stateful,
            resets=replace(lstm_viz.Resets(), **chosen.resets),
            epochs=chosen.epochs,
        )
    stepper.run(options.steps)
    return stepper.trace


def _fitting(probe: Probe, data: lstm_viz.Dataset) -> lstm_viz.Dataset:
    """Return the data, cut as the model needs them where nobody said how."""
    wants = probe.input_shapes, probe.input_names, probe.token_inputs
    try:
        data.check(*wants)
    except DataError:
        better = data.suggest(*wants)
        if better is None:
            raise
        return data.reshaped(better)
    return data


def picture(layer: lstm_viz.LayerTrace) -> bytes:
    """Return the first row's six signals, units × timesteps, as the bytes of a PNG file."""
    values = layer.window(0, 0, layer.count, 240).values
    bands = [_coloured(values[k], SIGNALS[k] in "gch") for k in range(len(SIGNALS))]
    gap = np.full((_CELL, bands[0].shape[1], 3), 255, np.uint8)
    return png(np.concatenate([part for band in bands for part in (band, gap)][:-1]))


def _coloured(values: NDArray[np.float32], around_zero: bool) -> NDArray[np.uint8]:
    largest = float(np.nanmax(np.abs(values), initial=1e-9))
    share = (values / largest + 1) / 2 if around_zero else values
    share = np.clip(np.nan_to_num(share), 0, 1)[..., None]
    colours = np.where(
        share < 0.5, _LOW + 2 * share * (_MIDDLE - _LOW), 2 * _MIDDLE - _HIGH + 2 * share * (_HIGH - _MIDDLE)
    )
    return colours.astype(np.uint8).repeat(_CELL, 0).repeat(_CELL, 1)


def png(pixels: NDArray[np.uint8]) -> bytes:
    """Return RGB pixels, shape (height, width, 3), as the bytes of a PNG file."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
