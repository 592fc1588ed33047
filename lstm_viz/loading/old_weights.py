"""Arrays as older versions of Keras stored them → as Keras 3 has them.

A :class:`Piece` describes the change without making it, so that shapes can be compared before a number is
read. Formulas follow ``preprocess_weights_for_loading`` of Keras 2.3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lstm_viz.loading.migrate import Era
from lstm_viz.loading.spec import ConfigError, LayerSpec

Join = Callable[[list[np.ndarray]], np.ndarray]


@dataclass(frozen=True)
class Piece:
    """The arrays that make up one variable, how they are joined, and the shape that this gives."""

    names: tuple[str, ...]
    shape: tuple[int, ...]
    join: Join | None = None

    def then(self, shape: tuple[int, ...], change: Callable[[np.ndarray], np.ndarray]) -> Piece:
        """Return this piece with a further change."""
        first = self.join or (lambda parts: parts[0])
        return replace(self, shape=shape, join=lambda parts: change(first(parts)))


_GATES = {"LSTM": 4, "GRU": 3, "ConvLSTM2D": 4}


def stored_counts(spec: LayerSpec, layer: Any, era: Era) -> tuple[int, int]:
    """Numbers of trainable and other arrays that the file holds for a layer."""
    trainable, fixed = len(layer.trainable_weights), len(layer.non_trainable_weights)
    gates = _GATES.get(spec.class_name)
    if era.major == 1 and gates and spec.details.get("consume_less") != "gpu":
        # Keras 1 kept one W, U and b for each gate, unless it was told to prefer the GPU.
        return (3 * gates, 0) if trainable else (0, 3 * gates)
    return trainable, fixed


def convert(spec: LayerSpec, pieces: list[Piece], era: Era, backend: str | None) -> list[Piece]:
    """Bring the arrays of one layer into the form of Keras 3.

    Raises
    ------
    ConfigError
        Their shapes fit no form that any Keras wrote.
    """
    gates = _GATES.get(spec.class_name)
    if era.major >= 3:
        return pieces
    if gates and len(pieces) == 3 * gates:
        pieces = _join_gates(pieces, gates, spec.place)
    elif gates and len(pieces) == 3 and _is_cudnn(spec, pieces):
        pieces = _from_cudnn(spec, pieces, gates)
    elif era.major == 1 and spec.class_name in ("Conv1D", "Conv2D") and pieces:
        pieces = [_keras1_kernel(spec, pieces[0]), *pieces[1:]]
    if backend == "theano" and spec.class_name in ("Conv1D", "Conv2D", "Conv3D", "ConvLSTM2D"):
        flipped = 2 if spec.class_name == "ConvLSTM2D" else 1
        pieces = [_flip(piece) for piece in pieces[:flipped]] + pieces[flipped:]
    return pieces


def _join_gates(pieces: list[Piece], gates: int, place: str) -> list[Piece]:
    """Keras 1: W, U, b for each of i, c, f, o (LSTM) or z, r, h (GRU)."""
    order = [0, 2, 1, 3] if gates == 4 else [0, 1, 2]  # to i, f, c, o
    result = []
    for kind in range(3):
        parts = [pieces[3 * gate + kind] for gate in order]
        if len({part.shape for part in parts}) != 1 or not parts[0].shape:
            raise ConfigError("The arrays of its gates differ in shape", place)
        *rest, last = parts[0].shape
        result.append(
            Piece(
                tuple(name for part in parts for name in part.names),
                (*rest, gates * last),
                lambda arrays: np.concatenate(arrays, axis=-1),
            )
        )
    return result


def _is_cudnn(spec: LayerSpec, pieces: list[Piece]) -> bool:
    if spec.details.get("cudnn"):
        return True
    # An LSTM that Keras rewrote on saving still has both of cuDNN's biases.
    return spec.class_name == "LSTM" and pieces[2].shape == (8 * spec.arguments["units"],)


def _from_cudnn(spec: LayerSpec, pieces: list[Piece], gates: int) -> list[Piece]:
    """Undo cuDNN: it keeps each gate's kernel transposed, and two biases that are only ever added (LSTM)."""
    kernel, recurrent, bias = pieces
    units = spec.arguments["units"]
    if bias.shape != (2 * gates * units,) or len(kernel.shape) != 2:
        raise ConfigError("Its arrays do not have the shapes of a cuDNN layer", spec.place)

    def each_gate(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
        return lambda array: np.hstack([change(part) for part in np.hsplit(array, gates)])

    kernel = kernel.then(kernel.shape, each_gate(lambda part: part.T.reshape(part.shape, order="F")))
    recurrent = recurrent.then(recurrent.shape, each_gate(lambda part: part.T))
    if gates == 4:
        bias = bias.then((4 * units,), lambda array: array[: 4 * units] + array[4 * units :])
    else:
        bias = bias.then((2, 3 * units), lambda array: array.reshape(2, -1))
    return [kernel, recurrent, bias]


def _keras1_kernel(spec: LayerSpec, kernel: Piece) -> Piece:
    """Keras 1 gave Conv1D a second spatial axis of one, and Theano's order of axes to channels_first."""
    sizes = spec.arguments["kernel_size"]
    sizes = sizes if isinstance(sizes, tuple) else (sizes,)
    if len(kernel.shape) != 4:
        raise ConfigError(f"The kernel has {len(kernel.shape)} axes, not 4", spec.place)
    if spec.class_name == "Conv1D":
        if kernel.shape[:2] != (sizes[0], 1) or kernel.shape[3] != spec.arguments["filters"]:
            a, b, c, d = kernel.shape  # Keras 1.1: (filters, features, length, 1)
            kernel = kernel.then((c, d, b, a), lambda array: array.transpose(2, 3, 1, 0))
        length, _, features, filters = kernel.shape
        return kernel.then((length, features, filters), lambda array: array[:, 0])
    if spec.arguments.get("data_format") == "channels_first":
        a, b, c, d = kernel.shape
        return kernel.then((c, d, b, a), lambda array: array.transpose(2, 3, 1, 0))
    return kernel


def _flip(kernel: Piece) -> Piece:
    """Theano convolves, the others correlate: its kernels are stored the other way round."""
    spatial = tuple(range(len(kernel.shape) - 2))
    return kernel.then(kernel.shape, lambda array: np.flip(array, spatial))
