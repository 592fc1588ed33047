"""A file's configuration, as parsed JSON → :class:`~lstm_viz.loading.spec.ModelSpec`.

Nothing here imports Keras, and no value of the file is used before it is checked.
"""

from __future__ import annotations

import re
from typing import Any

from lstm_viz.loading import operations
from lstm_viz.loading.branches import as_graph, begins_with_merge
from lstm_viz.loading.calls import flat_refs, parse_calls, parse_refs
from lstm_viz.loading.catalogue import CATALOGUE, CELLS, MODELS, RECURRENT, check_arguments
from lstm_viz.loading.migrate import Era, migrate_layer, plain_class_name
from lstm_viz.loading.spec import CannotRun, ConfigError, LayerSpec, ModelSpec

MAX_LAYERS = 1_500
MAX_DEPTH = 12
MAX_CALLS = 5_000
_KERAS_PACKAGES = ("keras", "keras_core", "tf_keras", "tensorflow")
_FLOAT_TYPES = ("float16", "float32", "float64", "bfloat16", "mixed_float16", "mixed_bfloat16")
_INPUT_TYPES = (*_FLOAT_TYPES[:4], "int8", "int16", "int32", "int64", "uint8", "bool")


def model_spec(config: Any, era: Era) -> ModelSpec:
    """Check a whole configuration.

    Raises
    ------
    ConfigError
        It is not what any Keras writes.
    """
    return _Parser(era).root(_plain(config))


def _plain(value: Any) -> Any:
    """Write tuples and tensor shapes, which SavedModels wrap, as lists."""
    if isinstance(value, dict):
        if value.get("class_name") in ("__tuple__", "TensorShape") and isinstance(value.get("items"), list):
            return [_plain(item) for item in value["items"]]
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


