"""Arrays of the file → variables of the rebuilt layers; shapes first, numbers later.

A :class:`Piece` says which arrays make up one variable, and of which shape they will be. All pieces are
matched and compared before a single number is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from lstm_viz.loading.confine import RawModel
from lstm_viz.loading.migrate import Era
from lstm_viz.loading.naming import snake_case
from lstm_viz.loading.spec import ConfigError, LayerSpec, ModelSpec


@dataclass(frozen=True)
class Piece:
    """The arrays that make up one variable, how they are joined, and the shape that this gives."""

    names: tuple[str, ...]
    shape: tuple[int, ...]
    join: Callable[[list[np.ndarray]], np.ndarray] | None = None


Assignments = list[tuple[Any, Piece]]


def match_weights(model: ModelSpec, layers: dict[int, Any], raw: RawModel, era: Era) -> Assignments:
    """Find for every variable the arrays that fill it.

    Parameters
    ----------
    layers : dict
        ``id(spec)`` → Keras layer, as :class:`~lstm_viz.loading.build.BuiltModel` has it.

    Raises
    ------
    ConfigError
        Arrays are missing, left over, or of another shape than the configuration implies.
    """
    if raw.layout == "paths":
        from lstm_viz.loading.paths import match_paths

        return match_paths(model, layers, raw)
    return _Groups(model, layers, raw, era).match()


def check_shapes(assignments: Assignments, places: dict[int, str]) -> None:
    """Compare every variable's shape with that of its arrays."""
    for variable, piece in assignments:
        if tuple(variable.shape) != piece.shape:
            raise ConfigError(
                f"The configuration implies an array of shape {tuple(variable.shape)}, "
                f"the file holds {piece.shape} (“{piece.names[0]}”)",
                places.get(id(variable), variable.path),
            )


class _Groups:
    """HDF5 files: one list of arrays for each layer of the outermost model."""

    def __init__(self, model: ModelSpec, layers: dict[int, Any], raw: RawModel, era: Era) -> None:
        self.model = model
        self.layers = layers
        self.raw = raw
        self.era = era

    def match(self) -> Assignments:
        groups = {name: list(arrays) for name, arrays in self.raw.groups}
        groups.pop("top_level_model_weights", None)
        specs = [spec for spec in self.model.layers if spec.class_name != "InputLayer" and not spec.is_operation]
        by_name = {spec.saved_name: spec for spec in specs}
        filled = {name: arrays for name, arrays in groups.items() if arrays}
        if not set(filled) <= set(by_name):
            # Weights saved by another session of the same program: names count on, the order stays.
            weighted = [spec for spec in specs if spec.reason is not None or self._variables(spec)]
            if len(weighted) != len(filled):
                raise ConfigError(
                    f"The file holds weights for {len(filled)} layers, the configuration has {len(weighted)} with weights",
                    "model_weights",
                )
            filled = {spec.saved_name: arrays for spec, arrays in zip(weighted, filled.values(), strict=True)}
        result: Assignments = []
        for spec in specs:
            if spec.reason is None:
                result += self._layer(spec, filled.get(spec.saved_name, []))
        return result

    def _variables(self, spec: LayerSpec) -> list[Any]:
        layer = self.layers[id(spec)]
        return [*layer.trainable_weights, *layer.non_trainable_weights]

    def _layer(self, spec: LayerSpec, names: list[str]) -> Assignments:
        variables = self._variables(spec)
        pieces = [Piece((name,), self.raw.arrays[name][0]) for name in names]
        leaves = list(_leaves(spec, self.layers))
        if self.era.major < 3 and any(_old_form(leaf) for leaf, _ in leaves):
            from lstm_viz.loading.old_weights import regroup

            pieces = regroup(leaves, pieces, self.raw, self.era)
        if len(pieces) != len(variables):
            raise ConfigError(
                f"The configuration implies {len(variables)} arrays, the file holds {len(pieces)}", spec.place
            )
        return list(zip(variables, pieces, strict=True))


def _old_form(spec: LayerSpec) -> bool:
    return True


def _leaves(spec: LayerSpec, layers: dict[int, Any]) -> Iterator[tuple[LayerSpec, Any]]:
    """Yield the layers that hold weights themselves, in the order of the file."""
    layer = layers[id(spec)]
    if spec.model is not None:
        for inner in spec.model.layers:
            if not inner.is_operation:
                yield from _leaves(inner, layers)
    elif spec.class_name == "Bidirectional":
        yield spec.children["layer"], layer.forward_layer
        yield spec.children.get("backward_layer", spec.children["layer"]), layer.backward_layer
    elif spec.children:
        for child in spec.children.values():
            yield from _leaves(child, layers)
    else:
        yield spec, layer
