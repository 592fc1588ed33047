"""Opening a file from beginning to end."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from lstm_viz.errors import HalfModelError, LoadError
from lstm_viz.loading.build import BuiltModel, build_model, give_value, without_values
from lstm_viz.loading.config import model_spec
from lstm_viz.loading.confine import RawModel, open_confined
from lstm_viz.loading.loaded_model import LayerInfo, LoadedModel
from lstm_viz.loading.migrate import Era, era_of
from lstm_viz.loading.spec import ConfigError, LayerSpec, ModelSpec
from lstm_viz.loading.weights import Assignments, check_shapes, match_weights

# What a configuration that passed every check may still make Python or Keras raise.
_UNFORESEEN = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)

Progress = Callable[[str], None]


def load_model(
    path: str | os.PathLike[str],
    *,
    architecture: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> LoadedModel:
    """Open a saved Keras model of any age, without running any code from the file.

    Parameters
    ----------
    path : path
        ``.keras``, ``.h5``, ``.hdf5``, or a SavedModel folder or the ``saved_model.pb`` in it; told apart by
        content.
    architecture : path, optional
        JSON of ``model.to_json()``, for a file that holds weights only.
    progress : callable, optional
        Called with a short text before each stage.

    Returns
    -------
    LoadedModel

    Raises
    ------
    LoadError
        The file cannot be read or rebuilt; says where, and what to do.

    Examples
    --------
    >>> import lstm_viz
    >>> from lstm_viz.examples import example
    >>> model = lstm_viz.load_model(example("next_value").model_path)
    >>> [(layer.path, layer.units) for layer in model.lstm_layers]
    [('lstm', 4)]
    """
    report = progress or (lambda text: None)
    report("Reading the file")
    with open_confined(path) as raw:
        config, version = raw.config, raw.keras_version
        if raw.layout == "none":
            raise _needs(raw, "weights")
        if architecture is not None:
            config, version = _architecture(architecture, version)
        elif config is None:
            raise _needs(raw, "architecture")
        era = era_of(version, config)
        name = os.path.basename(raw.path)
        try:
            spec = model_spec(config, era)
            complete_input_shape(spec, raw)
            check_plausible(spec, raw)
            report("Building the model")
            with without_values():
                built = build_model(spec)
                assignments = match_weights(spec, built.layers, raw, era)
                check_shapes(assignments)
            report("Reading the weights")
            _fill(built, assignments, raw)
        except _UNFORESEEN as error:
            raise LoadError(
                f"“{name}” cannot be rebuilt: it is wrong in a way that was not foreseen.",
                "Please report this with the details.",
                f"file: {raw.path}\n{''.join(traceback.format_exception(error))}",
            ) from error
        except ConfigError as error:
            raise LoadError(
                f"“{name}” ({error.place or 'configuration'}): {error.message}.",
                "The file is damaged or was changed after Keras wrote it; save the model again.",
                _details(raw, error),
            ) from None
    loaded = _loaded(built, spec, raw, era, version)
    return replace(loaded, architecture=None if architecture is None else os.fspath(architecture))


def _details(raw: RawModel, error: ConfigError) -> str:
    lines = [
        f"file: {raw.path}",
        f"place: {error.place}",
        f"format: {raw.format}",
        str(error.__cause__ or ""),
    ]
    return "\n".join(lines).rstrip()


def _needs(raw: RawModel, what: str) -> HalfModelError:
    name = os.path.basename(raw.path)
    if what == "weights":
        return HalfModelError(
            f"“{name}” holds the architecture of a model, not its weights.",
            "Open the weights file and give this one as its architecture.",
            missing="weights",
        )
    return HalfModelError(
        f"“{name}” holds weights only, not the model that they belong to.",
        "Give the architecture too: the JSON that model.to_json() wrote.",
    )


def _architecture(path: str | os.PathLike[str], version: str | None) -> tuple[Any, str | None]:
    """Return the configuration in an architecture file (JSON, or a model), and its Keras version."""
    with open_confined(path) as raw:
        if raw.config is None:
            raise LoadError(
                f"“{os.path.basename(raw.path)}” holds no architecture.",
                "Give the JSON that model.to_json() wrote.",
            )
        config = raw.config
        found = config.get("keras_version") if isinstance(config, dict) else None
        return config, raw.keras_version or (found if isinstance(found, str) else version)


def complete_input_shape(model: ModelSpec, raw: RawModel) -> None:
    """Tell a Sequential model's input from its first array, when the file does not say it."""
    if not model.sequential or not model.layers:
        return
    first = model.layers[0]
    if first.batch_shape is not None or model.input_shape is not None or first.class_name == "InputLayer":
        return
    model.input_shape = _inner_shape(first)
    if model.input_shape is not None:
        return
    if first.class_name == "Embedding":
        model.input_shape = (None, None)
        return
    names = [n for _, group in raw.groups for n in group] or sorted(raw.arrays)
    if not names:
        return
    shape = raw.arrays[names[0]][0]
    if first.class_name in ("LSTM", "GRU", "SimpleRNN", "Bidirectional", "RNN", "TimeDistributed") and shape:
        model.input_shape = (None, None, shape[0])
    elif first.class_name == "Conv1D" and len(shape) == 3:
        model.input_shape = (None, None, shape[1])
    elif first.class_name == "Dense" and shape:
        model.input_shape = (None, shape[0])


