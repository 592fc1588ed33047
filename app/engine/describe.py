"""What the engine says of a model, and what it assumes: settings that fit, numbers to run it on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from app.engine.messages import LayerRow, ModelInfo
from app.engine.runs import OpenModel
from app.run_plan import RunSettings, own_lengths, samples_run
from lstm_viz.batching import common_divisor
from lstm_viz.dataset import Dataset
from lstm_viz.examples import Example
from lstm_viz.loading import LoadedModel
from lstm_viz.model_inputs import one_length_reason
from lstm_viz.plan import Resets, batch_sizes
from lstm_viz.stepper import Stepper
from lstm_viz.wiring import wiring

STAND_IN_SOURCE = "random numbers, because no data are open"
_STAND_IN_SAMPLES, _STAND_IN_TIMESTEPS, _STAND_IN_FEATURES = 16, 12, 1


def model_info(model: LoadedModel, stepper: Stepper, title: str | None = None) -> ModelInfo:
    """Describe a loaded model for the window."""
    probe = stepper.probe
    tokens = {probe.input_names[k] for k in probe.token_inputs}
    return ModelInfo(
        title=title or Path(model.path).name,
        path=model.path,
        format=model.format,
        keras_version=model.keras_version,
        rows=tuple(
            LayerRow(
                layer.name,
                layer.class_name,
                layer.depth,
                layer.output_shape,
                layer.parameters,
                layer.path,
                layer.reason,
                layer.name in tokens and layer.class_name == "InputLayer",
            )
            for layer in model.layers
        ),
        lstm_layers=tuple(probe.layers),
        layer_timesteps=tuple(layer.timesteps for layer in stepper.trace.layers.values()),
        notes=model.notes,
        stepwise_reason=stepper.stepwise_reason,
        output_names=tuple(probe.output_names),
        input_shapes=tuple(probe.input_shapes),
        saved_stateful=model.saved_stateful,
        saved_batch_size=model.saved_batch_size,
        architecture=model.architecture,
        one_length_reason=one_length_reason(probe, stepper.inputs),
        ending_reason=next(iter(probe.ending_reasons), "it has no output"),
        wiring=wiring(model.keras_model),
    )


def stand_in_data(probe: Any) -> Dataset:
    """Make seeded random data of a model's input shape, for a model that is opened without data."""
    random = np.random.default_rng(0)
    tokens = probe.token_inputs
    arrays = []
    for number, (_, *inner) in enumerate(probe.input_shapes):
        if number in tokens:
            shape = (_STAND_IN_SAMPLES, inner[0] or _STAND_IN_TIMESTEPS)
            arrays.append(random.integers(0, _vocabulary(probe.model), shape).astype(np.int32))
            continue
        sizes = [size or _STAND_IN_FEATURES for size in inner]
        if len(inner) > 1:
            sizes[0] = inner[0] or _STAND_IN_TIMESTEPS
        arrays.append(random.standard_normal((_STAND_IN_SAMPLES, *sizes)).astype(np.float32))
    return Dataset.from_arrays(arrays, source=STAND_IN_SOURCE)


def _vocabulary(model: Any) -> int:
    """Return how many tokens the smallest Embedding of a model knows."""
    from keras.layers import Embedding

    layers = model._flatten_layers()
    return min((layer.input_dim for layer in layers if isinstance(layer, Embedding)), default=2)


# -- settings ---------------------------------------------------------------------------------------


def saved_settings(model: LoadedModel) -> RunSettings:
    """Return the settings that a model's file asks for."""
    return RunSettings(batch_size=model.saved_batch_size or 1, stateful=model.saved_stateful)


