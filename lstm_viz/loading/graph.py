"""Running the calls of a functional model on Keras tensors."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import Any, Protocol

from lstm_viz.loading.operations import run_operation
from lstm_viz.loading.spec import Call, CannotRun, ConfigError, LayerSpec, ModelSpec, TensorRef, at_place

_CALL_ARGUMENTS = frozenset(
    "initial_state mask value key query attention_mask use_causal_mask query_mask value_mask key_mask".split()
)


class LayerMaker(Protocol):
    """What builds the layers that are called; it keeps the shape of each one's output."""

    output_shapes: dict[int, tuple[int | None, ...]]

    def layer(self, spec: LayerSpec) -> Any:
        """Build one layer, once."""


Key = tuple[str, int]  # a layer's name and the number of one of its calls


class Graph:
    """Runs the calls of a functional model on Keras tensors, in whatever order their inputs allow.

    A call that cannot run blocks the calls that need it, and no others.
    """

    def __init__(self, builder: LayerMaker, model: ModelSpec) -> None:
        self.builder = builder
        self.model = model
        self.by_name = {layer.saved_name: layer for layer in model.layers}
        self.tensors: dict[Key, list[Any]] = {}
        self.blocked: dict[Key, str] = {}
        self.consumed: set[Key] = set()
        self.order: list[Key] = []
        used: dict[str, set[int]] = {}
        for ref in _references(model):
            used.setdefault(ref.layer, set()).add(ref.node)
        self.first_node = {
            layer.saved_name: _first_node(layer, used.get(layer.saved_name, set())) for layer in model.layers
        }

    def run(self) -> None:
        """Run every call whose inputs can be computed; the layers of all others get a reason.

        Raises
        ------
        ConfigError
            A call's input does not exist, or the layers feed each other in a circle.
        """
        for spec in self.model.layers:
            if spec.class_name == "InputLayer" and not spec.calls:
                self.tensors[spec.saved_name, 0] = [self.builder.layer(spec).output]
        calls = [(spec, number) for spec in self.model.layers for number in range(len(spec.calls))]
        waits_for: list[set[Key]] = []
        waiting: dict[Key, list[int]] = {}
        for index, (spec, number) in enumerate(calls):
            needed = {self._existing(ref, spec) for ref in _references_of(spec.calls[number])}
            if number:  # so that Keras counts the calls as the file does
                needed.add(self._key(spec, number - 1))
            waits_for.append(needed - self.tensors.keys())
            for key in waits_for[index]:
                waiting.setdefault(key, []).append(index)
        ready = [index for index, needed in enumerate(waits_for) if not needed]
        done = 0
        while ready:
            spec, number = calls[heapq.heappop(ready)]
            self._run(spec, number)
            done += 1
            for index in waiting.get(self._key(spec, number), ()):
                waits_for[index].discard(self._key(spec, number))
                if not waits_for[index]:
                    heapq.heappush(ready, index)
        if done < len(calls):
            stuck = next(spec for (spec, _), needed in zip(calls, waits_for, strict=True) if needed)
            raise ConfigError("The layers feed each other in a circle", stuck.place)
        self._give_reasons()

    def _give_reasons(self) -> None:
        ran = {name for name, _ in self.tensors}
        for spec in self.model.layers:
            if spec.reason is None and spec.saved_name not in ran:
                source = self.blocked.get(self._key(spec, 0))
                spec.reason = (
                    f"Its input comes from “{source}”, which cannot run." if source else "It is never called."
                )

    def _key(self, spec: LayerSpec, number: int) -> Key:
        return spec.saved_name, self.first_node[spec.saved_name] + number

    def _existing(self, ref: TensorRef, spec: LayerSpec) -> Key:
        """Return the call that a reference means, which must be one that the file makes."""
        source = self.by_name.get(ref.layer)
        if source is None:
            raise ConfigError(f"Its input “{ref.layer[:60]}” does not exist", spec.place)
        if not 0 <= ref.node - self.first_node[ref.layer] < max(len(source.calls), 1):
            raise ConfigError(
                f"Its input is call {ref.node} of “{ref.layer[:60]}”, which is not made", spec.place
            )
        return ref.layer, ref.node

    def tensor(self, ref: TensorRef) -> Any:
        """Return the Keras tensor behind a reference, or None."""
        outputs = self.tensors.get((ref.layer, ref.node))
        if outputs is None:
            return None
        if not 0 <= ref.tensor < len(outputs):
            raise ConfigError(f"Output {ref.tensor} of “{ref.layer[:60]}” does not exist", "inbound_nodes")
        return outputs[ref.tensor]

    def _run(self, spec: LayerSpec, number: int) -> None:
        call, key = spec.calls[number], self._key(spec, number)
        sources = [(ref.layer, ref.node) for ref in _references_of(call)]
        blocking = next((source for source in sources if source not in self.tensors), None)
        if spec.reason is not None or blocking is not None:
            self.blocked[key] = blocking[0] if blocking is not None else spec.saved_name
            return
        try:
            layer = None if spec.is_operation else self.builder.layer(spec)
            args = tuple(self._filled(argument) for argument in call.args)
            kwargs = {name: self._filled(value) for name, value in call.kwargs.items()}
            with at_place(spec.place):
                if layer is None:
                    result = self._operation(spec, args, kwargs)
                else:
                    result = self._call(spec, layer, args, kwargs)
        except CannotRun as reason:
            spec.reason = str(reason)
            self.blocked[key] = spec.saved_name
            return
        outputs = _flatten(result)
        self.tensors[key] = outputs
        self.order.append(key)
        if outputs and hasattr(outputs[0], "shape"):
            self.builder.output_shapes.setdefault(id(spec), tuple(outputs[0].shape))
        self.consumed.update(sources)

    def _call(self, spec: LayerSpec, layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        kwargs = {key: value for key, value in kwargs.items() if key != "training" and value is not None}
        unknown = sorted(set(kwargs) - _CALL_ARGUMENTS)
        if unknown:
            raise CannotRun(f"It is called with “{unknown[0][:60]}”, which this program does not know.")
        if spec.class_name == "MultiHeadAttention" or not args:
            return layer(*args, **kwargs)
        if spec.details.get("time_major"):
            return _time_major(layer, args[0], kwargs)
        first, *more = args
        if spec.class_name in _STATEFUL_INPUTS and isinstance(first, list):
            # Keras 1 and 2 list the initial state among the inputs.
            first, state = first[0], first[1:]
            if state:
                kwargs["initial_state"] = state
        elif spec.class_name in _STATEFUL_INPUTS and more and "initial_state" not in kwargs:
            kwargs["initial_state"], more = more[0], more[1:]
        return layer(first, *more, **kwargs)

    def _operation(self, spec: LayerSpec, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        name = spec.details.get("function")
        if name is None:
            raise CannotRun(f"The operation {spec.saved_class[:60]} is not one that this program knows.")
        return run_operation(
            name, args, {k: v for k, v in kwargs.items() if k != "name"}, spec.details.get("settings", {})
        )

    def _filled(self, value: Any) -> Any:
        if isinstance(value, TensorRef):
            return self.tensor(value)
        if isinstance(value, list):
            return [self._filled(item) for item in value]
        if isinstance(value, tuple):
            return tuple(self._filled(item) for item in value)
        return value

    def outputs(self, value: Any) -> Any:
        """Return the model's outputs as tensors, or None if some cannot be computed."""
        if isinstance(value, TensorRef):
            if value.layer not in self.by_name:
                raise ConfigError(f"The output “{value.layer[:60]}” does not exist", "output_layers")
            found = self.tensor(value)
            if found is None and (value.layer, value.node) not in self.blocked:
                raise ConfigError(f"The output “{value.layer[:60]}” is never computed", "output_layers")
            return found
        found = [self.outputs(item) for item in value]
        if any(item is None for item in found):
            return None
        return found[0] if len(found) == 1 else found

    def last_tensors(self) -> Any:
        """Return what the last layers that can run give."""
        ends = [self.tensors[key][0] for key in self.order if key not in self.consumed]
        if not ends:
            ends = [
                self.tensors[ref.layer, ref.node][0]
                for ref in self.model.inputs[:1]
                if self.tensor(ref) is not None
            ]
        if not ends:
            raise ConfigError("No layer of it can run", "model")
        return ends[0] if len(ends) == 1 else ends


_STATEFUL_INPUTS = frozenset(
    {"LSTM", "GRU", "SimpleRNN", "RNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "Bidirectional"}
)


def _time_major(layer: Any, x: Any, kwargs: dict[str, Any]) -> Any:
    """Call a layer on (timesteps, samples, features), as tf.keras 2 could."""
    from keras import ops

    if isinstance(x, list):
        x, kwargs = x[0], {**kwargs, "initial_state": x[1:]}
    result = layer(ops.transpose(x, (1, 0, 2)), **kwargs)
    if not layer.return_sequences:
        return result
    first, *states = _flatten(result)
    return [ops.transpose(first, (1, 0, 2)), *states]


def _first_node(spec: LayerSpec, used: set[int]) -> int:
    """Return the number of a nested model's first call in its graph.

    Building a functional model is its call 0, so its calls there count from 1; in Keras 3 a Sequential
    counts from 0. The numbers by which the file refers to it (``used``) decide where they can.
    """
    if spec.model is None or 0 in used:
        return 0
    if len(spec.calls) in used:
        return 1
    return 0 if spec.model.sequential and spec.details.get("keras3") else 1


def _references(model: ModelSpec) -> Iterator[TensorRef]:
    for layer in model.layers:
        for call in layer.calls:
            yield from _references_of(call)
    yield from _refs_in(model.outputs)


def _references_of(call: Call) -> Iterator[TensorRef]:
    yield from _refs_in(list(call.args))
    yield from _refs_in(list(call.kwargs.values()))


def _refs_in(value: Any) -> Iterator[TensorRef]:
    if isinstance(value, TensorRef):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _refs_in(item)
    elif isinstance(value, dict):
        yield from _refs_in(list(value.values()))


def _flatten(value: Any) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return [item for part in value for item in _flatten(part)]
    if isinstance(value, dict):
        return [item for part in value.values() for item in _flatten(part)]
    return [value]


def reaches(tensor: Any, outputs: Any) -> bool:
    """Whether the outputs depend on this input."""
    seen: set[int] = set()
    stack = _flatten(outputs)
    while stack:
        current = stack.pop()
        if current is tensor:
            return True
        if id(current) in seen:
            continue
        seen.add(id(current))
        history = getattr(current, "_keras_history", None)
        if history is not None:
            node = history.operation._inbound_nodes[history.node_index]
            stack.extend(node.input_tensors)
    return False
