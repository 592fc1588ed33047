"""What a recording knows of the model that made it, where that is not open."""

from __future__ import annotations

from pathlib import Path

from app.engine.messages import LayerRow, ModelInfo
from app.run_plan import RunSettings
from lstm_viz.plan import Plan
from lstm_viz.trace import Trace

NEEDS_MODEL = "This is a recording without its model. Open the model to run on."


def recorded_model(trace: Trace, path: str) -> ModelInfo:
    """Return what the model panel shows of a recording: its LSTM layers are all that is known."""
    layers = tuple(layer.layer for layer in trace.layers.values())
    own = tuple(layer.timesteps for layer in trace.layers.values())
    rows = tuple(
        LayerRow(
            layer.path,
            "LSTM",
            0,
            (None, timesteps, layer.units) if layer.return_sequences else (None, layer.units),
            layer.parameter_count,
            layer.path,
            None,
        )
        for layer, timesteps in zip(layers, own, strict=True)
    )
    return ModelInfo(
        title=Path(path).name,
        path=path,
        format="Recording, without its model",
        keras_version=None,
        rows=rows,
        lstm_layers=layers,
        layer_timesteps=own,
        notes=(),
        stepwise_reason="",
        output_names=(),
        input_shapes=(),
        saved_stateful=False,
        saved_batch_size=None,
    )


def recorded_settings(plan: Plan) -> RunSettings:
    """Return the settings under which a plan was run, as far as it tells."""
    return RunSettings(plan.batch_size, plan.stateful, plan.resets, plan.epochs)
