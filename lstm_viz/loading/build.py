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
from lstm_viz.loading.graph import Graph, reaches
from lstm_viz.loading.spec import CannotRun, ConfigError, LayerSpec, ModelSpec, at_place


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

    On leaving, those that were given no value (see :func:`give_value`) are forgotten; Keras would
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
        for position, spec in enumerate(rest):
            if spec.class_name == "InputLayer":
                continue  # Keras 2.2.4 and 2.3 may repeat it
            try:
                made.append(self._in_sequence(spec))
            except CannotRun as reason:
                if not outermost:
                    raise CannotRun(f"It holds {spec.saved_class} “{spec.saved_name}”. {reason}") from None
                spec.reason = str(reason)
                self.complete = False
                for after in rest[position + 1 :]:
                    after.reason = (
                        after.reason or f"Its input comes from “{spec.saved_name}”, which cannot run."
                    )
                break
        with at_place("model"):
            return keras.Sequential(made, name=model.name)

    def functional(self, model: ModelSpec, outermost: bool) -> Any:
        import keras

        graph = Graph(self, model)
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
            inputs = [tensor for tensor in inputs if reaches(tensor, wanted)] or inputs[:1]
        inputs_ = inputs[0] if len(inputs) == 1 else inputs
        with at_place("model"):
            return keras.Model(inputs_, wanted, name=model.name)

    def _in_sequence(self, spec: LayerSpec) -> Any:
        """Build one layer of a Sequential model; :class:`CannotRun` says why not."""
        if spec.reason is not None:
            raise CannotRun(spec.reason)
        if spec.is_operation:
            raise CannotRun("A single operation cannot stand in a Sequential model.")
        if spec.details.get("time_major"):
            raise CannotRun(
                "It has time before the batch (time_major), which a Sequential model cannot turn."
            )
        return self.layer(spec)

    def _input(self, spec: LayerSpec) -> Any:
        import keras

        if spec.batch_shape is None:
            raise ConfigError("The input has no shape", spec.place)
        with at_place(spec.place):
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
        with at_place(spec.place):
            made = constructor(**arguments)
        if spec.class_name == "Bidirectional":
            # It makes copies of what it is given; the description's children are those it calls.
            self.layers[id(spec.children["layer"])] = made.forward_layer
            if "backward_layer" in spec.children:
                self.layers[id(spec.children["backward_layer"])] = made.backward_layer
        return made


def _first_dtype(layers: list[LayerSpec]) -> str | None:
    """Return the number format that the first layer asks for; tokens may come as floats, as in Keras 2."""
    dtype = layers[0].input_dtype
    return dtype or ("float32" if layers[0].class_name == "Embedding" else None)
