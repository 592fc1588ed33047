"""What opening a file gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lstm_viz.layers import LSTMLayer

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class LayerInfo:
    """One line of the model panel.

    Parameters
    ----------
    name, class_name : str
        As the file has them.
    depth : int
        0 for the model's own layers, 1 inside a wrapper or a nested model, and so on.
    output_shape : tuple or None
        ``(None, timesteps or None, features)`` or whatever the layer gives; None when not known.
    parameters : int
        Number of weights, those of inner layers included.
    path : str or None
        :attr:`lstm_viz.LSTMLayer.path` when it is an LSTM that can be stepped.
    reason : str or None
        Why the layer cannot run; None when it can.
    """

    name: str
    class_name: str
    depth: int
    output_shape: tuple[int | None, ...] | None
    parameters: int
    path: str | None
    reason: str | None = None


@dataclass(frozen=True)
class LoadedModel:
    """A Keras model rebuilt from a file.

    Parameters
    ----------
    keras_model : keras.Model
        For inference only; never compiled, every layer with ``stateful=False``, the batch size free.
    lstm_layers : tuple of LSTMLayer
        Its LSTMs, in the order in which they are called.
    notes : tuple of str
        Every change made on loading, in plain words.
    path : str
        The file.
    format : str
        ``"Keras 3 .keras"``, ``"HDF5 (Keras 2.1.6)"``, ….
    keras_version : str or None
        Version of the Keras that wrote it, where the file says it.
    layers : tuple of LayerInfo
        All layers, in order.
    saved_stateful : bool
        The file says ``stateful=True`` somewhere.
    saved_batch_size : int or None
        Batch size that the file fixes.
    architecture : str or None
        The file that the architecture came from, when the weights lay alone.
    """

    keras_model: keras.Model
    lstm_layers: tuple[LSTMLayer, ...]
    notes: tuple[str, ...]
    path: str
    format: str
    keras_version: str | None
    layers: tuple[LayerInfo, ...]
    saved_stateful: bool = False
    saved_batch_size: int | None = None
    architecture: str | None = None
