"""Whether and how the output of a model can be its next input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lstm_viz.checking import number, shown, whole
from lstm_viz.dataset.fit import count
from lstm_viz.errors import DataError, ModelError
from lstm_viz.generation.recipe import Generation, Kind, Layout, Others
from lstm_viz.generation.seed import Seed
from lstm_viz.layers import graph_of

if TYPE_CHECKING:
    from lstm_viz.probe import Probe

# Layers behind which probabilities are still the same probabilities.
_CHANGE_NOTHING = ("Dropout", "Identity", "Reshape")


def generation_for(
    probe: Probe,
    seed: Seed,
    steps: int,
    *,
    window: int | None = None,
    others: Others | None = None,
    temperature: float | None = None,
    seed_number: int = 0,
) -> Generation:
    """Find out how a model reads a sequence and what of it its output is.

    Parameters
    ----------
    probe : Probe
    seed : Seed
    steps : int
    window : int or None
        Timesteps that the model reads at once; 0 feeds it one at a time; None takes what it is made for.
    others : {"hold", "given"} or None
        What to do about values of a timestep that the output is not; None refuses.
    temperature, seed_number
        As for :func:`lstm_viz.generation.recipe.choose`.

    Raises
    ------
    ModelError
        Its output cannot be its next input; it says why.
    DataError
        The seed does not fit the model, or is too short.
    """
    if not isinstance(steps, (int, np.integer)) or isinstance(steps, bool) or steps < 1:
        raise DataError(f"{shown(steps)} steps cannot be generated.", "Choose a whole number, 1 or more.")
    if window is not None and whole(window, "The window", DataError) < 0:
        raise DataError(f"A window of {window} timesteps is not possible.", "Choose 0, 1 or more.")
    whole(seed_number, "seed_number", DataError, least=0)
    if temperature is not None and not number(temperature, "The temperature", DataError) > 0:
        raise DataError(
            f"A temperature of {temperature} is not possible.", "Choose more than 0, or none at all."
        )
    if len(probe.input_shapes) != 1:
        raise ModelError(
            f"The model has {count(len(probe.input_shapes), 'input')}, and its output could be the next "
            "value of one of them only.",
            "Generation needs a model with a single input.",
        )
    outputs = len(probe.ending_reasons)
    if outputs != 1:
        raise ModelError(
            f"The model has {count(outputs, 'output')}, and it is not known which of them is its next input.",
            "Make a model of that one: keras.Model(model.inputs, model.outputs[0]).",
        )
    layout, look_back = _layout(probe, seed, window)
    values = _output_values(probe)
    kind = _kind(probe, seed, values)
    columns: tuple[int, ...] = ()
    width = values
    if kind == "values":
        columns, width = _columns(seed, values), seed.values.shape[-1]
        others = _others(seed, columns, others)
    return Generation(
        seed=_checked_length(seed, look_back),
        steps=int(steps),
        layout=layout,
        look_back=look_back,
        kind=kind,
        width=width,
        columns=columns,
        factor=tuple(seed.factor[c] for c in columns),
        offset=tuple(seed.offset[c] for c in columns),
        others=others if kind == "values" and others is not None else "none",
        temperature=None if kind == "values" else temperature,
        seed_number=seed_number,
        logits=kind != "values" and not _ends_in_softmax(probe.model),
    )


def _checked_length(seed: Seed, look_back: int) -> int:
    length = int(seed.values.shape[1])
    if length < max(look_back, 1):
        raise DataError(
            f"The seed has {count(length, 'timestep')}; the model reads {look_back} at once.",
            "Give a longer seed.",
        )
    return length


# -- how the sequence is read -----------------------------------------------------------------------


def _layout(probe: Probe, seed: Seed, window: int | None) -> tuple[Layout, int]:
    shape, tokens = probe.input_shapes[0], bool(probe.token_inputs)
    values = 0 if tokens or seed.values.ndim == 2 else seed.values.shape[-1]
    if tokens != (seed.values.ndim == 2):
        reads = "tokens, whole numbers (rows, timesteps)" if tokens else "numbers (rows, timesteps, features)"
        raise DataError(f"The model reads {reads}; the seed has the shape {seed.values.shape}.", "Give such.")
    if not tokens and len(shape) != 3:
        raise ModelError("The input of the model has no time axis.", "Generation needs a sequence.")
    fixed = shape[1]
    if seed.as_features is not None:
        look_back = seed.as_features
        if fixed not in (1, None) or shape[2] != look_back * values:
            raise DataError(f"The model does not read {look_back} past values as features of one timestep.")
        return "features", look_back
    if not tokens and shape[2] not in (None, values):
        raise DataError(
            f"The model reads {count(shape[2], 'feature')}, the seed has {count(values, 'feature')}.",
            "Give a seed of the model's features.",
        )
    if window is not None and window > 0:
        if fixed not in (None, window):
            raise ModelError(
                f"The model reads {count(fixed, 'timestep')} at once, not {window}.", f"Choose {fixed}."
            )
        return "window", _window(probe, window)
    each_step = probe.stepwise and probe.stepwise.outputs[0] == "time"
    if window is None and fixed is not None and fixed > 1 and not each_step:
        return "window", _window(probe, fixed)
    if not probe.stepwise:
        raise ModelError(
            f"The model cannot be fed one timestep at a time: {probe.stepwise.reason}.",
            "Generation needs that, or a window of a fixed length that is followed by one value.",
        )
    return "timesteps", 1


def _window(probe: Probe, look_back: int) -> int:
    if len(_output_shape(probe)) > 2 and not probe.stepwise:
        raise ModelError(
            f"The model gives a whole sequence for each window, and {probe.stepwise.reason}.",
            "Generation needs one value after each window.",
        )
    return look_back


# -- what the output is -----------------------------------------------------------------------------


def _output_shape(probe: Probe) -> tuple[int | None, ...]:
    import keras

    outputs = keras.tree.flatten(probe.model.outputs)
    return tuple(outputs[0].shape)


def _output_values(probe: Probe) -> int:
    shape = _output_shape(probe)
    most = 3 if probe.stepwise and probe.stepwise.outputs[0] == "time" else 2
    if len(shape) > max(most, 2) and probe.stepwise:
        raise ModelError(
            f"The output of the model has the shape {shape}: it is no timestep.",
            "Generation needs one value for each feature, or one score for each token.",
        )
    return int(shape[-1] or 0)


def _kind(probe: Probe, seed: Seed, values: int) -> Kind:
    if probe.token_inputs:
        known = _vocabulary(probe.model)
        if known is not None and values > known:
            raise ModelError(
                f"The model gives a score to {values} tokens and reads only {known}.",
                "Generation needs an output of as many tokens as the Embedding knows.",
            )
        if values < 2:
            raise ModelError(
                f"The model reads tokens and gives {count(values, 'value')}: no score for each token.",
                "Generation needs a score for each token.",
            )
        return "tokens"
    sequence = seed.values
    if values > 1 and values == sequence.shape[-1] and seed.as_features is None and _is_one_hot(sequence):
        return "one-hot"
    return "values"


def _is_one_hot(values: np.ndarray) -> bool:
    return bool(((values == 0) | (values == 1)).all() and (values.sum(axis=-1) == 1).all())


def _columns(seed: Seed, values: int) -> tuple[int, ...]:
    """Return which features of the next timestep the output is."""
    features = seed.values.shape[-1]
    if seed.no_feedback:
        raise ModelError(
            seed.no_feedback, "Generation needs a model that predicts the next value of its input."
        )
    if seed.columns is not None:
        if len(seed.columns) != values:
            raise ModelError(
                f"The model gives {count(values, 'value')}, where {len(seed.columns)} would be fed back.",
                "Name as many columns as the model predicts.",
            )
        return seed.columns
    if values == features:
        return tuple(range(features))
    if values > features:
        raise ModelError(
            f"The model gives {count(values, 'value')} for each sequence, and a timestep has "
            f"{count(features, 'feature')}.",
            "Generation needs an output that is one timestep.",
        )
    raise ModelError(
        f"The model gives {count(values, 'value')}, and a timestep has {count(features, 'feature')}: it is "
        "not known which of them is predicted.",
        "Name the columns that are predicted, or give the data a target column.",
    )


def _others(seed: Seed, columns: Sequence[int], others: Others | None) -> Others:
    features = seed.values.shape[-1]
    left = [k for k in range(features) if k not in columns]
    if not left:
        return "none"
    if others == "given" and seed.future is None:
        raise DataError("What the other features are going to be is not given.", "Give their values.")
    if others in ("hold", "given"):
        return others
    names = ", ".join(repr(seed.names[k]) if seed.names else f"feature {k}" for k in left[:4])
    raise DataError(
        f"The model does not predict all that it reads: what {names} will be is not known.",
        "Let them stay as they are (hold), or give their values.",
    )


def _vocabulary(model: Any) -> int | None:
    from keras.layers import Embedding

    sizes = [layer.input_dim for layer in model._flatten_layers() if isinstance(layer, Embedding)]
    return min(sizes, default=None)


def _ends_in_softmax(model: Any) -> bool:
    """Whether the first output of a model is probabilities."""
    import keras

    history = keras.tree.flatten(model.outputs)[0]._keras_history
    layer = history.operation
    while (graph := graph_of(layer)) is not None or type(layer).__name__ in _CHANGE_NOTHING:
        if graph is not None:
            tensor = graph.outputs[history.tensor_index]
        else:
            tensor = layer._inbound_nodes[history.node_index].arguments.keras_tensors[0]
        history = tensor._keras_history
        layer = history.operation
    layer = getattr(layer, "layer", layer)  # inside TimeDistributed
    activation = getattr(layer, "activation", None)
    names = type(layer).__name__, getattr(activation, "__name__", ""), type(activation).__name__
    return bool({"Softmax", "softmax"}.intersection(names))
