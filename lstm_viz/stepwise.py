"""Whether a model can be fed one timestep at a time.

It can when nothing but its LSTM layers connects one timestep with another. A convolution, a flatten,
attention, or an LSTM that reads backwards needs the whole sequence first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from lstm_viz.layers import cells_of, graph_of, is_cell, is_recurrent

# A tensor with the input's time axis, or one without (anything about the sequence so far).
Kind = Literal["time", "vector"]
_VECTOR: Kind = "vector"

# Layers that treat each timestep alone, whatever their arguments.
_ALONE = frozenset(
    "Dense Dropout SpatialDropout1D GaussianNoise GaussianDropout AlphaDropout Masking Activation ReLU "
    "LeakyReLU ELU Identity ActivityRegularization Embedding Add Subtract Multiply Average Maximum Minimum "
    "NotEqual LogicalAnd Cast".split()  # the last ones make masks
)
_ALONE_ON_LAST_AXIS = frozenset(
    "Softmax LayerNormalization BatchNormalization RMSNormalization UnitNormalization Concatenate Any".split()
)


@dataclass(frozen=True)
class Stepwise:
    """Whether a model can be fed one timestep at a time, and how its inputs and outputs lie in time.

    Parameters
    ----------
    reason : str
        Why not, in words; empty when it can.
    inputs, outputs : tuple of {"time", "vector"}
        Known only when it can.
    """

    reason: str
    inputs: tuple[Kind, ...] = ()
    outputs: tuple[Kind, ...] = ()

    def __bool__(self) -> bool:
        return not self.reason


class _MixesTimeError(Exception):
    """Raised inside the walk, with the reason."""


def stepwise(model: Any) -> Stepwise:
    """Find out whether a Keras model can be fed one timestep at a time."""
    graph = graph_of(model)
    if graph is None:
        return Stepwise("the model is not made of layers that can be looked at one by one")
    inputs = tuple(_input_kind(graph, tensor) for tensor in graph.inputs)
    if "time" not in inputs:
        return Stepwise("no input of the model has a time axis")
    try:
        outputs = _follow(graph, inputs)
    except _MixesTimeError as reason:
        return Stepwise(str(reason))
    return Stepwise("", inputs, outputs)


def takes_tokens(model: Any, tensor: Any) -> bool:
    """Whether an input of a model, shape (samples, timesteps), is a sequence of tokens."""
    graph = graph_of(model)
    if graph is None or len(tensor.shape) != 2:
        return False
    users = [
        node.operation
        for nodes in graph._nodes_by_depth.values()
        for node in nodes
        if any(given is tensor for given in node.arguments.keras_tensors) and not node.is_input
    ]
    return bool(users) and all(_reads_tokens(user) for user in users)


def _reads_tokens(layer: Any) -> bool:
    """Whether a layer reads whole numbers; a nested model does when its first input does."""
    graph = graph_of(layer)
    if graph is not None:
        return takes_tokens(layer, graph.inputs[0])
    return type(layer).__name__ in ("Embedding", "NotEqual")


def _input_kind(graph: Any, tensor: Any) -> Kind:
    return "time" if len(tensor.shape) > 2 or takes_tokens(graph, tensor) else "vector"


def _follow(graph: Any, inputs: tuple[Kind, ...]) -> tuple[Kind, ...]:
    """Return the kinds of a graph's outputs, given those of its inputs."""
    kinds = {id(tensor): kind for tensor, kind in zip(graph.inputs, inputs, strict=True)}
    for depth in sorted(graph._nodes_by_depth, reverse=True):
        for node in graph._nodes_by_depth[depth]:
            if node.is_input:
                continue
            masks = {id(t) for t in _flat(node.arguments.kwargs.get("mask"))}
            given = [t for t in node.arguments.keras_tensors if id(t) not in masks]
            if any(kinds[mask] == _VECTOR for mask in masks if mask in kinds):
                raise _MixesTimeError(f"{node.operation.name!r} takes its mask from outside the sequence")
            answers = _kinds_after(node.operation, tuple(kinds[id(t)] for t in given), given, node.outputs)
            kinds.update((id(t), kind) for t, kind in zip(node.outputs, answers, strict=True))
    return tuple(kinds[id(tensor)] for tensor in graph.outputs)


def _flat(structure: Any) -> list[Any]:
    import keras

    return [] if structure is None else list(keras.tree.flatten(structure))


def _kinds_after(layer: Any, given: tuple[Kind, ...], tensors: Any, outputs: Any) -> tuple[Kind, ...]:
    """Return the kinds of what a layer gives, or raise with the reason why it mixes timesteps."""
    import keras

    name = type(layer).__name__
    if isinstance(layer, keras.layers.RNN):
        return _kinds_after_rnn(layer, given, len(outputs))
    graph = graph_of(layer) if isinstance(layer, keras.Model) else None
    if graph is not None:
        return _follow(graph, given)
    if "time" not in given and not isinstance(layer, keras.layers.Bidirectional):
        return tuple(_VECTOR for _ in outputs)
    if len(set(given)) > 1 or len({len(t.shape) for t in tensors}) > 1:
        raise _MixesTimeError(f"{name} {layer.name!r} joins a sequence with something that is not one")
    alone = name in _ALONE or (name in _ALONE_ON_LAST_AXIS and _on_last_axis(layer, len(tensors[0].shape)))
    if name == "TimeDistributed":
        alone = treats_timesteps_alone(layer.layer)
    if not alone:
        raise _MixesTimeError(f"{name} {layer.name!r} looks at several timesteps at once")
    return (given[0],) * len(outputs)


def treats_timesteps_alone(inner: Any) -> bool:
    """Whether a layer inside TimeDistributed is a plain one that may see all timesteps as rows at once."""
    import keras

    return not isinstance(inner, (keras.layers.RNN, keras.layers.Wrapper, keras.Model))


def _kinds_after_rnn(layer: Any, given: tuple[Kind, ...], outputs: int) -> tuple[Kind, ...]:
    if not is_recurrent(layer):
        raise _MixesTimeError(f"{type(layer).__name__} {layer.name!r} runs over time in a way of its own")
    if not all(is_cell(cell, "LSTMCell") for cell in cells_of(layer)):
        raise _MixesTimeError(f"{type(layer).__name__} {layer.name!r} keeps a state of its own")
    if layer.go_backwards:
        raise _MixesTimeError(f"{layer.name!r} reads the sequence from its end")
    if len(given) > 1:
        raise _MixesTimeError(f"{layer.name!r} is handed its state by another layer")
    if given[0] != "time":
        raise _MixesTimeError(f"{layer.name!r} runs over a time axis of its own")
    first: Kind = "time" if layer.return_sequences else "vector"
    rest = (_VECTOR,) * (outputs - 1)
    return (first, *rest)


def _on_last_axis(layer: Any, rank: int) -> bool:
    axis = layer.axis
    axes = list(axis) if isinstance(axis, (list, tuple)) else [axis]
    return all(a in (-1, rank - 1) for a in axes)