def settings_to_open(
    chosen: Example | None, model: OpenModel, dataset: Dataset, before: RunSettings | None
) -> RunSettings:
    """Return the settings to open a model and data with, where none were asked for.

    Parameters
    ----------
    chosen : Example or None
        That they are of.
    model : OpenModel
    dataset : Dataset
    before : RunSettings or None
        Of the run of the same model before; None takes what its file asks for.
    """
    if chosen is not None:
        wanted = RunSettings(
            chosen.batch_size,
            chosen.stateful,
            Resets(**chosen.resets),
            chosen.epochs,
            interleaved=chosen.interleaved,
            padded=chosen.padded,
        )
    else:
        wanted = saved_settings(model.loaded) if before is None else before
    inputs = dataset.inputs_for(model.probe.input_names)
    one_length = dataset.lengths is not None and bool(one_length_reason(model.probe, inputs))
    return fitting(wanted, dataset, one_length)


def fitting(settings: RunSettings, dataset: Dataset, one_length: bool = False) -> RunSettings:
    """Return settings made for other data so that they fit these.

    Parameters
    ----------
    settings : RunSettings
    dataset : Dataset
    one_length : bool
        The model takes sequences of one length only, so that shorter ones are run padded.
    """
    samples, lengths = dataset.samples, dataset.lengths
    each_sequence = settings.resets.each_sequence and dataset.sequences is not None
    settings = replace(
        settings,
        padded=lengths is not None and (settings.padded or one_length),
        interleaved=settings.interleaved and lengths is None,
        resets=replace(settings.resets, at=(), each_sequence=each_sequence),
    )
    lengths = own_lengths(dataset, settings)
    size = max(1, min(settings.batch_size, samples))
    whole = common_divisor(samples, lengths)
    if settings.stateful and (lengths is not None or not settings.drop_remainder) and whole % size:
        size = max(s for s in batch_sizes(whole) if s <= size)
    return replace(settings, batch_size=size)


def comparison_text(a: RunSettings, b: RunSettings, dataset: Dataset, model: ModelInfo | None) -> str:
    """Say in words what the second run is."""
    parts = [change[:1].lower() + change[1:] for change in _changes(a, b, dataset)]
    if model is not None:
        parts.insert(0, f"the model {model.title}")
    return f"Run B: {', '.join(parts) or 'the same settings'}."


def change_text(before: RunSettings, after: RunSettings, dataset: Dataset, meaning: str) -> str:
    """Say in words how settings changed and what that means for the recording; empty where there is none."""
    head, *rest = _changes(before, after, dataset) or ["Nothing changed"]
    text = ", ".join([head, *(change[:1].lower() + change[1:] for change in rest)])
    return f"{text}: {meaning}." if meaning else f"{text}."


def _changes(before: RunSettings, after: RunSettings, dataset: Dataset) -> list[str]:
    changes = []
    if after.perturbed_row != before.perturbed_row:
        changes.append(f"The input of row {after.perturbed_row} changed by noise")
    if after.batch_size != before.batch_size:
        changes.append(f"Batch size {after.batch_size}")
    if after.interleaved != before.interleaved:
        changes.append("Samples interleaved" if after.interleaved else "Samples in their own order")
    if after.stateful != before.stateful:
        changes.append(f"Stateful {'on' if after.stateful else 'off'}")
    if after.resets != before.resets:
        changes.append(_reset_words(before.resets, after.resets))
    if after.epochs != before.epochs:
        changes.append(f"{after.epochs} epoch{'s' * (after.epochs > 1)}")
    if after.padded != before.padded:
        changes.append("Sequences padded" if after.padded else "Each sequence at its own length")
    left, left_before = (dataset.samples - samples_run(dataset, settings) for settings in (after, before))
    if left != left_before:
        changes.append(f"The last {left} sample{'s' * (left > 1)} left out" if left else "All samples")
    return changes


def _reset_words(before: Resets, after: Resets) -> str:
    if replace(before, at=()) == replace(after, at=()):
        more = len(after.at) - len(before.at)
        if abs(more) == 1:
            return "Reset point added" if more > 0 else "Reset point removed"
        return "Reset points changed"
    every = f"every {after.every} timesteps" if after.every else ""
    policies = [
        name
        for name, on in (
            ("each batch", after.each_batch),
            ("each epoch", after.each_epoch),
            ("each sequence", after.each_sequence),
            (every, every),
        )
        if on
    ]
    return "Reset " + (
        " and ".join(policies) if policies else "only at chosen points" if after.at else "never"
    )
