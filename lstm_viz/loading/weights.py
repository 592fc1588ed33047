"""Arrays of the file → variables of the rebuilt layers; shapes first, numbers later.

A :class:`Piece` says which arrays make up one variable, and of which shape they will be. All pieces are
matched and compared before a single number is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lstm_viz.loading.confine import RawModel
from lstm_viz.loading.migrate import Era
from lstm_viz.loading.old_weights import Piece, convert, stored_counts
from lstm_viz.loading.spec import ConfigError, LayerSpec, ModelSpec

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


def check_shapes(assignments: Assignments) -> None:
    """Compare every variable's shape with that of its arrays, each of which fills one variable only."""
    used: set[str] = set()
    for variable, piece in assignments:
        if not used.isdisjoint(piece.names):
            raise ConfigError(f"Two weights are to be filled from “{piece.names[0]}”", variable.path)
        used.update(piece.names)
        if tuple(variable.shape) != piece.shape:
            raise ConfigError(
                f"The configuration implies an array of shape {tuple(variable.shape)}, "
                f"the file holds {piece.shape} (“{piece.names[0]}”)",
                variable.path,
            )


def is_built(spec: LayerSpec, layers: dict[int, Any]) -> bool:
    """Whether a layer is part of the rebuilt model, and so needs its weights."""
    layer = layers.get(id(spec))
    return layer is not None and (spec.reason is None or bool(layer.built))


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
        specs = [
            spec for spec in self.model.layers if spec.class_name != "InputLayer" and not spec.is_operation
        ]
        by_name = {spec.saved_name: spec for spec in specs}
        filled = {name: arrays for name, arrays in groups.items() if arrays}
        if not set(filled) <= set(by_name):
            # Weights saved by another run of a script: names count on, the order stays.
            weighted = [spec for spec in specs if not is_built(spec, self.layers) or self._variables(spec)]
            if len(weighted) != len(filled):
                raise ConfigError(
                    f"The file holds weights for {len(filled)} layers, "
                    f"the configuration has {len(weighted)} with weights",
                    "model_weights",
                )
            filled = {spec.saved_name: arrays for spec, arrays in zip(weighted, filled.values(), strict=True)}
        result: Assignments = []
        for spec in specs:
            if is_built(spec, self.layers):
                result += self._layer(spec, filled.get(spec.saved_name, []))
        return result

    def _variables(self, spec: LayerSpec) -> list[Any]:
        return list(self.layers[id(spec)].weights)

    def _layer(self, spec: LayerSpec, names: list[str]) -> Assignments:
        """Match one layer's arrays.

        Keras lists the trainable weights of all inner layers first, then the others.
        """
        leaves = list(_leaves(spec, self.layers))
        counts = [stored_counts(leaf, layer, self.era) for leaf, layer in leaves]
        expected = sum(map(sum, counts))
        if len(names) != expected:
            raise ConfigError(
                f"The configuration implies {expected} arrays, the file holds {len(names)}", spec.place
            )
        pieces = [Piece((name,), self.raw.arrays[name][0]) for name in names]
        if self.raw.layout == "checkpoint" and len(leaves) > 1:
            return self._leaf_by_leaf(leaves, counts, pieces)
        first_fixed = sum(trainable for trainable, _ in counts)
        trainable, fixed = iter(pieces[:first_fixed]), iter(pieces[first_fixed:])
        result: Assignments = []
        for (leaf, layer), (trainable_count, fixed_count) in zip(leaves, counts, strict=True):
            own = [next(trainable) for _ in range(trainable_count)] + [
                next(fixed) for _ in range(fixed_count)
            ]
            own = convert(leaf, own, self.era, self.raw.backend)
            result += _by_name([*layer.trainable_weights, *layer.non_trainable_weights], own, leaf.place)
        return result

    def _leaf_by_leaf(
        self, leaves: list[tuple[LayerSpec, Any]], counts: list[tuple[int, int]], pieces: list[Piece]
    ) -> Assignments:
        """Match the arrays of a checkpoint, where inner layers follow one another whole."""
        rest = iter(pieces)
        result: Assignments = []
        for (leaf, layer), (trainable, fixed) in zip(leaves, counts, strict=True):
            own = convert(leaf, [next(rest) for _ in range(trainable + fixed)], self.era, self.raw.backend)
            result += _by_name([*layer.trainable_weights, *layer.non_trainable_weights], own, leaf.place)
        return result


_KNOWN_NAMES = frozenset(
    "kernel recurrent_kernel bias gamma beta moving_mean moving_variance embeddings alpha depthwise_kernel "
    "pointwise_kernel".split()
)


def _by_name(variables: list[Any], pieces: list[Piece], place: str) -> Assignments:
    """Pair variables with pieces in order, unless the file's names say another order."""
    names = [_base_name(piece.names[0]) for piece in pieces]
    wanted = [variable.name for variable in variables]
    if names != wanted and set(names) <= _KNOWN_NAMES and set(wanted) <= _KNOWN_NAMES:
        if sorted(names) != sorted(wanted) or len(set(names)) != len(names):
            raise ConfigError(f"The file holds {', '.join(names)} where {', '.join(wanted)} belong", place)
        pieces = [pieces[names.index(name)] for name in wanted]
    return list(zip(variables, pieces, strict=True))


def _base_name(name: str) -> str:
    """``"lstm_1/lstm_1/kernel_1:0"`` → ``"kernel"``."""
    return re.sub(r"(_\d+)?(:\d+)?$", "", name.split("/")[-1])


def _leaves(spec: LayerSpec, layers: dict[int, Any]) -> Iterator[tuple[LayerSpec, Any]]:
    """Yield the layers that hold weights themselves, each once, in the order of the file."""
    seen: set[int] = set()
    for leaf, layer in _all_leaves(spec, layers):
        if id(layer) not in seen:
            seen.add(id(layer))
            yield leaf, layer


def _all_leaves(spec: LayerSpec, layers: dict[int, Any]) -> Iterator[tuple[LayerSpec, Any]]:
    layer = layers.get(id(spec))
    if spec.model is not None:
        for inner in spec.model.layers:
            if not inner.is_operation and inner.class_name != "InputLayer":
                yield from _all_leaves(inner, layers)
    elif spec.class_name == "Bidirectional":
        assert layer is not None
        yield spec.children["layer"], layer.forward_layer
        yield spec.children.get("backward_layer", spec.children["layer"]), layer.backward_layer
    elif spec.children:
        for child in spec.children.values():
            yield from _all_leaves(child, layers)
    elif layer is not None:
        yield spec, layer
