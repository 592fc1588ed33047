"""Series, arrays and files as sequences shaped ``[samples, timesteps, features]``."""

from lstm_viz.dataset.dataset import Dataset
from lstm_viz.dataset.relation import Relation
from lstm_viz.dataset.scaling import Scaling
from lstm_viz.dataset.shaping import Missing, Shaping

__all__ = ["Dataset", "Missing", "Relation", "Scaling", "Shaping"]
