"""``lstm-viz info FILE``: what a saved model is, without a window."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from app.arguments import CommandParser, command_parser
from app.console import say
from lstm_viz.errors import LstmVizError

if TYPE_CHECKING:
    from lstm_viz.loading import LoadedModel

_EPILOG = """\
examples:
  lstm-viz info model.keras
      its layers, and what there is to step
  lstm-viz info weights.h5 --architecture model.json --json
      weights that were saved alone, for machines

The file is read as data; no code in it is run.
Exit codes: 0 when it is done, 1 when it cannot be opened, 2 for wrong arguments."""


def run_info(argv: Sequence[str]) -> int:
    """Print what the file named by these arguments is; return the exit code."""
    options = _parser().parse_args(argv)
    from lstm_viz.loading import load_model

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    try:
        found = facts(load_model(options.file, architecture=options.architecture))
    except LstmVizError as error:
        if options.json:
            print(json.dumps({"path": options.file, "error": error.message, "hint": error.hint}, indent=2))
        else:
            print(error, file=sys.stderr)
        return 1
    say(json.dumps(found, indent=2) if options.json else in_words(found))
    return 0


def _parser() -> CommandParser:
    about = "Say what a saved Keras model is: format, version, layers, LSTM layers, notes, problems."
    parser = command_parser("info", "FILE", about, _EPILOG)
    parser.add_argument("file", metavar="FILE", help="a .keras or .h5 file, or a SavedModel folder")
    parser.add_argument(
        "--architecture", metavar="JSON", help="the text of model.to_json(), where FILE holds weights alone"
    )
    parser.add_argument("--json", action="store_true", help="give the result as JSON, for machines")
    return parser


def facts(model: LoadedModel) -> dict[str, Any]:
    """Return everything there is to say of a model, as plain JSON data."""
    from lstm_viz.stepwise import stepwise

    reason = stepwise(model.keras_model).reason
    return {
        "path": model.path,
        "format": model.format,
        "keras_version": model.keras_version,
        "saved_stateful": model.saved_stateful,
        "saved_batch_size": model.saved_batch_size,
        "layers": [asdict(layer) for layer in model.layers],
        "lstm_layers": [
            {**asdict(layer), "parameter_count": layer.parameter_count} for layer in model.lstm_layers
        ],
        "stepwise": not reason,
        "stepwise_reason": reason,
        "notes": list(model.notes),
        "problems": [f"{layer.name}: {layer.reason}" for layer in model.layers if layer.reason],
    }


def in_words(found: dict[str, Any]) -> str:
    """Write the facts for people."""
    version = found["keras_version"]
    saved = f", saved by Keras {version}" if version and version not in found["format"] else ""
    lines = [f"{found['path']}: {found['format']}{saved}"]
    if found["saved_stateful"]:
        size = found["saved_batch_size"]
        lines.append("Saved as stateful" + (f" with batch size {size}" if size else "") + ".")
    lines += ["", "Layers"]
    rows = [
        (f"{'  ' * layer['depth']}{layer['name']}", layer["class_name"], _shape(layer["output_shape"]), layer)
        for layer in found["layers"]
    ]
    widths = [max((len(row[k]) for row in rows), default=0) for k in range(3)]
    for name, kind, shape, layer in rows:
        parameters = f"{layer['parameters']:>10,}"
        why = f"  cannot run: {layer['reason']}" if layer["reason"] else ""
        lines.append(f"  {name:<{widths[0]}}  {kind:<{widths[1]}}  {shape:<{widths[2]}}  {parameters}{why}")
    lines += ["", "LSTM layers" if found["lstm_layers"] else "No LSTM layer: there is nothing to step."]
    lines += [f"  {_lstm_words(layer)}" for layer in found["lstm_layers"]]
    if found["lstm_layers"]:
        whole = f"each batch is computed as a whole: {found['stepwise_reason']}"
        lines.append(f"  {'fed one timestep at a time' if found['stepwise'] else whole}")
    for title, entries in (("Notes", found["notes"]), ("Problems", found["problems"])):
        if entries:
            lines += ["", title, *(f"  {entry}" for entry in entries)]
    return "\n".join(lines)


def _shape(shape: Sequence[int | None] | None) -> str:
    if shape is None:
        return "?"
    inner = ", ".join("any" if size is None else str(size) for size in shape[1:])
    return f"[batch, {inner}]" if inner else "[batch]"


def _lstm_words(fields: dict[str, Any]) -> str:
    from lstm_viz.dataset.fit import count
    from lstm_viz.layers import LSTMLayer

    layer = LSTMLayer(**{key: value for key, value in fields.items() if key != "parameter_count"})
    inside = f", inside {layer.parent}" if layer.parent else ""
    backwards = ", reads from the end" if layer.go_backwards else ""
    gives = "a value at every timestep" if layer.return_sequences else "its last value only"
    return (
        f"{layer.path}: {count(layer.units, 'unit')} on {count(layer.input_dim, 'feature')}, {gives}, "
        f"{layer.activation}/{layer.recurrent_activation}{inside}{backwards}, "
        f"{layer.parameter_count:,} parameters"
    )
