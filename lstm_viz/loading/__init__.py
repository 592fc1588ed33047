"""Opening saved Keras models of every age, as data: no code of the file is ever run."""

from lstm_viz.loading.loaded_model import LayerInfo, LoadedModel
from lstm_viz.loading.opening import load_model

__all__ = ["LayerInfo", "LoadedModel", "load_model"]
