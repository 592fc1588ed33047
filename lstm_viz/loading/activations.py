"""Activation functions whose formula differs from that of Keras 3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lstm_viz.loading.catalogue import KERAS2_HARD_SIGMOID, LayerActivation


def hard_sigmoid_keras2(x: Any) -> Any:
    """Return clip(0.2·x + 0.5, 0, 1): ``hard_sigmoid`` as every Keras before 3 had it.

    Keras 3 computes relu6(x + 3)/6 under the same name, which is up to 0.083 away.
    """
    from keras import ops

    return ops.clip(0.2 * x + 0.5, 0.0, 1.0)


hard_sigmoid_keras2.title = KERAS2_HARD_SIGMOID  # type: ignore[attr-defined] # the name that the program shows


def activation_function(name: str | LayerActivation) -> Callable[[Any], Any]:
    """Return Keras's own activation called ``name``, the old formula, or a layer without weights.

    Raises
    ------
    AttributeError
        This version of Keras has no such activation.
    """
    from keras import activations, layers, saving

    if isinstance(name, LayerActivation):
        layer: Callable[[Any], Any] = getattr(layers, name.class_name)(**name.settings)
        return layer

    if name == KERAS2_HARD_SIGMOID:
        # Bidirectional copies its layer by way of its configuration, which must find the function again.
        saving.register_keras_serializable("lstm_viz")(hard_sigmoid_keras2)
        return hard_sigmoid_keras2
    function: Callable[[Any], Any] = getattr(activations, name)
    return function
