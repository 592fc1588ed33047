"""Which LSTM of a model reads what, starts from whose state, and feeds which output.

A model is followed tensor by tensor. For each one it is kept which LSTMs it was made of most recently, and
over which time axis it runs: that of an input, or one that a RepeatVector layer (or another that makes a
sequence out of a vector) began.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from lstm_viz.layers import RecurrentCall, graph_of, is_recurrent, lstm_calls, recurrent_calls
from lstm_viz.stepwise import takes_tokens


@dataclass(frozen=True)
class LayerWiring:
    """What one LSTM reads and starts from.

    Parameters
    ----------
    path : str
        As in :class:`lstm_viz.LSTMLayer`.
    axis : str
        Its time axis: ``"input 0"``, or the name of the layer that began it.
    reads : tuple of str
        The LSTMs that its sequence is made of, the nearest ones; empty where it is made of inputs alone.
    inputs : tuple of int
        The model inputs that it is made of without an LSTM between.
    repeats : bool
        Every timestep of its sequence is the same vector.
    starts_from : tuple of str or None
        The LSTMs that the model itself hands it a state of; empty where that comes from elsewhere in the
        model. None where nothing hands it a state: it then starts from zeros, or from the batch before.
    """

    path: str
    axis: str
    reads: tuple[str, ...] = ()
    inputs: tuple[int, ...] = ()
    repeats: bool = False
    starts_from: tuple[str, ...] | None = None


@dataclass(frozen=True)
class OutputWiring:
    """The LSTMs that a model output is made of, and its time axis; None where it has none."""

    made_of: tuple[str, ...]
    axis: str | None


@dataclass(frozen=True)
class Wiring:
    """How the LSTMs of a model hang together, in the order in which they run.

    Parameters
    ----------
    layers : tuple of LayerWiring
    outputs : tuple of OutputWiring
    """

    layers: tuple[LayerWiring, ...] = ()
    outputs: tuple[OutputWiring, ...] = ()


@dataclass(frozen=True)
class _Flow:
    """What is known of one tensor."""

    axis: str | None
    made_of: tuple[str, ...] = ()
    inputs: tuple[int, ...] = ()
    repeats: bool = False


def wiring(model: Any) -> Wiring:
    """Find out how the LSTMs of a Keras model hang together.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    Wiring
        Of a model that is not made of Functional or Sequential parts: empty.
    """
    graph = graph_of(model)
    if graph is None:
        return Wiring()
    walk = _Walk(recurrent_calls(model))
    given = [
        _Flow(
            f"input {k}" if len(tensor.shape) > 2 or takes_tokens(graph, tensor) else None,
            inputs=(k,),
        )
        for k, tensor in enumerate(graph.inputs)
    ]
    try:
        found = walk.follow(graph, given)
    except _CannotFollowError:
        return Wiring()
    return Wiring(tuple(walk.layers), tuple(OutputWiring(flow.made_of, flow.axis) for flow in found))


class _CannotFollowError(Exception):
    """A part of the model is not made of layers that can be looked at one by one."""


class _Walk:
    """Goes through a model once, in the order in which :func:`recurrent_calls` lists its calls."""

    def __init__(self, calls: list[RecurrentCall]) -> None:
        self._calls: Iterator[RecurrentCall] = iter(calls)
        self.layers: list[LayerWiring] = []

    def follow(self, graph: Any, given: list[_Flow]) -> list[_Flow]:
        """Return what is known of a graph's outputs, given what is known of its inputs."""
        known = {id(tensor): flow for tensor, flow in zip(graph.inputs, given, strict=True)}
        for depth in sorted(graph._nodes_by_depth, reverse=True):
            for node in graph._nodes_by_depth[depth]:
                if node.is_input:
                    continue
                masks = {id(tensor) for tensor in _flat(node.arguments.kwargs.get("mask"))}
                tensors = [t for t in node.arguments.keras_tensors if id(t) not in masks]
                after = self._after(node.operation, [known[id(t)] for t in tensors], node.outputs)
                known.update((id(t), flow) for t, flow in zip(node.outputs, after, strict=True))
        return [known[id(tensor)] for tensor in graph.outputs]

    def _after(self, layer: Any, given: list[_Flow], outputs: list[Any]) -> list[_Flow]:
        import keras

        if isinstance(layer, keras.Model):
            graph = graph_of(layer)
            if graph is None:
                raise _CannotFollowError
            return self.follow(graph, given)
        if isinstance(layer, keras.layers.Bidirectional):
            return self._after_both(layer, given, outputs)
        if is_recurrent(layer):
            return self._after_rnn(layer, given[0], given[1:], len(outputs))
        return [self._after_other(layer, given, tensor) for tensor in outputs]

    def _after_both(self, layer: Any, given: list[_Flow], outputs: list[Any]) -> list[_Flow]:
        """Return what is known behind Bidirectional: each half has half of the states that are handed."""
        halves = layer.forward_layer, layer.backward_layer
        if not all(map(is_recurrent, halves)):
            return [self._after_other(layer, given, tensor) for tensor in outputs]
        sequence, states = given[0], given[1:]
        half = len(states) // 2
        own = [
            self._after_rnn(part, sequence, some, 1)[0]
            for part, some in zip(halves, (states[:half], states[half:]), strict=True)
        ]
        merged = _Flow(own[0].axis, *_union(own))
        return [merged if k == 0 else replace(merged, axis=None) for k in range(len(outputs))]

    def _after_rnn(self, rnn: Any, sequence: _Flow, states: list[_Flow], outputs: int) -> list[_Flow]:
        made_of, inputs = sequence.made_of, sequence.inputs
        axis = sequence.axis or rnn.name  # an axis nobody told of is its own
        starts = tuple(_unique(path for state in states for path in state.made_of)) if states else None
        repeats = sequence.repeats
        for call in lstm_calls([next(self._calls)]):
            path = call.layer.path
            self.layers.append(LayerWiring(path, axis, made_of, inputs, repeats, starts))
            made_of, inputs, repeats = (path,), (), False  # what a cell above it in the same layer reads
        first = _Flow(axis if rnn.return_sequences else None, made_of, inputs)
        return [first, *[replace(first, axis=None)] * (outputs - 1)]

    @staticmethod
    def _after_other(layer: Any, given: list[_Flow], tensor: Any) -> _Flow:
        made_of, inputs = _union(given)
        if len(tensor.shape) < 3:
            return _Flow(None, made_of, inputs)
        along_time = [flow for flow in given if flow.axis is not None]
        if along_time:
            repeats = all(flow.repeats for flow in along_time)
            return _Flow(along_time[0].axis, made_of, inputs, repeats)
        return _Flow(layer.name, made_of, inputs, type(layer).__name__ == "RepeatVector")


def _union(flows: Iterable[_Flow]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    flows = list(flows)
    paths = _unique(path for flow in flows for path in flow.made_of)
    return tuple(paths), tuple(_unique(k for flow in flows for k in flow.inputs))


def _unique(values: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(values))


def _flat(structure: Any) -> list[Any]:
    import keras

    return [] if structure is None else list(keras.tree.flatten(structure))
