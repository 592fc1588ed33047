"""The checked description of a model, between what a file says and what Keras builds."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


class ConfigError(Exception):
    """A configuration that no Keras writes; ``place`` says where in it."""

    def __init__(self, message: str, place: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.place = place


class CannotRun(Exception):  # noqa: N818 - a statement about one layer, never an error of the file
    """A layer that this program does not run; the text is the reason that the model panel shows."""


@dataclass(frozen=True)
class TensorRef:
    """Output number ``tensor`` of call number ``node`` of the layer called ``layer``."""

    layer: str
    node: int
    tensor: int


@dataclass(frozen=True)
class Call:
    """One call of a layer: arguments hold :class:`TensorRef` where tensors go."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]


@dataclass(eq=False)
class LayerSpec:
    """One layer, its arguments checked and in the vocabulary of Keras 3.

    Parameters
    ----------
    class_name : str
        Class in Keras 3, ``"Sequential"`` or ``"Functional"`` for a nested model.
    name : str
        Name that Keras 3 accepts; ``saved_name`` is the file's own, by which other layers refer to it.
    arguments : dict
        Constructor arguments.
    place : str
        Where in the configuration, for messages.
    children : dict
        Wrapped layers: ``layer``, ``backward_layer``, ``cell``, ``cells.0``, ….
    reason : str or None
        Why it cannot run.
    batch_shape : tuple or None
        Shape of its input, where the file says it.
    """

    class_name: str
    name: str
    saved_class: str
    saved_name: str
    place: str
    arguments: dict[str, Any] = field(default_factory=dict)
    children: dict[str, LayerSpec] = field(default_factory=dict)
    model: ModelSpec | None = None
    reason: str | None = None
    batch_shape: tuple[int | None, ...] | None = None
    input_dtype: str | None = None
    stateful: bool = False
    details: dict[str, Any] = field(default_factory=dict)
    calls: tuple[Call, ...] = ()
    is_operation: bool = False

    def walk(self, depth: int = 0) -> Iterator[tuple[LayerSpec, int]]:
        """Yield this layer and all inside it, with their depth."""
        yield self, depth
        for child in self.children.values():
            yield from child.walk(depth + 1)
        if self.model is not None:
            for layer in self.model.layers:
                yield from layer.walk(depth + 1)

    def call_count(self) -> int:
        """Count the calls that running it takes: all inside it once for each of its own calls."""
        inside = [*self.children.values(), *(self.model.layers if self.model is not None else ())]
        below: int = sum(layer.call_count() for layer in inside)
        return max(len(self.calls), 1) * (1 + below)


@dataclass(eq=False)
class ModelSpec:
    """A Sequential (``sequential`` is True, ``calls`` are empty) or a graph of layer calls."""

    name: str
    sequential: bool
    layers: list[LayerSpec]
    inputs: list[TensorRef] = field(default_factory=list)
    outputs: Any = None
    input_shape: tuple[int | None, ...] | None = None


@contextlib.contextmanager
def at_place(place: str) -> Iterator[None]:
    """Turn what Keras raises on arguments that do not fit together into a :class:`ConfigError`."""
    try:
        yield
    except (ConfigError, CannotRun, MemoryError, KeyboardInterrupt):
        raise
    except Exception as error:  # Keras and TensorFlow raise a score of classes here
        text = " ".join(str(error).split())
        raise ConfigError(f"Keras cannot build it: {text[:300]}", place) from error
