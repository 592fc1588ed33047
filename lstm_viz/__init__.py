"""See what a Keras LSTM does: every gate and state, one timestep at a time.

>>> import lstm_viz
>>> model = lstm_viz.load_model("model.keras")  # doctest: +SKIP
>>> trace = lstm_viz.record(model, inputs, batch_size=4, stateful=True)  # doctest: +SKIP
>>> trace.layers["lstm"].f.shape  # doctest: +SKIP
(64, 30, 16)

Importing this package imports neither Keras nor TensorFlow; the first call that needs them does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lstm_viz.dataset import Dataset
from lstm_viz.errors import LstmVizError
from lstm_viz.generation.recipe import Generation
from lstm_viz.generation.run import generate
from lstm_viz.generation.seed import Seed
from lstm_viz.layer_trace import LayerTrace
from lstm_viz.layers import LSTMLayer
from lstm_viz.loading import LoadedModel, load_model
from lstm_viz.plan import Plan, ResetPoint, Resets
from lstm_viz.stepper import Stepper, record
from lstm_viz.trace import Trace, open_trace

if TYPE_CHECKING:
    from lstm_viz.cell import ProbeCell

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
    "record",
]


def __getattr__(name: str) -> Any:
    if name == "ProbeCell":  # a Keras layer: its class cannot exist before Keras is imported
        from lstm_viz.cell import ProbeCell

        return ProbeCell
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
