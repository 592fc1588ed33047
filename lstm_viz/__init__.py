"""See what a Keras LSTM does: every gate and state, one timestep at a time.

>>> import lstm_viz
>>> from lstm_viz.examples import example
>>> model = lstm_viz.load_model(example("next_value").model_path)
>>> data = lstm_viz.Dataset.from_arrays([[[0.1], [0.2], [0.3]], [[0.2], [0.3], [0.4]]])
>>> trace = lstm_viz.record(model, data)
>>> trace.layers["lstm"].f.shape  # the forget gate: samples, timesteps, units
(2, 3, 4)

Importing this package imports neither Keras nor TensorFlow; the first call that needs them does.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lstm_viz.cell import ProbeCell
    from lstm_viz.dataset import Dataset
    from lstm_viz.errors import LstmVizError
    from lstm_viz.generation.recipe import Generation
    from lstm_viz.generation.run import generate
    from lstm_viz.generation.seed import Seed
    from lstm_viz.layer_trace import LayerTrace
    from lstm_viz.layers import LSTMLayer
    from lstm_viz.loading import LoadedModel, load_model
    from lstm_viz.plan import Plan, ResetPoint, Resets
    from lstm_viz.plotting import plot_gates
    from lstm_viz.recording import record
    from lstm_viz.stepper import Stepper
    from lstm_viz.trace import Trace
    from lstm_viz.trace_opening import open_trace

__version__ = "0.1.0"

__all__ = [
    "Dataset",
    "Generation",
    "LSTMLayer",
    "LayerTrace",
    "LoadedModel",
    "LstmVizError",
    "Plan",
    "ProbeCell",
    "ResetPoint",
    "Resets",
    "Seed",
    "Stepper",
    "Trace",
    "generate",
    "load_model",
    "open_trace",
    "plot_gates",
    "record",
]

# Where each name is: what is not used is not imported, so that a help text needs no NumPy.
_MODULES = {
    "Dataset": "dataset",
    "Generation": "generation.recipe",
    "LSTMLayer": "layers",
    "LayerTrace": "layer_trace",
    "LoadedModel": "loading",
    "LstmVizError": "errors",
    "Plan": "plan",
    "ProbeCell": "cell",
    "ResetPoint": "plan",
    "Resets": "plan",
    "Seed": "generation.seed",
    "Stepper": "stepper",
    "Trace": "trace",
    "generate": "generation.run",
    "load_model": "loading",
    "open_trace": "trace_opening",
    "plot_gates": "plotting",
    "record": "recording",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
