"""Checked description → Keras layers, without a single weight allocated.

Layers are built inside :class:`keras.StatelessScope`, where a variable knows its shape and has no value
yet. So a file that claims a huge layer costs nothing until its arrays have proved to be of that size.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lstm_viz.loading.activations import activation_function
from lstm_viz.loading.operations import run_operation
from lstm_viz.loading.spec import Call, CannotRun, ConfigError, LayerSpec, ModelSpec, TensorRef

_CALL_ARGUMENTS = frozenset(
    "initial_state mask value key query attention_mask use_causal_mask query_mask value_mask key_mask".split()
)


@dataclass
class BuiltModel:
    """A Keras model and where each layer of the description went.

    ``layers`` maps ``id(spec)`` to its Keras layer, ``output_shapes`` to the shape of its (first) output.
    ``complete`` is False when layers that cannot run were left out.
    """

    keras_model: Any
    layers: dict[int, Any] = field(default_factory=dict)
    output_shapes: dict[int, tuple[int | None, ...]] = field(default_factory=dict)
    complete: bool = True


@contextlib.contextmanager
def without_values() -> Iterator[None]:
    """Let variables be created with a shape and no value.

    On leaving, those that were given no value (see :func:`give_values`) are forgotten; Keras would
    otherwise allocate them when the next such scope ends.
    """
    import keras
    from keras.src.backend.common import global_state

    before = list(global_state.get_global_attribute("uninitialized_variables", []))
    try:
        with keras.StatelessScope(initialize_variables=False):
            yield
    finally:
        global_state.set_global_attribute("uninitialized_variables", before)


def give_value(variable: Any, value: Any) -> None:
    """Give a variable that was created by :func:`without_values` its value."""
    variable._initializer = lambda shape, dtype=None: _tensor(value, dtype)
    variable._deferred_initialize()


def _tensor(value: Any, dtype: Any) -> Any:
    from keras import ops

    return ops.convert_to_tensor(value, dtype=dtype)


def build_model(model: ModelSpec) -> BuiltModel:
    """Build the Keras model, up to the layers that cannot run.

    Raises
    ------
    ConfigError
        Keras cannot build what the configuration asks for.
    """
    return _Builder().root(model)


class _Builder:
    """Holds the layers built so far: a layer that is called twice is built once."""

    def __init__(self) -> None:
        self.layers: dict[int, Any] = {}
        self.output_shapes: dict[int, tuple[int | None, ...]] = {}
        self.complete = True

    def root(self, model: ModelSpec) -> BuiltModel:
        keras_model = self.sequential(model, True) if model.sequential else self.functional(model, True)
        return BuiltModel(keras_model, self.layers, self.output_shapes, self.complete)

    # ---- models -----------------------------------------------------------------------------------

    def sequential(self, model: ModelSpec, outermost: bool) -> Any:
        import keras

        first = model.layers[0] if model.layers else None
        if first is None:
            raise ConfigError("It has no layers", "model")
        shape = first.batch_shape or model.input_shape
        rest = model.layers[1:] if first.class_name == "InputLayer" else model.layers
        made: list[Any] = []
        if first.class_name == "InputLayer":
            if first.batch_shape is None:
                raise ConfigError("The input has no shape", first.place)
            made.append(self._input(first))
        elif shape is not None:
            made.append(keras.layers.InputLayer(batch_shape=(None, *shape[1:]), dtype=_first_dtype(rest)))
        elif outermost:
            raise ConfigError("It does not say the shape of its input", first.place)
        for spec in rest:
            if spec.class_name == "InputLayer":
                continue  # Keras 2.2.4 and 2.3 may repeat it
            if spec.reason is None and spec.is_operation:
                spec.reason = "A single operation cannot stand in a Sequential model."
            if spec.reason is None and spec.details.get("time_major"):
                spec.reason = (
                    "Its input has time before the batch (time_major), which a Sequential model cannot turn."
                )
            if spec.reason is not None:
                if not outermost:
                    raise CannotRun(f"It holds {spec.saved_class} “{spec.saved_name}”. {spec.reason}")
                self._blocked(rest[rest.index(spec) + 1 :], spec)
                self.complete = False
                break
            try:
                made.append(self.layer(spec))
            except CannotRun as reason:
                spec.reason = str(reason)
                if not outermost:
                    raise
                self._blocked(rest[rest.index(spec) + 1 :], spec)
                self.complete = False
                break
        with _place("model"):
            return keras.Sequential(made, name=model.name)

    def functional(self, model: ModelSpec, outermost: bool) -> Any:
        import keras

        graph = _Graph(self, model)
        graph.run()
        wanted = graph.outputs(model.outputs)
        if wanted is None:
            if not outermost:
                blocked = next(layer for layer in model.layers if layer.reason is not None)
                raise CannotRun(f"It holds {blocked.saved_class} “{blocked.saved_name}”. {blocked.reason}")
            self.complete = False
            wanted = graph.last_tensors()
        inputs = [graph.tensor(ref) for ref in model.inputs]
        if any(tensor is None for tensor in inputs):
            raise ConfigError("An input of the model is not an input layer", "input_layers")
        if not self.complete:
            inputs = [tensor for tensor in inputs if _reaches(tensor, wanted)] or inputs[:1]
        inputs_ = inputs[0] if len(inputs) == 1 else inputs
        with _place("model"):
            return keras.Model(inputs_, wanted, name=model.name)

    def _blocked(self, layers: list[LayerSpec], by: LayerSpec) -> None:
        for layer in layers:
            if layer.reason is None:
                layer.reason = f"Its input comes from “{by.saved_name}”, which cannot run."

    def _input(self, spec: LayerSpec) -> Any:
        import keras

        if spec.batch_shape is None:
            raise ConfigError("The input has no shape", spec.place)
        with _place(spec.place):
            made = keras.layers.InputLayer(
                batch_shape=(None, *spec.batch_shape[1:]), dtype=spec.input_dtype, name=spec.name
            )
        self.layers[id(spec)] = made
        return made

    # ---- layers -----------------------------------------------------------------------------------

    def layer(self, spec: LayerSpec) -> Any:
        """Build one layer, once."""
        if id(spec) in self.layers:
            return self.layers[id(spec)]
        if spec.class_name == "InputLayer":
            return self._input(spec)
        if spec.model is not None:
            build = self.sequential if spec.model.sequential else self.functional
            made = build(spec.model, False)
        else:
            made = self._plain(spec)
        self.layers[id(spec)] = made
        return made

    def _plain(self, spec: LayerSpec) -> Any:
        from keras import layers

        arguments = {**spec.arguments, "name": spec.name}
        for key in ("activation", "recurrent_activation"):
            if key in arguments:
                try:
                    arguments[key] = activation_function(arguments[key])
                except AttributeError:
                    raise CannotRun(f"This version of Keras has no activation “{arguments[key]}”.") from None
        if spec.class_name == "StackedRNNCells":
            arguments["cells"] = [self.layer(child) for child in spec.children.values()]
        else:
            arguments.update({key: self.layer(child) for key, child in spec.children.items()})
        class_name = "Identity" if spec.class_name == "ActivityRegularization" else spec.class_name
        if class_name in ("ZeroPadding1D", "Cropping1D"):
            arguments.pop("data_format", None)
        if "trainable" in spec.details:
            arguments["trainable"] = spec.details["trainable"]
        constructor = getattr(layers, class_name, None)
        if constructor is None:
            raise CannotRun(f"This version of Keras has no layer {class_name}.")
        with _place(spec.place):
            made = constructor(**arguments)
        if spec.class_name == "Bidirectional":
            # It makes copies of what it is given; the description's children are those it calls.
            self.layers[id(spec.children["layer"])] = made.forward_layer
            if "backward_layer" in spec.children:
                self.layers[id(spec.children["backward_layer"])] = made.backward_layer
        return made


class _Graph:
    """Runs the calls of a functional model on Keras tensors, in whatever order their inputs allow."""

    def __init__(self, builder: _Builder, model: ModelSpec) -> None:
        self.builder = builder
        self.model = model
        self.by_name = {layer.saved_name: layer for layer in model.layers}
        self.tensors: dict[tuple[str, int], list[Any]] = {}
        self.consumed: set[tuple[str, int]] = set()
        self.order: list[tuple[str, int]] = []
        self.first_node = {layer.saved_name: self._first_node(layer) for layer in model.layers}

    def _first_node(self, spec: LayerSpec) -> int:
        """Return the number of a nested model's first call in this graph.

        Building a functional model is its call 0, so its calls here count from 1; in Keras 3 a Sequential
        counts from 0. The references that the file makes decide where they can.
        """
        if spec.model is None:
            return 0
        used = {ref.node for ref in _references(self.model) if ref.layer == spec.saved_name}
        calls = len(spec.calls)
        if 0 in used:
            return 0
        if calls in used:
            return 1
        return 0 if spec.model.sequential and spec.details.get("keras3") else 1

    def run(self) -> None:
        for spec in self.model.layers:
            if spec.class_name == "InputLayer" and not spec.calls:
                self.tensors[spec.saved_name, 0] = [self.builder.layer(spec).output]
        waiting = [(spec, number) for spec in self.model.layers for number in range(len(spec.calls))]
        while waiting:
            held = []
            for spec, number in waiting:
                if self._ready(spec, number):
                    self._run(spec, number)
                else:
                    held.append((spec, number))
            if len(held) == len(waiting):
                self._stuck(held)
                return
            waiting = held

    def _ready(self, spec: LayerSpec, number: int) -> bool:
        # The second call of a layer waits for its first, so that calls keep their numbers.
        if number and (spec.saved_name, self._node(spec, number - 1)) not in self.tensors:
            return False
        return all(self._key(ref) in self.tensors for ref in _references_of(spec.calls[number]))

    def _stuck(self, held: list[tuple[LayerSpec, int]]) -> None:
        """Nothing more can run: because of layers that cannot, or because the graph is no graph."""
        for spec, number in held:
            if spec.reason is not None:
                continue
            for ref in _references_of(spec.calls[number]):
                source = self.by_name.get(ref.layer)
                if source is None:
                    raise ConfigError(f"Its input “{ref.layer[:60]}” does not exist", spec.place)
                if not 0 <= ref.node - self.first_node[ref.layer] < max(len(source.calls), 1):
                    raise ConfigError(
                        f"Its input is call {ref.node} of “{ref.layer[:60]}”, which is not made", spec.place
                    )
        if not any(spec.reason for spec in self.model.layers):
            raise ConfigError("The layers feed each other in a circle", held[0][0].place)
        changed = True
        while changed:
            changed = False
            for spec, number in held:
                for ref in _references_of(spec.calls[number]):
                    source = self.by_name[ref.layer]
                    if spec.reason is None and source.reason is not None:
                        spec.reason = f"Its input comes from “{source.saved_name}”, which cannot run."
                        changed = True

    def _node(self, spec: LayerSpec, number: int) -> int:
        return self.first_node[spec.saved_name] + number

    def _key(self, ref: TensorRef) -> tuple[str, int]:
        return ref.layer, ref.node

    def tensor(self, ref: TensorRef) -> Any:
        """Return the Keras tensor behind a reference, or None."""
        outputs = self.tensors.get(self._key(ref))
        if outputs is None:
            return None
        if not 0 <= ref.tensor < len(outputs):
            raise ConfigError(f"Output {ref.tensor} of “{ref.layer[:60]}” does not exist", "inbound_nodes")
        return outputs[ref.tensor]

    def _run(self, spec: LayerSpec, number: int) -> None:
        if spec.reason is not None:
            return
        call = spec.calls[number]
        try:
            layer = None if spec.is_operation else self.builder.layer(spec)
            args = tuple(self._filled(argument) for argument in call.args)
            kwargs = {key: self._filled(value) for key, value in call.kwargs.items()}
            with _place(spec.place):
                result = (
                    self._operation(spec, args, kwargs)
                    if layer is None
                    else self._call(spec, layer, args, kwargs)
                )
        except CannotRun as reason:
            spec.reason = str(reason)
            return
        outputs = _flatten(result)
        key = spec.saved_name, self._node(spec, number)
        self.tensors[key] = outputs
        self.order.append(key)
        if outputs and hasattr(outputs[0], "shape"):
            self.builder.output_shapes.setdefault(id(spec), tuple(outputs[0].shape))
        for ref in _references_of(call):
            self.consumed.add(self._key(ref))

    def _call(self, spec: LayerSpec, layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        kwargs = {key: value for key, value in kwargs.items() if key != "training" and value is not None}
        if spec.is_operation or set(kwargs) <= _CALL_ARGUMENTS:
            pass
        else:
            unknown = sorted(set(kwargs) - _CALL_ARGUMENTS)[0]
            raise CannotRun(f"It is called with “{unknown[:60]}”, which this program does not know.")
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
            if found is None and self.by_name[value.layer].reason is None:
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


@contextlib.contextmanager
def _place(place: str) -> Iterator[None]:
    """Turn what Keras raises on arguments that do not fit together into a :class:`ConfigError`."""
    try:
        yield
    except (ConfigError, CannotRun, MemoryError, KeyboardInterrupt):
        raise
    except Exception as error:  # Keras and TensorFlow raise a score of classes here
        text = " ".join(str(error).split())
        raise ConfigError(f"Keras cannot build it: {text[:300]}", place) from error


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


def _first_dtype(layers: list[LayerSpec]) -> str | None:
    first = layers[0]
    if first.class_name == "Embedding":
        return (
            "float32"
            if first.input_dtype is None or first.input_dtype.startswith("float")
            else first.input_dtype
        )
    return first.input_dtype


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


def _reaches(tensor: Any, outputs: Any) -> bool:
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