class _Parser:
    """Walks the configuration; the state is the count of layers and the era with its notes."""

    def __init__(self, era: Era) -> None:
        self.era = era
        self.layer_count = 0

    def root(self, config: Any) -> ModelSpec:
        if isinstance(config, list):  # a Sequential of Keras 1, saved by to_json of some converters
            config = {"class_name": "Sequential", "config": config}
        raw = _dict(config, "the configuration")
        class_name = plain_class_name(raw.get("class_name"))
        if "class_name" not in raw:
            raise ConfigError("It has no class name, so it is not a Keras model")
        layer = self.layer(raw, "model", 0)
        if layer.model is None:
            if layer.reason is None:
                raise ConfigError(f"It is a single {class_name[:60]} layer, not a model")
            raise ConfigError(f"It is a {class_name[:60]}: {layer.reason}")
        calls = layer.call_count()
        if calls > MAX_CALLS:
            raise ConfigError(
                f"Running it takes {calls:,} calls of layers, those of nested models counted each time; "
                f"more than {MAX_CALLS:,} are not followed",
                "inbound_nodes",
            )
        return layer.model

    def layer(self, raw: Any, place: str, depth: int) -> LayerSpec:
        """Check one layer, wrapped layers and nested models included."""
        raw = _dict(raw, place)
        self.layer_count += 1
        if self.layer_count > MAX_LAYERS:
            raise ConfigError(f"It has more than {MAX_LAYERS:,} layers", place)
        if depth > MAX_DEPTH:
            raise ConfigError(f"Models are nested more than {MAX_DEPTH} deep", place)
        if not isinstance(raw.get("class_name"), str):
            raise ConfigError("A layer has no class name", place)
        saved_class = plain_class_name(raw["class_name"])[:200]
        config = raw.get("config")
        if saved_class == "Sequential" and isinstance(config, list):  # Keras 1 to 2.2.2
            config = {"name": raw.get("name", "sequential"), "layers": config}
        config = _dict(config if config is not None else {}, f"{place}.config")
        saved_name = config.get("name", raw.get("name", saved_class))
        if not isinstance(saved_name, str) or not saved_name or len(saved_name) > 300:
            raise ConfigError("A layer has no name", place)
        place = f"{place} “{saved_name[:60]}”"
        spec = LayerSpec(
            class_name=saved_class,
            name=self._keras3_name(saved_name),
            saved_class=saved_class,
            saved_name=raw["name"] if isinstance(raw.get("name"), str) else saved_name,
            place=place,
        )
        spec.batch_shape = self._batch_shape(raw, config, place)
        spec.input_dtype = _input_dtype(config)
        spec.stateful = config.get("stateful") in (True, 1)
        spec.details = {
            "consume_less": config.get("consume_less"),
            "dropout": bool(config.get("dropout") or config.get("recurrent_dropout"))
            or bool(config.get("dropout_W") or config.get("dropout_U")),
            "keras3": self.era.major == 3,
            "cudnn": saved_class.startswith("CuDNN"),
        }
        try:
            self._fill(spec, raw, config, place, depth)
        except CannotRun as reason:
            spec.reason = str(reason)
        return spec

    def _fill(
        self, spec: LayerSpec, raw: dict[str, Any], config: dict[str, Any], place: str, depth: int
    ) -> None:
        if operations.is_operation(spec.saved_class, raw.get("module"), config):
            spec.is_operation = True
            spec.details["function"] = operations.operation_name(spec.saved_class, config)
            spec.details["settings"] = {key: value for key, value in config.items() if key != "name"}
            return
        package, module = raw.get("registered_name"), raw.get("module")
        if isinstance(module, str) and module.split(".")[0] not in _KERAS_PACKAGES:
            raise CannotRun(f"It is a custom layer ({module[:80]}), whose code is not in the file.")
        if isinstance(package, str) and ">" in package and not package.startswith("Keras>"):
            raise CannotRun(f"It is a custom layer ({package[:80]}), whose code is not in the file.")
        class_name, config = migrate_layer(spec.saved_class, config, self.era)
        spec.class_name = class_name
        if class_name in MODELS and isinstance(config.get("layers"), list):
            if class_name == "Sequential" and begins_with_merge(config["layers"]):
                class_name = spec.class_name = "Functional"
                config = as_graph(config["layers"], spec.name)
            spec.model = self._model(class_name, config, raw, place, depth)
            return
        if class_name not in CATALOGUE:
            raise CannotRun(_why_not(class_name))
        spec.arguments, unknown = check_arguments(class_name, config, place)
        if unknown:
            self.era.note(f"{spec.saved_name}: {_left_out(unknown)}")
        dtype = _dtype(config, self.era)
        if dtype is not None and class_name != "InputLayer":
            spec.arguments["dtype"] = dtype
        if isinstance(config.get("trainable"), bool) and class_name != "InputLayer":
            spec.details["trainable"] = config["trainable"]
        if config.get("time_major") is True:
            spec.details["time_major"] = True
            self.era.note(
                f"{spec.saved_name}: time comes before the batch in it (time_major); turned around for it."
            )
        self._children(spec, config, place, depth)

    def _children(self, spec: LayerSpec, config: dict[str, Any], place: str, depth: int) -> None:
        if spec.class_name in ("Bidirectional", "TimeDistributed"):
            spec.children["layer"] = self._child(config.get("layer"), f"{place}.layer", depth)
            backward = config.get("backward_layer")
            if spec.class_name == "Bidirectional" and backward is not None:
                spec.children["backward_layer"] = self._child(backward, f"{place}.backward_layer", depth)
        elif spec.class_name == "RNN":
            cell = config.get("cell")
            if isinstance(cell, list):
                cell = {"class_name": "StackedRNNCells", "config": {"name": "stacked", "cells": cell}}
            spec.children["cell"] = self._child(cell, f"{place}.cell", depth, cells=True)
        elif spec.class_name == "StackedRNNCells":
            cells = config.get("cells")
            if not isinstance(cells, list) or not cells:
                raise ConfigError("It has no list of cells", place)
            for number, cell in enumerate(cells):
                key = f"cells.{number}"
                spec.children[key] = self._child(cell, f"{place}.cells[{number}]", depth, cells=True)
        if spec.class_name == "Bidirectional":
            for child in spec.children.values():
                if child.class_name not in RECURRENT and child.model is None:
                    raise ConfigError(f"A {child.class_name} has no direction to reverse", place)
        spec.stateful |= any(child.stateful for child in spec.children.values())

    def _child(self, raw: Any, place: str, depth: int, cells: bool = False) -> LayerSpec:
        child = self.layer(raw, place, depth + 1)
        if child.reason is not None:
            raise CannotRun(f"It holds {child.saved_class[:60]} “{child.saved_name[:60]}”. {child.reason}")
        is_cell = child.class_name in CELLS or child.class_name == "StackedRNNCells"
        if cells != is_cell:
            raise ConfigError(f"{child.class_name} cannot stand here", place)
        return child

    def _model(
        self, class_name: str, config: dict[str, Any], raw: dict[str, Any], place: str, depth: int
    ) -> ModelSpec:
        raw_layers = config["layers"]
        if len(raw_layers) > MAX_LAYERS:
            raise ConfigError(f"It has {len(raw_layers):,} layers", place)
        layers = [self.layer(item, f"layers[{n}]", depth + 1) for n, item in enumerate(raw_layers)]
        name = self._keras3_name(str(config.get("name", class_name.lower()))[:300])
        sequential = class_name == "Sequential"
        model = ModelSpec(name=name, sequential=sequential, layers=layers)
        build = raw.get("build_config")
        for value in (
            config.get("build_input_shape"),
            build.get("input_shape") if isinstance(build, dict) else None,
        ):
            if model.input_shape is None and isinstance(value, list) and value:
                model.input_shape = _shape(value, place)
        if sequential:
            return model
        names = [layer.saved_name for layer in layers]
        if len(set(names)) != len(names):
            raise ConfigError("Two layers have the same name", place)
        for layer, item in zip(layers, raw_layers, strict=True):
            layer.calls = parse_calls(item.get("inbound_nodes"), layer.place)
        inputs, outputs = (
            parse_refs(config.get("input_layers"), place),
            parse_refs(config.get("output_layers"), place),
        )
        model.inputs, model.outputs = flat_refs(inputs), outputs
        if not model.inputs or not flat_refs(outputs):
            raise ConfigError("It does not say its inputs or outputs", place)
        return model

    def _keras3_name(self, name: str) -> str:
        """Return a name that Keras 3 accepts: without slashes."""
        accepted = re.sub(r"[/\x00]", "_", name)
        if accepted != name:
            self.era.note(f"“{name}” is called “{accepted}” here, because Keras 3 allows no slash in a name.")
        return accepted

    def _batch_shape(
        self, raw: dict[str, Any], config: dict[str, Any], place: str
    ) -> tuple[int | None, ...] | None:
        for key in ("batch_shape", "batch_input_shape"):
            if config.get(key) is not None:
                return _shape(config[key], f"{place}.{key}")
        if self.era.major == 1 and isinstance(config.get("input_shape"), list):
            return (None, *_shape(config["input_shape"], place))
        return None