def _inner_shape(spec: LayerSpec) -> tuple[int | None, ...] | None:
    """Return the input shape that a layer, or the first layer inside it, was given."""
    if spec.batch_shape is not None:
        return spec.batch_shape
    if spec.model is not None:
        if spec.model.input_shape is not None:
            return spec.model.input_shape
        by_name = {layer.saved_name: layer for layer in spec.model.layers}
        first = spec.model.layers[0] if spec.model.layers else None
        if spec.model.inputs:
            first = by_name.get(spec.model.inputs[0].layer)
        return _inner_shape(first) if first is not None else None
    if spec.class_name == "Bidirectional":
        return _inner_shape(spec.children["layer"])
    return None


def check_plausible(model: ModelSpec, raw: RawModel) -> None:
    """Refuse more layers with weights than the file has arrays, before time is spent on building them."""
    sized = ("units", "filters", "output_dim", "depth_multiplier", "num_heads")
    leaves = [layer for top in model.layers for layer, _ in top.walk() if layer.reason is None]
    weighted = sum(any(key in layer.arguments for key in sized) for layer in leaves)
    if weighted > max(len(raw.arrays), 50):
        raise ConfigError(
            f"The configuration has {weighted} layers with weights, the file holds {len(raw.arrays)} arrays",
            "weights",
        )


def _fill(built: BuiltModel, assignments: Assignments, raw: RawModel) -> None:
    """Read the numbers and give them to the variables."""
    values = raw.fetch([name for _, piece in assignments for name in piece.names])
    filled = set()
    for variable, piece in assignments:
        parts = [values.pop(name) for name in piece.names]  # let go, so that nothing is held twice
        value = parts[0] if piece.join is None else piece.join(parts)
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            raise ConfigError(
                "The weights hold NaN or infinity, so nothing can be computed; training diverged",
                piece.names[0],
            )
        give_value(variable, value)
        filled.add(id(variable))
    for variable in built.keras_model.variables:
        if id(variable) in filled or variable._value is not None:
            continue
        if "seed" not in variable.name:
            raise ConfigError("The file holds no array for a weight", variable.path)
        give_value(variable, np.zeros(tuple(variable.shape)))  # dropout's generator: idle at inference


