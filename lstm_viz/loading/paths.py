"""Weights by path: ``.keras`` archives and the ``.weights.h5`` of Keras 3.

Keras names a layer's group after its class and counts equal classes, whatever the layer is called:
``layers/lstm/cell/vars/0``, ``layers/lstm_1/cell/vars/0``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lstm_viz.loading.confine import RawModel
from lstm_viz.loading.naming import snake_case
from lstm_viz.loading.old_weights import Piece
from lstm_viz.loading.spec import ConfigError, LayerSpec, ModelSpec
from lstm_viz.loading.weights import Assignments, is_built

_ROOTS = ("layers", "_layer_checkpoint_dependencies")
# What else a layer keeps beside its weights.
_NOT_WEIGHTS = ("seed_generator", "_random_generator", "random_generator")


def match_paths(model: ModelSpec, layers: dict[int, Any], raw: RawModel) -> Assignments:
    """See :func:`lstm_viz.loading.weights.match_weights`."""
    expected = list(_model(model, layers, ""))
    assignments: Assignments = []
    used: set[str] = set()
    skipped: list[str] = []
    for paths, variables, place in expected:
        if variables is None:
            skipped += paths
            continue
        if not variables:
            continue
        prefix = next((p for p in paths if f"{p}/vars/0" in raw.arrays), None)
        if prefix is None:
            raise ConfigError(f"The file holds no weights at “{paths[0]}”", place)
        for number, variable in enumerate(variables):
            name = f"{prefix}/vars/{number}"
            if name not in raw.arrays:
                raise ConfigError(f"The array “{name}” is missing", place)
            used.add(name)
            assignments.append((variable, Piece((name,), raw.arrays[name][0])))
    for name in raw.arrays:
        if name in used or any(part in _NOT_WEIGHTS for part in name.split("/")):
            continue
        if name.split("/")[0] not in _ROOTS or any(name.startswith(path + "/") for path in skipped):
            continue
        raise ConfigError(
            f"The file holds an array “{name}” that no layer of the configuration has", "weights"
        )
    return assignments


Expected = tuple[list[str], list[Any] | None, str]


def _model(model: ModelSpec, layers: dict[int, Any], prefix: str) -> Iterator[Expected]:
    """Yield for each layer the paths that it may have, its variables (None: cannot run), and its place."""
    counts: dict[str, int] = {}
    doubled: dict[str, int] = {}
    for spec in model.layers:
        if spec.is_operation or (model.sequential and spec.class_name == "InputLayer"):
            continue
        name = snake_case(spec.saved_class)
        paths = [f"{prefix}layers/{_counted(name, counts)}"]
        # TensorFlow 2.12 and 2.13 listed a layer with weights twice, and counted it twice.
        first = _counted(name, doubled)
        if not is_built(spec, layers) or layers[id(spec)].weights:
            _counted(name, doubled)
        paths.append(f"{prefix}_layer_checkpoint_dependencies/{first}")
        yield from _layer(spec, layers, paths)


def _counted(name: str, counts: dict[str, int]) -> str:
    counts[name] = counts.get(name, -1) + 1
    return f"{name}_{counts[name]}" if counts[name] else name


def _layer(spec: LayerSpec, layers: dict[int, Any], paths: list[str]) -> Iterator[Expected]:
    if not is_built(spec, layers):
        yield paths, None, spec.place
    elif spec.model is not None:
        yield from _nested(spec, layers, paths)
    elif spec.class_name == "TimeDistributed":
        yield from _layer(spec.children["layer"], layers, [f"{path}/layer" for path in paths])
    else:
        yield from _object(layers[id(spec)], paths, spec.place)


def _nested(spec: LayerSpec, layers: dict[int, Any], paths: list[str]) -> Iterator[Expected]:
    assert spec.model is not None
    variants = [list(_model(spec.model, layers, f"{path}/")) for path in paths]
    for versions in zip(*variants, strict=True):
        yield [path for version in versions for path in version[0]], versions[0][1], versions[0][2]


def _object(layer: Any, paths: list[str], place: str) -> Iterator[Expected]:
    """Yield a Keras layer's own variables and those of the layers that it keeps as attributes."""
    yield paths, [*layer._trainable_variables, *layer._non_trainable_variables], place
    for attributes, inner in _inner(layer):
        yield from _object(
            inner, [f"{path}/{attribute}" for path in paths for attribute in attributes], place
        )


def _inner(layer: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the layers that a layer keeps, each with the names of its group in one version or another."""
    from keras import layers as classes

    if isinstance(layer, classes.Bidirectional):
        yield ("forward_layer",), layer.forward_layer
        yield ("backward_layer",), layer.backward_layer
    elif isinstance(layer, classes.StackedRNNCells):
        counts: dict[str, int] = {}
        for cell in layer.cells:
            yield (f"cells/{_counted(snake_case(type(cell).__name__), counts)}",), cell
    elif isinstance(layer, classes.MultiHeadAttention):
        for name in ("key_dense", "output_dense", "query_dense", "value_dense"):
            yield (name, f"_{name}"), getattr(layer, f"_{name}")
    elif hasattr(layer, "cell"):
        yield ("cell",), layer.cell