def _dict(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError("Something other than settings stands here", place)
    return value


def _shape(value: Any, place: str) -> tuple[int | None, ...]:
    if not isinstance(value, (list, tuple)) or len(value) > 10:
        raise ConfigError("This is not a shape", place)
    for item in value:
        if item is not None and (
            isinstance(item, bool) or not isinstance(item, int) or not 0 < item < 1 << 31
        ):
            raise ConfigError(f"{str(value)[:60]} is not a shape", place)
    return tuple(value)


def _dtype(config: dict[str, Any], era: Era) -> str | None:
    """Name of the dtype policy; integer types (of old Embedding layers) mean the input's."""
    value = config.get("dtype")
    if isinstance(value, dict):
        inner = value.get("config")
        value = inner.get("name") if isinstance(inner, dict) else None
    if value is None or value in _INPUT_TYPES[4:]:
        return None
    if value == "infer" or value == "_infer":
        return None
    if value not in _FLOAT_TYPES:
        raise CannotRun(f"Its number format “{str(value)[:60]}” is not one that this program runs.")
    return str(value)


def _input_dtype(config: dict[str, Any]) -> str | None:
    value = config.get("dtype", config.get("input_dtype"))
    return value if isinstance(value, str) and value in _INPUT_TYPES else None


def _left_out(settings: list[str]) -> str:
    """Say in one sentence that settings were left out, naming the first few."""
    names = ", ".join(f"“{key[:60]}”" for key in settings[:5])
    if len(settings) == 1:
        return f"the setting {names} is not known and was left out."
    more = " …" if len(settings) > 5 else ""
    return f"{len(settings):,} settings are not known and were left out: {names}{more}"


def _why_not(class_name: str) -> str:
    if class_name == "Lambda":
        return "It holds Python code of the file’s author, which is never run."
    if class_name == "TFSMLayer":
        return "It runs another saved model as a program, which is never done."
    if class_name in ("StringLookup", "IntegerLookup", "TextVectorization", "Hashing", "CategoryEncoding"):
        return "It prepares text outside the network and may read other files."
    return f"{class_name[:80]} is not a layer of Keras that this program knows."