def _loaded(built: BuiltModel, spec: ModelSpec, raw: RawModel, era: Era, version: str | None) -> LoadedModel:
    from lstm_viz.layers import find_lstm_layers

    specs = [layer for top in spec.layers for layer, _ in top.walk()]
    stateful = any(layer.stateful for layer in specs)
    written: tuple[str, ...] = ()
    if era.major < 3:
        writer = f"Keras {era.version}" if era.version else f"Keras {era.major}, to judge by its spelling"
        written = (f"Written by {writer}; rebuilt with the layers of Keras 3 and the same weights.",)
    dropped = [layer.saved_name for layer in specs if layer.details.get("dropout")]
    if dropped:
        era.note(f"{_listed(dropped)}: dropout inside the layer was left out; it acts in training only.")
    batch_size = next(
        (shape[0] for shape in (layer.batch_shape for layer in specs) if shape and shape[0] is not None), None
    )
    if era.old_hard_sigmoid:
        era.note(
            f"{_listed(era.old_hard_sigmoid)}: hard_sigmoid is computed as clip(0.2·x + 0.5, 0, 1), as the "
            "Keras that wrote this file did; Keras 3 means another formula by that name."
        )
    if stateful:
        era.note("The file says stateful=True. The state is kept by this program, so the batch size is free.")
    for layer in specs:
        if layer.reason is not None and not layer.reason.startswith("Its input comes from"):
            era.note(f"{layer.saved_name} cannot run. {layer.reason}")
    lstm_layers = find_lstm_layers(built.keras_model)
    return LoadedModel(
        keras_model=built.keras_model,
        lstm_layers=lstm_layers,
        notes=(*written, *era.notes),
        path=raw.path,
        format=raw.format,
        keras_version=version,
        layers=tuple(_infos(spec, built, {layer.path for layer in lstm_layers})),
        saved_stateful=stateful,
        saved_batch_size=batch_size,
    )


def _listed(names: list[str]) -> str:
    """Name layers in a sentence; not hundreds of them."""
    more = f" and {len(names) - 10:,} more" if len(names) > 10 else ""
    return ", ".join(names[:10]) + more


def _infos(model: ModelSpec, built: BuiltModel, paths: set[str]) -> list[LayerInfo]:
    return [info for top in model.layers for info in _layer_infos(top, built, paths, 0, "")]


def _layer_infos(
    spec: LayerSpec, built: BuiltModel, paths: set[str], depth: int, prefix: str
) -> list[LayerInfo]:
    layer = built.layers.get(id(spec))
    path = f"{prefix}{layer.name if layer is not None else spec.name}"
    own = LayerInfo(
        name=spec.saved_name,
        class_name=spec.saved_class,
        depth=depth,
        output_shape=_output_shape(spec, layer, built),
        parameters=layer.count_params() if layer is not None and layer.built else 0,
        path=path if path in paths else None,
        reason=spec.reason,
    )
    inside = f"{path}/" if spec.model is not None or spec.class_name in ("Bidirectional", "RNN") else prefix
    result = [own]
    if spec.class_name == "Bidirectional" and layer is not None:
        directions = (layer.forward_layer, layer.backward_layer)
        shape = own.output_shape
        return [own, *(_direction(child, shape, paths, depth + 1, inside) for child in directions)]
    for inner in [*spec.children.values(), *(spec.model.layers if spec.model is not None else ())]:
        result += _layer_infos(inner, built, paths, depth + 1, inside)
    return result


def _direction(
    layer: Any, both: tuple[int | None, ...] | None, paths: set[str], depth: int, prefix: str
) -> LayerInfo:
    """Describe one direction of a Bidirectional that gives that shape; older files name one of them only."""
    path = f"{prefix}{layer.name}"
    units = getattr(layer, "units", None)
    return LayerInfo(
        name=layer.name,
        class_name=type(layer).__name__,
        depth=depth,
        output_shape=None if both is None or units is None else (*both[:-1], units),
        parameters=layer.count_params(),
        path=path if path in paths else None,
    )


def _output_shape(spec: LayerSpec, layer: Any, built: BuiltModel) -> tuple[int | None, ...] | None:
    if id(spec) in built.output_shapes:
        return built.output_shapes[id(spec)]
    if layer is None or spec.reason is not None:
        return None
    try:
        output = layer.output
    except (AttributeError, ValueError):
        return None  # never called, or called more than once
    while isinstance(output, (list, tuple)) and output:
        output = output[0]
    return tuple(output.shape) if hasattr(output, "shape") else None
