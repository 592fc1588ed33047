"""Series, arrays and files as sequences shaped ``[samples, timesteps, features]``."""

from lstm_viz.dataset.dataset import Dataset, Relation
from lstm_viz.dataset.scaling import Scaling
from lstm_viz.dataset.shaping import Missing, Shaping

__all__ = ["Dataset", "Missing", "Relation", "Scaling", "Shaping"]
